"""What the models that assign demand to sites share: arguments, labels, and the check."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.errors import CheckError, InputError, Problem
from layout.core.problems import problem, refuse
from layout.core.text import tr
from layout.location.labelled.costs import (
    Costs,
    read_costs,
    read_count,
    read_labels,
    read_numbers,
    read_share,
    read_switch,
)
from layout.location.labelled.results import Solution
from layout.location.labelled.units import too_far, unit_of

if TYPE_CHECKING:
    from layout.location.labelled.costs import Numbers
    from layout.location.solver.highs import Status

# Relative tolerance of shares and of loads against capacities.
TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Arguments:
    """The arguments of one call, validated, in label order.

    Attributes
    ----------
    costs
        Allowed pairs.
    weights, load
        By demand.
    capacity, fixed_cost
        By site; `capacity` is None where nothing limits a site.
    must_open, must_close
        Positions of sites.
    n_open
        How many sites open; None where fixed costs decide.
    cost_unit, weight_unit, load_unit
        What one of these numbers is in the caller's: powers of two. Fixed costs are in the
        product of the first two.
    """

    costs: Costs
    weights: Floats
    load: Floats
    capacity: Floats | None
    fixed_cost: Floats
    must_open: Ints
    must_close: Ints
    n_open: int | None
    cost_unit: float = 1.0
    weight_unit: float = 1.0
    load_unit: float = 1.0

    @property
    def value_unit(self) -> float:
        """What one unit of weighted cost is in the caller's."""
        return self.cost_unit * self.weight_unit


def read_arguments(
    cost: pd.DataFrame,
    weights: Numbers,
    n_open: int | None,
    *,
    load: Numbers | None = None,
    capacity: Numbers | None = None,
    fixed_cost: Numbers | None = None,
    must_open: Iterable[Any] = (),
    must_close: Iterable[Any] = (),
    split: object = False,
    gap: object = 0.0,
) -> Arguments:
    """Read and refuse together, in the units of the model; see `layout.location.p_median`.

    `split` and `gap` are only looked at.

    Raises
    ------
    layout.core.errors.InputError
        With every problem of the call.
    """
    problems: list[Problem] = []
    costs = read_costs(cost, problems, demands=weights)
    # All arrays in ascending label order, demands or sites.
    demands, sites = costs.demands, costs.sites
    weight = read_numbers(weights, demands, costs.given_demands, problems, argument="weights")
    loads = (
        weight
        if load is None
        else read_numbers(load, demands, costs.given_demands, problems, argument="load")
    )
    capacities = (
        None
        if capacity is None
        else read_numbers(capacity, sites, costs.given_sites, problems, argument="capacity")
    )
    fixed = read_numbers(
        fixed_cost, sites, costs.given_sites, problems, argument="fixed_cost", default=0.0
    )
    open_positions = read_labels(must_open, sites, problems, argument="must_open")
    closed_positions = read_labels(must_close, sites, problems, argument="must_close")
    for position in np.intersect1d(open_positions, closed_positions):
        problems.append(problem("open-and-closed", row=sites[position], column="must_open"))
    count = None if n_open is None else read_count(n_open, problems, argument="n_open")
    read_switch(split, problems, argument="split")
    read_share(gap, problems, argument="gap")
    if problems:
        raise InputError(*problems)
    # Where every pair costs nothing, the fixed costs are what is weighed.
    by_pair = costs.cost if costs.cost.any() else fixed
    cost_unit, weight_unit, load_unit = unit_of(by_pair), unit_of(weight), unit_of(loads)
    refuse_far(cost=(costs.cost, cost_unit), weights=(weight, weight_unit), load=(loads, load_unit))
    # Nothing is lost where every weighted cost and every fixed cost is a number in both units.
    with np.errstate(over="ignore", under="ignore"):
        scaled = fixed / cost_unit / weight_unit
        value = costs.cost.max(initial=0.0) * weight.sum() + fixed.sum()
    if cost_unit * weight_unit == 0 or not (np.isfinite(scaled).all() and np.isfinite(value)):
        raise refuse("out-of-range:product", column="cost")
    return Arguments(
        costs=replace(costs, cost=costs.cost / cost_unit),
        weights=weight / weight_unit,
        load=loads / load_unit,
        capacity=None if capacities is None else capacities / load_unit,
        fixed_cost=scaled,
        must_open=open_positions,
        must_close=closed_positions,
        n_open=count,
        cost_unit=cost_unit,
        weight_unit=weight_unit,
        load_unit=load_unit,
    )


def refuse_far(**arguments: tuple[Floats, float]) -> None:
    """Refuse a number that cannot be weighed against the others of its argument, in their unit."""
    far = {name: too_far(numbers, unit) for name, (numbers, unit) in arguments.items()}
    problems = [
        problem("out-of-range:spread", column=name, number=f"{largest:g}")
        for name, largest in far.items()
        if largest is not None
    ]
    if problems:
        raise InputError(*problems)


def without_closed(given: Arguments) -> Arguments:
    """The same without the pairs of the sites that must close."""
    allowed = ~np.isin(given.costs.col, given.must_close)
    return replace(given, costs=given.costs.where(allowed))


def number_reasons(given: Arguments) -> tuple[str, ...]:
    """Why so many sites cannot open."""
    reasons = []
    costs = given.costs
    free = len(costs.sites) - given.must_close.size
    if given.n_open is not None and given.n_open > free:
        reasons.append(
            tr(
                "{wanted:site is|sites are} to open, but only {free} may",
                wanted=given.n_open,
                free=free,
            )
        )
    if given.n_open is not None and given.must_open.size > given.n_open:
        reasons.append(
            tr(
                "{must:site|sites} must open, but only {wanted:is|are} to",
                must=given.must_open.size,
                wanted=given.n_open,
            )
        )
    return tuple(reasons)


