"""Roads made whole: ends that miss by a little, lines drawn twice, the 180th meridian.

Lines drawn by hand or cut at the edge of a sheet often end half a metre beside the road that they
lead to, and graphs saved as lines hold each road twice. Extracts of OpenStreetMap need none of it
but the meridian, where one road has two nodes at one place.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from layout.core.arrays import Bools, Floats, Ints
from layout.inputs.roads.tables import RoadTables

__all__ = ["across_180", "joined_ends", "without_twins"]

_METRES_PER_DEGREE = 111_320.0
_SCALE = 1e7
_OWN_STRETCH = 4.0
"""A line may meet itself only where it has gone this many times the distance that is joined."""
_ALIKE = ("oneway", "name")
"""Tags in which the twins of a road may differ."""


def across_180(tables: RoadTables) -> RoadTables:
    """Join nodes at one place of the 180th meridian, which extracts hold on both of its sides.

    Parameters
    ----------
    tables
        Roads of any file.

    Returns
    -------
    RoadTables
        The same where no road comes near the meridian.
    """
    lon = tables.nodes["lon"].to_numpy("float64")
    if not (np.abs(lon) >= 180.0).any():
        return tables
    lon = np.where(np.abs(lon) >= 180.0, -180.0, lon)
    # Whole units of 1e-7 degrees; a node on the meridian is the first one at its place.
    fixed = np.round(np.column_stack([lon, tables.nodes["lat"]]) * _SCALE).astype(np.int64)
    on_line = np.flatnonzero(fixed[:, 0] == -180 * int(_SCALE))
    _, first, place = np.unique(fixed[on_line, 1], return_index=True, return_inverse=True)
    stands_for = np.arange(len(lon))
    stands_for[on_line] = on_line[first[place.reshape(-1)]]
    return replace(
        tables, nodes=tables.nodes.assign(lon=lon), way_nodes=stands_for[tables.way_nodes]
    )


def joined_ends(tables: RoadTables, *, metres: float) -> RoadTables:
    """Join ends of roads that miss another end, or another road, by a little.

    Parameters
    ----------
    tables
        Roads of lines.
    metres
        How much is a little; 0 joins only what touches.

    Returns
    -------
    RoadTables
        With ``counts["joined_ends"]``: ends within `metres` of the end of another line, which
        become one node (the first in order), and loose ends as near to the middle of another line,
        into which they are put as a vertex. Where two lines only cross, nothing is joined.
    """
    xy = _metres(tables.nodes)
    way_nodes, way_start = tables.way_nodes, tables.way_start
    first, last = way_start[:-1], way_start[1:] - 1
    # Nodes at the ends of lines that are near each other, and no segment long already.
    ends = np.unique(way_nodes[np.concatenate([first, last])])
    pairs = ends[KDTree(xy[ends]).query_pairs(metres, output_type="ndarray").reshape(-1, 2)]
    tail = _tails(way_start)
    pairs = pairs[~_linked(pairs, way_nodes[tail], way_nodes[tail + 1], len(xy))]
    near = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(xy), len(xy)))
    group = connected_components(near, directed=False)[1]
    _, head = np.unique(group, return_index=True)
    way_nodes = head[group[way_nodes]]
    joined = len(ends) - len(np.unique(head[group[ends]]))
    # Ends that are still loose: one segment only begins or ends there.
    degree = np.bincount(np.concatenate([way_nodes[tail], way_nodes[tail + 1]]), minlength=len(xy))
    loose = np.unique(way_nodes[np.concatenate([first, last])])
    loose = loose[degree[loose] == 1]
    node, segment = _beside(xy, loose, way_nodes, way_start, tail, metres)
    way_nodes, way_start = _put_in(xy, way_nodes, way_start, tail[segment], node)
    return _compact(
        replace(
            tables,
            way_nodes=way_nodes,
            way_start=way_start,
            counts={**tables.counts, "joined_ends": joined + len(node)},
        )
    )


def _metres(nodes: pd.DataFrame) -> Floats:
    """Places of nodes on a plane in metres, true enough over some metres; shape (nodes, 2)."""
    lon, lat = nodes["lon"].to_numpy("float64"), nodes["lat"].to_numpy("float64")
    # Roads across the 180th meridian are counted on eastwards.
    lon = lon % 360.0 if np.ptp(lon) > 180.0 else lon
    shrunk = np.cos(np.radians(np.median(lat)))
    return np.column_stack([lon * shrunk, lat]) * _METRES_PER_DEGREE


def _tails(way_start: Ints) -> Ints:
    """Positions in the ways' nodes at which a segment begins: all but the last of each way."""
    inner = np.ones(way_start[-1], dtype=bool)
    inner[way_start[1:] - 1] = False
    return np.flatnonzero(inner)


def _linked(pairs: Ints, u: Ints, v: Ints, count: int) -> Bools:
    """Which pairs of nodes (lower first) are the two ends of a segment."""
    low, high = np.sort(pairs, axis=1).T
    return np.isin(low * count + high, np.minimum(u, v) * count + np.maximum(u, v))


