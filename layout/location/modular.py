"""Covering demand with new sites and expansions that hold whole modules each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.errors import CheckError
from layout.location.costs import Numbers
from layout.location.highs import Effort, Outcome, Status, deadline_of, is_proven, linear, solve
from layout.location.modular_input import modular_reasons, read_modular
from layout.location.modular_model import (
    Instance,
    build,
    compact,
    counted_bound,
    flows,
    greedy,
    modules_of,
    most_covered,
)
from layout.location.result import LevelResult, Solution
from layout.text import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALL_SITES = 60
"""Up to so many sites the whole model is searched; beyond, sites that a relaxation likes."""
KEPT_PER_NEW = 3
_NOTHING = 1e-6
_LARGE = {
    "covered": Effort(node_limit=200, relative_gap=0.002),
    "travel": Effort(node_limit=5, relative_gap=0.03),
}
"""Where the searches of a large model stop; never by the clock."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ModularSolution(Solution):
    """A `Solution` whose sites hold modules.

    Attributes
    ----------
    modules
        Modules by site label: of the new sites that open and of the others that grow.
    levels
        What is covered (more is better), then the travel that takes (less is better).
    """

    modules: pd.Series
    levels: tuple[LevelResult, ...]


def modular_cover(
    cost: pd.DataFrame,
    weights: Numbers,
    limit: Numbers,
    *,
    n_new: int,
    modules: int,
    min_modules: Numbers,
    max_modules: Numbers,
    module_size: float,
    existing: pd.DataFrame | pd.Series | Mapping[Any, float] | None = None,
    time_limit_s: float | None = None,
    node_limit: int | None = None,
) -> ModularSolution:
    r"""Open new sites and expand others, in whole modules, so that most demand is covered.

    .. math::

        \max \sum_{ij} x_{ij} \quad\text{with}\quad
        \sum_{j \in new} y_j = n,\; \sum_j m_j = M,\;
        \underline m_j y_j \le m_j \le \overline m_j y_j,\;
        \sum_j x_{ij} \le w_i,\; \sum_i x_{ij} \le s\, m_j

    over the pairs with :math:`c_{ij}` within the limit; y and m whole. Demand may be split.
    Second, the least travel :math:`\sum c_{ij} x_{ij}` that covers as much.

    Parameters
    ----------
    cost
        Demand × sites, ``inf`` where a pair is not allowed; or long: ``demand, site, cost``.
    weights
        Demand to be covered.
    limit
        Largest cost at which a site covers a demand; one number, or by demand.
    n_new
        New sites that open, exactly.
    modules
        Modules of all sites together, exactly.
    min_modules, max_modules
        Of a new site; one number, or by site. A site that opens holds one module at least.
    module_size
        What one module serves.
    existing
        Sites among those of `cost` that stand already: the most modules that may be added, by
        site, as a Series, a mapping, or a table with the column ``max_modules``. They are no
        candidates for new sites. What they serve today is not part of `weights`.
    time_limit_s
        Clock limit for the whole call; what it stops is never ``proven``.
    node_limit
        Branch-and-bound nodes per search; by default only large models have one.

    Returns
    -------
    ModularSolution
        `objective` is what is covered, `bound` the most that can be, and `status` what is proved
        of the two; `levels` adds the same for travel. The assignment is a table of flows.

    Raises
    ------
    layout.errors.InputError
        For NaN, negative or infinite numbers, unknown labels and meaningless counts, together.

    Notes
    -----
    Modular capacities after Correia and Captivo (2003), *Annals of Operations Research* 122. No
    more can be covered than there are places or than lies within reach; an answer that meets
    this is proven without a search. A large model is searched on the sites that a relaxation
    or a greedy choice uses (kernel search, Guastaroba and Speranza, 2012), while the bounds are
    those of relaxations over all sites.
    """
    instance = read_modular(
        cost,
        weights,
        limit,
        n_new=n_new,
        modules=modules,
        min_modules=min_modules,
        max_modules=max_modules,
        module_size=module_size,
        existing=existing,
    )
    reasons = modular_reasons(instance)
    if reasons:
        return _without(instance, "infeasible", math.inf, reasons)
    given = Effort(node_limit=node_limit)
    large = node_limit is None and instance.new.size > SMALL_SITES
    efforts = _LARGE if large else {"covered": given, "travel": given}
    return _solve(instance, efforts, deadline_of(time_limit_s))


def _solve(
    instance: Instance, efforts: Mapping[str, Effort], deadline: float | None
) -> ModularSolution:
    """Cover most, then travel least; a greedy choice may do for the first."""
    effort = efforts["covered"]
    bound = counted_bound(instance)
    best = greedy(instance)
    covered = 0.0 if best is None else most_covered(instance, best, effort.until(deadline))
    if best is None or not _met(instance, covered, bound):
        kernel, low = _worth_searching(instance, best, effort.until(deadline))
        bound = min(bound, low)
        outcome = solve(build(instance, kernel).model, effort=effort.until(deadline))
        if outcome.x is not None:
            found = modules_of(instance, outcome)
            value = most_covered(instance, found, effort.until(deadline))
            if best is None or value >= covered:
                best, covered = found, value
        if kernel.all() and outcome.status != "infeasible":
            bound = min(bound, -outcome.bound)
        if best is None:
            status = outcome.status if kernel.all() else "no_solution"
            return _without(instance, status, bound, ())
    if instance.whole:
        bound = math.floor(bound + 1e-6)
    bound = max(bound, covered)
    first = LevelResult(
        name="covered",
        objective=covered,
        bound=bound,
        status="proven" if _met(instance, covered, bound) else "gap",
    )
    return _least_travel(instance, best, first, efforts["travel"], deadline)