def counting_reasons(given: Arguments, *, split: bool = True) -> tuple[str, ...]:
    """Why there cannot be a solution, where counting alone tells it."""
    reasons = list(number_reasons(given))
    costs = given.costs
    # Demands without any pair at a site that may open.
    allowed = ~np.isin(costs.col, given.must_close)
    alone = np.setdiff1d(np.arange(len(costs.demands)), costs.row[allowed])
    if alone.size:
        reasons.append(
            tr(
                "{count:demand has|demands have} no allowed site, the first is {label}",
                count=alone.size,
                label=costs.demands[alone[0]],
            )
        )
    if given.capacity is not None:
        # The `n_open` largest capacities that may open bound what can be served.
        capacities = np.delete(given.capacity, given.must_close)
        most = np.sort(capacities)[::-1][: given.n_open].sum()
        if given.load.sum() > most + TOLERANCE:
            reasons.append(
                tr(
                    "the load is {load}, the largest sites together hold {most}",
                    load=f"{given.load.sum() * given.load_unit:g}",
                    most=f"{most * given.load_unit:g}",
                )
            )
        if not split:
            reasons += _too_large(given, given.capacity, allowed)
    return tuple(reasons)


def _too_large(given: Arguments, capacity: Floats, allowed: Bools) -> list[str]:
    """Demands that no site which they may use can take whole."""
    # Largest capacity among the allowed sites of each demand; −inf without one.
    row, col = given.costs.row[allowed], given.costs.col[allowed]
    largest = np.full(given.load.size, -np.inf)
    np.maximum.at(largest, row, capacity[col])
    over = (given.load > largest + TOLERANCE * np.maximum(1, largest)) & np.isfinite(largest)
    if not over.any():
        return []
    first = int(np.argmax(over))
    return [
        tr(
            "{count:demand fits whole into no site that it may use|demands fit whole into no "
            "site that they may use}; the first is {label}: {load} where the largest holds "
            "{most}",
            count=int(over.sum()),
            label=given.costs.demands[first],
            load=f"{given.load[first] * given.load_unit:g}",
            most=f"{largest[first] * given.load_unit:g}",
        )
    ]


def refused(
    given: Arguments,
    status: Status,
    reasons: tuple[str, ...],
    *,
    bound: float = math.inf,
    unit: float = 1.0,
    split: bool = False,
) -> Solution:
    """A solution without sites, which says what was proved; `unit` is that of the bound."""
    nothing = np.empty(0, dtype=np.int64)
    return answer(
        given,
        np.zeros(len(given.costs.sites), dtype=bool),
        nothing,
        np.empty(0),
        objective=math.inf,
        bound=math.inf if status == "infeasible" else bound,
        unit=unit,
        status=status,
        split=split,
        reasons=reasons,
    )


def answer(
    given: Arguments,
    is_open: Bools,
    pairs: Ints,
    share: Floats,
    *,
    objective: float,
    bound: float,
    unit: float,
    status: Status,
    split: bool,
    reasons: tuple[str, ...] = (),
) -> Solution:
    """Put a solution in the caller's labels and units; `unit` is that of objective and bound."""
    costs = given.costs
    row, col = costs.row[pairs], costs.col[pairs]
    assignment: pd.Series | pd.DataFrame
    # Split demands are flows, one row a pair; undivided ones a site by demand, missing if not
    # served.
    if split:
        assignment = pd.DataFrame(
            {
                "demand": costs.demands.take(row),
                "site": costs.sites.take(col),
                "amount": given.load[row] * share * given.load_unit,
                "cost": costs.cost[pairs] * given.cost_unit,
            }
        )
    else:
        assignment = pd.Series(
            costs.sites.take(col), index=costs.demands.take(row), name="site"
        ).reindex(costs.demands)
    return Solution(
        open=tuple(costs.sites[is_open]),
        assignment=assignment,
        objective=objective * unit,
        bound=bound * unit,
        status=status,
        reasons=reasons,
    )


def checked(
    given: Arguments,
    solution: Solution,
    pairs: Ints,
    share: Floats,
    is_open: Bools,
    *,
    all_served: bool = True,
) -> Solution:
    """Return the solution if it keeps every promise, counted again from the arguments.

    Raises
    ------
    layout.core.errors.CheckError
        Where a count, an assignment or a capacity does not hold.
    """
    costs, failures = given.costs, []
    if given.n_open is not None and is_open.sum() != given.n_open:
        failures.append(
            tr(
                "{found:site opens|sites open} instead of {wanted}",
                found=is_open.sum(),
                wanted=given.n_open,
            )
        )
    if not is_open[given.must_open].all() or is_open[given.must_close].any():
        failures.append(tr("a site is open that must not be, or closed that must open"))
    if not is_open[costs.col[pairs]].all():
        failures.append(tr("a demand goes to a closed site"))
    # Share of each demand that is served.
    served = np.bincount(costs.row[pairs], weights=share, minlength=len(costs.demands))
    if (served > 1 + TOLERANCE).any() or (all_served and (served < 1 - TOLERANCE).any()):
        failures.append(tr("a demand is not served exactly once"))
    # Load at each site, against its capacity with a relative tolerance.
    if given.capacity is not None:
        taken = np.bincount(
            costs.col[pairs],
            weights=given.load[costs.row[pairs]] * share,
            minlength=len(costs.sites),
        )
        if (taken > given.capacity + TOLERANCE * np.maximum(1, given.capacity)).any():
            failures.append(tr("a site takes more than its capacity"))
    if failures:
        raise CheckError(*failures)
    return solution
