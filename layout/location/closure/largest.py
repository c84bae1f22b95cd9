r"""How many sites can close at most, whatever it costs.

.. math::

    \max \sum_j y_j \quad\text{s.t.}\quad \sum_k x_{gk} = y_{site(g)}, \;\; x_{gk} + y_k \le 1,
    \;\; \sum_{g,k} u^r_{gk} x_{gk} \le f_r, \;\; \sum_{j \in Q} y_j \le m_Q

A group that can always go somewhere, to a site that never closes and whose limits could take
everybody who may come, needs no other way. What is left falls into pieces that share nothing, and
the largest number is the sum of theirs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from layout.location.closure.model import build, frame
from layout.location.closure.pieces import part, pieces, reduced
from layout.location.closure.tables import ClosureInput, read_instance
from layout.location.solver.highs import PROOF_TOLERANCE, Effort, solve
from layout.location.solver.watch import Watch, watching

if TYPE_CHECKING:
    from layout.location.closure.instance import Instance

__all__ = ["Largest", "most_closures"]


@dataclass(frozen=True, kw_only=True)
class Largest:
    """How many sites can close.

    Attributes
    ----------
    number, bound
        A number that can close, and the proved most; equal unless the clock ended the search. Both
        are 0 where not even what must close can.
    closed
        Labels of so many sites that can close together, whatever it costs.
    """

    number: int
    bound: int
    closed: tuple[Any, ...] = ()


def most_closures(given: ClosureInput, *, time_limit_s: float | None = None) -> Largest:
    """Find how many sites can close.

    Parameters
    ----------
    given
        The problem; its number of closures and its levels do not count.
    time_limit_s
        Clock limit in seconds.

    Returns
    -------
    Largest

    Raises
    ------
    InputError
        All problems of the tables together.
    """
    instance, reasons = read_instance(replace(given, n_close=None, levels=given.levels[:1]))
    with watching("close_sites", time_limit_s=time_limit_s) as watch:
        # No way costs anything here: the first that can always be used is as good as any.
        free = replace(instance, levels=np.zeros_like(instance.levels))
        smaller, _ = reduced(free, Effort().under(watch))
        if reasons or smaller.must_close.sum() < instance.must_close.sum():
            return Largest(number=0, bound=0)
        # The largest pieces last: what time is left is theirs.
        parts = sorted((part(smaller, sites) for sites in pieces(smaller)), key=lambda p: p.n_arcs)
        counts = [_most(piece, watch) for piece in parts]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return Largest(number=0, bound=0)
    return Largest(
        number=sum(count.number for count in known),
        bound=sum(count.bound for count in known),
        closed=tuple(label for count in known for label in count.closed),
    )


def _most(piece: Instance, watch: Watch) -> Largest | None:
    """How many sites of a piece can close, and the proved most; ``None`` where none can at all."""
    n_sites = len(piece.sites)
    rows = frame(piece, np.zeros(n_sites, dtype=np.int64))
    # The solver minimises: each closure counts −1.
    cost = np.concatenate([-np.ones(n_sites), np.zeros(piece.n_arcs)])
    model = build(piece, rows, np.ones(cost.size, dtype=bool), cost=cost).model
    outcome = solve(model, effort=Effort().under(watch))
    if outcome.status == "infeasible":
        return None
    most = 0 if outcome.x is None else round(-outcome.objective)
    bound = -outcome.bound if math.isfinite(outcome.bound) else float(n_sites)
    return Largest(
        number=most,
        bound=max(most, min(n_sites, math.floor(bound + PROOF_TOLERANCE))),
        closed=() if outcome.x is None else tuple(piece.sites[outcome.x[:n_sites] > 0.5]),
    )
