"""The panel: what its form means, what it shows of plans, and its work beside the notebook."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace

import pytest

import layout
from layout.app.panel import Panel, results
from layout.app.panel.form import first_values, levers_of, school_labels
from layout.app.panel.worker import Ears, Worker
from layout.core.errors import UsageError
from layout.core.progress import step
from layout.core.text import language
from layout.location.solver.watch import watching
from layout.planning.consolidation.candidates import CANDIDATE_TYPES


def test_the_form_begins_with_what_the_study_asks_and_means_only_what_is_changed(
    study: layout.Study,
) -> None:
    first = first_values(study)
    assert (first.close, first.belt_m, first.objective) == (5, 3000, "minutes")
    assert (first.walk_kmh, first.bus_speed_factor) == (4, 1)
    assert dict(first.quota) == dict.fromkeys(study.units.index, "")
    assert levers_of(study, first) == {"close": 5}
    school, other = list(school_labels(study))[:2]
    county, last = study.units.index
    asked = study.with_options(close=3, keep=(school,), quota=((county, 2), ("451026999", 1)))
    changed = first_values(asked)
    assert (changed.close, changed.quota[county]) == (3, "2")
    assert changed.keep == (school_labels(study)[school],)
    changed = replace(
        changed,
        belt_m=2000.0,
        objective="metres",
        walk_kmh=3.5,
        bus_speed_factor=0.8,
        quota={county: "", last: " 4 "},
        keep=(),
        must_close=(school_labels(study)[other],),
    )
    assert levers_of(asked, changed) == {
        "close": 3,
        "belt_m": 2000,
        "objective": "metres",
        "walk_kmh": 3.5,
        "bus_speed_factor": 0.8,
        "keep": (),
        "must_close": (other,),
        # Of a township, which no field shows.
        "quota": {"451026999": 1, last: 4},
    }


def test_a_name_that_several_schools_have_shows_the_id(study: layout.Study) -> None:
    schools = study.schools.copy()
    small = schools.index[schools["type_code"].isin(CANDIDATE_TYPES)]
    schools.loc[small[:2], "name"] = "龙川教学点"
    same = replace(study, schools=schools)
    labels = school_labels(same)
    assert labels[small[0]] == f"龙川教学点 ({small[0]})"
    assert labels[small[2]] == schools.at[small[2], "name"]
    assert len(set(labels.values())) == len(labels) == len(small)
    asked = replace(first_values(same), keep=(labels[small[1]],))
    assert levers_of(same, asked) == {"close": 5, "keep": (small[1],)}


def test_what_means_nothing_is_told(study: layout.Study) -> None:
    first = first_values(study)
    name = study.schools["name"].iloc[0]
    with pytest.raises(UsageError, match=f"has no school {name}x; the nearest: "):
        levers_of(study, replace(first, keep=(f"{name}x",)))
    county = study.units.index[0]
    with pytest.raises(UsageError, match=f"quota of {study.units.at[county, 'name']} is a whole"):
        levers_of(study, replace(first, quota={**first.quota, county: "-2"}))
    with pytest.raises(UsageError, match="from 0 to 100000, not 999999999"):
        levers_of(study, replace(first, quota={**first.quota, county: "999999999"}))


def test_cards_and_list_of_a_plan(plan: layout.Plan) -> None:
    told, compared = results.cards(plan), layout.compare(plan).iloc[:, 0]
    assert told["Schools closed"] == "5"
    assert told["Pupils who change school"] == f"{compared['pupils_moved']:,.0f}"
    assert told["Proof"] == "proved best"
    (run,) = (one for one in plan.runs if one.model == "closures")
    others = tuple(one for one in plan.runs if one is not run)
    unproved = replace(plan, runs=(replace(run, status="gap", gap=0.0123), *others))
    assert results.cards(unproved)["Proof"] == "not proved (gap 1.2%)"
    rows = results.closures_shown(plan)
    assert list(rows["Name"]) == list(plan.closures["name"])
    receiver = plan.closures["receivers"].iloc[0].split(";")[0]
    assert plan.study.schools.at[receiver, "name"] in rows["Receiving schools"].iloc[0]


def test_no_text_of_a_study_becomes_markup(plan: layout.Plan) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    closures = plan.closures.assign(name=nasty)
    named = replace(plan, closures=closures)
    shown = [
        results.table_html(results.closures_shown(named), numbers=(3,)),
        results.compared_html({nasty: plan}),
        results.message_html(nasty),
    ]
    assert all("<img" not in text and "&lt;img" in text for text in shown)


def test_a_worker_tells_what_came_of_its_job() -> None:
    heard: list[str] = []
    ears = Ears(
        told=lambda line: None,
        failed=lambda text: heard.append(f"failed: {text}"),
        ended=lambda: heard.append("ended"),
    )
    worker, begun = Worker(ears, "zh"), threading.Event()

    def job() -> None:
        with step("searching"), watching("p_median") as watch:
            heard.append(language())
            begun.set()
            assert stop.wait(60)
            heard.append("stopped" if watch.stopped else "on")
        raise UsageError("none")

    stop = threading.Event()
    worker.start(job)
    assert begun.wait(60)
    assert worker.busy
    worker.start(lambda: heard.append("second"))
    worker.stop()
    stop.set()
    worker.join()
    assert heard == ["zh", "stopped", "failed: none", "ended"]
    with pytest.raises(ZeroDivisionError):
        worker._run(lambda: heard.append(str(1 // 0)))
    assert heard[-1] == "ended"
    assert len(heard) == 6


def test_without_ipywidgets_it_says_what_to_install(
    study: layout.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(UsageError, match=r'pip install "school-layout\[notebook\]"'):
        layout.panel(study)
    with pytest.raises(UsageError, match="not str"):
        layout.panel("mini.toml")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def solved(plan: layout.Plan) -> Panel:
    panel = layout.panel(plan)
    panel.solve()
    return panel.wait()


def press(button: object) -> None:
    button.click()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_plans_are_solved_remembered_and_compared(solved: Panel) -> None:
    assert solved.plan is not None
    assert len(solved.plan.closures) == 5
    assert solved.results.name.value == "5 schools close"
    press(solved.results.remember)
    press(solved.results.remember)
    assert "remembered already" in solved.results.message.value
    solved.form._close.value = 3
    press(solved.form.solve)
    assert solved.form.solve.disabled != solved.form.stop.disabled
    solved.wait()
    assert not solved.form.solve.disabled
    assert solved.form.line.value == ""
    assert "<b>3</b>" in solved.results.cards.value
    assert solved.results.message.value == ""
    assert list(solved.plans) == ["5 schools close"]
    head = solved.results.compared.value.partition("</thead>")[0]
    assert head.index("5 schools close") < head.index("last plan")
    solved.results.tabs.selected_index = 1
    solved.wait()
    assert "srcdoc" in solved.results.map.value
    press(solved.results.draw)
    solved.wait()
    assert "srcdoc" in solved.results.compared_map.value
    press(solved.results.remembered.box.children[0])
    assert solved.plans == {}
    solved.results.tabs.selected_index = 0


@pytest.mark.slow
def test_what_cannot_be_solved_is_a_sentence_and_the_plan_that_can(solved: Panel) -> None:
    form = solved.form
    form._close.value = 500
    press(form.solve)
    solved.wait()
    assert "500 schools are to close, but at most 24 can" in solved.results.message.value
    assert "the best plan that can be had" in solved.results.message.value
    assert "<b>24</b>" in solved.results.cards.value
    assert solved.results.name.value == "24 schools close"
    before = solved.plan
    assert before is not None
    assert len(before.closures) == 24
    form._keep._typed.value = "没有这所学校"
    assert form._keep._typed.value == ""
    press(form.solve)
    assert "没有这所学校" in solved.results.message.value
    assert solved.plan is before
    press(form._keep.chosen.box.children[0])
    form._close.value = 5
    solved.solve()
    solved.stop()
    assert solved.wait().plan is not None
    assert len(solved.plan.closures) in {24, 5}


@pytest.mark.slow
def test_before_there_is_a_plan_its_buttons_do_no_harm(study: layout.Study) -> None:
    panel = layout.panel(study)
    press(panel.results.draw)
    panel.wait()
    assert "no plan to draw yet" in panel.results.message.value
    press(panel.results.remember)
    press(panel.form.stop)
    assert (panel.plan, panel.plans) == (None, {})
    # A school that is both is told by its name.
    name = next(iter(school_labels(study).values()))
    for names in (panel.form._keep, panel.form._must_close):
        names._typed.value = name
    panel.solve()
    panel.wait()
    assert f"at the same time: {name} (" in panel.results.message.value
