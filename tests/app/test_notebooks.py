"""The notebooks as a planner runs them: top to bottom, and again in the same kernel."""

from __future__ import annotations

from copy import deepcopy

import nbformat
import pytest
from nbclient import NotebookClient

from tests import ROOT
from tests.worlds.baise import BaisePlan

pytestmark = [pytest.mark.slow, pytest.mark.more]

LONGEST_TEXT = 12_000
"""Characters that one output may show as plain text: a table, never a page of raw values."""


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_it_runs_twice_in_one_kernel(
    path: object, baise_plan: BaisePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYOUT_CACHE", str(baise_plan.cache))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    book = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in book.cells)
    again = deepcopy(book.cells)
    for cell in again:
        cell["id"] = f"{cell['id']}-2"
    book.cells += again
    resources = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(book, timeout=900, resources=resources).execute()
    shown = [output for cell in book.cells for output in cell.get("outputs", [])]
    texts = [output.get("data", output).get("text/plain", "") for output in shown]
    assert any(text for text in texts)
    assert max(map(len, texts)) < LONGEST_TEXT
    maps = [output for output in shown if "srcdoc" in str(output.get("data", {}).get("text/html"))]
    assert len(maps) == 2
