"""Places that roads hardly reach: valleys with tracks only, and homes far from any road."""

import numpy as np
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from tools.baise.paths import GridGraph
from tools.baise.places import Seats
from tools.baise.skeleton import RANK
from tools.baise.sources import KARST_COUNTIES, Sources
from tools.baise.terrain import Bools, Floats, Ints, Terrain

TRACK_RADIUS_M = 5600.0
VALLEYS_APART_M = 11_500.0
FAR_HOME_M = 3500.0


def edge_metres(graph: GridGraph, terrain: Terrain) -> Floats:
    """Length of every grid edge in metres."""
    return np.asarray(np.hypot(*(terrain.xy[graph.u] - terrain.xy[graph.v]).T))


def road_metres(graph: GridGraph, terrain: Terrain, rank: Ints) -> GridGraph:
    """The roads alone, weighted by metres, a tenth longer for their bends."""
    road = rank > 0
    metres = 1.1 * edge_metres(graph, terrain)
    return GridGraph(graph.n, graph.u[road], graph.v[road], metres[road])


def deep_valleys(
    sources: Sources,
    graph: GridGraph,
    terrain: Terrain,
    rank: Ints,
    seats: Seats,
    villages: Ints,
    *,
    number: int,
) -> Ints:
    """Villages at the far end of karst valleys, away from seats and main roads.

    Returns
    -------
    (k,) array
        Positions of villages, most remote first; at most ``number``.
    """
    roads = road_metres(graph, terrain, rank)
    matrix = roads.matrix(roads.weight)
    away = csgraph.dijkstra(matrix, directed=False, indices=seats.cell, min_only=True)
    karst = np.array([code in KARST_COUNTIES for code in sources.counties.index])
    fit = karst[terrain.county[villages]] & (terrain.border_m[villages] > 9000.0)
    small = sources.townships.township_code[seats.hollow | seats.zone]
    fit &= ~sources.villages.township_code.isin(small).to_numpy()
    main = np.zeros(graph.n, dtype=bool)
    big = rank >= RANK["secondary"]
    main[graph.u[big]] = main[graph.v[big]] = True
    chosen: list[int] = []
    for village in np.argsort(-away[villages], kind="stable"):
        place = terrain.xy[villages[village]]
        apart = all(np.hypot(*(terrain.xy[villages[c]] - place)) > VALLEYS_APART_M for c in chosen)
        if len(chosen) == number or not (fit[village] and apart):
            continue
        near = csgraph.dijkstra(
            matrix, directed=False, indices=villages[[village]], limit=TRACK_RADIUS_M
        )
        if not main[np.isfinite(near[0])].any():
            chosen.append(int(village))
    return np.array(chosen)


def lower_to_tracks(graph: GridGraph, terrain: Terrain, rank: Ints, centres: Ints) -> None:
    """Make every road within reach of the valleys' centres a track, in place."""
    roads = road_metres(graph, terrain, rank)
    near = np.isfinite(
        csgraph.dijkstra(
            roads.matrix(roads.weight),
            directed=False,
            indices=centres,
            min_only=True,
            limit=TRACK_RADIUS_M,
        )
    )
    inside = near[graph.u] & near[graph.v] & (rank > 0)
    rank[inside] = np.minimum(rank[inside], RANK["track"])


def far_homes(
    graph: GridGraph, terrain: Terrain, rank: Ints, owner: Ints, *, number: int
) -> tuple[Ints, Bools]:
    """Cells beyond the reach of any road, and the ground around them to keep free of tracks.

    Returns
    -------
    cells : (k,) array
        At most ``number`` cells, one a township, farthest first.
    keep_free : (n,) array
        Cells within 3.4 km of them.
    """
    ends = np.unique(np.concatenate([graph.u[rank > 0], graph.v[rank > 0]]))
    far = nearest_m(terrain, ends)
    far = np.where((owner >= 0) & (terrain.border_m > 6000.0), far, 0.0)
    chosen: list[int] = []
    towns: set[int] = set()
    for cell in np.argsort(-far, kind="stable"):
        if len(chosen) == number or far[cell] < FAR_HOME_M:
            break
        if int(owner[cell]) not in towns:
            chosen.append(int(cell))
            towns.add(int(owner[cell]))
    cells = np.array(chosen, dtype=np.int64)
    keep_free = nearest_m(terrain, cells) < 3400.0 if len(cells) else np.zeros(graph.n, dtype=bool)
    return cells, keep_free


def nearest_m(terrain: Terrain, cells: Ints) -> Floats:
    """Straight distance of every cell to the nearest of ``cells``, metres."""
    return np.asarray(KDTree(terrain.xy[cells]).query(terrain.xy)[0])
