"""In the Baise study every rule binds, by geography and stock; and the study can be built again."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pandas as pd
import pytest

from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from layout.planning.consolidation.setting import build_setting
from layout.planning.siting.kindergarten.need import kindergarten_need
from tests import ROOT
from tests.worlds.baise import BaisePlan
from tests.worlds.closing import closing
from tools.baise.build import build

pytestmark = pytest.mark.slow

DATA = ROOT / "data"
RULES = ("belt", "gates", "places", "walking", "limits", "township")
WRITTEN = (
    "settlements/settlements.csv",
    "schools/schools.csv",
    "schools/attendance.csv",
    "roads/baise.osm.pbf",
)


def test_study_reads_without_a_warning(baise_study: Study) -> None:
    assert baise_study.provenance == "modelled"
    assert "模型数据" in baise_study.name
    assert not baise_study.warnings


def test_few_homes_lie_beyond_any_road(baise_ways: StudyTravel) -> None:
    status = baise_ways.bus.origin_status
    assert 1 <= (status == "too_far").sum() <= 10
    # One home may stand by a track that meets no other road; it is named, not routed in silence.
    assert (status == "unreachable").sum() <= 2


@pytest.mark.more
@pytest.mark.parametrize("rule", RULES)
def test_dropping_a_rule_changes_what_closes(
    baise_study: Study, baise_ways: StudyTravel, baise_plan: BaisePlan, rule: str
) -> None:
    freed = closing(baise_study, drop=(rule,), ways=baise_ways)
    assert len(freed.closed) == 84
    assert set(freed.closed) != set(baise_plan.table("closures")["school_id"])
    if rule == "belt":
        flagged = baise_study.schools.index[baise_study.schools["border_flag"]]
        assert len(set(freed.closed) & set(flagged)) >= 5


@pytest.fixture(scope="module")
def boarders(baise_study: Study, baise_ways: StudyTravel) -> pd.DataFrame:
    """Groups of candidates that no daily way takes anywhere: school, pupils, nearest bed."""
    setting = build_setting(baise_study, baise_ways.walk, baise_ways.bus)
    candidates = setting.candidates.index[setting.candidates["candidate"]]
    moving = setting.groups[setting.groups["school_id"].isin(candidates)]
    routes = setting.routes[setting.routes["group"].isin(moving.index)]
    daily = routes.loc[routes["mode"] != "board", "group"]
    beds = routes[(routes["mode"] == "board") & ~routes["group"].isin(daily)]
    nearest = beds.sort_values(["minutes", "site"]).drop_duplicates("group").set_index("group")
    return moving.loc[nearest.index, ["school_id", "pupils"]].assign(site=nearest["site"])


@pytest.fixture(scope="module")
def free_beds(baise_study: Study) -> pd.Series:
    """Free beds by school."""
    return baise_study.schools["beds"] - baise_study.schools["boarders"]


def test_fewer_beds_are_free_than_pupils_may_want(
    boarders: pd.DataFrame, free_beds: pd.Series
) -> None:
    wanted = boarders.groupby("site")["pupils"].sum()
    free = free_beds.reindex(wanted.index)
    assert (wanted > free).sum() >= 3
    # Elsewhere they suffice, so that the rule moves pupils and does not only forbid.
    assert (wanted <= free).any()
    assert free_beds.sum() > 5 * wanted.sum()


def test_the_rule_of_beds_sends_pupils_elsewhere(
    baise_study: Study, baise_ways: StudyTravel, boarders: pd.DataFrame, free_beds: pd.Series
) -> None:
    # Only schools with pupils who may only board close: five, as some need one another.
    others = baise_study.schools.index.difference(boarders["school_id"])
    levers = {"close": 5, "keep": tuple(others), "ways": baise_ways}
    most = {}
    for drop in ((), ("beds",)):
        assignment = closing(baise_study, drop=drop, **levers).assignment
        boarding = assignment[assignment["mode"] == "board"]
        pupils = boarding.groupby("to_school")["pupils"].sum()
        assert pupils.sum() > 0
        most[drop] = (pupils - free_beds.reindex(pupils.index)).max()
    assert most[()] <= 0 < most["beds",]


def test_kindergartens_leave_more_children_than_the_programme_has_places(
    baise_study: Study, baise_ways: StudyTravel
) -> None:
    left = kindergarten_need(baise_study, 2023, walk=baise_ways.walk).left
    county = baise_study.settlements["county_code"].reindex(left.index)
    by_county = left.groupby(county).sum()
    children = baise_study.settlements.groupby("county_code")["age_1"].sum()
    assert left.sum() > 8310
    share = by_county / children.reindex(by_county.index)
    assert share.max() > 1.5 * share.min()


@pytest.mark.more
def test_the_builder_makes_the_committed_bytes(tmp_path: Path) -> None:
    build(DATA, tmp_path)
    for name in WRITTEN:
        assert filecmp.cmp(DATA / name, tmp_path / name, shallow=False), name
