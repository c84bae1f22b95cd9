"""The only door to HiGHS: sparse arrays in, an honest status out.

Every solve uses a fresh ``Highs`` object, one thread and one random seed, because HiGHS may end
with *Not Set* when the thread count changes within a process, and because the same input must
give the same answer. HiGHS's default relative gap of 1e-4 is not proof: the gap is set to zero
and, where the objective is known to be whole, the search may stop once the bound is within one
unit. HiGHS takes NaN costs and calls the result optimal, so arrays are checked here as well.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import sparse

from layout.core.arrays import Bools, Floats
from layout.core.errors import NoSolutionError
from layout.core.problems import refuse
from layout.core.show import brief
from layout.core.text import tr

if TYPE_CHECKING:
    from layout.location.solver.watch import Watch

Status = Literal["proven", "gap", "infeasible", "no_solution"]
News = Callable[[float, float], None]
"""Called with the value of the incumbent and a lower bound; infinite where there is none."""

#: A bound this close to the objective (relative) is proof; for whole objectives see `is_proven`.
PROOF_TOLERANCE = 1e-6
# Largest error of a row, relative to its size; seconds between looks at a running solver; seconds
# that an interrupted solver is given to end.
_FIT_TOLERANCE = 1e-5
_MOST_NODES = 2**31 - 1
_JOIN_SECONDS = 0.2
_INTERRUPT_PATIENCE_SECONDS = 10.0
# What only looks for solutions; most of it solves smaller models of its own.
_HEURISTICS = tuple(
    f"mip_heuristic_run_{name}"
    for name in ("rins", "rens", "root_reduced_cost", "feasibility_jump")
)


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much the solver may do; everything but the clock is deterministic.

    `time_limit_s` and `watch` are the only parts whose result may differ between runs, and a
    solve that they end is never `proven`. `relative_gap` is the gap at which the caller is
    content; the status stays `gap` unless the bound proves more. A bound of `enough` ends a
    search, as nothing below it is wanted. Of a mixed-integer model only solutions up to a finite
    `most` count, without which it is infeasible: little is left to find, so no heuristics run.
    """

    time_limit_s: float | None = None
    node_limit: int | None = None
    relative_gap: float = 0.0
    restart: bool = True
    enough: float = math.inf
    most: float = math.inf
    seed: int = 0
    threads: int = 1
    watch: Watch | None = None
    news: News | None = None

    def __post_init__(self) -> None:
        """Refuse limits that are no numbers of nodes."""
        limit = self.node_limit
        whole = isinstance(limit, (int, np.integer)) and not isinstance(limit, bool)
        if limit is not None and not (whole and 0 <= limit <= _MOST_NODES):
            number = brief(limit)
            raise refuse("not-a-count", column="node_limit", number=number, least=0)

    def under(self, watch: Watch | None, news: News | None = None) -> Effort:
        """The same effort with what is left of a watched search; `news` hears how far it is."""
        if watch is None:
            return self
        return replace(self, time_limit_s=watch.left_s(), watch=watch, news=news)


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Minimise ``cost @ x + offset`` over ``row_lower <= matrix @ x <= row_upper`` and bounds."""

    cost: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    matrix: sparse.csr_matrix
    row_lower: Floats
    row_upper: Floats
    whole_objective: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What HiGHS found: `bound` is valid whether or not there is a solution `x`."""

    status: Status
    x: Floats | None
    objective: float
    bound: float
    row_dual: Floats | None = None
    reduced_cost: Floats | None = None

    @property
    def solution(self) -> Floats:
        """The solution, where the status says that there is one."""
        if self.x is None:
            raise ValueError("no solution: " + self.status)
        return self.x


def linear(model: Model) -> Model:
    """The linear relaxation of a model."""
    none = np.zeros(model.cost.size, dtype=bool)
    return replace(model, integer=none, whole_objective=False)


def is_proven(objective: float, bound: float, *, whole: bool) -> bool:
    """Whether `bound` (a lower bound) proves `objective`.

    A whole objective is proven when the bound is less than one unit below it: no whole number
    lies between. Otherwise the relative distance must be at most 1e-6.
    """
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return False
    distance = objective - bound
    if whole:
        return distance < 1.0 - PROOF_TOLERANCE
    return distance <= PROOF_TOLERANCE * max(1.0, abs(objective))


