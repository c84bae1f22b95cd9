"""Kindergartens: where they stand, how many places, who attends."""

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2

from tools.baise.choice import fill_places
from tools.baise.enrol import Flow
from tools.baise.reach import Reach
from tools.baise.supply import children
from tools.baise.terrain import Floats, Ints
from tools.baise.world import World

RURAL_M = 3000.0
URBAN_M = 1000.0
CLASS_PLACES = 30
TOWN_SUPPLY = (0.4, 0.98)
WILLING = 0.96


def place_kindergartens(
    world: World, primary: pd.DataFrame, seat: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """Where kindergartens stand.

    Parameters
    ----------
    world : World
        Settlements.
    primary : DataFrame
        Compulsory schools; some have attached classes.
    seat : (137,) array
        Settlement at each township's seat.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    DataFrame
        Columns settlement, type_code, role, township, ownership, classes; supply differs by
        county and stays behind the number of children.
    """
    frame = world.settlements
    supply = rng.uniform(0.8, 1.15, 12)
    in_town = rng.permutation(np.linspace(*TOWN_SUPPLY, 12))
    rows: list[tuple[int, str, str, str, int]] = []
    age = children(frame, 3, 5)
    urban = frame.town_like.to_numpy()
    for town in range(len(seat)):
        own = (frame.township == town).to_numpy()
        county = int(frame.county.to_numpy()[seat[town]])
        near = own & ~urban
        size = float(age[near].sum()) * supply[county] * 0.22
        classes = int(np.clip(round(size / CLASS_PLACES), 1, 10))
        rows.append((int(seat[town]), "111", "kindergarten", "public", classes))
        blocks = np.flatnonzero(own & urban)
        rows += town_kindergartens(frame, blocks, age, float(in_town[county]), rng)
    rows += village_kindergartens(frame, age, supply, set(seat.tolist()), rng)
    rows += attached_classes(frame, primary, rng)
    table = pd.DataFrame(rows, columns=["settlement", "type_code", "role", "ownership", "places"])
    table["township"] = frame.township.to_numpy()[table.settlement]
    table = table.rename(columns={"places": "n_classes"})
    return table.sort_values(["settlement", "type_code", "ownership"], ignore_index=True)


def town_kindergartens(
    frame: pd.DataFrame, blocks: Ints, age: Ints, supply: float, rng: np.random.Generator
) -> list[tuple[int, str, str, str, int]]:
    """Kindergartens among the blocks of a town, of all owners."""
    if len(blocks) == 0:
        return []
    number = max(1, round(float(age[blocks].sum()) * supply / 235.0))
    xy = frame[["x", "y"]].to_numpy()[blocks] / 100.0
    _, label = kmeans2(xy, number, minit="++", rng=int(blocks[0]) + 7)
    rows = []
    for part in np.unique(label):
        own = blocks[label == part]
        owner = str(rng.choice(["public", "inclusive", "private"], p=[0.4, 0.38, 0.22]))
        wanted = float(age[own].sum()) * supply * rng.uniform(0.7, 1.15) / CLASS_PLACES
        rows.append((int(own[0]), "111", "kindergarten", owner, int(np.clip(round(wanted), 3, 12))))
    return rows


def village_kindergartens(
    frame: pd.DataFrame,
    age: Ints,
    supply: Floats,
    taken: set[int],
    rng: np.random.Generator,
) -> list[tuple[int, str, str, str, int]]:
    """Kindergartens in a part of the villages, more where the county provides more."""
    villages = np.flatnonzero((frame.kind == "village").to_numpy())
    local = pd.Series(age).groupby(frame.village.to_numpy()).sum()
    rows = []
    counties, homes = frame.county.to_numpy(), frame.village.to_numpy()
    for place in villages.tolist():
        county = int(counties[place])
        size = float(local.loc[homes[place]])
        chance = 0.56 * supply[county] * min(size / 50.0, 1.6)
        if place in taken or rng.random() > chance:
            continue
        owner = str(rng.choice(["public", "inclusive", "private"], p=[0.5, 0.38, 0.12]))
        classes = int(np.clip(round(size * supply[county] * 1.3 / CLASS_PLACES), 1, 6))
        rows.append((place, "111", "kindergarten", owner, classes))
    return rows


def attached_classes(
    frame: pd.DataFrame, primary: pd.DataFrame, rng: np.random.Generator
) -> list[tuple[int, str, str, str, int]]:
    """A preschool class at some village primaries."""
    village = primary[(primary.role == "village") & (primary.type_code == "211")]
    chosen = village[rng.random(len(village)) < 0.3]
    return [(int(p), "119", "attached", "public", 1) for p in chosen.settlement]


def assign_preschool(frame: pd.DataFrame, table: pd.DataFrame, reach: Reach) -> list[Flow]:
    """Children in kindergartens by settlement, grade and kindergarten (position in ``table``).

    Older children first; the rest have no place and stay at home.
    """
    way = reach.metres(table.settlement.to_numpy(), limit_m=RURAL_M + 200.0)
    limit = np.where(frame.urban.to_numpy(), URBAN_M, RURAL_M)
    flows: list[Flow] = []
    for grade, column, share in (("k3", "age_4", 0.4), ("k2", "age_3", 0.34), ("k1", "age_2", 0)):
        every = table.n_classes.to_numpy() * CLASS_PLACES
        used = np.zeros(len(table), dtype=np.int64)
        for _, _, school, count in flows:
            used[school] += count if school >= 0 else 0
        places = every - used if grade == "k1" else np.rint(every * share).astype(np.int64)
        number = frame[column].to_numpy()
        willing = np.full(len(frame), WILLING if grade != "k1" else 0.8)
        taken = fill_places(way, limit, number, places, willing)
        flows += [(home, grade, school, count) for home, school, count in taken]
        rest = number.copy()
        for home, _, count in taken:
            rest[home] -= count
        flows += [(int(h), grade, -1, int(rest[h])) for h in np.flatnonzero(rest)]
    return flows
