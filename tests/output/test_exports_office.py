"""The workbook and the GeoPackage as other programs read them."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import openpyxl
import pyogrio
import pytest

from layout.app.plan import Plan
from layout.core.text import using
from layout.output import lists
from layout.output.lists.cover import CELL_LIMIT
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
    return lists.write_geopackage(plan, tmp_path_factory.mktemp("gpkg") / "plan.gpkg")


def test_the_workbook_holds_every_table(plan: Plan, book: Path) -> None:
    opened = openpyxl.load_workbook(book)
    rows = {sheet.title: sheet.max_row - 1 for sheet in opened.worksheets}
    assert rows["List of closures"] == len(plan.closures)
    assert rows["Assignment"] == len(plan.assignment)
    assert rows["Retained border schools"] == len(plan.retained)
    assert rows["Sites"] == len(plan.sites)
    assert rows["Counties"] == len(plan.counties)
    assert opened.worksheets[0].title == "Cover"
    for sheet in opened.worksheets[1:]:
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref is not None
        assert "Modelled data" in sheet.oddHeader.center.text


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
    heads = {name: [cell.value for cell in opened[name][1]] for name in ("Candidates", "Counties")}
    assert "Closes in the plan" in heads["Candidates"]
    assert "Schools closed" not in heads["Candidates"]
    assert "Schools closed" in heads["Counties"]


def test_identifiers_are_texts_and_minutes_are_numbers(plan: Plan, book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["List of closures"]
    head = [cell.value for cell in sheet[1]]
    codes = [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert codes == sorted(plan.closures["school_id"])
    place = head.index("Added minutes one way, mean")
    assert all(isinstance(row[place].value, float | int) for row in sheet.iter_rows(min_row=2))
    assert sheet.cell(2, head.index("Receiving schools") + 1).value.count("（") >= 1


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
    assert names == ["schools", "settlements_moved", "sites", "counties"]
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
    }
    assert kinds.pop("counties") <= {"Polygon", "MultiPolygon"}
    assert kinds == {name: {"Point"} for name in ("schools", "settlements_moved", "sites")}


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
