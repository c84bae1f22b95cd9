"""The page on the output format is current, and the files keep to the schemas behind it."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from python_calamine import CalamineWorkbook

from layout.app.steps import make_plan
from layout.core.text import words
from layout.inputs.study.study import Study
from layout.output import lists
from layout.output.lists.frames import CONTRACT
from layout.planning.schema import TABLES, OutColumn, OutTable, code_words
from tests.worlds.fake_plan import fake_plan
from tools import output_format

NUMBER = re.compile(r"-?\d+(\.\d+)?")
WHOLE = re.compile(r"-?\d+")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plan by simple rules, which has every kind of row."""
    return lists.save(fake_plan(), tmp_path_factory.mktemp("format") / "out", language="en")


def keeps_to(column: OutColumn, cell: str) -> bool:
    """Whether the text of a cell is what its column says."""
    if cell == "":
        return column.blank is not None
    if column.kind == "code":
        return cell in column.codes
    if column.kind == "bool":
        return cell in ("true", "false")
    if column.kind == "integer":
        return WHOLE.fullmatch(cell) is not None
    if column.kind == "share":
        return NUMBER.fullmatch(cell) is not None and 0 <= float(cell) <= 1
    if column.kind in ("number", "minutes", "metres", "degrees"):
        return NUMBER.fullmatch(cell) is not None
    return column.kind == "text" or "" not in cell.split(";")


def strays(folder: Path) -> list[str]:
    """Cells of the folder's tables that are not what the schema says."""
    wrong = []
    for name in CONTRACT:
        table = TABLES[name]
        text = (folder / f"{name}.csv").read_bytes()
        assert text.startswith(b"\xef\xbb\xbf"), name
        header, *rows = csv.reader(io.StringIO(text.decode("utf-8-sig"), newline=""))
        assert tuple(header) == table.names, name
        numbers = {one.name for one in table.columns if one.kind == "metres"}
        keys = [
            tuple(
                float(row[header.index(key)]) if key in numbers else row[header.index(key)]
                for key in table.order
            )
            for row in rows
        ]
        assert keys == sorted(keys), name
        for number, row in enumerate(rows, start=2):
            for column, cell in zip(table.columns, row, strict=True):
                if not keeps_to(column, cell):
                    wrong.append(f"{name}.csv {number} {column.name}: {cell!r}")
    return wrong


def test_the_page_is_current() -> None:
    assert output_format.PAGE.read_text(encoding="utf-8") == output_format.page()


def test_the_page_can_be_told_in_chinese() -> None:
    chinese = output_format.page("zh")
    for table in TABLES.values():
        if table.names in CONTRACT.values():
            assert table.row not in chinese


def test_tables_keep_to_the_schema(made: Path) -> None:
    assert strays(made) == []
    assert len((made / "sites.csv").read_text(encoding="utf-8").splitlines()) > 1


@pytest.mark.slow
def test_tables_of_a_solved_plan_keep_to_the_schema(mini_study: Study, tmp_path: Path) -> None:
    # Where a river floods the first town, some candidates are rejected.
    town = mini_study.settlements.geometry[mini_study.settlements["urban"]].iloc[:3]
    river = gpd.GeoDataFrame(geometry=town.to_crs(mini_study.crs).buffer(100.0))
    river = river.to_crs("EPSG:4326").assign(kind="flood", name="右江")
    folder = make_plan(replace(mini_study, exclusions=river)).save(tmp_path / "out")
    assert strays(folder) == []
    assert all(len((folder / f"{name}.csv").read_bytes().splitlines()) > 1 for name in CONTRACT)


def test_a_cell_against_its_column_is_noticed() -> None:
    code = OutColumn("mode", "code", "", codes={"walk": ""})
    assert [keeps_to(code, cell) for cell in ("walk", "fly", "")] == [True, False, False]
    share = OutColumn("share", "share", "", blank="")
    assert [keeps_to(share, cell) for cell in ("0.5", "1.5", "half", "")] == [
        True,
        False,
        False,
        True,
    ]
    whole = OutColumn("pupils", "integer", "")
    assert [keeps_to(whole, cell) for cell in ("12", "1.5", "1,000")] == [True, False, False]


def test_the_folder_holds_the_files_of_the_page(made: Path) -> None:
    # The fake study has no roads: no land, and no pages of counties.
    named = {*output_format.FILES, *(f"{name}.csv" for name in CONTRACT)} - {"counties/CODE.html"}
    assert {path.name for path in made.iterdir()} == named


def test_run_json_has_the_keys_of_the_page(made: Path) -> None:
    record = json.loads((made / "run.json").read_text(encoding="utf-8"))
    assert set(record) == set(output_format.RUN)
    assert all(set(run) == set(output_format.MODEL) for run in record["models"])
    assert record["models"]
    levels = [level for run in record["models"] for level in run["levels"]]
    assert levels
    assert all(f"`{key}`" in output_format.MODEL["levels"] for level in levels for key in level)


def test_layers_are_those_of_the_page(made: Path) -> None:
    path = made / "plan.gpkg"
    assert [name for name, _ in pyogrio.list_layers(path)] == [
        *(name for name in output_format.LAYERS if name != "catchments"),
        "layer_styles",
    ]
    for name, (shape, table) in output_format.LAYERS.items():
        if name == "catchments":
            continue
        about = pyogrio.read_info(path, layer=name)
        assert set(about["fields"]) == set(table.names), name
        assert about["crs"] == "EPSG:4326"
        assert about["geometry_type"] == shape
        assert codes_of(path, name, table) == []


def codes_of(path: Path, layer: str, table: OutTable) -> list[str]:
    """Values of a layer's columns of codes that are none."""
    frame = pyogrio.read_dataframe(path, layer=layer, read_geometry=False)
    return [
        f"{layer} {column.name}: {value!r}"
        for column in table.columns
        if column.codes
        for value in frame[column.name].unique()
        if not keeps_to(column, str(value))
    ]


def test_sheets_are_those_of_the_page(made: Path) -> None:
    book = CalamineWorkbook.from_path(made / "plan.xlsx")
    assert book.sheet_names == list(output_format.SHEETS)


def test_every_code_has_a_word_for_readers() -> None:
    named = {
        "mode": words.modes(),
        "mode_before": words.modes(),
        "if_forced": code_words("candidates", "if_forced"),
        "kind": {**words.kinds(), **code_words("rejected_sites", "kind")},
        "reason": code_words("rejected_sites", "reason"),
        "belt": words.belts(),
        "band": words.bands(),
        "programme": words.programmes(),
        "rule": {**code_words("retained", "rule"), **code_words("candidates", "rule")},
        "stage": words.stages(),
        "births": code_words("site_years", "births"),
        "cure": code_words("deficits", "cure"),
        **{f"gate_{letter}": words.gates() for letter in "abcd"},
    }
    shown = {
        column.name: set(column.codes)
        for name in CONTRACT
        for column in TABLES[name].columns
        if column.codes
    }
    assert set(named) >= set(shown)
    assert [name for name, codes in shown.items() if codes - set(named[name])] == []
    assert all(name in words.columns() for table in CONTRACT.values() for name in table)
