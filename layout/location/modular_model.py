"""The sparse arrays behind `modular_cover`, on all sites or on some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.location.highs import Effort, Model, Outcome, Rows, linear, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layout.location.costs import Costs


@dataclass(frozen=True, kw_only=True, eq=False)
class Instance:
    """One problem in positions: pairs within reach, and what each site may hold.

    Attributes
    ----------
    costs
        Pairs within the limit.
    weight
        By demand.
    new
        Mask of the sites that may open; the others stand already and may grow.
    least, most
        Modules of a new site that opens, and 0 and the most to be added for the others.
    size
        What one module serves.
    n_new, modules
        How many new sites open, and how many modules there are, exactly.
    whole
        Whether weights and size are whole, and flows therefore too.
    """

    costs: Costs
    weight: NDArray[np.float64]
    new: NDArray[np.bool_]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    size: float
    n_new: int
    modules: int
    whole: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Built:
    """A model over opened (sites), modules (sites) and flow (`pairs` of the instance)."""

    model: Model
    pairs: NDArray[np.int64]


def counted_bound(instance: Instance) -> float:
    """No more can be covered than there are places, or than lies within reach of any site."""
    within = np.zeros(instance.weight.size, dtype=bool)
    within[instance.costs.row[instance.most[instance.costs.col] > 0]] = True
    return float(min(instance.size * instance.modules, instance.weight[within].sum()))


def build(
    instance: Instance,
    sites: NDArray[np.bool_],
    *,
    travel: bool = False,
    covered: float | None = None,
    held: NDArray[np.float64] | None = None,
) -> Built:
    """Cover most, or travel least where `covered` is held, on the marked `sites` alone.

    Parameters
    ----------
    held
        Modules by site where they are decided, and only the flows are sought.
    """
    costs, n_sites = instance.costs, len(instance.costs.sites)
    pairs = np.flatnonzero(sites[costs.col])
    row, col = costs.row[pairs], costs.col[pairs]
    flow = 2 * n_sites + np.arange(pairs.size)
    total = 2 * n_sites + pairs.size
    rows = Rows()
    _add_counts(rows, instance)
    n_demands = instance.weight.size
    rows.add(row, flow, 1.0, lower=-np.inf, upper=instance.weight, n_rows=n_demands)
    _add_places(rows, instance, row, col, flow)
    if covered is not None:
        # Whole flows meet a whole number exactly; others by their sum's rounding error.
        short = 0.0 if instance.whole else 1e-6 * max(1.0, covered)
        zeros = np.zeros(pairs.size, dtype=np.int64)
        rows.add(zeros, flow, 1.0, lower=covered - short, upper=np.inf, n_rows=1)
    matrix, row_lower, row_upper = rows.build(total)
    objective = np.zeros(total)
    objective[flow] = costs.cost[pairs] if travel else -1.0
    upper = np.concatenate([np.ones(n_sites), instance.most, instance.weight[row]])
    upper[: 2 * n_sites][~np.concatenate([sites, sites])] = 0.0
    lower = np.zeros(total)
    integer = np.arange(total) < 2 * n_sites
    if held is not None:
        lower[: 2 * n_sites] = upper[: 2 * n_sites] = np.concatenate([held > 0, held])
        integer[:] = False
    whole = instance.whole and (not travel or bool((costs.cost == np.rint(costs.cost)).all()))
    return Built(
        pairs=pairs,
        model=Model(
            cost=objective,
            lower=lower,
            upper=upper,
            integer=integer,
            matrix=matrix,
            row_lower=row_lower,
            row_upper=row_upper,
            whole_objective=whole and held is None,
        ),
    )


def _add_counts(rows: Rows, instance: Instance) -> None:
    """New sites and modules in all, exactly; modules only where a site is used."""
    n_sites = instance.new.size
    new = np.flatnonzero(instance.new)
    every = np.arange(n_sites)
    zeros = np.zeros(n_sites, dtype=np.int64)
    count, modules = float(instance.n_new), float(instance.modules)
    rows.add(zeros[: new.size], new, 1.0, lower=count, upper=count, n_rows=1)
    rows.add(zeros, n_sites + every, 1.0, lower=modules, upper=modules, n_rows=1)
    each: NDArray[Any] = np.concatenate([every, every])
    columns = np.concatenate([n_sites + every, every])
    for limit, lower, upper in ((instance.most, -np.inf, 0.0), (instance.least, 0.0, np.inf)):
        values = np.concatenate([np.ones(n_sites), -limit])
        rows.add(each, columns, values, lower=lower, upper=upper, n_rows=n_sites)


def _add_places(
    rows: Rows,
    instance: Instance,
    row: NDArray[np.int64],
    col: NDArray[np.int64],
    flow: NDArray[np.int64],
) -> None:
    """No site serves more than its places, and nobody goes to a new site that does not open."""
    within = _sums(col, instance.weight[row], instance.new.size)
    _add_site_places(rows, instance, col, flow, within)
    linked = np.flatnonzero(instance.new[col])
    each = np.arange(linked.size)
    rows.add(
        np.concatenate([each, each]),
        np.concatenate([flow[linked], col[linked]]),
        np.concatenate([np.ones(linked.size), -instance.weight[row[linked]]]),
        lower=-np.inf,
        upper=0.0,
        n_rows=linked.size,
    )


def _sums(
    site: NDArray[np.int64], amount: NDArray[np.float64], n_sites: int
) -> NDArray[np.float64]:
    """Sum of amounts by site."""
    return np.bincount(site, amount, minlength=n_sites).astype(np.float64)


def _add_site_places(
    rows: Rows,
    instance: Instance,
    site: NDArray[np.int64],
    column: NDArray[np.int64],
    within: NDArray[np.float64],
) -> None:
    """What the `column` entries of a site add up to fits into its modules.

    With W within reach and K = ⌈W / s⌉ modules enough for it, the mixed-integer rounding
    inequality Σ x ≤ W − (W − s (K − 1)) (K − m) holds for every whole m, and cuts off fractions
    of a last module that would serve only what the others leave.
    """
    n_sites = instance.new.size
    every = np.arange(n_sites)
    enough = np.ceil(within / instance.size)
    rest = within - instance.size * (enough - 1)
    places = np.full(n_sites, instance.size)
    for per_module, constant in ((places, np.zeros(n_sites)), (rest, within - rest * enough)):
        rows.add(
            np.concatenate([site, every]),
            np.concatenate([column, n_sites + every]),
            np.concatenate([np.ones(column.size), -per_module]),
            lower=-np.inf,
            upper=constant,
            n_rows=n_sites,
        )


def compact(instance: Instance) -> Model:
    """A relaxation that forgets who goes where: sites, modules, taken by site, covered by demand.

    A demand is covered only where a site within reach opens; together no more is covered than
    the sites take; a site takes no more than its modules hold or than lies within its reach.
    """
    costs, n_sites, n_demands = instance.costs, instance.new.size, instance.weight.size
    every, demands = np.arange(n_sites), np.arange(n_demands)
    taken, covered = 2 * n_sites + every, 3 * n_sites + demands
    total = 3 * n_sites + n_demands
    rows = Rows()
    _add_counts(rows, instance)
    rows.add(
        np.concatenate([costs.row, demands]),
        np.concatenate([costs.col, covered]),
        np.concatenate([-instance.weight[costs.row], np.ones(n_demands)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_demands,
    )
    zeros = np.zeros(n_demands + n_sites, dtype=np.int64)
    values = np.concatenate([np.ones(n_demands), -np.ones(n_sites)])
    rows.add(zeros, np.concatenate([covered, taken]), values, lower=-np.inf, upper=0.0, n_rows=1)
    within = _sums(costs.col, instance.weight[costs.row], n_sites)
    _add_site_places(rows, instance, every, taken, within)
    matrix, lower, upper = rows.build(total)
    return Model(
        cost=np.concatenate([np.zeros(3 * n_sites), -np.ones(n_demands)]),
        lower=np.zeros(total),
        upper=np.concatenate([np.ones(n_sites), instance.most, within, instance.weight]),
        integer=np.arange(total) < 2 * n_sites,
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        whole_objective=False,
    )


def flows(
    instance: Instance, modules: NDArray[np.float64], covered: float, effort: Effort
) -> NDArray[np.float64] | None:
    """Least travel over all pairs with the modules held and no less covered."""
    built = build(instance, modules > 0, travel=True, covered=covered, held=modules)
    outcome = solve(linear(built.model), effort=effort)
    if outcome.x is None:
        return None
    amount = np.zeros(instance.costs.cost.size)
    found = outcome.x[2 * instance.new.size :]
    amount[built.pairs] = np.rint(found) if instance.whole else np.maximum(found, 0.0)
    return amount


def most_covered(instance: Instance, modules: NDArray[np.float64], effort: Effort) -> float:
    """What the sites cover at most with the modules held; 0 where the search was stopped."""
    built = build(instance, modules > 0, held=modules)
    outcome = solve(linear(built.model), effort=effort)
    if outcome.x is None:
        return 0.0
    return float(np.rint(-outcome.objective)) if instance.whole else -outcome.objective


def modules_of(instance: Instance, outcome: Outcome) -> NDArray[np.float64]:
    """Modules by site in a solution."""
    n_sites = instance.new.size
    return np.asarray(np.rint(outcome.solution[n_sites : 2 * n_sites]), dtype=np.float64)


def greedy(instance: Instance) -> NDArray[np.float64] | None:
    """Modules by site, one decision at a time, where most unserved weight lies within reach.

    New sites come first, because their number is fixed; then single modules anywhere. ``None``
    where that does not use up all modules.
    """
    costs, left = instance.costs, instance.weight.copy()
    modules = np.zeros(instance.new.size)
    free, least_new = instance.modules, np.sort(instance.least[instance.new])
    for turn in range(instance.n_new):
        reserve = least_new[: instance.n_new - turn - 1].sum()
        room = np.minimum(instance.most, free - reserve)
        allowed = instance.new & (modules == 0) & (instance.least <= room)
        if not allowed.any():
            return None
        site, near = _neediest(costs, left, allowed, room * instance.size)
        wanted = np.floor(near / instance.size)
        count = min(max(wanted, instance.least[site]), room[site])
        _serve(instance, left, site, count)
        modules[site] = count
        free -= int(count)
    while free > 0:
        allowed = (modules < instance.most) & (~instance.new | (modules > 0))
        if not allowed.any():
            return None
        site, _ = _neediest(costs, left, allowed, np.full(modules.size, instance.size))
        _serve(instance, left, site, 1.0)
        modules[site] += 1
        free -= 1
    return modules


def _neediest(
    costs: Costs,
    left: NDArray[np.float64],
    allowed: NDArray[np.bool_],
    places: NDArray[np.float64],
) -> tuple[int, float]:
    """The allowed site that could serve most of what is left; ties to more within reach."""
    near = np.bincount(costs.col, left[costs.row], minlength=allowed.size)
    gain = np.where(allowed, np.minimum(near, places), -1.0)
    site = int(np.lexsort((-near, -gain))[0])
    return site, float(near[site])


def _serve(instance: Instance, left: NDArray[np.float64], site: int, count: float) -> None:
    """Serve with new modules at `site` those who have the fewest other sites within reach."""
    costs = instance.costs
    rows = costs.row[costs.col == site]
    choices = np.bincount(costs.row, minlength=left.size)
    rows = rows[np.lexsort((rows, choices[rows]))]
    before = np.cumsum(left[rows]) - left[rows]
    left[rows] -= np.clip(count * instance.size - before, 0.0, left[rows])
