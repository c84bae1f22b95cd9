"""Choosing exactly which sites close, and where their groups go: an exact lexicographic model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layout.core.arrays import Floats
from layout.core.text import tr
from layout.location.closure.check import check_closure
from layout.location.closure.improve import improved, revalued
from layout.location.closure.levels import solve_levels
from layout.location.closure.tables import ClosureInput, column_of, read_instance
from layout.location.labelled.results import LevelResult, least_status
from layout.location.solver.highs import Effort, Status
from layout.location.solver.watch import over, watching

if TYPE_CHECKING:
    from layout.location.closure.instance import Instance
    from layout.location.solver.watch import Listener

#: Branch-and-bound nodes per solve; a deterministic stop, unlike the clock.
NODE_LIMIT = 50_000


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosureSolution:
    """Which sites close and where each of their groups goes.

    Attributes
    ----------
    status
        The least that was proved over all levels.
    closed
        Labels of the sites that close, ascending.
    assignment
        One row per moved group, by group: ``group``, ``from_site``, ``to_site``, ``arc`` and the
        cost of each level.
    levels
        Value, bound, gap and status of each level in order; the last, ``id``, only chooses among
        equals.
    reasons
        Why there is no plan, where counting shows it.
    ended
        Whether the clock, or somebody, ended the search before the choice among equals was made.
    """

    status: Status
    closed: tuple[Any, ...]
    assignment: pd.DataFrame
    levels: tuple[LevelResult, ...]
    reasons: tuple[str, ...] = ()
    ended: bool = False

    @property
    def objective(self) -> float:
        """Value of the first level; ``inf`` where there is no plan."""
        return self.levels[0].objective if self.levels else math.inf

    @property
    def bound(self) -> float:
        """Proved lower bound of the first level."""
        return self.levels[0].bound if self.levels else -math.inf

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound of the first level."""
        return self.levels[0].gap if self.levels else math.inf


