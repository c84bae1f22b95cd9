"""The sparse models of modular location: one level after the other, on all sites or some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.modular.instance import SHARE_STEPS, within_reach
from layout.location.solver.highs import Model, linear
from layout.location.solver.rows import Rows

if TYPE_CHECKING:
    from layout.location.modular.instance import Instance


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """Where variables are: new sites, modules by site, flow by pair, share steps, shortages."""

    opened: slice
    modules: slice
    flow: slice
    step: slice
    short: slice
    total: int


def columns_of(instance: Instance) -> Columns:
    """The columns of an instance's models."""
    # Widths of the blocks of columns, in this order.
    sizes = [instance.new.sum(), instance.size.size, instance.row.size, _steps(instance)[0].size]
    sizes.append(instance.floor.size)
    starts = np.cumsum([0, *sizes]).tolist()
    blocks = [slice(a, b) for a, b in pairwise(starts)]
    return Columns(
        opened=blocks[0],
        modules=blocks[1],
        flow=blocks[2],
        step=blocks[3],
        short=blocks[4],
        total=starts[-1],
    )


def level_model(
    instance: Instance,
    level: str,
    kept: Mapping[str, float],
    *,
    sites: Bools | None = None,
) -> Model:
    """The model of one level: ``floors``, ``covered``, ``uneven`` or ``travel``.

    Parameters
    ----------
    kept
        Levels before it, with the value that none may exceed (what is covered counts negative).
    sites
        Sites that may be used; by default all.
    """
    at = columns_of(instance)
    rows = Rows()
    _add_counts(rows, instance, at)
    _add_serving(rows, instance, at)
    # One row for each earlier level: its value must not be exceeded.
    for name, value in kept.items():
        cost = objective(instance, name, at)
        used = np.flatnonzero(cost)
        # Whole flows meet a whole number exactly; others by their sum's rounding error.
        slack = 0.0 if instance.whole else 1e-6 * max(1.0, abs(value))
        zeros = np.zeros(used.size, dtype=np.int64)
        rows.add(zeros, used, cost[used], lower=-np.inf, upper=value + slack, n_rows=1)
    matrix, row_lower, row_upper = rows.build(at.total)
    # Bounds, block by block.
    lower = np.zeros(at.total)
    lower[at.opened] = instance.must[instance.new]
    upper = np.concatenate(
        [
            np.ones(instance.new.sum()),
            instance.most,
            instance.part,
            _steps(instance)[1],
            instance.floor,
        ]
    )
    # Sites that may not be used get neither opening, modules nor flow.
    if sites is not None:
        upper[at.opened][~sites[instance.new]] = 0.0
        upper[at.modules][~sites] = 0.0
        upper[at.flow][~sites[instance.col]] = 0.0
    whole = instance.whole and bool((instance.cost == np.rint(instance.cost)).all())
    return Model(
        cost=objective(instance, level, at),
        lower=lower,
        upper=upper,
        integer=np.arange(at.total) < at.flow.start,
        matrix=matrix,
        row_lower=row_lower,
        row_upper=row_upper,
        whole_objective=whole if level == "travel" else instance.whole,
    )


def with_modules(instance: Instance, model: Model, modules: Floats) -> Model:
    """The model with the modules decided: a linear programme in the flows."""
    at = columns_of(instance)
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[at.modules] = upper[at.modules] = modules
    lower[at.opened] = upper[at.opened] = modules[instance.new] > 0
    return replace(linear(model), lower=lower, upper=upper)


def objective(instance: Instance, level: str, at: Columns) -> Floats:
    """What a level keeps least, by column."""
    cost = np.zeros(at.total)
    if level == "covered":
        cost[at.flow] = -1.0
    elif level == "floors":
        cost[at.short] = 1.0
    elif level == "uneven":
        cost[at.step] = _steps(instance)[2]
    else:
        cost[at.flow] = instance.cost
    return cost


