"""Covering demand with new sites and expansions that hold whole modules each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.core.arrays import Floats
from layout.core.errors import CheckError
from layout.core.text import tr
from layout.location.labelled.costs import Costs, Numbers
from layout.location.labelled.results import LevelResult, Solution
from layout.location.modular.greedy import first_choice
from layout.location.modular.instance import (
    Instance,
    ModularProblem,
    instance_of,
    keeps_counts,
    merged,
)
from layout.location.modular.levels import best_modules, covered_by, flows
from layout.location.modular.tables import modular_reasons, read_modular
from layout.location.solver.highs import Effort, Status
from layout.location.solver.watch import watching

if TYPE_CHECKING:
    from layout.location.solver.watch import Listener


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


@dataclass(frozen=True, kw_only=True, eq=False)
class ModularChoice:
    """Modules by site label for the sites that are used, and how good that is by level."""

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
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = True,
) -> ModularSolution:
    r"""Open new sites and expand others, in whole modules, so that most demand is covered.

    .. math::

        \max \sum_{ij} x_{ij} \quad\text{with}\quad
        \sum_{j \in new} y_j = n,\; \sum_j m_j = M,\;
        \underline m_j y_j \le m_j \le \overline m_j y_j,\;
        \sum_j x_{ij} \le w_i,\; \sum_i x_{ij} \le s\, m_j

    over the pairs with :math:`c_{ij}` within the limit; y and m integral. Demand may be split.
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
        Sites among those of `cost` that exist already: the most modules that may be added, by
        site, as a Series, a mapping, or a table with the column ``max_modules``. They are no
        candidates for new sites. What they serve today is not part of `weights`.
    time_limit_s
        Clock limit for the whole call; what it stops is never ``proven``.
    node_limit
        Branch-and-bound nodes per search; by default only large models have one.
    on_progress
        Called with a `Progress` for each level while the search runs, and at its end.
    keep_on_interrupt
        Whether the first Ctrl-C only ends the search: the best solution so far is returned with
        its bound, and a status that says what was proved. Otherwise, and at the second one,
        ``KeyboardInterrupt`` is raised.

    Returns
    -------
    ModularSolution
        `objective` is what is covered, `bound` the most that can be, and `status` what is proved
        of the two; `levels` adds the same for travel. The assignment is a table of flows.

    Raises
    ------
    layout.core.errors.InputError
        For NaN, negative or infinite numbers, unknown labels and meaningless counts, together.

    Notes
    -----
    Modular capacities after Correia and Captivo (2003), *Annals of Operations Research* 122. No
    more can be covered than there is capacity or than lies within reach; a solution that meets
    this is proven without a search. A large model is searched on the sites that a relaxation
    or a greedy choice uses (kernel search, Guastaroba and Speranza, 2012), while the bounds are
    those of relaxations over all sites.
    """
    instance, costs = read_modular(
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
    # What counting alone rules out needs no solver.
    reasons = modular_reasons(instance)
    if reasons:
        return _without("infeasible", math.inf, reasons)
    effort = None if node_limit is None else Effort(node_limit=node_limit)
    with watching(
        "modular_cover",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        choice = best_modules(instance, watch, effort=effort)
    if choice.modules is None:
        return _without(choice.status, choice.bound * instance.load_unit, ())
    covered = choice.levels[0].objective
    # Travel is evaluated on all pairs, not on merged demands.
    amount = flows(instance, choice.modules, covered, Effort())
    if amount is None:
        return _without("no_solution", choice.levels[0].bound * instance.load_unit, ())
    travel = float(amount @ instance.cost)
    levels = (*choice.levels[:-1], replace(choice.levels[-1], objective=travel))
    return _checked(instance, costs, choice.modules, amount, levels)


def choose_modules(
    problem: ModularProblem,
    *,
    effort: Effort | None = None,
    last: str = "travel",
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = False,
) -> ModularChoice | None:
    """Choose modules for sites of several kinds and groups of demand that count alike.

    Levels, one after the other, each kept while the next is improved: most covered; unserved
    demand evened out over the groups, by a convex cost of each group's unserved share (a step of
    2 % costs 1, 3, 5, … a head, the discrete square); least travel.

    Parameters
    ----------
    problem
        Demand, sites and pairs; any order of rows gives the same answer.
    effort
        Limits of each level; a clock is shared by all of them.
    last
        The level to end with; those after it stay open.
    on_progress
        Called with a `Progress` for each level while the search runs, and at its end.
    keep_on_interrupt
        Whether the first Ctrl-C only ends the search: the best solution so far is returned with
        its bound, and a status that says what was proved. Otherwise, and at the second one,
        ``KeyboardInterrupt`` is raised.

    Returns
    -------
    ModularChoice or None
        None where no choice keeps the counts, or where none was found within the limits.
    """
    with watching(
        "choose_modules",
        time_limit_s=effort.time_limit_s if effort else None,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        choice = best_modules(instance_of(problem), watch, effort=effort, last=last)
    if choice.modules is None:
        return None
    # Sites with modules, in label order.
    used = choice.modules > 0
    labels = problem.sites.sort_index().index[used]
    modules = pd.Series(choice.modules[used].astype(np.int64), index=labels, name="modules")
    return ModularChoice(modules=modules, levels=choice.levels)


def most_covered(problem: ModularProblem) -> float:
    """Return what a good choice covers in all periods where no floors come first.

    Parameters
    ----------
    problem
        The problem; its floors are left out.

    Returns
    -------
    float
        What a greedy choice covers, so that the most is at least this; 0 where it finds none.
    """
    instance = merged(instance_of(replace(problem, floors=None)))
    modules = first_choice(instance)
    if modules is None or not keeps_counts(instance, modules):
        return 0.0
    return covered_by(instance, modules)


def _checked(
    instance: Instance,
    costs: Costs,
    modules: Floats,
    amount: Floats,
    levels: tuple[LevelResult, ...],
) -> ModularSolution:
    """The solution in the caller's labels, after a check from scratch."""
    # Pairs in use; amounts by demand and by site, counted again.
    used = np.flatnonzero(amount > 1e-9)
    row, col = instance.row[used], instance.col[used]
    slack = 1e-6 * max(1.0, float(instance.amount.sum()))
    served = np.bincount(row, amount[used], minlength=instance.amount.size)
    taken = np.bincount(col, amount[used], minlength=modules.size)
    opened = instance.new & (modules > 0)
    grown = modules > 0
    failures = []
    if int(modules.sum()) != instance.modules or int(opened.sum()) != instance.n_new:
        failures.append(tr("the numbers of new sites and modules are not those asked for"))
    if ((modules > instance.most) | (grown & (modules < instance.least))).any():
        failures.append(tr("a site has too few or too many modules"))
    if (served > instance.amount + slack).any():
        failures.append(tr("a demand is covered more than once"))
    if (taken > instance.size * modules + slack).any():
        failures.append(tr("a site serves more than its modules hold"))
    if abs(amount[used].sum() - levels[0].objective) > slack:
        failures.append(tr("the answer does not cover what it claims"))
    if failures:
        raise CheckError(*failures)
    levels = tuple(_told(level, instance.unit(level.name)) for level in levels)
    table = pd.DataFrame(
        {
            "demand": costs.demands.take(row),
            "site": costs.sites.take(col),
            "amount": amount[used] * instance.load_unit,
            "cost": instance.cost[used] * instance.cost_unit,
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


def _told(level: LevelResult, unit: float) -> LevelResult:
    """The level in the caller's units."""
    return replace(level, objective=level.objective * unit, bound=level.bound * unit)


def _without(status: Status, bound: float, reasons: tuple[str, ...]) -> ModularSolution:
    """No solution, and why."""
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
