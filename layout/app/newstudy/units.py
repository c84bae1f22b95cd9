"""Counties and townships of a new study: administrative areas, or one unit for all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.app.newstudy.model import names_of
from layout.app.newstudy.source import Source
from layout.core.standards import GRADES_OF_TYPE
from layout.core.text import tr
from layout.inputs.datum import WGS84, choose_metre_crs, to_metres
from layout.inputs.layers.vector import AREAS
from layout.network.roads import RoadNetwork

__all__ = ["find_units", "holder_of", "with_roads"]

UNIT_LEVELS = (6, 5, 7, 8, 4)
"""Administrative levels to try for counties, in this order; 6 is a county in China."""

HULL_MARGIN_M = 2_000.0

_MOST, _HALF = 0.8, 0.5

FEWEST_SCHOOLS = 4.0
"""Schools in each of several counties on average: among fewer, hardly one can take pupils."""


def find_units(
    source: Source,
    places: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    *,
    language: str,
    area: shapely.Geometry | None = None,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, tuple[str, ...]]:
    """Find the counties and, one level or more below them, the townships.

    Parameters
    ----------
    source
        An extract, or a place.
    places, schools
        Points in EPSG:4326; of schools the column ``type_code``.
    language
        Language of names beside the local one.
    area
        The study, EPSG:4326; units are cut to it.

    Returns
    -------
    units, townships : GeoDataFrame
        Columns ``county_code``, ``name``, geometry. A level serves as counties if its complete
        areas hold four fifths of the places, or half of them and four fifths of the schools, and
        `FEWEST_SCHOOLS` schools each on average, since pupils stay in their county when a school
        closes. Where none does, one unit stands for all: the areas that are too small for counties
        together, which may still be townships; else `area`, or the hull of the places with a
        margin.
    notes : tuple of str
        What the study should say about it.
    """
    teaching = sum("g1" in GRADES_OF_TYPE[code] for code in schools["type_code"])
    small: gpd.GeoDataFrame | None = None
    for level in UNIT_LEVELS:
        units = _areas(source, places, schools, level, language, area)
        if units is None:
            continue
        if len(units) == 1 or teaching >= FEWEST_SCHOOLS * len(units):
            return units, _townships(source, places, schools, units, language, level + 1), ()
        small = units if small is None else small
    if small is not None:
        units = _whole(places, shapely.union_all(small.geometry.to_numpy()))
        note = tr(
            "The administrative areas of the extract hold few schools each: one unit stands for "
            "all, and they are its townships."
        )
        first = min(UNIT_LEVELS)
        return units, _townships(source, places, schools, units, language, first), (note,)
    units = _whole(places, area)
    note = tr(
        "No complete administrative areas hold most places: one unit stands for all, the hull of "
        "the places with a margin of 2 km."
    )
    if area is not None:
        note = tr("No complete administrative areas hold most places: one unit stands for all.")
    return units, units, (note,)


def _townships(
    source: Source,
    places: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    language: str,
    first: int,
) -> gpd.GeoDataFrame:
    """The first level from `first` on with more areas than counties, else the counties."""
    for level in range(first, 11):
        townships = _areas(source, places, schools, level, language, None)
        if townships is not None and len(townships) > len(units):
            return townships
    return units


def _areas(
    source: Source,
    places: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    level: int,
    language: str,
    area: shapely.Geometry | None,
) -> gpd.GeoDataFrame | None:
    """Areas of one level that hold places; None where they leave out too many."""
    areas = source.boundaries(admin_level=level, languages=(language,))
    if areas.empty:
        return None
    # Pairs of a place and an area that it lies in; a place on a line lies in two.
    inside = places.sjoin(areas[["geometry"]], predicate="intersects")
    share = inside.index.nunique() / len(places)
    # An extract with a margin has the neighbours' villages, and hardly a school of theirs.
    taught = schools.sjoin(areas[["geometry"]], predicate="intersects").index.nunique()
    if share < _MOST and not (share >= _HALF and taught >= _MOST * len(schools)):
        return None
    areas = areas.iloc[np.unique(inside["index_right"])]
    names = names_of(areas, language)
    shapes = areas.geometry.to_numpy()
    if area is not None:
        # A place on the line between two areas also brings the one that only touches.
        shapes = np.array([_polygons(shape) for shape in shapely.intersection(shapes, area)])
        kept = ~shapely.is_empty(shapes)
        areas, names, shapes = areas[kept], names[kept], shapes[kept]
    units = gpd.GeoDataFrame(
        {
            "county_code": areas["osm_id"].to_numpy(),
            "name": names.where(names != "", areas["osm_id"]).to_numpy(),
        },
        geometry=shapes,
        crs=WGS84,
    )
    return None if units.empty else units.sort_values("county_code", ignore_index=True)


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep areas; where two shapes only touch, lines and points are left over."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type in AREAS]
    return shapely.union_all(parts)


def _whole(places: gpd.GeoDataFrame, area: shapely.Geometry | None) -> gpd.GeoDataFrame:
    if area is None:
        points = to_metres(places.geometry, choose_metre_crs(places.geometry))
        # In metres, so that the margin is the same all round.
        hull = points.union_all().convex_hull.buffer(HULL_MARGIN_M)
        area = gpd.GeoSeries([hull], crs=points.crs).to_crs(WGS84).iloc[0]
    return gpd.GeoDataFrame(
        {"county_code": ["all"], "name": [tr("Whole area")]}, geometry=[area], crs=WGS84
    )


def with_roads(
    units: gpd.GeoDataFrame, network: RoadNetwork
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Leave out the units that no road touches, such as islands without a mapped one.

    Parameters
    ----------
    units
        As `find_units` returns them.
    network
        The roads.

    Returns
    -------
    units : GeoDataFrame
        Those with roads; all where none has any.
    notes : tuple of str
        What the study should say about it.
    """
    tree = shapely.STRtree(network.geometry)
    shapes = units.geometry.to_crs(network.crs).to_numpy()
    touched = np.isin(np.arange(len(units)), tree.query(shapes, predicate="intersects")[0])
    if touched.all() or not touched.any():
        return units, ()
    note = tr(
        "{count:area holds no road and is left out with all that lies in it|areas hold no road "
        "and are left out with all that lies in them}: {names}.",
        count=int((~touched).sum()),
        names=", ".join(units["name"][~touched]),
    )
    return units[touched].reset_index(drop=True), (note,)


def holder_of(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series[str]:
    """Code of the area that holds each point, or of the nearest one; lowest code on a tie.

    Parameters
    ----------
    points
        EPSG:4326.
    areas
        As `find_units` returns them.

    Returns
    -------
    Series
        Codes, index of `points`.
    """
    # Degrees, areas × points, 0 inside; only the order of distances counts.
    distance = np.array([shapely.distance(points.to_numpy(), shape) for shape in areas.geometry])
    holder: pd.Series[str] = areas["county_code"].iloc[distance.argmin(axis=0)]
    return holder.set_axis(points.index)
