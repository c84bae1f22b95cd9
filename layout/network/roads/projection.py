"""Coordinate systems of networks: metres for shapes, degrees for what is handed on."""

from __future__ import annotations

from functools import lru_cache

import pyproj

from layout.core.errors import InputError, Problem
from layout.core.text import tr

__all__ = ["metre_crs", "transformer"]


@lru_cache(maxsize=32)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """Return the conversion between two systems, x (longitude) first; making one is slow.

    Parameters
    ----------
    source, target
        Anything that pyproj understands.
    """
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def metre_crs(crs: str) -> pyproj.CRS:
    """Return a CRS that is projected and in metres.

    Parameters
    ----------
    crs
        Anything that pyproj understands.

    Raises
    ------
    InputError
        Code ``crs-metres``.
    """
    try:
        found = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        found = None
    if (
        found is None
        or not found.is_projected
        or any(axis.unit_conversion_factor != 1.0 for axis in found.axis_info)
    ):
        raise InputError(
            Problem(
                code="crs-not-metres",
                column="crs",
                value=str(crs),
                reason=tr("Distances need a projected coordinate reference system in metres."),
                remedy=tr("Give one that fits the study area, as EPSG:4507."),
            )
        )
    return found
