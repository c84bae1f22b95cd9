"""The road file's content: nodes and tagged ways, and the same roads as a walking graph."""

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.spatial import KDTree

from tools.baise.motorway import Motorways
from tools.baise.pbf import Way
from tools.baise.shapes import Lines
from tools.baise.skeleton import CLASSES, RANK
from tools.baise.terrain import Floats, Ints
from tools.baise.towns import Net

SURFACES = {
    "motorway": ("asphalt",),
    "motorway_link": ("asphalt",),
    "trunk": ("asphalt",),
    "primary": ("asphalt",),
    "secondary": ("asphalt",),
    "tertiary": ("asphalt", "concrete"),
    "unclassified": ("concrete", "concrete", "asphalt", "gravel"),
    "residential": ("concrete",),
    "service": ("concrete",),
    "track": ("dirt", "dirt", "gravel", "unpaved"),
}
RING_M = 23.0
RING_NODES = 12
ONEWAY_STREETS = 0.06


def tags_of(rank: int, number: int) -> dict[str, str]:
    """Tags of an ordinary way; the surface changes from way to way."""
    name = CLASSES[rank]
    surfaces = SURFACES[name]
    return {"highway": name, "surface": surfaces[(number * 7) % len(surfaces)]}


def edge_lengths(net: Net, lines: Lines) -> Floats:
    """Length of every edge of the net along its drawn line, metres."""
    pairs, metres = [], []
    for chain, points in zip(lines.chains, lines.points, strict=True):
        for a, b, inner in zip(chain[:-1], chain[1:], points, strict=True):
            line = np.vstack([lines.xy[a], inner, lines.xy[b]])
            metres.append(float(np.hypot(*np.diff(line, axis=0).T).sum()))
            pairs.append((min(a, b), max(a, b)))
    ends = np.array(pairs)
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    key = net.u * len(net.xy) + net.v
    rank = np.argsort(key, kind="stable")
    lengths = np.empty(len(key))
    lengths[rank] = np.array(metres)[order]
    return lengths


def walking_graph(net: Net, lines: Lines) -> sparse.csr_array:
    """Symmetric matrix of road metres between nodes of the net."""
    metres = edge_lengths(net, lines)
    half = sparse.coo_array((metres, (net.u, net.v)), shape=(len(net.xy), len(net.xy)))
    return sparse.csr_array(half + half.T)


class NodeTable:
    """Growing list of node positions, metres."""

    def __init__(self, xy: Floats) -> None:
        self.parts = [xy]
        self.count = len(xy)

    def add(self, xy: Floats) -> Ints:
        """Append positions and return their numbers."""
        first = self.count
        self.parts.append(xy)
        self.count += len(xy)
        return np.arange(first, self.count)

    def all(self) -> Floats:
        """All positions."""
        return np.concatenate(self.parts)


def road_file(
    net: Net,
    lines: Lines,
    motorways: Motorways,
    settlements: pd.DataFrame,
    rings: Ints,
    rng: np.random.Generator,
) -> tuple[Floats, list[Way]]:
    """Nodes and ways of the road file.

    Parameters
    ----------
    net, lines, motorways : Net, Lines, Motorways
        The roads.
    settlements : DataFrame
        For lanes from the road to some villages.
    rings : array
        Nodes that become roundabouts.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    xy : (n, 2) array
        Node positions in metres.
    ways : list of Way
        In the order of their ids.
    """
    table = NodeTable(lines.xy)
    ring_of = {int(node): table.add(ring(lines.xy[node])) for node in rings}
    ways: list[Way] = []
    best = np.zeros(len(net.xy), dtype=np.int64)
    np.maximum.at(best, net.u, net.rank)
    np.maximum.at(best, net.v, net.rank)
    one_way = rng.random(len(lines.chains)) < ONEWAY_STREETS
    for number, (chain, points) in enumerate(zip(lines.chains, lines.points, strict=True)):
        rank = int(lines.rank[number])
        tags = tags_of(rank, number)
        street = rank == RANK["residential"] and len(chain) > 2 and chain.min() >= net.cells
        if street and one_way[number] and chain[0] != chain[-1]:
            tags["oneway"] = "yes"
        ways.append(Way(way_nodes(table, chain, points, ring_of, lines.xy), tags))
    for node, nodes in ring_of.items():
        closed = np.append(nodes, nodes[0])
        tags = tags_of(int(best[node]), node) | {"junction": "roundabout", "oneway": "yes"}
        ways.append(Way(closed, tags))
    ways += village_lanes(table, lines.xy, settlements, net)
    ways += motorway_ways(table, motorways, lines.xy, ring_of)
    return table.all(), ways