def _steps(instance: Instance) -> tuple[Ints, Floats, Floats]:
    """Group, width and slope of each step of the unserved share."""
    if not instance.totals.size:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    # Amount of each group, the width of a step, and how many steps hold the amount.
    mine = instance.period == 0
    n_groups = instance.totals.size
    whole = np.bincount(instance.group[mine], instance.amount[mine], minlength=n_groups)
    width = np.maximum(1.0, np.ceil(instance.totals / SHARE_STEPS))
    count = np.ceil(whole / width).astype(np.int64)
    group = np.repeat(np.arange(count.size), count)
    # Slopes 1, 3, 5, …: together the square of the unserved share, in steps.
    rank = np.arange(group.size) - (np.cumsum(count) - count)[group]
    return group, width[group], 2.0 * rank + 1.0


def _add_counts(rows: Rows, instance: Instance, at: Columns) -> None:
    """New sites and modules in all, exactly; modules of a new site only where it opens."""
    # Columns of new sites and of modules.
    opened = np.arange(at.opened.start, at.opened.stop)
    modules = np.arange(at.modules.start, at.modules.stop)
    zeros = np.zeros(modules.size, dtype=np.int64)
    count = float(instance.n_new)
    rows.add(zeros[: opened.size], opened, 1.0, lower=count, upper=count, n_rows=1)
    if instance.modules is not None:
        most = float(instance.modules)
        rows.add(zeros, modules, 1.0, lower=most, upper=most, n_rows=1)
    # No more new sites than the quota of their group.
    capped = instance.capped[instance.new]
    mine = np.flatnonzero(capped >= 0)
    if instance.quota.size:
        rows.add(
            capped[mine],
            opened[mine],
            1.0,
            lower=-np.inf,
            upper=instance.quota,
            n_rows=instance.quota.size,
        )
    _add_limits(rows, instance, modules[instance.new], opened)


def _add_limits(rows: Rows, instance: Instance, modules: Ints, opened: Ints) -> None:
    """Least and most modules of a new site that opens."""
    # Two entries in each row: the site's modules, and its opening times the limit.
    each: Any = np.concatenate([np.arange(opened.size)] * 2)
    pair = np.concatenate([modules, opened])
    for limit, lower, upper in ((instance.most, -np.inf, 0.0), (instance.least, 0.0, np.inf)):
        value = np.concatenate([np.ones(opened.size), -limit[instance.new]])
        rows.add(each, pair, value, lower=lower, upper=upper, n_rows=opened.size)


def _add_serving(rows: Rows, instance: Instance, at: Columns) -> None:
    """Nobody is served twice, no site over its capacity, unserved demand fills its steps."""
    flow = np.arange(at.flow.start, at.flow.stop)
    modules = np.arange(at.modules.start, at.modules.stop)
    n_demands = instance.amount.size
    # Each demand at most once, all sites together.
    rows.add(instance.row, flow, 1.0, lower=-np.inf, upper=instance.amount, n_rows=n_demands)
    add_places(rows, instance, instance.col, flow, modules, period=instance.period[instance.row])
    # Rank of each new site among the new ones; pairs at new sites.
    rank_new = np.cumsum(instance.new) - 1
    linked = np.flatnonzero(instance.new[instance.col])
    each: Any = np.concatenate([np.arange(linked.size)] * 2)
    # Nobody goes to a new site that does not open, pair by pair: a much tighter relaxation.
    rows.add(
        each,
        np.concatenate([flow[linked], at.opened.start + rank_new[instance.col[linked]]]),
        np.concatenate([np.ones(linked.size), -instance.part[linked]]),
        lower=-np.inf,
        upper=0.0,
        n_rows=linked.size,
    )
    # Served plus unserved demand of each group is at least all of it, in the first period.
    mine, first = instance.period == 0, np.flatnonzero(instance.first)
    group = instance.group[instance.row[first]]
    needed = np.bincount(
        instance.group[mine], instance.amount[mine], minlength=instance.totals.size
    ).astype(np.float64)
    steps = np.arange(at.step.start, at.step.stop), _steps(instance)[0]
    short = np.arange(at.short.start, at.short.stop), np.arange(instance.floor.size)
    # Served plus what is short is at least the floor of each group.
    for least, (column, row) in ((needed, steps), (instance.floor, short)):
        if instance.totals.size and least.size:
            rows.add(
                np.concatenate([group, row]),
                np.concatenate([flow[first], column]),
                1.0,
                lower=least,
                upper=np.inf,
                n_rows=least.size,
            )


