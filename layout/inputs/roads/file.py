"""The road file of a study, whatever it is: a file, one in a zip, or a table of a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from layout.core.errors import InputError, Problem
from layout.core.text import tr
from layout.inputs.database.postgis import Fetched
from layout.inputs.datum import DATUMS, datum_named, in_wgs84
from layout.inputs.roads.tables import RoadTables
from layout.inputs.safety.archive import unpacked
from layout.inputs.safety.paths import Source, sha256_of, split_layer

__all__ = [
    "ROAD_SUFFIXES",
    "Roads",
    "opened_roads",
    "roads_datum",
    "roads_name",
    "roads_sha256",
    "shifted",
]

ROAD_SUFFIXES = (
    *(".osm.pbf", ".pbf", ".osm", ".osm.xml", ".graphml", ".gpkg", ".geojson", ".json", ".shp"),
    *(".fgb", ".parquet", ".geoparquet", ".zip"),
)

Roads = Path | Fetched
"""A road file, with a layer or member after a bar where one is named; or rows of a database."""


@contextmanager
def opened_roads(path: Path) -> Iterator[Source]:
    """Give the road file to read; one within a zip is unpacked aside until the block ends.

    Parameters
    ----------
    path
        The file; a layer or, of a zip, a member follows a bar: ``roads.zip|roads.gpkg|layer``.

    Yields
    ------
    Source
        File and layer.

    Raises
    ------
    InputError
        As the block raises it, told of the archive; or the archive is unsafe or holds no roads.
    """
    name, layer = split_layer(str(path))
    file = Path(name)
    if file.suffix.lower() != ".zip":
        yield file, layer
        return
    if not file.is_file():
        raise InputError(
            Problem(
                code="missing-file",
                file=file.name,
                reason=tr("There is no such file."),
                remedy=tr("Correct the path in the study file."),
            )
        )
    try:
        with unpacked((file, layer), suffixes=ROAD_SUFFIXES, file=file.name) as source:
            yield source
    except InputError as error:
        raise InputError(*(replace(told, file=file.name) for told in error.problems)) from error


def roads_name(roads: Roads) -> str:
    """Name of a road file for problems.

    Parameters
    ----------
    roads
        The roads of a study.
    """
    return roads.shown if isinstance(roads, Fetched) else Path(split_layer(str(roads))[0]).name


def roads_sha256(roads: Roads) -> str:
    """Hash of what a road file holds; "" where it is missing.

    Parameters
    ----------
    roads
        The roads of a study.
    """
    if isinstance(roads, Fetched):
        return roads.sha256
    file = Path(split_layer(str(roads))[0])
    return sha256_of(file) if file.is_file() else ""


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
    raise InputError(
        Problem(
            code="datum-of-roads",
            file=file,
            column="datum.roads",
            value=declared,
            reason=tr("Roads carry their own coordinate system; only a shift can be declared."),
            remedy=tr("Declare GCJ-02 or BD-09, or delete the key."),
        )
    )


def shifted(tables: RoadTables, datum: str) -> RoadTables:
    """Bring roads of a shifted datum to WGS 84.

    Parameters
    ----------
    tables
        Roads as they stand in a file.
    datum
        ``WGS 84``, ``GCJ-02`` or ``BD-09``.

    Returns
    -------
    RoadTables
        The same with the nodes moved; equal places stay equal.
    """
    if datum == "WGS 84":
        return tables
    lon, lat = in_wgs84(
        tables.nodes["lon"].to_numpy("float64"), tables.nodes["lat"].to_numpy("float64"), datum
    )
    return replace(tables, nodes=tables.nodes.assign(lon=lon, lat=lat))
