"""In the Baise study every rule binds, by geography and stock; and the study can be built again."""

from __future__ import annotations

import filecmp
from pathlib import Path

import pytest

from layout.app.plan import Plan
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel, study_travel
from layout.planning.siting.kindergarten import kindergarten_need
from tests import ROOT
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


@pytest.fixture(scope="module")
def study() -> Study:
    """The committed study."""
    return Study.read(DATA / "baise.toml")


@pytest.fixture(scope="module")
def ways(study: Study) -> StudyTravel:
    """All ways on foot and by bus."""
    return study_travel(study)


@pytest.fixture(scope="module")
def base(study: Study, ways: StudyTravel) -> Plan:
    """The plan under all rules."""
    return closing(study, ways=ways)


def test_study_reads_without_a_warning(study: Study) -> None:
    assert study.provenance == "modelled"
    assert "模型数据" in study.name
    assert not study.warnings


def test_few_homes_lie_beyond_any_road(ways: StudyTravel) -> None:
    status = ways.bus.origin_status
    assert 1 <= (status == "too_far").sum() <= 10
    # One home may stand by a track that meets no other road; it is named, not routed in silence.
    assert (status == "unreachable").sum() <= 2


def test_base_plan_closes_84_and_none_that_is_protected(study: Study, base: Plan) -> None:
    assert base.runs[-1].status == "proven"
    assert len(base.closed) == 84
    assert not study.schools.loc[list(base.closed), "border_flag"].any()


@pytest.mark.parametrize("rule", RULES)
def test_dropping_a_rule_changes_what_closes(
    study: Study, ways: StudyTravel, base: Plan, rule: str
) -> None:
    freed = closing(study, drop=(rule,), ways=ways)
    assert len(freed.closed) == 84
    assert set(freed.closed) != set(base.closed)
    if rule == "belt":
        flagged = study.schools.index[study.schools["border_flag"]]
        assert len(set(freed.closed) & set(flagged)) >= 5


def test_kindergartens_leave_more_children_than_the_programme_has_places(study: Study) -> None:
    left = kindergarten_need(study, 2023, walk=study_travel(study).walk).left
    county = study.settlements["county_code"].reindex(left.index)
    by_county = left.groupby(county).sum()
    children = study.settlements.groupby("county_code")["age_1"].sum()
    assert left.sum() > 8310
    share = by_county / children.reindex(by_county.index)
    assert share.max() > 1.5 * share.min()


def test_the_builder_makes_the_committed_bytes(tmp_path: Path) -> None:
    build(DATA, tmp_path)
    for name in WRITTEN:
        assert filecmp.cmp(DATA / name, tmp_path / name, shallow=False), name
