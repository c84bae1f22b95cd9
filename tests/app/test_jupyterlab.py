"""A plan in a real JupyterLab, started as `make notebook` starts it: alive, and asking nobody."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import pytest

from tests import ROOT
from tests.worlds.browser import started
from tests.worlds.jupyter import CONFIG, lab, opened_notebook, run_all, write_notebook

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.more]

# Steps of a small study take no two seconds.
SOLVE = """
import layout
from layout.core import progress
progress.DELAY_S = 0.0
plan = layout.consolidate(layout.Study.read("study/mini.toml"))
"""
CHART = "layout.frontier(plan, [0, 2]).chart()"


def test_a_map_lives_in_a_notebook_and_nothing_leaves_the_computer(
    mini_path: Path, tmp_path: Path
) -> None:
    folder, home = tmp_path / "work", tmp_path / "home"
    copytree(mini_path.parent, folder / "study")
    home.mkdir()
    cells = [SOLVE.strip(), "plan.map()", "plan.closures.plot()", CHART]
    write_notebook(folder / "plan.ipynb", cells)
    with (
        lab(folder, home) as address,
        started() as browser,
        opened_notebook(browser, address, "plan.ipynb") as (page, log),
    ):
        run_all(page)
        # No news, no newer version, no word on trust.
        assert page.locator(".Toastify__toast").count() == 0
        assert page.locator(".jp-Dialog").count() == 0
        steps, *_ = page.locator(".jp-Cell").nth(0).locator(".jp-OutputArea-output").all()
        assert re.fullmatch(r"([^\n]+: \d+\.\d s\n?)+", steps.inner_text())
        assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        # Both plots are pictures.
        assert page.locator(".jp-OutputArea-output img").count() == 2
        frame = page.locator("iframe[srcdoc]")
        frame.scroll_into_view_if_needed()
        map_ = frame.content_frame
        map_.locator("#today").click()
        assert map_.locator("#today").get_attribute("aria-pressed") == "true"
        assert map_.locator("label[for=layer-closed] .count").inner_text() == "5"
        assert log.requests == []
        assert [one for one in log.messages if "Refused" in one or "Uncaught" in one] == []


def test_make_notebook_starts_what_is_tested() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"jupyterlab --config={CONFIG.relative_to(ROOT).as_posix()} $(LAB)" in makefile
