"""The p-median in arrays: each demand's nearest pairs, and what lies beyond them at least."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.labelled.costs import is_whole

if TYPE_CHECKING:
    from layout.location.labelled.arguments import Arguments


# Fewest nearest sites that each demand starts with.
FIRST_NEAREST = 24
NEAREST_PER_SHARE = 5
"""A model starts with this many times the sites that an even split would leave to each open one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """A p-median, or facility location, on some of its pairs.

    Attributes
    ----------
    row, col, cost
        By pair: demand, site, weighted cost; sorted by row and cost.
    starts
        Where the pairs of each demand begin, and the end.
    far
        By demand: no site without a pair costs less; ``inf`` where no such site is allowed.
    fixed
        Cost of opening, by site.
    may, must
        By site: whether it may open, and must.
    n_open
        How many sites open, or None where the fixed costs decide.
    whole
        Whether every cost is whole, and therefore the value of every solution.
    """

    row: Ints
    col: Ints
    cost: Floats
    starts: Ints
    far: Floats
    fixed: Floats
    may: Bools
    must: Bools
    n_open: int | None
    whole: bool

    @property
    def n_demands(self) -> int:
        """How many demands there are."""
        return self.far.size

    @property
    def n_sites(self) -> int:
        """How many sites there are."""
        return self.fixed.size

    def without(self, pairs: Bools, *, far: Floats | None = None) -> Pairs:
        """The same without the marked pairs; `far` by demand where some of them may be needed."""
        row = self.row[~pairs]
        return replace(
            self,
            row=row,
            col=self.col[~pairs],
            cost=self.cost[~pairs],
            starts=np.searchsorted(row, np.arange(self.n_demands + 1)),
            far=self.far if far is None else far,
        )

    def fixing(self, shut: Bools, opened: Bools) -> Pairs:
        """The same with some sites shut and others open.

        Nobody goes past a site that is open for certain, so the pairs behind it drop out, and
        nobody is served at the cost of what lies beyond.
        """
        # Pairs at shut sites, and pairs behind the first site that is open for certain.
        must = self.must | opened
        drop = shut[self.col]
        far = self.far.copy()
        sure = np.flatnonzero(must[self.col])
        rows, first = np.unique(self.row[sure], return_index=True)
        last = np.full(self.n_demands, self.row.size)
        last[rows] = sure[first]
        # Nothing beyond is needed where such a site is among the pairs.
        far[rows] = np.inf
        drop |= np.arange(self.row.size) > last[self.row]
        return replace(self.without(drop, far=far), may=self.may & ~shut, must=must)


def first_nearest(given: Arguments) -> Ints:
    """How many of its nearest sites each demand starts with."""
    n_demands, n_sites = len(given.costs.demands), len(given.costs.sites)
    share = n_sites / max(1, given.n_open or 1)
    nearest = max(FIRST_NEAREST, math.ceil(NEAREST_PER_SHARE * share))
    return np.full(n_demands, nearest, dtype=np.int64)


def nearest_pairs(given: Arguments, nearest: Ints) -> Pairs:
    """Pairs of each demand with its `nearest` allowed sites."""
    costs, n_sites = given.costs, len(given.costs.sites)
    # Bools over the sites.
    may = np.ones(n_sites, dtype=bool)
    may[given.must_close] = False
    must = np.zeros(n_sites, dtype=bool)
    must[given.must_open] = True
    # Pairs of the costs are sorted by demand and cost: a slice of each demand's first ones.
    starts = np.searchsorted(costs.row, np.arange(len(costs.demands) + 1))
    ends = np.minimum(starts[:-1] + nearest, starts[1:])
    sizes = ends - starts[:-1]
    offset = np.concatenate([[0], np.cumsum(sizes)])
    row = np.repeat(np.arange(sizes.size), sizes)
    at = np.arange(offset[-1]) - offset[row] + starts[row]
    # Weighted cost of the first pair left out.
    far = np.full(sizes.size, np.inf)
    more = ends < starts[1:]
    far[more] = costs.cost[ends[more]] * given.weights[more]
    # Pairs at sites that must close go, after `far` was read.
    at = at[may[costs.col[at]]]
    row, col = costs.row[at], costs.col[at]
    cost = costs.cost[at] * given.weights[row]
    # A site beyond may be shut; `far` is then lower than it need be, never wrong.
    return Pairs(
        row=row,
        col=col,
        cost=cost,
        starts=np.searchsorted(row, np.arange(sizes.size + 1)),
        far=far,
        fixed=given.fixed_cost,
        may=may,
        must=must,
        n_open=given.n_open,
        whole=is_whole(costs.cost, given.weights, given.fixed_cost),
    )
