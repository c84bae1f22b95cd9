"""Coordinate systems that are read but not trusted: no known way to WGS 84, a scale far from 1."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pyproj
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from layout.inputs.datum.systems import WGS84

__all__ = ["is_ballpark", "scale_error"]

_OLD = re.compile(r"xi.?an.{0,3}1?9?80|beijing.{0,3}1?9?54|new.{0,3}beijing|krassow", re.I)
"""Frames of China whose parameters to WGS 84 are not public: 100 m and more."""
_EQUAL = re.compile(
    r"wgs.{0,3}(?:19)?84|world geodetic system 1984|cgcs|china.*2000|etrs|itrf|igs|gda.?2020", re.I
)
"""Frames within a metre of WGS 84, whether or not a way is registered."""

_MOST_METRES = 1e9
"""Eastings and northings with zone numbers in front are far below this."""


def is_ballpark(crs: pyproj.CRS) -> bool:
    """Tell whether positions of a system become those of WGS 84 by an unknown error.

    Parameters
    ----------
    crs
        Any system.

    Returns
    -------
    bool
        True for Xian 1980 and Beijing 1954, and where PROJ knows only a “ballpark” step.
    """
    base = crs.geodetic_crs
    if base is None:
        return False
    names = " ".join(filter(None, (base.name, base.datum.name if base.datum else "")))
    if _OLD.search(names):
        return True
    if _EQUAL.search(names):
        return False
    try:
        with warnings.catch_warnings():
            # Grids that are not installed are another matter.
            warnings.simplefilter("ignore")
            ways = TransformerGroup(base, WGS84, always_xy=True).transformers
    except ProjError:
        return True
    return not ways or all("allpark" in way.description for way in ways)


def scale_error(crs: str, bounds: tuple[float, float, float, float]) -> float:
    """Return how far the scale of a projected system is off, at most, over an area.

    Parameters
    ----------
    crs
        Projected system.
    bounds
        West, south, east, north in degrees.

    Returns
    -------
    float
        Greatest |k − 1| of the scales k along meridians and parallels at nine places; inf where
        the projection does not reach, or numbers are too large to hold a metre.
    """
    west, south, east, north = bounds
    lon, lat = np.meshgrid(np.linspace(west, east, 3), np.linspace(south, north, 3))
    try:
        projection = pyproj.Proj(crs)
        factors = projection.get_factors(lon.ravel(), lat.ravel(), errcheck=True)
        metres = np.abs(projection(lon.ravel(), lat.ravel(), errcheck=True))
    except ProjError:
        return float("inf")
    if not (metres < _MOST_METRES).all():
        return float("inf")
    scales = np.concatenate([factors.meridional_scale, factors.parallel_scale])
    return float(np.abs(scales - 1).max())
