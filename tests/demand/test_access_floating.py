"""Places per child: invariants, brute force on full tables, and PySAL on the same ways."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from access import fca
from hypothesis import given
from hypothesis import strategies as st

from layout.core.errors import InputError, UsageError
from layout.demand.access import Decay, gaussian, stepwise, two_step
from layout.network.travel import TravelMatrix

pytestmark = pytest.mark.slow

LUO_QI = {10: 1.0, 20: 0.68, 30: 0.22}
DECAYS: dict[str, Decay | None] = {
    "none": None,
    "stepwise": stepwise(LUO_QI),
    "gaussian": gaussian(30.0),
}


def ways(seed: int, n: int = 12, m: int = 5, cutoff: float = 45.0) -> TravelMatrix:
    """Random minutes up to the cut-off between n settlements and m sites."""
    rng = np.random.default_rng(seed)
    minutes = rng.uniform(1, 60, (n, m)).astype(np.float32)
    row, col = np.nonzero(minutes <= cutoff)
    origins = pd.Index([f"v{i:02d}" for i in range(n)])
    sites = pd.Index([f"s{j}" for j in range(m)])
    return TravelMatrix(
        mode="walk",
        cutoff_minutes=cutoff,
        origins=origins,
        sites=sites,
        row=row.astype(np.int32),
        col=col.astype(np.int32),
        minutes=minutes[row, col],
        metres=minutes[row, col] * 70,
        origin_status=pd.Series("ok", index=origins),
        site_status=pd.Series("ok", index=sites),
    )


def amounts(matrix: TravelMatrix, seed: int) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(seed + 1)
    supply = pd.Series(rng.integers(0, 90, len(matrix.sites)), index=matrix.sites)
    demand = pd.Series(rng.integers(0, 40, len(matrix.origins)), index=matrix.origins)
    return supply, demand


def by_hand(
    matrix: TravelMatrix,
    supply: pd.Series,
    demand: pd.Series,
    catchment: float,
    decay: Decay | None,
) -> pd.Series:
    """The two steps, pair by pair."""
    table = matrix.pairs()
    table = table[table["minutes"] <= catchment]
    table["w"] = 1.0 if decay is None else decay(table["minutes"].to_numpy(dtype=float))
    access = pd.Series(0.0, index=matrix.origins)
    for site, near in table.groupby("site"):
        wanted = sum(demand[o] * w for o, w in zip(near["origin"], near["w"], strict=True))
        for origin, w in zip(near["origin"], near["w"], strict=True):
            access[origin] += supply[site] / wanted * w if wanted > 0 else 0.0
    return access


@pytest.mark.parametrize("decay", DECAYS)
@given(seed=st.integers(0, 10_000))
def test_both_steps_are_those_of_the_formula(decay: str, seed: int) -> None:
    matrix = ways(seed)
    supply, demand = amounts(matrix, seed)
    found = two_step(matrix, supply, demand, catchment_minutes=30, decay=DECAYS[decay])
    pd.testing.assert_series_equal(
        found, by_hand(matrix, supply, demand, 30, DECAYS[decay]), check_names=False
    )


@pytest.mark.parametrize("decay", DECAYS)
@given(seed=st.integers(0, 10_000))
def test_all_places_that_anybody_reaches_are_given_out(decay: str, seed: int) -> None:
    matrix = ways(seed)
    supply, demand = amounts(matrix, seed)
    found = two_step(matrix, supply, demand, catchment_minutes=30, decay=DECAYS[decay])
    table = matrix.pairs().query("minutes < 30")
    reached = table[demand[table["origin"]].to_numpy() > 0]["site"].unique()
    assert (found * demand).sum() == pytest.approx(supply[reached].sum())


def test_a_huge_catchment_gives_everybody_the_same() -> None:
    matrix = ways(3, cutoff=100.0)
    supply, demand = amounts(matrix, 3)
    found = two_step(matrix, supply, demand, catchment_minutes=100)
    assert found.to_numpy() == pytest.approx(supply.sum() / demand.sum())


@pytest.mark.parametrize("decay", DECAYS)
def test_another_package_agrees(decay: str) -> None:
    matrix = ways(8, 60, 15)
    supply, demand = amounts(matrix, 8)
    demand += 1
    weight = DECAYS[decay]
    theirs = fca.two_stage_fca(
        demand_df=pd.DataFrame({"demand": demand.astype(float)}),
        supply_df=pd.DataFrame({"supply": supply.astype(float)}),
        cost_df=matrix.pairs().astype({"minutes": float}),
        max_cost=30,
        demand_index=True,
        cost_dest="site",
        cost_name="minutes",
        weight_fn=None if weight is None else lambda t: float(weight(np.array([t]))[0]),
    )
    ours = two_step(matrix, supply, demand, catchment_minutes=30, decay=weight)
    assert ours[theirs.index].to_numpy() == pytest.approx(theirs.to_numpy(), rel=1e-12)
    assert (ours.drop(theirs.index) == 0).all()


def test_decays_at_their_bounds() -> None:
    steps = stepwise(LUO_QI)(np.array([0.0, 10.0, 10.1, 20.0, 30.0, 30.1]))
    assert steps.tolist() == [1.0, 1.0, 0.68, 0.68, 0.22, 0.0]
    bell = gaussian(30)(np.array([0.0, 15.0, 30.0, 40.0]))
    assert bell == pytest.approx([1.0, (np.exp(-1 / 8) - np.exp(-0.5)) / (1 - np.exp(-0.5)), 0, 0])


def test_labels_in_any_order_and_missing_ones() -> None:
    matrix = ways(5)
    supply, demand = amounts(matrix, 5)
    supply["s0"], demand["v00"] = 0, 0
    whole = two_step(matrix, supply, demand, catchment_minutes=30)
    part = two_step(matrix, supply.drop("s0")[::-1], demand.drop("v00")[::-1], catchment_minutes=30)
    pd.testing.assert_series_equal(whole, part)


def test_what_has_no_meaning_is_refused_together() -> None:
    matrix = ways(1)
    supply, demand = amounts(matrix, 1)
    with pytest.raises(InputError) as caught:
        two_step(
            matrix,
            pd.Series([np.nan, -1.0, 3.0], index=["s0", "s1", "nowhere"]),
            pd.Series([np.inf, 1.0, 1.0], index=["v00", "v01", "v01"]),
            catchment_minutes=30,
        )
    codes = {problem.code for problem in caught.value.problems}
    assert codes == {"nan", "negative", "unknown-label", "infinite", "duplicate-label"}
    for minutes in (0, -5, np.nan, np.inf, 46):
        with pytest.raises(UsageError):
            two_step(matrix, supply, demand, catchment_minutes=minutes)
    for wrong in (lambda t: -t, lambda t: t / 0 if t.size == 0 else t * np.nan, lambda t: t[:1]):
        with pytest.raises(UsageError, match="decay"):
            two_step(matrix, supply, demand, catchment_minutes=30, decay=wrong)
