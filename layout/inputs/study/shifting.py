"""The datum of a layer: its coordinate system it carries itself, a shift has to be declared."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from layout.core.problems import refuse
from layout.inputs.datum import DATUMS, WGS84, datum_named, from_wgs84, in_wgs84

__all__ = ["layer_datum", "shifted_layer"]


def layer_datum(declared: str | None, *, name: str, file: str) -> str:
    """Return the datum of a layer as the study file declares it.

    Parameters
    ----------
    declared
        As written under ``[datum]``; None where it is silent.
    name
        Key of the layer.
    file
        Name of the study file, for the problem.

    Returns
    -------
    str
        A key of `layout.inputs.datum.DATUMS`.

    Raises
    ------
    InputError
        If the datum is unknown, or a zone, which the layer itself has to name.
    """
    if declared is None:
        return "WGS 84"
    datum = datum_named(declared, file=file, key=f"datum.{name}")
    if datum not in DATUMS:
        raise refuse("datum-of-layer", file=file, column=f"datum.{name}", value=declared)
    return datum


def shifted_layer(shapes: gpd.GeoSeries, datum: str, *, back: bool = False) -> gpd.GeoSeries:
    """Bring shapes of a shifted datum to WGS 84, vertex by vertex.

    Parameters
    ----------
    shapes
        Geometries in EPSG:4326 as they are in the file.
    datum
        A key of `layout.inputs.datum.DATUMS`.
    back
        The other way: from WGS 84 to the datum.

    Returns
    -------
    GeoSeries
        Same index, EPSG:4326.
    """
    if datum == "WGS 84":
        return shapes
    way = from_wgs84 if back else in_wgs84

    def moved(points: np.ndarray) -> np.ndarray:
        return np.column_stack(way(points[:, 0], points[:, 1], datum))

    return gpd.GeoSeries(shapely.transform(shapes.to_numpy(), moved), index=shapes.index, crs=WGS84)
