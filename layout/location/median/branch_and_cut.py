"""Proving p-medians: cuts on the sites alone, and branching where cuts do not suffice."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from layout.core.arrays import Bools, Floats, Ints
from layout.location.median.interchange import beyond, total
from layout.location.solver.highs import Model
from layout.location.solver.incremental import Growing, OutOfTimeError

if TYPE_CHECKING:
    from layout.location.median.pairs import Pairs
    from layout.location.solver.watch import Watch

# Relative violation below which a cut is not added.
VIOLATION = 1e-6
# How far from 0 or 1 a site may be and count as integral.
WHOLE = 1e-6
# Rounds of cuts at the root, and at each further node.
ROOT_ROUNDS = 60
NODE_ROUNDS = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Cuts:
    """Rows θ_i + Σ value_ij y_j ≥ lower_i, by row: demand, entries and right side.

    A row without θ (``demand`` is −1) says that one of its sites must open.
    """

    row: Ints
    column: Ints
    value: Floats
    lower: Floats


def radius_cuts(pairs: Pairs, rows: Ints, radius: Floats) -> Cuts:
    r"""The cuts :math:`\theta_i + \sum_{j: c_{ij} < R} (R - c_{ij}) y_j \ge R` of some demands."""
    # Pairs of each demand are consecutive: `at` lists those of all `rows`, `each` says whose they
    # are.
    starts, sizes = pairs.starts[rows], pairs.starts[rows + 1] - pairs.starts[rows]
    each = np.repeat(np.arange(rows.size), sizes)
    first = np.cumsum(sizes) - sizes
    at = np.arange(each.size) - first[each] + starts[each]
    # R − c of each pair, positive for the sites nearer than the radius.
    below = radius[each] - pairs.cost[at]
    near = below > 0
    each, at, below = each[near], at[near], below[near]
    # Entries of the sites, then one of θ for each cut, sorted by cut.
    row = np.concatenate([each, np.arange(rows.size)])
    order = np.argsort(row, kind="stable")
    return Cuts(
        row=row[order],
        column=np.concatenate([pairs.col[at], pairs.n_sites + rows])[order],
        value=np.concatenate([below, np.ones(rows.size)])[order],
        lower=radius,
    )


def covering_cuts(pairs: Pairs, rows: Ints) -> Cuts:
    """One of the sites of a demand must open."""
    # As above: positions of the pairs of these demands, and whose they are.
    starts, sizes = pairs.starts[rows], pairs.starts[rows + 1] - pairs.starts[rows]
    each = np.repeat(np.arange(rows.size), sizes)
    at = np.arange(each.size) - (np.cumsum(sizes) - sizes)[each] + starts[each]
    return Cuts(row=each, column=pairs.col[at], value=np.ones(at.size), lower=np.ones(rows.size))


def separate(pairs: Pairs, opened: Floats, theta: Floats) -> tuple[Ints, Floats, Ints]:
    """Demands whose cut at these sites is violated, its radius, and demands without a site.

    The best radius is where the sites, from the nearest on, open once in sum (Cornuéjols,
    Nemhauser and Wolsey, 1980).
    """
    # Openness of each pair's site, summed from the nearest site of each demand outwards.
    pair_open = opened[pairs.col]
    sums = np.cumsum(pair_open)
    before = np.concatenate([[0.0], sums])[pairs.starts[:-1]]
    within = sums - before[pairs.row]
    # The first pair of each demand at which its sites are open once in sum.
    full = np.flatnonzero(within >= 1.0 - WHOLE)
    rows, first = np.unique(pairs.row[full], return_index=True)
    radius = pairs.far.copy()
    radius[rows] = pairs.cost[full[first]]
    # Demands without a finite radius have too few sites: they get a covering cut.
    alone = np.flatnonzero(np.isinf(radius))
    radius[alone] = 0.0
    # Left side of the cut without θ: what the demand costs at least at these sites.
    below = np.maximum(radius[pairs.row] - pairs.cost, 0.0)
    worth = radius - np.bincount(pairs.row, below * pair_open, minlength=radius.size)
    wrong = worth > theta + VIOLATION * np.maximum(1.0, worth)
    wrong[alone] = False
    return np.flatnonzero(wrong), radius, alone


class Master:
    """The linear programme over sites and one cost θ by demand, with the cuts found so far."""

    def __init__(self, pairs: Pairs, price: Floats) -> None:
        self.pairs = pairs
        n_sites = pairs.n_sites
        free = np.full(pairs.n_demands, np.inf)
        self.lower = pairs.must.astype(np.float64)
        self.upper = pairs.may.astype(np.float64)
        # Lower bound of θ: each demand's cheapest pair, or the cost of going beyond its pairs.
        least = np.zeros(pairs.n_demands)
        some = pairs.starts[1:] > pairs.starts[:-1]
        least[some] = pairs.cost[pairs.starts[:-1][some]]
        least = np.minimum(least, pairs.far)
        self.lp = Growing(_master(pairs, least, free))
        self.n_sites = n_sites
        self.reduced_cost = np.zeros(n_sites)
        # Cuts at the Lagrangian prices: the programme starts near the Lagrangian bound.
        every = np.flatnonzero(price > least)
        self._add(radius_cuts(pairs, every, price[every]))

    def _add(self, cuts: Cuts) -> None:
        if cuts.lower.size:
            self.lp.add(cuts.row, cuts.column, cuts.value, cuts.lower)

    def solve(self, most: float, watch: Watch) -> tuple[Floats, Floats] | None:
        """Sites and θ of the programme as it is; ``None`` where nothing lies below `most`."""
        x = self.lp.solve(most=most, watch=watch)
        if x is None:
            return None
        self.reduced_cost = self.lp.reduced_cost()[: self.n_sites]
        return x[: self.n_sites], x[self.n_sites :]

    def cut(self, opened: Floats, theta: Floats) -> bool:
        """Add what is violated; whether there was any."""
        rows, radius, alone = separate(self.pairs, opened, theta)
        self._add(radius_cuts(self.pairs, rows, radius[rows]))
        if alone.size:
            self._add(covering_cuts(self.pairs, alone))
        return bool(rows.size or alone.size)

    def set_bounds(self, lower: Floats, upper: Floats) -> None:
        """Bounds of the sites at a node."""
        # Only changed bounds are sent, so that the solver keeps its basis.
        changed = np.flatnonzero((lower != self.lower) | (upper != self.upper))
        if changed.size:
            self.lp.bound(changed, lower[changed], upper[changed])
            self.lower, self.upper = lower.copy(), upper.copy()


def _master(pairs: Pairs, least: Floats, most: Floats) -> Model:
    from scipy import sparse

    # Columns: sites, then θ by demand; the only row of the start counts the sites.
    n = pairs.n_sites + pairs.n_demands
    counted = pairs.n_open is not None
    one = np.concatenate([np.ones(pairs.n_sites), np.zeros(pairs.n_demands)])
    wanted = np.full(int(counted), float(pairs.n_open or 0))
    return Model(
        cost=np.concatenate([pairs.fixed, np.ones(pairs.n_demands)]),
        lower=np.concatenate([pairs.must.astype(np.float64), least]),
        upper=np.concatenate([pairs.may.astype(np.float64), most]),
        integer=np.zeros(n, dtype=bool),
        matrix=sparse.csr_matrix(one[None, :] if counted else np.zeros((0, n))),
        row_lower=wanted,
        row_upper=wanted,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Proof:
    """The best sites known, their cost as far as the pairs tell, and a bound on every solution."""

    is_open: Bools | None
    cost: float
    bound: float
    whole: bool


def cutoff(cost: float, gap: float, *, whole: bool) -> float:
    """The least bound that proves `cost` to be good enough."""
    if not math.isfinite(cost):
        return math.inf
    # Whole costs: a bound within one unit proves; others within a relative 1e-9.
    step = 1.0 - 10 * WHOLE if whole else 1e-9 * max(1.0, abs(cost))
    return cost - max(step, gap * abs(cost))


@dataclass(order=True, frozen=True)
class _Node:
    """Sites fixed on the way to a node, and a bound on what lies below it."""

    bound: float
    order: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)


class Tree:
    """Branch and cut over the sites; one object for one search.

    Cuts are valid everywhere, so all nodes share one linear programme. A node whose bound reaches
    `cutoff` has nothing better than the incumbent. The pairs may lack what only solutions above
    it use; `judge` has them all, for counting what a solution costs.
    """

    def __init__(
        self, pairs: Pairs, price: Floats, best: Bools | None, cost: float, judge: Pairs
    ) -> None:
        self.pairs, self.judge, self.outside = pairs, judge, beyond(judge)
        self.best, self.cost = best, cost
        # Cost of a solution that leaves a demand beyond its known pairs: such a solution cannot be
        # judged.
        self.never = float(np.where(np.isinf(judge.far), self.outside, np.inf).min(initial=np.inf))
        self.master = Master(pairs, price)
        self.nodes = 0

    def cutoff(self, gap: float) -> float:
        """A bound from here on needs no search."""
        return cutoff(self.cost, gap, whole=self.pairs.whole)

    def offer(self, is_open: Bools) -> None:
        """Take a solution if it is the best so far."""
        cost = total(self.judge, is_open, self.outside)
        if cost < min(self.cost, self.never):
            self.best, self.cost = is_open, cost

    def _proof(self, bound: float) -> Proof:
        return Proof(is_open=self.best, cost=self.cost, bound=bound, whole=self.pairs.whole)

    def search(self, watch: Watch, *, gap: float = 0.0) -> Proof:
        """Search until everything better than `cutoff` is excluded, or the time is up."""
        master = self.master
        # Best-first by bound; within a dive the child nearer to the relaxation comes first.
        heap = [_Node(-math.inf, 0, master.lower.copy(), master.upper.copy())]
        bound = math.inf
        while heap:
            node: _Node | None = heapq.heappop(heap)
            if node is not None and node.bound >= self.cutoff(gap):
                bound = node.bound
                break
            # The best solution so far may cost more than these pairs tell: only the bound is news.
            watch.tell(math.inf, node.bound if node else -math.inf)
            try:
                while node is not None:
                    node = self._dive(node, heap, gap, watch)
            # Out of time: the least bound of all open nodes is still valid.
            except OutOfTimeError:
                open_bounds = [n.bound for n in heap] + [node.bound if node else math.inf]
                return self._proof(min([*open_bounds, self.cutoff(gap)]))
        return self._proof(min(bound, self.cutoff(gap)))

    def _dive(self, node: _Node, heap: list[_Node], gap: float, watch: Watch) -> _Node | None:
        """Solve one node; the child to go on with, the other one goes on the heap."""
        self.nodes += 1
        self.master.set_bounds(node.lower, node.upper)
        rounds = ROOT_ROUNDS if self.nodes == 1 else NODE_ROUNDS
        relaxation = self._relaxed(rounds, gap, watch)
        if relaxation is None:
            return None
        opened, bound = relaxation
        bound = max(bound, node.bound)
        if bound >= self.cutoff(gap):
            heapq.heappush(heap, _Node(bound, self.nodes, node.lower, node.upper))
            return None
        # Reduced-cost fixing, then branching on the site nearest to one half.
        lower, upper = self._fixed(node, bound, gap)
        free = (opened > WHOLE) & (opened < 1.0 - WHOLE)
        site = int(np.argmax(np.where(free, np.minimum(opened, 1.0 - opened), -1.0)))
        down, up = upper.copy(), lower.copy()
        down[site], up[site] = 0.0, 1.0
        # The order breaks ties among equal bounds, so that the search is deterministic.
        children = [
            _Node(bound, 2 * self.nodes, lower, down),
            _Node(bound, 2 * self.nodes + 1, up, upper),
        ]
        first = int(opened[site] > 0.5)
        heapq.heappush(heap, children[1 - first])
        return children[first]

    def _relaxed(self, rounds: int, gap: float, watch: Watch) -> tuple[Floats, float] | None:
        """Sites and bound after some rounds of cuts; ``None`` where nothing better is left.

        Sites that are all whole are cut until the programme knows what they cost.
        """
        while True:
            solved = self.master.solve(self.cutoff(gap), watch)
            if solved is None:
                return None
            opened, theta = solved
            value = self.master.lp.objective
            whole = bool((np.abs(opened - np.rint(opened)) <= WHOLE).all())
            # An integral point is a solution only once no cut is violated.
            more = self.master.cut(opened, theta)
            if whole:
                self.offer(opened > 0.5)
                if not more:
                    return None
                continue
            rounds -= 1
            self._round(opened)
            if not more or rounds <= 0:
                return opened, value

    def _round(self, opened: Floats) -> None:
        """Offer the sites that are open most."""
        if self.pairs.n_open is None:
            self.offer(opened > 0.5)
            return
        chosen = np.zeros(opened.size, dtype=bool)
        # The p sites with the largest values, first labels first.
        chosen[np.argsort(-opened, kind="stable")[: self.pairs.n_open]] = True
        self.offer(chosen)

    def _fixed(self, node: _Node, bound: float, gap: float) -> tuple[Floats, Floats]:
        """Bounds of the sites below a node, narrowed by their reduced costs."""
        # A site whose reduced cost exceeds the slack cannot change in any better solution.
        reduced = self.master.reduced_cost
        slack = self.cutoff(gap) - bound
        lower, upper = node.lower.copy(), node.upper.copy()
        upper[(reduced > slack) & (lower == 0)] = 0.0
        lower[(-reduced > slack) & (upper == 1)] = 1.0
        return lower, upper
