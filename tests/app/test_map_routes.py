"""Ways by road inside a page: of all who change school, as long as the plan says."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import layout
from layout.app.land import land_of
from layout.network.travel import Mode, paths
from layout.output.maps.geometry import WGS84
from layout.output.maps.routes import BY_ROAD, door_points, packed_routes
from layout.planning.contract import PlanTables
from tests.worlds.packed import unpacked


@pytest.fixture(scope="module")
def drawn(plan: layout.Plan) -> PlanTables:
    return replace(plan, land=land_of(plan))


def stored(plan: PlanTables) -> dict[tuple[str, str, str], np.ndarray]:
    """Points of each stored way, from the settlement's door to the place's."""
    raw, (homes, places) = unpacked(packed_routes(plan)), door_points(plan)
    ways: dict[tuple[str, str, str], np.ndarray] = {}
    first = row = 0
    for tree, place in enumerate(raw["place"]):
        points: list[tuple[int, int, int]] = []
        for at in range(first, first + raw["points"][tree]):
            before = len(points) - 1 - raw["back"][at]
            x, y = points[before][1:] if before >= 0 else (0, 0)
            points.append((before, x + raw["x"][at], y + raw["y"][at]))
        first += raw["points"][tree]
        for _ in range(raw["ways"][tree]):
            home, at = raw["home"][row], raw["start"][row]
            line = [homes.iloc[home].coords[0]]
            while at >= 0:
                line.append((points[at][1] / 1e4, points[at][2] / 1e4))
                at = points[at][0]
            line.append(places.iloc[place].coords[0])
            key = (homes.index[home], places.index[place], ("walk", "bus")[raw["mode"][tree]])
            ways[key] = np.array(line)
            row += 1
    return ways


def asked(plan: PlanTables) -> pd.DataFrame:
    """Columns origin, site and mode: groups that change school, today and later."""
    moves = plan.assignment[plan.assignment["from_school"] != plan.assignment["to_school"]]
    served = plan.served
    school = plan.sites.drop_duplicates("site_id").set_index("site_id")["school_id"]
    place = served["site_id"].map(school)
    served = served.assign(place=place.where(place != "", served["site_id"]))
    parts = [
        moves[["settlement_id", "from_school", "mode_before"]],
        moves[["settlement_id", "to_school", "mode"]],
        served[["settlement_id", "place", "mode"]],
    ]
    names = ["origin", "site", "mode"]
    table = pd.concat([part.set_axis(names, axis=1) for part in parts], ignore_index=True)
    return table.assign(mode=table["mode"].map(BY_ROAD)).dropna()


@pytest.mark.parametrize("mode", ["walk", "bus"])
def test_every_group_that_changes_has_its_ways_by_road(drawn: PlanTables, mode: Mode) -> None:
    """Each lies within some 60 m of the way on the roads that the plan was made on."""
    assert drawn.land is not None
    rows = asked(drawn)
    rows = rows[rows["mode"] == mode]
    assert len(rows)
    homes, places = door_points(drawn)
    network = drawn.land.network
    lines = paths(network, homes, places, rows, mode=mode, standards=drawn.study.standards)
    ways = stored(drawn)
    kept = [
        ways[row["origin"], row["site"], mode]
        for row, line in zip(rows.to_dict("records"), lines, strict=True)
        if line is not None
    ]
    assert len(kept) > len(rows) / 2
    drawn_lines = gpd.GeoSeries(map(shapely.LineString, kept), crs=WGS84).to_crs(network.crs)
    true = lines[lines.notna()].to_crs(network.crs)
    apart = shapely.hausdorff_distance(drawn_lines.to_numpy(), true.to_numpy(), densify=0.02)
    assert apart.max() < 60


def test_without_land_or_changes_there_are_none(plan: layout.Plan, drawn: PlanTables) -> None:
    assert packed_routes(replace(plan, land=None)) == ""
    stays = drawn.assignment["from_school"] == drawn.assignment["to_school"]
    still = replace(drawn, assignment=drawn.assignment[stays], served=drawn.served.iloc[:0])
    assert packed_routes(still) == ""
