"""How many people live at each settlement: as tagged, from a population raster, or an equal share.

A raster holds people per cell, as those of WorldPop and GHSL do. Every cell whose centre lies in
the study goes whole to its nearest settlement, so that all people are counted, each once.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from scipy.spatial import cKDTree

from layout.core.arrays import Floats, Ints
from layout.core.files import small_file
from layout.core.problems import refuse
from layout.inputs.datum import WGS84, check_system, to_metres
from layout.inputs.rasters.geotiff import (
    MOST_BLOCK_CELLS,
    MOST_READ_CELLS,
    block_cells,
    is_tiff,
    opened_tiff,
)
from layout.inputs.rasters.height import cell_metres
from layout.inputs.tables.characters import half_width

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = [
    "CITY_SHARE",
    "EQUAL_SHARE",
    "RASTER",
    "TAGGED",
    "RasterPeople",
    "children_by_age",
    "even_shares",
    "peopled_cells",
    "raster_people",
    "read_age_shares",
    "tagged_people",
]

TAGGED, RASTER, EQUAL_SHARE, CITY_SHARE = "tagged", "raster", "equal_share", "city_share"
AGES = range(18)
MOST_PEOPLE = 50_000_000
FAR_M = 5_000.0
"""People farther than this from any settlement are reported: one may be missing."""

_MOST_BYTES = 100_000
"""Of shares of ages, which are eighteen rows."""
_BLOCK_CELLS = 4_000_000
_MOST_CELLS = 1_000_000_000


class RasterPeople(NamedTuple):
    """People by settlement from a raster, and what became of all others in its window.

    ``by_settlement`` has one number for each settlement; ``inside`` is their sum; ``outside`` are
    people of cells in the study's bounding box but not in the study; ``far`` those inside more
    than 5 km from their settlement. ``most_per_km2`` is the density of the fullest cell,
    ``filled`` counts cells that hold the greatest number of their type while no missing value is
    declared, ``beside`` are positions of settlements that lie beside the raster, or on a missing
    cell without people around.
    """

    by_settlement: Floats
    inside: float
    outside: float
    far: float
    most_per_km2: float
    filled: int
    beside: Ints


def tagged_people(text: str) -> float:
    """Read a population tag.

    Parameters
    ----------
    text
        As mappers write it: ``1200``, ``1,200``, ``1 200``, ``1.200``, ``~1200``, ``１２００``,
        ``1200 (2011)``, ``1200;1250``, ``1.2万``.

    Returns
    -------
    float
        People; NaN where no number can be read without doubt, or none above 0.
    """
    plain = half_width(text).strip().lstrip("~≈约").strip()
    plain = re.sub(r"\s*[（(].*[)）]\s*$", "", plain).split(";")[0]
    plain = re.sub(r"\s*(?:人|people|inhabitants)$", "", plain).strip()
    times = 1.0
    if plain.endswith("万"):
        plain, times = plain[:-1].strip(), 10_000.0
    # Groups of three digits are thousands, whatever parts them.
    if re.fullmatch(r"[0-9]{1,3}(?:[,. '’][0-9]{3})+", plain):
        plain = re.sub(r"[^0-9]", "", plain)
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,4})?", plain):
        return float("nan")
    people = float(plain) * times
    return people if 0 < people <= MOST_PEOPLE else float("nan")


def read_age_shares(path: Path) -> dict[int, float]:
    """Read the shares of ages in the population.

    Parameters
    ----------
    path
        CSV with columns ``age`` (0–17) and ``share`` (of all inhabitants, each 0–1).

    Returns
    -------
    dict
        Share by age, all of 0 to 17.

    Raises
    ------
    InputError
        If the file is missing or no such table, or ages are missing.
    """
    wrong = refuse("age-shares", file=path.name, columns=("age", "share"))
    try:
        # A path would also be unpacked, whatever its size.
        text = io.BytesIO(small_file(path, most_bytes=_MOST_BYTES))
        table = pd.read_csv(text, encoding="utf-8-sig")[["age", "share"]].astype("float64")
    except (OSError, ValueError, KeyError) as error:
        raise wrong from error
    # Other ages drop out; so does one of two equal ones, and the lengths differ.
    known = table[table["age"].isin(AGES)]
    shares = {int(age): float(share) for age, share in known.itertuples(index=False)}
    sound = all(0 <= share <= 1 for share in shares.values())
    if set(shares) != set(AGES) or len(table) != len(shares) or not sound:
        raise wrong
    return shares


def even_shares(share: float) -> dict[int, float]:
    """Return the same share for every age from 0 to 17."""
    return dict.fromkeys(AGES, share)


def children_by_age(people: Floats, shares: Mapping[int, float]) -> dict[int, Ints]:
    """Split people into whole children of each age, sums kept.

    Parameters
    ----------
    people
        Inhabitants by settlement, shape (n,).
    shares
        Share of each age.

    Returns
    -------
    dict
        Children by age, shape (n,): rounded down, the rest of the rounded total given one by one
        to the largest remainders (Hamilton's method), ties to the first; so the sum over
        settlements is that of all people, rounded.
    """
    children = {}
    for age, share in shares.items():
        # By settlement, shape (n,): exact numbers, whole ones, and the largest remainders first.
        exact = people * share
        whole = np.floor(exact).astype(np.int64)
        left = round(float(exact.sum())) - int(whole.sum())
        order = np.argsort(whole - exact, kind="stable")
        whole[order[:left]] += 1
        children[age] = whole
    return children


def raster_people(
    path: Path, settlements: gpd.GeoSeries, area: shapely.Geometry, *, crs: str
) -> RasterPeople:
    """Sum the cells of a population raster by nearest settlement.

    Parameters
    ----------
    path
        GeoTIFF with people per cell in its first band, in any coordinate system.
    settlements
        Points in EPSG:4326.
    area
        The study, in EPSG:4326; cells with their centre in it are counted.
    crs
        Projected CRS in metres, for distances.

    Returns
    -------
    RasterPeople
        Scale and offset are applied; missing, negative and infinite cells, and those of more than
        `MOST_PEOPLE`, count as nobody.

    Raises
    ------
    InputError
        If the file is no GeoTIFF, says no coordinate system, or holds nobody in the study.
    """
    points = to_metres(settlements, crs)
    tree = cKDTree(np.column_stack([points.x, points.y]))
    into_metres = pyproj.Transformer.from_crs(WGS84, crs, always_xy=True)
    shapely.prepare(area)
    people = np.zeros(len(settlements))
    outside = far = fullest = 0.0
    filled = 0
    for lon, lat, count, missing in peopled_cells(path, area):
        filled += missing
        fullest = max(fullest, float(count.max(initial=0.0)))
        # By cell, shape (cells,): whether its centre is in the study; then, of those, the metres.
        within = shapely.contains_xy(area, lon, lat)
        outside += float(count[~within].sum())
        if within.any():
            metres, nearest = tree.query(
                np.column_stack(into_metres.transform(lon[within], lat[within]))
            )
            people += np.bincount(nearest, count[within], minlength=len(people))
            far += float(count[within][metres > FAR_M].sum())
    if not people.sum() > 0:
        raise refuse("raster-empty", file=path.name)
    square_km = (cell_metres(path, file=path.name) / 1000) ** 2
    with _opened(path) as raster:
        beside = _without_number(raster, settlements, people)
    return RasterPeople(
        people, float(people.sum()), outside, far, fullest / square_km, filled, beside
    )


def peopled_cells(
    path: Path, area: shapely.Geometry
) -> Iterator[tuple[Floats, Floats, Floats, int]]:
    """Read the cells with people in the bounding box of an area, block by block.

    Parameters
    ----------
    path, area
        As for `raster_people`.

    Yields
    ------
    tuple
        Longitudes, latitudes and people of a block, shape (cells,) each, and the number of its
        cells that are taken as missing.
    """
    with _opened(path) as raster:
        yield from _peopled(path, raster, area)


@contextmanager
def _opened(path: Path) -> Iterator[DatasetReader]:
    from pyproj.exceptions import ProjError
    from rasterio.errors import RasterioError

    if not is_tiff(path):
        raise refuse("raster:not-tiff", file=path.name)
    try:
        with opened_tiff(path) as raster:
            yield raster
    except (RasterioError, ProjError) as error:
        # A damaged header may also name a system that cannot be calculated with.
        raise refuse("raster:unread", file=path.name, error=str(error)[:200]) from error


def _peopled(
    path: Path, raster: DatasetReader, area: shapely.Geometry
) -> Iterator[tuple[Floats, Floats, Floats, int]]:
    if raster.crs is None:
        raise refuse("crs-missing:raster", file=path.name)
    if raster.transform.is_degenerate:
        raise refuse("raster:cells", file=path.name)
    system = pyproj.CRS.from_wkt(raster.crs.to_wkt())
    check_system(system, file=path.name)
    back = pyproj.Transformer.from_crs(system, WGS84, always_xy=True)
    top, bottom, left, right = _window(raster, area, system)
    wide = right - left
    if wide <= 0 or bottom <= top:
        return
    large = wide * (bottom - top) > _MOST_CELLS or wide > MOST_READ_CELLS
    if large or block_cells(raster) > MOST_BLOCK_CELLS:
        raise refuse("raster-large", file=path.name)
    # Whole rows at a time, so that no more than about a block of cells is in memory.
    step = max(1, _BLOCK_CELLS // wide)
    for row in range(top, bottom, step):
        rows = min(step, bottom - row)
        block: Any = raster.read(1, window=((row, row + rows), (left, right)), masked=True)
        fill = _undeclared_fill(raster)
        missing = np.zeros(block.shape, dtype=bool) if fill is None else block.data == fill
        values = block.astype("float64").filled(0.0) * raster.scales[0] + raster.offsets[0]
        values[missing | np.ma.getmaskarray(block)] = 0.0
        # Nobody has ever lived in NaN, nor so many in one cell.
        values[~((values >= 0) & (values <= MOST_PEOPLE))] = 0.0
        # Row and column of each peopled cell; its centre is half a cell further.
        at_row, at_column = np.nonzero(values)
        x, y = raster.transform @ (at_column + left + 0.5, at_row + row + 0.5)
        lon, lat = back.transform(x, y)
        yield np.asarray(lon), np.asarray(lat), values[at_row, at_column], int(missing.sum())


def _undeclared_fill(raster: DatasetReader) -> int | None:
    """Greatest number of an integer type, which stands for nothing where no other is declared."""
    kind = np.dtype(raster.dtypes[0])
    if raster.nodata is not None or kind.kind not in "iu":
        return None
    return int(np.iinfo(kind).max)


def _without_number(raster: DatasetReader, settlements: gpd.GeoSeries, people: Floats) -> Ints:
    """Positions of the settlements beside the raster, or without people on a missing cell."""
    points = settlements.to_crs(raster.crs.to_wkt())
    places = np.column_stack([points.x, points.y])
    fill = _undeclared_fill(raster)
    found = list(raster.sample(places, indexes=1, masked=True))
    beside = [
        bool(np.ma.getmaskarray(value)[0]) or (fill is not None and int(value.data[0]) == fill)
        for value in found
    ]
    west, south, east, north = raster.bounds
    x, y = places.T
    outside = (x < west) | (x > east) | (y < south) | (y > north)
    return np.flatnonzero((np.array(beside) & (people == 0)) | outside)


def _window(
    raster: DatasetReader, area: shapely.Geometry, system: pyproj.CRS
) -> tuple[int, int, int, int]:
    """Rows and columns of the raster that the study's bounding box touches."""
    there = pyproj.Transformer.from_crs(WGS84, system, always_xy=True)
    west, south, east, north = there.transform_bounds(*shapely.bounds(area))
    columns, rows = [], []
    for x, y in ((west, south), (west, north), (east, south), (east, north)):
        column, row = ~raster.transform @ (x, y)
        columns.append(column)
        rows.append(row)
    if not np.isfinite([*columns, *rows]).all():
        # The raster's system cannot show the study at all.
        return 0, 0, 0, 0
    # Whole cells outward, cut to the raster.
    top, left = max(0, int(np.floor(min(rows)))), max(0, int(np.floor(min(columns))))
    bottom = min(raster.height, int(np.ceil(max(rows))))
    right = min(raster.width, int(np.ceil(max(columns))))
    return top, bottom, left, right
