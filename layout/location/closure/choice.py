r"""The cheapest choice in one piece, where what the rest costs depends on the number alone.

With :math:`F(n)` the cost of everything outside the piece when n sites close inside it:

.. math::

    \min \sum_{g,k} c_{gk} x_{gk} + \sum_n F(n) z_n \quad\text{s.t.}\quad
    \sum_j y_j = \sum_n n z_n, \;\; \sum_n z_n = 1, \;\; z \in \{0, 1\}

and the rows of the piece (see `layout.location.closure.close_sites`). Any F will do; it need not
be convex.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from layout.core.arrays import Bools, Floats, Ints
from layout.location.closure.instance import Instance
from layout.location.closure.model import build, frame
from layout.location.solver.highs import (
    PROOF_TOLERANCE,
    Effort,
    Model,
    Outcome,
    Status,
    linear,
    solve,
)

__all__ = ["Choice", "Piece", "Question", "answer", "ask", "piece_of", "preferred"]

# The first, small model has the columns that cost this share of the bound, or less.
_FIRST_SHARE = 0.004
# Half a unit: values are whole, so that no rounding of the relaxation matters.
_HALF = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """One piece: positions of its sites in the whole, its instance, its model without numbers.

    Columns of the model: sites (1 = closes), arcs (1 = used), pairs of a site and a receiver where
    their number is limited, then the numbers 0 … sites.
    """

    sites: Ints
    instance: Instance
    model: Model

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return self.sites.size


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """A piece with the cost of the rest, and its relaxation.

    Attributes
    ----------
    piece, model
        With the rest's costs, and forced sites as bounds.
    status
        ``gap`` with a relaxation, otherwise ``infeasible`` or ``no_solution``.
    low
        Value of the relaxation: a lower bound.
    slope
        What one closure more would cost the relaxation.
    x, price
        Its solution, and the reduced costs of all columns.
    """

    piece: Piece
    model: Model
    status: Status
    low: float
    slope: float
    x: Floats
    price: Floats

    def usable(self, value: float) -> Bools:
        """Columns that a plan of at most this value may use: reduced-cost fixing."""
        cheap = self.low + self.price <= value + _HALF
        return np.asarray((cheap | (self.model.lower > 0)) & (self.model.upper > 0), dtype=np.bool_)

    def sure(self, value: float) -> Bools:
        """Columns that every plan of at most this value uses."""
        needed = self.low - self.price > value + _HALF
        return np.asarray(
            (needed | (self.model.lower > 0)) & (self.model.upper > 0), dtype=np.bool_
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """The best answer to a question and what is proved about it.

    `closed` are bools over the piece's sites, ``None`` without a plan.
    """

    status: Status
    value: float
    bound: float
    closed: Bools | None

    @property
    def number(self) -> int:
        """How many sites close."""
        return 0 if self.closed is None else int(self.closed.sum())


def piece_of(sites: Ints, instance: Instance, least: Ints) -> Piece:
    """The model of a piece; `least` is what closing each of its sites costs at the very least."""
    n_sites = sites.size
    cost = np.concatenate([np.zeros(n_sites), instance.levels[:, 0].astype(np.float64)])
    all_columns = np.ones(cost.size, dtype=bool)
    inner = build(instance, frame(instance, least), all_columns, cost=cost).model
    # Columns of the numbers 0 … n after all others; two rows: sites that close − number = 0, and
    # one number.
    n_inner, n_numbers = inner.cost.size, n_sites + 1
    count = np.zeros(n_inner + n_numbers)
    count[:n_sites], count[n_inner:] = 1.0, -np.arange(n_numbers)
    one = np.concatenate([np.zeros(n_inner), np.ones(n_numbers)])
    wider = sparse.hstack([inner.matrix, sparse.csr_matrix((inner.row_lower.size, n_numbers))])
    model = Model(
        cost=np.concatenate([inner.cost, np.zeros(n_numbers)]),
        lower=np.concatenate([inner.lower, np.zeros(n_numbers)]),
        upper=np.concatenate([inner.upper, np.ones(n_numbers)]),
        integer=np.ones(n_inner + n_numbers, dtype=bool),
        matrix=sparse.vstack([wider, sparse.csr_matrix([count, one])], format="csr"),
        row_lower=np.concatenate([inner.row_lower, [0.0, 1.0]]),
        row_upper=np.concatenate([inner.row_upper, [0.0, 1.0]]),
        whole_objective=True,
    )
    return Piece(sites=sites, instance=instance, model=model)


def ask(
    piece: Piece,
    rest: Floats,
    effort: Effort,
    *,
    kept: int | None = None,
    closed: int | None = None,
) -> Question:
    """Relax the choice of what closes at the least cost of the piece and the rest together.

    Parameters
    ----------
    piece
        The piece.
    rest
        Cost of the rest by number that closes in the piece, 0 … sites; infinite where there is
        no plan.
    effort
        Of the solver.
    kept, closed
        A site that stays, and one that closes, whatever `piece` says of it.
    """
    model = piece.model
    cost, lower, upper = model.cost.copy(), model.lower.copy(), model.upper.copy()
    possible = np.isfinite(rest)
    cost[-rest.size :] = np.where(possible, rest, 0.0)
    upper[-rest.size :] = possible
    if kept is not None:
        lower[kept] = upper[kept] = 0.0
    if closed is not None:
        lower[closed] = 1.0
    model = replace(model, cost=cost, lower=lower, upper=upper)
    outcome = solve(linear(model), effort=effort)
    if outcome.row_dual is None or outcome.reduced_cost is None:
        infeasible = outcome.status == "infeasible"
        return Question(
            piece=piece,
            model=model,
            status=outcome.status,
            low=math.inf if infeasible else 0.0,
            slope=0.0,
            x=np.zeros(cost.size),
            price=np.zeros(cost.size),
        )
    return Question(
        piece=piece,
        model=model,
        status="gap",
        low=outcome.objective,
        slope=float(outcome.row_dual[-2]),
        x=outcome.solution,
        price=outcome.reduced_cost,
    )


def answer(question: Question, effort: Effort) -> Choice:
    """Find the best choice: on few columns first, then on all that can be as good."""
    low, price = question.low, question.price
    if question.status != "gap":
        return Choice(status=question.status, value=math.inf, bound=low, closed=None)
    if np.abs(question.x - np.rint(question.x)).max() < PROOF_TOLERANCE:
        return _choice(question, np.rint(question.x), low)
    # What a small model finds bounds the columns that the best plan can use; where those were in
    # it, that plan is the best.
    near = question.usable(low + max(1.0, _FIRST_SHARE * low))
    first, x = _on(question, near, question.sure(math.inf), effort)
    value = first.objective
    left_out = low + price[~near & (question.model.upper > 0)].min(initial=math.inf)
    if first.status == "proven" and left_out > value - _HALF:
        return _choice(question, x, min(first.bound, left_out))
    last, y = _on(question, question.usable(value), question.sure(value), effort)
    if y is not None:
        return _choice(question, y, max(low, last.bound))
    if x is not None:
        return _choice(question, x, max(low, last.bound))
    bound = math.inf if last.status == "infeasible" else max(low, last.bound)
    return Choice(status=last.status, value=math.inf, bound=bound, closed=None)


def preferred(question: Question, value: float, weight: Floats, effort: Effort) -> Bools | None:
    """Among the choices of at most this value the sites of the one with the least sum of weights.

    Parameters
    ----------
    question
        The question that `value` answers.
    value
        Its proved least value.
    weight
        Whole weights of the piece's sites, then of the numbers that close in it.
    effort
        Of the solver.

    Returns
    -------
    numpy.ndarray or None
        Bools over the sites; ``None`` where the solver proved nothing.
    """
    model, n_sites = question.model, question.piece.n_sites
    usable, sure = question.usable(value), question.sure(value)
    # Where every site is settled there is nothing to choose.
    if (sure | ~usable)[:n_sites].all():
        return sure[:n_sites]
    cost = np.zeros(model.cost.size)
    cost[:n_sites], cost[-n_sites - 1 :] = weight[:n_sites], weight[n_sites:]
    limited = replace(
        model,
        cost=cost,
        matrix=sparse.vstack([model.matrix, sparse.csr_matrix(model.cost)], format="csr"),
        row_lower=np.append(model.row_lower, -np.inf),
        row_upper=np.append(model.row_upper, value + _HALF),
    )
    outcome, x = _on(replace(question, model=limited), usable, sure, effort)
    return x[:n_sites] > _HALF if x is not None and outcome.status == "proven" else None


def _on(
    question: Question, usable: Bools, sure: Bools, effort: Effort
) -> tuple[Outcome, Floats | None]:
    """Solve on some columns; a solution is spread over all of them."""
    model = question.model
    columns = np.flatnonzero(usable)
    smaller = replace(
        model,
        cost=model.cost[columns],
        lower=np.maximum(model.lower, sure)[columns],
        upper=model.upper[columns],
        integer=model.integer[columns],
        matrix=model.matrix[:, columns],
    )
    outcome = solve(smaller, effort=effort)
    if outcome.x is None:
        return outcome, None
    x = np.zeros(usable.size)
    x[columns] = np.rint(outcome.x)
    return outcome, x


def _choice(question: Question, x: Floats | None, bound: float) -> Choice:
    """A solution as a choice; a bound within one unit of a whole value is the value itself."""
    assert x is not None
    value = float(np.rint(question.model.cost @ x))
    bound = min(value, math.ceil(bound - PROOF_TOLERANCE))
    status: Status = "proven" if bound == value else "gap"
    return Choice(
        status=status, value=value, bound=bound, closed=x[: question.piece.n_sites] > _HALF
    )
