"""Where a new school may be built, and what a plan says where it may not."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from layout.app.plan import Plan
from layout.inputs.study.study import Study
from layout.planning.siting.ground import buildable, held_parcels, unplaced
from layout.planning.verify.ground import ground_failures
from tests.worlds.study import make_study

METRES = "EPSG:4507"
EAST, NORTH = 18_600_000.0 - 18_000_000.0, 2_550_000.0
SMALLEST = 90
"""Places of the smallest kindergarten: three classes of thirty, on 1,350 m² at 15 m² each."""


def located(*places: tuple[float, float]) -> gpd.GeoSeries:
    """Points a, b, … at metres east and north of a corner, in degrees."""
    points = [Point(EAST + x, NORTH + y) for x, y in places]
    names = [chr(ord("a") + at) for at in range(len(points))]
    return gpd.GeoSeries(points, index=names, crs=METRES).to_crs("EPSG:4326")


def square(x: float, y: float, side: float, high: float | None = None) -> object:
    return box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + (high or side))


def parcels(*rows: tuple[str, str, object]) -> gpd.GeoDataFrame:
    """Parcels of name, stage and shape, as a study has them."""
    table = gpd.GeoDataFrame(
        {"parcel_id": [row[0] for row in rows], "stage": [row[1] for row in rows]},
        geometry=[row[2] for row in rows],
        crs=METRES,
    )
    table = table.assign(name=table["parcel_id"] + "地", area_m2=table.area)
    return table.to_crs("EPSG:4326").set_index("parcel_id").sort_index()


def exclusions(*rows: tuple[str, str, object]) -> gpd.GeoDataFrame:
    """Exclusion areas of kind, name and shape."""
    table = gpd.GeoDataFrame(
        {"kind": [row[0] for row in rows], "name": [row[1] for row in rows]},
        geometry=[row[2] for row in rows],
        crs=METRES,
    )
    return table.to_crs("EPSG:4326")


def study_of(points: gpd.GeoSeries, **layers: object) -> Study:
    """A study of nothing but these points."""
    homes = gpd.GeoDataFrame({"county_code": "451002"}, index=points.index, geometry=points)
    around = gpd.GeoSeries([points.union_all().envelope.buffer(0.01)], crs=points.crs)
    county = gpd.GeoDataFrame(index=["451002"], geometry=around.to_numpy(), crs=points.crs)
    return make_study(units=county, settlements=homes, schools=homes.iloc[:0], **layers)


def judged(study: Study, *, stage: str = "preschool", **more: object) -> pd.DataFrame:
    points = study.settlements.geometry
    return buildable(study, points, stage=stage, least_places=SMALLEST, **more)  # type: ignore[arg-type]


def test_without_layers_a_school_may_stand_anywhere() -> None:
    table = judged(study_of(located((0, 0), (10, 0))))
    assert (table["reason"] == "").all()
    assert np.isinf(table["most_places"]).all()


def test_a_school_stands_in_the_county_that_it_is_for() -> None:
    study = study_of(located((0, 0), (10, 0)))
    far = study.settlements.copy()
    far.loc["b", "geometry"] = Point(*np.array(far.geometry["b"].coords[0]) + 1.0)
    table = judged(make_study(units=study.units, settlements=far, schools=study.schools))
    assert table["reason"].to_dict() == {"a": "", "b": "outside_county"}
    assert table["most_places"].to_dict() == {"a": np.inf, "b": 0.0}


def test_a_point_in_an_exclusion_area_or_on_its_edge_is_rejected() -> None:
    zone = exclusions(("flood", "右江", square(0, 0, 100)), ("slope", "", square(50, 50, 100)))
    edge = zone.geometry[0].exterior.coords[0]
    points = located((50, 50), (200, 200), (120, 120))
    points["d"] = Point(edge)
    table = judged(study_of(points, exclusions=zone))
    assert table["reason"].tolist() == ["excluded", "", "excluded", "excluded"]
    assert table["kind"].tolist() == ["flood", "", "slope", "flood"]
    assert table["area"].tolist() == ["右江", "", "", "右江"]
    assert table["most_places"].tolist() == [0, np.inf, 0, 0]


def test_a_school_needs_a_parcel_of_its_stage_that_is_near_and_large_enough() -> None:
    points = located((0, 0), (5000, 0), (10000, 0), (15000, 0), (20000, 0))
    ground = parcels(
        # Around a; 900 m from b; too far from c; for others at d; too small at e.
        ("p1", "", square(-30, -30, 60)),
        ("p2", "preschool", square(5900, -30, 60)),
        ("p3", "", square(11010, -30, 60)),
        ("p4", "primary", square(15000, 0, 100)),
        ("p5", "", square(20000, 0, 30)),
        ("p6", "", square(20100, 0, 36)),
    )
    table = judged(study_of(points, parcels=ground))
    reasons = ["", "", "outside_parcels", "outside_parcels", "too_small"]
    assert table["reason"].tolist() == reasons
    # 3,600 m² at 15 m² a child; of parcels that are all too small the nearest is named.
    assert table["most_places"].tolist() == [240, 240, 0, 0, 0]
    assert table["parcel_id"].tolist() == ["p1", "p2", "", "", "p5"]
    assert table["area"].tolist() == ["p1地", "p2地", "", "", "p5地"]
    wider = study_of(points, parcels=ground)
    wider = replace(wider, standards=replace(wider.standards, parcel_distance_m=1100.0))
    assert judged(wider)["reason"].tolist()[:3] == ["", "", ""]
    primary = judged(wider, stage="primary")
    assert primary["parcel_id"].tolist()[3] == "p4"
    assert primary["most_places"].tolist()[3] == 500


def test_a_parcel_goes_to_the_nearest_settlement_and_no_other_site() -> None:
    points = located((0, 0), (100, 0), (200, 0))
    study = study_of(
        points, parcels=parcels(("p1", "", square(110, 0, 40)), ("p2", "", square(400, 0, 40)))
    )
    table = judged(study)
    assert table["reason"].tolist() == ["parcel_taken", "", ""]
    assert table["parcel_id"].tolist() == ["", "p1", "p2"]
    table = judged(study, held=["p1"])
    assert table["reason"].tolist() == ["parcel_taken", "parcel_taken", ""]
    # Two at the same distance: the first name, and of two parcels too.
    both = study_of(located((0, 0), (100, 0)), parcels=parcels(("p1", "", square(30, -20, 40))))
    assert judged(both)["reason"].tolist() == ["", "parcel_taken"]
    twin = parcels(("q2", "", square(-70, -20, 40)), ("q1", "", square(30, -20, 40)))
    assert judged(study_of(located((0, 0)), parcels=twin))["parcel_id"].tolist() == ["q1"]


def test_what_an_exclusion_area_covers_of_a_parcel_counts_nothing() -> None:
    points = located((0, 0))
    ground = parcels(("p1", "", square(0, 0, 60)))
    # Two areas that overlap cover 40 % together, then 60 %.
    less = exclusions(("flood", "", square(36, 0, 24, 60)), ("slope", "", square(48, 0, 12, 60)))
    more = exclusions(("flood", "", square(24, -9, 36, 90)))
    assert judged(study_of(points, parcels=ground, exclusions=less))["most_places"].item() == 144
    table = judged(study_of(points, parcels=ground, exclusions=more))
    assert table["reason"].item() == "outside_parcels"


cells = st.tuples(st.integers(0, 30), st.integers(0, 30))
places = st.lists(cells, min_size=1, max_size=8, unique=True)
shapes = st.lists(st.tuples(cells, st.integers(20, 60)), max_size=6)


@settings(max_examples=50)
@given(places, shapes, shapes, st.booleans())
def test_more_exclusion_areas_never_mean_more_candidates(
    homes: list[tuple[int, int]],
    plots: list[tuple[tuple[int, int], int]],
    zones: list[tuple[tuple[int, int], int]],
    with_parcels: bool,
) -> None:
    points = located(*((100.0 * x, 100.0 * y) for x, y in homes))
    study = study_of(points)
    if with_parcels:
        drawn = [
            (f"p{at}", "", square(100.0 * x, 100.0 * y, side))
            for at, ((x, y), side) in enumerate(plots)
        ]
        study = replace(study, parcels=parcels(*drawn) if drawn else None)
    before = judged(study)
    for number in range(1, len(zones) + 1):
        drawn = [
            ("flood", "", square(100.0 * x - 90, 100.0 * y - 90, 10.0 * side))
            for (x, y), side in zones[:number]
        ]
        wet = replace(study, exclusions=exclusions(*drawn))
        after = judged(wet)
        free, was_free = after["reason"] == "", before["reason"] == ""
        assert free.sum() <= was_free.sum()
        if study.parcels is None:
            assert not (free & ~was_free).any()
        else:
            assert after.loc[free, "parcel_id"].is_unique
            assert (after.loc[free, "most_places"] >= SMALLEST).all()
        assert wet.exclusions is not None
        inside = points.intersects(wet.exclusions.union_all())
        assert (after.loc[inside, "reason"] == "excluded").all()
        before = after


def sites_of(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """New sites of stage, settlement and places."""
    table = pd.DataFrame(rows, columns=["stage", "settlement_id", "places"])
    ids = [f"S-{at}" for at in table.index]
    return table.assign(kind="new", site_id=ids, lon=106.0, lat=23.0)


def test_sites_share_parcels_out_among_them() -> None:
    points = located((0, 0), (100, 0))
    ground = parcels(("p1", "", square(40, 0, 60)), ("p2", "junior", square(40, 80, 60)))
    study = study_of(points, parcels=ground)
    both = sites_of(("primary", "a", 180), ("junior", "a", 144))
    assert list(unplaced(study, both)) == []
    assert set(held_parcels(study, both)) == {"p1", "p2"}
    three = sites_of(("primary", "a", 180), ("junior", "a", 144), ("preschool", "b", 90))
    assert len(unplaced(study, three)) == 1
    assert list(unplaced(study, sites_of(("primary", "a", 181)))) == [0]
    assert list(unplaced(study, both, held=["p2"])) != []
    grown = both.assign(settlement_id="")
    assert list(held_parcels(study, grown)) == []


def test_the_check_finds_sites_on_wrong_ground() -> None:
    points = located((0, 0), (100, 0))
    ground = parcels(("p1", "", square(40, 0, 60)), ("p2", "junior", square(40, 80, 60)))
    study = study_of(points, parcels=ground)

    def told(study: Study, *rows: tuple[str, str, int]) -> str:
        plan = Plan(name="p", study=study, assignment=pd.DataFrame(), sites=sites_of(*rows))
        return " ".join(ground_failures(study, plan))

    fitting = (("primary", "a", 180), ("junior", "a", 144))
    assert told(study, *fitting) == ""
    assert "no parcel of their own that is large enough: S-0" in told(study, ("primary", "a", 181))
    assert "no parcel of their own" in told(study, *fitting, ("preschool", "b", 90))
    flood = exclusions(("flood", "", square(-10, -10, 20)))
    assert told(replace(study, exclusions=flood), ("primary", "b", 180)) == ""
    assert "lie in exclusion areas: S-0" in told(
        replace(study, exclusions=flood), ("primary", "a", 180)
    )
    # The area outside is what counts, and none where more than half is lost.
    part = exclusions(("flood", "", square(40, 0, 20, 60)))
    assert told(replace(study, exclusions=part), ("primary", "b", 120)) == ""
    assert "no parcel" in told(replace(study, exclusions=part), ("primary", "b", 121))
    most = exclusions(("flood", "", square(40, 0, 31, 60)))
    assert "no parcel" in told(replace(study, exclusions=most), ("primary", "b", 30))
