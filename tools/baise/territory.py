"""Which township each cell of the terrain belongs to, from the bounding boxes at hand."""

import numpy as np
import pandas as pd
from pyproj import Transformer
from scipy.cluster.vq import kmeans2

from tools.baise.sources import MODEL_CRS, WGS84, Sources
from tools.baise.terrain import Floats, Ints, Terrain

BOX_INSET_DEG = 0.0017
SMALL_BOX_KM2 = 60.0


def territories(sources: Sources, terrain: Terrain, *, seed: int) -> Ints:
    """Give every cell a township.

    A cell inside several boxes goes to the one whose centre is relatively nearest; what no box
    covers goes to the townships of the county that have none.

    Parameters
    ----------
    sources : Sources
        Townships with their boxes.
    terrain : Terrain
        The cells.
    seed : int
        Seed of the split of a rest between several townships.

    Returns
    -------
    (n,) array
        Position of the township in ``sources.townships``, -1 where none may settle.
    """
    owner = np.full(len(terrain.xy), -1)
    turn = Transformer.from_crs(MODEL_CRS, WGS84, always_xy=True)
    lonlat = np.column_stack(turn.transform(*terrain.xy.T))
    for position, code in enumerate(sources.counties.index):
        cells = np.flatnonzero(terrain.county == position)
        towns = sources.townships[sources.townships.county_code == code]
        boxed = towns[towns.bbox_west.notna()]
        bounds = box_bounds(boxed)
        score = box_scores(lonlat[cells], bounds, boxed)
        best = np.asarray(score.argmin(axis=1))
        inside = np.isfinite(score[np.arange(len(cells)), best])
        owner[cells[inside]] = boxed.index.to_numpy()[best[inside]]
        rest = cells[outside_all(lonlat[cells], bounds)]
        share_rest(owner, rest, terrain, towns[towns.bbox_west.isna()], seed=seed)
    return owner


def box_bounds(boxed: pd.DataFrame) -> Floats:
    """Boxes as (k, 4): west, south, east, north in degrees."""
    sides = [f"bbox_{side}" for side in ("west", "south", "east", "north")]
    return np.asarray(boxed[sides].to_numpy(dtype=float))


def box_scores(lonlat: Floats, bounds: Floats, boxed: pd.DataFrame) -> Floats:
    """Relative distance of cells to box centres, infinite outside the box.

    Small boxes (industrial zones) win over the large ones around them.
    """
    centre = (bounds[:, :2] + bounds[:, 2:]) / 2
    half = (bounds[:, 2:] - bounds[:, :2]) / 2
    away = np.abs(lonlat[:, None, :] - centre[None])
    inside = (away <= half - BOX_INSET_DEG).all(axis=2)
    small = boxed.bbox_area_km2.to_numpy() < SMALL_BOX_KM2
    score = (away / half).max(axis=2) * np.where(small, 0.2, 1.0)
    return np.where(inside, score, np.inf)


def outside_all(lonlat: Floats, bounds: Floats) -> Ints:
    """Positions of the cells that lie clear of every box."""
    low = lonlat[:, None, :] > bounds[None, :, :2] - BOX_INSET_DEG
    high = lonlat[:, None, :] < bounds[None, :, 2:] + BOX_INSET_DEG
    covered = np.any(np.all(low & high, axis=2), axis=1)
    return np.flatnonzero(~covered)


def share_rest(
    owner: Ints, rest: Ints, terrain: Terrain, towns: pd.DataFrame, *, seed: int
) -> None:
    """Split what the boxes leave of a county between its townships without a box, in place."""
    if len(towns) == 0 or len(rest) == 0:
        return
    if len(towns) == 1:
        owner[rest] = towns.index[0]
        return
    _, label = kmeans2(terrain.xy[rest] / 1000.0, len(towns), minit="++", rng=seed)
    size = np.bincount(label, minlength=len(towns))
    groups = np.argsort(-size, kind="stable")
    order = towns.sort_values("n_villages", ascending=False, kind="stable").index.to_numpy()
    for group, town in zip(groups, order, strict=True):
        owner[rest[label == group]] = town
