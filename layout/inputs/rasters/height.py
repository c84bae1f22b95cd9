"""Height models: GeoTIFFs of metres above the sea, checked, smoothed and read at points."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyproj
from scipy.ndimage import uniform_filter

from layout.core.arrays import Floats
from layout.core.problems import refuse
from layout.inputs.datum import WGS84, check_system
from layout.inputs.rasters.geotiff import (
    MOST_BLOCK_CELLS,
    MOST_READ_CELLS,
    block_cells,
    is_tiff,
    opened_tiff,
)

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = ["HEIGHT_SUFFIXES", "RUN_M", "cell_metres", "check_heights", "heights_at"]

HEIGHT_SUFFIXES = (".tif", ".tiff")

RUN_M = 100.0
"""Run over which gradients are taken: heights are means of squares of at least this side.

A planner's default. Cells of 30 m are wrong by some metres each, so that the gradient from one to
the next is often 10 % and more on level ground; over 100 m the error is 1–2 %.
"""

LOWEST_M, HIGHEST_M = -500.0, 9000.0
"""Values outside count as missing, whatever the file declares as such."""

_STRIP_CELLS = 4_000_000
_MOST_CELLS = 1_000_000_000
_METRE_NAMES = frozenset({"", "m", "metre", "metres", "meter", "meters", "米"})


def check_heights(path: Path, *, file: str) -> None:
    """Check that a file is a height model that can be used.

    Parameters
    ----------
    path
        The file.
    file
        Its name, for the problem.

    Raises
    ------
    InputError
        It is no GeoTIFF, says no coordinate system, holds no metres, or is too large.
    """
    with _opened(path, file) as raster:
        if raster.crs is None:
            raise refuse("crs-missing:height", file=file, column="inputs.height")
        if raster.transform.is_degenerate or np.dtype(raster.dtypes[0]).kind not in "iuf":
            raise refuse("height-model:cells", file=file, column="inputs.height")
        check_system(pyproj.CRS.from_wkt(raster.crs.to_wkt()), file=file)
        if not _in_metres(raster):
            raise refuse("height-unit", file=file, column="inputs.height")
        cells = raster.width * raster.height
        if cells > _MOST_CELLS or block_cells(raster) > MOST_BLOCK_CELLS:
            raise refuse("height-large", file=file, column="inputs.height")


def cell_metres(path: Path, *, file: str) -> float:
    """Return the side of a cell in metres, in the middle of a height model.

    Parameters
    ----------
    path, file
        As for `check_heights`.
    """
    with _opened(path, file) as raster:
        return float(np.sqrt(np.prod(_cell(raster))))


def heights_at(path: Path, lon: Floats, lat: Floats, *, file: str) -> Floats:
    """Read heights at points.

    Parameters
    ----------
    path, file
        As for `check_heights`, which has looked at it.
    lon, lat
        Floats in EPSG:4326, shape (n,).

    Returns
    -------
    numpy.ndarray
        Metres, shape (n,), NaN outside the model and beside cells without a height: bilinear
        between the centres of four cells, each the mean of the smallest odd number of cells that
        spans `RUN_M` either way (its own height where some of them are missing). So the gradient
        at a point is that over a run of `RUN_M`, and a plane stays a plane.
    """
    heights = np.full(len(lon), np.nan)
    with _opened(path, file) as raster:
        system = pyproj.CRS.from_wkt(raster.crs.to_wkt()).to_2d()
        x, y = pyproj.Transformer.from_crs(WGS84, system, always_xy=True).transform(lon, lat)
        # Places in the raster as fractions of columns and rows, shape (n,).
        column, row = ~raster.transform @ (np.asarray(x), np.asarray(y))
        column, row = column - 0.5, row - 0.5  # counted from the centre of the first cell
        inside = (column >= 0) & (column <= raster.width - 1)
        inside &= (row >= 0) & (row <= raster.height - 1)
        # Positions of the points on the model; sorted by row, so that each strip is read once.
        at = np.flatnonzero(inside)
        if not len(at):
            return heights
        at = at[np.argsort(row[at], kind="stable")]
        strips = _strips(raster, column[at])
        # Rows of a strip with its margins, of columns that may be far apart.
        rows = min(raster.height, strips.rows + 1 + strips.size[0])
        if rows * (strips.right - strips.left) > MOST_READ_CELLS:
            raise refuse("height-large", file=file, column="inputs.height")
        # Row of cells above each point; a strip answers for the points whose row above is in it.
        above = np.floor(row[at]).astype(np.int64)
        for first in range(int(above[0]), int(above[-1]) + 1, strips.rows):
            begin, end = np.searchsorted(above, [first, first + strips.rows])
            if end > begin:
                some = at[begin:end]
                values, top = _read(raster, strips, first)
                heights[some] = _between(values, row[some] - top, column[some] - strips.left)
    return heights


class _Strips(NamedTuple):
    """Columns of a raster that are wanted, rows read at once, rows and columns of a mean."""

    left: int
    right: int
    rows: int
    size: tuple[int, int]


def _strips(raster: DatasetReader, column: Floats) -> _Strips:
    wide, high = _cell(raster)
    size = _odd(RUN_M / high), _odd(RUN_M / wide)
    left = max(0, int(np.floor(column.min())) - size[1] // 2)
    right = min(raster.width, int(np.floor(column.max())) + 2 + size[1] // 2)
    return _Strips(left, right, max(1, _STRIP_CELLS // (right - left)), size)


def _read(raster: DatasetReader, strips: _Strips, first: int) -> tuple[Floats, int]:
    """Smoothed heights of a strip from row `first` on, and the row that they begin with.

    One row more lies below, to read between, and a margin around, to take means with.
    """
    margin = strips.size[0] // 2
    top = max(0, first - margin)
    bottom = min(raster.height, first + strips.rows + 1 + margin)
    window = ((top, bottom), (strips.left, strips.right))
    # Metres, shape (rows, columns), NaN where there is no height.
    block: Any = raster.read(1, window=window, masked=True)
    values = block.astype("float64").filled(np.nan)
    values = values * raster.scales[0] + raster.offsets[0]
    values[~((values >= LOWEST_M) & (values <= HIGHEST_M))] = np.nan
    return _smoothed(values, strips.size), top


def _smoothed(values: Floats, size: tuple[int, int]) -> Floats:
    """Means of windows; where one is not whole, the height of the cell itself."""
    # Missing cells and those beyond the edge count as zero; `share` shows which means are spoilt.
    known = np.isfinite(values)
    mean = uniform_filter(np.where(known, values, 0.0), size=size, mode="constant")
    share = uniform_filter(known.astype("float64"), size=size, mode="constant")
    smoothed: Floats = np.where(share > 1 - 1e-9, mean, values)
    return smoothed


def _between(values: Floats, row: Floats, column: Floats) -> Floats:
    """Bilinear between the four cells around each place."""
    # Cell above and left of each place; on the last row or column the one before.
    r = np.minimum(np.floor(row).astype(np.int64), max(values.shape[0] - 2, 0))
    c = np.minimum(np.floor(column).astype(np.int64), max(values.shape[1] - 2, 0))
    down, right = row - r, column - c
    below, beside = np.minimum(r + 1, values.shape[0] - 1), np.minimum(c + 1, values.shape[1] - 1)
    upper = values[r, c] * (1 - right) + values[r, beside] * right
    lower = values[below, c] * (1 - right) + values[below, beside] * right
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float64)


def _odd(cells: float) -> int:
    """Return the smallest odd whole number not below a number of cells."""
    least = max(1, int(np.ceil(cells - 1e-6)))
    return least + 1 - least % 2


def _cell(raster: DatasetReader) -> tuple[float, float]:
    """Width and height of the middle cell in metres."""
    system = pyproj.CRS.from_wkt(raster.crs.to_wkt()).to_2d()
    back = pyproj.Transformer.from_crs(system, WGS84, always_xy=True)
    column, row = raster.width / 2, raster.height / 2
    # Corners of the middle cell: its first, the next to the right, the next below.
    corners = [raster.transform @ place for place in ((column, row), (column + 1, row))]
    corners.append(raster.transform @ (column, row + 1))
    # Width and height as geodesic distances, whatever the unit of the raster's system.
    lon, lat = back.transform(*np.transpose(corners))
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(lon[[0, 0]], lat[[0, 0]], lon[1:], lat[1:])
    return max(float(metres[0]), 0.1), max(float(metres[1]), 0.1)


def _in_metres(raster: DatasetReader) -> bool:
    """Whether neither the band nor a vertical system names another unit."""
    if (raster.units[0] or "").strip().lower() not in _METRE_NAMES:
        return False
    system = pyproj.CRS.from_wkt(raster.crs.to_wkt())
    # Axes that point up, of the whole system and of the parts of a compound one.
    vertical = [axis for part in (system, *system.sub_crs_list) for axis in part.axis_info]
    return all(axis.unit_conversion_factor == 1 for axis in vertical if axis.direction == "up")


@contextmanager
def _opened(path: Path, file: str) -> Iterator[DatasetReader]:
    from pyproj.exceptions import CRSError, ProjError
    from rasterio.errors import RasterioError

    if not is_tiff(path):
        raise refuse("height-model:not-tiff", file=file, column="inputs.height")
    try:
        with opened_tiff(path) as raster:
            yield raster
    except (RasterioError, ProjError, CRSError) as error:
        # A damaged header may also name a system that cannot be calculated with.
        raise refuse(
            "height-model:unread", file=file, column="inputs.height", error=str(error)[:200]
        ) from error
