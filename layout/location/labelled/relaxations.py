"""What would make a location problem possible: the smallest relaxation of each kind."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from layout.core.text import tr
from layout.location.solver.highs import Effort, Model, solve
from layout.location.solver.rows import Rows

if TYPE_CHECKING:
    from layout.location.labelled.arguments import Arguments

MOST_PAIRS = 200_000
"""Above this number of pairs no relaxation is sought: it would take longer than seconds."""
# Branch-and-bound nodes of one relaxation.
NODES = 2_000


def relaxations(given: Arguments, *, split: bool) -> tuple[str, ...]:
    """Sentences on the least that would have to change for there to be a solution.

    Parameters
    ----------
    given
        Arguments for which there is no solution.
    split
        Whether a demand may be shared among sites.

    Notes
    -----
    Two elastic models: the number of sites is left free and minimised; or capacity is added at the
    open sites, as little as possible. Only what is proved is reported.
    """
    if given.costs.row.size > MOST_PAIRS:
        return ()
    sentences = []
    if given.n_open is not None:
        sites = _least(given, split=split, sites=True)
        if sites is not None and round(sites) != given.n_open:
            sentences.append(
                tr(
                    "{count:open site|open sites} instead of {wanted} would do",
                    count=round(sites),
                    wanted=given.n_open,
                )
            )
    if given.capacity is not None:
        added_capacity = _least(given, split=split, sites=False)
        if added_capacity is not None and added_capacity > 0:
            places = f"{added_capacity * given.load_unit:g}"
            sentences.append(
                tr("{places:more place|more places} at the open sites would do", places=places)
            )
    return tuple(sentences)


def _least(given: Arguments, *, split: bool, sites: bool) -> float | None:
    """Fewest sites, or least added capacity; None where neither helps or nothing is proved."""
    outcome = solve(_elastic(given, split=split, sites=sites), effort=Effort(node_limit=NODES))
    if outcome.status != "proven":
        return None
    # Rounded up in the seventh digit, so that what is told is enough.
    return math.ceil(outcome.objective * 1e6 - 0.5) / 1e6


def _elastic(given: Arguments, *, split: bool, sites: bool) -> Model:
    """Columns: sites, pairs, capacity added by site."""
    costs, n_sites, n_pairs = given.costs, len(given.costs.sites), given.costs.row.size
    # Column of each pair, each site and each site's added capacity.
    at, every = n_sites + np.arange(n_pairs), np.arange(n_sites)
    added = n_sites + n_pairs + every
    rows, each = Rows(), np.arange(n_pairs)
    # Each demand exactly once, at open sites.
    rows.add(costs.row, at, 1.0, lower=1.0, upper=1.0, n_rows=len(costs.demands))
    rows.add(
        np.concatenate([each, each]),
        np.concatenate([at, costs.col]),
        np.repeat([1.0, -1.0], n_pairs),
        lower=-np.inf,
        upper=0.0,
        n_rows=n_pairs,
    )
    # Load taken ≤ capacity × open + added.
    if given.capacity is not None:
        rows.add(
            np.concatenate([costs.col, every, every]),
            np.concatenate([at, every, added]),
            np.concatenate([given.load[costs.row], -given.capacity, -np.ones(n_sites)]),
            lower=-np.inf,
            upper=0.0,
            n_rows=n_sites,
        )
    # The number of sites is fixed where capacity is what may grow.
    if not sites and given.n_open is not None:
        wanted = float(given.n_open)
        zeros = np.zeros(n_sites, dtype=np.int64)
        rows.add(zeros, every, 1.0, lower=wanted, upper=wanted, n_rows=1)
    matrix, lower, upper = rows.build(2 * n_sites + n_pairs)
    least, most = np.zeros(2 * n_sites + n_pairs), np.ones(2 * n_sites + n_pairs)
    least[given.must_open] = 1.0
    most[given.must_close] = 0.0
    most[added] = 0.0 if sites else float(given.load.sum())
    # Capacity is added at open sites only, because nobody goes to another.
    cost = np.zeros(most.size)
    cost[every if sites else added] = 1.0
    whole_pairs = given.capacity is not None and not split
    return Model(
        cost=cost,
        lower=least,
        upper=most,
        integer=np.arange(most.size) < n_sites + (n_pairs if whole_pairs else 0),
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        whole_objective=sites,
    )
