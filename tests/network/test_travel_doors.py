"""Where a journey begins and ends beside loose pieces of road."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layout.network.travel import TravelMatrix
from tests.worlds.travel_world import go, points, roads

STREET = {"highway": "residential"}


def minutes(matrix: TravelMatrix) -> float:
    return float(matrix.minutes_of(["a"], ["s"])[0])


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
