"""The example of the README, run as it is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from layout.output.lists import CONTRACT
from tests import ROOT
from tests.worlds.baise import BaisePlan


def example(page: str) -> str:
    """The lines of Python that a page shows."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(import layout.*?)```", text, re.DOTALL)
    return str(block)


def test_both_pages_show_the_same_lines() -> None:
    assert example("README.md") == example("README.zh-CN.md")


@pytest.mark.more
def test_the_lines_make_the_tables_of_make_plan(baise_plan: BaisePlan, tmp_path: Path) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    done = subprocess.run(
        [sys.executable, "-c", example("README.md")],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "LAYOUT_CACHE": str(baise_plan.cache),
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in CONTRACT:
        made = (tmp_path / "maps" / "mine" / f"{name}.csv").read_bytes()
        assert made == (baise_plan.folder / f"{name}.csv").read_bytes(), name
    # The page of a folder links to those of the counties beside it; a difference of pages as long
    # as these is not printed.
    page = (tmp_path / "maps" / "mine" / "index.html").read_bytes()
    alone = page.replace(b'"pages":true', b'"pages":false')
    same = (tmp_path / "maps" / "mine.html").read_bytes() == alone
    assert same
