"""Catchments inside a page: faces as TopoJSON and who goes where, packed."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.output.maps.embed import integers
from layout.output.maps.geometry import WGS84
from layout.planning.contract import Faces, PlanTables
from layout.planning.final import final_state

__all__ = ["CITY_BANDS", "packed", "packed_roads", "unpacked"]

CITY_BANDS = ("preschool", "1-3", "4-6", "7-9")
"""Bands whose catchments the page of the whole study holds; the plan changes no other."""
SIMPLIFY_M = 150.0
"""Tolerance at which the edges of areas are drawn; they stay common to both sides."""
ROADS_M = 25.0
"""Tolerance at which roads are drawn."""
ROAD_DEGREES = 1e4
"""Steps of a degree in which roads are held."""
ROAD_RANKS = {"motorway": 0, "trunk": 0, "primary": 1, "secondary": 2, "tertiary": 3}
LAST_RANK = 4
# Steps of TopoJSON's grid on either axis: some 20 m in a study of 400 km.
_GRID = 20_000
MODES = ("walk", "bus", "board")
"""Modes by position; -1 where none is known. The school -1 is that of children without a place."""


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
        band: _pack(_band(plan, faces))
        for band, faces in plan.land.bands.items()
        if band in chosen and len(faces.faces)
    }


def packed_roads(plan: PlanTables, *, everything: bool = False) -> str:
    """Return the roads as text that the page unpacks; "" where the plan has none.

    Parameters
    ----------
    plan
        The plan with its land.
    everything
        All roads, or those down to tertiary roads alone.
    """
    if plan.land is None:
        return ""
    # Classes by weight; whatever else may be walked on is a track.
    roads = plan.land.roads
    rank = roads["highway"].str.removesuffix("_link").map(ROAD_RANKS).fillna(LAST_RANK)
    kept = roads if everything else roads[rank < LAST_RANK]
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
    steps[first] = whole[first]
    count = np.bincount(line, minlength=len(kept))
    return _pack(
        {
            "rank": rank[kept.index].astype("int64").tolist(),
            "count": count.tolist(),
            "x": steps[:, 0].tolist(),
            "y": steps[:, 1].tolist(),
        }
    )


def _pack(value: object) -> str:
    text = _json(value).encode("ascii")
    return base64.b64encode(gzip.compress(text, compresslevel=9, mtime=0)).decode("ascii")


def unpacked(text: str) -> dict[str, Any]:
    """Read one band of `packed` back, as the page does."""
    held: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(text)))
    return held


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _band(plan: PlanTables, faces: Faces) -> dict[str, Any]:
    """One band: topology, the schools of each face, and who goes where in both states."""
    # Positions of schools, then of sites that are new, as the page numbers them.
    known = [*plan.study.schools.sort_index().index, *_new_sites(plan)]
    place = pd.Index(known, dtype="str")
    pairs = faces.faces
    return {
        "topology": _topology(pairs),
        "before": place.get_indexer(pd.Index(pairs["before"], dtype="str")).tolist(),
        "after": place.get_indexer(pd.Index(pairs["after"], dtype="str")).tolist(),
        "groups": _groups(plan, faces, place),
    }


def _new_sites(plan: PlanTables) -> list[str]:
    sites = plan.sites.sort_values(["programme", "site_id"])
    return [str(site) for site in sites.loc[sites["kind"] == "new", "site_id"]]


def _topology(pairs: gpd.GeoDataFrame) -> dict[str, Any]:
    from topojson.core.topology import Topology

    # Simplified in metres, in common; then in degrees on a grid, with each edge held once.
    simple = shapely.coverage_simplify(pairs.geometry.to_numpy(), SIMPLIFY_M)
    frame = gpd.GeoDataFrame(geometry=simple, crs=pairs.crs).to_crs(WGS84)
    whole: dict[str, Any] = json.loads(str(Topology(frame, prequantize=_GRID).to_json()))
    for geometry in whole["objects"]["data"]["geometries"]:
        geometry.pop("properties", None)
        geometry.pop("id", None)
    whole.pop("bbox", None)
    return whole


def _groups(plan: PlanTables, faces: Faces, place: pd.Index) -> dict[str, dict[str, list[Any]]]:
    """Who goes where: rows of both states once, then those of today and of the plan alone."""
    rows = {state: _rows(plan, faces, place, state) for state in ("before", "after")}
    one = rows["before"].merge(rows["after"], how="outer", indicator="of")
    one = one.sort_values(["settlement", "school"], kind="stable")
    parts = {"both": "both", "before": "left_only", "after": "right_only"}
    return {name: _columns(one[one["of"] == code]) for name, code in parts.items()}


def _columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """Columns of integers; settlements as steps from the row before, which pack better."""
    return {
        "settlement": np.diff(rows["settlement"].to_numpy(), prepend=0).tolist(),
        **{name: integers(rows[name]) for name in ("school", "pupils", "minutes", "mode")},
    }


def _rows(plan: PlanTables, faces: Faces, place: pd.Index, state: str) -> pd.DataFrame:
    """One state: positions of settlement and school, pupils, whole minutes and the mode's."""
    table = faces.groups[faces.groups["state"] == state]
    homes = plan.study.settlements.sort_index().index
    ways = _ways(plan, faces.band, state).reindex(
        pd.MultiIndex.from_frame(table[["settlement_id", "school_id"]])
    )
    mode = pd.Index(MODES).get_indexer(pd.Index(ways["mode"].astype("object").fillna("")))
    return pd.DataFrame(
        {
            "settlement": homes.get_indexer(pd.Index(table["settlement_id"])),
            "school": place.get_indexer(pd.Index(table["school_id"], dtype="str")),
            "pupils": table["pupils"].to_numpy(),
            # -1 where no time is known.
            "minutes": ways["minutes"].astype("float64").round().fillna(-1).to_numpy(np.int64),
            "mode": mode,
        }
    )


def _ways(plan: PlanTables, band: str, state: str) -> pd.DataFrame:
    """Mode and minutes of the pupils of each settlement and school, as the tables have them."""
    key, minutes, mode = (
        ("from_school", "minutes_before", "mode_before")
        if state == "before"
        else ("to_school", "minutes_after", "mode")
    )
    rows = final_state(plan)
    rows = rows[(rows["band"] == band) & (rows[key] != "")]
    table = rows.assign(minutes=rows[minutes].astype("float64"), mode=rows[mode])
    if state == "after":
        # Who stays goes as before.
        stays = table["mode"] == "stay"
        table["mode"] = table["mode"].where(~stays, table["mode_before"])
    table = table.sort_values(["settlement_id", key, "pupils"])
    grouped = table.groupby(["settlement_id", key])[["minutes", "mode"]].last()
    grouped["minutes"] = grouped["minutes"].where(np.isfinite(grouped["minutes"]))
    return grouped
