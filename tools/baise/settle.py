"""The table of settlements: names, codes, positions, and how large each is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2

from tools.baise.places import Seats
from tools.baise.sources import Sources
from tools.baise.terrain import Floats, Ints, Terrain
from tools.baise.towns import STREET_M, Town

BLOCK_SIZE = 30.0
HAMLETS_PER_VILLAGE = 4.9
DIGITS = "零一二三四五六七八九"


def numeral(number: int) -> str:
    """A number up to 99 in Chinese numerals, as hamlets are numbered: 1 → 一, 12 → 十二."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones else "")


def short_name(name: str) -> str:
    """Name of a village or neighbourhood without its committee: 三合村委会 → 三合村."""
    for tail in ("居民委员会", "居委会", "村村委会", "委会", "委"):
        if name.endswith(tail):
            return name.removesuffix(tail) + ("村" if tail.startswith("村村") else "")
    return name


def hamlets_wanted(
    villages: pd.DataFrame, small: np.ndarray, deep: Ints, rng: np.random.Generator
) -> Ints:
    """How many hamlets each village gets; neighbourhoods get blocks instead."""
    wanted = 1 + rng.poisson(HAMLETS_PER_VILLAGE - 1.0, len(villages))
    wanted = np.where(small, np.minimum(wanted, 3), wanted)
    wanted[deep] = np.minimum(wanted[deep], 4)
    return np.where((villages.kind == "居委会").to_numpy(), 0, wanted)


def blocks_wanted(sources: Sources) -> Ints:
    """Residential blocks of each township, by its share of the county's neighbourhoods."""
    villages, towns = sources.villages, sources.townships
    count = villages[villages.kind == "居委会"].groupby("township_code").size()
    number = towns.township_code.map(count).fillna(0.0)
    census = sources.census
    band = census[["age_5_9", "age_10_14"]].max(axis=1) * 0.6
    urban = (band * census.urban_percent / 100.0 / BLOCK_SIZE).reindex(towns.county_code)
    share = number / number.groupby(towns.county_code).transform("sum")
    return np.asarray(np.rint(share.to_numpy() * urban.to_numpy()), dtype=np.int64)


@dataclass(frozen=True, eq=False)
class UrbanPlaces:
    """Neighbourhoods and their blocks in one town.

    Attributes
    ----------
    seats : (k, 2) array
        Position of each neighbourhood.
    blocks : (b, 2) array
        Position of each block.
    part_of : (b,) array
        Neighbourhood of each block.
    """

    seats: Floats
    blocks: Floats
    part_of: Ints


def urban_places(
    town: Town,
    terrain: Terrain,
    owner: Ints,
    *,
    neighbourhoods: int,
    blocks: int,
    seed: int,
) -> UrbanPlaces:
    """Place neighbourhoods and blocks between the streets of a town.

    Parameters
    ----------
    town : Town
        The street grid.
    terrain, owner : Terrain, array
        Cells and the township of each: blocks stay on the ground of their own township.
    neighbourhoods, blocks : int
        How many to place.
    seed : int
        Seed of this town.

    Returns
    -------
    UrbanPlaces
        Every neighbourhood has at least one block.
    """
    rng = np.random.default_rng(seed)
    repeats = max(1, int(np.ceil(3.0 * blocks / len(town.xy))))
    spots = np.tile(town.xy, (repeats, 1))
    spots = spots + rng.uniform(-0.42, 0.42, size=spots.shape) * STREET_M
    own = owner[nearest_cell(terrain, spots)] == town.township
    on_cell = np.abs(terrain.xy[nearest_cell(terrain, spots)] - spots).max(axis=1) <= 150.0
    spots = spots[own & on_cell]
    picks = np.sort(rng.choice(len(spots), size=min(blocks, len(spots)), replace=False))
    places = spots[picks]
    _, label = kmeans2(places / 100.0, neighbourhoods, minit="++", rng=seed)
    label = label.astype(np.int64)
    for empty in np.setdiff1d(np.arange(neighbourhoods), label):
        label[int(np.bincount(label)[label].argmax())] = empty
    seats = np.stack([places[label == k][0] for k in range(neighbourhoods)]) + 7.0
    return UrbanPlaces(seats, places, label)


def nearest_cell(terrain: Terrain, spots: Floats) -> Ints:
    """Cell under each point; the first cell where there is none."""
    origin = terrain.xy[0] - np.array([terrain.col[0], terrain.row[0]]) * 300.0
    grid = np.rint((spots - origin) / 300.0).astype(np.int64)
    row = np.clip(grid[:, 1], 0, terrain.cell_id.shape[0] - 1)
    col = np.clip(grid[:, 0], 0, terrain.cell_id.shape[1] - 1)
    return np.asarray(np.maximum(terrain.cell_id[row, col], 0))


def size_weights(
    frame: pd.DataFrame, sources: Sources, seats: Seats, deep: Ints, rng: np.random.Generator
) -> Floats:
    """Relative size of settlements: towns alike, townships and villages unequal.

    Parameters
    ----------
    frame : DataFrame
        Columns kind, township (position), village (position), belt (bool).
    sources, seats : Sources, Seats
        Townships and their seats.
    deep : array
        Villages in valleys with tracks only.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    (s,) array
        Positive weights.
    """
    town = np.exp(rng.normal(0.0, 0.35, len(sources.townships)))
    town[seats.hollow] = 0.16
    town[seats.zone] = 0.25
    village = np.exp(rng.normal(0.0, 0.35, len(sources.villages)))
    village[deep] = 0.14
    own = rng.gamma(3.0, 1.0 / 3.0, len(frame)) + 0.08
    kind = frame.kind.map({"village": 1.5, "hamlet": 1.0, "neighbourhood": 1.0, "block": 1.0})
    place = np.clip(town[frame.township] * village[frame.village] * own, 0.02, 3.4)
    place = place * np.where(frame.belt, 0.42, 1.0) * kind.to_numpy()
    urban = frame.kind.isin(["neighbourhood", "block"]).to_numpy()
    return np.where(urban, rng.uniform(0.75, 1.2, len(frame)), place)
