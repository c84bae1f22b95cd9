"""Sharp bends: which metres of a road are driven at the cap, by its shape and not by its points."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from layout.core.arrays import Floats
from layout.network.roads.speed import SHARP_RUN_M, edge_minutes, slow_metres

ANGLES = st.floats(-math.pi, math.pi)
STEPS = st.lists(st.tuples(st.floats(1.0, 120.0), ANGLES), min_size=2, max_size=8)


def lengths(xy: Floats) -> Floats:
    step = np.diff(xy, axis=0)
    return np.asarray(np.hypot(step[:, 0], step[:, 1]))


def slow(xy: Floats) -> Floats:
    """Slow metres of each segment of one line."""
    return slow_metres(xy, np.array([0, len(xy)]), length_m=lengths(xy))


def drawn(steps: list[tuple[float, float]]) -> Floats:
    """A line of steps, each of some metres after a turn."""
    heading = np.cumsum([turn for _, turn in steps])
    metres = np.array([length for length, _ in steps])
    step = metres[:, None] * np.column_stack([np.cos(heading), np.sin(heading)])
    return np.vstack([[0.0, 0.0], np.cumsum(step, axis=0)])


def arc(radius: float, *, turn: float, apart_m: float, straight_m: float = 200.0) -> Floats:
    """A straight, an arc of a circle drawn with points so far apart, and a straight again."""
    count = max(1, round(radius * turn / apart_m))
    angle = np.linspace(0, turn, count + 1)
    bow = radius * np.column_stack([np.sin(angle), 1 - np.cos(angle)])
    ahead = np.array([math.cos(turn), math.sin(turn)])
    return np.vstack([[-straight_m, 0.0], bow, bow[-1] + straight_m * ahead])


@given(steps=STEPS, cuts=st.lists(st.floats(0.01, 0.99), max_size=12), seed=st.integers(0, 9))
def test_points_on_a_straight_line_change_nothing(
    steps: list[tuple[float, float]], cuts: list[float], seed: int
) -> None:
    # No turn just at the least that counts, where rounding decides.
    turns = np.abs([turn for _, turn in steps])
    assume(not ((np.abs(turns - 1) < 1e-6) | ((turns < 1e-3) & (turns > 0))).any())
    xy = drawn(steps)
    segment = np.random.default_rng(seed).integers(0, len(steps), len(cuts))
    share = np.array(cuts)
    extra = xy[segment] + share[:, None] * (xy[segment + 1] - xy[segment])
    order = np.lexsort((np.r_[np.zeros(len(xy)), share], np.r_[np.arange(len(xy)), segment]))
    finer = np.vstack([xy, extra])[order]
    assert slow(finer).sum() == pytest.approx(slow(xy).sum(), abs=1e-3)


@given(steps=STEPS)
def test_a_point_drawn_twice_changes_nothing(steps: list[tuple[float, float]]) -> None:
    xy = drawn(steps)
    assert slow(np.repeat(xy, 2, axis=0)).sum() == pytest.approx(slow(xy).sum())


@given(steps=STEPS)
def test_a_road_has_the_same_bends_both_ways(steps: list[tuple[float, float]]) -> None:
    turns = np.abs([turn for _, turn in steps])
    assume(not (np.abs(turns - 1) < 1e-6).any())
    xy = drawn(steps)
    assert slow(xy[::-1]).sum() == pytest.approx(slow(xy).sum(), abs=1e-3)


@pytest.mark.parametrize("radius", [12.0, 20.0, 26.0])
@pytest.mark.parametrize("turn", [math.pi / 2, math.pi, 1.5 * math.pi])
def test_a_sharp_curve_is_as_slow_however_finely_it_is_drawn(radius: float, turn: float) -> None:
    shares = [
        slow(line).sum() / lengths(line).sum()
        for apart_m in (1.0, 5.0, 20.0)
        for line in [arc(radius, turn=turn, apart_m=apart_m)]
    ]
    assert max(shares) - min(shares) < 0.01
    # The arc and thirty metres before and after it.
    whole = radius * turn + 2 * SHARP_RUN_M
    assert slow(arc(radius, turn=turn, apart_m=1.0)).sum() == pytest.approx(whole, rel=0.01)


@pytest.mark.parametrize("apart_m", [1.0, 5.0, 20.0, 30.0])
@pytest.mark.parametrize("radius", [35.0, 60.0, 400.0])
def test_a_wide_curve_slows_nobody(radius: float, apart_m: float) -> None:
    assert not slow(arc(radius, turn=math.pi, apart_m=apart_m)).any()


@pytest.mark.parametrize("apart_m", [500.0, 20.0, 7.0, 1.0])
def test_a_corner_is_slow_for_thirty_metres_of_road_on_either_side(apart_m: float) -> None:
    leg = np.arange(0, 500 + apart_m, apart_m).clip(max=500)
    xy = np.vstack([np.column_stack([leg - 500, leg * 0]), np.column_stack([leg[1:] * 0, leg[1:]])])
    assert slow(xy).sum() == pytest.approx(2 * SHARP_RUN_M)
    # All of them lie round the corner, in the middle.
    at = np.concatenate([[0.0], np.cumsum(lengths(xy))])
    far = (at[:-1] > 500 + SHARP_RUN_M) | (at[1:] < 500 - SHARP_RUN_M)
    assert not slow(xy)[far].any()


def test_a_road_that_swings_aside_and_back_is_as_sharp_as_its_parts() -> None:
    xy = np.array([[-300.0, 0], [0, 0], [0, 8], [300, 8]])
    assert slow(xy).sum() == pytest.approx(SHARP_RUN_M + 8 + SHARP_RUN_M)


def test_a_tremble_of_the_hand_is_no_bend() -> None:
    # Points a metre apart, some centimetres beside the road, as a map traced by hand has them.
    off = np.random.default_rng(0).normal(0, 0.03, 300)
    assert not slow(np.column_stack([np.arange(300.0), off])).any()


def test_lines_do_not_bend_into_one_another() -> None:
    # Three lines; the second begins where the first ends, at a right angle. The third has a corner.
    xy = np.array([[0, 0], [50, 0], [50, 0], [50, 50], [0, 0], [40, 0], [40, 40.0]])
    length = np.array([50, 50, 40, 40.0])
    metres = slow_metres(xy, np.array([0, 2, 4, 7]), length_m=length)
    assert metres.tolist() == pytest.approx([0, 0, 30, 30])


def test_only_the_metres_round_a_sharp_bend_are_slow() -> None:
    xy = np.array([[0, 0], [500, 0], [490, 20], [0, 40.0]])
    length = lengths(xy)
    minutes = edge_minutes(
        np.array([0, 4]), length_m=length, slow_m=slow(xy), kmh=np.full(3, 40.0), sharp_kmh=20.0
    )
    metres = 30 + length[1] + 30
    expected = (metres / 20 + (length.sum() - metres) / 40) * 0.06
    assert minutes == pytest.approx([expected])
