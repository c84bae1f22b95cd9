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
    near_line,
    protected_by_belt,
)
from tests.worlds.closure_world import (
    COUNTY,
    KM_LAT,
    SOUTH,
    WEST,
    Home,
    School,
    grades_of,
    make_world,
)

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


def belt_world(
    *kilometres: float,
    flags: tuple[int, ...] = (),
    errors: dict[int, float] | None = None,
    belt_m: float = 3000.0,
) -> Study:
    schools = [
        School(key=f"s{i}", x=0, y=km, flag=i in flags, error_m=(errors or {}).get(i, np.nan))
        for i, km in enumerate(kilometres)
    ]
    homes = [Home(key="h", x=0, attends=grades_of(1, "s0", "g1"))]
    study, _ = make_world(schools, homes, border_y_km=0.0, belt_m=belt_m)
    return study


def test_in_out_and_uncertain() -> None:
    table = belt_table(belt_world(1.0, 2.96, 3.04, 5.0)).set_index("school_id")
    assert table["belt"].tolist() == ["in", "uncertain", "uncertain", "out"]
    assert table["protected"].tolist() == [True, True, True, False]
    assert table["uncertainty_m"].tolist() == pytest.approx([50.0] * 4, abs=0.1)
    assert not table["official"].any()
    assert table["price"].isna().all()
    lon, lat = 106.0, SOUTH + KM_LAT
    assert table["distance_m"]["s0"] == pytest.approx(GEOD.inv(lon, lat, lon, SOUTH)[2], abs=0.1)


def test_a_school_has_its_own_position_error() -> None:
    study = belt_world(2.7, 2.75, 3.4, errors={1: 300.0, 2: 0.0})
    table = belt_table(study).set_index("school_id")
    assert table["uncertainty_m"].tolist() == pytest.approx([50.0, 300.0, 0.0], abs=0.1)
    assert table["belt"].tolist() == ["in", "uncertain", "out"]
    norms = replace(study.standards, position_error_m=450.0)
    told = belt_table(replace(study, standards=norms)).set_index("school_id")
    assert told["uncertainty_m"].tolist() == pytest.approx([450.0, 300.0, 0.0], abs=0.1)
    assert told["belt"].tolist() == ["uncertain", "uncertain", "out"]


def test_uncertain_schools_may_close_by_option_and_flagged_ones_never() -> None:
    study = belt_world(2.96, 3.04, 9.0, flags=(1, 2))
    open_ones = belt_table(study.with_options(close_uncertain=True)).set_index("school_id")
    assert open_ones["protected"].to_dict() == {"s0": False, "s1": True, "s2": True}
    assert protected_by_belt(belt_table(study)) == {"s0", "s1", "s2"}
    assert open_ones["rule"].to_dict() == {
        "s0": "uncertain_open",
        "s1": "official",
        "s2": "official_outside",
    }


def test_levers_choose_the_width_and_what_the_flag_does() -> None:
    study = belt_world(1.0, 2.0, 9.0, flags=(1, 2))
    narrow = study.with_options(belt_m=1500.0)
    assert belt_width_m(narrow) == 1500.0
    assert belt_table(narrow)["belt"].tolist() == ["in", "out", "out"]
    assert protected_by_belt(belt_table(narrow)) == {"s0", "s1", "s2"}
    ignored = belt_table(narrow.with_options(belt_official=False))
    assert protected_by_belt(ignored) == {"s0"}
    assert ignored["official"].tolist() == [False, True, True]
    assert ignored["rule"].tolist() == ["inside", "outside", "outside"]
    nothing = study.with_options(belt_m=0.0, belt_official=False)
    assert protected_by_belt(belt_table(nothing)) == set()


def test_nearest_come_first_and_equals_by_id() -> None:
    table = belt_table(belt_world(4.0, 1.0, 2.0, 1.0))
    assert table["school_id"].tolist() == ["s1", "s3", "s2", "s0"]


def astray(seed: int) -> tuple[Study, LineString]:
    """A study whose border strays up to 2.4 km to either side of its county's southern edge."""
    rng = np.random.default_rng(seed)
    study = belt_world(*rng.uniform(0.0, 7.0, 12))
    lon = np.linspace(WEST - 0.3, WEST + 0.3, 25)
    line = LineString(np.stack([lon, SOUTH + KM_LAT * rng.uniform(-2.4, 2.4, 25)], axis=1))
    places = shapely.points(WEST + 0.2 * rng.uniform(-1, 1, 12), study.schools.geometry.y)
    return replace(
        study,
        schools=study.schools.set_geometry(gpd.GeoSeries(places, study.schools.index, crs=4326)),
        border=gpd.GeoDataFrame(geometry=[line], crs=4326),
    ), line


