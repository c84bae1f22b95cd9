"""The ways by road of the groups that a plan moves, packed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.arrays import Ints
from layout.network.roads import Mode, RoadNetwork
from layout.network.travel import along, ways
from layout.output.maps.areas import ROAD_DEGREES, places_of
from layout.output.maps.geometry import WGS84
from layout.output.maps.packed import pack
from layout.planning.contract import PlanTables

__all__ = ["BY_ROAD", "door_points", "packed_routes"]

ROUTE_M = 40.0
"""Tolerance at which routes are drawn, edge by edge, so that they share their points."""
BY_ROAD: dict[str, Mode] = {"walk": "walk", "bus": "bus", "board": "bus"}
"""How each mode travels; who boards goes by bus."""


def packed_routes(plan: PlanTables) -> str:
    """Return the ways of all groups that change school, as text that the page unpacks.

    Ways to one place by one mode are a tree of points: each point names the one before it, towards
    the place, by how many rows lie between the two, and its step from that one in 1e-4 degree.

    Parameters
    ----------
    plan
        The plan with its land; "" without it, or where nobody changes.
    """
    if plan.land is None:
        return ""
    pairs = _changing(plan)
    if pairs.empty:
        return ""
    homes, places = door_points(plan)
    columns: dict[str, list[int]] = {
        name: [] for name in ("place", "mode", "ways", "points", "home", "start", "back", "x", "y")
    }
    modes: tuple[Mode, ...] = ("walk", "bus")
    for number, mode in enumerate(modes):
        asked = pairs[pairs["mode"] == mode]
        routes = ways(
            plan.land.network, homes, places, asked, mode=mode, standards=plan.study.standards
        )
        network = plan.land.network
        lines = {row: along(network, way, tolerance_m=ROUTE_M) for row, way in routes.items()}
        grid = _on_grid(network, list(lines.values()))
        points = dict(zip(lines, grid, strict=True))
        for site, rows in asked.loc[list(routes)].groupby("site"):
            columns["place"].append(int(places.index.get_loc(site)))
            columns["mode"].append(number)
            _add_tree(columns, [points[row] for row in rows.index])
            columns["home"] += homes.index.get_indexer(pd.Index(rows["origin"])).tolist()
    return pack(columns)


def door_points(plan: PlanTables) -> tuple[gpd.GeoSeries, gpd.GeoSeries]:
    """Return settlements, and schools with new sites, by id as the page numbers them."""
    study = plan.study
    sites = plan.sites[plan.sites["kind"] == "new"].set_index("site_id")
    new = gpd.GeoSeries.from_xy(sites["lon"], sites["lat"], crs=WGS84)
    schools = study.schools.geometry.to_crs(WGS84)
    places = gpd.GeoSeries(pd.concat([schools, new]), crs=WGS84)
    homes = study.settlements.geometry.sort_index().to_crs(WGS84)
    return homes, places.loc[places_of(plan)]


def _changing(plan: PlanTables) -> pd.DataFrame:
    """Columns origin, site and mode: the ways today and later of groups that change school."""
    moves = plan.assignment[plan.assignment["from_school"] != plan.assignment["to_school"]]
    parts = [
        moves[["settlement_id", "from_school", "mode_before"]],
        moves[["settlement_id", "to_school", "mode"]],
        *(_served(plan) if len(plan.served) else ()),
    ]
    names = ["origin", "site", "mode"]
    table = pd.concat([part.set_axis(names, axis=1) for part in parts], ignore_index=True)
    table = table.assign(mode=table["mode"].map(BY_ROAD)).dropna()
    table = table[table["site"] != ""].drop_duplicates()
    changing: pd.DataFrame = table.sort_values(["site", "origin"], ignore_index=True)
    return changing


def _served(plan: PlanTables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Settlement, school and mode of those whom sites serve: today, and at the site."""
    new = plan.sites.loc[plan.sites["kind"] == "new", "site_id"]
    served = plan.served
    # Places by id: a new site's own, else that of the school which grows.
    school = plan.sites.drop_duplicates("site_id").set_index("site_id")["school_id"]
    place = served["site_id"].where(served["site_id"].isin(new), served["site_id"].map(school))
    # Today they go to the school of the assignment, as the assignment says.
    own = plan.assignment.drop_duplicates(["settlement_id", "band", "to_school"])
    left: pd.DataFrame = served.merge(
        own[["settlement_id", "band", "to_school", "mode_before"]],
        left_on=["settlement_id", "band", "from_school"],
        right_on=["settlement_id", "band", "to_school"],
    )
    later: pd.DataFrame = served.assign(place=place)[["settlement_id", "place", "mode"]]
    return left[["settlement_id", "from_school", "mode_before"]], later


def _on_grid(network: RoadNetwork, lines: list[list[Any]]) -> list[Ints]:
    """Points of each line in steps of a degree, from the place outwards, none twice in a row."""
    if not lines:
        return []
    xy = np.array([point[:2] for line in lines for point in line])
    there = gpd.GeoSeries.from_xy(xy[:, 0], xy[:, 1], crs=network.crs).to_crs(WGS84)
    whole = np.rint(np.column_stack([there.x, there.y]) * ROAD_DEGREES).astype(np.int64)
    ends = np.cumsum([len(line) for line in lines])
    grid = []
    for line in np.split(whole, ends[:-1]):
        outward = line[::-1]
        new = np.any(np.diff(outward, axis=0, prepend=outward[:1] - 1) != 0, axis=1)
        grid.append(outward[new])
    return grid


def _add_tree(columns: dict[str, list[int]], lines: list[Ints]) -> None:
    """Write the lines to one place as a tree, whose points are numbered from its own first."""
    rows: dict[tuple[int, int, int], int] = {}
    count = 0
    for line in lines:
        before, x, y = -1, 0, 0
        for at_x, at_y in line.tolist():
            key = (before, at_x, at_y)
            if key not in rows:
                rows[key] = count
                columns["back"].append(count - 1 - before)
                columns["x"].append(at_x - x)
                columns["y"].append(at_y - y)
                count += 1
            before, x, y = rows[key], at_x, at_y
        columns["start"].append(before)
    columns["points"].append(count)
    columns["ways"].append(len(lines))
