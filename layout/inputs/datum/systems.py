"""Coordinate reference systems: check them, choose the one in metres, convert to and from it.

All tables of a study are in WGS 84 (EPSG:4326); all distances are taken in one projected system
in metres. CGCS2000 (EPSG:4490 and its projections) is taken as equal to WGS 84: the two frames
differ by less than a metre, below the error of any position used here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import geopandas as gpd
import pyproj
from pyproj.exceptions import CRSError, ProjError

from layout.core.problems import refuse

__all__ = ["WGS84", "choose_metre_crs", "metre_crs", "names_file", "parse_crs", "to_metres"]

WGS84 = "EPSG:4326"

_LONGEST_NAME = 10_000
_READS_FILES = re.compile("grid|file|init|pipeline", re.IGNORECASE)
"""Parts of a definition that name files of grids or of definitions."""

_FIRST_GK_EPSG, _FIRST_GK_MERIDIAN, _GK_ZONES = 4502, 75, 11
"""EPSG:4502 to 4512: CGCS2000 / Gauss-Kruger CM 75E to 135E, six degrees apart."""

_FILES = re.compile(
    r"PARAMETERFILE|\b(?:nadgrids|geoidgrids|grids|file|catalog|init)\s*=", re.IGNORECASE
)


def names_file(text: str) -> bool:
    """Tell whether a definition names a file, which the library of projections would open.

    Parameters
    ----------
    text
        A name, or a definition in any form.
    """
    return _FILES.search(text) is not None


def parse_crs(name: str, *, file: str = "") -> pyproj.CRS:
    """Read the name of a coordinate reference system.

    Parameters
    ----------
    name
        As ``EPSG:4507``.
    file
        Where it was written, for the problem.

    Returns
    -------
    pyproj.CRS
        The system.

    Raises
    ------
    InputError
        If no such system is known, or it is not of the Earth, or asks for files of its own.
    """
    try:
        return _of_the_earth(name)
    except ProjError as error:
        raise refuse("crs", file=file, column="crs", value=name) from error


@lru_cache(maxsize=64)
def _of_the_earth(name: str) -> pyproj.CRS:
    """The system of a name; a ProjError where it is none that positions can be converted to."""
    if len(name) > _LONGEST_NAME or _READS_FILES.search(name):
        raise CRSError(name)
    crs = pyproj.CRS.from_user_input(name)
    # One of another planet has no way from and to our degrees, which takes a while to find out.
    pyproj.Transformer.from_crs(WGS84, crs)
    return crs


def metre_crs(name: str, *, file: str = "") -> pyproj.CRS:
    """Read the name of a system in which distances are metres.

    Parameters
    ----------
    name
        As ``EPSG:4507``.
    file
        Where it was written, for the problem.

    Returns
    -------
    pyproj.CRS
        A projected system with both axes in metres.

    Raises
    ------
    InputError
        If the system is unknown, geographic (degrees), or in other units.
    """
    crs = parse_crs(name, file=file)
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    if crs.is_projected and units == {"metre"}:
        return crs
    raise refuse(
        "crs-not-metres", file=file, column="crs", value=name, units=", ".join(sorted(units))
    )


def choose_metre_crs(places: gpd.GeoSeries) -> str:
    """Choose a projected system in metres for an area.

    Parameters
    ----------
    places
        Geometries in EPSG:4326, not empty.

    Returns
    -------
    str
        Within China the six-degree Gauss–Krüger zone of CGCS2000 that holds the middle of the
        area, elsewhere its UTM zone.
    """
    west, south, east, north = places.total_bounds
    # Zones count from that of 75° E; each reaches three degrees either way.
    middle = (west + east) / 2
    zone = int((middle - (_FIRST_GK_MERIDIAN - 3)) // 6)
    if 0 <= zone < _GK_ZONES and south >= 18 and north <= 54:
        return f"EPSG:{_FIRST_GK_EPSG + zone}"
    # Zones of six degrees from 180° W; asking PROJ's list for one takes a tenth of a second.
    zone = int((middle + 180) // 6) % 60 + 1
    return f"EPSG:{(32_600 if south + north >= 0 else 32_700) + zone}"


def to_metres(geometry: Any, crs: str) -> Any:
    """Project a GeoSeries or GeoDataFrame to a system in metres.

    Parameters
    ----------
    geometry
        Must carry its own system.
    crs
        Projected system in metres.

    Returns
    -------
    GeoSeries or GeoDataFrame
        Same index, coordinates in metres.

    Raises
    ------
    InputError
        If the geometry carries no system, or `crs` is not one in metres.
    """
    if geometry.crs is None:
        raise refuse("crs-missing:geometry")
    return geometry.to_crs(metre_crs(crs))
