r"""The exact model behind the siting programmes: which sites open, how large, whom they serve.

Labels in, labels out; nothing here knows what a school is. With demands :math:`d_i` in groups
:math:`g`, sites :math:`j` of :math:`m_j` modules with :math:`s_j` places each, new sites marked by
:math:`y_j` and flows :math:`x_{ij}` on the pairs within reach:

.. math::

    \sum_{j \in new} y_j = N, \quad \sum_j m_j = T, \quad
    \underline m_j y_j \le m_j \le \overline m_j y_j, \quad
    \sum_j x_{ij} \le d_i, \quad \sum_i x_{ij} \le s_j m_j

Levels, one after the other, each kept while the next is improved: most covered,
:math:`\max \sum x`; unserved demand evened out over the groups, by a convex cost of each group's
unserved share (a step of 2 % costs 1, 3, 5, … per head, the discrete square); least travel,
:math:`\min \sum c_{ij} x_{ij}`. Modular capacities after Correia & Captivo, *Annals of Operations
Research* 122 (2003).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.location.highs import Effort, Model, Outcome, Rows, deadline_of, is_proven, solve
from layout.siting.start import Instance, first_choice

__all__ = ["LEVELS", "Answer", "Level", "SitingProblem", "choose"]

LEVELS = ("covered", "uneven", "travel")
SHARE_STEPS = 50
"""Steps of the unserved share in the evening-out level; 50 steps of 2 %."""
STOP_GAP = {"covered": 1e-3, "uneven": 0.05, "travel": 0.05}
STOP_NODES = {"covered": 300, "uneven": 10, "travel": 10}
"""Where a level of a large model stops when the caller sets no limits; never by the clock."""
SMALL_GAP, SMALL_NODES = 1e-6, 2000
SMALL_COLUMNS = 200
"""Whole columns up to which a model is small: searched to the end."""

_Ints = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class SitingProblem:
    """What to choose from.

    Attributes
    ----------
    demand
        Index the demand's label; columns amount (whole) and group.
    totals
        By group: the number that the unserved demand is a share of.
    sites
        Index the site's label; columns new (bool), least and most (modules of a site that is
        used), size (places of a module). Sites that are not new may stay at 0 modules.
    pairs
        Columns demand, site, cost (whole, ≥ 0) and, where a site reaches only a part of a
        demand, most: who can be served where, and how much of it.
    n_new
        How many new sites open.
    modules
        Modules of all sites together, or None where that is free.
    """

    demand: pd.DataFrame
    totals: pd.Series
    sites: pd.DataFrame
    pairs: pd.DataFrame
    n_new: int
    modules: int | None = None


@dataclass(frozen=True, kw_only=True)
class Level:
    """One objective: its value, the proved bound, and whether the two meet."""

    name: str
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """Modules by site label for the sites that are used, and how good that is by level."""

    modules: pd.Series
    levels: tuple[Level, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Columns:
    """Where each kind of variable stands: opened, modules, flow, share steps."""

    opened: slice
    modules: slice
    flow: slice
    step: slice
    total: int


def choose(problem: SitingProblem, *, effort: Effort | None = None) -> Answer | None:
    """Choose sites and modules level by level.

    Parameters
    ----------
    problem
        Demand, sites and pairs; any order of rows gives the same answer.
    effort
        Limits of each level; a clock is shared by all of them.

    Returns
    -------
    Answer or None
        None where no choice keeps the counts, or where none was found within the limits.
    """
    deadline = deadline_of(effort.time_limit_s if effort else None)
    sites = problem.sites.sort_index()
    arrays = _arrays(problem, sites)
    model, columns = _model(problem, arrays)
    levels: list[Level] = []
    best = _start(problem, arrays, columns)
    for name in LEVELS:
        aimed = replace(model, cost=_objective(name, arrays, columns), whole_objective=True)
        best = _polished(aimed, best, columns)
        limits = None if effort is None else effort.until(deadline)
        outcome = _reached(name, aimed, limits, best)
        if outcome.x is None:
            return None
        levels.append(_level(name, outcome))
        best = outcome.x
        model = _kept(model, aimed.cost, levels[-1].value)
    modules = np.rint(_known(best)[columns.modules]).astype(np.int64)
    used = modules > 0
    return Answer(
        modules=pd.Series(modules[used], index=sites.index[used], name="modules"),
        levels=tuple(
            replace(level, value=abs(level.value), bound=abs(level.bound)) for level in levels
        ),
    )


def _known(x: _Floats | None) -> _Floats:
    if x is None:
        raise ValueError("no solution")
    return x


def _arrays(problem: SitingProblem, sites: pd.DataFrame) -> Instance:
    demand = problem.demand.sort_index()
    groups = pd.Index(sorted(problem.totals.index))
    pairs = problem.pairs
    row = demand.index.get_indexer(pd.Index(pairs["demand"]))
    col = sites.index.get_indexer(pd.Index(pairs["site"]))
    order = np.lexsort((col, row))
    amount = demand["amount"].to_numpy(dtype=np.int64)
    part = pairs["most"].to_numpy(dtype=np.int64) if "most" in pairs else amount[row]
    return Instance(
        amount=amount,
        group=groups.get_indexer(pd.Index(demand["group"])).astype(np.int64),
        totals=problem.totals.reindex(groups).to_numpy(dtype=np.int64),
        new=np.flatnonzero(sites["new"].to_numpy(dtype=bool)).astype(np.int64),
        least=sites["least"].to_numpy(dtype=np.int64),
        most=sites["most"].to_numpy(dtype=np.int64),
        size=sites["size"].to_numpy(dtype=np.int64),
        row=row[order].astype(np.int64),
        col=col[order].astype(np.int64),
        cost=pairs["cost"].to_numpy(dtype=np.int64)[order],
        part=np.minimum(part, amount[row])[order],
    )


def _steps(arrays: Instance) -> tuple[_Ints, _Ints, _Ints]:
    """Group, width and slope of each step of the unserved share."""
    whole = np.bincount(arrays.group, weights=arrays.amount, minlength=arrays.totals.size)
    group: list[int] = []
    width: list[int] = []
    slope: list[int] = []
    for index, (needed, total) in enumerate(zip(whole, arrays.totals, strict=True)):
        step = max(1, -(-int(total) // SHARE_STEPS))
        count = -(-int(needed) // step)
        group.extend([index] * count)
        width.extend([step] * count)
        slope.extend(range(1, 2 * count, 2))
    return tuple(np.asarray(part, dtype=np.int64) for part in (group, width, slope))  # type: ignore[return-value]


def _model(problem: SitingProblem, arrays: Instance) -> tuple[Model, _Columns]:
    step_group, step_width, _ = _steps(arrays)
    n_new, n_sites, n_flow = arrays.new.size, arrays.size.size, arrays.row.size
    starts = np.cumsum([0, n_new, n_sites, n_flow, step_width.size]).tolist()
    columns = _Columns(
        opened=slice(starts[0], starts[1]),
        modules=slice(starts[1], starts[2]),
        flow=slice(starts[2], starts[3]),
        step=slice(starts[3], starts[4]),
        total=starts[4],
    )
    rows = Rows()
    _counts(rows, problem, arrays, columns)
    _serving(rows, arrays, columns, step_group)
    matrix, lower, upper = rows.build(columns.total)
    most = np.concatenate([np.ones(n_new), arrays.most, arrays.part, step_width]).astype(np.float64)
    integer = np.zeros(columns.total, dtype=bool)
    integer[: columns.flow.start] = True
    model = Model(
        cost=np.zeros(columns.total),
        lower=np.zeros(columns.total),
        upper=most,
        integer=integer,
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
    )
    return model, columns


def _counts(rows: Rows, problem: SitingProblem, arrays: Instance, columns: _Columns) -> None:
    """Number of new sites, modules in all, and modules of a new site only where it opens."""
    opened = np.arange(columns.opened.start, columns.opened.stop)
    modules = np.arange(columns.modules.start, columns.modules.stop)
    zeros = np.zeros(opened.size, dtype=np.int64)
    rows.add(zeros, opened, 1.0, lower=problem.n_new, upper=problem.n_new, n_rows=1)
    if problem.modules is not None:
        zeros = np.zeros(modules.size, dtype=np.int64)
        rows.add(zeros, modules, 1.0, lower=problem.modules, upper=problem.modules, n_rows=1)
    each = np.arange(opened.size)
    both, pair = np.concatenate([each, each]), np.concatenate([modules[arrays.new], opened])
    ones = np.ones(opened.size)
    for limit, lower, upper in ((arrays.most, -np.inf, 0.0), (arrays.least, 0.0, np.inf)):
        value = np.concatenate([ones, -limit[arrays.new].astype(np.float64)])
        rows.add(both, pair, value, lower=lower, upper=upper, n_rows=opened.size)


def _serving(rows: Rows, arrays: Instance, columns: _Columns, step_group: _Ints) -> None:
    """Nobody is served twice, no site over its places, unserved demand stands in its steps."""
    flow = np.arange(columns.flow.start, columns.flow.stop)
    n_demand, n_sites, n_groups = arrays.amount.size, arrays.size.size, arrays.totals.size
    rows.add(arrays.row, flow, 1.0, lower=-np.inf, upper=arrays.amount, n_rows=n_demand)
    modules = np.arange(columns.modules.start, columns.modules.stop)
    rows.add(
        np.concatenate([arrays.col, np.arange(n_sites)]),
        np.concatenate([flow, modules]),
        np.concatenate([np.ones(flow.size), -arrays.size.astype(np.float64)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_sites,
    )
    _last_module(rows, arrays, flow, modules)
    _linked(rows, arrays, columns)
    needed = np.bincount(arrays.group, weights=arrays.amount, minlength=n_groups)
    step = np.arange(columns.step.start, columns.step.stop)
    rows.add(
        np.concatenate([arrays.group[arrays.row], step_group]),
        np.concatenate([flow, step]),
        1.0,
        lower=needed,
        upper=np.inf,
        n_rows=n_groups,
    )


def _linked(rows: Rows, arrays: Instance, columns: _Columns) -> None:
    """Nobody goes to a new site that does not open, pair by pair: a much tighter relaxation."""
    at = np.full(arrays.size.size, -1)
    at[arrays.new] = np.arange(arrays.new.size)
    pairs = np.flatnonzero(at[arrays.col] >= 0)
    each = np.arange(pairs.size)
    rows.add(
        np.concatenate([each, each]),
        np.concatenate([columns.flow.start + pairs, columns.opened.start + at[arrays.col[pairs]]]),
        np.concatenate([np.ones(pairs.size), -arrays.part[pairs].astype(np.float64)]),
        lower=-np.inf,
        upper=0.0,
        n_rows=pairs.size,
    )


def _last_module(rows: Rows, arrays: Instance, flow: _Ints, modules: _Ints) -> None:
    """Cut off fractions of a site's last module: it serves only what the others leave within reach.

    With W within reach and K = ⌈W / s⌉ modules enough for it, the mixed-integer rounding
    inequality is Σ x ≤ W − (W − s (K − 1)) (K − m). It holds for every whole m.
    """
    within = np.bincount(arrays.col, weights=arrays.part, minlength=arrays.size.size)
    enough = -(-within // arrays.size)
    rest = within - arrays.size * (enough - 1)
    sites = np.flatnonzero(within > 0)
    at = np.full(arrays.size.size, -1)
    at[sites] = np.arange(sites.size)
    rows.add(
        np.concatenate([at[arrays.col], np.arange(sites.size)]),
        np.concatenate([flow, modules[sites]]),
        np.concatenate([np.ones(flow.size), -rest[sites]]),
        lower=-np.inf,
        upper=(within - rest * enough)[sites],
        n_rows=sites.size,
    )


def _objective(name: str, arrays: Instance, columns: _Columns) -> _Floats:
    cost = np.zeros(columns.total)
    if name == "covered":
        cost[columns.flow] = -1.0
    elif name == "uneven":
        cost[columns.step] = _steps(arrays)[2]
    else:
        cost[columns.flow] = arrays.cost
    return cost


def _reached(name: str, model: Model, effort: Effort | None, start: _Floats | None) -> Outcome:
    """Search a level; without limits from the caller, until it is good enough.

    A start that is good enough needs no search, and the relaxed model's bound tells how good a
    start is in a fraction of the time. The better of start and search counts.
    """
    if effort is None and int(model.integer.sum()) <= SMALL_COLUMNS:
        effort = Effort(relative_gap=SMALL_GAP, node_limit=SMALL_NODES)
    elif effort is None:
        effort = Effort(relative_gap=STOP_GAP[name], node_limit=STOP_NODES[name])
        if start is not None:
            bound = solve(replace(model, integer=np.zeros_like(model.integer))).objective
            value = float(model.cost @ start)
            if value - bound <= STOP_GAP[name] * abs(value):
                return _as_outcome(model, start, bound)
    outcome = solve(model, effort=effort)
    if start is None or outcome.status == "infeasible":
        return outcome
    if outcome.x is not None and outcome.objective <= float(model.cost @ start):
        return outcome
    return _as_outcome(model, start, outcome.bound)


def _as_outcome(model: Model, x: _Floats, bound: float) -> Outcome:
    value = float(model.cost @ x)
    proven = is_proven(value, bound, whole=True)
    return Outcome(status="proven" if proven else "gap", x=x, objective=value, bound=bound)


def _start(problem: SitingProblem, arrays: Instance, columns: _Columns) -> _Floats | None:
    """Sites and modules of a greedy choice; the flows are for `_polished` to find."""
    modules = first_choice(arrays, problem.n_new, problem.modules)
    if modules is None:
        return None
    x = np.zeros(columns.total)
    x[columns.modules] = modules
    x[columns.opened] = modules[arrays.new] > 0
    return x


def _polished(model: Model, x: _Floats | None, columns: _Columns) -> _Floats | None:
    """The best flows for the next objective with sites and modules held: a start for its search.

    Without it the search would start from flows that ignore the objective altogether.
    """
    if x is None:
        return None
    held = slice(0, columns.flow.start)
    lower, upper = model.lower.copy(), model.upper.copy()
    lower[held], upper[held] = x[held], x[held]
    loose = replace(model, lower=lower, upper=upper, integer=np.zeros_like(model.integer))
    outcome = solve(loose)
    return outcome.x if outcome.x is not None else x


def _level(name: str, outcome: Outcome) -> Level:
    return Level(
        name=name,
        value=float(np.rint(outcome.objective)),
        bound=outcome.bound,
        proven=outcome.status == "proven",
    )


def _kept(model: Model, cost: _Floats, value: float) -> Model:
    """The same model with one objective held at what it reached."""
    from scipy import sparse

    return replace(
        model,
        matrix=sparse.vstack([model.matrix, sparse.csr_matrix(cost)], format="csr"),
        row_lower=np.append(model.row_lower, -np.inf),
        row_upper=np.append(model.row_upper, value),
    )
