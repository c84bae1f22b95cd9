"""The pages in Debian's Firefox over WebDriver BiDi: loaded, clicked, searched, printed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import layout
from tests import ROOT
from tests.worlds.browser import from_npm, program, text_of_pages

pytestmark = [pytest.mark.browser, pytest.mark.more]

DRIVER = "node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js"


@pytest.mark.parametrize("which", ["city", "county"])
def test_a_school_is_clicked_found_and_printed(
    folder: Path, plan: layout.Plan, tmp_path: Path, which: str
) -> None:
    closed = plan.closures.iloc[0]
    school = plan.study.schools.loc[closed["school_id"]]
    county = f"counties/{school['county_code']}.html"
    file = folder / ("index.html" if which == "city" else county)
    pdf = tmp_path / "sheet.pdf"
    place = [str(school.geometry.y), str(school.geometry.x)]
    command = [program("node"), ROOT / "tests" / "browsers" / "firefox.mjs", from_npm(DRIVER)]
    done = subprocess.run(
        [*command, program("firefox-esr"), file.as_uri(), closed["school_id"], *place, pdf],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["version"].startswith("firefox/")
    assert told["painted"] > 1000
    assert closed["school_id"] in told["clicked"]
    assert told["closed"] is True
    assert closed["school_id"] in told["found"]
    assert told["focus"] == "card"
    assert told["state"] == "Today"
    assert set(told["requests"]) <= {file.as_uri(), "data:,"}
    assert told["control"] == ["http://127.0.0.1:59999/asked.png"]
    assert told["messages"] == []
    # The map of the county, and the card with its list.
    pages = text_of_pages(pdf.read_bytes())
    assert len(pages) > 1
    assert all(text.strip() for text in pages)
    assert plan.study.units.loc[school["county_code"], "name"] in pages[0]
    assert closed["school_id"] in "".join(pages[1:])
