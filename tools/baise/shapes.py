"""From straight edges to winding lines: chains of edges and their shape points."""

from dataclasses import dataclass

import numpy as np

from tools.baise.skeleton import RANK
from tools.baise.terrain import Floats, Ints, Terrain, smooth_noise
from tools.baise.towns import Net

MAX_CHAIN_EDGES = 40
SPACING_M = 16.0
STREET_WIND_M = 2.0
BEND_CELLS = 1.5
BEND_M = 110.0
MOST_SHIFT_M = 200.0
WIND_M = {
    "track": 17.0,
    "service": 5.0,
    "residential": 7.0,
    "unclassified": 13.0,
    "tertiary": 10.0,
    "secondary": 8.0,
    "primary": 6.0,
    "trunk": 4.0,
}


@dataclass(frozen=True, eq=False)
class Lines:
    """Roads as chains with their shape points.

    Attributes
    ----------
    chains : list of int arrays
        Nodes of each chain in order.
    rank : (c,) array
        Class of each chain.
    points : list of list of (k, 2) arrays
        Shape points between consecutive nodes of each chain, ends not included.
    xy : (n, 2) array
        Final node positions.
    """

    chains: list[Ints]
    rank: Ints
    points: list[list[Floats]]
    xy: Floats


def chain_edges(net: Net) -> tuple[list[Ints], Ints]:
    """Join edges of one class through nodes of degree two into chains."""
    m = len(net.u)
    ends = np.concatenate([net.u, net.v])
    edge = np.tile(np.arange(m), 2)
    order = np.argsort(ends, kind="stable")
    ends, edge = ends[order], edge[order]
    start = np.searchsorted(ends, np.arange(len(net.xy) + 1))
    degree = np.diff(start)
    first, second = np.zeros(len(net.xy), dtype=np.int64), np.zeros(len(net.xy), dtype=np.int64)
    two = degree == 2
    first[two], second[two] = edge[start[:-1][two]], edge[start[:-1][two] + 1]
    through = two & (net.rank[first] == net.rank[second])
    u, v, used = net.u.tolist(), net.v.tolist(), [False] * m
    chains, ranks = [], []
    stops = np.flatnonzero((degree > 0) & ~through).tolist()
    for seed in [*stops, *np.flatnonzero(through).tolist()]:
        for position in range(start[seed], start[seed + 1]):
            current, node = int(edge[position]), seed
            while not used[current]:
                chain = [node]
                rank = int(net.rank[current])
                while not used[current] and len(chain) <= MAX_CHAIN_EDGES:
                    used[current] = True
                    node = v[current] if u[current] == node else u[current]
                    chain.append(node)
                    if not through[node]:
                        break
                    current = int(second[node] if first[node] == current else first[node])
                chains.append(np.array(chain))
                ranks.append(rank)
                if not through[node]:
                    break
    return chains, np.array(ranks)


def off_grid(terrain: Terrain, rng: np.random.Generator) -> Floats:
    """Shift of every cell's node, (n, 2) metres: bends over a kilometre, and a little more.

    Roads of a grid run straight for long stretches; moved together with their neighbours they
    meander, and stay within 200 m of their cells.
    """
    bends = [
        smooth_noise(rng, terrain.cell_id.shape, BEND_CELLS)[terrain.row, terrain.col]
        for _ in range(2)
    ]
    shift = BEND_M * np.column_stack(bends) + rng.uniform(-45.0, 45.0, size=(len(terrain.row), 2))
    return np.asarray(np.clip(shift, -MOST_SHIFT_M, MOST_SHIFT_M))


def draw_lines(net: Net, terrain: Terrain, rng: np.random.Generator) -> Lines:
    """Give every chain its shape: smooth through valleys, winding by class.

    Parameters
    ----------
    net : Net
        Roads as straight edges.
    terrain : Terrain
        The cells, whose nodes are moved off the grid.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    Lines
        About one shape point for every 21 m.
    """
    xy = net.xy.copy()
    xy[: net.cells] += off_grid(terrain, rng)
    chains, rank = chain_edges(net)
    for chain in chains:
        smooth_inner(xy, chain)
    wind = np.array([0.0, *(WIND_M.get(name, 0.0) for name in list(RANK)[1:])])
    street = np.array([chain[0] >= net.cells and chain[-1] >= net.cells for chain in chains])
    points = all_points(xy, chains, np.where(street, STREET_WIND_M, wind[rank]), rng)
    return Lines(chains, rank, points, xy)


def smooth_inner(xy: Floats, chain: Ints) -> None:
    """Even out the inner nodes of a chain, in place; ends stay."""
    if len(chain) < 3:
        return
    line = xy[chain]
    xy[chain[1:-1]] = 0.25 * line[:-2] + 0.5 * line[1:-1] + 0.25 * line[2:]


def all_points(
    xy: Floats, chains: list[Ints], wind_m: Floats, rng: np.random.Generator
) -> list[list[Floats]]:
    """Shape points of all chains: a Catmull–Rom curve with bends of its own.

    Parameters
    ----------
    xy : (n, 2) array
        Node positions in metres.
    chains : list of arrays
        Nodes of each chain in order.
    wind_m : (c,) array
        How far the bends of each chain swing out, metres.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    list of list of (k, 2) arrays
        For each chain the inner points between each two consecutive nodes.
    """
    size = np.array([len(chain) for chain in chains])
    line = xy[np.concatenate(chains)]
    last = np.cumsum(size) - 1
    start = np.delete(np.arange(len(line)), last)
    a, b = line[start], line[start + 1]
    first_edge = np.isin(start, last - size + 1)
    final_edge = np.isin(start + 1, last)
    before = np.where(first_edge[:, None], 2 * a - b, line[np.maximum(start - 1, 0)])
    after = np.where(final_edge[:, None], 2 * b - a, line[np.minimum(start + 2, len(line) - 1)])
    length = np.hypot(*(b - a).T)
    inner = np.maximum(1, np.rint(length / SPACING_M).astype(np.int64)) - 1
    edge = np.repeat(np.arange(len(a)), inner)
    offset = np.repeat(np.cumsum(inner) - inner, inner)
    t = ((np.arange(len(edge)) - offset + 1) / (inner[edge] + 1))[:, None]
    curve = catmull_rom(before[edge], a[edge], b[edge], after[edge], t)
    unit = ((b - a) / np.maximum(length, 1.0)[:, None])[edge]
    phase = rng.uniform(0, 2 * np.pi, len(a))[edge]
    bends = rng.integers(1, 4, len(a))[edge]
    swing = np.repeat(wind_m, size - 1)[edge] * np.sin(np.pi * t[:, 0])
    swing = swing * np.sin(2 * np.pi * bends * t[:, 0] + phase)
    curve = curve + np.column_stack([-unit[:, 1], unit[:, 0]]) * swing[:, None]
    pieces = np.split(curve, np.cumsum(inner)[:-1])
    ends = np.cumsum(size - 1)
    return [pieces[e - n + 1 : e] for e, n in zip(ends.tolist(), size.tolist(), strict=True)]


def catmull_rom(p0: Floats, p1: Floats, p2: Floats, p3: Floats, t: Floats) -> Floats:
    """Points at ``t`` (0 to 1) of the curve from ``p1`` to ``p2``."""
    return np.asarray(
        0.5
        * (
            2 * p1
            + (p2 - p0) * t
            + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
            + (3 * p1 - p0 - 3 * p2 + p3) * t**3
        )
    )
