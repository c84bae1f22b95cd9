"""The notebooks as planners use them: public names, both languages, other numbers."""

from __future__ import annotations

import ast
import re
from copy import deepcopy
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient import NotebookClient

import layout
from tests import ROOT

BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SMALL = ROOT / "notebooks" / "07-your-own-county.ipynb"
"""The one that takes seconds."""

LONGEST_TEXT = 12_000
"""Characters that one output may show as plain text: a table, never a page of raw values."""
LONGEST_CELL = 14
"""Lines of code that a planner reads at a glance."""
BESIDE = {"layout", "pandas", "pathlib", "shutil", "tempfile"}


def _code(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell["source"] for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture(params=BOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_there_are_seven_in_order() -> None:
    assert [book.name[:3] for book in BOOKS] == [f"0{number}-" for number in range(1, 8)]


def test_it_is_stored_without_results_and_begins_with_its_parameters(path: Path) -> None:
    cells = [c for c in nbformat.read(path, as_version=4).cells if c["cell_type"] == "code"]
    assert not any(cell["outputs"] or cell["execution_count"] for cell in cells)
    tagged = [
        at for at, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", ())
    ]
    assert tagged == [0]
    # Plain values alone, which another run can replace.
    body = ast.parse(cells[0]["source"]).body
    assert body
    assert all(isinstance(line, ast.Assign) and ast.literal_eval(line.value) != () for line in body)


def test_it_speaks_both_languages_and_ends_in_a_decision(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    for text in texts:
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert re.search(r"[A-Za-z]{3}", text), text
    assert "## 决定 · The decision" in "".join(texts[-4:])
    # What it ends in is computed.
    assert "print(" in "".join(_code(path)[-4:])


def test_it_uses_public_names_in_short_cells(path: Path) -> None:
    for code in _code(path):
        assert len(code.splitlines()) <= LONGEST_CELL, code
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Import):
                assert {name.name for name in node.names} <= BESIDE
            elif isinstance(node, ast.ImportFrom):
                assert node.module in BESIDE - {"layout"}
            elif isinstance(node, ast.Attribute):
                assert not node.attr.startswith("_")
                if isinstance(node.value, ast.Name) and node.value.id == "layout":
                    assert node.attr in layout.__all__


@pytest.mark.more
@pytest.mark.slow
def test_it_runs_twice_in_one_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    book = nbformat.read(SMALL, as_version=4)
    again = deepcopy(book.cells)
    for cell in again:
        cell["id"] = f"{cell['id']}-2"
    book.cells += again
    resources = {"metadata": {"path": str(SMALL.parent)}}
    NotebookClient(book, timeout=600, resources=resources).execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", [])]
    texts = [output.get("data", output).get("text/plain", "") for output in shown]
    assert any(text for text in texts)
    assert max(map(len, texts)) < LONGEST_TEXT
    maps = [output for output in shown if "srcdoc" in str(output.get("data", {}).get("text/html"))]
    assert len(maps) == 2


@pytest.mark.more
@pytest.mark.slow
def test_a_run_with_other_numbers_is_its_own_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    record = tmp_path / "one.ipynb"
    papermill.execute_notebook(
        SMALL,
        record,
        parameters={"folder": str(tmp_path / "one"), "close": 1, "kindergartens": 0},
        cwd=SMALL.parent,
        progress_bar=False,
    )
    cells = nbformat.read(record, as_version=4).cells
    given = [c for c in cells if "injected-parameters" in c["metadata"].get("tags", ())]
    assert len(given) == 1
    assert "close = 1" in given[0]["source"]
    study = layout.Study.read(tmp_path / "one" / "study" / "study.toml")
    assert study.programmes.closures is not None
    assert study.programmes.closures.count == 1
    assert any("study.toml" in str(cell.get("outputs")) for cell in cells)


@pytest.mark.more
@pytest.mark.slow
def test_every_plot_of_a_notebook_is_shown(
    mini_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cells = (
        f"import layout\nplan = layout.consolidate(layout.Study.read({str(mini_path)!r}), close=3)",
        "plan.plot('closures');",
        "table = layout.compare(plan)\ntable.chart();",
        "plan.plot('closures');",
        "table.chart();",
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(book, timeout=600).execute()
    pictures = [
        ["image/png" in output.get("data", {}) for output in cell["outputs"]].count(True)
        for cell in book.cells
    ]
    assert pictures == [0, 1, 1, 1, 1]
