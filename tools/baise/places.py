"""Where settlements lie: seats, villages and hamlets on the cells of their township."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import ndimage

from tools.baise.paths import GridGraph, grow
from tools.baise.sources import Sources
from tools.baise.terrain import CELL_M, Floats, Ints, Terrain

SEAT_GAP_M = 3300.0
HOLLOW_GAP_M = 2300.0


@dataclass(frozen=True, eq=False)
class Seats:
    """The seat of every township.

    Attributes
    ----------
    cell : (137,) array
        Cell of each township's seat.
    county_seat : (137,) bool array
        Whether the township holds the county seat.
    hollow : (137,) bool array
        Small townships beside a county seat, whose children mostly go to town.
    zone : (137,) bool array
        Industrial zones, which are no townships.
    """

    cell: Ints
    county_seat: np.ndarray
    hollow: np.ndarray
    zone: np.ndarray


def county_seat_towns(sources: Sources) -> Ints:
    """Township of each county's seat: the one with most neighbourhoods."""
    urban = sources.villages[sources.villages.kind == "居委会"]
    count = urban.groupby("township_code").size()
    towns = sources.townships
    number = towns.township_code.map(count).fillna(0)
    return np.array([number[towns.county_code == code].idxmax() for code in sources.counties.index])


def crowding(terrain: Terrain, cells: Ints, radius_cells: int) -> Floats:
    """Share of the window around each of ``cells`` that the same cells fill."""
    mask = np.zeros(terrain.cell_id.shape)
    mask[terrain.row[cells], terrain.col[cells]] = 1.0
    share = ndimage.uniform_filter(mask, size=2 * radius_cells + 1, mode="constant")
    return np.asarray(share[terrain.row[cells], terrain.col[cells]])


def choose_seats(sources: Sources, terrain: Terrain, owner: Ints) -> Seats:
    """Place the seat of every township in a valley cell of its territory.

    Parameters
    ----------
    sources : Sources
        Names and counties.
    terrain : Terrain
        The cells.
    owner : (n,) array
        Township of each cell.

    Returns
    -------
    Seats
        County seats where most room is, small neighbours close to them, others near their middle.
    """
    towns = sources.townships
    zone = ~towns.township_name.str.contains("[乡镇]$|街道$").to_numpy()
    main = county_seat_towns(sources)
    county_seat = np.isin(np.arange(len(towns)), main)
    cell = np.full(len(towns), -1)
    for town in main:
        cell[town] = main_seat(sources, terrain, owner, int(town), zone)
    hollow = np.zeros(len(towns), dtype=bool)
    for town in np.flatnonzero(~county_seat):
        own = np.flatnonzero(owner == town)
        seat = cell[main[list(sources.counties.index).index(towns.county_code[town])]]
        away = np.hypot(*(terrain.xy[own] - terrain.xy[seat]).T)
        score = terrain.cost[own] + 6.0 * middle_distance(terrain.xy[own])
        if towns.township_name[town].endswith("街道"):
            score = np.where(away > SEAT_GAP_M, away, np.inf)
        elif hollow_near(towns.iloc[town], away, hollow, towns):
            hollow[town] = True
            score = np.where(away > HOLLOW_GAP_M, away, np.inf)
        cell[town] = own[int(score.argmin())]
    return Seats(cell, county_seat, hollow, zone)


def main_seat(sources: Sources, terrain: Terrain, owner: Ints, town: int, zone: np.ndarray) -> int:
    """Cell of a county seat: much own room around it, low, near an industrial zone if any."""
    own = np.flatnonzero(owner == town)
    score = 12.0 * crowding(terrain, own, 5) - 0.4 * terrain.cost[own]
    code = sources.townships.county_code[town]
    for other in np.flatnonzero(zone & (sources.townships.county_code == code).to_numpy()):
        centre = terrain.xy[owner == other].mean(axis=0)
        away = np.hypot(*(terrain.xy[own] - centre).T)
        score = score - np.abs(away - 3000.0) / 1000.0
    return int(own[int(score.argmax())])


def middle_distance(xy: Floats) -> Floats:
    """Distance from the middle of the cells, relative to the size of their area."""
    size = np.sqrt(len(xy)) * CELL_M
    return np.asarray(np.hypot(*(xy - np.median(xy, axis=0)).T) / size)


