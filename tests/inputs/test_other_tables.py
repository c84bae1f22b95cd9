"""Another layer, another table, a part that is missing: named once, by its cause."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, MultiPoint, Point

from layout.inputs.study.study import examine
from tests.worlds.eight_schools import add, put, sheet, told, written

EDGES = 0.001


def layers(path: Path, **frames: gpd.GeoDataFrame) -> None:
    """Write layers into one GeoPackage, in this order."""
    for name, frame in frames.items():
        frame.to_file(path, layer=name, driver="GPKG")


def test_of_several_layers_the_one_of_the_right_kind_is_read(tmp_path: Path) -> None:
    study = written(tmp_path)
    folder = study.parent
    units, roads = gpd.read_file(folder / "units.geojson"), gpd.read_file(folder / "roads.geojson")
    layers(folder / "all.gpkg", roads=roads, units=units)
    put(study, "units.geojson", "all.gpkg")
    assert told(study, "error", "warning", "note") == [("other-layers", "all.gpkg", None, "")]
    assert examine(study).problems[0].value == "roads"
    put(study, "all.gpkg", "all.gpkg|units")
    assert told(study, "error", "warning", "note") == []
    put(study, "all.gpkg|units", "all.gpkg|roads")
    seen = examine(study)
    assert told(seen)[0] == ("geometry-kind", "all.gpkg", None, "")
    assert [one.code for one in seen.problems].count("geometry-kind") == 1
    assert "all.gpkg|units" in str(seen.problems[0].remedy)


def test_of_two_layers_that_could_be_meant_the_first_is_read_and_named(tmp_path: Path) -> None:
    study = written(tmp_path)
    units = gpd.read_file(study.parent / "units.geojson")
    layers(study.parent / "all.gpkg", old=units.scale(0.5, 0.5).to_frame("geometry").join(
        units[["county_code", "name"]]), units=units)  # fmt: skip
    put(study, "units.geojson", "all.gpkg")
    notes = [one for one in examine(study).problems if one.code == "other-layers"]
    assert [(one.value, one.severity) for one in notes] == [("units", "warning")]
    assert "“old” was read" in str(notes[0].reason)


def placed(study: Path, shapes: object, name: str = "schools") -> None:
    """Put a table into a layer, with a shape for each row in place of lon and lat."""
    held = sheet(study.parent, name)
    points = gpd.GeoSeries(
        [Point(float(x), float(y)) for x, y in zip(held["lon"], held["lat"], strict=True)]
    )
    layer = gpd.GeoDataFrame(
        held.drop(columns=["lon", "lat"]), geometry=shapes(points), crs="EPSG:4326"
    )
    layer.to_file(study.parent / f"{name}.gpkg", layer=name)
    put(study, f"{name}.csv", f"{name}.gpkg")


@pytest.mark.parametrize("name", ["schools", "settlements"])
def test_a_multipoint_of_one_point_is_that_point(tmp_path: Path, name: str) -> None:
    study = written(tmp_path)
    before = getattr(examine(study).study, name).geometry
    placed(study, lambda points: [MultiPoint([point]) for point in points], name)
    seen = examine(study)
    assert told(seen, "error", "warning", "note") == []
    assert getattr(seen.study, name).geometry.geom_equals_exact(before, 1e-9).all()


def test_outlines_and_several_points_are_taken_by_a_point_inside(tmp_path: Path) -> None:
    study = written(tmp_path)

    def mixed(points: gpd.GeoSeries) -> list[object]:
        outlines = points.buffer(EDGES).tolist()
        several = MultiPoint([points[1], points[2]])
        return [points[0], several, *outlines[2:]]

    placed(study, mixed)
    seen = examine(study)
    assert told(seen) == [("outlines-as-points", "schools.gpkg", "2", "")]
    assert str(seen.problems[0].reason).startswith("8 features")
    assert seen.study is not None


@pytest.mark.parametrize("closed", [True, False])
def test_a_way_among_points_is_taken_by_a_point_of_it(tmp_path: Path, closed: bool) -> None:
    study = written(tmp_path)

    def one_way(points: gpd.GeoSeries) -> list[object]:
        ring = points.buffer(EDGES).boundary[0]
        return [ring if closed else LineString(ring.coords[:-1]), *points[1:]]

    placed(study, one_way)
    seen = examine(study)
    assert told(seen) == [("outlines-as-points", "schools.gpkg", "1", "")]
    assert seen.study is not None
    first = seen.study.schools.geometry.iloc[0]
    off = first.distance(Point(106.039216, 23.336552))
    # Within the outline, or on the line that does not close.
    assert off < EDGES / 2 if closed else off == pytest.approx(EDGES, rel=0.1)


def test_lines_are_no_schools_and_no_column_is_missed_for_them(tmp_path: Path) -> None:
    study = written(tmp_path)
    placed(study, lambda points: points.buffer(EDGES).boundary)
    assert told(study) == [("geometry-kind", "schools.gpkg", None, "")]


def test_a_missing_position_is_one_problem(tmp_path: Path) -> None:
    study = written(tmp_path, schools=lambda held: held.drop(columns=["lon", "lat"]))
    assert told(study) == [("missing-column", "schools.csv", "1", "lon,lat")]

    def without(held: pd.DataFrame) -> pd.DataFrame:
        held.loc[2, ["lon", "lat"]] = ""
        held.loc[3, "lon"] = ""
        return held

    study = written(tmp_path / "b", schools=without)
    assert sorted(told(study)) == [
        ("blank", "schools.csv", "4", "lon,lat"),
        ("blank", "schools.csv", "5", "lon"),
    ]


def test_metres_that_nobody_declared_are_one_problem(tmp_path: Path) -> None:
    def in_metres(held: pd.DataFrame) -> pd.DataFrame:
        points = gpd.GeoSeries.from_xy(
            held["lon"].astype(float), held["lat"].astype(float), crs="EPSG:4326"
        ).to_crs("EPSG:4507")
        return held.assign(lon=points.x, lat=points.y)

    study = written(tmp_path, schools=in_metres)
    assert told(study) == [("maximum", "schools.csv", "2", "lon,lat")]
    add(study, '[datum]\nschools = "EPSG:4507"')
    assert told(study) == []


def test_points_that_all_lie_elsewhere_are_one_problem(tmp_path: Path) -> None:
    study = written(tmp_path, schools=lambda held: held.assign(lon="110.5"))
    assert ("mostly-outside", "schools.csv", "2", "lon,lat") in told(study)
    assert "outside-study" not in {code for code, *_ in told(study)}


def test_a_table_of_another_layout_is_one_problem(tmp_path: Path) -> None:
    study = written(
        tmp_path,
        schools=lambda held: pd.DataFrame({"Ort": ["a", "b"], "Wert": ["1", "2"], "name": "x"}),
    )
    assert told(study) == [("unknown-table", "schools.csv", "1", "")]


def test_values_in_other_letter_case_are_known(tmp_path: Path) -> None:
    study = written(
        tmp_path,
        schools=lambda held: held.assign(ownership="Public"),
        settlements=lambda held: held.assign(kind="VILLAGE", urban="FALSE"),
    )
    seen = examine(study)
    assert told(seen) == []
    assert seen.study is not None
    assert set(seen.study.schools["ownership"]) == {"public"}


def test_a_county_or_a_township_without_rows_is_warned_of(tmp_path: Path) -> None:
    study = written(tmp_path, settlements=lambda held: held[held["county_code"] != "451002"])
    codes = told(study)
    assert ("county-without-settlements", "settlements.csv", None, "county_code") in codes
    assert "township-without-settlements" not in {code for code, *_ in codes}
    study = written(tmp_path / "b", schools=lambda held: held[held["county_code"] != "451002"])
    assert ("county-without-schools", "schools.csv", None, "county_code") in told(study)
    study = written(
        tmp_path / "c",
        settlements=lambda held: held.assign(
            township_code=held["township_code"].replace("451002102", "451002101")
        ),
    )
    assert ("township-without-settlements", "schools.csv", "9", "township_code") in told(study)


@pytest.mark.parametrize("odd", ["{}000", "0{}", "{}镇", "{:.6}", "451003{:.3}"])
def test_townships_whose_code_is_formed_otherwise_are_warned_of(tmp_path: Path, odd: str) -> None:
    def other(held: pd.DataFrame) -> pd.DataFrame:
        codes = held["township_code"].tolist()
        return held.assign(
            township_code=[odd.format(code) if n % 3 == 1 else code for n, code in enumerate(codes)]
        )

    study = written(tmp_path, settlements=other)
    assert ("township-form", "settlements.csv", "3", "township_code") in told(study)
    # Codes of another form throughout are as good.
    study = written(
        tmp_path / "all",
        settlements=lambda held: held.assign(township_code=held["township_code"] + "000"),
        schools=lambda held: held.assign(township_code=held["township_code"] + "000"),
    )
    assert told(study) == []


@pytest.mark.parametrize("mark", ["\u200b", "\ufeff", "\u202d", "\u00ad"])
def test_what_cannot_be_seen_is_no_part_of_a_code(tmp_path: Path, mark: str) -> None:
    study = written(
        tmp_path,
        settlements=lambda held: held.assign(township_code=held["township_code"] + mark),
    )
    assert {(code, column) for code, _, _, column in told(study)} == {
        ("code-cleaned", "township_code")
    }


@pytest.mark.parametrize(
    ("births", "codes"), [(7, ["births-doubt"]), (65, []), (6500, ["births-doubt"])]
)
def test_births_that_do_not_fit_the_children_are_doubted(
    tmp_path: Path, births: int, codes: list[str]
) -> None:
    study = written(tmp_path)
    add(study, f"[demography]\nbirths = {{ 2021 = {births}, 2022 = 1 }}\n")
    places = [("study.toml", None, "demography.births") for _ in codes]
    assert told(study) == [(code, *place) for code, place in zip(codes, places, strict=True)]


def test_full_width_digits_and_the_mark_of_text_are_no_part_of_a_code(tmp_path: Path) -> None:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    study = written(
        tmp_path,
        schools=lambda held: held.assign(school_id="'" + held["school_id"].astype("str")),
        settlements=lambda held: held.assign(
            township_code=held["township_code"].str.translate(wide)
        ),
    )
    seen = examine(study)
    assert {(code, column) for code, _, _, column in told(seen)} == {
        ("code-cleaned", "school_id"),
        ("code-cleaned", "township_code"),
    }
    assert seen.study is not None
    assert seen.study.schools.index.str.fullmatch("[0-9]+").all()
    assert seen.study.settlements["township_code"].str.fullmatch("[0-9]{9}").all()
    assert seen.study.settlements["township_code"].str.isascii().all()


@pytest.mark.parametrize(("yes", "no"), [("√", ""), ("✓", "×"), ("1.0", "0.0"), ("TRUE", "FALSE")])
def test_a_mark_is_an_answer(tmp_path: Path, yes: str, no: str) -> None:
    study = written(
        tmp_path,
        schools=lambda held: held.assign(border_flag=[yes, *[no] * (len(held) - 1)]),
    )
    seen = examine(study)
    assert told(seen) == []
    assert seen.study is not None
    assert seen.study.schools["border_flag"].sum() == 1


def test_a_county_of_several_features_is_put_together(tmp_path: Path) -> None:
    def cut(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        west = units.iloc[[0]].clip((105, 23, 106.02, 24))
        east = units.iloc[[0]].clip((106.02, 23, 107, 24))
        return pd.concat([west, units.iloc[[1]], east], ignore_index=True)

    study = written(tmp_path, units=cut)
    seen = examine(study)
    assert told(seen, "error", "warning", "note") == [
        ("dissolved", "units.gpkg", "1", "county_code")
    ]
    assert seen.study is not None
    whole = gpd.read_file(written(tmp_path / "b").parent / "units.geojson").to_crs(6933)
    assert seen.study.units.to_crs(6933).area.sum() == pytest.approx(whole.area.sum())


@pytest.mark.parametrize("names", [["甲县", "", ""], ["", "甲县", ""], ["", "甲县", "甲县"]])
def test_a_part_of_a_county_may_lack_its_name(tmp_path: Path, names: list[str]) -> None:
    def cut(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        boxes = [(105, 23, 106.0, 24), (106.0, 23, 106.02, 24), (106.02, 23, 107, 24)]
        parts = pd.concat([units.iloc[[0]].clip(one) for one in boxes]).assign(name=names)
        return pd.concat([parts, units.iloc[[1]]], ignore_index=True)

    seen = examine(written(tmp_path, units=cut))
    assert told(seen) == []
    assert seen.study is not None
    assert seen.study.units["name"].to_list() == ["甲县", "乙县"]


@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_codes_that_two_counties_share_stay_an_error(tmp_path: Path) -> None:
    study = written(tmp_path, units=lambda units: units.assign(county_code="451001"))
    assert ("duplicate", "units.gpkg", "2", "county_code") in told(study)


@pytest.mark.parametrize("code", ["../../a", "a\\b", "C:x", ".."])
def test_a_code_that_leads_to_another_folder_is_refused(tmp_path: Path, code: str) -> None:
    study = written(tmp_path, units=lambda units: units.assign(county_code=["451001", code]))
    assert ("bad-id", "units.gpkg", "2", "county_code") in told(study)


def totals_only(held: pd.DataFrame) -> pd.DataFrame:
    """Schools with totals in place of grades, and without the column of the owner."""
    parts = {
        kind: [name for name in held if name.startswith(f"{kind}_") and name[-1].isdigit()]
        for kind in ("pupils", "classes")
    }
    added = {f"{kind}_total": held[names].astype(int).sum(axis=1) for kind, names in parts.items()}
    gone = [*parts["pupils"], *parts["classes"], "classes_mixed", "ownership"]
    return held.drop(columns=gone).assign(**added)


def test_a_value_for_all_rows_and_totals_to_spread(tmp_path: Path) -> None:
    before = examine(written(tmp_path)).study
    study = written(tmp_path / "b", schools=totals_only)
    assert [one[:3] for one in told(study)] == [("missing-column", "schools.csv", "1")]
    add(study, '[constants.schools]\nownership = "public"')
    add(study, '[split]\nschools = ["pupils_total", "classes_total"]')
    seen = examine(study)
    assert [one[0] for one in told(seen)] == ["split-total", "split-total"]
    assert seen.study is not None
    assert before is not None
    assert set(seen.study.schools["ownership"]) == {"public"}
    # Totals stay, by school.
    grades = [name for name in before.schools if str(name).startswith("pupils_")]
    pd.testing.assert_series_equal(
        seen.study.schools[grades].sum(axis=1), before.schools[grades].sum(axis=1)
    )


@pytest.mark.parametrize(
    ("value", "code"), [('"nobody"', "choice"), ('""', "blank"), ("3", "choice")]
)
def test_a_wrong_constant_is_told_once_and_where_it_stands(
    tmp_path: Path, value: str, code: str
) -> None:
    study = written(tmp_path, schools=lambda held: held.drop(columns="ownership"))
    add(study, f"[constants.schools]\nownership = {value}")
    assert told(study) == [(code, "study.toml", None, "constants.schools.ownership")]


def test_a_total_may_carry_its_unit(tmp_path: Path) -> None:
    def with_units(held: pd.DataFrame) -> pd.DataFrame:
        return totals_only(held).assign(pupils_total="96人", ownership="public")

    study = written(tmp_path, schools=with_units)
    add(study, '[split]\nschools = ["pupils_total", "classes_total"]')
    seen = examine(study)
    assert seen.study is not None
    grades = [name for name in seen.study.schools if str(name).startswith("pupils_")]
    assert set(seen.study.schools[grades].sum(axis=1)) == {96}


def test_a_decimal_comma_makes_no_total_ten_times_as_large(tmp_path: Path) -> None:
    def with_comma(held: pd.DataFrame) -> pd.DataFrame:
        totals = totals_only(held).assign(ownership="public")
        return totals.assign(pupils_total=["1,5", "1,005", *totals["pupils_total"][2:]])

    study = written(tmp_path, schools=with_comma)
    add(study, '[split]\nschools = ["pupils_total", "classes_total"]')
    wrong = [one for one in told(study) if one[0] == "not-a-number"]
    assert wrong == [("not-a-number", "schools.csv", "2", "pupils_total")]


def test_constants_and_totals_that_cannot_be(tmp_path: Path) -> None:
    study = written(tmp_path)
    add(study, '[constants.schools]\nownership = "public"\nowner = "x"\nteachers = 3')
    add(study, '[split]\nschools = ["pupils_total"]')
    assert sorted(one for one, *_ in told(study)) == [
        "constant-and-column",
        "constant-and-column",
        "split-impossible",
        "unknown-constant",
    ]
