"""From a setting to the kernel's tables, and the kernel's answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from layout.inputs.study.study import ConsolidateOptions
from layout.location import ClosureSolution, close_sites
from layout.location.closure.largest import Largest, most_closures
from layout.location.closure.never import never_alone
from layout.location.closure.tables import ClosureInput
from layout.location.closure.what_if import closure_frontier
from layout.planning.consolidation.setting import Setting
from layout.planning.consolidation.use import capacity_use
from layout.planning.consolidation.walking import outdone

__all__ = [
    "LEVEL_NAMES",
    "best_closures",
    "closure_input",
    "largest",
    "leading_value",
    "levels_of",
    "never_closing",
    "solve_setting",
]

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


def solve_setting(
    setting: Setting,
    n_close: int,
    *,
    closes: Collection[str] | None = None,
    before: tuple[str, ...] = (),
    site_costs: pd.DataFrame | None = None,
    cost_limit: int | None = None,
) -> ClosureSolution:
    """Close exactly `n_close` candidates of a setting, see `layout.location.close_sites`.

    Parameters
    ----------
    setting
        The closure problem with its options.
    n_close
        How many close.
    closes
        Those that close, where that is settled; what is proved is then said of the routes alone.
    before
        Levels before the setting's own, columns of `site_costs`.
    site_costs, cost_limit
        As of `layout.location.close_sites`: costs of closing each candidate, and the most that the
        setting's leading level may come to.

    Returns
    -------
    ClosureSolution
        Its arcs are labels of ``setting.routes``.
    """
    given = closure_input(setting, n_close)
    if closes is not None:
        given = replace(given, must_close=tuple(closes))
    if before:
        given = replace(
            given,
            levels=(*before, *given.levels),
            site_costs=site_costs,
            cost_limit=cost_limit,
        )
    return close_sites(**vars(given), time_limit_s=setting.options.time_limit_s)


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
        quota_limits=_quota_limits(setting),
        covers=setting.covers,
        must_close=setting.options.must_close,
        levels=levels_of(setting.options),
        ties=_ties(setting.groups.loc[moving.index]),
        max_receivers=setting.options.max_receivers,
    )


def largest(
    setting: Setting,
    *,
    time_limit_s: float | None = None,
    quotas: pd.DataFrame | None = None,
    most: Mapping[str, int] | None = None,
) -> Largest:
    """Find how many candidates can close, whatever it costs.

    Parameters
    ----------
    setting
        The closure problem with its options.
    time_limit_s
        Time limit in seconds.
    quotas, most
        Quotas beside those of the options: columns quota and site, and the limit of each.

    Returns
    -------
    layout.location.closure.largest.Largest
    """
    given = closure_input(setting)
    if quotas is not None and most is not None:
        given = replace(
            given,
            quotas=pd.concat([given.quotas, quotas], ignore_index=True),
            quota_limits={**_quota_limits(setting), **most},
        )
    return most_closures(given, time_limit_s=time_limit_s)


def never_closing(setting: Setting) -> pd.Series:
    """Candidates that cannot close even as the only ones: the rule that forbids it, by school.

    ``township`` or ``limits`` where a cover has no other school that could stay in its place,
    ``places`` where the other schools together have no room for all of its groups.
    """
    size = setting.covers["cover"].map(setting.covers["cover"].value_counts())
    last = setting.covers[size == 1].drop_duplicates("site").set_index("site")["rule"]
    full = [site for site in never_alone(closure_input(setting)) if site not in last.index]
    rules: pd.Series = pd.concat([last, pd.Series("places", index=pd.Index(full, dtype="str"))])
    return rules


def leading_value(setting: Setting, n_close: int) -> float:
    """Least value of the leading level alone; infinite where no plan exists or none was found."""
    given = closure_input(setting, n_close)
    alone = replace(given, levels=given.levels[:1])
    return close_sites(**vars(alone), time_limit_s=setting.options.time_limit_s).objective


def best_closures(setting: Setting, number: int, *, time_limit_s: float | None) -> pd.Series:
    """Find which candidates close at the least leading level, and what is proved of it.

    Parameters
    ----------
    setting
        The closure problem with its options.
    number
        How many close.
    time_limit_s
        Time limit in seconds.

    Returns
    -------
    pandas.Series
        A row of `layout.location.closure.what_if.closure_frontier`.
    """
    return closure_frontier(closure_input(setting), [number], time_limit_s=time_limit_s).iloc[0]


def _tables(
    setting: Setting,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series]:
    """Groups, routes, what the routes use and what is free, of the candidates alone."""
    # Groups of the candidates, by the school they attend: only these may have to move.
    home = setting.groups["school_id"].rename("site").to_frame()
    moving = home[home["site"].isin(setting.closable)]
    ways = setting.routes[setting.routes["group"].isin(moving.index)]
    if "walking" not in setting.options.drop:
        ways = ways[~outdone(setting, ways)]
    use = capacity_use(setting, ways, drop=setting.options.drop)
    # Room in one row: position of school × number of resources + resource; only limits in use stay.
    free = pd.Series(setting.free.to_numpy().ravel(), dtype="int64")
    free.index = pd.RangeIndex(len(free))
    return moving, ways, use, free[free.index.isin(use["resource"].unique())]


def _quota_limits(setting: Setting) -> dict[str, int]:
    """The most closures of each quota; more than there are schools is no limit."""
    schools = len(setting.study.schools)
    return {code: min(most, schools) for code, most in setting.options.quota}


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