def hollow_near(town: pd.Series, away: Floats, hollow: np.ndarray, towns: pd.DataFrame) -> bool:
    """Whether a township is a 乡 that reaches up to the county seat, the first of its county."""
    taken = (towns.county_code.to_numpy() == town.county_code) & hollow
    reaches = bool((away < HOLLOW_GAP_M + 2500.0).any())
    return str(town.township_name).endswith("乡") and reaches and not taken.any()


def place_villages(
    sources: Sources, terrain: Terrain, owner: Ints, seats: Seats, rng: np.random.Generator
) -> Ints:
    """Cell of every village and neighbourhood.

    The first unit of a township stands at the seat; neighbourhoods stand within the town, the
    villages in valleys and apart from each other.

    Returns
    -------
    (1899,) array
        Cells in the order of ``sources.villages``; neighbourhoods share the seat's cell.
    """
    villages = sources.villages
    cell = np.full(len(villages), -1)
    position = {code: i for i, code in enumerate(sources.townships.township_code)}
    taken = np.zeros(len(terrain.xy), dtype=bool)
    taken[seats.cell] = True
    for code, group in villages.groupby("township_code", sort=True):
        town = position[str(code)]
        own = np.flatnonzero((owner == town) & ~taken)
        chance = np.exp(-0.75 * terrain.cost[own])
        placed = [int(seats.cell[town])]
        spacing = np.sqrt(len(own) * CELL_M**2 / (len(group) + 1))
        rural = [i for i in group.index if group.kind[i] != "居委会"]
        if len(rural) == len(group):
            cell[rural.pop(0)] = placed[0]
        for village in rural:
            pick = best_spaced(terrain, own, chance, placed, float(spacing), rng)
            cell[village] = pick
            taken[pick] = True
            placed.append(pick)
        cell[[i for i in group.index if group.kind[i] == "居委会"]] = seats.cell[town]
    return cell


def best_spaced(
    terrain: Terrain,
    own: Ints,
    chance: Floats,
    placed: list[int],
    spacing: float,
    rng: np.random.Generator,
) -> int:
    """The best of some valley cells: far from the places so far, and low."""
    tries = np.unique(rng.choice(own, size=min(14, len(own)), p=chance / chance.sum()))
    there = terrain.xy[np.array(placed)]
    away = np.hypot(*(terrain.xy[tries][:, None] - there[None]).transpose(2, 0, 1)).min(axis=1)
    score = np.minimum(away / spacing, 1.0) - 0.06 * terrain.cost[tries]
    score[away < 2 * CELL_M] -= 10.0
    return int(tries[int(score.argmax())])


def village_areas(graph: GridGraph, owner: Ints, cells: Ints) -> Ints:
    """Nearest village cell, by terrain cost, of every cell of the same township."""
    same = owner[graph.u] == owner[graph.v]
    weight = np.where(same & (owner[graph.u] >= 0), graph.weight, 1e9)
    forest = grow(graph, weight, cells)
    near = forest.cost < 1e9
    return np.asarray(np.where(near & (owner >= 0), forest.source, -1))


def place_hamlets(
    terrain: Terrain,
    area: Ints,
    village_cell: Ints,
    wanted: Ints,
    reach_m: Floats,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Cells of the hamlets of every village.

    Parameters
    ----------
    terrain : Terrain
        The cells.
    area : (n,) array
        Village cell that each cell belongs to.
    village_cell, wanted : (k,) arrays
        Cell of each village and how many hamlets it should have.
    reach_m : (k,) array
        How far the hamlets of each village scatter, metres.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    village, cell : (h,) arrays
        Position of the village of each hamlet, and its cell.
    """
    free = np.ones(len(terrain.xy), dtype=bool)
    free[village_cell] = False
    order = np.argsort(area, kind="stable")
    starts = np.searchsorted(area[order], village_cell)
    ends = np.searchsorted(area[order], village_cell, side="right")
    owners: list[int] = []
    cells: list[int] = []
    for village, (start, end) in enumerate(zip(starts, ends, strict=True)):
        own = order[start:end]
        own = own[free[own]]
        number = min(int(wanted[village]), len(own))
        if number == 0:
            continue
        away = np.hypot(*(terrain.xy[own] - terrain.xy[village_cell[village]]).T)
        chance = np.exp(-0.7 * terrain.cost[own] - away / reach_m[village])
        cells += np.sort(rng.choice(own, number, replace=False, p=chance / chance.sum())).tolist()
        owners += [village] * number
    return np.array(owners), np.array(cells)
