"""Checking solutions again, from the caller's tables alone and outside the solver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.core.errors import CheckError
from layout.core.text import tr

if TYPE_CHECKING:
    from layout.location.closure.tables import ClosureInput

_WORST = "max:"


def check_closure(
    given: ClosureInput,
    closed: tuple[Any, ...],
    assignment: pd.DataFrame,
    values: Mapping[str, float],
) -> None:
    """Check a closure plan against the tables it was made from.

    Parameters
    ----------
    given
        The arguments of the call.
    closed
        Labels of the sites that close.
    assignment
        One row per moved group: ``group``, ``from_site``, ``to_site``, ``arc``.
    values
        Claimed value of each level.

    Raises
    ------
    CheckError
        With one sentence for each promise that does not hold.
    """
    # Counts and membership of the sites that close.
    failures: list[str] = []
    shut = set(closed)
    if given.n_close is not None and len(shut) != int(given.n_close):
        failures.append(
            tr(
                "{found:site closes|sites close} instead of {wanted}",
                found=len(shut),
                wanted=given.n_close,
            )
        )
    if len(shut) != len(closed) or not shut <= set(given.candidates) - set(given.must_keep):
        failures.append(tr("a site closes that may not"))
    if not set(given.must_close) <= shut:
        failures.append(tr("a site stays open that must close"))
    failures.extend(_check_moves(given, shut, assignment))
    if given.max_receivers is not None and len(assignment):
        spread = assignment.groupby("from_site")["to_site"].nunique()
        for site in spread.index[spread > given.max_receivers]:
            failures.append(
                tr("the groups of {site} go to {count:site|sites}", site=site, count=spread[site])
            )
    failures.extend(_check_resources(given, assignment))
    failures.extend(_check_sets(given, shut))
    # Each level's value, summed (or its maximum taken) again over the arcs that are used.
    arcs = given.arcs.loc[assignment["arc"]] if len(assignment) else given.arcs.iloc[:0]
    for level, value in values.items():
        if level not in given.arc_levels:
            assert given.site_costs is not None
            again = given.site_costs.loc[list(closed), level].sum()
            if float(again) != value:
                failures.append(_claim(level, value, again))
            continue
        column = arcs[level.removeprefix(_WORST)]
        again = column.max() if level.startswith(_WORST) else column.sum()
        if float(again if len(column) else 0) != value:
            failures.append(_claim(level, value, again))
    # The first level of arcs keeps to its limit.
    lead = given.arc_levels[0]
    if given.cost_limit is not None and values.get(lead, 0) > given.cost_limit:
        failures.append(
            tr("level {level}: {value}, over the limit of {most}",
               level=lead, value=values[lead], most=given.cost_limit)
        )  # fmt: skip
    if failures:
        raise CheckError(*failures)


def _claim(level: str, value: float, again: float) -> str:
    return tr(
        "level {level}: {value} is claimed, {again} is found",
        level=level,
        value=value,
        again=again,
    )


def _check_moves(given: ClosureInput, shut: set[Any], assignment: pd.DataFrame) -> list[str]:
    """Exactly the groups of closed sites move, once each, along arcs to open sites."""
    # Site of each group today, by group label.
    home = given.groups["site"]
    failures = []
    moved = pd.Index(assignment["group"])
    if moved.has_duplicates or set(moved) != set(home.index[home.isin(shut)]):
        failures.append(tr("the groups that move are not those of the sites that close"))
    if set(assignment["to_site"]) & shut:
        failures.append(tr("a group goes to a site that closes"))
    # Arcs by label, in the row order of the assignment.
    arcs = given.arcs.loc[assignment["arc"], ["group", "site"]] if len(assignment) else None
    if arcs is not None and not (
        (arcs["group"].to_numpy() == assignment["group"].to_numpy()).all()
        and (arcs["site"].to_numpy() == assignment["to_site"].to_numpy()).all()
        and (home.reindex(moved).to_numpy() == assignment["from_site"].to_numpy()).all()
    ):
        failures.append(tr("a group goes along an arc that is not its own"))
    return failures


def _check_resources(given: ClosureInput, assignment: pd.DataFrame) -> list[str]:
    """No resource is used beyond what is free."""
    if given.use is None:
        return []
    # Amounts of the arcs in use, added up by resource label.
    used = given.use[given.use["arc"].isin(assignment["arc"])]
    total = used.groupby("resource")["amount"].sum()
    free = pd.Series(given.resources).reindex(total.index)
    return [
        tr(
            "resource {name}: {used} used, {free} free",
            name=name,
            used=total[name],
            free=free[name],
        )
        for name in total.index[total > free]
    ]


def _check_sets(given: ClosureInput, shut: set[Any]) -> list[str]:
    """Quotas and covers are kept."""
    failures = []
    # Sites of a quota that close, against its limit.
    if given.quotas is not None:
        limits = pd.Series(given.quota_limits)
        for quota, members in given.quotas.groupby("quota")["site"]:
            count = len(set(members) & shut)
            if count > limits[quota]:
                failures.append(
                    tr("quota {name}: {count:closes|close}, {most} may", name=quota, count=count,
                       most=limits[quota])
                )  # fmt: skip
    # A cover fails where all its sites close.
    if given.covers is not None:
        for cover, members in given.covers.groupby("cover")["site"]:
            if set(members) <= shut:
                failures.append(tr("cover {name}: no site stays open", name=cover))
    return failures
