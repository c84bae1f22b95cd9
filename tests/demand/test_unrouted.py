"""Groups without minutes are told apart: far from any road, on an island, or over the cut-off."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest

from layout.core.standards import Standards
from layout.core.text import using
from layout.demand.unrouted import (
    CAUSES,
    unrouted,
    unrouted_counts,
    unrouted_notes,
    unrouted_problems,
)
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork
from tests.worlds.study import make_study
from tests.worlds.travel_world import points, roads

STREET = {"highway": "tertiary"}
# Kilometres: one street, and far to the east another that nothing leads to.
NODES = {1: (0.0, 0.0), 2: (4.0, 0.0), 3: (30.0, 0.0), 4: (34.0, 0.0)}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    return roads(tmp_path_factory.mktemp("roads"), NODES, ([1, 2], STREET), ([3, 4], STREET))


def placed(**km: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=points(**km))


@pytest.fixture
def study() -> Study:
    homes = placed(near=(1, 0), east=(31, 0), lost=(2, 9))
    schools = placed(west=(3, 0), hill=(3, 9), out=(33, 0))
    return make_study(units=homes, settlements=homes, schools=schools)


def rows(*cases: tuple[str, str, int, float | None]) -> pd.DataFrame:
    columns = ["settlement_id", "from_school", "pupils", "minutes_before"]
    return pd.DataFrame(cases, columns=columns).astype({"minutes_before": "float64"})


GROUPS = rows(
    ("near", "west", 5, 12.0),
    ("near", "west", 3, None),
    ("near", "out", 4, None),
    ("east", "west", 9, None),
    ("east", "out", 2, None),
    ("lost", "west", 1, None),
    ("near", "hill", 7, None),
    ("lost", "hill", 6, 30.0),
)


def test_each_group_without_minutes_has_its_cause(study: Study, network: RoadNetwork) -> None:
    cause = unrouted(GROUPS, study, network=network)
    assert cause.tolist() == [
        *("", "over_cutoff", "island", "island", "over_cutoff"),
        *("too_far", "too_far", ""),
    ]
    # Whatever the order of the groups.
    turned = GROUPS[::-1]
    assert unrouted(turned, study, network=network).equals(cause[::-1])


def test_what_is_too_far_is_a_norm(study: Study, network: RoadNetwork) -> None:
    wide = replace(study, standards=Standards(snap_limit_m=20_000.0))
    cause = unrouted(GROUPS, wide, network=network)
    assert set(cause) == {"", "over_cutoff", "island"}


def test_groups_and_pupils_are_counted_and_told_by_cause(
    study: Study, network: RoadNetwork
) -> None:
    cause = unrouted(GROUPS, study, network=network)
    counts = unrouted_counts(GROUPS, cause)
    assert counts == {
        "too_far": {"groups": 2, "pupils": 8},
        "island": {"groups": 2, "pupils": 13},
        "over_cutoff": {"groups": 2, "pupils": 5},
    }
    problems = unrouted_problems(GROUPS, cause, standards=study.standards)
    assert [problem.code for problem in problems] == [
        "no-minutes-far",
        "no-minutes-island",
        "no-minutes-cutoff",
    ]
    assert {problem.severity for problem in problems} == {"warning"}
    # The group with most pupils is named.
    assert [(one.label, one.value) for one in problems] == [
        ("near", "hill"),
        ("east", "west"),
        ("near", "west"),
    ]
    notes = unrouted_notes(counts, standards=study.standards)
    assert [str(note) for note in notes] == [str(problem.reason) for problem in problems]
    assert str(notes[0]).startswith("2 groups with 8 pupils")
    assert "3,000 m" in str(notes[0])
    with using("zh"):
        assert str(notes[0]).isascii() is False


def test_where_all_have_minutes_nothing_is_told(study: Study, network: RoadNetwork) -> None:
    known = GROUPS.assign(minutes_before=1.0)
    cause = unrouted(known, study, network=network)
    counts = unrouted_counts(known, cause)
    assert counts == {one: {"groups": 0, "pupils": 0} for one in CAUSES}
    assert unrouted_problems(known, cause, standards=study.standards) == ()
    assert unrouted_notes(counts, standards=study.standards) == ()
