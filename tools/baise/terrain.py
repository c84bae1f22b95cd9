"""A synthetic terrain: a grid of cells, and what it costs to cross them.

Valleys are the zero lines of smooth random fields: they wind, branch and meet as mountain
valleys do, and least-cost paths over the cost surface follow them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from tools.baise.sources import KARST_COUNTIES, Sources

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CELL_M = 300.0
COUNTY_INSET_M = 225.0
BORDER_INSET_M = 250.0


@dataclass(frozen=True, eq=False)
class Terrain:
    """Cells of the model area, in row-major order.

    Attributes
    ----------
    xy : (n, 2) array
        Cell centres in metres (EPSG:4507).
    cell_id : (rows, cols) array
        Number of each cell of the raster, -1 outside.
    row, col : (n,) arrays
        Raster position of each cell.
    county : (n,) array
        Position of the county in ``Sources.counties``.
    cost : (n,) array
        Cost of crossing, 1 in a valley floor and up to about 9 on a ridge.
    border_m : (n,) array
        Distance to the land border in metres.
    """

    xy: Floats
    cell_id: Ints
    row: Ints
    col: Ints
    county: Ints
    cost: Floats
    border_m: Floats

    def near(self, point: Floats) -> Floats:
        """Distance of every cell to a point, metres."""
        return np.asarray(np.hypot(*(self.xy - point).T))


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], sigma_cells: float) -> Floats:
    """Gaussian random field of unit variance with the given correlation length."""
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma_cells, mode="reflect")
    return np.asarray(field / field.std())


def valley_cost(
    rng: np.random.Generator, shape: tuple[int, int], *, sigmas: Sequence[float]
) -> Floats:
    """Cost surface whose low lines wind at several scales.

    Parameters
    ----------
    rng : Generator
        Seeded source of chance.
    shape : (int, int)
        Rows and columns of the raster.
    sigmas : sequence of float
        Correlation lengths in cells, from wide valleys to side valleys.

    Returns
    -------
    (rows, cols) array
        Values from 0 (valley floor at every scale) to 1 (ridge).
    """
    total = np.zeros(shape)
    share = 0.0
    for number, sigma in enumerate(sigmas):
        weight = 0.62**number
        wall = np.minimum(np.abs(smooth_noise(rng, shape, sigma)) * 1.15, 1.0)
        total += weight * wall
        share += weight
    return np.asarray(total / share)


def build_terrain(sources: Sources, rng: np.random.Generator) -> Terrain:
    """Lay a grid over the model area and give each cell a county and a cost.

    Cells keep clear of the outline of their county and of the border line, so that nothing
    modelled falls outside its county or beyond the border.

    Parameters
    ----------
    sources : Sources
        Boundaries in metres.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    Terrain
        About 400,000 cells of 300 m.
    """
    west, south, east, north = sources.land.bounds
    cols, rows = int((east - west) // CELL_M) + 1, int((north - south) // CELL_M) + 1
    xs = west + CELL_M * (np.arange(cols) + 0.5)
    ys = south + CELL_M * (np.arange(rows) + 0.5)
    grid_x, grid_y = np.meshgrid(xs, ys)
    county = np.full((rows, cols), -1)
    allowed = sources.land.difference(sources.border.buffer(BORDER_INSET_M))
    for position, outline in enumerate(sources.counties.geometry):
        part = outline.buffer(-COUNTY_INSET_M).intersection(allowed)
        shapely.prepare(part)
        box = part.bounds
        near_x = slice(*np.searchsorted(xs, [box[0], box[2]]))
        near_y = slice(*np.searchsorted(ys, [box[1], box[3]]))
        window = (near_y, near_x)
        inside = shapely.contains_xy(part, grid_x[window], grid_y[window])
        county[window][inside] = position
    rough = np.array([1.35 if c in KARST_COUNTIES else 1.0 for c in sources.counties.index])
    wall = valley_cost(rng, (rows, cols), sigmas=(14.0, 6.0, 2.6))
    row, col = np.nonzero(keep_largest(county >= 0))
    cell_id = np.full((rows, cols), -1)
    cell_id[row, col] = np.arange(len(row))
    where = county[row, col]
    xy = np.column_stack([xs[col], ys[row]])
    border_points = shapely.get_coordinates(shapely.segmentize(sources.border, 30.0))
    return Terrain(
        xy=xy,
        cell_id=cell_id,
        row=row,
        col=col,
        county=where,
        cost=1.0 + 7.0 * rough[where] * wall[row, col] ** 1.5,
        border_m=np.asarray(KDTree(border_points).query(xy)[0]),
    )


def keep_largest(mask: Bools) -> Bools:
    """Cells of the largest connected part; strips between counties count as bridged."""
    bridged = ndimage.binary_closing(mask, iterations=2)
    labels, _ = ndimage.label(bridged, structure=np.ones((3, 3)))
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(mask & (labels == int(sizes.argmax())))
