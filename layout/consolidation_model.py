"""From a setting to the kernel's tables, and the kernel's answer."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from layout.consolidation_setting import Setting, capacity_use
from layout.location import ClosureSolution, close_sites
from layout.location.closure_input import ClosureInput, read_instance
from layout.location.closure_model import build
from layout.location.highs import Effort, solve

__all__ = ["LEVELS", "largest_number", "solve_setting"]

LEVELS: tuple[str, ...] = ("cost", "boarders", "bus_seats", "max:worst")


def solve_setting(setting: Setting, n_close: int) -> ClosureSolution:
    """Close exactly `n_close` candidates of a setting, see `layout.location.close_sites`.

    Parameters
    ----------
    setting
        The closure problem with its options.
    n_close
        How many close.

    Returns
    -------
    ClosureSolution
        Its arcs are labels of ``setting.arcs``.
    """
    homes, ways, use, free = _tables(setting)
    return close_sites(
        homes,
        ways,
        n_close=n_close,
        candidates=setting.closable,
        resources=free,
        use=use,
        covers=setting.covers,
        must_close=setting.options.must_close,
        levels=LEVELS,
        time_limit_s=setting.options.time_limit_s,
    )


def largest_number(setting: Setting, *, time_limit_s: float) -> tuple[int, int]:
    """Find how many candidates can close at most, whatever it costs.

    Parameters
    ----------
    setting
        The closure problem with its options.
    time_limit_s
        Clock limit in seconds.

    Returns
    -------
    tuple of int
        A number that can close, and the proved most; equal unless the clock ended the search.
        Both are 0 where not even the schools that must close can.
    """
    homes, ways, use, free = _tables(setting)
    given = ClosureInput(
        groups=homes,
        arcs=ways,
        candidates=setting.closable,
        n_close=None,
        resources=free,
        use=use,
        covers=setting.covers,
        must_close=setting.options.must_close,
        levels=("cost",),
    )
    instance, reasons = read_instance(given)
    n_sites = len(instance.sites)
    if reasons or n_sites == 0:
        return 0, 0
    wish = np.zeros(n_sites + instance.n_arcs)
    wish[:n_sites] = -1.0
    built = build(instance, np.arange(instance.n_arcs), cost=wish)
    outcome = solve(built.model, effort=Effort(time_limit_s=time_limit_s))
    if outcome.status == "infeasible":
        return 0, 0
    most = n_sites if not math.isfinite(outcome.bound) else math.floor(1e-6 - outcome.bound)
    found = 0 if outcome.x is None else round(float(outcome.x[:n_sites].sum()))
    return found, found if outcome.status == "proven" else max(found, most)


def _tables(
    setting: Setting,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series]:
    """Groups, ways, what the ways use and what is free, of the candidates alone."""
    home = setting.groups["school_id"].rename("site").to_frame()
    homes = home[home["site"].isin(setting.closable)]
    ways = setting.arcs[setting.arcs["group"].isin(homes.index)]
    use = capacity_use(setting, ways, drop=setting.options.drop)
    free = pd.Series(setting.free.to_numpy().ravel(), dtype="int64")
    free.index = pd.RangeIndex(len(free))
    return homes, ways, use, free[free.index.isin(use["resource"].unique())]
