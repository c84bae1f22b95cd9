"""Which school each settlement's children attend: mostly the nearest, within its capacity."""

import numpy as np
from numpy.typing import NDArray

from tools.baise.terrain import Bools, Floats, Ints

ROUNDS = 40
NEAREST = 8


def balanced(
    way: NDArray[np.float32],
    offers: Bools,
    demand: Ints,
    capacity: Floats,
    *,
    step_m: float = 260.0,
    taste_m: float = 0.0,
    rng: np.random.Generator,
) -> Ints:
    """Nearest school with a surcharge on the crowded ones, raised until loads fit.

    Parameters
    ----------
    way : (k, s) array
        Metres between schools and settlements.
    offers : (k,) bool array
        Whether a school offers the grade.
    demand : (s,) array
        Pupils of each settlement.
    capacity : (k,) array
        Load above which a school gets a surcharge.
    step_m : float
        Metres of surcharge for a load of twice the capacity, in the first round.
    taste_m : float
        Largest difference, in metres, that families see between schools for other reasons.
    rng : Generator
        Seeded source of taste.

    Returns
    -------
    (s,) array
        Position of the school, -1 where none is within the distances known.
    """
    price = np.zeros(len(offers))
    schools = np.flatnonzero(offers)
    metres = way[schools].astype(np.float64)
    metres += rng.uniform(0.0, taste_m, size=metres.shape) if taste_m > 0 else 0.0
    order = np.argsort(metres, axis=0, kind="stable")[:NEAREST]
    near = np.take_along_axis(metres, order, axis=0)
    columns = np.arange(way.shape[1])
    for number in range(ROUNDS):
        pick = order[(near + price[schools][order]).argmin(axis=0), columns]
        load = np.bincount(schools[pick], weights=demand, minlength=len(offers))
        over = load / np.maximum(capacity, 1.0)
        price = np.maximum(0.0, price + step_m / (1 + number / 6) * np.clip(over - 1.0, -0.6, 1.5))
    return np.where(np.isfinite(metres[pick, columns]), schools[pick], -1)


def fill_places(
    way: NDArray[np.float32], limit_m: Floats, children: Ints, places: Ints, willing: Floats
) -> list[tuple[int, int, int]]:
    """Fill kindergartens from near to far until their places are taken.

    Parameters
    ----------
    way : (k, s) array
        Metres between kindergartens and settlements.
    limit_m : (s,) array
        Longest way of each settlement.
    children : (s,) array
        Children of each settlement.
    places : (k,) array
        Places of each kindergarten.
    willing : (s,) array
        Share of children whose parents would send them.

    Returns
    -------
    list of (settlement, kindergarten, children)
        Flows, by settlement.
    """
    left = np.floor(children * willing + 0.5).astype(np.int64)
    free = places.copy()
    school, home = np.nonzero(way <= limit_m[None, :])
    order = np.lexsort((home, school, way[school, home]))
    flows: dict[tuple[int, int], int] = {}
    for k, s in zip(school[order].tolist(), home[order].tolist(), strict=True):
        take = int(min(left[s], free[k]))
        if take > 0:
            flows[s, k] = take
            left[s] -= take
            free[k] -= take
    return [(s, k, number) for (s, k), number in sorted(flows.items())]