def solve(model: Model, *, effort: Effort | None = None) -> Outcome:
    """Solve `model`; with no integer column it is a linear programme and duals come along.

    No start solution is passed on: HiGHS 1.16 maps one wrongly through its presolve and then
    calls a plan optimal that does not exist. Every solution is put into the rows and the
    objective again here; one that does not fit is dropped and the model solved once more
    without presolve.

    Raises
    ------
    ValueError
        If a bound is NaN.
    layout.core.errors.NoSolutionError
        If a cost or coefficient is too large for the solver, or for any number.
    KeyboardInterrupt
        On Ctrl-C, unless the search is watched: the solver is stopped, and the interrupt is
        passed on.
    """
    effort = effort or Effort()
    _refuse_nan(model)
    if model.cost.size == 0:
        return _without_columns(model)
    if effort.time_limit_s is not None and effort.time_limit_s <= 0:
        return Outcome(status="no_solution", x=None, objective=math.inf, bound=-math.inf)
    begin = time.monotonic()
    outcome = _outcome(_run_interruptibly(loaded(model, effort), effort), model, effort.most)
    # The solution failed its check: once more without presolve, in the time that is left.
    if outcome is None:
        if effort.time_limit_s is not None:
            left = max(0.0, effort.time_limit_s - (time.monotonic() - begin))
            effort = replace(effort, time_limit_s=left)
        highs = loaded(model, effort)
        highs.setOptionValue("presolve", "off")
        outcome = _outcome(_run_interruptibly(highs, effort), model, effort.most)
    if outcome is None:
        return Outcome(status="no_solution", x=None, objective=math.inf, bound=-math.inf)
    return outcome


def _refuse_nan(model: Model) -> None:
    """Refuse NaN and infinite numbers where HiGHS would accept them silently."""
    if not np.isfinite(model.cost).all() or not np.isfinite(model.matrix.data).all():
        raise NoSolutionError(tr("The numbers are too far apart for the solver."))
    for array in (model.lower, model.upper, model.row_lower, model.row_upper):
        if np.isnan(array).any():
            raise ValueError("bounds must not be NaN")


def _without_columns(model: Model) -> Outcome:
    """The solution of a model without variables: feasible exactly when zero satisfies each row."""
    feasible = bool((model.row_lower <= 0).all() and (model.row_upper >= 0).all())
    if not feasible:
        return Outcome(status="infeasible", x=None, objective=math.inf, bound=math.inf)
    empty = np.empty(0)
    return Outcome(
        status="proven",
        x=empty,
        objective=0.0,
        bound=0.0,
        row_dual=np.zeros(model.row_lower.size),
        reduced_cost=empty,
    )


