"""Coordinate systems that files name: defined, of the earth, and of no file of their own."""

from __future__ import annotations

import re

import pyproj
from pyproj.exceptions import CRSError, ProjError

from layout.core.problems import refuse
from layout.inputs.datum.systems import WGS84, names_file

__all__ = ["check_system"]

_UNDEFINED = re.compile(r"\bundefined\b|\bunknown (?:cartesian|geographic) ", re.IGNORECASE)
_EARTH_M = (6_300_000.0, 6_450_000.0)
"""Half an axis of every ellipsoid of the earth, or a radius that stands for it."""


def check_system(crs: pyproj.CRS, *, file: str) -> None:
    """Refuse a system that says nothing, names a file, or is not of the earth.

    Parameters
    ----------
    crs
        As a layer, raster or table names it.
    file
        Name of the input, for the problems.

    Raises
    ------
    InputError
        Codes ``crs-missing``, ``crs-names-file`` and ``crs-not-earth``.
    """
    if _UNDEFINED.search(crs.name):
        raise refuse("crs-missing:undefined", file=file, value=crs.name)
    try:
        text = crs.to_wkt()
    except (CRSError, ProjError):
        text = str(crs.srs)
    if names_file(text):
        raise refuse("crs-names-file", file=file, value=crs.name)
    ellipsoid = crs.ellipsoid
    axis_m = ellipsoid.semi_major_metre if ellipsoid is not None else 0.0
    if not _EARTH_M[0] <= axis_m <= _EARTH_M[1] or not _converts(crs):
        raise refuse("crs-not-earth", file=file, value=crs.name)


def _converts(crs: pyproj.CRS) -> bool:
    try:
        pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    except (CRSError, ProjError):
        return False
    return True
