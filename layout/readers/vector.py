"""Counties and border lines from GeoPackage, GeoJSON and shapefiles."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from layout.datum import WGS84
from layout.errors import InputError, Problem
from layout.readers.safe import Source
from layout.text import tr

__all__ = ["VECTOR_SUFFIXES", "read_vector"]

VECTOR_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp")
AREAS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")

_GPKG_MAGIC = b"SQLite format 3\x00"
_SHP_MAGIC = b"\x00\x00\x27\x0a"
_GEOJSON_TYPES = {"FeatureCollection", "Feature"}
_EQUAL_AREA = "EPSG:6933"


def read_vector(
    source: Source, *, file: str, kinds: tuple[str, ...]
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Read one layer of areas or lines.

    Parameters
    ----------
    source
        A ``.gpkg``, ``.geojson`` or ``.shp`` file with the name of a layer.
    file
        Name of the file, for the problems.
    kinds
        Geometry types that are accepted, as `AREAS` or `LINES`.

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
    path, layer = source
    _check_content(path, file)
    try:
        names = pyogrio.list_layers(path)[:, 0].tolist()
        if layer and layer not in names:
            raise _refuse(
                file,
                "missing-layer",
                tr("The file has no layer “{layer}”.", layer=layer),
                tr("Use one of: {choices}.", choices=", ".join(names)),
            )
        frame = pyogrio.read_dataframe(path, layer=layer or names[0])
    except (
        DataSourceError,
        DataLayerError,
        FieldError,
        GeometryError,
        UnicodeDecodeError,
    ) as error:
        raise _refuse(
            file,
            "vector",
            tr("The layer cannot be read: {error}.", error=error),
            tr("Save it again as GeoPackage."),
        ) from error
    return _checked(frame, file, kinds)


def _refuse(file: str, code: str, reason: str, remedy: str) -> InputError:
    return InputError(Problem(code=code, file=file, reason=reason, remedy=remedy))


def _check_content(path: Path, file: str) -> None:
    """Look whether a file is what its name says, before GDAL guesses otherwise.

    GDAL opens by content: a virtual format named ``.shp`` could make it read other files.
    """
    suffix = path.suffix.lower()
    with path.open("rb") as stream:
        head = stream.read(16)
    if suffix == ".gpkg":
        right = head == _GPKG_MAGIC
    elif suffix == ".shp":
        right = head[:4] == _SHP_MAGIC
        _check_shapefile(path, file)
    else:
        right = _is_geojson(path)
    if not right:
        raise _refuse(
            file,
            "file-content",
            tr("The content of the file is not what its name says."),
            tr("Save the layer again as GeoPackage."),
        )


def _is_geojson(path: Path) -> bool:
    try:
        held = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        return False
    return isinstance(held, dict) and held.get("type") in _GEOJSON_TYPES


def _check_shapefile(path: Path, file: str) -> None:
    for suffix in (".shx", ".dbf"):
        if not path.with_suffix(suffix).is_file():
            raise _refuse(
                file,
                "shapefile-part",
                tr("The shapefile lacks its part {suffix}.", suffix=suffix),
                tr("Copy all parts of the shapefile together, or save it as GeoPackage."),
            )
    attributes = path.with_suffix(".dbf").read_bytes()
    undeclared = not path.with_suffix(".cpg").is_file() and attributes[29:30] in (b"\x00", b"\x57")
    if undeclared and any(byte > 0x7F for byte in attributes[32:]):
        raise _refuse(
            file,
            "shapefile-encoding",
            tr("The shapefile does not say how its Chinese text is encoded."),
            tr("Add a .cpg file that holds GBK or UTF-8, or save it as GeoPackage."),
        )


def _checked(
    frame: gpd.GeoDataFrame | pd.DataFrame, file: str, kinds: tuple[str, ...]
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise _refuse(
            file,
            "empty-layer",
            tr("The layer holds no geometries."),
            tr("Check which layer of the file is meant."),
        )
    if frame.crs is None:
        raise _refuse(
            file,
            "crs-missing",
            tr("The layer declares no coordinate reference system."),
            tr("Save it again with its system declared, as EPSG:4326 or EPSG:4490."),
        )
    frame = frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="row"), axis=0)
    problems = _geometry_problems(frame, file, kinds)
    if not any(problem.severity == "error" for problem in problems):
        frame = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
        frame, repaired = _repaired(frame.to_crs(WGS84), file, kinds)
        problems += repaired
    attributes = [name for name in frame.columns if name != frame.geometry.name]
    for name in attributes:
        frame[name] = _as_text(frame[name])
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    return frame, problems


def _as_text(column: pd.Series) -> pd.Series:
    """Attributes as text: codes stored as decimals lose their “.0”, missing ones are blank."""
    if pd.api.types.is_float_dtype(column.dtype) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("object").where(column.notna(), "").astype("str")


def _geometry_problems(frame: gpd.GeoDataFrame, file: str, kinds: tuple[str, ...]) -> list[Problem]:
    """Features without geometry, with numbers that are no coordinates, or of another kind."""
    problems = []
    for row, shape in frame.geometry.items():
        if shape is None or shape.is_empty or not np.isfinite(shape.bounds).all():
            code, value = "no-geometry", ""
            reason = tr("The feature has no usable geometry.")
        elif shape.geom_type not in kinds:
            code, value = "geometry-kind", shape.geom_type
            reason = tr("The feature is of another kind than {kinds}.", kinds=" / ".join(kinds))
        else:
            continue
        problems.append(
            Problem(
                code=code,
                file=file,
                row=str(row),
                value=value,
                reason=reason,
                remedy=tr("Draw the feature again or delete it."),
            )
        )
    return problems


def _repaired(
    frame: gpd.GeoDataFrame, file: str, kinds: tuple[str, ...]
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Repair rings that cross themselves; say by how much the area changes."""
    broken = ~frame.geometry.is_valid
    if not broken.any() or kinds == LINES:
        return frame, []
    before = frame.geometry[broken]
    after = gpd.GeoSeries(
        [_areas_of(shape) for shape in shapely.make_valid(before.to_numpy())],
        index=before.index,
        crs=frame.crs,
    )
    change_km2 = (after.to_crs(_EQUAL_AREA).area - before.to_crs(_EQUAL_AREA).area) / 1e6
    frame = frame.copy()
    frame.loc[broken, frame.geometry.name] = after
    problems = [
        Problem(
            code="repaired",
            severity="warning",
            file=file,
            row=str(row),
            reason=tr(
                "The outline crosses itself; it was repaired, {km2} km².", km2=f"{change:+.3f}"
            ),
            remedy=tr("Compare it with the original and draw it again where it is wrong."),
        )
        for row, change in change_km2.items()
    ]
    return frame, problems


def _areas_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the areas of a repaired shape; lines and points left over have no area."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in AREAS]
    return shapely.union_all(parts)
