"""Who can walk to a school that stays walks there: routes that no family would be sent on.

The objective counts the quickest way, and a bus that is half a minute quicker may not outrank a
walk. So a group is sent neither by bus, where it walks today, nor on a longer walk past a school
that it can walk to, that stays in any case and that has room for all who could walk to it from the
school that closes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.core.arrays import Bools
from layout.planning.consolidation.candidates import PROTECTION
from layout.planning.consolidation.setting import Setting
from layout.planning.consolidation.use import capacity_use

__all__ = ["outdone"]


def outdone(setting: Setting, ways: pd.DataFrame) -> Bools:
    """Mark the routes that a walk to a school that stays makes unreasonable.

    Parameters
    ----------
    setting
        The closure problem.
    ways
        Rows of ``setting.routes``.

    Returns
    -------
    numpy.ndarray
        By route: a group that walks today would ride or board, or walk farther by more than the
        norm `walk_past_m`, although such a school is there. No group loses all of its routes.
    """
    walked = (ways["mode"] == "walk").to_numpy(dtype=bool) & ~ways["over"].to_numpy(dtype=bool)
    safe = ways[walked & _stays(setting, ways["site"]) & _roomy(setting, ways, walked)]
    # By group: metres of the nearest such walk, infinite without one.
    nearest = safe.groupby("group")["metres"].min().reindex(ways["group"]).to_numpy(dtype=float)
    nearest = np.nan_to_num(nearest, nan=np.inf)
    today = setting.groups["mode_before"].reindex(ways["group"]).to_numpy() == "walk"
    farther = ways["metres"].to_numpy(dtype=float) > nearest + setting.study.standards.walk_past_m
    return np.asarray(np.where(walked, farther, today & np.isfinite(nearest)), dtype=np.bool_)


def _stays(setting: Setting, sites: pd.Series) -> Bools:
    """Whether each receiver stays whatever closes; what the scenario keeps does not count.

    So a plan in which a school is kept differs from another only in that.
    """
    table = setting.candidates
    rules = [rule for rule in PROTECTION if rule != "keep"]
    protected = table.index[table[rules].any(axis=1)]
    stays = ~sites.isin(table.index) | sites.isin(protected)
    return stays.to_numpy(dtype=bool)


def _roomy(setting: Setting, ways: pd.DataFrame, walked: Bools) -> Bools:
    """Whether the receiver of each walked route has room for all who walk there from one school."""
    on_foot = ways[walked]
    home = setting.groups["school_id"].reindex(on_foot["group"]).to_numpy()
    use = capacity_use(setting, on_foot, drop=setting.options.drop)
    # Pupils by closing school and limit of the receiver, against what is free of it.
    pair = pd.Series(home, index=on_foot.index).reindex(use["arc"]).to_numpy()
    taken = use.assign(home=pair).groupby(["home", "resource"])["amount"].sum().reset_index()
    free = setting.free.to_numpy().ravel()
    full = taken[taken["amount"].to_numpy() > free[taken["resource"].to_numpy(dtype=np.int64)]]
    site = setting.free.index.take(
        full["resource"].to_numpy(dtype=np.int64) // setting.free.shape[1]
    )
    short = pd.MultiIndex.from_arrays([full["home"].to_numpy(dtype=object), site])
    pairs = pd.MultiIndex.from_arrays([home, on_foot["site"].to_numpy(dtype=object)])
    roomy = np.zeros(len(ways), dtype=np.bool_)
    roomy[np.flatnonzero(walked)] = ~pairs.isin(short)
    return roomy