def ring(centre: Floats) -> Floats:
    """Points of a roundabout, anticlockwise as traffic drives on the right."""
    angle = 2 * np.pi * np.arange(RING_NODES) / RING_NODES
    return np.asarray(centre + RING_M * np.column_stack([np.cos(angle), np.sin(angle)]))


def way_nodes(
    table: NodeTable, chain: Ints, points: list[Floats], ring_of: dict[int, Ints], xy: Floats
) -> Ints:
    """Node numbers along a chain; ends at roundabouts move to the ring."""
    parts: list[Ints] = []
    for k, node in enumerate(chain[:-1]):
        parts.append(np.array([node]))
        if len(points[k]):
            parts.append(table.add(points[k]))
    parts.append(chain[-1:])
    nodes = np.concatenate(parts)
    for end, toward in ((0, 1), (-1, -2)):
        ring_nodes = ring_of.get(int(nodes[end]))
        if ring_nodes is None:
            continue
        inner = points[0 if end == 0 else -1]
        beyond = inner[end] if len(inner) else xy[chain[toward]]
        heading = beyond - xy[chain[end]]
        turn = np.arctan2(heading[1], heading[0]) / (2 * np.pi) * RING_NODES
        nodes[end] = ring_nodes[int(np.rint(turn)) % RING_NODES]
    return nodes


def village_lanes(table: NodeTable, xy: Floats, settlements: pd.DataFrame, net: Net) -> list[Way]:
    """Service lanes from the road to a part of the villages."""
    chosen = settlements[settlements.kind.isin(["village", "neighbourhood"])].iloc[::2]
    used = np.zeros(len(xy), dtype=bool)
    used[net.u] = used[net.v] = True
    ways = []
    for number, (x, y, node) in enumerate(
        zip(chosen.x.tolist(), chosen.y.tolist(), chosen.node.tolist(), strict=True)
    ):
        if not used[node]:
            continue
        start, goal = xy[node], np.array([x, y])
        middle = start + (goal - start) * 0.5 + 6.0
        inner = np.vstack([middle, start + (goal - start) * 0.85])
        nodes = np.concatenate([[node], table.add(inner)])
        ways.append(Way(nodes, tags_of(RANK["service"], number)))
    return ways


def motorway_ways(
    table: NodeTable, motorways: Motorways, xy: Floats, ring_of: dict[int, Ints]
) -> list[Way]:
    """One-way carriageways, split every 40 nodes, and one-way links."""
    ways: list[Way] = []
    lines = [table.add(line) for line in motorways.carriageways]
    for nodes in lines:
        for start in range(0, len(nodes) - 1, 40):
            tags = tags_of(RANK["motorway"], 0) | {"oneway": "yes"}
            ways.append(Way(nodes[start : start + 41], tags))
    for line, point, node, onto in motorways.links:
        end = int(lines[line][point])
        goal = motorways.carriageways[line][point]
        steps = np.linspace(0.0, 1.0, 22)[1:-1, None]
        bend = 40.0 * np.sin(np.pi * steps) * np.array([1.0, -0.6])
        inner = table.add(xy[node] + (goal - xy[node]) * steps + bend)
        start = int(ring_of[node][0]) if node in ring_of else node
        path = np.concatenate([[start], inner, [end]])
        tags = tags_of(RANK["motorway_link"], 0) | {"oneway": "yes"}
        ways.append(Way(path if onto else path[::-1], tags))
    return ways


def town_rings(net: Net, lines: Lines, centres: Floats, *, each: int) -> Ints:
    """Crossings of large streets near town centres that become roundabouts."""
    degree = np.bincount(np.concatenate([net.u, net.v]), minlength=len(net.xy))
    big = np.zeros(len(net.xy), dtype=np.int64)
    np.maximum.at(big, net.u, net.rank)
    np.maximum.at(big, net.v, net.rank)
    fit = np.flatnonzero((degree >= 3) & (big >= RANK["tertiary"]))
    tree = KDTree(lines.xy[fit])
    found: list[int] = []
    for centre in centres:
        near = fit[tree.query(centre, k=12)[1]]
        found += near[:: 12 // each][:each].tolist()
    return np.unique(found)