def close_sites(
    groups: pd.DataFrame,
    arcs: pd.DataFrame,
    *,
    n_close: int,
    candidates: Iterable[Any],
    resources: pd.Series | Mapping[Any, float] | None = None,
    use: pd.DataFrame | None = None,
    quotas: pd.DataFrame | None = None,
    quota_limits: pd.Series | Mapping[Any, int] | None = None,
    covers: pd.DataFrame | None = None,
    must_close: Iterable[Any] = (),
    must_keep: Iterable[Any] = (),
    levels: Sequence[str] = ("cost",),
    ties: pd.Series | None = None,
    max_receivers: int | None = None,
    site_costs: pd.DataFrame | None = None,
    cost_limit: int | None = None,
    time_limit_s: float | None = None,
    node_limit: int = NODE_LIMIT,
    seed: int = 0,
    on_progress: Listener | None = None,
    keep_on_interrupt: bool = False,
) -> ClosureSolution:
    r"""Close exactly `n_close` of the `candidates` at the least lexicographic cost.

    With :math:`y_j = 1` where site j closes, and :math:`x_{gk} = 1` where group g of a closing
    site goes to site k:

    .. math::

        \min{}_{\text{lex}}\; & \Big(\sum_{g,k} c^1_{gk} x_{gk},\; \sum_{g,k} c^2_{gk} x_{gk},
            \dots\Big) \\
        & \sum_j y_j = n, \qquad \sum_k x_{gk} = y_{site(g)} \quad \forall g \\
        & x_{gk} \le 1 - y_k \quad \forall g, k \\
        & \sum_{g,k} u^r_{gk} x_{gk} \le f_r \quad \forall r \\
        & \sum_{j \in Q} y_j \le m_Q \quad \forall Q, \qquad
          \sum_{j \in C} (1 - y_j) \ge 1 \quad \forall C

    Groups stay undivided; groups of a site that stays open stay there and take nothing. A level
    ``"max:column"`` minimises the largest used cost instead of the sum. Each level is solved with
    the earlier ones kept. Among plans that are equal on all levels the one with the least sum of
    two further weights is taken, which are derived from the labels of group and receiver (and of
    the closing site) by a hash, so that the solution does not depend on the order of the rows.
    Where group labels are mere positions, `ties` gives texts that say who the groups are.

    The first level starts on the cheapest arcs of each group. The linear relaxation prices all
    others; those whose reduced cost lies above the gap cannot be in any plan as good and stay
    out, the rest are added, so that the solution is exact for the full table.

    A plan that ends with a gap is improved by moves of single groups to open sites with room until
    none betters the levels in their order. With `max_receivers` the groups of a closing site share
    at most so many receivers: :math:`x_{gk} \\le z_{jk}`, :math:`\\sum_k z_{jk} \\le m`.

    Parameters
    ----------
    groups
        Index: group label; column ``site``: where it is today.
    arcs
        Where a group may go: columns ``group``, ``site`` and one whole, non-negative column per
        level; index: arc label. At most one arc per pair.
    n_close
        How many close, exactly.
    candidates
        Sites that may close.
    resources
        Free amount (whole, may be 0) by resource label: capacity, capacity of a grade, beds.
    use
        Columns ``arc``, ``resource``, ``amount``: what an arc takes.
    quotas, quota_limits
        Columns ``quota``, ``site``; of the candidates in a quota at most its limit close.
    covers
        Columns ``cover``, ``site``: at least one site of each cover stays open; sites that are no
        candidates always do.
    must_close, must_keep
        Candidates that close in any case, and sites that stay.
    levels
        Cost columns in order of importance; ``"max:column"`` for the worst-off.
    ties
        Text by group label that replaces the label in the choice among equals.
    max_receivers
        The most sites that the groups of one closing site are spread over.
    site_costs
        Whole costs of closing each candidate: columns that `levels` may name too, as how many
        sites close that another plan keeps.
    cost_limit
        The most that the first level of arcs may come to, wherever it stands among `levels`.
    time_limit_s
        Clock limit for the whole call; a solve that it ends is never ``proven``.
    node_limit
        Branch-and-bound nodes per solve.
    seed
        Seed of the solver; a proven solution does not depend on it.
    on_progress
        Called with a `Progress` for each level while the search runs, and at its end.
    keep_on_interrupt
        Whether the first Ctrl-C only ends the search: the best solution so far is returned with
        its bound, and a status that says what was proved. Otherwise, and at the second one,
        ``KeyboardInterrupt`` is raised.

    Returns
    -------
    ClosureSolution
        With status ``infeasible`` and reasons where no plan exists.

    Raises
    ------
    InputError
        All problems of the tables together.
    CheckError
        If the solver's solution does not pass the check against the tables.

    References
    ----------
    ReVelle, Murray and Serra (2007), "Location models for ceding market share and shrinking
    services", Omega 35.
    """
    given = ClosureInput(
        groups=groups,
        arcs=arcs,
        candidates=tuple(candidates),
        n_close=n_close,
        resources=resources,
        use=use,
        quotas=quotas,
        quota_limits=quota_limits,
        covers=covers,
        must_close=tuple(must_close),
        must_keep=tuple(must_keep),
        levels=tuple(levels),
        ties=ties,
        max_receivers=max_receivers,
        site_costs=site_costs,
        cost_limit=cost_limit,
    )
    # Labels become positions; what counting alone rules out never reaches the solver.
    instance, reasons = read_instance(given)
    if reasons:
        none = LevelResult(
            name=given.levels[0], objective=math.inf, bound=math.inf, status="infeasible"
        )
        return replace(_solution(given, instance, (none,), None), reasons=reasons)
    effort = Effort(node_limit=node_limit, seed=seed)
    with watching(
        "close_sites",
        time_limit_s=time_limit_s,
        on_progress=on_progress,
        keep_on_interrupt=keep_on_interrupt,
    ) as watch:
        results, x = solve_levels(instance, given.levels, effort, watch)
        ended = over(watch) and results[-1].status != "proven"
    if x is not None:
        x = improved(instance, given.arc_levels, x)
        results = revalued(instance, results, given.levels, x)
    solution = replace(_solution(given, instance, results, x), ended=ended)
    # The claim is checked against the caller's tables, not against the instance.
    if x is not None:
        values = dict(zip(given.levels, (level.objective for level in results), strict=False))
        check_closure(given, solution.closed, solution.assignment, values)
    return solution


def _solution(
    given: ClosureInput,
    instance: Instance,
    levels: tuple[LevelResult, ...],
    x: Floats | None,
) -> ClosureSolution:
    """Labels for positions; the overall status is the least of all levels."""
    columns = [
        "group",
        "from_site",
        "to_site",
        "arc",
        *dict.fromkeys(map(column_of, given.arc_levels)),
    ]
    if x is None:
        return ClosureSolution(
            status=levels[0].status,
            closed=(),
            assignment=pd.DataFrame(columns=columns),
            levels=levels,
            reasons=(_no_plan(levels[0].status),),
        )
    # `x` runs over the sites (1 = closes), then over the arcs (1 = used).
    n_sites = len(instance.sites)
    used = np.flatnonzero(x[n_sites:] > 0.5)
    group = instance.arc_group[used]
    label = instance.arc_label[used]
    table = pd.DataFrame(
        {
            "group": instance.groups[group],
            "from_site": instance.sites[instance.group_site[group]],
            "to_site": instance.arc_receiver[used],
            "arc": label,
        }
    )
    # Cost of each level as the caller gave it, looked up by arc label.
    for name in columns[4:]:
        table[name] = given.arcs[name].reindex(label).to_numpy(dtype=np.int64)
    return ClosureSolution(
        status=least_status([level.status for level in levels]),
        closed=tuple(instance.sites[x[:n_sites] > 0.5]),
        assignment=table.loc[:, columns],
        levels=levels,
    )


def _no_plan(status: Status) -> str:
    """Why there is none, when counting did not tell."""
    if status == "infeasible":
        return tr("no choice keeps all rules together; each alone can be kept")
    return tr("the solver stopped at its limit before it found a plan")