@pytest.mark.parametrize("seed", range(3))
def test_distance_and_uncertainty_agree_with_many_points(seed: int) -> None:
    study, line = astray(seed)
    table = belt_table(study).set_index("school_id")
    # Points at most ten metres apart, those of the county's edge as far as the schools are near.
    on_line = shapely.get_coordinates(shapely.segmentize(line, 0.0001))
    edge = LineString([(WEST - 0.4, SOUTH), (WEST + 0.4, SOUTH)])
    on_edge = shapely.get_coordinates(shapely.segmentize(edge, 0.0001))

    def to_all(lon: float, lat: float, xy: np.ndarray) -> np.ndarray:
        ones = np.ones(len(xy))
        return np.asarray(GEOD.inv(lon * ones, lat * ones, xy[:, 0], xy[:, 1])[2])

    for school, point in study.schools.geometry.items():
        away = to_all(point.x, point.y, on_line)
        nearest = on_line[np.argmin(away)]
        off = to_all(*nearest, on_edge).min()
        assert table.at[school, "distance_m"] == pytest.approx(away.min(), abs=0.5)
        # Points ten metres apart know the nearest one, and so the line's error, to some metres.
        assert table.at[school, "uncertainty_m"] == pytest.approx(np.hypot(50.0, off), abs=6.0)
        unsure = abs(away.min() - 3000.0) <= table.at[school, "uncertainty_m"]
        inside = "in" if away.min() < 3000.0 else "out"
        assert table.at[school, "belt"] == ("uncertain" if unsure else inside)


def test_of_a_country_s_line_only_the_counties_part_counts() -> None:
    study, line = astray(0)
    # Some 5,000 km more: far to the west, round in the north, and back to the line's other end.
    (west, _), (east, _) = line.coords[0], line.coords[-1]
    round_trip = [(east + 12, 30.0), (100.0, 45.0), (west - 25, 30.0)]
    whole = LineString([*line.coords, *round_trip, line.coords[0]])
    country = replace(study, border=gpd.GeoDataFrame(geometry=[whole], crs=4326))
    pd.testing.assert_frame_equal(belt_table(country), belt_table(study))
    assert border_units(country) == border_units(study)
    left = near_line(country.border, study.units, crs=study.crs)
    assert len(left)
    # Long edges are straight in degrees and not on the plane, so they are cut first.
    whole_edge = shapely.segmentize(study.units.union_all().boundary, 0.01)
    edge = gpd.GeoSeries([whole_edge], crs=4326).to_crs(study.crs).iloc[0]
    xy = shapely.points(shapely.get_coordinates(left.to_crs(study.crs).geometry.to_numpy()))
    assert shapely.distance(xy, edge).max() <= 5005.0


def test_a_line_far_from_the_counties_is_not_theirs() -> None:
    study = belt_world(1.0, 2.0)
    assert study.border is not None
    away = study.border.set_geometry(study.border.translate(yoff=-0.2))
    table = belt_table(replace(study, border=away))
    assert np.isinf(table["distance_m"]).all()
    assert set(table["belt"]) == {"out"}
    assert near_line(away, study.units, crs=study.crs).empty


def test_a_gap_between_counties_is_no_part_of_the_outer_boundary() -> None:
    study, _ = astray(1)
    shape, other = study.units.geometry
    hole = shapely.box(WEST - 0.2, SOUTH + 0.01, WEST + 0.2, SOUTH + 0.011)
    pierced = study.units.set_geometry([shapely.difference(shape, hole), other], crs=4326)
    pd.testing.assert_frame_equal(belt_table(replace(study, units=pierced)), belt_table(study))


@pytest.mark.more
@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 9),
    st.floats(1.0, 6000.0),
    st.floats(1.0, 6000.0),
    st.booleans(),
    st.booleans(),
)
def test_a_wider_belt_never_protects_fewer(
    seed: int, one: float, other: float, close_uncertain: bool, official: bool
) -> None:
    study = astray(seed)[0].with_options(close_uncertain=close_uncertain, belt_official=official)
    narrow, wide = (
        protected_by_belt(belt_table(study.with_options(belt_m=width)))
        for width in sorted((one, other))
    )
    assert narrow <= wide


@pytest.mark.more
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9), st.floats(0.0, 3000.0), st.floats(0.0, 3000.0))
def test_a_larger_error_never_makes_the_uncertain_certain(
    seed: int, one: float, other: float
) -> None:
    study = astray(seed)[0]
    less, more = (
        belt_table(replace(study, schools=study.schools.assign(position_error_m=error)))
        for error in sorted((one, other))
    )
    assert (more["uncertainty_m"] >= less["uncertainty_m"]).all()
    assert set(less.loc[less["belt"] == "uncertain", "school_id"]) <= set(
        more.loc[more["belt"] == "uncertain", "school_id"]
    )


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
    assert table["distance_m"].is_monotonic_increasing
