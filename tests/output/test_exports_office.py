"""The workbook and the GeoPackage as other programs read them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point

from layout.app.plan import Plan
from layout.core.text import using
from layout.output import lists
from layout.output.lists.cover import CELL_LIMIT
from layout.output.lists.datums import datum_of
from layout.output.lists.paper import PRINTED_ROWS
from layout.output.lists.workbook import write_tables
from layout.planning.final import final_state
from tests import ROOT
from tests.worlds.fake_plan import fake_plan, renamed

pytestmark = pytest.mark.slow

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")', "http://x/" + "a" * 3000]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fake_plan()


@pytest.fixture(scope="module")
def book(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with using("en"):
        return lists.write_workbook(plan, tmp_path_factory.mktemp("book") / "plan.xlsx")


@pytest.fixture(scope="module")
def package(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with using("zh"):
        return lists.write_geopackage(plan, tmp_path_factory.mktemp("gpkg") / "plan.gpkg")


def test_the_workbook_holds_every_table(plan: Plan, book: Path) -> None:
    opened = openpyxl.load_workbook(book)
    rows = {sheet.title: sheet.max_row - 1 for sheet in opened.worksheets}
    assert rows["List of closures"] == len(plan.closures)
    assert rows["Where each settlement goes"] == len(plan.assignment)
    assert rows["Retained schools"] == len(plan.retained)
    parts = ("New kindergartens", "New schools", "Expansions")
    assert sum(rows[name] for name in parts) == len(plan.sites)
    assert rows["Summary by county"] == len(plan.counties)
    assert opened.sheetnames[:11] == [
        *("Cover", "List of closures", "Receiving schools", "Retained schools"),
        *("New kindergartens", "New schools", "Expansions", "Summary by county"),
        *("Enrolment zones", "What the columns mean", "About the data"),
    ]
    assert opened.sheetnames[-1] == "Where each settlement goes"
    for sheet in opened.worksheets[1:]:
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref is not None
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToHeight == 0
        assert "Modelled data" in sheet.oddHeader.center.text


def test_only_the_head_of_a_long_sheet_is_printed(book: Path) -> None:
    opened = openpyxl.load_workbook(book)
    for sheet in opened.worksheets[1:]:
        rows = sheet.max_row - 1
        assert bool(sheet.print_area) == (rows > 400), sheet.title
        said = f"the first {PRINTED_ROWS} of {rows:,} rows" in sheet.oddHeader.center.text
        assert said == (rows > 400), sheet.title
        if rows > 400:
            assert sheet.print_area.endswith(f"${PRINTED_ROWS + 1}")
    assert any(sheet.print_area for sheet in opened.worksheets)


def test_retained_schools_stand_belt_first_and_nearest_first(plan: Plan, book: Path) -> None:
    rows = cells(book, "Retained schools")
    kept = [(row["Border belt"], row["Distance to the border, m"]) for row in rows]
    rank = {"inside": 0, "uncertain": 1, "outside": 2}
    assert kept == sorted(kept, key=lambda row: (rank[row[0]], row[1]))
    assert len({belt for belt, _ in kept}) > 1


def test_the_list_of_sites_can_be_sent_on(plan: Plan, book: Path) -> None:
    rows = cells(book, "New kindergartens") + cells(book, "New schools")
    sites = plan.sites[plan.sites["kind"] == "new"].set_index("site_id")
    assert {row["Site code"] for row in rows} == set(sites.index)
    homes = plan.study.settlements["name"]
    for row in rows:
        site = sites.loc[row["Site code"]]
        assert row["Township"] == site["township"]
        assert (row["Places today"], row["Places added"]) == (0, site["places"])
        assert row["Places in the plan"] == site["places"]
        assert row["Needed from autumn"] == site["year"]
        assert row["Why here"] == str(site["reason"])
        assert row["Next best settlement"] == homes[site["runner_up"]]
        assert row["Longitude, ° (WGS 84)"] == pytest.approx(site["lon"], abs=1e-6)
        served = plan.served[plan.served["site_id"] == row["Site code"]]
        said = {
            f"{homes[home]} {pupils}"
            for home, pupils in served.groupby("settlement_id")["pupils"].sum().items()
        }
        assert set(row["Whom it serves (children)"].split(", ")) == said
    grown = cells(book, "Expansions")
    assert grown
    assert all(
        row["Places today"] + row["Places added"] == row["Places in the plan"] for row in grown
    )
    assert all(row["Places today"] > 0 for row in grown)


def test_receivers_add_up_to_those_who_move(plan: Plan, book: Path) -> None:
    rows = cells(book, "Receiving schools")
    moved = plan.assignment[plan.assignment["from_school"] != plan.assignment["to_school"]]
    assert {row["School code"] for row in rows} == set(moved["to_school"])
    assert sum(row["Pupils received"] for row in rows) == moved["pupils"].sum()
    by_mode = ("of these on foot", "by school bus", "boarding")
    assert all(row["Pupils received"] == sum(row[mode] for mode in by_mode) for row in rows)


def test_every_column_is_explained(book: Path) -> None:
    explained = {
        (row["Sheet"], row["Column"]): row["Meaning"]
        for row in cells(book, "What the columns mean")
    }
    opened = openpyxl.load_workbook(book)
    for name in (
        "List of closures",
        "Receiving schools",
        "Retained schools",
        "New kindergartens",
        "Summary by county",
    ):
        titles = [cell.value for cell in opened[name][1]]
        assert [title for title in titles if not explained.get((name, title))] == [], name


def cells(book: Path, name: str) -> list[dict[str, Any]]:
    """Rows of a sheet by their headings."""
    titles, *rows = openpyxl.load_workbook(book)[name].iter_rows(values_only=True)
    return [dict(zip(map(str, titles), row, strict=True)) for row in rows]


def test_the_cover_says_what_it_is(plan: Plan, book: Path) -> None:
    cover = openpyxl.load_workbook(book).worksheets[0]
    texts = [str(cell.value) for row in cover.iter_rows() for cell in row if cell.value]
    assert texts[0] == plan.study.name
    assert "Modelled data" in texts[1]
    assert str(plan.notes[0]) in texts
    assert any(text.startswith("Proved: no plan under these rules") for text in texts)
    assert "Not fully proved: a plan better by at most 2.46% may exist." in texts


def test_a_candidate_is_said_to_close_and_a_county_counts(book: Path) -> None:
    opened = openpyxl.load_workbook(book)
    heads = {
        name: [cell.value for cell in opened[name][1]]
        for name in ("Candidates", "Summary by county")
    }
    assert "Closes in the plan" in heads["Candidates"]
    assert "Schools closed" not in heads["Candidates"]
    assert "Schools closed" in heads["Summary by county"]


def test_identifiers_are_texts_and_minutes_are_numbers(plan: Plan, book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["List of closures"]
    head = [cell.value for cell in sheet[1]]
    codes = [row[head.index("School code")].value for row in sheet.iter_rows(min_row=2)]
    order = ["county_code", "township_code", "school_id"]
    assert codes == list(plan.closures.sort_values(order)["school_id"])
    place = head.index("Added minutes one way, mean")
    assert all(isinstance(row[place].value, float | int) for row in sheet.iter_rows(min_row=2))
    assert sheet.cell(2, head.index("Receiving schools") + 1).value.count("（") >= 1


@pytest.mark.more
@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_becomes_a_formula_or_a_link(plan: Plan, tmp_path: Path, name: str) -> None:
    path = lists.write_workbook(renamed(plan, name), tmp_path / "plan.xlsx")
    opened = openpyxl.load_workbook(path)
    cells = [cell for sheet in opened.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink is not None]
    assert sum(cell.value == name for cell in cells) > len(plan.closures)


def test_what_a_cell_cannot_hold_is_cut_and_said(plan: Plan, tmp_path: Path) -> None:
    name = "\x00\x07" + "字" * (CELL_LIMIT + 1)
    with using("en"):
        path = lists.write_workbook(
            replace(plan, closures=plan.closures.assign(reason=name)), tmp_path / "plan.xlsx"
        )
    opened = openpyxl.load_workbook(path)
    cover = [str(cell.value) for row in opened.worksheets[0].iter_rows() for cell in row]
    assert any(text.startswith(f"{len(plan.closures)} texts are longer") for text in cover)
    head = [cell.value for cell in opened["List of closures"][1]]
    cut = opened["List of closures"].cell(2, head.index("Reason") + 1).value
    assert cut == "字" * CELL_LIMIT


def test_the_geopackage_comes_back(plan: Plan, package: Path) -> None:
    names = [name for name, _ in pyogrio.list_layers(package)]
    layers = ["schools", "settlements_moved", "sites", "counties", "flows", "belt"]
    assert names == [*layers, "layer_styles"]
    schools = gpd.read_file(package, layer="schools").set_index("school_id")
    assert schools.crs.to_epsg() == 4326
    assert set(schools.index[schools["status"] == "closed"]) == set(plan.closed)
    # Children who had no place before come to schools that grow, others leave for new ones.
    grows = plan.served["site_id"].isin(schools.index)
    had_none = plan.served["from_school"] == ""
    come, leave = (
        plan.served.loc[rows, "pupils"].sum() for rows in (grows & had_none, ~grows & ~had_none)
    )
    assert schools["pupils_before"].sum() + come - leave == schools["pupils_after"].sum()
    sites = gpd.read_file(package, layer="sites")
    assert list(sites["site_id"]) == list(
        plan.sites.sort_values(["programme", "site_id"])["site_id"]
    )
    counties = gpd.read_file(package, layer="counties").set_index("county_code")
    given = plan.study.units.loc[counties.index]
    assert counties.geometry.geom_equals(given.geometry).all()
    moved = gpd.read_file(package, layer="settlements_moved")
    changed = plan.assignment["from_school"] != plan.assignment["to_school"]
    assert moved["pupils"].sum() == plan.assignment.loc[changed, "pupils"].sum()


def test_the_border_line_is_not_exported(plan: Plan, package: Path) -> None:
    assert plan.study.border is not None
    kinds = {
        name: set(gpd.read_file(package, layer=name).geom_type)
        for name, _ in pyogrio.list_layers(package)
        if name != "layer_styles"
    }
    assert kinds.pop("counties") <= {"Polygon", "MultiPolygon"}
    assert kinds.pop("belt") <= {"Polygon", "MultiPolygon"}
    # Lines are those of pupils: from their settlement to their school, two ends each.
    assert kinds.pop("flows") == {"LineString"}
    flows = gpd.read_file(package, layer="flows")
    assert (flows.geometry.count_coordinates() == 2).all()
    homes = plan.study.settlements.geometry.loc[list(flows["settlement_id"])]
    starts = [Point(line.coords[0]) for line in flows.geometry]
    assert all(start.dwithin(home, 1e-9) for start, home in zip(starts, homes, strict=True))
    assert kinds == {name: {"Point"} for name in ("schools", "settlements_moved", "sites")}
    # The belt lies in its counties.
    belt = gpd.read_file(package, layer="belt").union_all()
    units = plan.study.units.to_crs(plan.study.crs).union_all().buffer(1)
    inside = gpd.GeoSeries([belt], crs="EPSG:4326").to_crs(plan.study.crs).union_all()
    assert units.covers(inside)


def test_flows_are_those_who_change_school(plan: Plan, package: Path) -> None:
    flows = gpd.read_file(package, layer="flows")
    state = final_state(plan)
    moved = state[state["from_school"] != state["to_school"]]
    assert flows["pupils"].sum() == moved["pupils"].sum()
    served = flows[flows["why"] == "site"]
    assert served["pupils"].sum() == plan.served["pupils"].sum()


def test_every_layer_has_its_style_and_its_words(plan: Plan, tmp_path: Path) -> None:
    with using("zh"):
        path = lists.write_geopackage(renamed(plan, "</qgis>&\"'"), tmp_path / "plan.gpkg")
    layers = [name for name, _ in pyogrio.list_layers(path) if name != "layer_styles"]
    with closing(sqlite3.connect(path)) as package:
        styles = dict(
            package.execute(
                "SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"
            )
        )
        assert list(styles) == layers
        described = package.execute(
            "SELECT table_name, identifier, description FROM gpkg_contents"
        ).fetchall()
        titles = {
            (table, column): (name, meaning)
            for table, column, name, meaning in package.execute(
                "SELECT table_name, column_name, name, description FROM gpkg_data_columns"
            )
        }
        assert package.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert all("坐标系：WGS 84" in text for name, _, text in described if name in layers)
    for name in layers:
        # Well-formed, with a symbol for each rule and the reader's names of all columns.
        root = ET.fromstring(styles[name].split("\n", 1)[1])
        rules = root.findall("renderer-v2/rules/rule")
        symbols = {one.get("name") for one in root.findall("renderer-v2/symbols/symbol")}
        assert rules
        assert {rule.get("symbol") for rule in rules} == symbols
        fields = pyogrio.read_info(path, layer=name)["fields"]
        aliases = {one.get("field"): one.get("name") for one in root.findall("aliases/alias")}
        assert set(aliases) == set(fields)
        for field in fields:
            said, meaning = titles[name, field]
            assert any("\u4e00" <= sign <= "\u9fff" for sign in said), (name, field)
            assert meaning, (name, field)


@pytest.mark.more
def test_qgis_shows_the_layers_at_once(package: Path, tmp_path: Path) -> None:
    python = "/usr/bin/python3"
    there = Path(python).exists() and subprocess.run(
        [python, "-c", "import qgis.core"], check=False
    )
    if not there or there.returncode:
        pytest.skip("QGIS is not installed")
    picture = tmp_path / "layers.png"
    done = subprocess.run(
        [python, str(ROOT / "tools" / "qgis_check.py"), str(package), str(picture)],
        check=True,
        capture_output=True,
        timeout=240,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    told = json.loads(done.stdout)
    assert {name: about["renderer"] for name, about in told.items()} == dict.fromkeys(
        ("sites", "schools", "settlements_moved", "flows", "counties", "belt"), "RuleRenderer"
    )
    assert told["schools"]["symbols"] == ["#8c959f", "#009e73", "#d55e00", "#7b3294"]
    assert told["schools"]["shown"][2] == "撤并"
    assert told["schools"]["aliases"]["school_id"] == "学校标识码"
    assert told["counties"]["labels"]
    assert picture.stat().st_size > 10_000


@pytest.mark.more
def test_libreoffice_prints_few_pages(plan: Plan, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    # As many rows of who goes where as would fill hundreds of pages.
    many = pd.concat([lists.tables(plan)["assignment"]] * 300, ignore_index=True)
    with using("zh"):
        book = write_tables(
            plan,
            tmp_path / "plan.xlsx",
            {"assignment": many, "closures": lists.tables(plan)["closures"]},
            datum=datum_of("wgs84"),
        )
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [
            office,
            profile,
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            str(book),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    pages = re.findall(rb"/Type\s*/Page[^s]", (tmp_path / "plan.pdf").read_bytes())
    assert 2 <= len(pages) <= 4


@pytest.mark.more
def test_libreoffice_reads_the_workbook(plan: Plan, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    with using("en"):
        book = lists.write_workbook(renamed(plan, "=1+1"), tmp_path / "plan.xlsx")
    done = subprocess.run(
        [
            office,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2",
            "--outdir",
            str(tmp_path),
            str(book),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    assert done.returncode == 0
    text = next(tmp_path.glob("*.csv")).read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(plan.closures) + 1
    assert rows[1][1] == "=1+1"