def add_places(
    rows: Rows, instance: Instance, site: Ints, column: Ints, modules: Ints, *, period: Ints
) -> None:
    """The `column` entries of a `site` and `period` add up to no more than its modules hold.

    With W within reach and K = ⌈W / s⌉ modules enough for it, the mixed-integer rounding
    inequality Σ x ≤ W − (W − s (K − 1)) (K − m) holds for every whole m, and cuts off fractions
    of a last module that would serve only what the others leave.
    """
    # Periods and sites as one number: demand within reach; row of each that reaches any.
    n_sites = instance.size.size
    within = within_reach(instance).ravel()
    size = np.tile(instance.size, instance.n_periods)
    key = period * n_sites + site
    used = np.flatnonzero(within > 0)
    row_of = np.full(within.size, -1)
    row_of[used] = np.arange(used.size)
    mine = within[key] > 0
    # Modules enough for all within reach, and what the last of them serves.
    enough = np.ceil(within / size)
    rest = within - size * (enough - 1)
    # Two rows for each site: the capacity, and the rounding inequality.
    for per_module, constant in ((size, 0.0 * within), (rest, within - rest * enough)):
        rows.add(
            np.concatenate([row_of[key[mine]], np.arange(used.size)]),
            np.concatenate([column[mine], modules[used % n_sites]]),
            np.concatenate([np.ones(int(mine.sum())), -per_module[used]]),
            lower=-np.inf,
            upper=constant[used],
            n_rows=used.size,
        )


def compact_model(instance: Instance) -> Model:
    """A relaxation that forgets who goes where: new sites, modules, taken by site, covered.

    For one period alone.

    A demand is covered only where a site within reach opens; together no more is covered than
    the sites take; a site takes no more than its modules hold or than lies within its reach.
    """
    # Columns in this order: new sites, modules, taken by site, covered by demand.
    n_new, n_sites, n_demands = int(instance.new.sum()), instance.size.size, instance.amount.size
    modules, taken = n_new + np.arange(n_sites), n_new + n_sites + np.arange(n_sites)
    covered = n_new + 2 * n_sites + np.arange(n_demands)
    total = n_new + 2 * n_sites + n_demands
    rows = Rows()
    # The same counts as in the full model, with empty blocks for flows and steps.
    end = n_new + n_sites
    none = slice(end, end)
    at = Columns(
        opened=slice(0, n_new),
        modules=slice(n_new, end),
        flow=none,
        step=none,
        short=none,
        total=total,
    )
    _add_counts(rows, instance, at)
    rank_new = np.cumsum(instance.new) - 1
    # An existing site takes what it has modules for; the modules replace its opening.
    key = np.where(instance.new[instance.col], rank_new[instance.col], modules[instance.col])
    # Covered ≤ Σ part × opening (or modules of an existing site), by demand.
    rows.add(
        np.concatenate([instance.row, np.arange(n_demands)]),
        np.concatenate([key, covered]),
        np.concatenate([-instance.part, np.ones(n_demands)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_demands,
    )
    # All covered ≤ all taken.
    zeros = np.zeros(n_demands + n_sites, dtype=np.int64)
    values = np.concatenate([np.ones(n_demands), -np.ones(n_sites)])
    rows.add(zeros, np.concatenate([covered, taken]), values, lower=-np.inf, upper=0.0, n_rows=1)
    # Taken by each site within its modules.
    at_once = np.zeros(n_sites, dtype=np.int64)
    add_places(rows, instance, np.arange(n_sites), taken, modules, period=at_once)
    matrix, lower, upper = rows.build(total)
    return Model(
        cost=np.concatenate([np.zeros(n_new + 2 * n_sites), -np.ones(n_demands)]),
        lower=np.concatenate([instance.must[instance.new], np.zeros(total - n_new)]),
        upper=np.concatenate(
            [np.ones(n_new), instance.most, within_reach(instance)[0], instance.amount]
        ),
        integer=np.arange(total) < n_new + n_sites,
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
    )
