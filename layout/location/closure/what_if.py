"""What other numbers of closures cost, and what it costs to force single sites: exact answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.core.errors import InputError
from layout.core.problems import problem
from layout.location.closure.close_sites import NODE_LIMIT
from layout.location.closure.menus import Menus
from layout.location.closure.tables import ClosureInput, read_instance
from layout.location.solver.highs import Effort
from layout.location.solver.watch import watching

if TYPE_CHECKING:
    from layout.core.arrays import Bools, Floats
    from layout.location.solver.watch import Listener

__all__ = ["closure_frontier", "closure_menu", "forced_closures"]


def closure_frontier(
    given: ClosureInput,
    numbers: Iterable[int],
    *,
    time_limit_s: float | None = None,
    node_limit: int = NODE_LIMIT,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = False,
) -> pd.DataFrame:
    """Least cost on the first level of closing each of some numbers of sites.

    Parameters
    ----------
    given
        The problem; its number of closures and its levels after the first do not count.
    numbers
        How many sites close.
    time_limit_s, node_limit, on_progress, keep_on_interrupt
        As of `layout.location.close_sites`; the limit holds for all numbers together.

    Returns
    -------
    pandas.DataFrame
        Index ``n_close`` in the order given; columns ``objective`` (``inf`` without a plan),
        ``bound`` (``inf`` where there can be none), ``status``, and ``closed``, the labels of the
        sites that close. Among sets that cost the same that with the least sum of hashes of its
        labels is taken.

    Raises
    ------
    InputError
        All problems of the tables together.
    """
    return closure_menu(
        given,
        numbers,
        time_limit_s=time_limit_s,
        node_limit=node_limit,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    )[0]


def closure_menu(
    given: ClosureInput,
    numbers: Iterable[int],
    *,
    time_limit_s: float | None = None,
    node_limit: int = NODE_LIMIT,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = False,
) -> tuple[pd.DataFrame, Floats]:
    """Least cost of closing each of some numbers of sites, and what bounds all other numbers.

    Parameters
    ----------
    given, numbers, time_limit_s, node_limit, on_progress, keep_on_interrupt
        As of `closure_frontier`.

    Returns
    -------
    pandas.DataFrame
        As `closure_frontier` returns it.
    numpy.ndarray
        Lower bounds on the cost of closing 0, 1, … sites, as the search has left them; beyond the
        last nothing can close.

    Raises
    ------
    InputError
        All problems of the tables together.
    """
    wanted = [int(number) for number in numbers]
    instance, _ = read_instance(replace(given, n_close=None, levels=given.levels[:1]))
    with watching(
        "closure_menus",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        menus = Menus(instance, Effort(node_limit=node_limit), watch)
        plans = []
        for number in wanted:
            watch.level(str(number))
            plans.append(menus.plan(number))
            watch.tell(plans[-1].value, plans[-1].bound)
        bounds = menus.bounds()
    closed = [() if plan.closed is None else tuple(instance.sites[plan.closed]) for plan in plans]
    table = pd.DataFrame(
        {
            "objective": [plan.value for plan in plans],
            "bound": [plan.bound for plan in plans],
            "status": pd.Series([plan.status for plan in plans], dtype="str"),
            "closed": pd.Series(closed, dtype=object),
        },
    ).set_axis(pd.Index(wanted, name="n_close", dtype="int64"))
    return table, bounds


def forced_closures(
    given: ClosureInput,
    closed: Iterable[Any],
    *,
    time_limit_s: float | None = None,
    node_limit: int = NODE_LIMIT,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = False,
) -> pd.DataFrame:
    """For every candidate the best plan in which it does not do what it does in a given plan.

    A site that closes is kept, one that stays is closed, and as many sites close as before.

    Parameters
    ----------
    given
        The problem; its number of closures and its levels after the first do not count.
    closed
        Labels of the sites that close in the given plan. Of plans that cost the same the one that
        closes most of them is taken, then the one with the least sum of hashes of its sites.
    time_limit_s, node_limit, on_progress, keep_on_interrupt
        As of `layout.location.close_sites`; the limit holds for all sites together.

    Returns
    -------
    pandas.DataFrame
        Index: the candidates, ascending. Columns ``if_forced`` (``kept`` or ``closed``);
        ``objective`` (least cost on the first level, ``inf`` without a plan), ``bound`` and
        ``status`` of it; ``closes`` and ``stays``, labels of the sites, the forced one aside, that
        close or stay only then. `given.must_close` does not count for a site that is kept.

    Raises
    ------
    InputError
        All problems of the tables together, and labels in `closed` that are no candidates.
    """
    # A site that must close may be kept here and receive: nothing of it may be left out.
    free = replace(given, n_close=None, levels=given.levels[:1], must_close=())
    instance = read_instance(free)[0]
    must_close = np.asarray(instance.sites.isin(given.must_close), dtype=np.bool_)
    instance = replace(instance, must_close=must_close)
    now = np.asarray(instance.sites.isin(list(closed)), dtype=np.bool_)
    unknown = pd.Index(list(closed)).difference(instance.sites)
    if len(unknown):
        raise InputError(
            *(problem("unknown-label:rows", row=label, column="closed") for label in unknown)
        )
    with watching(
        "closure_menus",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        menus = Menus(instance, Effort(node_limit=node_limit), watch, now)
        number = int(now.sum())
        plans = []
        for site, closes in enumerate(now.tolist()):
            watch.level(str(instance.sites[site]))
            plans.append(menus.forced(number, site, closes=not closes))
            watch.tell(plans[-1].value, plans[-1].bound)
    changes = [_changes(instance.sites, now, plan.closed, at) for at, plan in enumerate(plans)]
    return pd.DataFrame(
        {
            "if_forced": pd.Series(np.where(now, "kept", "closed"), dtype="str"),
            "objective": [plan.value for plan in plans],
            "bound": [plan.bound for plan in plans],
            "status": pd.Series([plan.status for plan in plans], dtype="str"),
            "closes": pd.Series([closes for closes, _ in changes], dtype=object),
            "stays": pd.Series([stays for _, stays in changes], dtype=object),
        }
    ).set_axis(instance.sites)


def _changes(
    sites: pd.Index, now: Bools, then: Bools | None, forced: int
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Sites that close only then, and sites that stay only then, the forced one aside."""
    if then is None:
        return (), ()
    others = np.arange(now.size) != forced
    return tuple(sites[then & ~now & others]), tuple(sites[now & ~then & others])
