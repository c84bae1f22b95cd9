"""Lists to send on: in every format and datum what was written comes back, and says what it is."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet
import pyogrio
import pytest

from layout.app.plan import Plan
from layout.core.errors import UsageError
from layout.core.text import using
from layout.inputs.datum import degrees_of, gcj02_to_wgs84
from layout.output import lists
from layout.output.lists.datums import datum_of
from layout.output.lists.layers import tints
from layout.output.lists.zones import zones, zones_by_settlement
from layout.planning.final import final_state
from tests.worlds.fake_plan import fake_plan

pytestmark = pytest.mark.slow

# A tenth of a metre in degrees, which is what the lists round to.
TENTH_M = 2e-6
# Zone 35 has the meridian 105° E in its middle, 36 that of 108° E; the study lies at 106°.
ZONE = "easting_cgcs2000_zone35_m", "northing_cgcs2000_zone35_m"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fake_plan()


def back(table: pd.DataFrame, datum: str) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of WGS 84 from the columns of a list, as the package reads them."""
    if datum == "cgcs2000-zone":
        return degrees_of(*(table[name].to_numpy(dtype="float64") for name in ZONE), "WGS 84")
    suffix = "" if datum == "wgs84" else f"_{datum}"
    lon, lat = (table[f"{name}{suffix}"].to_numpy(dtype="float64") for name in ("lon", "lat"))
    return gcj02_to_wgs84(lon, lat) if datum == "gcj02" else (lon, lat)


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "cgcs2000-zone", "gcj02"])
def test_sites_come_back_from_every_format(plan: Plan, tmp_path: Path, datum: str) -> None:
    sites = plan.sites.sort_values(["programme", "site_id"]).reset_index(drop=True)
    files = {
        kind: lists.export(plan, tmp_path / f"sites.{kind}", tables="sites", datum=datum)
        for kind in ("csv", "gpkg", "parquet")
    }
    read = {
        "csv": pd.read_csv(files["csv"], encoding="utf-8-sig", dtype={"county_code": "str"}),
        "gpkg": gpd.read_file(files["gpkg"]),
        "parquet": gpd.read_parquet(files["parquet"]),
    }
    for kind, table in read.items():
        assert list(table["site_id"]) == list(sites["site_id"]), kind
        assert list(table["places"]) == list(sites["places"]), kind
        assert list(table["county_code"]) == list(sites["county_code"]), kind
        for mine, own in zip(back(table, datum), (sites["lon"], sites["lat"]), strict=True):
            assert np.abs(mine - own.to_numpy()).max() < TENTH_M, kind
    # The geometry is where the columns say, and the system is the one that was asked for.
    code = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490", "cgcs2000-zone": "EPSG:4523"}.get(datum)
    for kind in ("gpkg", "parquet"):
        table = read[kind]
        assert table.crs == code
        first, second = datum_of(datum, plan.study.units.geometry).columns
        assert np.abs(table.geometry.x - table[first].astype("float64")).max() < 0.1
        assert np.abs(table.geometry.y - table[second].astype("float64")).max() < 0.1


def test_a_shifted_datum_is_named_wherever_it_is(plan: Plan, tmp_path: Path) -> None:
    with using("zh"):
        package = lists.export(plan, tmp_path / "p.gpkg", datum="gcj02", language="zh")
        book = lists.export(plan, tmp_path / "p.xlsx", datum="gcj02", language="zh")
        parquet = lists.export(plan, tmp_path / "s.parquet", tables="sites", datum="gcj02")
    names = [name for name, _ in pyogrio.list_layers(package)]
    assert all(name.endswith("_gcj02") for name in names if name != "layer_styles")
    with closing(sqlite3.connect(package)) as opened:
        told = opened.execute(
            "SELECT identifier, description FROM gpkg_contents WHERE data_type = 'features'"
        ).fetchall()
        aliases = dict(opened.execute("SELECT column_name, name FROM gpkg_data_columns"))
    assert all("GCJ-02，仅供展示" in name and "GCJ-02，仅供展示" in text for name, text in told)
    assert aliases["lon_gcj02"] == "经度，度（GCJ-02，仅供展示）"
    opened_book = openpyxl.load_workbook(book)
    assert "GCJ-02，仅供展示" in opened_book.properties.description
    titles = [cell.value for cell in opened_book["新建幼儿园"][1]]
    assert "纬度，度（GCJ-02，仅供展示）" in titles
    about = json.loads(pyarrow.parquet.read_schema(parquet).metadata[b"layout"])
    assert about["datum"] == "GCJ-02，仅供展示"
    assert about["provenance"] == "modelled"
    assert about["columns"]["lon_gcj02"] == "经度，度（GCJ-02，仅供展示）"


