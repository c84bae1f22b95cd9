"""Polygons of the map: counties as TopoJSON, and the border belt clipped to them."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import shapely

from layout.inputs.study.study import Study
from layout.planning.belt import belt_width_m, border_units, near_line

__all__ = [
    "WGS84",
    "belt_area",
    "counties_topology",
    "label_points",
    "topology",
    "widest_points",
]

WGS84 = "EPSG:4326"
# Steps of TopoJSON's grid on either axis.
_GRID = 100_000
# Above so many vertices borders are simplified, by so many degrees; the belt by metres.
_MANY_VERTICES = 20_000
_SIMPLIFY_DEGREES = 0.0003
_SIMPLIFY_METRES = 20.0


def belt_area(study: Study) -> gpd.GeoSeries | None:
    """Return the border belt inside the county polygons, never the border line itself.

    The belt is the area within its width of the line, as far as the line is the counties'; clipping
    it to the border counties leaves no edge that follows the line.

    Returns
    -------
    geopandas.GeoSeries or None
        One area in EPSG:4326; None where the study has no border, no belt or no width.
    """
    width, named = belt_width_m(study), border_units(study)
    codes = [code for code in named if code in study.units.index]
    if study.border is None or width <= 0 or not codes:
        return None
    # Line, counties and belt in metres; the belt is what lies within its width of the line.
    border = near_line(study.border, study.units, crs=study.crs, width_m=width)
    line = shapely.union_all(border.to_crs(study.crs).geometry.to_numpy())
    inside = shapely.union_all(study.units.loc[codes].to_crs(study.crs).geometry.to_numpy())
    area = shapely.intersection(shapely.buffer(line, width), inside)
    area = shapely.simplify(area, _SIMPLIFY_METRES)
    # Clipping may leave points and lines where the belt only touches a county.
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]
    polygons = [part for part in parts if not part.is_empty]
    if not polygons:
        return None
    return gpd.GeoSeries([shapely.multipolygons(polygons)], crs=study.crs).to_crs(WGS84)


def topology(study: Study) -> dict[str, Any]:
    """Return counties, and the belt where there is one, as TopoJSON with shared borders.

    Returns
    -------
    dict
        A topology with the objects ``counties`` (in the order of ``study.units``, without
        properties) and ``belt``.
    """
    objects = {"counties": counties_topology(study.units)}
    belt = belt_area(study)
    if belt is not None:
        objects["belt"] = _quantized(gpd.GeoDataFrame(geometry=belt), simplify=0)
    return objects


def counties_topology(units: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return counties alone, as in `topology`."""
    counties = units[["geometry"]].to_crs(WGS84).reset_index(drop=True)
    # Vertices of all counties decide whether they are simplified.
    many = int(shapely.get_num_coordinates(counties.geometry.to_numpy()).sum()) > _MANY_VERTICES
    return _quantized(counties, simplify=_SIMPLIFY_DEGREES if many else 0)


def _quantized(frame: gpd.GeoDataFrame, *, simplify: float) -> dict[str, Any]:
    from topojson.core.topology import Topology

    # Topology first, then simplification: neighbours keep a common border.
    quantised = Topology(frame, prequantize=_GRID, toposimplify=simplify, prevent_oversimplify=True)
    result: dict[str, Any] = json.loads(str(quantised.to_json()))
    # Rows are known by their order; their properties are elsewhere in the page.
    for geometry in result["objects"]["data"]["geometries"]:
        geometry.pop("properties", None)
    return result


def label_points(study: Study) -> list[tuple[float, float]]:
    """Return for each county the middle of its widest part, the best point for its name.

    Returns
    -------
    list of tuple
        Longitude and latitude (EPSG:4326), in the order of ``study.units``.
    """
    return widest_points(study.units.geometry.to_crs(study.crs), study.crs)


def widest_points(shapes: gpd.GeoSeries, crs: str) -> list[tuple[float, float]]:
    """Return the middle of the widest part of each shape as longitude and latitude.

    Parameters
    ----------
    shapes
        Areas in a system in metres; a missing one has NaN for a middle.
    crs
        That system.
    """
    # Radius of the largest circle inside each shape, from its centre; to 200 m.
    radii = [
        None if shape is None else shapely.maximum_inscribed_circle(shape, tolerance=200.0)
        for shape in shapes
    ]
    middles = gpd.GeoSeries(
        [shapely.Point() if line is None else shapely.get_point(line, 0) for line in radii], crs=crs
    ).to_crs(WGS84)
    return list(zip(middles.x, middles.y, strict=True))
