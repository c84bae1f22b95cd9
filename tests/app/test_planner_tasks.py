"""The lines that docs/python.md gives for each task of a planner, run as they are printed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

import layout
from tests import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.more]

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## A planner's tasks")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (?!task|---)([^|]+) \| (.+) \|$", SECTION, re.MULTILINE)
MOST_LINES = 6
# Numbers of the Baise study as a small one can have them.
SMALL = {"60": "2", "84": "3", "100": "4", "20": "2", '那坡县": 5': '那坡县": 1'}


@pytest.fixture
def names(study: layout.Study, plan: layout.Plan) -> Iterator[dict[str, object]]:
    mpl.use("agg")
    yield {"layout": layout, "study": study, "today": layout.assess(study), "plan": plan}
    plt.close("all")


def test_there_is_a_line_for_each_of_twelve_tasks() -> None:
    assert len(ROWS) == 12
    # A task and its lines, and no row that was torn in two.
    rows = [line for line in SECTION.splitlines() if line.startswith("|")]
    assert {line.count(" | ") for line in rows if not line.startswith("|---")} == {1}
    assert len(rows) == len(ROWS) + 2


@pytest.mark.parametrize(("task", "lines"), ROWS, ids=[task for task, _ in ROWS])
def test_the_lines_of_a_task_run(
    task: str,
    lines: str,
    names: dict[str, object],
    plan: layout.Plan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    meant = {
        "keep": plan.closures["name"].iloc[0],
        "school": plan.study.schools.loc[plan.closures["receivers"].iloc[0].split(";")[0], "name"],
        "forbid": plan.sites.loc[plan.sites["kind"] == "new", "settlement_id"].iloc[0],
    }
    snippets = re.findall(r"`([^`]+)`", lines)
    assert sum(snippet.count("\n") + 1 for snippet in snippets) <= MOST_LINES
    if "plans" in lines and "plans =" not in lines:
        names["plans"] = [plan, layout.consolidate(plan, close=2, name="2")]
    for snippet in snippets:
        for name, value in meant.items():
            snippet = snippet.replace(f'{name}="…"', f'{name}="{value}"')
        for number, small in SMALL.items():
            snippet = re.sub(rf"(?<![\d.]){number}(?!\d)", small, snippet)
        # Names of one snippet hold in the next.
        exec(compile(ast.parse(snippet), task, "exec"), names)
