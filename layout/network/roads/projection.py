"""Conversions between the systems of networks: metres for shapes, degrees for output."""

from __future__ import annotations

from functools import lru_cache

import pyproj

__all__ = ["transformer"]


@lru_cache(maxsize=32)
def transformer(source: str, target: str) -> pyproj.Transformer:
    """Return the conversion between two systems, x (longitude) first; making one is slow.

    Parameters
    ----------
    source, target
        Anything that pyproj understands.
    """
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
