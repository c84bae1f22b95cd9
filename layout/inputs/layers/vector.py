"""Layers of areas, lines or points from GeoPackage, GeoJSON, shapefile and their like."""

from __future__ import annotations

import codecs
import json
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyarrow import ArrowException, parquet
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

from layout.core.errors import InputError, Problem
from layout.core.problems import problem, refuse
from layout.inputs.database.postgis import Fetched, Input
from layout.inputs.layers.checks import AREAS, LINES, PLACES, POINTS, checked_layer
from layout.inputs.safety.archive import unpacked
from layout.inputs.sheets.text import check_encoding

__all__ = ["AREAS", "LINES", "PLACES", "POINTS", "VECTOR_SUFFIXES", "read_vector"]

PARQUET_SUFFIXES = (".parquet", ".geoparquet")
VECTOR_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".fgb", *PARQUET_SUFFIXES, ".zip")

_MAGIC = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
    ".parquet": b"PAR1",
    ".geoparquet": b"PAR1",
}
_DAMAGED_PARQUET = (TypeError, KeyError, IndexError, AttributeError, CRSError, ArrowException)
"""Raised where the metadata of pandas or GeoPandas in a Parquet file are damaged."""
_ANY_KIND = "any"
_GEOJSON_TYPES = {"FeatureCollection", "Feature"}
_DBF_HEAD, _DBF_FIELD, _DBF_END = 32, 32, 0x0D
_DBF_LANGUAGES = (b"\x00", b"\x57")
"""Language marks of a .dbf that name no encoding: none, and “ANSI”."""


