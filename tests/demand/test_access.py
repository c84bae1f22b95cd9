"""Reach, coverage, counts and minutes: small cases with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout.demand.access import (
    NewSites,
    coverage,
    coverage_by_county,
    travel_measures,
    worst_decile,
)
from layout.demand.access.within import reach, reached
from layout.demand.demography import children, school_year
from layout.inputs.study.parts import offering
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix
from tests.worlds.fake_plan import fake_study
from tests.worlds.straight import straight_matrix


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study()


@pytest.fixture(scope="module")
def walk(study: Study) -> TravelMatrix:
    return straight_matrix(study, "walk")


@pytest.fixture(scope="module")
def bus(study: Study) -> TravelMatrix:
    return straight_matrix(study, "bus")


def test_kindergartens_are_reached_on_foot_within_metres(
    study: Study, walk: TravelMatrix, bus: TravelMatrix
) -> None:
    pairs = reach(study, "preschool", walk=walk, bus=bus).pairs()
    urban = study.settlements["urban"].reindex(pairs["origin"]).to_numpy(dtype=bool)
    assert (pairs["mode"] == "walk").all()
    assert pairs.loc[~urban, "metres"].max() <= study.standards.kindergarten_rural_m
    assert (pairs.loc[urban, "metres"] <= study.standards.kindergarten_urban_m).all()
    within = walk.pairs()["metres"] <= study.standards.kindergarten_urban_m
    assert len(pairs) > within.sum()


@pytest.mark.parametrize(("band", "limit"), [("1-3", 30), ("4-6", 60), ("7-9", 60)])
def test_bands_keep_their_limits_and_walk_where_they_can(
    study: Study, walk: TravelMatrix, bus: TravelMatrix, band: str, limit: int
) -> None:
    found = reach(study, band, walk=walk, bus=bus)
    pairs = found.pairs()
    assert not pairs.duplicated(["origin", "site"]).any()
    keys = found.row * len(found.sites) + found.col
    assert (np.diff(keys) > 0).all()
    assert pairs["minutes"].max() <= limit + 0.5 / 60
    walked = pairs["mode"] == "walk"
    assert pairs.loc[walked, "metres"].max() <= study.standards.walk_limit_m
    near = walk.pairs().query("metres <= 2000 and minutes <= @limit + 0.5 / 60")
    assert walked.sum() == len(near)
    allowed = bus.pairs().query("minutes <= @limit + 0.5 / 60")
    both = pd.concat([near, allowed]).drop_duplicates(["origin", "site"])
    assert len(pairs) == len(both)


def test_nearest_is_the_quickest_with_ties_by_id(
    study: Study, walk: TravelMatrix, bus: TravelMatrix
) -> None:
    found = reach(study, "1-3", walk=walk, bus=bus)
    nearest = found.nearest()
    table = found.pairs().sort_values(["origin", "minutes", "site"])
    first = table.drop_duplicates("origin").set_index("origin")["site"]
    assert nearest["site"].tolist() == first.loc[nearest.index].tolist()
    chosen = nearest["site"].iloc[:1]
    assert set(found.only(chosen).pairs()["site"]) == set(chosen)


def test_special_schools_are_not_offered_by_nearness(study: Study) -> None:
    schools = study.schools.copy()
    schools.loc[schools.index[0], "type_code"] = "514"
    assert schools.index[0] not in offering(schools, "1-3")


def test_coverage_counts_children_with_a_school_in_reach(
    study: Study, walk: TravelMatrix, bus: TravelMatrix
) -> None:
    table = coverage(study, walk=walk, bus=bus)
    counts = children(study, school_year(study))
    junior = reach(study, "7-9", walk=walk, bus=bus).only(offering(study.schools, "7-9"))
    size = counts[["g7", "g8", "g9"]].sum(axis=1)
    near = size.index.isin(junior.pairs()["origin"])
    assert table["children_junior"].tolist() == size.tolist()
    assert table["within_junior"].tolist() == size.where(near, 0).tolist()
    shares = coverage_by_county(study, table)
    assert shares.index.tolist() == sorted(study.units.index)
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)


def test_closing_never_covers_more_and_a_site_never_less(
    study: Study, walk: TravelMatrix, bus: TravelMatrix
) -> None:
    today = coverage(study, walk=walk, bus=bus)
    closed = coverage(study, walk=walk, bus=bus, closed=study.schools.index[:20])
    points = study.settlements.geometry.iloc[:3].set_axis(["J-001", "J-002", "J-003"])
    new = NewSites(
        stage="junior",
        walk=straight_matrix(study, "walk", sites=points),
        bus=straight_matrix(study, "bus", sites=points),
    )
    built = coverage(study, walk=walk, bus=bus, closed=study.schools.index[:20], new=[new])
    for stage in ("preschool", "primary", "junior"):
        assert (closed[f"within_{stage}"] <= today[f"within_{stage}"]).all()
        assert (built[f"within_{stage}"] >= closed[f"within_{stage}"]).all()


@pytest.mark.parametrize("band", ["preschool", "1-3", "7-9"])
def test_the_reached_are_the_origins_of_the_pairs(
    study: Study, walk: TravelMatrix, bus: TravelMatrix, band: str
) -> None:
    some = offering(study.schools, band)[::2]
    tight = replace(study.standards, limit_minutes_1_3=12.0, limit_minutes_7_9=12.0)
    study = replace(study, standards=tight)
    pairs = reach(study, band, walk=walk, bus=bus)
    for sites, expected in ((None, pairs), (some, pairs.only(some))):
        marks = reached(study, band, walk=walk, bus=bus, sites=sites)
        assert 0 < marks.sum() < len(marks)
        assert np.flatnonzero(marks).tolist() == np.unique(expected.row).tolist()


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 5)), min_size=1, max_size=12))
def test_worst_decile_is_reached_by_nine_in_ten(groups: list[tuple[int, int]]) -> None:
    minutes = pd.Series([float(m) for m, _ in groups])
    pupils = pd.Series([n for _, n in groups])
    found = worst_decile(minutes, pupils)
    if pupils.sum() == 0:
        assert np.isnan(found)
        return
    people = sorted(m for m, n in groups for _ in range(n))
    assert found == people[-(-9 * len(people) // 10) - 1]


def test_travel_measures_weigh_by_pupils_and_skip_unknown_ways() -> None:
    assignment = pd.DataFrame(
        {
            "settlement_id": ["a", "a", "b", "c"],
            "pupils": [9, 1, 4, 7],
            "minutes_after": [10.0, 60.0, 30.0, np.nan],
        }
    )
    by = pd.Series({"a": "x", "b": "y", "c": "y"})
    table = travel_measures(assignment, by, column="minutes_after")
    assert table.to_dict("index") == {
        "x": {"minutes_mean": 15.0, "minutes_worst_decile": 10.0},
        "y": {"minutes_mean": 30.0, "minutes_worst_decile": 30.0},
    }


def test_shuffled_matrices_give_the_same_reach(
    study: Study, walk: TravelMatrix, bus: TravelMatrix
) -> None:
    order = np.argsort(bus.metres, kind="stable")
    mixed = replace(
        bus,
        sites=bus.sites[::-1],
        row=bus.row[order],
        col=(len(bus.sites) - 1 - bus.col)[order].astype(np.int32),
        minutes=bus.minutes[order],
        metres=bus.metres[order],
    )
    one, other = (reach(study, "7-9", walk=walk, bus=way).pairs() for way in (bus, mixed))
    pd.testing.assert_frame_equal(one, other)
