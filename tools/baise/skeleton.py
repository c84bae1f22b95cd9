"""The road skeleton: which grid edges carry a road, and of which class."""

import numpy as np
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from tools.baise.paths import Forest, GridGraph, connect, grow, trace
from tools.baise.places import Seats
from tools.baise.terrain import Bools, Floats, Ints, Terrain

CLASSES = (
    "",
    "track",
    "service",
    "residential",
    "unclassified",
    "tertiary",
    "secondary",
    "primary",
    "trunk",
    "motorway_link",
    "motorway",
)
RANK = {name: rank for rank, name in enumerate(CLASSES)}
BELT_ROAD_M = 3600.0


def lay(rank: Ints, edges: Ints, name: str) -> None:
    """Give edges a class unless they carry a higher one already, in place."""
    rank[edges] = np.maximum(rank[edges], RANK[name])


def along(graph: GridGraph, rank: Ints, sources: Ints) -> Forest:
    """Forest over the roads alone."""
    road = rank > 0
    part = GridGraph(graph.n, graph.u[road], graph.v[road], graph.weight[road])
    cost, before, source = csgraph.dijkstra(
        part.matrix(part.weight),
        directed=False,
        indices=np.unique(sources),
        min_only=True,
        return_predecessors=True,
    )
    return Forest(np.asarray(cost), np.asarray(before), np.asarray(source))


def raise_busy(
    graph: GridGraph, rank: Ints, sources: Ints, starts: Ints, *, least: int, name: str
) -> None:
    """Raise the class of roads that at least ``least`` of the starts use on their way."""
    forest = along(graph, rank, sources)
    cells, use = trace(forest, starts[np.isfinite(forest.cost[starts])])
    busy = cells[use >= least]
    lay(rank, graph.find(busy, forest.before[busy]), name)


def main_roads(
    graph: GridGraph, terrain: Terrain, seats: Seats, villages: Ints
) -> tuple[Ints, Floats]:
    """Roads between county seats, township seats and villages.

    Parameters
    ----------
    graph : GridGraph
        Cells and edges.
    terrain : Terrain
        For the distance to the border, along which a road runs.
    seats : Seats
        Seats of the townships.
    villages : (k,) array
        Cells of the villages.

    Returns
    -------
    rank : (m,) array
        Class of every grid edge, 0 without a road.
    weight : (m,) array
        Cost of every edge, lower where a road is.
    """
    rank = np.zeros(len(graph.u), dtype=np.int64)
    weight = graph.weight.copy()
    main = seats.cell[seats.county_seat]
    belt = villages[terrain.border_m[villages] < BELT_ROAD_M]
    plan = (
        (main, "primary", 0.35),
        (seats.cell, "secondary", 0.5),
        (belt, "tertiary", 0.6),
        (np.unique(villages), "unclassified", 0.6),
    )
    for places, name, factor in plan:
        edges = connect(graph, weight, np.unique(places))
        fresh = edges[rank[edges] == 0]
        weight[fresh] *= factor
        lay(rank, edges, name)
    raise_busy(graph, rank, main[:1], main, least=3, name="trunk")
    raise_busy(graph, rank, seats.cell, villages, least=3, name="tertiary")
    return rank, weight


def hamlet_roads(
    graph: GridGraph,
    rank: Ints,
    weight: Floats,
    hamlets: Ints,
    rng: np.random.Generator,
    *,
    track_share: float,
) -> None:
    """Join hamlets to the roads, in place: lanes where several share the way, else often tracks."""
    ends = np.unique(np.concatenate([graph.u[rank > 0], graph.v[rank > 0]]))
    forest = grow(graph, weight, ends)
    cells, use = trace(forest, hamlets)
    edges = graph.find(cells, forest.before[cells])
    names = np.where(rng.random(graph.n) < track_share, RANK["track"], RANK["residential"])
    root = forest.source[cells]
    value = np.where(use >= 3, RANK["unclassified"], names[root])
    rank[edges] = np.maximum(rank[edges], value)


def farm_tracks(
    graph: GridGraph,
    terrain: Terrain,
    rank: Ints,
    rng: np.random.Generator,
    *,
    number: int,
    reach_m: tuple[float, float],
    avoid: Bools,
) -> None:
    """Add dead-end tracks to fields and forests, in place."""
    ends = np.unique(np.concatenate([graph.u[rank > 0], graph.v[rank > 0]]))
    forest = grow(graph, graph.weight, ends)
    cost = forest.cost / 4.0
    fit = np.flatnonzero(
        (cost > reach_m[0]) & (cost < reach_m[1]) & (terrain.border_m > 800.0) & ~avoid
    )
    goals = rng.choice(fit, size=number, replace=False)
    cells, _ = trace(forest, np.sort(goals))
    lay(rank, graph.find(cells, forest.before[cells]), "track")


def lonely_tracks(
    graph: GridGraph,
    terrain: Terrain,
    rank: Ints,
    settled: Ints,
    rng: np.random.Generator,
    *,
    number: int,
    avoid: Bools,
) -> None:
    """Add short tracks that meet no other road, far from any settlement, in place."""
    road = np.unique(np.concatenate([graph.u[rank > 0], graph.v[rank > 0]]))
    far_road = KDTree(terrain.xy[road]).query(terrain.xy)[0]
    far_home = KDTree(terrain.xy[settled]).query(terrain.xy)[0]
    free = (far_road > 900.0) & (far_home > 2400.0) & (terrain.border_m > 1500.0) & ~avoid
    seeds = np.flatnonzero(free & (far_road > 1300.0))
    seeds = np.sort(rng.choice(seeds, size=min(number, len(seeds)), replace=False))
    inside = free[graph.u] & free[graph.v]
    weight = np.where(inside, graph.weight, 1e9)
    forest = grow(graph, weight, seeds)
    goals = np.flatnonzero(free & (forest.cost < 9000.0) & (forest.cost > 3000.0))
    goals = np.sort(rng.choice(goals, size=min(3 * number, len(goals)), replace=False))
    cells, _ = trace(forest, goals)
    lay(rank, graph.find(cells, forest.before[cells]), "track")