@cache
def _solver() -> Any:
    """The solver's class."""
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS greets on stdout, where results go, as soon as its callbacks are enabled."""

        def enableCallbacks(self) -> None:
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Quiet


def loaded(model: Model, effort: Effort) -> Any:
    """A fresh Highs object that holds `model` and the options of `effort`."""
    highs = _solver()()
    # One thread, a fixed seed, no gap unless asked for: the same answer every time.
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": effort.threads,
        "parallel": "off",
        "random_seed": effort.seed,
        "mip_rel_gap": effort.relative_gap,
        "mip_allow_restart": effort.restart,
        "mip_abs_gap": 1.0 - 10 * PROOF_TOLERANCE if model.whole_objective else 1e-9,
    }
    if effort.time_limit_s is not None:
        options["time_limit"] = float(effort.time_limit_s)
    if effort.node_limit is not None:
        options["mip_max_nodes"] = int(effort.node_limit)
    if math.isfinite(effort.most):
        options |= {"objective_bound": float(effort.most), **dict.fromkeys(_HEURISTICS, False)}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    _pass_model(highs, model)
    return highs


def _pass_model(highs: Any, model: Model) -> None:
    """Hand the arrays of `model` to HiGHS row-wise."""
    import highspy

    # Compressed rows; HiGHS takes 32-bit positions.
    matrix = sparse.csr_matrix(model.matrix)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.cost.size, model.row_lower.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, model.lower, model.upper
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data.astype(np.float64)
    if model.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in model.integer]
    status = highs.passModel(lp)
    if status == highspy.HighsStatus.kError:
        raise NoSolutionError(tr("The numbers are too far apart for the solver."))


def _run_interruptibly(highs: Any, effort: Effort) -> Any:
    """Run the solver in a thread of its own, so that Ctrl-C reaches Python at once.

    News is passed on from the calling thread.
    """
    # `stop` is read in the solver's thread, `latest` written there: the last (primal, dual) bounds.
    stop, finished = threading.Event(), threading.Event()
    latest: list[tuple[float, float]] = []

    def look(event: Any) -> None:
        if stop.is_set() or (effort.watch is not None and effort.watch.stopped):
            event.interrupt()

    def look_at_tree(event: Any) -> None:
        look(event)
        state = event.data_out
        latest[:] = [(float(state.mip_primal_bound), float(state.mip_dual_bound))]
        # An infinite bound proves that there is none, which the solver says by itself.
        if effort.enough <= latest[0][1] < math.inf:
            event.interrupt()

    def run() -> None:
        try:
            highs.run()
            highs.resetThreadScheduler(False)
        finally:
            finished.set()

    highs.cbSimplexInterrupt.subscribe(look)
    highs.cbIpmInterrupt.subscribe(look)
    highs.cbMipInterrupt.subscribe(look_at_tree)
    worker = threading.Thread(target=run, name="highs", daemon=True)
    try:
        worker.start()
        while not finished.wait(_JOIN_SECONDS):
            if effort.news is not None and latest:
                effort.news(*latest[0])
            if effort.watch is not None:
                effort.watch.pass_on()
    finally:
        # Only an exception leaves the loop while the solver works. The process must not end
        # before the solver does: that would abort it.
        stop.set()
        finished.wait(_INTERRUPT_PATIENCE_SECONDS)
    return highs


def _outcome(highs: Any, model: Model, most: float) -> Outcome | None:
    """Read what HiGHS can vouch for, and no more; ``None`` if its solution is not one.

    Of a solution above `most` it vouches for nothing: it calls the first that it meets optimal.
    """
    import highspy

    kinds = highspy.HighsModelStatus
    verdict = highs.getModelStatus()
    info = highs.getInfo()
    # Costs and bounds are finite, so a model cannot be unbounded.
    if verdict in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Outcome(status="infeasible", x=None, objective=math.inf, bound=math.inf)
    searched = (kinds.kOptimal, kinds.kObjectiveBound)
    # For a linear programme only an optimum gives a bound.
    is_mip = bool(model.integer.any())
    bound = float(info.mip_dual_bound) if is_mip else -math.inf
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible or (
        not is_mip and verdict != kinds.kOptimal
    ):
        return _nothing(bound, most, searched=verdict in searched)
    # Integers are rounded before the check, so that what is checked is what is returned.
    x = np.asarray(highs.getSolution().col_value, dtype=np.float64)
    x = np.where(model.integer, np.rint(x), x)
    objective = float(model.cost @ x)
    if not _fits(model, x, objective, float(info.objective_function_value)):
        return None
    if not is_mip:
        solution = highs.getSolution()
        return Outcome(
            status="proven",
            x=x,
            objective=objective,
            bound=objective,
            row_dual=np.asarray(solution.row_dual, dtype=np.float64),
            reduced_cost=np.asarray(solution.col_dual, dtype=np.float64),
        )
    if objective > most:
        return _nothing(bound, most, searched=verdict in searched)
    proven = is_proven(objective, bound, whole=model.whole_objective)
    return Outcome(
        status="proven" if proven else "gap", x=x, objective=objective, bound=min(bound, objective)
    )


def _nothing(bound: float, most: float, *, searched: bool) -> Outcome:
    """No solution up to `most`, certainly so where the search came to its end."""
    if searched and math.isfinite(most):
        return Outcome(status="infeasible", x=None, objective=math.inf, bound=math.inf)
    return Outcome(status="no_solution", x=None, objective=math.inf, bound=min(bound, most))


def _fits(model: Model, x: Floats, objective: float, claimed: float) -> bool:
    """Whether `x` satisfies rows and bounds and has the claimed objective, up to rounding."""
    slack = _FIT_TOLERANCE
    # Activity of each row; its tolerance grows with the sizes that it adds up.
    activity = model.matrix @ x
    scale = 1.0 + abs(model.matrix) @ np.abs(x)
    return bool(
        abs(objective - claimed) <= slack * max(1.0, float(np.abs(model.cost) @ np.abs(x)))
        and (activity >= model.row_lower - slack * scale).all()
        and (activity <= model.row_upper + slack * scale).all()
        and (x >= model.lower - slack).all()
        and (x <= model.upper + slack).all()
    )
