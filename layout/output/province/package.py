"""``province.gpkg``: the studies, their counties and what happens there, as layers with styles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from layout.output.lists.datums import datum_of
from layout.output.lists.geopackage import write_layers
from layout.output.lists.layers import Layer, Shape, typed
from layout.output.maps.geometry import WGS84
from layout.output.province.contents import Province
from layout.output.province.frames import tables
from layout.planning.schema import PROVINCE

__all__ = ["PACKAGED", "write_package"]

PACKAGED: Mapping[str, Shape] = {
    "studies": "MultiPolygon",
    "counties": "MultiPolygon",
    "closures": "Point",
    "retained": "Point",
    "sites": "Point",
}
"""Layers of ``province.gpkg``, in order."""


def write_package(province: Province, path: Path) -> Path:
    """Write the layers in EPSG:4326, in the language of this context.

    Parameters
    ----------
    province
        The result of all studies.
    path
        The file, which must not exist yet.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    frames = tables(province)
    made = [
        Layer(name, shape, PROVINCE[name], _layer(province, name, frames[name]))
        for name, shape in PACKAGED.items()
    ]
    return write_layers(province, path, made, datum_of("wgs84"))


def _layer(province: Province, name: str, table: pd.DataFrame) -> gpd.GeoDataFrame:
    if name == "sites":
        places = gpd.points_from_xy(*(table[axis].astype("float64") for axis in ("lon", "lat")))
    else:
        places = getattr(province, name).geometry.to_numpy()
    # Land that is not known is an empty area: a layer of areas alone shows at once.
    if PACKAGED[name] == "MultiPolygon":
        places = [shapely.MultiPolygon() if place is None else _several(place) for place in places]
    return typed(gpd.GeoDataFrame(table, geometry=places, crs=WGS84), PROVINCE[name])


def _several(place: shapely.Geometry) -> shapely.Geometry:
    areas = [part for part in shapely.get_parts(place) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(areas)