def _beside(
    xy: Floats, loose: Ints, way_nodes: Ints, way_start: Ints, tail: Ints, metres: float
) -> tuple[Ints, Ints]:
    """Loose ends beside the middle of a segment that is not their own: node, segment."""
    u, v = way_nodes[tail], way_nodes[tail + 1]
    lines = np.asarray(shapely.linestrings(np.stack([xy[u], xy[v]], axis=1)))
    tree = shapely.STRtree(lines)
    points = np.asarray(shapely.points(xy[loose]))
    which, segment = tree.query(points, predicate="dwithin", distance=metres)
    node = loose[which]
    # Metres along all ways, one after another, at each position; the position of each loose end.
    step = np.hypot(*(xy[way_nodes[1:]] - xy[way_nodes[:-1]]).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    position = np.zeros(len(xy), dtype=np.int64)
    position[way_nodes] = np.arange(len(way_nodes))
    way_of = np.repeat(np.arange(len(way_start) - 1), np.diff(way_start))
    # What leads up to the end of a finely drawn line is near it, and no other road.
    at = position[node]
    gap = np.minimum(*(np.abs(along[tail[segment] + end] - along[at]) for end in (0, 1)))
    own = (way_of[tail[segment]] == way_of[at]) & (gap <= _OWN_STRETCH * metres)
    # A short line that meets the road at its other end is a stub of it, and joined already.
    begin, end = way_start[:-1][way_of[at]], way_start[1:][way_of[at]] - 1
    tips = np.stack([way_nodes[begin], way_nodes[end]])
    stub = ((tips == u[segment]) | (tips == v[segment])).any(axis=0)
    stub &= along[end] - along[begin] <= _OWN_STRETCH * metres
    # The nearest segment of another road; of several the first.
    other = (u[segment] != node) & (v[segment] != node) & ~own & ~stub
    which, segment, node = which[other], segment[other], node[other]
    far = shapely.distance(points[which], lines[segment])
    order = np.lexsort((segment, far, node))
    _, best = np.unique(node[order], return_index=True)
    return node[order][best], segment[order][best]


def _put_in(
    xy: Floats, way_nodes: Ints, way_start: Ints, tail: Ints, node: Ints
) -> tuple[Ints, Ints]:
    """Put nodes into the segments that begin at given positions, in order along each."""
    begin, end = xy[way_nodes[tail]], xy[way_nodes[tail + 1]]
    along = ((xy[node] - begin) * (end - begin)).sum(axis=1)
    order = np.lexsort((along, tail))
    # Nodes before each way's beginning move it on by their number.
    moved = np.searchsorted(tail[order], way_start, side="left")
    return np.insert(way_nodes, tail[order] + 1, node[order]), way_start + moved


def _compact(tables: RoadTables) -> RoadTables:
    """Leave out the nodes that no way uses any more."""
    used, position = np.unique(tables.way_nodes, return_inverse=True)
    return replace(
        tables, nodes=tables.nodes.iloc[used], way_nodes=position.reshape(-1).astype(np.int64)
    )


def without_twins(tables: RoadTables) -> RoadTables:
    """Make one road of lines that are drawn twice, there and back or twice alike.

    Parameters
    ----------
    tables
        Roads of lines.

    Returns
    -------
    RoadTables
        Of lines through the same nodes whose tags differ in nothing but direction and name the
        first is kept, open in every direction in which one of them is;
        ``counts["twin_ways"]`` says how many were left out.
    """
    start, ways = tables.way_start, tables.ways
    # Nodes of each way as bytes, from its lower end; where that is turned around.
    runs = [tables.way_nodes[a:b] for a, b in pairwise(start.tolist())]
    turned = np.array([run.tolist() > run[::-1].tolist() for run in runs], dtype=bool)
    shape = [(run[::-1] if turn else run).tobytes() for run, turn in zip(runs, turned, strict=True)]
    tags = [name for name in ways.columns if name not in (*_ALIKE, "way_id")]
    twins = ways[tags].assign(shape=shape).groupby([*tags, "shape"], sort=False).ngroup()
    first = (~twins.duplicated()).to_numpy()
    if first.all():
        return replace(tables, counts={**tables.counts, "twin_ways": 0})
    # Open along and against the way from its lower end, for each way and for all of its twins.
    along, against = _open(ways)
    low, high = np.where(turned, against, along), np.where(turned, along, against)
    both = pd.DataFrame({"low": low, "high": high}).groupby(twins.to_numpy()).transform("any")
    ahead = np.where(turned, both["high"], both["low"])
    back = np.where(turned, both["low"], both["high"])
    # A way that no twin opens further keeps what it says.
    wider = (ahead != along) | (back != against)
    ways = ways.assign(oneway=ways["oneway"].where(~wider, "no"))
    size = np.diff(start)
    return _compact(
        replace(
            tables,
            ways=ways[first].reset_index(drop=True),
            way_nodes=tables.way_nodes[np.repeat(first, size)],
            way_start=np.concatenate([[0], np.cumsum(size[first])]).astype(np.int64),
            counts={**tables.counts, "twin_ways": int((~first).sum())},
        )
    )


def _open(ways: pd.DataFrame) -> tuple[Bools, Bools]:
    """Whether each way is open along and against its line, by its tags."""
    back = ways["oneway"].isin(["-1", "reverse"]).to_numpy()
    implied = ways["junction"].isin(["roundabout", "circular"]) | (ways["highway"] == "motorway")
    single = ways["oneway"].isin(["yes", "true", "1"]) | (implied & (ways["oneway"] == ""))
    return ~back, ~single.to_numpy()
