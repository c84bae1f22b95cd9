"""The Baise study in ``data/``: what it promises about names, sums, places and stock."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from layout.core.standards import COMPULSORY_GRADES, GRADES, RURAL_CODES
from layout.planning.belt import border_distance
from tests import ROOT

DATA = ROOT / "data"
CODES = "settlement_id school_id village_code township_code county_code type_code"
TEXT = dict.fromkeys([*CODES.split(), "urban_rural_code", "centre_school_id"], str)
COMPULSORY_TYPES = ["211", "218", "311", "312"]


def table(name: str) -> pd.DataFrame:
    """One of the committed tables."""
    return pd.read_csv(DATA / name, dtype=TEXT, keep_default_na=False, na_values=[])


@pytest.fixture(scope="module")
def settlements() -> gpd.GeoDataFrame:
    """Settlements as points."""
    frame = table("settlements/settlements.csv").set_index("settlement_id")
    points = gpd.points_from_xy(frame.lon, frame.lat)
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")


@pytest.fixture(scope="module")
def schools() -> gpd.GeoDataFrame:
    """Schools as points, with their compulsory pupils."""
    frame = table("schools/schools.csv").set_index("school_id")
    frame["compulsory"] = frame[[f"pupils_{grade}" for grade in COMPULSORY_GRADES]].sum(axis=1)
    frame["border_flag"] = frame.border_flag.astype(str).str.lower() == "true"
    points = gpd.points_from_xy(frame.lon, frame.lat)
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")


@pytest.fixture(scope="module")
def attendance() -> pd.DataFrame:
    """Who goes where."""
    return table("schools/attendance.csv")


@pytest.fixture(scope="module")
def counties() -> gpd.GeoSeries:
    """County polygons by code."""
    frame = gpd.read_file(DATA / "boundaries" / "counties.gpkg", layer="counties")
    return frame.set_index("county_code").geometry


@pytest.fixture(scope="module")
def border() -> gpd.GeoDataFrame:
    """The border line."""
    return gpd.read_file(DATA / "boundaries" / "border.gpkg", layer="border")


def test_children_equal_the_census_of_every_county(settlements: pd.DataFrame) -> None:
    census = table("census/census_2020.csv").set_index("county_code")
    ages = settlements.groupby("county_code")[[f"age_{age}" for age in range(15)]].sum()
    bands = {"age_0": (0, 1), "age_1_4": (1, 5), "age_5_9": (5, 10), "age_10_14": (10, 15)}
    assert len(census) == 12
    assert census[["age_0", "age_1_4", "age_5_9", "age_10_14"]].sum().tolist() == [
        37_725,
        204_373,
        272_444,
        283_573,
    ]
    for band, (first, last) in bands.items():
        held = ages[[f"age_{age}" for age in range(first, last)]].sum(axis=1)
        assert held.to_dict() == census[band].to_dict()


def test_settlements_are_many_and_none_is_large(settlements: pd.DataFrame) -> None:
    assert len(settlements) >= 12_000
    assert settlements.index.is_unique
    ages = settlements[[f"age_{age}" for age in range(18)]].to_numpy()
    for first in range(16):
        assert ages[:, first : first + 3].sum(axis=1).max() <= 60


def test_every_real_village_and_neighbourhood_is_there(settlements: pd.DataFrame) -> None:
    names = table("settlements/villages_nbs2023.csv")
    seats = settlements[settlements.kind.isin(["village", "neighbourhood"])]
    assert len(names) == 1899
    assert sorted(seats.village_code) == sorted(names.village_code)
    by_code = seats.set_index("village_code").name
    for code, name in zip(names.village_code, names.village_name, strict=True):
        assert name.startswith(by_code[code].removesuffix("村"))
    assert set(settlements.village_code) == set(names.village_code)
    share = settlements.kind.value_counts()
    assert share["hamlet"] > 7000
    assert share["block"] > 1500


def test_settlements_lie_in_county_and_township_box(
    settlements: gpd.GeoDataFrame, counties: gpd.GeoSeries
) -> None:
    for code, group in settlements.groupby("county_code"):
        assert group.within(counties[code]).all()
    towns = pd.read_csv(DATA / "settlements" / "townships_nbs2023.csv", dtype=TEXT)
    towns = towns.set_index("township_code")
    box = towns.loc[settlements.township_code].set_index(settlements.index)
    along = settlements.lon.between(box.bbox_west, box.bbox_east)
    inside = along & settlements.lat.between(box.bbox_south, box.bbox_north)
    known = box.bbox_west.notna()
    assert towns.bbox_west.notna().sum() == 115
    assert inside[known].all()
    boxed = towns[towns.bbox_west.notna()]
    for code, group in settlements[~known].groupby("county_code"):
        others = boxed[boxed.county_code == code]
        boxes = shapely.union_all(
            shapely.box(others.bbox_west, others.bbox_south, others.bbox_east, others.bbox_north)
        )
        assert not group.within(boxes).any()


def test_towns_have_about_their_share_of_children(settlements: pd.DataFrame) -> None:
    census = table("census/census_2020.csv").set_index("county_code")
    children = settlements[[f"age_{age}" for age in range(15)]].sum(axis=1)
    town = settlements.urban.astype(str).str.lower() == "true"
    share = (
        children[town].groupby(settlements.county_code).sum()
        / children.groupby(settlements.county_code).sum()
    )
    assert (100 * share - census.urban_percent).abs().max() < 12


def test_townships_are_unequal(settlements: pd.DataFrame) -> None:
    children = settlements.groupby("township_code").age_8.sum()
    assert len(children) == 137
    assert children.max() > 50 * children.min()


def test_stock_fits_the_city(schools: pd.DataFrame) -> None:
    number = schools.type_code.value_counts()
    assert 700 <= number["111"] + number["119"] <= 1500
    assert 1000 <= number["211"] + number["218"] <= 1500
    assert 95 <= number["311"] <= 180
    assert 10 <= number["312"] <= 40
    assert 22 <= number["342"] <= 34
    assert number["361"] == 12
    assert number["514"] == 11
    assert set(schools[schools.type_code == "514"].county_code) == set(schools.county_code) - {
        "451026"
    }
    assert schools.index.str.fullmatch(r"\d{10}").all()
    assert schools.index.is_unique
    assert (schools.index.str[3:5] == "45").all()
    assert (schools.index.str[:3] == schools.type_code).all()


def test_many_rural_schools_are_small(schools: pd.DataFrame) -> None:
    rural = schools.type_code.isin(["211", "218"]) & schools.urban_rural_code.isin(RURAL_CODES)
    assert (rural & (schools.compulsory < 100)).sum() >= 500
    points = schools[schools.type_code == "218"]
    assert points[[f"pupils_g{grade}" for grade in (4, 5, 6)]].to_numpy().sum() == 0
    assert (points.centre_school_id != "").mean() > 0.9
    assert set(points.centre_school_id) - {""} <= set(schools.index)


def test_classes_overflow_in_every_county_seat(schools: pd.DataFrame) -> None:
    pupils = schools[[f"pupils_{grade}" for grade in COMPULSORY_GRADES]].to_numpy()
    classes = schools[[f"classes_{grade}" for grade in COMPULSORY_GRADES]].to_numpy()
    crowded = (pupils > 55 * classes) & (classes > 0)
    full = schools[np.any(crowded, axis=1)]
    seats = full[full.urban_rural_code == "111"]
    assert seats.county_code.nunique() == 12


def test_attendance_agrees_both_ways(
    settlements: pd.DataFrame, schools: pd.DataFrame, attendance: pd.DataFrame
) -> None:
    assert not attendance.duplicated(["settlement_id", "grade", "school_id"]).any()
    assert (attendance.pupils > 0).all()
    at_school = attendance[attendance.school_id != ""]
    sums = at_school.pivot_table(
        index="school_id", columns="grade", values="pupils", aggfunc="sum", fill_value=0
    ).reindex(index=schools.index, columns=list(GRADES), fill_value=0)
    held = schools[[f"pupils_{grade}" for grade in GRADES]].to_numpy()
    assert np.array_equal(sums.to_numpy(), held)
    homes = attendance.pivot_table(
        index="settlement_id", columns="grade", values="pupils", aggfunc="sum", fill_value=0
    ).reindex(index=settlements.index, columns=list(GRADES), fill_value=0)
    ages = settlements[[f"age_{age}" for age in range(2, 17)]].to_numpy()
    assert np.array_equal(homes.to_numpy(), ages)


def test_nearly_all_children_of_school_age_attend(attendance: pd.DataFrame) -> None:
    away = attendance.school_id == ""
    missing = attendance[away].groupby("grade").pupils.sum()
    share = missing / attendance.groupby("grade").pupils.sum()
    assert share[["g1", "g2", "g3", "g4", "g5", "g6"]].max() < 0.01
    assert share[["g7", "g8", "g9"]].between(0.015, 0.03).all()
    assert share[["g10", "g11", "g12"]].between(0.1, 0.3).all()


def test_belt_holds_the_flagged_schools_on_the_inner_side(
    schools: gpd.GeoDataFrame, border: gpd.GeoDataFrame, counties: gpd.GeoSeries
) -> None:
    part = schools[schools.type_code.isin(COMPULSORY_TYPES)]
    part = part[part.county_code.isin(["451026", "451081"])]
    metres = border_distance(part.geometry, border, crs="EPSG:4507")
    flagged = schools[schools.border_flag]
    assert len(flagged) == 25
    assert flagged.index.isin(part.index).all()
    assert flagged.county_code.nunique() == 2
    assert (metres[flagged.index] < 2800).all()
    beyond = metres[~part.border_flag]
    assert (beyond > 2850).all()
    edge = beyond[(beyond - 3000).abs() <= 150]
    assert (edge < 3000).sum() >= 2
    assert (edge > 3000).sum() >= 2
    city = shapely.union_all(counties.to_numpy())
    assert schools.within(city).all()
    inner = largest_piece(city, border.geometry.iloc[0])
    assert schools.within(inner).all()


def largest_piece(city: BaseGeometry, line: BaseGeometry) -> BaseGeometry:
    """What the border line leaves of the city on its inner side."""
    pieces = shapely.ops.split(city, line).geoms
    return max(pieces, key=lambda piece: float(piece.area))


def test_schools_lie_in_their_county(schools: gpd.GeoDataFrame, counties: gpd.GeoSeries) -> None:
    for code, group in schools.groupby("county_code"):
        assert group.within(counties[code]).all()


def test_demonstration_kindergartens_are_those_that_exist(schools: pd.DataFrame) -> None:
    assert schools.demonstration.value_counts()[["city", "region"]].to_dict() == {
        "city": 37,
        "region": 21,
    }
    assert (schools[schools.demonstration != ""].ownership == "public").all()


def test_surveys_were_held_by_county_not_by_school(schools: pd.DataFrame) -> None:
    small = schools.type_code.isin(["211", "218"]) & schools["compulsory"].lt(100)
    small &= schools.urban_rural_code.isin(RURAL_CODES)
    held = schools.survey_opposed_share != ""
    by_county = held[small].groupby(schools.county_code).mean()
    assert ((by_county > 0.9) | (by_county == 0)).all()
    assert (by_county > 0).sum() >= 3
    opposed = schools.survey_opposed_share[held].astype(float) > 0.5
    assert 0.1 < opposed.mean() < 0.6


def test_no_school_breaks_its_own_numbers(schools: pd.DataFrame) -> None:
    total = schools[[f"pupils_{grade}" for grade in GRADES]].sum(axis=1)
    assert (total > 0).all()
    assert (schools.boarders <= total).all()
    assert (schools.boarders <= schools.beds).all()
    kindergartens = schools[schools.type_code == "111"]
    classes = kindergartens[["classes_k1", "classes_k2", "classes_k3", "classes_mixed"]]
    places = 30 * classes.sum(axis=1)
    assert (total[kindergartens.index] <= places).all()
    assert (classes.sum(axis=1) <= 12).all()


def test_township_boarding_schools_keep_beds_free(schools: pd.DataFrame) -> None:
    boards = schools[(schools.beds > 0) & schools.type_code.isin(["211", "312"])]
    assert len(boards) >= 100
    # A share of 3 to 8 %, in whole beds.
    free = boards.beds - boards.boarders
    assert (free >= 0.03 * boards.beds - 0.5).all()
    assert (free <= 0.08 * boards.beds + 0.5).all()
    assert (free / boards.beds).nunique() > 50
    assert ((schools.dormitory_area_m2 - 3.6 * schools.beds).abs() <= 0.5).all()
    assert (boards.canteen == "true").all()


def test_larger_schools_feed_and_some_small_ones_do_not_say(schools: pd.DataFrame) -> None:
    day = schools[schools.type_code.isin(["211", "218"]) & (schools.beds == 0)]
    small = day[day["compulsory"] < 100]
    larger = day.drop(small.index)
    assert 0.05 <= (small.canteen == "").mean() <= 0.08
    assert set(schools.canteen) == {"true", "false", ""}
    assert (schools[schools.canteen == ""].index).isin(small.index).all()
    assert (larger.canteen == "true").mean() > 0.9
    assert (small.canteen == "false").mean() > 0.5


class _Roads(osmium.SimpleHandler):
    """Counts what the road file holds, and notes where it reaches."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: dict[str, int] = {}
        self.one_way = self.rings = 0
        self.places: list[tuple[float, float]] = []
        self.times: set[bool] = set()

    def node(self, node: osmium.osm.Node) -> None:
        """Note every fiftieth position."""
        if node.id % 50 == 0:
            self.places.append((node.location.lon, node.location.lat))

    def way(self, way: osmium.osm.Way) -> None:
        """Count by class."""
        kind = way.tags["highway"]
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.one_way += way.tags.get("oneway") == "yes"
        self.rings += way.tags.get("junction") == "roundabout"


@pytest.mark.slow
def test_roads_are_an_extract_of_true_size(counties: gpd.GeoSeries) -> None:
    path = DATA / "roads" / "baise.osm.pbf"
    assert 5e6 <= path.stat().st_size <= 12e6
    roads = _Roads()
    roads.apply_file(str(path))
    classes = (
        "motorway motorway_link trunk primary secondary tertiary unclassified residential "
        "service track"
    ).split()
    assert set(roads.kinds) == set(classes)
    assert roads.one_way > 100
    assert roads.rings >= 24
    city = shapely.union_all(counties.to_numpy()).buffer(1e-9)
    shapely.prepare(city)
    lon, lat = np.array(roads.places).T
    assert shapely.contains_xy(city, lon, lat).all()
