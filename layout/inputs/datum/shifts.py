"""GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, with exact inverses.

Neither has an EPSG code. GCJ-02 (AMap, Tencent, 天地图 aside nearly all maps for the public) moves
a point of WGS 84 by 100–700 m along a smooth field of waves; BD-09 (Baidu) moves GCJ-02 once more,
by about a kilometre. The formulas are those in public use since 2010; their inverses are found by
iteration and hold to well under a millimetre.
"""

from __future__ import annotations

import numpy as np

from layout.core.arrays import Bools, Floats

__all__ = ["bd09_to_wgs84", "gcj02_to_wgs84", "in_china", "wgs84_to_bd09", "wgs84_to_gcj02"]

Points = tuple[Floats, Floats]
"""Longitudes and latitudes."""

_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
"""Krassovsky's ellipsoid, as the public formula has it."""

_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
"""The rectangle within which the formula shifts; outside it GCJ-02 is WGS 84."""

_ROUNDS = 12
"""The field changes by less than 2 % of a step, so each round gains more than a digit and a half;
twelve end below the last bit of a degree."""


def in_china(lon: Floats, lat: Floats) -> Bools:
    """Tell which points lie in the rectangle that GCJ-02 shifts.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n,).
    """
    inside: Bools = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return inside


def wgs84_to_gcj02(lon: Floats, lat: Floats) -> Points:
    """Shift WGS 84 to GCJ-02.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in degrees; points outside the rectangle stay.
    """
    inside = in_china(lon, lat)
    d_lon, d_lat = _field(lon, lat)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def gcj02_to_wgs84(lon: Floats, lat: Floats) -> Points:
    """Shift GCJ-02 back to WGS 84, exactly.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).

    Returns
    -------
    tuple of numpy.ndarray
        The fixed point of p = q − field(p): p such that `wgs84_to_gcj02` gives back the input.
        Within a kilometre of the rectangle's edge a point may have two origins or none.
    """
    inside = in_china(lon, lat)
    # From the shifted point on: subtract the shift of the place reached so far.
    at_lon, at_lat = lon, lat
    for _ in range(_ROUNDS):
        d_lon, d_lat = _field(at_lon, at_lat)
        at_lon, at_lat = lon - d_lon, lat - d_lat
    return np.where(inside, at_lon, lon), np.where(inside, at_lat, lat)


def wgs84_to_bd09(lon: Floats, lat: Floats) -> Points:
    """Shift WGS 84 to BD-09.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in degrees; points outside the rectangle stay.
    """
    inside = in_china(lon, lat)
    bd_lon, bd_lat = _baidu(*wgs84_to_gcj02(lon, lat))
    return np.where(inside, bd_lon, lon), np.where(inside, bd_lat, lat)


def bd09_to_wgs84(lon: Floats, lat: Floats) -> Points:
    """Shift BD-09 back to WGS 84, exactly.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).

    Returns
    -------
    tuple of numpy.ndarray
        As for `gcj02_to_wgs84`.
    """
    inside = in_china(lon, lat)
    # The constant shift first; then add what the way back still misses by.
    gcj_lon, gcj_lat = lon - 0.0065, lat - 0.006
    for _ in range(_ROUNDS):
        bd_lon, bd_lat = _baidu(gcj_lon, gcj_lat)
        gcj_lon, gcj_lat = gcj_lon + (lon - bd_lon), gcj_lat + (lat - bd_lat)
    wgs_lon, wgs_lat = gcj02_to_wgs84(gcj_lon, gcj_lat)
    return np.where(inside, wgs_lon, lon), np.where(inside, wgs_lat, lat)


def _field(lon: Floats, lat: Floats) -> Points:
    """What GCJ-02 adds at a point of WGS 84, in degrees."""
    # Degrees from 105° E, 35° N, the origin of the published polynomials.
    x, y = lon - 105.0, lat - 35.0
    # Short waves along x that move both coordinates alike, in metres.
    short = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east_m += (2.0 / 3.0) * (
        short
        + 20.0 * np.sin(np.pi * x)
        + 40.0 * np.sin(np.pi * x / 3.0)
        + 150.0 * np.sin(np.pi * x / 12.0)
        + 300.0 * np.sin(np.pi * x / 30.0)
    )
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north_m += (2.0 / 3.0) * (
        short
        + 20.0 * np.sin(np.pi * y)
        + 40.0 * np.sin(np.pi * y / 3.0)
        + 160.0 * np.sin(np.pi * y / 12.0)
        + 320.0 * np.sin(np.pi * y / 30.0)
    )
    # From metres to radians by the radii of curvature across and along the meridian.
    phi = np.radians(lat)
    w2 = 1.0 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    across_m = _AXIS_M / np.sqrt(w2) * np.cos(phi)
    along_m = _AXIS_M * (1.0 - _ECCENTRICITY_2) / w2**1.5
    return np.degrees(east_m / across_m), np.degrees(north_m / along_m)


def _baidu(lon: Floats, lat: Floats) -> Points:
    """GCJ-02 to BD-09: a small wobble in polar coordinates, then a shift of about a kilometre."""
    # Polar coordinates of the degrees themselves, as if on a plane.
    wave = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * wave)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * wave)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
