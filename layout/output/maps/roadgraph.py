"""The roads of a county's page as a graph, on which the page finds any way, packed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.arrays import Bools, Floats, Ints
from layout.network.roads import RoadNetwork, snap
from layout.network.travel import edge_legs, ways
from layout.output.maps.areas import ROAD_DEGREES, ROADS_M, road_ranks
from layout.output.maps.embed import integers
from layout.output.maps.geometry import WGS84
from layout.output.maps.packed import pack
from layout.output.maps.routes import BY_ROAD, door_points
from layout.planning.contract import Land, PlanTables

__all__ = ["packed_graph"]

FRACTIONS = 1000
"""Steps of an edge in which places beside it are held."""
INSIDE_M = 2000.0
INSIDE_SHARE = 0.3
"""So far from the outline, in metres and by its length, a straight line has its way inside."""
_SECONDS = 60.0


def packed_graph(plan: PlanTables) -> str:
    """Return roads with their seconds on foot and by bus, and where each door meets them.

    The roads are those that touch the plan's units, and those elsewhere that a group of the page
    takes; ways found on them are the ways of the plan.

    Parameters
    ----------
    plan
        A unit of a plan, with its land; "" without it.
    """
    if plan.land is None:
        return ""
    network, norms = plan.land.network, plan.study.standards
    homes, places = door_points(plan)
    doors = [
        snap(network, points, mode="walk", limit_m=norms.snap_limit_m) for points in (homes, places)
    ]
    # Roads of the page, by their nodes, which are numbered along a curve that fills the plane.
    kept = np.zeros(len(network.edges), dtype=bool)
    kept[plan.land.roads.index] = True
    kept[_taken(plan, homes, places)] = True
    for table in doors:
        kept[table.loc[table["status"] == "ok", "edge"]] = True
    ends = network.edges[["u", "v"]].to_numpy(dtype=np.int64)
    number = _numbered(network, np.unique(ends[kept]))
    u, v = number[ends[:, 0]], number[ends[:, 1]]
    order = np.flatnonzero(kept)
    order = order[np.lexsort((v[order], u[order]))]
    position = np.full(len(kept), -1, dtype=np.int64)
    position[order] = np.arange(len(order))
    content = {
        "walk_kmh": norms.walk_kmh,
        "wait": norms.bus_wait_minutes,
        "nodes": _nodes(network, number),
        "edges": _edges(plan, order, u[order], v[order]),
        "homes": _doors(doors[0], position),
        "places": _doors(doors[1], position),
    }
    return pack(content)


def _taken(plan: PlanTables, homes: gpd.GeoSeries, places: gpd.GeoSeries) -> list[int]:
    """Edges on the ways of groups that may leave the plan's units."""
    land = plan.land
    assert land is not None
    pairs = _groups(land)
    crs = land.network.crs
    inside = shapely.union_all(plan.study.units.geometry.to_crs(crs).to_numpy())
    inside = shapely.simplify(inside, INSIDE_M / 20)
    outline = shapely.boundary(inside)
    shapely.prepare([inside, outline])
    # Ways whose straight line stays well inside are taken to stay inside themselves: the longer
    # it is, the farther from it the way may lie.
    there = (
        homes.to_crs(crs).loc[pairs["origin"]].to_numpy(),
        places.to_crs(crs).loc[pairs["site"]].to_numpy(),
    )
    straight = shapely.linestrings(
        np.stack([shapely.get_coordinates(points) for points in there], axis=1)
    )
    room = np.maximum(INSIDE_M, INSIDE_SHARE * shapely.length(straight))
    stays = shapely.contains_properly(inside, straight) & (
        shapely.distance(outline, straight) > room
    )
    leaving = pairs.iloc[np.flatnonzero(~stays)]
    taken: set[int] = set()
    for mode, rows in leaving.groupby("mode"):
        routes = ways(
            land.network,
            homes,
            places,
            rows,
            mode=BY_ROAD[str(mode)],
            standards=plan.study.standards,
        )
        taken.update(edge for way in routes.values() for edge in way.edges)
    return sorted(taken)


