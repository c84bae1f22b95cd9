"""Street grids: county seats, and small ones at the seats of townships."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import KDTree
from shapely.geometry.base import BaseGeometry

from tools.baise.skeleton import RANK
from tools.baise.terrain import Floats, Ints

STREET_M = 190.0


@dataclass(frozen=True, eq=False)
class Town:
    """Street grid of one town.

    Attributes
    ----------
    township : int
        Position of the township.
    centre : (2,) array
        Seat in metres.
    radius_m : float
        Radius of the built-up area.
    xy : (k, 2) array
        Street corners in metres.
    edges : (e, 3) array
        Streets as corner, corner, class rank.
    """

    township: int
    centre: Floats
    radius_m: float
    xy: Floats
    edges: Ints


def build_town(
    township: int, centre: Floats, corners: int, rng: np.random.Generator, *, land: BaseGeometry
) -> Town:
    """Lay a street grid of about ``corners`` crossings around a seat.

    Parameters
    ----------
    township : int
        Position of the township.
    centre : (2,) array
        Seat in metres.
    corners : int
        Crossings wanted; the town covers about 190 m × 190 m for each.
    rng : Generator
        Seeded source of chance.
    land : shapely geometry
        Area that streets may not leave, in metres.

    Returns
    -------
    Town
        One connected grid; main axes are secondary and tertiary streets.
    """
    radius = STREET_M * np.sqrt(corners / np.pi)
    reach = int(np.ceil(radius / STREET_M)) + 1
    turn = rng.uniform(0, np.pi / 2)
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    i, j = (a.ravel() for a in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    stretch = rng.uniform(0.8, 1.25)
    keep = np.hypot(i * stretch, j / stretch) * STREET_M <= max(radius, 0.9 * STREET_M)
    xy = centre + (np.column_stack([i, j]) * STREET_M) @ rotate.T
    xy = xy + rng.uniform(-22, 22, size=xy.shape)
    keep &= shapely.contains_xy(land, xy)
    number = np.where(keep, np.cumsum(keep) - 1, -1)
    index = number.reshape(2 * reach + 1, -1)
    edges = grid_streets(index, reach, rng)
    return largest_part(Town(township, centre, float(radius), xy[keep], edges))


def grid_streets(index: Ints, reach: int, rng: np.random.Generator) -> Ints:
    """Streets between neighbouring corners; some are missing, as in grown towns."""
    rows = []
    for axis in (0, 1):
        a = index[:-1] if axis == 0 else index[:, :-1]
        b = index[1:] if axis == 0 else index[:, 1:]
        line = np.indices(a.shape)[1 - axis] - reach
        name = np.where(
            line == 0,
            RANK["secondary"],
            np.where(line % 3 == 0, RANK["tertiary"], RANK["residential"]),
        )
        both = (a >= 0) & (b >= 0)
        both &= (name > RANK["residential"]) | (rng.random(a.shape) > 0.07)
        rows.append(np.column_stack([a[both], b[both], name[both]]))
    return np.concatenate(rows)


def largest_part(town: Town) -> Town:
    """The town without corners that its streets do not reach."""
    n = len(town.xy)
    if n <= 1:
        return town
    ones = np.ones(len(town.edges))
    net = sparse.coo_array((ones, (town.edges[:, 0], town.edges[:, 1])), shape=(n, n))
    _, label = csgraph.connected_components(net, directed=False)
    keep = label == np.bincount(label).argmax()
    number = np.cumsum(keep) - 1
    edges = town.edges[keep[town.edges[:, 0]]]
    edges = np.column_stack([number[edges[:, 0]], number[edges[:, 1]], edges[:, 2]])
    return Town(town.township, town.centre, town.radius_m, town.xy[keep], edges)


@dataclass(frozen=True, eq=False)
class Net:
    """Road net as nodes and straight edges, before it gets its shape.

    Attributes
    ----------
    xy : (n, 2) array
        Nodes in metres: first the grid cells, then the corners of the towns.
    u, v, rank : (m,) arrays
        Ends and class of each edge.
    town_of : (n,) array
        Town whose street grid replaces the node, -1 elsewhere.
    stand_in : (n,) array
        Corner that stands for a cell inside a town, else the node itself.
    cells : int
        How many of the nodes are grid cells.
    """

    xy: Floats
    u: Ints
    v: Ints
    rank: Ints
    town_of: Ints
    stand_in: Ints
    cells: int


def insert_towns(cell_xy: Floats, u: Ints, v: Ints, rank: Ints, towns: list[Town]) -> Net:
    """Replace the roads inside each town by its street grid and tie the loose ends to it.

    Parameters
    ----------
    cell_xy : (n, 2) array
        Positions of the cells.
    u, v, rank : (m,) arrays
        Roads between cells.
    towns : list of Town
        Street grids.

    Returns
    -------
    Net
        The roads outside and the streets inside.
    """
    town_of = np.full(len(cell_xy), -1)
    stand_in = np.arange(len(cell_xy))
    tree = KDTree(cell_xy)
    first = len(cell_xy)
    nodes, streets = [cell_xy], []
    for number, town in enumerate(towns):
        corners = KDTree(town.xy)
        inside = np.array(sorted(tree.query_ball_point(town.centre, town.radius_m + 150.0)))
        away, found = corners.query(cell_xy[inside])
        near = np.asarray(away) < 1.6 * STREET_M
        inside, corner = inside[near], np.asarray(found)[near]
        town_of[inside] = number
        stand_in[inside] = first + corner
        streets.append(town.edges + np.array([first, first, 0]))
        nodes.append(town.xy)
        first += len(town.xy)
    inner = (town_of[u] >= 0) & (town_of[u] == town_of[v])
    a, b = stand_in[u[~inner]], stand_in[v[~inner]]
    edges = np.concatenate([np.column_stack([a, b, rank[~inner]]), *streets])
    low, high = edges[:, :2].min(axis=1), edges[:, :2].max(axis=1)
    order = np.lexsort((-edges[:, 2], high, low))
    low, high, kind = low[order], high[order], edges[order, 2]
    first_of = np.ones(len(low), dtype=bool)
    first_of[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    first_of &= low != high
    extra = first - len(cell_xy)
    return Net(
        xy=np.concatenate(nodes),
        u=low[first_of],
        v=high[first_of],
        rank=kind[first_of],
        town_of=np.concatenate([town_of, np.full(extra, -1)]),
        stand_in=np.concatenate([stand_in, np.arange(len(cell_xy), first)]),
        cells=len(cell_xy),
    )
