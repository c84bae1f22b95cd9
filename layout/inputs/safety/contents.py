"""Files of layers, by their content: that they are what their name says and no larger than told."""

from __future__ import annotations

from pathlib import Path

from layout.core.problems import refuse
from layout.inputs.safety.geojson import check_geojson
from layout.inputs.safety.geopackage import plain_geopackage
from layout.inputs.safety.shapefile import check_shapefile

__all__ = ["LAYER_SUFFIXES", "PARQUET_SUFFIXES", "check_layer_file"]

PARQUET_SUFFIXES = (".parquet", ".geoparquet")
LAYER_SUFFIXES = (".gpkg", ".geojson", ".json", ".shp", ".fgb", *PARQUET_SUFFIXES)

_MAGIC = {
    ".gpkg": b"SQLite format 3\x00",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
    **dict.fromkeys(PARQUET_SUFFIXES, b"PAR1"),
}


def check_layer_file(path: Path, layer: str, *, file: str) -> None:
    """Check a private copy of a layer before the library that reads it opens it.

    GDAL opens by content: a virtual format named ``.shp`` could make it read other files.

    Parameters
    ----------
    path
        The copy, its ending in lower case; of a GeoPackage, queries are taken out.
    layer
        The layer that is wanted, "" for any.
    file
        Name of the input, for the problems.

    Raises
    ------
    InputError
        Code ``file-content``, or as for the kind of file.
    """
    magic = _MAGIC.get(path.suffix, b"")
    with path.open("rb") as stream:
        if not stream.read(16).startswith(magic):
            raise refuse("file-content:layer", file=file)
    if not magic:
        check_geojson(path, file=file)
    elif path.suffix == ".gpkg":
        plain_geopackage(path, layer, file=file)
    elif path.suffix == ".shp":
        check_shapefile(path, file=file)
