"""The roads of a study in any form: a file, one in a zip, or a table of a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from layout.core.errors import InputError, Problem
from layout.core.files import is_ordinary
from layout.core.problems import problem, refuse
from layout.inputs.database.postgis import Fetched
from layout.inputs.datum import DATUMS, datum_named, in_wgs84
from layout.inputs.roads.layers import layers_of, line_layers, road_layer
from layout.inputs.roads.osm_file import ENDINGS
from layout.inputs.roads.tables import RoadTables
from layout.inputs.safety.archive import unpacked
from layout.inputs.safety.paths import Source, sha256_of

__all__ = [
    "ROAD_SUFFIXES",
    "RoadSource",
    "Roads",
    "layer_notes",
    "opened_roads",
    "roads_datum",
    "roads_name",
    "roads_sha256",
    "shifted",
]

ROAD_SUFFIXES = (
    *ENDINGS,
    *(".graphml", ".gpkg", ".geojson", ".json", ".shp"),
    *(".fgb", ".parquet", ".geoparquet", ".zip"),
)


@dataclass(frozen=True)
class RoadSource:
    """A road file and the layer in it.

    Parameters
    ----------
    path
        The file.
    layer
        A layer, or of a zip a member with its layer after a bar, as ``roads.gpkg|layer``; ""
        for the one that holds lines.
    sha256
        Of the file when the study was read; "" where nobody has hashed it.
    encoding
        Of a shapefile's text where the study file declares one.
    """

    path: Path
    layer: str = ""
    sha256: str = ""
    encoding: str = ""


Roads = RoadSource | Fetched
"""A road file, or rows of a database."""


@contextmanager
def opened_roads(roads: RoadSource) -> Iterator[Source]:
    """Give the road file to read: of a layer a private copy, of a zip what it holds.

    Parameters
    ----------
    roads
        The file.

    Yields
    ------
    Source
        File and layer.

    Raises
    ------
    InputError
        As the block raises it, naming the archive; or the archive is unsafe or holds no roads, or
        the layer none.
    """
    file = roads.path
    if not is_ordinary(file):
        raise refuse("missing-file", file=file.name)
    try:
        with unpacked((file, roads.layer), suffixes=ROAD_SUFFIXES, file=file.name) as source:
            yield source[0], road_layer(*source)
    except InputError as error:
        # What was unpacked or copied has another name.
        raise InputError(*(replace(one, file=file.name) for one in error.problems)) from error


def layer_notes(roads: Roads) -> list[Problem]:
    """Say which layer the roads are read from where a file has several and none is named.

    Parameters
    ----------
    roads
        The roads of a study.

    Returns
    -------
    list of Problem
        At most one note; a warning where another layer may be the roads as well.

    Raises
    ------
    InputError
        As for `opened_roads`.
    """
    if isinstance(roads, Fetched):
        return []
    with opened_roads(roads) as (path, layer):
        others = [name for name in layers_of(path) if name != layer]
        doubted = len(line_layers(path)) > 1
    # Of a zip the layer stands behind the member and a second bar.
    named = roads.layer if roads.path.suffix.lower() != ".zip" else roads.layer.partition("|")[2]
    if named or not others:
        return []
    file = roads.path.name
    return [
        problem(
            "other-layers:roads",
            file=file,
            value=layer,
            choices=", ".join(others),
            severity="warning" if doubted else "note",
        )
    ]


def roads_name(roads: Roads) -> str:
    """Name of a road file for problems.

    Parameters
    ----------
    roads
        The roads of a study.
    """
    return roads.shown if isinstance(roads, Fetched) else roads.path.name


def roads_sha256(roads: Roads) -> str:
    """Hash of what a road file holds: as it was read for the study, else of the file now.

    Parameters
    ----------
    roads
        The roads of a study.
    """
    return roads.sha256 if isinstance(roads, Fetched) else roads.sha256 or sha256_of(roads.path)


def roads_datum(declared: str | None, *, file: str = "") -> str:
    """Read the datum of the roads as the study file declares it.

    Parameters
    ----------
    declared
        Any usual name; None where the study file is silent.
    file
        Study file, for the problem.

    Returns
    -------
    str
        ``WGS 84``, ``GCJ-02`` or ``BD-09``.

    Raises
    ------
    InputError
        No such datum is known, or it is a projected zone, which a layer of lines names itself.
    """
    if declared is None:
        return "WGS 84"
    datum = datum_named(declared, file=file, key="datum.roads")
    if datum in DATUMS:
        return datum
    raise refuse("datum-of-roads", file=file, column="datum.roads", value=declared)


def shifted(tables: RoadTables, datum: str) -> RoadTables:
    """Bring roads of a shifted datum to WGS 84.

    Parameters
    ----------
    tables
        Roads as a file holds them.
    datum
        ``WGS 84``, ``GCJ-02`` or ``BD-09``.

    Returns
    -------
    RoadTables
        The same with the nodes moved; equal places stay equal.
    """
    if datum == "WGS 84":
        return tables
    # Nodes alone move; ways refer to them by position.
    lon, lat = in_wgs84(
        tables.nodes["lon"].to_numpy("float64"), tables.nodes["lat"].to_numpy("float64"), datum
    )
    return replace(tables, nodes=tables.nodes.assign(lon=lon, lat=lat))
