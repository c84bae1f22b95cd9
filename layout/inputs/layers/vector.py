"""Layers of areas, lines or points from GeoPackage, GeoJSON, shapefile and their like."""

from __future__ import annotations

import codecs
import pickle
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

from layout.core.errors import InputError, Problem
from layout.core.problems import problem, refuse
from layout.core.text import sentence
from layout.inputs.database.postgis import Fetched, Input
from layout.inputs.layers.checks import AREAS, LINES, PLACES, POINTS, checked_layer
from layout.inputs.safety.archive import unpacked
from layout.inputs.safety.contents import LAYER_SUFFIXES, PARQUET_SUFFIXES
from layout.inputs.safety.guarded import Crashed, Endless, guarded
from layout.inputs.safety.limits import (
    MAX_CELLS,
    MAX_INFLATED,
    MAX_ROWS,
    check_inflated,
    check_size,
)
from layout.inputs.sheets.text import check_encoding

__all__ = ["AREAS", "LINES", "PLACES", "POINTS", "VECTOR_SUFFIXES", "read_vector"]

VECTOR_SUFFIXES = (*LAYER_SUFFIXES, ".zip")

_CHILD = Path(__file__).with_name("layer_child.py")
_UNBOUNDED = (".fgb", *PARQUET_SUFFIXES)
"""Kinds of file that can hold a little data many times over."""
_LARGE = 20_000_000
"""Larger files are read apart too; a second more matters less then."""
_DAMAGED = (
    *(DataSourceError, DataLayerError, FieldError, GeometryError, GEOSException, CRSError),
    *(OSError, ValueError, MemoryError),
)
_ANY_KIND = "any"
_NO_CHARSETS = ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "unicode-escape")
"""Ways to write letters as others that Python calls encodings too; no text is kept so."""
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
        if path.suffix == ".shp":
            encoding = _check_text(path, file, encoding)
        try:
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                if path.suffix not in PARQUET_SUFFIXES:
                    layer, fitting, notes = _chosen(path, layer, file, kinds)
                apart = path.suffix in _UNBOUNDED or path.stat().st_size > _LARGE
                read = _by_child if apart else _by_gdal
                frame, remarks = read(path, layer, file, encoding)
        except InputError:  # a ValueError too
            raise
        except _DAMAGED as error:
            raise refuse("vector", file=file, error=str(error)[:200]) from error
    frame, problems = checked_layer(
        frame, file=file, kinds=kinds, fitting=[f"{file}|{name}" for name in fitting]
    )
    remarks = [*(str(one.message) for one in said), *remarks]
    return frame, [*_remarks(remarks, path, file), *notes, *problems]


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


def _remarks(said: list[str], path: Path, file: str) -> list[Problem]:
    """What GDAL remarks on while it reads, each remark once."""
    texts = dict.fromkeys(text.replace(str(path), file) for text in said)
    return [problem("reader-remark", file=file, value=text[:200]) for text in texts]


Read = tuple[gpd.GeoDataFrame | pd.DataFrame, list[str]]
"""Features as they are read, and what was remarked on meanwhile."""


def _by_gdal(path: Path, layer: str, file: str, encoding: str) -> Read:
    # An invalid geometry, as a ring that does not close, is read as missing and reported later.
    try:
        with np.errstate(invalid="ignore"):
            frame = pyogrio.read_dataframe(
                path, layer=layer, encoding=encoding or None, on_invalid="ignore"
            )
    except UnboundLocalError as error:
        # All that pyogrio says of a coordinate reference system that is not UTF-8.
        raise refuse("crs-unreadable", file=file) from error
    return frame, []


def _by_child(path: Path, layer: str, file: str, encoding: str) -> Read:
    """Read in a process of its own, with what was remarked there."""
    limits = [str(most) for most in (MAX_ROWS, MAX_INFLATED, MAX_CELLS)]
    try:
        answer: dict[str, Any] = pickle.loads(
            guarded(_CHILD, path, layer, encoding, *limits, file=file)
        )
    except Endless as error:
        said = sentence("reading it does not come to an end")
        raise refuse("vector", file=file, error=said) from error
    except Crashed as error:
        said = sentence("its inner structure is damaged")
        raise refuse("vector", file=file, error=said) from error
    if "error" in answer:
        raise refuse("vector", file=file, error=answer["error"])
    if "system" in answer:
        kind = answer["system"]
        raise refuse("crs-names-file" if kind == "file" else "crs-unreadable", file=file)
    check_size(answer.get("rows", 0), answer.get("columns", 0), file=file)
    check_inflated(answer.get("bytes", 0), file=file)
    return answer["frame"], answer["said"]


def _check_text(path: Path, file: str, declared: str) -> str:
    """Refuse a shapefile whose text cannot be read; return its encoding."""
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
            charset = codecs.lookup(text).name
            return "" if charset in _NO_CHARSETS else charset
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