@pytest.mark.more
def test_every_layer_is_shifted_with_its_columns(plan: Plan, tmp_path: Path) -> None:
    plain = lists.export(plan, tmp_path / "plain.gpkg")
    shifted = lists.export(plan, tmp_path / "shifted.gpkg", datum="gcj02")
    zone = lists.export(plan, tmp_path / "zone.gpkg", datum="cgcs2000-zone36")
    for name in ("schools", "flows", "belt", "counties"):
        own = gpd.read_file(plain, layer=name)
        moved = gpd.read_file(shifted, layer=f"{name}_gcj02")
        far = gpd.read_file(zone, layer=f"{name}_cgcs2000_zone36")
        xy, there = (table.geometry.get_coordinates().to_numpy() for table in (own, moved))
        again = np.stack(gcj02_to_wgs84(*there.T), axis=1)
        assert np.abs(there - xy).max() > 1e-3, name
        assert np.abs(again - xy).max() < 1e-8, name
        assert far.crs == "EPSG:4524"
        assert (
            np.abs(far.to_crs("EPSG:4326").geometry.get_coordinates().to_numpy() - xy).max() < 1e-7
        )


def test_points_keep_their_places_in_lists_without_shapes(plan: Plan, tmp_path: Path) -> None:
    path = lists.export(plan, tmp_path / "schools.csv", tables="schools", datum="gcj02")
    rows = pd.read_csv(path, dtype={"school_id": "string"}).set_index("school_id")
    lon, lat = gcj02_to_wgs84(rows["lon_gcj02"].to_numpy(), rows["lat_gcj02"].to_numpy())
    places = plan.study.schools.geometry.loc[rows.index]
    assert np.abs(lon - places.x.to_numpy()).max() < 2e-6
    assert np.abs(lat - places.y.to_numpy()).max() < 2e-6
    flows = lists.export(plan, tmp_path / "flows.csv", tables="flows")
    assert "lon" not in pd.read_csv(flows).columns


def test_a_zone_is_chosen_or_refused(plan: Plan, tmp_path: Path) -> None:
    places = plan.study.units.geometry
    assert datum_of("cgcs2000-zone", places).zone == 35
    assert datum_of("cgcs2000-zone40").columns[0] == "easting_cgcs2000_zone40_m"
    for name in ("cgcs2000-zone24", "cgcs2000-zone46", "zone36", "cgcs2000-zone3.5"):
        with pytest.raises(UsageError, match="There is no datum"):
            datum_of(name)
    with pytest.raises(UsageError, match="no zone of three degrees"):
        datum_of("cgcs2000-zone", places.translate(xoff=-90))
    with pytest.raises(UsageError, match="are areas"):
        lists.export(plan, tmp_path / "belt.csv", tables="belt")
    with pytest.raises(UsageError, match="has no catchments"):
        lists.export(plan, tmp_path / "c.gpkg", tables="catchments")
    assert list(tmp_path.iterdir()) == []


def test_zones_hold_everybody_in_every_autumn(plan: Plan) -> None:
    table = zones(plan)
    state = final_state(plan)
    state = state[state["band"] != "preschool"]
    everybody = state.groupby(["settlement_id", "band"])["pupils"].sum()
    for year in (2021, 2022, 2023, 2030):
        until = table["until_year"].fillna(9999)
        now = table[(table["from_year"] <= year) & (until >= year)]
        assert (
            now.groupby(["settlement_id", "band"])["pupils"].sum().to_dict() == everybody.to_dict()
        )
    # Today as it is, the last autumn as the plan ends, and a closed school until its year.
    today = table[table["from_year"] == 2021].groupby("school_id")["pupils"].sum()
    assert today.to_dict() == state.groupby("from_school")["pupils"].sum().to_dict()
    last = table[table["until_year"].isna()].groupby("school_id")["pupils"].sum()
    assert last.to_dict() == state.groupby("to_school")["pupils"].sum().to_dict()
    years = plan.closures.set_index("school_id")["year"]
    shut = table[table["school_id"].isin(years.index)]
    assert len(shut)
    assert (shut["until_year"] == shut["school_id"].map(years) - 1).all()