def _groups(land: Land) -> pd.DataFrame:
    """Columns origin, site and mode of all groups; by bus where the mode is not known."""
    tables = [faces.groups[faces.groups["school_id"] != ""] for faces in land.bands.values()]
    table = pd.concat(tables, ignore_index=True)
    mode = table["mode"].map(BY_ROAD).fillna("bus")
    pairs = pd.DataFrame(
        {"origin": table["settlement_id"], "site": table["school_id"], "mode": mode}
    )
    return pairs.drop_duplicates(ignore_index=True)


def _numbered(network: RoadNetwork, used: Ints) -> Ints:
    """New numbers of the nodes in use, neighbours near each other; -1 for all others."""
    xy = network.nodes[["x", "y"]].to_numpy()[used]
    along_curve = gpd.GeoSeries.from_xy(xy[:, 0], xy[:, 1]).hilbert_distance().to_numpy()
    number = np.full(len(network.nodes), -1, dtype=np.int64)
    number[used[np.lexsort((used, along_curve))]] = np.arange(len(used))
    return number


def _nodes(network: RoadNetwork, number: Ints) -> dict[str, list[int | None]]:
    order = np.argsort(number, kind="stable")[(number < 0).sum() :]
    nodes = network.nodes.iloc[order]
    return {
        "x": integers(nodes["lon"], scale=ROAD_DEGREES),
        "y": integers(nodes["lat"], scale=ROAD_DEGREES),
    }


def _edges(plan: PlanTables, order: Ints, u: Ints, v: Ints) -> dict[str, Any]:
    """Edges by their ends, with class, points between the ends, and seconds either way."""
    assert plan.land is not None
    network, norms = plan.land.network, plan.study.standards
    lines = shapely.simplify(network.geometry[order], ROADS_M)
    xy, line = shapely.get_coordinates(
        gpd.GeoSeries(lines, crs=network.crs).to_crs(WGS84).to_numpy(), return_index=True
    )
    # Steps from each point to the next, without that to the last, which is the node v.
    steps = np.diff(np.rint(xy * ROAD_DEGREES).astype(np.int64), axis=0, prepend=0)
    first = np.diff(line, prepend=-1) > 0
    last = np.diff(line, append=len(order)) > 0
    between = ~first & ~last
    on_foot, by_bus = (edge_legs(network, mode, standards=norms) for mode in ("walk", "bus"))
    return {
        "u": u.tolist(),
        "v": (v - u).tolist(),
        "rank": road_ranks(network.edges["highway"]).to_numpy()[order].tolist(),
        "points": np.bincount(line[between], minlength=len(order)).tolist(),
        "x": steps[between, 0].tolist(),
        "y": steps[between, 1].tolist(),
        **_seconds("walk", on_foot.forward[order], on_foot.backward[order]),
        **_seconds("bus", by_bus.forward[order], by_bus.backward[order]),
    }


def _seconds(mode: str, ahead: Floats, back: Floats) -> dict[str, list[int | None]]:
    """Whole seconds ahead, and what going back adds; None where nobody may go."""
    there, here = np.rint(ahead * _SECONDS), np.rint(back * _SECONDS)
    more = np.where(np.isfinite(there), here - np.where(np.isfinite(there), there, 0), here)
    return {mode: integers(there), f"{mode}_back": integers(more)}


def _doors(table: pd.DataFrame, position: Ints) -> dict[str, list[int | None]]:
    """Edge (-1 for none), place on it from u, and metres off the road of each door."""
    on_road: Bools = (table["status"] == "ok").to_numpy()
    edge = np.where(on_road, position[table["edge"].to_numpy(dtype=np.int64)], -1)
    return {
        "edge": edge.tolist(),
        "at": integers(table["fraction"].where(on_road, 0.0), scale=FRACTIONS),
        "off": integers(table["off_road_m"].where(on_road, 0.0)),
    }
