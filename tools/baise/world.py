"""The modelled land: terrain, towns, roads and settlements, before any school."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csgraph

from tools.baise import places, remote, skeleton, towns
from tools.baise.motorway import Motorways, build_motorways
from tools.baise.paths import GridGraph, grid_graph
from tools.baise.people import settle_children
from tools.baise.places import Seats
from tools.baise.settle import (
    UrbanPlaces,
    blocks_wanted,
    hamlets_wanted,
    nearest_cell,
    numeral,
    short_name,
    size_weights,
    urban_places,
)
from tools.baise.shapes import Lines, draw_lines
from tools.baise.sources import Sources
from tools.baise.terrain import Bools, Floats, Ints, Terrain, build_terrain
from tools.baise.territory import territories

DEEP_VALLEYS = 26
FAR_HOMES = 8


@dataclass(frozen=True, eq=False)
class World:
    """Everything modelled but the schools.

    Attributes
    ----------
    terrain : Terrain
        The cells.
    seats : Seats
        Seats of the townships.
    net, lines, motorways : Net, Lines, Motorways
        Roads.
    settlements : DataFrame
        Index settlement_id; columns of the settlements table with x, y in metres, node of the
        net, village and township positions, border_m, and age_0 … age_17.
    deep : array
        Positions of villages in valleys with tracks only.
    """

    terrain: Terrain
    seats: Seats
    net: towns.Net
    lines: Lines
    motorways: Motorways
    settlements: pd.DataFrame
    deep: Ints


@dataclass(frozen=True, eq=False)
class Sites:
    """Cells of villages and hamlets, and the urban places by township."""

    village: Ints
    hamlet: Ints
    hamlet_of: Ints
    urban: dict[int, UrbanPlaces]


def build_world(sources: Sources, *, seed: int) -> World:
    """Model terrain, settlements and roads.

    Parameters
    ----------
    sources : Sources
        Boundaries, names, census.
    seed : int
        Seed of everything that follows.

    Returns
    -------
    World
        The same for the same seed.
    """
    stream = [np.random.default_rng([seed, number]) for number in range(16)]
    terrain = build_terrain(sources, stream[0])
    graph = grid_graph(terrain, stream[1])
    owner = territories(sources, terrain, seed=seed)
    owner[~main_part(graph)] = -1
    seats = places.choose_seats(sources, terrain, owner)
    village = places.place_villages(sources, terrain, owner, seats, stream[2])
    rank, weight = skeleton.main_roads(graph, terrain, seats, village)
    deep = remote.deep_valleys(sources, graph, terrain, rank, seats, village, number=DEEP_VALLEYS)
    grids = town_grids(sources, terrain, seats, stream[3])
    urban = all_urban(sources, terrain, owner, grids, seed=seed)
    hamlet_of, hamlet = hamlet_cells(
        sources, graph, terrain, owner, seats, village, deep, stream[4]
    )
    skeleton.hamlet_roads(graph, rank, weight, hamlet, stream[5], track_share=0.3)
    hamlet = add_far_homes(graph, terrain, rank, owner, hamlet, hamlet_of, village, stream[6])
    remote.lower_to_tracks(graph, terrain, rank, village[deep])
    sites = Sites(village, hamlet, hamlet_of, urban)
    road = rank > 0
    net = towns.insert_towns(terrain.xy, graph.u[road], graph.v[road], rank[road], grids)
    lines = draw_lines(net, terrain, stream[7])
    frame = settlement_frame(sources, terrain, seats, net, sites, stream[8])
    weights = size_weights(frame, sources, seats, deep, stream[9])
    ages = settle_children(
        sources, frame.county.to_numpy(), frame.town_like.to_numpy(), weights, stream[10]
    )
    frame = frame.join(pd.DataFrame(ages, frame.index, [f"age_{a}" for a in range(18)]))
    motorways = build_motorways(sources, terrain, graph, seats, net, lines, grids)
    return World(terrain, seats, net, lines, motorways, frame, deep)


def main_part(graph: GridGraph) -> Bools:
    """Cells of the largest connected part of the grid."""
    _, label = csgraph.connected_components(graph.matrix(graph.weight), directed=False)
    return np.asarray(label == np.bincount(label).argmax())


def town_grids(
    sources: Sources, terrain: Terrain, seats: Seats, rng: np.random.Generator
) -> list[towns.Town]:
    """Street grids of all township seats, large ones first where they meet."""
    blocks = blocks_wanted(sources)
    land = sources.land.buffer(-200.0).difference(sources.border.buffer(300.0))
    small = np.where(seats.hollow | seats.zone, 3, rng.integers(5, 12, len(blocks)))
    corners = np.maximum(np.rint(1.25 * blocks).astype(np.int64), small)
    return [
        towns.build_town(town, terrain.xy[seats.cell[town]], int(corners[town]), rng, land=land)
        for town in range(len(corners))
    ]


def all_urban(
    sources: Sources, terrain: Terrain, owner: Ints, grids: list[towns.Town], *, seed: int
) -> dict[int, UrbanPlaces]:
    """Neighbourhoods and blocks of every township that has any."""
    villages = sources.villages
    count = villages[villages.kind == "居委会"].groupby("township_code").size()
    blocks = blocks_wanted(sources)
    return {
        grid.township: urban_places(
            grid,
            terrain,
            owner,
            neighbourhoods=int(count[code]),
            blocks=int(blocks[grid.township]),
            seed=seed + grid.township,
        )
        for grid in grids
        if (code := sources.townships.township_code[grid.township]) in count.index
    }


def hamlet_cells(
    sources: Sources,
    graph: GridGraph,
    terrain: Terrain,
    owner: Ints,
    seats: Seats,
    village: Ints,
    deep: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Cells of all hamlets, each in the area of its village."""
    position = {code: i for i, code in enumerate(sources.townships.township_code)}
    town = sources.villages.township_code.map(position).to_numpy()
    small = (seats.hollow | seats.zone)[town]
    wanted = hamlets_wanted(sources.villages, small, deep, rng)
    rural = np.flatnonzero((sources.villages.kind != "居委会").to_numpy())
    area = places.village_areas(graph, owner, village[rural])
    reach = np.full(len(rural), 2400.0)
    reach[np.isin(rural, deep)] = 200.0
    of, cell = places.place_hamlets(terrain, area, village[rural], wanted[rural], reach, rng)
    return rural[of], cell


