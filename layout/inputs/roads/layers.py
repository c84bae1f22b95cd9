"""Which layer of a file holds the roads."""

from __future__ import annotations

from pathlib import Path

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from layout.core.problems import refuse
from layout.inputs.roads.words import COLUMNS

__all__ = ["layers_of", "line_layers", "road_layer"]

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
    if not kinds or (layer and layer not in kinds):
        return layer
    drawn = _drawn(kinds)
    if not drawn or (layer and not kinds[layer].startswith(_ANY_KIND) and layer not in drawn):
        choices = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
        raise refuse("road-layer", file=path.name, value=layer, choices=choices)
    return layer or line_layers(path)[0]


def line_layers(path: Path) -> list[str]:
    """List the layers that may be the roads: of those of lines the ones with a class of road.

    Parameters
    ----------
    path
        A file of roads.
    """
    lines = _drawn(layers_of(path))
    return [name for name in lines if len(lines) > 1 and _has_class(path, name)] or lines


def _drawn(kinds: dict[str, str]) -> list[str]:
    """Layers of lines; where there are none, those that may hold any kind."""
    lines = [name for name, kind in kinds.items() if "LineString" in kind]
    return lines or [name for name, kind in kinds.items() if kind.startswith(_ANY_KIND)]


def _has_class(path: Path, layer: str) -> bool:
    fields = {str(name).lower() for name in pyogrio.read_info(path, layer=layer)["fields"]}
    return not fields.isdisjoint(COLUMNS["highway"])
