"""Townships and rivers on the map: names, and borders drawn as given or sketched.

Without a layer of townships a study knows of each settlement which one it belongs to, not where
the township ends. The land of each county is then shared out among its settlements, each taking
what lies nearest to it (Voronoi cells), and cells of one township are united: a sketch, and told
as one.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout.core.arrays import Ints
from layout.inputs.study.study import Study
from layout.inputs.study.townships import township_names
from layout.output.maps.embed import clean, integers
from layout.output.maps.geometry import WGS84, widest_points

__all__ = ["rivers", "township_areas", "township_borders", "townships"]

SIMPLIFY_M = 200.0
"""Tolerance at which borders of townships are drawn."""
RIVERS_M = 50.0
"""Tolerance at which rivers are drawn."""
DEGREES = 100_000
"""Coordinates of points are kept as integers of 0.00001 degree."""
LINE_DEGREES = 10_000
"""Coordinates of lines are kept as integers of 0.0001 degree."""


def townships(study: Study) -> dict[str, Any]:
    """Return the townships of a page: their table, and ``lines`` between them.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    dict
        Columns by township; ``lines`` as `rivers` returns them; ``sketched``, whether the borders
        are no layer of the study's.
    """
    areas = township_areas(study)
    lines = township_borders(areas)
    return _table(study, areas) | {"lines": _columns(lines), "sketched": study.townships is None}


def rivers(study: Study) -> dict[str, list[int]]:
    """Return the rivers within the study as columns; empty where it has no such layer.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    dict
        ``count`` of points by line, and ``x`` and ``y``: the first point of each line and then
        steps, in 1e-4 degree.
    """
    if study.rivers is None:
        return _columns(np.array([], dtype=object))
    land = shapely.union_all(study.units.geometry.to_crs(study.crs).to_numpy())
    lines = shapely.intersection(study.rivers.geometry.to_crs(study.crs).to_numpy(), land)
    parts = shapely.get_parts(lines)
    parts = parts[shapely.length(parts) > 0]
    simple = shapely.simplify(parts, RIVERS_M)
    return _columns(gpd.GeoSeries(simple, crs=study.crs).to_crs(WGS84).to_numpy())


def _columns(lines: npt.NDArray[np.object_]) -> dict[str, list[int]]:
    xy, line = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint(xy * LINE_DEGREES).astype(np.int64)
    # The first point of each line, then steps.
    steps = np.diff(whole, axis=0, prepend=0)
    first = np.diff(line, prepend=-1) > 0
    steps[first] = whole[first]
    return {
        "count": np.bincount(line).tolist(),
        "x": steps[:, 0].tolist(),
        "y": steps[:, 1].tolist(),
    }


def township_areas(study: Study) -> gpd.GeoDataFrame:
    """Return the area of each township: as the study's layer has it, else sketched.

    Parameters
    ----------
    study
        The study, with at least one settlement.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns county_code, township_code and geometry in the study's CRS, sorted by both. If
        sketched, a coverage of each county: no gap, no overlap, and together all of it.
    """
    if study.townships is not None:
        return _given_areas(study, study.townships)
    homes = study.settlements.sort_index()
    outlines = study.units.geometry.to_crs(study.crs)
    points = homes.geometry.to_crs(study.crs)
    rows = []
    for county, outline in outlines.sort_index().items():
        mine = homes["county_code"] == county
        codes = homes.loc[mine, "township_code"].astype(str).to_numpy()
        for code, area in _shared_out(points[mine].to_numpy(), codes, outline):
            rows.append((str(county), code, area))
    return gpd.GeoDataFrame(
        {"county_code": [row[0] for row in rows], "township_code": [row[1] for row in rows]},
        geometry=[row[2] for row in rows],
        crs=study.crs,
    )


def _given_areas(study: Study, layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer's areas, each as far as it lies in a county."""
    own = layer.geometry.to_crs(study.crs).rename_axis("township_code").reset_index()
    units = study.units.geometry.to_crs(study.crs).rename_axis("county_code").reset_index()
    cut = gpd.overlay(own, units, how="intersection", keep_geom_type=True)
    table = cut[["county_code", "township_code", "geometry"]]
    return table.sort_values(["county_code", "township_code"], ignore_index=True)


def _shared_out(
    points: npt.NDArray[np.object_], codes: npt.NDArray[np.object_], outline: shapely.Geometry
) -> list[tuple[str, shapely.Geometry]]:
    """One county: its land by township, nearest settlement first."""
    names = sorted(set(codes))
    if len(names) < 2:
        return [(name, outline) for name in names]
    # Of settlements in one place the first stands for all; cells come in the order of points.
    xy, first = np.unique(shapely.get_coordinates(points).round(1), axis=0, return_index=True)
    codes = codes[first]
    whole = shapely.voronoi_polygons(
        shapely.multipoints(xy), extend_to=shapely.envelope(outline), ordered=True
    )
    cells = np.asarray(shapely.get_parts(whole))
    areas = [
        (name, shapely.intersection(shapely.coverage_union_all(cells[codes == name]), outline))
        for name in names
    ]
    return [(name, area) for name, area in areas if shapely.area(area) > 0]


