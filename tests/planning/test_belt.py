"""Distances to the border are geodesic, and doubt is told as doubt."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import LineString, Point

from layout.core.errors import UsageError
from layout.inputs.study.study import Study
from layout.planning.belt import (
    belt_table,
    belt_width_m,
    border_distance,
    border_units,
    protected_by_belt,
)
from tests.worlds.closure_world import COUNTY, KM_LAT, SOUTH, Home, School, grades_of, make_world

pytestmark = pytest.mark.slow

GEOD = Geod(ellps="WGS84")
LINE = LineString([(105.6, 23.1), (105.9, 22.9), (106.5, 22.95), (106.51, 22.7), (107.2, 22.8)])


def by_many_points(point: Point, line: LineString) -> float:
    """Distance to the nearest of points at most five metres apart."""
    xy = shapely.get_coordinates(shapely.segmentize(line, 0.00005))
    ones = np.ones(len(xy))
    return float(np.min(GEOD.inv(point.x * ones, point.y * ones, xy[:, 0], xy[:, 1])[2]))


def distances(points: list[Point], line: LineString) -> pd.Series:
    return border_distance(
        gpd.GeoSeries(points, crs="EPSG:4326"),
        gpd.GeoDataFrame(geometry=[line], crs="EPSG:4326"),
        crs="EPSG:4507",
    )


@settings(max_examples=25, deadline=None)
@given(st.floats(105.4, 107.4), st.floats(22.5, 24.2))
def test_distance_agrees_with_a_densified_line(lon: float, lat: float) -> None:
    point = Point(lon, lat)
    assert distances([point], LINE).iloc[0] == pytest.approx(by_many_points(point, LINE), abs=0.1)


def test_long_pieces_are_straight_in_degrees() -> None:
    line = LineString([(105.0, 23.0), (107.0, 23.0)])
    point = Point(106.0, 23.02)
    expected = GEOD.inv(106.0, 23.02, 106.0, 23.0)[2]
    assert distances([point], line).iloc[0] == pytest.approx(expected, abs=0.05)


def test_a_point_on_the_line_has_no_distance() -> None:
    assert distances([Point(105.6, 23.1)], LINE).iloc[0] == pytest.approx(0.0, abs=1e-6)


def test_without_border_everything_is_infinitely_far() -> None:
    points = gpd.GeoSeries([Point(106, 23)], index=["a"], crs="EPSG:4326")
    assert np.isinf(border_distance(points, None, crs="EPSG:4507")["a"])


def test_other_crs_are_refused() -> None:
    points = gpd.GeoSeries([Point(106, 23)], crs="EPSG:4326").to_crs("EPSG:4507")
    border = gpd.GeoDataFrame(geometry=[LINE], crs="EPSG:4326")
    with pytest.raises(UsageError, match="4326"):
        border_distance(points, border, crs="EPSG:4507")


def belt_world(*kilometres: float, flags: tuple[int, ...] = (), belt_m: float = 3000.0) -> Study:
    schools = [School(key=f"s{i}", x=0, y=km, flag=i in flags) for i, km in enumerate(kilometres)]
    homes = [Home(key="h", x=0, attends=grades_of(1, "s0", "g1"))]
    study, _ = make_world(schools, homes, border_y_km=0.0, belt_m=belt_m)
    return study


def test_in_out_and_uncertain() -> None:
    table = belt_table(belt_world(1.0, 2.9, 3.1, 5.0)).set_index("school_id")
    assert table["belt"].tolist() == ["in", "uncertain", "uncertain", "out"]
    assert table["protected"].tolist() == [True, True, True, False]
    assert not table["official"].any()
    lon, lat = 106.0, SOUTH + KM_LAT
    assert table["distance_m"]["s0"] == pytest.approx(GEOD.inv(lon, lat, lon, SOUTH)[2], abs=0.1)


def test_uncertain_schools_may_close_by_option_and_flagged_ones_never() -> None:
    study = belt_world(2.9, 3.1, 9.0, flags=(1, 2))
    table = belt_table(study, close_uncertain=True).set_index("school_id")
    assert table["protected"].to_dict() == {"s0": False, "s1": True, "s2": True}
    assert protected_by_belt(belt_table(study)) == {"s0", "s1", "s2"}
    assert table["rule"]["s2"] == "official_outside"


def test_a_belt_of_no_width_holds_nothing() -> None:
    study = belt_world(0.05, 1.0, belt_m=0.0)
    table = belt_table(study)
    assert set(table["belt"]) == {"out"}
    assert not table["protected"].any()


def test_without_border_all_are_out_and_flags_still_count() -> None:
    study = replace(belt_world(1.0, 2.0, flags=(1,)), border=None)
    table = belt_table(study).set_index("school_id")
    assert belt_width_m(study) == 0.0
    assert table["belt"].tolist() == ["out", "out"]
    assert table["protected"].to_dict() == {"s0": False, "s1": True}


def test_units_are_those_that_the_belt_may_touch_where_none_are_named() -> None:
    study = belt_world(1.0)
    unnamed = replace(study, programmes=study.programmes.model_copy(update={"border": None}))
    assert border_units(unnamed) == (COUNTY,)
    far = unnamed.units.set_geometry(unnamed.units.geometry.translate(yoff=5.0))
    assert border_units(replace(unnamed, units=far)) == ()


def test_every_compulsory_school_of_the_border_counties_is_told(mini_study: Study) -> None:
    table = belt_table(mini_study)
    kinds = mini_study.schools.loc[table["school_id"], "type_code"]
    assert not kinds.isin(["111", "342", "361"]).any()
    in_counties = mini_study.schools["county_code"].isin(border_units(mini_study))
    assert (
        len(table)
        == (
            in_counties & ~mini_study.schools["type_code"].isin(["111", "119", "342", "349", "361"])
        ).sum()
    )
    assert table["school_id"].is_monotonic_increasing
