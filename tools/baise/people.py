"""Children of every settlement by single year of age; county sums equal the census exactly."""

import numpy as np
import pandas as pd

from tools.baise.sources import Sources
from tools.baise.terrain import Floats, Ints

AGES = 18
BAND_CAP = 60
BANDS = {"age_0": (0, 1), "age_1_4": (1, 5), "age_5_9": (5, 10), "age_10_14": (10, 15)}
SLOPES = {
    "age_0": (1.0,),
    "age_1_4": (0.93, 0.98, 1.03, 1.06),
    "age_5_9": (1.0, 1.005, 1.0, 0.995, 1.0),
    "age_10_14": (0.995, 1.0, 1.005, 1.0, 1.0),
}
OLDER = (0.98, 0.95, 0.92)


def largest_remainder(total: int, weights: Floats) -> Ints:
    """Whole numbers in proportion to ``weights`` that sum to ``total`` exactly."""
    exact = total * weights / weights.sum()
    whole: Ints = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def ages_of_county(census: pd.Series) -> Ints:
    """Children of a county by single year of age.

    Parameters
    ----------
    census : Series
        age_0, age_1_4, age_5_9, age_10_14 as counted in 2020.

    Returns
    -------
    (18,) array
        Ages 0–14 sum to the bands; 15–17 are modelled from the band below.
    """
    ages = np.zeros(AGES, dtype=np.int64)
    for band, (first, last) in BANDS.items():
        ages[first:last] = largest_remainder(int(census[band]), np.array(SLOPES[band]))
    ages[15:] = np.rint(ages[10:15].mean() * np.array(OLDER)).astype(np.int64)
    return ages


def settle_children(
    sources: Sources,
    county: Ints,
    town_like: np.ndarray,
    weight: Floats,
    rng: np.random.Generator,
) -> Ints:
    """Spread the children of each county over its settlements.

    Parameters
    ----------
    sources : Sources
        Census by county.
    county : (s,) array
        Position of the county of each settlement.
    town_like : (s,) bool array
        Settlements of towns; they get the urban share of the county.
    weight : (s,) array
        Relative size within town or country of the county.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    (s, 18) array
        Whole children by age; every county's ages sum exactly, no settlement has more than 60
        children in any three consecutive ages.
    """
    table = np.zeros((len(county), AGES), dtype=np.int64)
    for position, code in enumerate(sources.counties.index):
        row = sources.census.loc[code]
        totals = ages_of_county(row)
        urban = float(row.urban_percent) / 100.0 * 0.96
        members = np.flatnonzero(county == position)
        share = np.zeros(len(members))
        for part, part_share in ((True, urban), (False, 1.0 - urban)):
            chosen = town_like[members] == part
            values = weight[members[chosen]]
            share[chosen] = part_share * values / values.sum()
        counts = np.stack([rng.multinomial(total, share) for total in totals], axis=1)
        table[members] = even_out(counts, town_like[members])
    return table


def three_ages(counts: Ints) -> Ints:
    """Sum of every three consecutive ages, (s, 16)."""
    return counts[:, :-2] + counts[:, 1:-1] + counts[:, 2:]


def even_out(counts: Ints, kind: np.ndarray) -> Ints:
    """Move single children out of settlements over the cap to the emptiest of the same kind."""
    counts = counts.copy()
    for crowded in np.flatnonzero((three_ages(counts) > BAND_CAP).any(axis=1)):
        while (excess := three_ages(counts[[crowded]])[0]).max() > BAND_CAP:
            start = int(excess.argmax())
            age = start + int(counts[crowded, start : start + 3].argmax())
            room = np.where(kind == kind[crowded], three_ages(counts).max(axis=1), 10**6)
            taker = int(room.argmin())
            counts[crowded, age] -= 1
            counts[taker, age] += 1
    return counts