def township_borders(areas: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Return the lines between townships of one county as LineStrings in EPSG:4326.

    Borders of counties are left out; the map has them already.

    Parameters
    ----------
    areas
        As `township_areas` returns them.
    """
    merged: list[shapely.Geometry] = []
    for _, part in areas.groupby("county_code"):
        if len(part) < 2:
            continue
        # An edge between two townships is an edge of both, the county's outline of one alone.
        given = part.geometry.to_numpy()
        if shapely.coverage_is_valid(given):
            shapes = shapely.coverage_simplify(given, SIMPLIFY_M, simplify_boundary=False)
            edges = _common_edges(shapes)
        else:
            edges = _inner_edges(given)
        whole = shapely.multilinestrings(edges)
        merged += list(shapely.get_parts(shapely.line_merge(whole)))
    lines_wgs84: npt.NDArray[np.object_] = (
        gpd.GeoSeries(merged, crs=areas.crs).to_crs(WGS84).to_numpy()
    )
    return lines_wgs84


def _common_edges(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Segments that two polygons of a coverage share, as LineStrings."""
    rings = shapely.get_rings(shapes)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero(ring[1:] == ring[:-1])
    # Rows of x, y, x, y, the smaller end first: the same edge from either side is the same row.
    ends = np.stack([xy[joined], xy[joined + 1]], axis=1)
    turned = (ends[:, 0, 0] > ends[:, 1, 0]) | (
        (ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1])
    )
    ends[turned] = ends[turned, ::-1]
    edges, count = np.unique(ends.reshape(-1, 4), axis=0, return_counts=True)
    return np.asarray(shapely.linestrings(edges[count > 1].reshape(-1, 2, 2)), dtype=object)


def _inner_edges(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Edges of areas that gape or overlap, but for those along the outline of all of them."""
    simple = shapely.simplify(shapes, SIMPLIFY_M)
    outline = shapely.boundary(shapely.union_all(shapely.buffer(shapes, SIMPLIFY_M / 4)))
    edges = shapely.union_all(shapely.boundary(simple))
    inner = shapely.difference(edges, shapely.buffer(outline, SIMPLIFY_M * 1.5))
    return np.asarray(shapely.get_parts(inner), dtype=object)


def _table(study: Study, areas: gpd.GeoDataFrame) -> dict[str, Any]:
    """The townships as columns, and which one each settlement belongs to.

    ``id`` (sorted), ``name`` ("" where the study names none), ``seat`` (name of the settlement with
    the most children), ``county``, ``x``, ``y`` (the middle of its widest part), ``children``, and
    ``settlements``: pairs of a township's position and how many settlements in their order belong
    to it.
    """
    homes = study.settlements.sort_index()
    codes = sorted(
        {
            *homes["township_code"].astype(str),
            *study.schools["township_code"],
            *areas["township_code"],
        }
        - {""}
    )
    children = homes.filter(regex=r"^age_\d+$").sum(axis=1)
    of_home = homes["township_code"].astype(str)
    # Seats: the first of the settlements with the most children.
    first = children.sort_values(ascending=False, kind="stable").index
    seats = homes.loc[first].drop_duplicates("township_code").set_index("township_code")
    # Areas by code; of a township in two counties the larger part bears the name.
    parts = areas.assign(size=areas.area).sort_values("size", ascending=False, kind="stable")
    parts = parts.drop_duplicates("township_code").set_index("township_code").reindex(codes)
    middles = widest_points(parts.geometry, study.crs)
    # Its settlements say which county a township lies in, else its schools.
    schools = study.schools.sort_index()
    county = dict(zip(areas["township_code"], areas["county_code"], strict=True))
    county |= dict(zip(schools["township_code"], schools["county_code"], strict=True))
    county |= dict(zip(of_home, homes["county_code"], strict=True))
    position = {str(code): at for at, code in enumerate(study.units.index)}
    names = township_names(study)
    return {
        "id": [clean(code) for code in codes],
        "name": [clean(names.get(code, "")) for code in codes],
        "seat": [clean(seats["name"].get(code, "")) for code in codes],
        "county": [position.get(str(county.get(code))) for code in codes],
        "x": integers((x for x, _ in middles), scale=DEGREES),
        "y": integers((y for _, y in middles), scale=DEGREES),
        "children": integers(children.groupby(of_home).sum().reindex(codes, fill_value=0)),
        "settlements": _runs(pd.Index(codes).get_indexer(pd.Index(of_home))),
    }


def _runs(values: Ints) -> list[int]:
    """Equal neighbours as pairs of value and count, one after the other."""
    starts = np.flatnonzero(np.diff(values, prepend=values[:1] - 1)) if values.size else values
    counts = np.diff(starts, append=values.size)
    return [int(number) for pair in zip(values[starts], counts, strict=True) for number in pair]
