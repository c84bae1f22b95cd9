"""Coordinates as tables hold them, in any datum or zone, to longitude and latitude of WGS 84.

Chinese surveys give CGCS2000 in Gauss–Krüger zones of three or six degrees. With the number of the
zone in front of the easting (35,412,345 m) a coordinate says which zone it is in; without it
(412,345 m) the zone must be declared.
"""

from __future__ import annotations

import re

import numpy as np
import pyproj

from layout.core.arrays import Floats, Ints
from layout.core.problems import refuse
from layout.inputs.datum.detect import DATUMS, in_wgs84
from layout.inputs.datum.systems import WGS84, parse_crs

__all__ = ["THREE_DEGREES", "datum_named", "degrees_of", "prefixed_zone", "zone_at", "zone_crs"]


_NAMES = {
    "WGS 84": ("wgs84", "epsg4326", "gps"),
    "CGCS2000": ("cgcs2000", "epsg4490", "国家2000", "大地2000", "2000国家大地坐标系", "天地图"),
    "GCJ-02": ("gcj02", "gcj", "国测局", "火星坐标", "高德", "腾讯", "amap", "tencent"),
    "BD-09": ("bd09", "bd09ll", "百度", "baidu"),
}
_BY_NAME = {name: datum for datum, names in _NAMES.items() for name in names}

_SIX_DEGREES = range(13, 24)
THREE_DEGREES = range(25, 46)
"""Numbers of the three-degree zones of CGCS2000; the middle of zone n is the meridian 3 n° E."""
_SIX_FIRST_EPSG, _THREE_FIRST_EPSG = 4491, 4513
"""EPSG:4491 to 4501 are the zones 13 to 23, EPSG:4513 to 4533 the zones 25 to 45."""

_NORTHINGS = (300_000.0, 6_500_000.0)
"""Northings of China, from the southern islands to beyond the northern end, in metres."""


def datum_named(name: str, *, file: str = "", key: str = "datum") -> str:
    """Read the name of a datum.

    Parameters
    ----------
    name
        ``WGS 84``, ``CGCS2000``, ``GCJ-02``, ``BD-09`` in any usual spelling, or the EPSG code
        of a projected system in metres, as ``EPSG:4544``.
    file, key
        Where it was written, for the problem.

    Returns
    -------
    str
        ``WGS 84`` (CGCS2000 is taken as such), ``GCJ-02``, ``BD-09`` or ``EPSG:…``.

    Raises
    ------
    InputError
        If no such datum is known.
    """
    plain = re.sub(r"[\s_\-:]", "", name).lower()
    if plain in _BY_NAME:
        datum = _BY_NAME[plain]
        return "WGS 84" if datum == "CGCS2000" else datum
    # A code is taken for projected systems; geographic ones are known by their names alone.
    if re.fullmatch(r"epsg\d{4,6}", plain):
        code = f"EPSG:{plain[4:]}"
        if parse_crs(code, file=file).is_projected:
            return code
    raise refuse("datum-unknown", file=file, column=key, value=name)


def zone_at(lon: float) -> int:
    """Return the number of the three-degree zone that a longitude in degrees lies in."""
    return int((lon + 1.5) // 3)


def zone_crs(zone: int) -> str:
    """Return the system of a three-degree zone whose eastings begin with its number.

    Parameters
    ----------
    zone
        One of `THREE_DEGREES`.
    """
    return f"EPSG:{_THREE_FIRST_EPSG + zone - THREE_DEGREES[0]}"


def prefixed_zone(easting: Floats, northing: Floats) -> Ints:
    """Tell the CGCS2000 zone from eastings that begin with its number.

    Parameters
    ----------
    easting, northing
        Metres, shape (n,).

    Returns
    -------
    numpy.ndarray
        EPSG code of each point's zone, shape (n,); 0 where the easting names none.
    """
    # Millions of metres are the zone's number, the rest is the easting within the zone.
    zone = np.floor(np.nan_to_num(easting) / 1e6).astype(np.int64)
    offset = np.nan_to_num(easting) - zone * 1e6
    sound = ((offset > 100_000) & (offset < 900_000) & (northing > _NORTHINGS[0])) & (
        northing < _NORTHINGS[1]
    )
    # The numbers of six-degree and of three-degree zones do not overlap.
    six = np.isin(zone, _SIX_DEGREES)
    three = np.isin(zone, THREE_DEGREES)
    code = np.where(six, _SIX_FIRST_EPSG + zone - _SIX_DEGREES[0], 0)
    code = np.where(three, _THREE_FIRST_EPSG + zone - THREE_DEGREES[0], code)
    return np.where(sound, code, 0)


def degrees_of(x: Floats, y: Floats, datum: str) -> tuple[Floats, Floats]:
    """Convert coordinates as a table holds them to WGS 84.

    Parameters
    ----------
    x, y
        Longitude and latitude in degrees, or easting and northing in metres; shape (n,). Where
        the declaration names no projected system, a point whose easting begins with a zone's
        number is taken to be in that zone, also with the two exchanged, as Chinese surveys call
        the northing x.
    datum
        As `datum_named` returns it.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in degrees. What is neither degrees nor a zone's metres stays.
    """
    if datum not in DATUMS:
        lon, lat = _unprojected(x, y, datum)
        return lon, lat
    lon, lat = in_wgs84(x, y, datum) if datum != "WGS 84" else (x.copy(), y.copy())
    # Put the easting first wherever the second column begins with a zone's number.
    turned = prefixed_zone(y, x) > 0
    east, north = np.where(turned, y, x), np.where(turned, x, y)
    zones = prefixed_zone(east, north)
    for code in np.unique(zones[zones > 0]):
        here = zones == code
        lon[here], lat[here] = _unprojected(east[here], north[here], f"EPSG:{code}")
    return lon, lat


def _unprojected(east: Floats, north: Floats, crs: str) -> tuple[Floats, Floats]:
    # Easting first, whatever order the system's definition has.
    way = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    lon, lat = way.transform(east, north)
    return np.asarray(lon), np.asarray(lat)