def read_vector(
    source: Input, *, file: str, kinds: tuple[str, ...], encoding: str = ""
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Read one layer of areas, lines or points.

    Parameters
    ----------
    source
        A ``.gpkg``, ``.geojson``, ``.shp``, ``.fgb`` or ``.parquet`` file with the name of a
        layer, or a zip of one; or a table of a database.
    file
        Name of the file, for the problems.
    kinds
        Geometry types that are accepted, as `AREAS`, `LINES`, `POINTS` or `PLACES`. Of several
        layers the first that holds them is read where none is named.
    encoding
        Encoding of a shapefile's text where the study file declares one.

    Returns
    -------
    frame : GeoDataFrame
        EPSG:4326, two dimensions, valid geometries; the index is the number of the feature,
        from 1. All attributes are text.
    problems : list of Problem
        Empty or wrong geometries (errors) and repaired ones (warnings).

    Raises
    ------
    InputError
        If the file is not what its name says, cannot be read or declares no CRS.
    """
    if isinstance(source, Fetched):
        return checked_layer(source.frame, file=file, kinds=kinds)
    fitting: list[str] = []
    notes: list[Problem] = []
    with unpacked(source, suffixes=VECTOR_SUFFIXES, file=file) as (path, layer):
        _check_content(path, file)
        if path.suffix.lower() == ".shp":
            encoding = _check_shapefile(path, file, encoding)
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                if path.suffix.lower() in PARQUET_SUFFIXES:
                    frame = _by_parquet(path)
                else:
                    layer, fitting, notes = _chosen(path, layer, file, kinds)
                    frame = _by_gdal(path, layer, file, encoding)
        except InputError:  # a ValueError too
            raise
        except (
            DataSourceError,
            DataLayerError,
            FieldError,
            GeometryError,
            GEOSException,
            OSError,
            ValueError,
            *_DAMAGED_PARQUET,
        ) as error:
            raise refuse("vector", file=file, error=str(error)[:200]) from error
    frame, problems = checked_layer(
        frame, file=file, kinds=kinds, fitting=[f"{file}|{name}" for name in fitting]
    )
    return frame, [*_remarks(said, path, file), *notes, *problems]


def _chosen(
    path: Path, layer: str, file: str, kinds: tuple[str, ...]
) -> tuple[str, list[str], list[Problem]]:
    """The layer to read, those that hold geometries of the kinds, and a note of the others."""
    # Rows of name and kind of geometry, None for a table without any, shape (layers, 2).
    kind_of = {str(name): _plain_kind(kind) for name, kind in pyogrio.list_layers(path)}
    if (layer and layer not in kind_of) or not kind_of:
        raise refuse("missing-layer", file=file, layer=layer, choices=", ".join(kind_of))
    # Points go before outlines where both may be; a layer of any kind comes last, and one of lines
    # is none of places.
    ranks = {kind: at // 2 for at, kind in enumerate(kinds)} | {_ANY_KIND: len(kinds)}
    if kinds == PLACES:
        ranks = {kind: rank for kind, rank in ranks.items() if kind not in LINES}
    fitting = sorted(
        (name for name, kind in kind_of.items() if kind in ranks),
        key=lambda name: ranks[kind_of[name]],
    )
    if layer:
        return layer, [name for name in fitting if name != layer], []
    drawn = [name for name, kind in kind_of.items() if kind]
    chosen = next(iter([*fitting, *drawn, *kind_of]))
    # How a program draws layers is no data.
    others = [name for name in kind_of if name not in (chosen, "layer_styles")]
    # Where another layer holds the same kind, the first one may be the wrong one.
    alike = {name for name in others if ranks.get(kind_of[name]) == ranks.get(kind_of[chosen])}
    told = problem(
        "other-layers",
        file=file,
        value=", ".join(others),
        layer=chosen,
        severity="warning" if alike & set(fitting) else "note",
    )
    return chosen, [name for name in fitting if name != chosen], [told] if others else []


def _plain_kind(kind: object) -> str:
    """Kind of a layer's geometries without its third dimension; "" for a table."""
    if kind is None:
        return ""
    plain = str(kind).removeprefix("2.5D ").removesuffix(" ZM").removesuffix(" Z")
    plain = plain.removesuffix(" M").removeprefix("3D Measured ").removeprefix("Measured ")
    return _ANY_KIND if plain in ("Unknown", "Geometry", "GeometryCollection") else plain


def _remarks(said: list[warnings.WarningMessage], path: Path, file: str) -> list[Problem]:
    """What GDAL remarks on while it reads, each remark once."""
    texts = dict.fromkeys(str(item.message).replace(str(path), file) for item in said)
    return [problem("reader-remark", file=file, value=text[:200]) for text in texts]


def _by_parquet(path: Path) -> gpd.GeoDataFrame:
    # What a damaged file calls text may be none; only a full look finds it.
    parquet.read_table(path).validate(full=True)
    return gpd.read_parquet(path)


def _by_gdal(path: Path, layer: str, file: str, encoding: str) -> gpd.GeoDataFrame | pd.DataFrame:
    # An invalid geometry, as a ring that does not close, is read as missing and reported later.
    try:
        with np.errstate(invalid="ignore"):
            return pyogrio.read_dataframe(
                path, layer=layer, encoding=encoding or None, on_invalid="ignore"
            )
    except UnboundLocalError as error:
        # All that pyogrio says of a coordinate reference system that is not UTF-8.
        raise refuse("crs-unreadable", file=file) from error


def _check_content(path: Path, file: str) -> None:
    """Check that a file is what its name says, before GDAL opens it.

    GDAL opens by content: a virtual format named ``.shp`` could make it read other files.
    """
    magic = _MAGIC.get(path.suffix.lower())
    with path.open("rb") as stream:
        head = stream.read(16)
    right = head.startswith(magic) if magic is not None else _is_geojson(path)
    if not right:
        raise refuse("file-content:layer", file=file)


def _is_geojson(path: Path) -> bool:
    try:
        parsed = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        return False
    return isinstance(parsed, dict) and parsed.get("type") in _GEOJSON_TYPES


def _check_shapefile(path: Path, file: str, declared: str) -> str:
    """Refuse a shapefile that lacks a part or whose text cannot be read; return its encoding."""
    for suffix in (".shx", ".dbf"):
        if not path.with_suffix(suffix).is_file():
            raise refuse("shapefile-part", file=file, suffix=suffix)
    attributes = path.with_suffix(".dbf").read_bytes()
    encoding = declared or _declared_by_file(path)
    # Byte 29 is the language mark; without one, only plain ASCII can be read safely.
    silent = not encoding and attributes[29:30] in _DBF_LANGUAGES
    if silent and any(byte > 0x7F for byte in attributes[_DBF_HEAD:]):
        raise refuse("shapefile-encoding", file=file)
    if encoding:
        _check_names(attributes, encoding, file)
        check_encoding(_text_of(attributes), encoding, file=file)
    return declared


def _declared_by_file(path: Path) -> str:
    """Encoding that a ``.cpg`` file names, as Python calls it; "" where none is known."""
    part = path.with_suffix(".cpg")
    if not part.is_file():
        return ""
    name = part.read_bytes()[:64].decode("ascii", "replace").strip()
    for text in (name, f"cp{name}"):
        try:
            # Some codecs, as zlib, turn bytes into bytes; decoding refuses them.
            b"a".decode(text)
            return codecs.lookup(text).name
        except (LookupError, ValueError):
            continue
    return ""


def _field_names(attributes: bytes) -> list[bytes]:
    names = []
    # Descriptions of columns, 32 bytes each, begin with a name of at most 11 bytes.
    for at in range(_DBF_HEAD, len(attributes), _DBF_FIELD):
        if attributes[at] == _DBF_END:
            break
        names.append(attributes[at : at + 11].split(b"\x00")[0])
    return names


def _text_of(attributes: bytes) -> bytes:
    """Records of a ``.dbf`` without its head, which holds binary numbers."""
    return attributes[int.from_bytes(attributes[8:10], "little") :].rstrip(b"\x1a")


def _check_names(attributes: bytes, encoding: str, file: str) -> None:
    """Refuse names of columns that the format has cut within a character."""
    for name in _field_names(attributes):
        try:
            name.decode(encoding)
        except UnicodeDecodeError as error:
            raise refuse(
                "shapefile-names", file=file, value=name.decode(encoding, "replace")
            ) from error
