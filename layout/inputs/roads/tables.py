"""The common form of road data: nodes, and ways as runs of nodes with their tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from layout.core.arrays import Floats, Ints
from layout.core.problems import refuse
from layout.inputs.safety.guarded import MAX_MEMORY

__all__ = ["MAX_VERTICES", "WAY_TAGS", "RoadTables", "check_degrees", "check_vertices"]

MAX_VERTICES = 10_000_000
"""Of all roads of a file; a network takes some 500 bytes for each while it is made."""

_MOST_DEGREES = (180.001, 90.001)
"""A little beyond the limits is rounding."""

WAY_TAGS: tuple[str, ...] = (
    "highway",
    "name",
    "oneway",
    "junction",
    "service",
    "access",
    "vehicle",
    "motor_vehicle",
    "psv",
    "bus",
    "foot",
    "maxspeed",
    "surface",
    "tracktype",
    "smoothness",
    "width",
    "incline",
    "bridge",
    "tunnel",
)
"""Tags of a way that decide who may use it and how fast; absent ones are empty text."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RoadTables:
    """Roads as a file holds them, before they become a network.

    Parameters
    ----------
    nodes
        Columns ``lon``, ``lat`` (EPSG:4326, degrees), one row for each node that a way uses,
        indexed by node id, sorted by it.
    ways
        One row for each way, sorted by ``way_id``; columns ``way_id`` and `WAY_TAGS` (text).
    way_nodes
        Positions in `nodes`, way after way.
    way_start
        Where each way begins in `way_nodes`, with the total length as last entry
        (n ways + 1 entries).
    counts
        What was cut or left out on reading, by kind: ``clipped_ways``, ``unclassified_ways`` …
    """

    nodes: pd.DataFrame
    ways: pd.DataFrame
    way_nodes: Ints
    way_start: Ints
    counts: Mapping[str, int] = field(default_factory=dict)


def check_vertices(count: int, *, file: str) -> None:
    """Refuse roads of more vertices than a network can be made of.

    Parameters
    ----------
    count
        Vertices of all roads, or those read so far.
    file
        Name of the file, for the problem.

    Raises
    ------
    InputError
        Code ``too-large``.
    """
    if count > MAX_VERTICES:
        raise refuse("too-large:memory", file=file, gigabytes=MAX_MEMORY >> 30)


def check_degrees(lonlat: Floats, start: Ints, *, file: str = "") -> None:
    """Refuse roads that lie nowhere on Earth.

    Parameters
    ----------
    lonlat
        Degrees, shape (vertices, 2), road after road.
    start
        First vertex of each road.
    file
        Name of the file, for the problem.

    Raises
    ------
    InputError
        Code ``crs-wrong``.
    """
    # NaN is within nothing.
    within = (np.abs(lonlat) <= _MOST_DEGREES).all(axis=1)
    if not within.all():
        road = int(np.searchsorted(start, np.argmin(within), side="right"))
        raise refuse("crs-wrong", file=file, row=road, crs="WGS 84")