def _met(instance: Instance, covered: float, bound: float) -> bool:
    """Whether what is covered is all that can be."""
    return is_proven(-covered, -bound, whole=instance.whole)


def _worth_searching(
    instance: Instance, start: NDArray[np.float64] | None, effort: Effort
) -> tuple[NDArray[np.bool_], float]:
    """Sites to search for the most covered, and an upper bound over all sites.

    A large model has millions of ways and a relaxation that takes minutes. The compact one only
    counts who is within reach of an open site; it is solved in whole numbers.
    """
    n_sites = instance.new.size
    if n_sites <= SMALL_SITES:
        return np.ones(n_sites, dtype=bool), math.inf
    model = compact(instance)
    relaxed = solve(linear(model), effort=effort)
    whole = solve(model, effort=effort)
    return _kernel(instance, (relaxed, whole), start), -max(relaxed.bound, whole.bound)


def _kernel(
    instance: Instance, likes: Sequence[Outcome], start: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """The new sites that relaxations open most, others that they give modules, and the start's."""
    n_sites = instance.new.size
    share, modules = np.zeros(n_sites), np.zeros(n_sites)
    for outcome in likes:
        if outcome.x is not None:
            share = np.maximum(share, outcome.x[:n_sites])
            modules = np.maximum(modules, outcome.x[n_sites : 2 * n_sites])
    order = np.argsort(-np.where(instance.new, share, -1.0), kind="stable")
    kernel = ~instance.new & (modules > _NOTHING)
    first = order[: min(KEPT_PER_NEW * instance.n_new, int(instance.new.sum()))]
    kernel[first] = True
    if start is not None:
        kernel[start > 0] = True
    return kernel


def _least_travel(
    instance: Instance,
    best: NDArray[np.float64],
    first: LevelResult,
    effort: Effort,
    deadline: float | None,
) -> ModularSolution:
    """Among the answers that cover as much, one with less travel."""
    covered, n_sites = first.objective, instance.new.size
    amount = flows(instance, best, covered, effort.until(deadline))
    if amount is None:
        return _without(instance, "no_solution", first.bound, ())
    kernel = np.ones(n_sites, dtype=bool)
    model = build(instance, kernel, travel=True, covered=covered).model
    relaxed = solve(linear(model), effort=effort.until(deadline))
    bound = relaxed.objective if relaxed.x is not None else 0.0
    if n_sites > SMALL_SITES:
        kernel = _kernel(instance, (relaxed,), best)
        model = build(instance, kernel, travel=True, covered=covered).model
    outcome = solve(model, effort=effort.until(deadline))
    if kernel.all() and outcome.x is not None:
        bound = max(bound, outcome.bound)
    if outcome.x is not None:
        other = modules_of(instance, outcome)
        ways = flows(instance, other, covered, effort.until(deadline))
        if ways is not None and ways @ instance.costs.cost <= amount @ instance.costs.cost:
            best, amount = other, ways
    travel = float(amount @ instance.costs.cost)
    bound = min(max(bound, 0.0), travel)
    proven = first.status == "proven" and is_proven(travel, bound, whole=model.whole_objective)
    second = LevelResult(
        name="travel", objective=travel, bound=bound, status="proven" if proven else "gap"
    )
    return _checked(instance, best, amount, (first, second))


def _checked(
    instance: Instance,
    modules: NDArray[np.float64],
    amount: NDArray[np.float64],
    levels: tuple[LevelResult, ...],
) -> ModularSolution:
    """The answer in the caller's labels, after a check from scratch."""
    costs = instance.costs
    used = np.flatnonzero(amount > 1e-9)
    row, col = costs.row[used], costs.col[used]
    slack = 1e-6 * max(1.0, float(instance.weight.sum()))
    served = np.bincount(row, amount[used], minlength=instance.weight.size)
    taken = np.bincount(col, amount[used], minlength=modules.size)
    opened = instance.new & (modules > 0)
    grown = modules > 0
    failures = []
    if int(modules.sum()) != instance.modules or int(opened.sum()) != instance.n_new:
        failures.append(tr("the numbers of new sites and modules are not those asked for"))
    if ((modules > instance.most) | (grown & (modules < instance.least))).any():
        failures.append(tr("a site has too few or too many modules"))
    if (served > instance.weight + slack).any():
        failures.append(tr("a demand is covered more than once"))
    if (taken > instance.size * modules + slack).any():
        failures.append(tr("a site serves more than its modules hold"))
    if abs(amount[used].sum() - levels[0].objective) > slack:
        failures.append(tr("the answer does not cover what it claims"))
    if failures:
        raise CheckError(*failures)
    table = pd.DataFrame(
        {
            "demand": costs.demands.take(row),
            "site": costs.sites.take(col),
            "amount": amount[used],
            "cost": costs.cost[used],
        }
    )
    return ModularSolution(
        open=tuple(costs.sites[opened]),
        assignment=table.sort_values(["demand", "site"], ignore_index=True),
        objective=levels[0].objective,
        bound=levels[0].bound,
        status=levels[0].status,
        modules=pd.Series(
            modules[grown].astype(np.int64), index=costs.sites[grown], name="modules"
        ),
        levels=levels,
    )


def _without(
    instance: Instance, status: Status, bound: float, reasons: tuple[str, ...]
) -> ModularSolution:
    """No answer, and why."""
    return ModularSolution(
        open=(),
        assignment=pd.DataFrame(columns=["demand", "site", "amount", "cost"]),
        objective=-math.inf,
        bound=-math.inf if status == "infeasible" else bound,
        status=status,
        reasons=reasons,
        modules=pd.Series(dtype=np.int64, name="modules"),
        levels=(),
    )
