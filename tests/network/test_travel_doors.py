"""Where a journey begins and ends: against one-way roads, and beside loose pieces of road."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layout.network.travel import TravelMatrix
from tests.worlds.travel_world import METRES_PER_MINUTE, NORMS, go, points, roads

STREET = {"highway": "residential"}
ONE_WAY = {"highway": "residential", "oneway": "yes"}


def metres(matrix: TravelMatrix) -> float:
    return float(matrix.metres_of(["a"], ["s"])[0])


def minutes(matrix: TravelMatrix) -> float:
    return float(matrix.minutes_of(["a"], ["s"])[0])


def test_the_last_metres_against_a_one_way_road_are_walked(tmp_path: Path) -> None:
    # A school 50 m up a one-way street, which a bus enters at its far end, a ride of 5 km.
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (1, 0), 3: (1, 2), 4: (0, 2), 5: (-1, 0)},
        ([2, 1], ONE_WAY),
        ([5, 1, 4, 3, 2], STREET),
    )
    home, school = points(a=(-1, 0)), points(s=(0.05, 0))
    expected = 50 / METRES_PER_MINUTE + 1000 * 0.06 / 30 + NORMS.bus_wait_minutes
    found = go(network, home, school, "bus")
    assert (minutes(found), metres(found)) == pytest.approx((expected, 1050), rel=3e-3)
    # The other way round the bus leads out of the street; a car always goes around.
    back = go(network, school.set_axis(["a"]), home.set_axis(["s"]), "bus")
    assert metres(back) == pytest.approx(1050, rel=3e-3)
    assert metres(go(network, home, school, "drive")) == pytest.approx(6950, rel=3e-3)


def test_a_journey_passes_no_one_way_road_on_foot(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (0.1, 0), 3: (1, 0), 4: (-1, 0), 5: (0.05, 3)},
        ([2, 1], ONE_WAY),
        ([4, 1], STREET),
        ([2, 3], STREET),
        ([1, 5, 2], STREET),
    )
    through = go(network, points(a=(-1, 0)), points(s=(1, 0)), "bus")
    assert metres(through) > 7000


@pytest.mark.parametrize("kind", ["service", "tertiary", "footway"])
@pytest.mark.parametrize(("north_km", "reached"), [(0.031, True), (0.131, False)])
def test_a_loose_piece_of_road_at_the_door_is_passed_over(
    tmp_path: Path, kind: str, north_km: float, reached: bool
) -> None:
    # A school 5 m from a loose road of 60 m, and farther from the road of the network.
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (3, 0), 3: (1, north_km), 4: (1.06, north_km)},
        ([1, 2], STREET),
        ([3, 4], {"highway": kind}),
    )
    school, home = points(s=(1.03, north_km - 0.005)), points(a=(0, 0))
    assert np.isfinite(minutes(go(network, home, school, "bus"))) == reached


def test_a_road_of_its_own_is_no_loose_piece(tmp_path: Path) -> None:
    # Two banks of a river, each with roads of its own.
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (30, 0), 3: (0, 0.06), 4: (12, 0.06)},
        ([1, 2], STREET),
        ([3, 4], STREET),
    )
    here = points(s=(6, 0.05))
    assert minutes(go(network, points(a=(6.5, 0.07)), here, "bus")) < np.inf
    assert minutes(go(network, points(a=(6.5, -0.01)), here, "bus")) == np.inf
