"""In the Baise study every rule binds, by geography and stock; and the study can be built again."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest

from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from layout.planning.siting.kindergarten import kindergarten_need
from tests import ROOT
from tests.worlds.baise import BaisePlan
from tests.worlds.closing import closing
from tools.baise.build import build

pytestmark = pytest.mark.slow

DATA = ROOT / "data"
RULES = ("belt", "gates", "places", "beds", "limits", "township")
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