def add_far_homes(
    graph: GridGraph,
    terrain: Terrain,
    rank: Ints,
    owner: Ints,
    hamlet: Ints,
    hamlet_of: Ints,
    village: Ints,
    rng: np.random.Generator,
) -> Ints:
    """Move one hamlet in a few townships beyond the reach of roads; add tracks elsewhere."""
    cells, keep_free = remote.far_homes(graph, terrain, rank, owner, number=FAR_HOMES)
    hamlet = hamlet.copy()
    for cell in cells:
        same = np.flatnonzero(owner[hamlet] == owner[cell])
        hamlet[same[int(terrain.near(terrain.xy[cell])[hamlet[same]].argmin())]] = cell
    closed = np.where(keep_free[graph.u] | keep_free[graph.v], 1e9, graph.weight)
    open_graph = replace(graph, weight=closed)
    home = np.unique(np.concatenate([village, hamlet]))
    skeleton.farm_tracks(
        open_graph, terrain, rank, rng, number=5200, reach_m=(500.0, 1900.0), avoid=keep_free
    )
    skeleton.lonely_tracks(graph, terrain, rank, home, rng, number=60, avoid=keep_free)
    return hamlet


def settlement_frame(
    sources: Sources,
    terrain: Terrain,
    seats: Seats,
    net: towns.Net,
    sites: Sites,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """All settlements with ids, names and positions, sorted by id."""
    villages = sources.villages
    position = {code: i for i, code in enumerate(sources.townships.township_code)}
    town = villages.township_code.map(position).to_numpy()
    rows: list[tuple[str, str, str, int, float, float]] = []
    shift = rng.uniform(-110.0, 110.0, size=(len(villages) + len(sites.hamlet), 2))
    number = dict.fromkeys(range(len(villages)), 0)
    seen = dict.fromkeys(range(137), 0)
    for v, (code, name, kind) in enumerate(
        zip(villages.village_code, villages.village_name, villages.kind, strict=True)
    ):
        if kind == "居委会":
            spot = sites.urban[int(town[v])].seats[seen[int(town[v])]]
            spots = sites.urban[int(town[v])]
            mine = spots.blocks[spots.part_of == seen[int(town[v])]]
            seen[int(town[v])] += 1
            rows.append((f"{code}000", short_name(name), "neighbourhood", v, *spot))
            for k, place in enumerate(mine, 1):
                label = f"{short_name(name)}{numeral(k)}区"
                rows.append((f"{code}{k:03d}", label, "block", v, *place))
        else:
            spot = terrain.xy[sites.village[v]] + shift[v]
            rows.append((f"{code}000", short_name(name), "village", v, *spot))
    for h, (v, cell) in enumerate(zip(sites.hamlet_of, sites.hamlet, strict=True)):
        number[int(v)] += 1
        k = number[int(v)]
        spot = terrain.xy[cell] + shift[len(villages) + h]
        label = f"{short_name(villages.village_name[v])}{numeral(k)}屯"
        rows.append((f"{villages.village_code[v]}{k:03d}", label, "hamlet", int(v), *spot))
    columns = ["settlement_id", "name", "kind", "village", "x", "y"]
    frame = pd.DataFrame(rows, columns=columns).set_index("settlement_id").sort_index()
    return describe(frame, sources, terrain, seats, net, town)


def describe(
    frame: pd.DataFrame,
    sources: Sources,
    terrain: Terrain,
    seats: Seats,
    net: towns.Net,
    town: Ints,
) -> pd.DataFrame:
    """Add codes, the node of the road net, the distance to the border, and who is urban."""
    villages = sources.villages
    frame["township"] = town[frame.village]
    frame["village_code"] = villages.village_code.to_numpy()[frame.village]
    frame["township_code"] = villages.township_code.to_numpy()[frame.village]
    frame["county_code"] = villages.county_code.to_numpy()[frame.village]
    codes = {code: i for i, code in enumerate(sources.counties.index)}
    frame["county"] = frame.county_code.map(codes)
    xy = frame[["x", "y"]].to_numpy()
    cell = nearest_cell(terrain, xy)
    frame["cell"] = cell
    frame["border_m"] = border_metres(sources, xy)
    frame["belt"] = frame.border_m < 3400.0
    frame["node"] = net.stand_in[cell]
    seat_xy = terrain.xy[seats.cell[frame.township]]
    at_seat = np.hypot(*(xy - seat_xy).T) < 750.0
    is_town = sources.townships.township_name.str.endswith(("镇", "街道")).to_numpy()
    in_block = frame.kind.isin(["neighbourhood", "block"])
    frame["town_like"] = in_block
    frame["at_seat"] = at_seat
    frame["urban"] = in_block | (at_seat & is_town[frame.township])
    return frame


def border_metres(sources: Sources, xy: Floats) -> Floats:
    """Distance of points to the border line, metres."""
    return np.asarray(shapely.distance(shapely.points(xy), sources.border))
