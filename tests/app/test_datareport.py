"""The data report: complete, harmless, and a way back for what was mended in it."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely import LineString

import layout
from layout.app.datareport import listing
from layout.app.datareport.roads import road_report
from layout.app.datareport.screen import piece_table
from layout.inputs.study.study import Study, examine
from layout.network.roads import network, snap
from tests.worlds.study_check import (
    SCHOOLS,
    SETTLEMENTS,
    check,
    contents,
    copied,
    edit,
    spoil,
    table,
)

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def study(mini_path: Path, tmp_path: Path) -> Path:
    return copied(mini_path, tmp_path)


@pytest.mark.more
def test_what_is_mended_in_the_workbook_is_handed_back(
    study: Path, mini_study: Study, capsys: Capture
) -> None:
    held = table(study).rename(columns={"pupils_g1": "一年级", "school_id": "学校标识码"})
    right = held.loc[3, "一年级"]
    held.loc[3, "一年级"] = "约300"
    held.to_csv(study.parent / SCHOOLS, index=False)
    report = study.parent / "report"
    told = check(study, capsys, "--report", str(report))
    assert told.code == 1
    assert told.says("row 5", "pupils_g1 (一年级)", "约300")
    assert set(contents(report)) == {"problems.html", "problems.xlsx"}
    book = openpyxl.load_workbook(report / "problems.xlsx")
    assert book.sheetnames == ["Problems", "Columns", "schools"]
    page = book["schools"]
    column = [cell.value for cell in page[1]].index("一年级") + 1
    wrong = page.cell(5, column)
    assert wrong.value == "约300"
    assert wrong.fill.fgColor.rgb == "FFF4B6BE"
    assert wrong.comment is not None
    assert "whole number" in wrong.comment.text
    wrong.value = right
    book.save(report / "mended.xlsx")
    edit(study, SCHOOLS, "report/mended.xlsx|schools")
    assert check(study, capsys).code == 0
    assert Study.read(study).schools.equals(mini_study.schools)


def test_every_problem_stands_in_page_and_workbook(study: Path, capsys: Capture) -> None:
    spoil(
        study,
        SCHOOLS,
        (5, "name", "<img src=x onerror=alert(1)>"),
        (5, "pupils_g1", "=1+1"),
        (6, "name", "\u202eabc"),
    )
    spoil(study, SETTLEMENTS, (7, "county_code", "99"))
    report = study.parent / "report"
    assert check(study, capsys, "--report", str(report)).code == 1
    page = (report / "problems.html").read_text(encoding="utf-8")
    for word in ("=1+1", "direction-marks", "unknown-county", "Row", "settlements.csv"):
        assert word in page
    assert "default-src 'none'" in page
    assert not re.search(r"<(?:script|img|link|iframe|a)\b", page)
    book = openpyxl.load_workbook(report / "problems.xlsx")
    rows = list(book["Problems"].iter_rows(values_only=True))
    assert rows[0][:5] == ("Severity", "Kind", "File", "Sheet", "Row")
    assert ("error", "not-a-number") in {row[:2] for row in rows}
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}


@pytest.mark.more
def test_a_report_is_the_same_twice_and_in_chinese(study: Path, capsys: Capture) -> None:
    spoil(study, SCHOOLS, (5, "pupils_g1", "约300"))
    first, second = study.parent / "a", study.parent / "b"
    for folder in (first, second):
        check(study, capsys, "--report", str(folder), "--lang", "zh")
    assert contents(first) == contents(second)
    page = (first / "problems.html").read_text(encoding="utf-8")
    assert 'lang="zh-CN"' in page
    assert "约300" in page


def test_a_report_that_cannot_be_written_is_one_error(study: Path, capsys: Capture) -> None:
    target = study.parent / "taken"
    target.write_text("mine")
    told = check(study, capsys, "--report", str(target))
    assert told.code == 1
    assert told.says("error [cannot-write]", "taken")
    assert target.read_text() == "mine"


@pytest.mark.more
def test_roads_that_were_not_read_are_said_to_be(
    study: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    unread = "The file of the roads is large and was not read"
    assert unread not in check(study, capsys).out
    monkeypatch.setattr(listing, "LIGHT_BYTES", 0)
    assert unread in check(study, capsys).out
    assert unread not in check(study, capsys, "--roads").out


def test_the_distance_of_every_place_to_the_road_is_told(
    study: Path, mini_study: Study, capsys: Capture
) -> None:
    report = study.parent / "report"
    assert check(study, capsys, "--report", str(report), "--roads").code == 0
    rows = list(openpyxl.load_workbook(report / "problems.xlsx")["Roads"].values)
    assert rows[0] == ("Table", "Identifier", "Name", "Metres to the road")
    assert len(rows) - 1 == len(mini_study.settlements) + len(mini_study.schools)
    places = snap(
        network(mini_study),
        mini_study.schools.geometry,
        mode="walk",
        limit_m=mini_study.standards.snap_limit_m,
    )
    told = {row[1]: float(str(row[3])) for row in rows[1:] if row[0] == "schools"}
    assert set(told) == set(mini_study.schools.index)
    for label, metres in places["off_road_m"].items():
        assert abs(told[label] - metres) <= 0.5


@pytest.mark.more
def test_the_pieces_of_the_road_network_are_counted(
    study: Path, mini_study: Study, capsys: Capture
) -> None:
    path = study.parent / "roads/roads.gpkg"
    roads = gpd.read_file(path)
    line = LineString([(105.95, 23.05), (105.951, 23.051)])
    more = gpd.GeoDataFrame({"highway": ["track"]}, geometry=[line], crs=4326).to_crs(roads.crs)
    pd.concat([roads, more]).to_file(path, layer="roads", driver="GPKG")
    spoil(study, SETTLEMENTS, (2, "lon", "105.9502"), (2, "lat", "23.0502"))
    held = examine(study)
    assert held.study is not None
    parts = road_report(held.study).pieces
    assert parts is not None
    (_, rows) = piece_table(parts)
    places, schools = len(mini_study.settlements), len(mini_study.schools)
    # The small study's own road file holds a loose piece without places.
    assert [(row[1], *row[5:]) for row in rows] == [(1, places - 1, schools), (1, 1, 0), (1, 0, 0)]
    assert rows[1][3:5] == ("0.2", "0.2")
    assert "other pieces with places" in check(study, capsys).out


def test_a_notebook_lists_what_is_wrong_and_saves_it(study: Path) -> None:
    fine = layout.check(study)
    assert fine.study is not None
    assert set(fine["severity"]) == {"note"}
    spoil(study, SCHOOLS, (5, "pupils_g1", "约300"))
    told = layout.check(study)
    assert told.study is None
    assert told[["severity", "kind", "row", "value"]].to_numpy().tolist() == [
        ["error", "not-a-number", "5", "约300"]
    ]
    # Columns in which nothing stands are not shown.
    titles = "Severity Kind File Row Column Value Reason Remedy".split()
    assert [*told.in_words()] == titles
    assert "约300" in told._repr_html_()
    assert {path.name for path in told.save(study.parent / "report")} == {
        "problems.html",
        "problems.xlsx",
    }
