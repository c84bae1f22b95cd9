"""A study divided by the county of its schools: shared out, it costs what the whole costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import layout
from layout.app.batch.share import Ask, Costs, costs_by_number, share
from layout.app.plan import Plan
from layout.core.errors import InfeasibleError, UsageError
from layout.inputs.study.part import part_of
from layout.inputs.study.study import Study
from layout.network.travel import study_travel
from layout.planning.consolidation.model import never_closing
from layout.planning.consolidation.setting import Setting, build_setting
from tests.worlds import baise

ROUTE = ["settlement_id", "band", "school_id", "site"]


def setting_of(study: Study) -> Setting:
    ways = study_travel(study)
    return build_setting(study, ways.walk, ways.bus)


def asking(parts: Mapping[str, Study], log: list[int]) -> Ask:
    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        log.append(sum(map(len, wanted.values())))
        return {code: costs_by_number(parts[code], wanted[code]) for code in wanted}

    return ask


def routes_of(setting: Setting, schools: pd.Index) -> pd.DataFrame:
    """All ways of the pupils of some schools, whatever number their group has."""
    groups = setting.groups[setting.groups["school_id"].isin(schools)]
    table = setting.routes.merge(groups, left_on="group", right_index=True)
    return table.drop(columns="group").sort_values(ROUTE, ignore_index=True)


def check_judged_alike(whole: Setting, part: Setting) -> None:
    """Protection, last schools, room and ways are the same in the part, to the last bit."""
    schools = part.study.schools.index
    table = whole.candidates
    assert part.candidates.equals(table[table.index.isin(schools)])
    alone = never_closing(whole)
    alone = alone[alone.index.isin(schools)].sort_index()
    assert never_closing(part).sort_index().to_dict() == alone.to_dict()
    assert sets_of(part.covers) == sets_of(whole.covers[whole.covers["site"].isin(schools)])
    assert part.free.equals(whole.free.loc[schools])
    assert routes_of(part, schools).equals(routes_of(whole, schools))


def sets_of(covers: pd.DataFrame) -> set[tuple[str, ...]]:
    return {tuple(sorted(one["site"])) for _, one in covers.groupby("cover")}


@pytest.fixture(scope="module", autouse=True)
def _ways_kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYOUT_CACHE", str(tmp_path_factory.mktemp("ways")))
        yield


@pytest.fixture(scope="module")
def study(mini_study: Study) -> Study:
    """The small study with half of its schools in the other county: pupils go across.

    Schools of any size may close, so that for some settlements the school that stays is across.
    """
    rng = np.random.default_rng(0)
    schools = mini_study.schools.copy()
    other = schools["county_code"].map({"451026": "451081", "451081": "451026"})
    schools["county_code"] = schools["county_code"].mask(rng.random(len(schools)) < 0.5, other)
    norms = replace(mini_study.standards, small_school_pupils=1000)
    return replace(mini_study, schools=schools, standards=norms)


@pytest.fixture(scope="module")
def parts(study: Study) -> dict[str, Study]:
    return {str(code): part_of(study, str(code)) for code in study.units.index}


@pytest.mark.slow
def test_a_part_is_judged_as_in_the_whole(study: Study, parts: dict[str, Study]) -> None:
    whole = setting_of(study)
    assert len(whole.closable) > 10
    for part in parts.values():
        check_judged_alike(whole, setting_of(part))


@pytest.mark.slow
def test_shared_out_over_the_counties_it_costs_what_the_whole_costs(
    study: Study, parts: dict[str, Study]
) -> None:
    least, most = dict.fromkeys(parts, 0), dict.fromkeys(parts, 40)
    whole = costs_by_number(study, (7,)).costs[7]
    shared = share(7, least=least, most=most, ask=asking(parts, []))
    assert shared.status == whole.status == "proven"
    assert round(60 * shared.value) == round(60 * shared.bound) == whole.value > 0
    assert sum(shared.numbers.values()) == 7
    # More than can close at all: the largest number of each is offered.
    with pytest.raises(InfeasibleError) as refused:
        share(60, least=least, most=most, ask=asking(parts, []))
    told = refused.value.diagnosis
    assert told["offer"] == told["largest"]


@pytest.mark.more
def test_a_school_may_close_where_another_stays_across_the_border(
    parts: dict[str, Study],
) -> None:
    seen = set()
    # Schools that would be the last one, were the county all there is: of a township, within the
    # limits of a settlement.
    for part in parts.values():
        alone = never_closing(setting_of(replace(part, whole=None)))
        alone = alone.drop(never_closing(setting_of(part)).index)
        for school in alone.drop_duplicates().index:
            plan = layout.consolidate(part, close=1, must_close=school)
            # The plan has passed its own check, which looks across too.
            assert list(plan.closed) == [school]
            # The programme's number is the whole's, so that nothing is said of it here.
            assert not any("programme asks for" in str(note) for note in plan.notes)
            seen.add(alone[school])
    assert seen == {"township", "limits"}


@pytest.mark.more
def test_a_plan_of_a_part_is_read_back(parts: dict[str, Study], tmp_path: Path) -> None:
    part = next(iter(parts.values()))
    plan = layout.consolidate(part, close=1)
    plan.save(tmp_path / "plan")
    # The study file has the schools in their own counties: it is another study.
    saved = layout.read_plan(tmp_path / "plan", study=part)
    assert saved.study.whole is not None
    assert list(saved.closed) == list(plan.closed)
    assert part.whole is not None
    saved = layout.read_plan(tmp_path / "plan", study=part.whole)
    assert saved.study.name == part.name
    assert saved.study.schools.equals(part.schools)
    inferred = replace(part.whole, attendance=None)
    unread = layout.read_plan(tmp_path / "plan", study=inferred)
    with pytest.raises(UsageError, match="of one county of"):
        unread.map()
    assert isinstance(unread, Plan)


@pytest.mark.slow
def test_costs_are_refused_as_plans_are(parts: dict[str, Study]) -> None:
    part = next(iter(parts.values()))
    big = str(part.schools.index[part.schools["pupils_g9"] > 0][0])
    with pytest.raises(InfeasibleError, match="cannot close"):
        costs_by_number(part.with_options(must_close=(big,)), (1,))
    with pytest.raises(UsageError, match="kept and to be closed"):
        costs_by_number(part.with_options(must_close=(big,), keep=(big,)), (1,))


@pytest.mark.more
def test_baise_shared_out_over_its_counties(
    baise_plan: baise.BaisePlan, baise_study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYOUT_CACHE", str(baise_plan.cache))
    parts = {str(code): part_of(baise_study, str(code)) for code in baise_study.units.index}
    whole = setting_of(baise_study)
    for part in parts.values():
        check_judged_alike(whole, setting_of(part))
    log: list[int] = []
    least, most = dict.fromkeys(parts, 0), dict.fromkeys(parts, 84)
    shared = share(84, least=least, most=most, ask=asking(parts, log))
    assert (shared.status, shared.gap) == ("proven", 0)
    run = layout.read_plan(baise_plan.folder).run_of("closures")
    assert run is not None
    assert round(60 * shared.value) == run.objective == 618_504
    closed = baise_plan.table("closures")["county_code"].value_counts()
    assert {code: n for code, n in shared.numbers.items() if n} == closed.to_dict()
    # Three rounds and one for the prices; a fraction of the numbers that there are.
    assert shared.rounds == len(log) <= 5
    assert sum(log) < 0.3 * len(whole.closable)
