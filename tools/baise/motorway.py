"""Motorways: two one-way carriageways apart from the other roads, joined by links at seats."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.interpolate import make_splprep
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from tools.baise.paths import GridGraph
from tools.baise.places import Seats
from tools.baise.shapes import Lines
from tools.baise.skeleton import RANK
from tools.baise.sources import Sources
from tools.baise.terrain import Floats, Ints, Terrain
from tools.baise.towns import Net, Town

HALF_GAP_M = 13.0
POINT_M = 60.0
LINES = 7


@dataclass(frozen=True, eq=False)
class Motorways:
    """Carriageways and links.

    Attributes
    ----------
    carriageways : list of (k, 2) arrays
        Points in driving direction, metres.
    links : list of (carriageway, point, node of the net, onto)
        One-way links: ``onto`` is True from the node to the carriageway.
    """

    carriageways: list[Floats]
    links: list[tuple[int, int, int, bool]]


def build_motorways(
    sources: Sources,
    terrain: Terrain,
    graph: GridGraph,
    seats: Seats,
    net: Net,
    lines: Lines,
    grids: list[Town],
) -> Motorways:
    """Lay motorways between the county seats that lie nearest to each other.

    Parameters
    ----------
    sources, terrain, graph, seats : as built so far
        Where seats are and what the ground costs.
    net, lines : Net, Lines
        The roads to link to.
    grids : list of Town
        Towns to stay outside of.

    Returns
    -------
    Motorways
        At most seven lines, each with two carriageways and four links at either end.
    """
    cells = seats.cell[seats.county_seat]
    towns = np.flatnonzero(seats.county_seat)
    gap = np.hypot(*(terrain.xy[cells][:, None] - terrain.xy[cells][None]).transpose(2, 0, 1))
    tree = csgraph.minimum_spanning_tree(gap).tocoo()
    order = np.argsort(tree.data, kind="stable")[:LINES]
    length = np.hypot(*(terrain.xy[graph.u] - terrain.xy[graph.v]).T)
    matrix = graph.matrix(length * (1.0 + 0.03 * graph.weight / length))
    used = lines.rank >= RANK["tertiary"]
    ends = np.unique([c[[0, -1]] for c, keep in zip(lines.chains, used, strict=True) if keep])
    roads = KDTree(lines.xy[ends])
    carriageways: list[Floats] = []
    links: list[tuple[int, int, int, bool]] = []
    for pair in order:
        a, b = int(tree.row[pair]), int(tree.col[pair])
        path = cell_path(matrix, int(cells[a]), int(cells[b]))
        axis = smooth_axis(terrain.xy[path])
        clear = [np.hypot(*(axis - grids[towns[k]].centre).T) for k in (a, b)]
        outside = (clear[0] > grids[towns[a]].radius_m + 900.0) & (
            clear[1] > grids[towns[b]].radius_m + 900.0
        )
        axis = axis[outside]
        for line in (offset(axis, HALF_GAP_M), offset(axis[::-1], HALF_GAP_M)):
            number = len(carriageways)
            carriageways.append(line)
            first, last = (3, len(line) - 4)
            for point, onto in ((first, True), (last, False)):
                node = int(ends[int(roads.query(line[point])[1])])
                links.append((number, 0 if onto else len(line) - 1, node, onto))
    return Motorways(carriageways, links)


def cell_path(matrix: sparse.csr_array, start: int, goal: int) -> Ints:
    """Cells of the least-cost path from start to goal."""
    _, before = csgraph.dijkstra(matrix, directed=False, indices=[start], return_predecessors=True)
    path = [goal]
    while path[-1] != start:
        path.append(int(before[0, path[-1]]))
    return np.array(path[::-1])


def smooth_axis(xy: Floats) -> Floats:
    """A gently bending line through every sixth cell of a path, one point for every 60 m."""
    keep = np.unique(np.append(np.arange(0, len(xy), 6), len(xy) - 1))
    spline, _ = make_splprep(list(xy[keep].T), s=len(keep) * 120.0**2, k=3)
    fine = np.asarray(spline(np.linspace(0.0, 1.0, 4000))).T
    walked = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(fine, axis=0).T))])
    marks = np.arange(0.0, walked[-1], POINT_M)
    return np.column_stack([np.interp(marks, walked, fine[:, k]) for k in (0, 1)])


def offset(axis: Floats, metres: float) -> Floats:
    """The line shifted to its right, where traffic drives."""
    ahead = np.gradient(axis, axis=0)
    unit = ahead / np.hypot(*ahead.T)[:, None]
    return np.asarray(axis + metres * np.column_stack([unit[:, 1], -unit[:, 0]]))
