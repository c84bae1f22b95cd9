"""Which layer of a file holds the roads."""

from __future__ import annotations

from pathlib import Path

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from layout.core.problems import refuse
from layout.inputs.roads.words import COLUMNS

__all__ = ["layers_of", "road_layer"]

_GEOPACKAGE = b"SQLite format 3\x00"
_ANY_KIND = ("Unknown", "GeometryCollection")


def layers_of(path: Path) -> dict[str, str]:
    """List the layers of a GeoPackage with the kind of their geometry; of any other file none.

    Parameters
    ----------
    path
        A file of roads.
    """
    # GDAL opens by content: a file that is not what its name says is refused on reading.
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return {}
    with path.open("rb") as stream:
        if stream.read(16) != _GEOPACKAGE:
            return {}
    try:
        kinds = {str(name): kind for name, kind in pyogrio.list_layers(path).tolist()}
    except (DataSourceError, DataLayerError):
        return {}
    # A layer without geometry is a table, as of styles.
    return {name: str(kind) for name, kind in kinds.items() if kind is not None}


def road_layer(path: Path, layer: str) -> str:
    """Choose the layer of lines; of several that with a class of road.

    Parameters
    ----------
    path
        A file of roads.
    layer
        Layer that the study names, "" where it names none.

    Returns
    -------
    str
        The layer to read, "" for the file's only one.

    Raises
    ------
    InputError
        The layer named, or every layer, holds something else than lines (code ``road-layer``).
    """
    kinds = layers_of(path)
    lines = [name for name, kind in kinds.items() if "LineString" in kind]
    lines = lines or [name for name, kind in kinds.items() if kind.startswith(_ANY_KIND)]
    if not kinds or (layer and layer not in kinds):
        return layer
    if not lines or (layer and not kinds[layer].startswith(_ANY_KIND) and layer not in lines):
        choices = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
        raise refuse("road-layer", file=path.name, value=layer, choices=choices)
    if layer or len(lines) == 1:
        return layer or lines[0]
    # The first one with a column of classes, else the first.
    return max(lines, key=lambda name: _has_class(path, name))


def _has_class(path: Path, layer: str) -> bool:
    fields = {str(name).lower() for name in pyogrio.read_info(path, layer=layer)["fields"]}
    return not fields.isdisjoint(COLUMNS["highway"])
