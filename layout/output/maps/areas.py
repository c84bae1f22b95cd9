"""Catchments and roads inside a page, packed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.output.maps.geometry import WGS84
from layout.output.maps.packed import pack
from layout.planning.contract import Faces, PlanTables

__all__ = [
    "CITY_BANDS",
    "packed",
    "packed_faces",
    "packed_roads",
    "places_of",
    "road_ranks",
    "topology",
]

CITY_BANDS = ("preschool", "1-3", "4-6", "7-9")
"""Bands whose catchments the page of the whole study holds; the plan changes no other."""
SIMPLIFY_M = 150.0
"""Tolerance at which the edges of areas are drawn; they stay common to both sides."""
SENIOR_M = 400.0
"""The same for grades 10–12, whose areas are large and many parts of them small."""
ROADS_M = 25.0
"""Tolerance at which roads are drawn."""
ROAD_DEGREES = 1e4
"""Steps of a degree in which roads are held."""
ROAD_RANKS = {"motorway": 0, "trunk": 0, "primary": 1, "secondary": 2, "tertiary": 3}
LAST_RANK = 4
STEP_M = 20.0
"""Width of the grid that the corners of areas are moved to."""


def packed(plan: PlanTables, bands: Iterable[str] = CITY_BANDS) -> dict[str, str]:
    """Return the catchments of each band as text that the page unpacks: gzip in base64.

    Parameters
    ----------
    plan
        The plan with its land.
    bands
        Bands to pack, as far as the plan has their land.
    """
    if plan.land is None:
        return {}
    chosen = set(bands)
    return {
        band: pack(_band(plan, faces))
        for band, faces in plan.land.bands.items()
        if band in chosen and len(faces.faces)
    }


def road_ranks(highway: pd.Series) -> pd.Series:
    """Return the rank by which a class of road is drawn; whatever may be walked on comes last."""
    ranks: pd.Series = highway.str.removesuffix("_link").map(ROAD_RANKS).fillna(LAST_RANK)
    return ranks.astype("int64")


def packed_roads(plan: PlanTables) -> str:
    """Return the roads down to tertiary as text that the page unpacks; "" where there are none.

    Parameters
    ----------
    plan
        The plan with its land.
    """
    if plan.land is None:
        return ""
    roads = plan.land.roads
    rank = road_ranks(roads["highway"])
    kept = roads[rank < LAST_RANK]
    if kept.empty:
        return ""
    lines = gpd.GeoSeries(
        shapely.simplify(kept.geometry.to_numpy(), ROADS_M), crs=roads.crs
    ).to_crs(WGS84)
    xy, line = shapely.get_coordinates(lines.to_numpy(), return_index=True)
    whole = np.rint(xy * ROAD_DEGREES).astype(np.int64)
    # The first point of each line, then steps.
    steps = np.diff(whole, axis=0, prepend=0)
    first = np.diff(line, prepend=-1) > 0
    return pack(
        {
            "rank": rank[kept.index].tolist(),
            "count": np.bincount(line, minlength=len(kept)).tolist(),
            "first_x": whole[first, 0].tolist(),
            "first_y": whole[first, 1].tolist(),
            "x": steps[~first, 0].tolist(),
            "y": steps[~first, 1].tolist(),
        }
    )


def packed_faces(plan: PlanTables, faces: Faces, states: Iterable[str]) -> str:
    """Return the catchments of one band in some states, and on which face each settlement stands.

    Who goes where is not in it: a settlement without pupils of the band stands on a face too.

    Parameters
    ----------
    plan
        The plan.
    faces
        The faces; of ``before`` and ``after`` they need those of `states`.
    states
        The states whose schools are told.
    """
    place = places_of(plan)
    pairs = faces.faces
    schools = {
        state: place.get_indexer(pd.Index(pairs[state], dtype="str")).tolist() for state in states
    }
    # The face that each settlement stands on, before edges are simplified.
    homes = plan.study.settlements.geometry.sort_index().to_crs(pairs.crs).to_numpy()
    on = shapely.STRtree(pairs.geometry.to_numpy()).nearest(homes)
    return pack({"topology": topology(pairs), **schools, "homes": on.tolist()})


def _band(plan: PlanTables, faces: Faces) -> dict[str, Any]:
    """One band: topology, and the schools of each face in both states."""
    place = places_of(plan)
    pairs = faces.faces
    return {
        "topology": topology(pairs, SENIOR_M if faces.band == "10-12" else SIMPLIFY_M),
        "before": place.get_indexer(pd.Index(pairs["before"], dtype="str")).tolist(),
        "after": place.get_indexer(pd.Index(pairs["after"], dtype="str")).tolist(),
    }


def places_of(plan: PlanTables) -> pd.Index:
    """Return the identifiers of schools, then those of new sites, as the page numbers them."""
    sites = plan.sites.sort_values(["programme", "site_id"])
    new = [str(site) for site in sites.loc[sites["kind"] == "new", "site_id"]]
    places: pd.Index = pd.Index([*plan.study.schools.sort_index().index, *new], dtype="str")
    return places


def topology(pairs: gpd.GeoDataFrame, tolerance_m: float = SIMPLIFY_M) -> dict[str, Any]:
    """Return faces as arcs, each held once, in columns: firsts of arcs, steps along them, rings."""
    from topojson.core.topology import Topology

    # Simplified in metres, in common; then in degrees on a grid, with each edge held once.
    simple = shapely.coverage_simplify(pairs.geometry.to_numpy(), tolerance_m)
    frame = gpd.GeoDataFrame(geometry=simple, crs=pairs.crs).to_crs(WGS84)
    west, south, east, north = pairs.total_bounds
    grid = max(1000, round(max(east - west, north - south) / STEP_M))
    whole: dict[str, Any] = json.loads(str(Topology(frame, prequantize=grid).to_json()))
    shapes = [_rings(shape) for shape in whole["objects"]["data"]["geometries"]]
    rings = [ring for shape in shapes for ring in shape]
    arcs = whole["arcs"]
    steps = [step for arc in arcs for step in arc[1:]]
    return {
        "scale": whole["transform"]["scale"],
        "translate": whole["transform"]["translate"],
        "points": [len(arc) for arc in arcs],
        "first_x": [arc[0][0] for arc in arcs],
        "first_y": [arc[0][1] for arc in arcs],
        "step_x": [step[0] for step in steps],
        "step_y": [step[1] for step in steps],
        # Of each face, then of each ring; an arc that runs backwards as -1 - its position.
        "rings": [len(shape) for shape in shapes],
        "arcs": [len(ring) for ring in rings],
        "arc": [arc for ring in rings for arc in ring],
    }


def _rings(shape: dict[str, Any]) -> list[list[int]]:
    """Rings of a face; which of them are holes follows from how they lie."""
    if shape["type"] == "Polygon":
        return list(shape["arcs"])
    return [ring for polygon in shape.get("arcs", []) for ring in polygon]