def test_a_child_who_leaves_a_closing_school_for_a_site_goes_once(plan: Plan) -> None:
    # The only site of the compulsory stage takes from a receiver, after the year of the closure.
    moved = plan.assignment[plan.assignment["from_school"] != plan.assignment["to_school"]].iloc[0]
    row = (
        plan.served[plan.served["programme"] == "compulsory"]
        .iloc[[0]]
        .assign(
            settlement_id=moved["settlement_id"],
            band=moved["band"],
            pupils=1,
            from_school=moved["to_school"],
        )
    )
    closing = int(plan.closures.set_index("school_id")["year"][moved["from_school"]])
    for opening in (closing - 1, closing, closing + 2):
        other = replace(plan, served=row, sites=plan.sites.assign(year=opening))
        table = zones(other)
        site = table[table["school_id"] == row["site_id"].iloc[0]]
        assert site["from_year"].tolist() == [max(opening, closing)]
        mine = table[
            (table["settlement_id"] == moved["settlement_id"]) & (table["band"] == moved["band"])
        ]
        between = mine[mine["until_year"] == opening - 1]
        assert (moved["to_school"] in set(between["school_id"])) == (opening > closing)


def test_one_row_for_each_settlement_names_its_schools(plan: Plan) -> None:
    table = zones(plan)
    wide = zones_by_settlement(table)
    assert sorted(wide["settlement_id"]) == sorted(set(table["settlement_id"]))
    assert {"1-3|2021", "1-3|2022", "1-3|2023"} <= set(wide)
    first = table[(table["band"] == "1-3") & (table["from_year"] == 2021)].iloc[0]
    cell = wide.set_index("settlement_id").at[first["settlement_id"], "1-3|2021"]
    assert first["school"] in cell


def test_a_school_stands_once_in_a_cell_however_long_its_children_stay(plan: Plan) -> None:
    table = zones(plan)
    one = table[(table["band"] == "1-3") & (table["school_id"] != "")].iloc[[0]]
    # Some stay for good, as many leave after two autumns for a place that nobody has.
    parts = [
        one.assign(pupils=3, from_year=2021, until_year=pd.NA),
        one.assign(pupils=2, from_year=2021, until_year=2022),
        one.assign(pupils=2, from_year=2023, until_year=pd.NA, school_id="", school=""),
    ]
    row = zones_by_settlement(pd.concat(parts).astype({"until_year": "Int64"})).iloc[0]
    name = one["school"].iloc[0]
    assert (row["1-3|2021"], row["1-3|2023"]) == (name, f"{name} 3；— 2")


@pytest.mark.parametrize("name", ["schools", "settlements_moved"])
def test_a_list_of_points_holds_them_in_its_datum(plan: Plan, tmp_path: Path, name: str) -> None:
    layer = gpd.read_file(lists.export(plan, tmp_path / "p.gpkg", tables=name))
    for datum in ("wgs84", "gcj02", "cgcs2000-zone"):
        path = lists.export(plan, tmp_path / f"{datum}.csv", tables=name, datum=datum)
        lon, lat = back(pd.read_csv(path, encoding="utf-8-sig"), datum)
        assert np.abs(lon - layer.geometry.x).max() < TENTH_M
        assert np.abs(lat - layer.geometry.y).max() < TENTH_M


def test_neighbours_never_have_the_same_tint(plan: Plan) -> None:
    squares = gpd.GeoSeries.from_wkt(
        [
            f"POLYGON(({x} {y}, {x + 1} {y}, {x + 1} {y + 1}, {x} {y + 1}, {x} {y}))"
            for x in range(5)
            for y in range(4)
        ]
    )
    tint = tints(squares.to_numpy())
    for one in range(len(squares)):
        beside = squares.touches(squares[one]).to_numpy()
        assert not (tint[beside] == tint[one]).any()
    assert tint.max() <= 5


@pytest.mark.more
def test_two_exports_give_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    for name, tables in (("a.gpkg", None), ("b.parquet", "flows"), ("c.geojson", "belt")):
        one, two = (
            lists.export(plan, tmp_path / folder / name, tables=tables, datum="cgcs2000-zone")
            for folder in ("one", "two")
        )
        assert one.read_bytes() == two.read_bytes(), name
