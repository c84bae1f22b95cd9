"""Least-cost paths over the terrain grid: the lines that roads follow."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from tools.baise.terrain import Bools, Floats, Ints, Terrain


@dataclass(frozen=True, eq=False)
class GridGraph:
    """Planar graph of the cells: one diagonal per block of four, so no two edges cross.

    Attributes
    ----------
    n : int
        Number of cells.
    u, v : (m,) arrays
        Ends of each edge, u < v, sorted by (u, v).
    weight : (m,) array
        Cost of each edge.
    """

    n: int
    u: Ints
    v: Ints
    weight: Floats

    def find(self, a: Ints, b: Ints) -> Ints:
        """Positions of the edges between the cells ``a`` and ``b``."""
        keys = self.u * self.n + self.v
        wanted = np.minimum(a, b) * self.n + np.maximum(a, b)
        return np.asarray(np.searchsorted(keys, wanted))

    def matrix(self, weight: Floats) -> sparse.csr_array:
        """Symmetric sparse matrix of the edge weights."""
        half = sparse.coo_array((weight, (self.u, self.v)), shape=(self.n, self.n))
        return sparse.csr_array(half + half.T)


def grid_graph(terrain: Terrain, rng: np.random.Generator) -> GridGraph:
    """Connect neighbouring cells; gaps up to three cells wide at county lines are bridged.

    Parameters
    ----------
    terrain : Terrain
        The cells.
    rng : Generator
        Source of the small differences that make shortest paths unique.

    Returns
    -------
    GridGraph
        Weights are metres times the mean cost of both cells.
    """
    ids, rank = terrain.cell_id, terrain.cost
    pairs = [straight(ids, 0, 1), straight(ids, 1, 0), diagonals(ids, rank)]
    u, v = np.concatenate(pairs, axis=1)
    u, v = join_parts(terrain, np.minimum(u, v), np.maximum(u, v))
    order = np.lexsort((v, u))
    u, v = u[order], v[order]
    length = np.hypot(*(terrain.xy[u] - terrain.xy[v]).T)
    weight = length * (rank[u] + rank[v]) / 2 * (1 + 0.02 * rng.random(len(u)))
    return GridGraph(len(terrain.xy), u, v, weight)


def straight(ids: Ints, rows: int, cols: int) -> Ints:
    """Pairs of cells one step apart along a row or a column."""
    height, width = ids.shape
    a, b = ids[: height - rows, : width - cols].ravel(), ids[rows:, cols:].ravel()
    both = (a >= 0) & (b >= 0)
    return np.stack([a[both], b[both]])


def diagonals(ids: Ints, cost: Floats) -> Ints:
    """The cheaper diagonal of every block of four cells."""
    a, b, c, d = (x.ravel() for x in (ids[:-1, :-1], ids[1:, 1:], ids[:-1, 1:], ids[1:, :-1]))
    high = np.append(cost, np.inf)
    falling = high[a] + high[b] <= high[c] + high[d]
    u, v = np.where(falling, a, c), np.where(falling, b, d)
    both = (u >= 0) & (v >= 0)
    return np.stack([u[both], v[both]])


def join_parts(terrain: Terrain, u: Ints, v: Ints) -> tuple[Ints, Ints]:
    """Bridge the inset strips between counties, where neighbouring cells are a step apart."""
    ids = terrain.cell_id
    height, width = ids.shape
    extra = [np.stack([u, v])]
    for rows, cols in ((0, 2), (2, 0)):
        a, b = ids[: height - rows, : width - cols].ravel(), ids[rows:, cols:].ravel()
        middle = ids[rows // 2 : height - rows // 2, cols // 2 : width - cols // 2].ravel()
        gap = (a >= 0) & (b >= 0) & (middle < 0)
        extra.append(np.stack([np.minimum(a, b)[gap], np.maximum(a, b)[gap]]))
    joined = np.unique(np.concatenate(extra, axis=1), axis=1)
    return joined[0], joined[1]


@dataclass(frozen=True, eq=False)
class Forest:
    """Result of growing from many sources at once.

    Attributes
    ----------
    cost : (n,) array
        Cost from the nearest source.
    before : (n,) array
        Cell before each cell on the way from its source, negative at sources.
    source : (n,) array
        Nearest source cell.
    """

    cost: Floats
    before: Ints
    source: Ints


def grow(graph: GridGraph, weight: Floats, sources: Ints) -> Forest:
    """Least-cost forest from ``sources`` over the whole grid."""
    cost, before, source = csgraph.dijkstra(
        graph.matrix(weight),
        directed=False,
        indices=np.unique(sources),
        min_only=True,
        return_predecessors=True,
    )
    return Forest(np.asarray(cost), np.asarray(before), np.asarray(source))


def trace(forest: Forest, starts: Ints) -> tuple[Ints, Ints]:
    """Edges from each start back to its source, and how many starts use each.

    Parameters
    ----------
    forest : Forest
        A grown forest.
    starts : (k,) array
        Cells to connect.

    Returns
    -------
    cells, use : (j,) arrays
        Each cell stands for the edge (cell, forest.before[cell]).
    """
    use = np.zeros(len(forest.cost), dtype=np.int64)
    front = starts[forest.before[starts] >= 0]
    while len(front):
        np.add.at(use, front, 1)
        front = forest.before[front]
        front = front[forest.before[front] >= 0]
    cells = np.flatnonzero(use)
    return cells, use[cells]


def neighbours(graph: GridGraph, weight: Floats, forest: Forest) -> tuple[Ints, Floats, Ints]:
    """Cheapest crossing between every two neighbouring source areas.

    Returns
    -------
    pairs : (p, 2) array
        Source cells.
    cost : (p,) array
        Cost of the best path between them.
    edge : (p,) array
        The edge at which the two areas meet on that path.
    """
    a, b = forest.source[graph.u], forest.source[graph.v]
    meet = np.flatnonzero((a != b) & np.isfinite(forest.cost[graph.u]))
    total = forest.cost[graph.u[meet]] + weight[meet] + forest.cost[graph.v[meet]]
    low, high = np.minimum(a, b)[meet], np.maximum(a, b)[meet]
    order = np.lexsort((total, high, low))
    low, high, total, meet = low[order], high[order], total[order], meet[order]
    first = np.ones(len(low), dtype=bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return np.column_stack([low[first], high[first]]), total[first], meet[first]


def relative_neighbours(pairs: Ints, cost: Floats) -> Bools:
    """Pairs with no third place nearer to both: connected, with few needless loops."""
    near: dict[int, dict[int, float]] = {}
    for (a, b), value in zip(pairs.tolist(), cost.tolist(), strict=True):
        near.setdefault(a, {})[b] = value
        near.setdefault(b, {})[a] = value
    keep = [
        not any(
            other in near[b] and max(first, near[b][other]) < value
            for other, first in near[a].items()
        )
        for (a, b), value in zip(pairs.tolist(), cost.tolist(), strict=True)
    ]
    return np.array(keep, dtype=bool)


def connect(graph: GridGraph, weight: Floats, places: Ints) -> Ints:
    """Edges of a road net that connects ``places`` along least-cost paths.

    Returns
    -------
    (k,) array
        Positions of edges of ``graph``, sorted.
    """
    forest = grow(graph, weight, places)
    pairs, cost, meet = neighbours(graph, weight, forest)
    meet = meet[relative_neighbours(pairs, cost)]
    ends = np.concatenate([graph.u[meet], graph.v[meet]])
    cells, _ = trace(forest, ends)
    edges = graph.find(cells, forest.before[cells])
    return np.unique(np.concatenate([edges, meet]))
