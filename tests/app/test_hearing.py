"""What stands around a plan: other numbers, other plans, other assumptions; and their verbs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import layout
from layout.app.hearing.sensitivity import with_pupils
from layout.core.errors import NoSolutionError, UsageError
from layout.core.standards import GRADES
from layout.planning.verify import failures
from tests.app.test_verbs import Capture, told
from tests.worlds.baise import CODES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def today(study: layout.Study) -> layout.Plan:
    return layout.assess(study)


@pytest.mark.more
def test_the_frontier_is_what_each_plan_costs(study: layout.Study, today: layout.Plan) -> None:
    table = layout.frontier(today, [400, 5, 0, 2])
    assert table["close"].tolist() == [0, 2, 5, 400]
    assert table["status"].tolist() == ["proven"] * 3 + ["infeasible"]
    assert table["value"].tolist()[:3] == table["bound"].tolist()[:3]
    assert np.isnan(table["value"].iloc[3])
    for row in table.iloc[:3].itertuples():
        run = layout.consolidate(today, close=row.close).runs[0]
        assert run.objective == pytest.approx(row.value * 60)
        assert len(row.closes) == row.close
    more = table["value"].diff().iloc[1:3].to_numpy() / [2, 3]
    assert table["one_more"].to_numpy() == pytest.approx([*more, np.nan, np.nan], nan_ok=True)
    drawn = table.chart()
    assert drawn.lines[0].get_xdata().tolist() == [0, 2, 5]
    with pytest.raises(UsageError, match="from 0"):
        layout.frontier(study, [-1, 2])


def test_the_frontier_follows_the_levers_of_a_plan(today: layout.Plan) -> None:
    levers = {"objective": "metres", "quota": {"451026": 1}}
    plan = layout.consolidate(today, close=3, **levers)
    (row,) = layout.frontier(plan, [3]).to_dict("records")
    # Metres have no other unit.
    assert row["value"] == plan.runs[0].objective
    closed = plan.study.schools.loc[list(row["closes"]), "county_code"]
    assert (closed == "451026").sum() <= 1


def test_alternatives_close_others_at_nearly_the_same_cost(plan: layout.Plan) -> None:
    other = layout.consolidate(plan, keep=plan.closed[:3])
    within = 0.4
    table = layout.alternatives(plan, count=2, within=within, near=other)
    first = plan.runs[0].objective
    assert first is not None
    assert table.plans[0].closed.tolist() == plan.closed.tolist()
    assert len(table) == len(table.plans) == 4
    assert list(table) == list(table.plans[1:])
    earlier: set[str] = set()
    for row, one in zip(table.to_dict("records"), table.plans, strict=True):
        run, ways = one.runs[0], one.ways()
        assert run.objective is not None
        assert run.objective <= first * (1 + within)
        assert row["value"] * 60 == pytest.approx(run.objective)
        assert row["over"] == pytest.approx(run.objective / first - 1)
        assert failures(one.study, ways.walk, ways.bus, one) == ()
        if one in table.plans[1:3]:
            assert row["new"] == len(set(one.closed) - earlier) > 0
            assert (row["bound"], row["status"]) == (row["new"], "proven")
        earlier |= set(one.closed)
    # The last one closes as many schools of the plan that it is to be near to as can be.
    nearest = len(set(table.plans[-1].closed) - set(other.closed))
    assert nearest <= min(len(set(one.closed) - set(other.closed)) for one in table.plans)
    schools = table.schools.set_index("school_id")
    assert set(schools.index) == earlier
    for school, row in schools.iterrows():
        closes = [school in set(one.closed) for one in table.plans]
        assert [row[one.name] for one in table.plans] == closes
        assert row["times"] == sum(closes)
        assert not row["stable"] or all(closes)
    kept = plan.worked_out.closures.set_index("school_id")["added_if_kept"]
    assert set(schools.index[schools["stable"]]) == set(kept.index[~(kept <= within * first / 60)])
    assert "4 plans" in table.summary()


def test_what_has_no_proved_closures_has_no_alternatives(
    today: layout.Plan, plan: layout.Plan
) -> None:
    with pytest.raises(UsageError, match="takes a plan with closures"):
        layout.alternatives(today)
    unproved = replace(plan, runs=(replace(plan.runs[0], gap=0.1), *plan.runs[1:]))
    with pytest.raises(UsageError, match="leading level is proved"):
        layout.alternatives(unproved)
    for what in (today, today.study, None):
        with pytest.raises(UsageError, match="alternatives takes a plan with closures"):
            layout.alternatives(what)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="sensitivity takes a plan with closures"):
            layout.sensitivity(what)  # type: ignore[arg-type]


NAN = float("nan")


@pytest.mark.parametrize(
    "numbers", [[], [-1], ["a"], "0,3", "3", 5, None, [1.5], [True], [NAN], [10**30], np.array(3)]
)
def test_numbers_of_closures_that_are_none_are_refused(
    study: layout.Study, numbers: object
) -> None:
    with pytest.raises(UsageError, match="takes numbers of closures from 0"):
        layout.frontier(study, numbers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        *(({"count": count}, "count is a whole") for count in (-1, 1e9, True, "2", None)),
        *(
            ({"within": share}, "within is a number from 0 to 1000")
            for share in (-0.1, NAN, 1e999, "a", True)
        ),
        ({"near": "plan"}, "near takes a plan"),
    ],
)
def test_what_asks_for_no_alternative_is_refused(
    plan: layout.Plan, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        layout.alternatives(plan, **options)


def test_a_search_that_its_time_limit_ends_is_no_lack_of_alternatives(plan: layout.Plan) -> None:
    hasty = replace(plan, study=plan.study.with_options(time_limit_s=1e-9))
    with pytest.raises(NoSolutionError):
        layout.alternatives(hasty, count=1, within=0.5)


def test_near_is_a_plan_of_the_same_study_that_closes_something(
    today: layout.Plan, plan: layout.Plan
) -> None:
    elsewhere = replace(plan, closures=plan.closures.assign(school_id="elsewhere"))
    for near in (today, elsewhere):
        with pytest.raises(UsageError, match="near takes a plan of the same study"):
            layout.alternatives(plan, count=0, near=near)


def test_alternatives_of_an_alternative_have_names_of_their_own(plan: layout.Plan) -> None:
    named = replace(plan, name="Alternative 1")
    table = layout.alternatives(named, count=1, within=0.5, near=named)
    assert table["plan"].is_unique
    assert list(table.schools.columns[4:]) == list(table["plan"])
    # The nearest to a plan is the plan itself: all that close there close again.
    assert table["new"].iloc[-1] == len(plan.closures)


@pytest.mark.parametrize("by", [0, 1, -1, NAN, "a", None, True])
def test_assumptions_that_are_off_by_no_share_are_refused(plan: layout.Plan, by: object) -> None:
    with pytest.raises(UsageError, match="by is a share between 0 and 1"):
        layout.sensitivity(plan, by=by)  # type: ignore[arg-type]


def test_buses_are_off_by_no_more_than_their_factor_allows(plan: layout.Plan) -> None:
    with pytest.raises(UsageError, match=r"by is at most 0\.75 here, not 0\.8"):
        layout.sensitivity(plan, by=0.8)


@pytest.mark.more
def test_each_case_is_the_plan_under_its_assumption(
    study: layout.Study, today: layout.Plan, plan: layout.Plan
) -> None:
    table = layout.sensitivity(plan)
    assert table.loc[table["closed"], "school_id"].sort_values().tolist() == plan.closed.tolist()
    norms = study.standards
    sizes = {
        name: round(0.8 * getattr(norms, name))
        for name in ("class_size_primary", "class_size_junior", "class_size_point")
    }
    smaller = replace(study, standards=replace(norms, **sizes))
    cases = {
        "walk_slower": layout.consolidate(study, close=5, walk_kmh=0.8 * norms.walk_kmh),
        "bus_faster": layout.consolidate(study, close=5, bus_speed_factor=1.2),
        "classes_smaller": layout.consolidate(smaller, close=5),
        "pupils_more": layout.consolidate(with_pupils(today.study, 1.2), close=5),
    }
    for name, case in cases.items():
        assert sorted(table.loc[table[name] == 1.0, "school_id"]) == case.closed.tolist()
        added = case.runs[0].objective
        assert added is not None
        assert table.attrs["pupil_minutes"][name] == pytest.approx(added / 60)
    columns = [name for name in table if "_" in name and name != "school_id"]
    assert len(columns) == 8
    assert (table["times"] == table[columns].sum(axis=1)).all()
    assert table["times"].nunique() > 1


@pytest.mark.parametrize("factor", [0.8, 1.2, 1.0])
def test_schools_and_homes_have_so_many_times_the_pupils(
    mini_study: layout.Study, factor: float
) -> None:
    before = mini_study.attendance
    after = with_pupils(mini_study, factor)
    assert before is not None
    assert after.attendance is not None
    # No row vanishes, so no group does; none comes.
    keys = ["settlement_id", "grade", "school_id"]
    pd.testing.assert_frame_equal(after.attendance[keys], before[keys])
    assert ((after.attendance["pupils"] > 0) == (before["pupils"] > 0)).all()
    ratio = after.attendance["pupils"].sum() / before["pupils"].sum()
    assert ratio == pytest.approx(factor, abs=0.05)
    for grade in GRADES:
        column = f"pupils_{grade}"
        given, scaled = (
            table[table["grade"] == grade].groupby("school_id")["pupils"].sum()
            for table in (before, after.attendance)
        )
        ids = mini_study.schools.index
        gained = (scaled - given).reindex(ids, fill_value=0)
        assert (after.schools[column] - mini_study.schools[column]).tolist() == gained.tolist()
    if factor == 1.0:
        pd.testing.assert_frame_equal(after.attendance, before)


@pytest.mark.more
def test_the_verbs_show_and_write_what_the_functions_say(
    mini_path: Path, mini_study: layout.Study, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "table.csv"

    def written(*words: object) -> pd.DataFrame:
        told(capsys, words[0], mini_path, *words[1:], "--out", out)
        return pd.read_csv(out, dtype=CODES, encoding="utf-8-sig")

    levers = ["--quota", "451026=1", "--objective", "metres", "--across-counties"]
    table = written("frontier", "--numbers", "3,0", *levers)
    led = mini_study.with_options(quota=(("451026", 1),), objective="metres", across_counties=True)
    expected = layout.frontier(led, [0, 3])
    assert table["close"].tolist() == [0, 3]
    assert table["value"].to_numpy() == pytest.approx(expected["value"].to_numpy())
    assert table["closes"].fillna("").tolist() == [";".join(one) for one in expected["closes"]]

    table = written("alternatives", "--close", 3, "--count", 1, "--within", 0.5)
    plan = layout.consolidate(mini_study, close=3)
    expected = layout.alternatives(plan, count=1, within=0.5).schools
    assert table["school_id"].tolist() == expected["school_id"].tolist()
    assert table["times"].tolist() == expected["times"].tolist()

    table = written("sensitivity", "--close", 2, "--by", 0.3)
    closed = layout.consolidate(mini_study, close=2).closed
    assert table.loc[table["closed"], "school_id"].sort_values().tolist() == closed.tolist()
    slower = layout.consolidate(mini_study, close=2, bus_speed_factor=0.7).closed
    assert sorted(table.loc[table["bus_slower"] == 1.0, "school_id"]) == slower.tolist()


@pytest.mark.more
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("frontier", "--numbers", "1,two"), 2, "with commas"),
        (("frontier", "--numbers", "-1"), 2, "from 0"),
        (("frontier", "--quota", "45=1"), 2, "no county or township 45"),
        (("frontier", "--quota", "451026"), 2, "451026"),
        (("frontier", "--quota", "451026=1", "--quota", "451026=2"), 2, "451026 twice"),
        (("frontier", "--out", "table.xlsx"), 2, "must end in .csv"),
        (("alternatives", "--within", "inf"), 2, "within is a number from 0 to 1000"),
        (("frontier", "--objective", "seats"), 2, "objective is one of"),
        (("alternatives", "--close", 500), 3, "500 schools are to close"),
        (("sensitivity", "--close", 0, "--by", 2), 2, "by"),
    ],
)
def test_the_verbs_say_what_is_wrong(
    mini_path: Path, capsys: Capture, words: tuple[object, ...], code: int, said: str
) -> None:
    assert said in told(capsys, words[0], mini_path, *words[1:], code=code)


@pytest.mark.parametrize("verb", [("frontier", "--numbers", "0，1"), ("travel",)])
def test_a_table_that_cannot_be_written_is_told(
    mini_path: Path, tmp_path: Path, capsys: Capture, verb: tuple[str, ...]
) -> None:
    folder, file = tmp_path / "folder.csv", tmp_path / "file.csv"
    folder.mkdir()
    file.write_text("earlier", encoding="utf-8")
    for out in (folder, file / "table.csv"):
        said = told(capsys, verb[0], mini_path, *verb[1:], "--out", out, code=1)
        assert "cannot-write" in said
        assert str(out) in said
    assert sorted(tmp_path.iterdir()) == [file, folder]
    assert file.read_text(encoding="utf-8") == "earlier"
