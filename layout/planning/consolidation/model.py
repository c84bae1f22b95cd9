"""From a setting to the kernel's tables, and the kernel's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

import numpy as np
import pandas as pd

from layout.inputs.study.study import ConsolidateOptions
from layout.location import ClosureSolution, close_sites
from layout.location.closure.largest import Demand, most_closures
from layout.location.closure.tables import ClosureInput
from layout.planning.consolidation.setting import Setting, capacity_use

__all__ = ["LEVEL_NAMES", "closure_input", "largest_number", "levels_of", "solve_setting"]

LEADING: Mapping[str, str] = MappingProxyType(
    {"minutes": "cost", "metres": "added_metres", "bus_seats": "bus_seats"}
)
"""Leading level by the lever `objective`."""

LEVEL_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "cost": "added_pupil_seconds",
        "added_metres": "added_pupil_metres",
        "boarders": "boarders",
        "lose_walking": "lose_walking",
        "bus_seats": "bus_seats",
        "max:worst": "worst_added_seconds",
        "small_receivers": "pupils_to_other_receivers",
        "seconds_after": "pupil_seconds_after",
        "metres_after": "pupil_metres_after",
    }
)
"""Name in a plan's record of each level, by column of the routes."""


def levels_of(options: ConsolidateOptions) -> tuple[str, ...]:
    """Levels of a consolidation in the order of their importance, columns of the routes.

    The leading one by the lever `objective`, then boarders, pupils who lose walking, bus seats,
    the worst-off, receivers that are not preferred (where a lever prefers some), and among equals
    the shorter ways after: pupil-minutes, then pupil-metres.
    """
    leading = LEADING[options.objective]
    preferred = ("small_receivers",) if options.prefer_receivers is not None else ()
    rest = ("boarders", "lose_walking", "bus_seats", "max:worst", *preferred)
    return leading, *(
        level for level in (*rest, "seconds_after", "metres_after") if level != leading
    )


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
        Its arcs are labels of ``setting.routes``.
    """
    given = closure_input(setting, n_close)
    tables = {part.name: getattr(given, part.name) for part in fields(given)}
    return close_sites(
        tables.pop("groups"),
        tables.pop("arcs"),
        **tables,
        time_limit_s=setting.options.time_limit_s,
    )


def closure_input(setting: Setting, n_close: int | None = None) -> ClosureInput:
    """The tables of a setting for the kernel; `n_close` is left open where not given."""
    moving, ways, use, free = _tables(setting)
    return ClosureInput(
        groups=moving,
        arcs=ways,
        candidates=setting.closable,
        n_close=n_close,
        resources=free,
        use=use,
        quotas=_quotas(setting),
        quota_limits=dict(setting.options.quota),
        covers=setting.covers,
        must_close=setting.options.must_close,
        levels=levels_of(setting.options),
        ties=_ties(setting.groups.loc[moving.index]),
        max_receivers=setting.options.max_receivers,
    )


def largest_number(setting: Setting, *, enough: int, time_limit_s: float) -> tuple[int, int]:
    """Find how many candidates can close, whatever it costs, up to a number that is enough.

    Parameters
    ----------
    setting
        The closure problem with its options.
    enough
        No more than this many are looked for.
    time_limit_s
        Time limit in seconds.

    Returns
    -------
    tuple of int
        A number that can close, and the proved most, see
        `layout.location.closure.largest.most_closures`.
    """
    moving, ways, use, free = _tables(setting)
    # Candidates, groups, arcs, resources by position; a receiver that is no candidate is −1.
    sites = pd.Index(setting.closable)
    # Arcs to another school than the group's own, and what they use.
    arcs = ways[ways["site"] != moving["site"].reindex(ways["group"]).to_numpy()]
    use = use[use["arc"].isin(arcs.index)]
    covers = setting.covers.groupby("cover", sort=True)["site"]
    demand = Demand(
        n_sites=len(sites),
        home=sites.get_indexer(pd.Index(moving["site"])).astype(np.int64),
        group=moving.index.get_indexer(pd.Index(arcs["group"])).astype(np.int64),
        receiver=sites.get_indexer(pd.Index(arcs["site"])).astype(np.int64),
        use_arc=arcs.index.get_indexer(pd.Index(use["arc"])).astype(np.int64),
        use_resource=free.index.get_indexer(pd.Index(use["resource"])).astype(np.int64),
        amount=use["amount"].to_numpy(dtype=np.int64),
        free=free.to_numpy(dtype=np.int64),
        covers=tuple(
            sites.get_indexer(pd.Index(members)).astype(np.int64)
            for _, members in covers
            if members.isin(sites).all()
        ),
        forced=sites.get_indexer(pd.Index(setting.options.must_close)).astype(np.int64),
    )
    return most_closures(demand, enough=enough, time_limit_s=time_limit_s)


def _tables(
    setting: Setting,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series]:
    """Groups, routes, what the routes use and what is free, of the candidates alone."""
    # Groups of the candidates, by the school they attend: only these may have to move.
    home = setting.groups["school_id"].rename("site").to_frame()
    moving = home[home["site"].isin(setting.closable)]
    ways = setting.routes[setting.routes["group"].isin(moving.index)]
    use = capacity_use(setting, ways, drop=setting.options.drop)
    # Room in one row: position of school × number of resources + resource; only limits in use stay.
    free = pd.Series(setting.free.to_numpy().ravel(), dtype="int64")
    free.index = pd.RangeIndex(len(free))
    return moving, ways, use, free[free.index.isin(use["resource"].unique())]


def _quotas(setting: Setting) -> pd.DataFrame:
    """The schools of each quota: those of the county or township with its code."""
    schools = setting.ground.schools
    # A code is one of a county or of a township; columns quota and site.
    parts = [
        pd.DataFrame({"quota": code, "site": schools.index[schools[column].astype(str) == code]})
        for code, _ in setting.options.quota
        for column in ("county_code", "township_code")
    ]
    none = pd.DataFrame({"quota": pd.Series(dtype="str"), "site": pd.Series(dtype="str")})
    return pd.concat([none, *parts], ignore_index=True)


def _ties(groups: pd.DataFrame) -> pd.Series:
    """What a group is, as one text: only for the hash that chooses among equal plans.

    Positions of groups change with every settlement added; the choice among equals must not.
    """
    text: pd.Series = groups["settlement_id"] + "|" + groups["band"] + "|" + groups["school_id"]
    return text
