"""The levers of speed: children on foot, and school buses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import layout
from layout.core.arrays import Floats
from layout.core.errors import InputError
from layout.core.standards import Standards
from layout.demand.groups import group_counts
from layout.inputs.roads.tables import WAY_TAGS
from layout.inputs.study.study import Study
from layout.network.roads import network
from layout.network.roads.classes import usage
from layout.network.travel import route
from tests.worlds.mini import write_mini_study

SPEEDS = st.sampled_from([2.5, 3.0, 3.5, 4.0, 5.0, 6.0])


# -- factor on buses ---------------------------------------------------------------------------


def kmh(factor: float, **tags: str) -> float:
    row = dict.fromkeys(WAY_TAGS, "") | {"highway": "tertiary"} | tags
    norms = Standards(bus_speed_factor=factor)
    return float(usage(pd.DataFrame([row], dtype=str), standards=norms)["bus_kmh"].iloc[0])


@pytest.mark.parametrize(
    ("tags", "half", "double"),
    [
        ({}, 15.0, 60.0),
        ({"maxspeed": "40"}, 15.0, 40.0),
        ({"maxspeed": "20"}, 10.0, 20.0),
        ({"surface": "gravel"}, 10.0, 20.0),
        ({"highway": "motorway"}, 40.0, 80.0),
    ],
)
def test_the_factor_scales_what_is_driven_and_lifts_no_limit(
    tags: dict[str, str], half: float, double: float
) -> None:
    assert kmh(0.5, **tags) == pytest.approx(half)
    assert kmh(2.0, **tags) == pytest.approx(double)


def test_half_the_speed_is_twice_the_ride(mini_study: Study) -> None:
    usual, slow = (
        network(mini_study.with_options(bus_speed_factor=factor)).edges for factor in (1.0, 0.5)
    )
    assert usual["bus"].any()
    # Sharp bends are no exception, nor are roads at a cap.
    assert (slow["bus_kmh"] * 2).tolist() == pytest.approx(usual["bus_kmh"].tolist())
    assert slow["drive_kmh"].equals(usual["drive_kmh"])


# -- walking -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pupil_minutes(mini_study: Study) -> Callable[[float], Floats]:
    """Minutes of each group by the quickest way to its school of today, by walking speed."""
    assert mini_study.attendance is not None
    group = group_counts(mini_study.attendance)
    pairs = group["settlement_id"].tolist(), group["school_id"].tolist()

    @cache
    def minutes(walk_kmh: float) -> Floats:
        study = mini_study.with_options(walk_kmh=walk_kmh)
        walk, bus = (
            route(
                network(study),
                study.settlements.geometry,
                study.schools.geometry,
                mode=mode,
                cutoff_minutes=10_000.0,
                standards=study.standards,
            )
            for mode in ("walk", "bus")
        )
        on_foot, ride = walk.minutes_of(*pairs), bus.minutes_of(*pairs)
        near = walk.metres_of(*pairs) <= study.standards.walk_limit_m
        # On foot within the walking limit or by bus, whichever is quicker; else on foot.
        quickest = np.minimum(np.where(near, on_foot, np.inf), ride)
        quickest = np.where(np.isfinite(quickest), quickest, on_foot)
        return np.asarray(quickest * group["pupils"].to_numpy(), dtype=np.float64)

    return minutes


@settings(max_examples=15, deadline=None)
@given(speeds=st.lists(SPEEDS, min_size=2, max_size=2, unique=True))
def test_slower_walkers_never_lower_the_minutes_of_anybody(
    pupil_minutes: Callable[[float], Floats], speeds: list[float]
) -> None:
    slow, fast = sorted(speeds)
    # Single precision rounds both.
    assert (pupil_minutes(slow) >= pupil_minutes(fast) * (1 - 1e-6)).all()
    assert pupil_minutes(slow).sum() > pupil_minutes(fast).sum()


# -- as levers of a plan -----------------------------------------------------------------------


@pytest.mark.more
@pytest.mark.slow
def test_a_plan_under_other_speeds_is_that_of_its_study(
    tmp_path: Path, study: layout.Study, plan: layout.Plan
) -> None:
    fresh = layout.consolidate(study, close=2, walk_kmh=3, bus_speed_factor=0.5)
    again = layout.consolidate(plan, close=2, walk_kmh=3, bus_speed_factor=0.5)
    for one in (fresh, again):
        assert one.study.standards.walk_kmh == 3
        assert one.study.standards.bus_speed_factor == 0.5
        assert one.baseline is not None
        assert one.baseline.study.standards == one.study.standards
    assert again.study.warnings == fresh.study.warnings
    assert_frame_equal(again.assignment, fresh.assignment)
    # Today takes longer, but for those who now ride because the walk is over the limit.
    assert plan.baseline is not None
    assert again.baseline is not None
    today, usual = (one.assignment["minutes_before"] for one in (again.baseline, plan.baseline))
    assert (today > usual).mean() > 0.9
    assert today.sum() > usual.sum()
    # The folder says so, and what is read back is under the same speeds.
    saved = layout.read_plan(again.save(tmp_path / "out"), study=study)
    assert saved.study.standards == again.study.standards
    assert saved.study.options.walk_kmh == 3


@pytest.mark.more
@pytest.mark.slow
def test_inferred_attendance_is_inferred_again_under_other_speeds(tmp_path: Path) -> None:
    study = layout.Study.read(write_mini_study(tmp_path / "study", attendance=False))
    start = layout.assess(study)
    assert [one.code for one in start.study.warnings] == ["attendance-inferred"]
    fresh = layout.consolidate(study, close=1, walk_kmh=2.5)
    again = layout.consolidate(start, close=1, walk_kmh=2.5)
    assert again.study.warnings == fresh.study.warnings
    assert [one.code for one in again.study.warnings] == ["attendance-inferred"]
    assert_frame_equal(again.assignment, fresh.assignment)


@pytest.mark.slow
def test_without_other_speeds_nothing_is_routed_again(
    plan: layout.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("routed again")

    monkeypatch.setattr("layout.app.steps.study_travel", refuse)
    norms = plan.study.standards
    same = layout.consolidate(plan, close=1, walk_kmh=norms.walk_kmh, bus_speed_factor=1)
    assert same.travel is plan.travel
    with pytest.raises(AssertionError, match="routed again"):
        layout.consolidate(plan, close=1, walk_kmh=norms.walk_kmh / 2)


def test_a_scenario_may_set_them(tmp_path: Path, mini_path: Path) -> None:
    scenario = tmp_path / "slow.toml"
    scenario.write_text(
        '[scenario]\nname = "slow"\n[consolidate]\nwalk_kmh = 3.0\nbus_speed_factor = 0.8\n'
    )
    study = layout.Study.read(mini_path, scenario)
    assert study.standards == replace(Standards(), walk_kmh=3.0, bus_speed_factor=0.8)
    assert study.options.walk_kmh == 3.0


@pytest.mark.parametrize("factor", [0.2, 4.5])
def test_a_factor_out_of_range_is_told(tmp_path: Path, mini_path: Path, factor: float) -> None:
    scenario = tmp_path / "wrong.toml"
    for section in ("consolidate", "standards"):
        scenario.write_text(
            f'[scenario]\nname = "wrong"\n[{section}]\nbus_speed_factor = {factor}\n'
        )
        with pytest.raises(InputError) as caught:
            layout.Study.read(mini_path, scenario)
        assert caught.value.problems[0].code == "out-of-range"
        assert caught.value.problems[0].column == f"{section}.bus_speed_factor"
