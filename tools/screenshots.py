"""Write the pictures of the pages from a plan's own map, so that they show what it draws.

Run ``python -m tools.screenshots maps/baise`` after `make plan`; it needs Chromium as the tests do.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parent.parent / "docs"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
SIZE = {"width": 1280, "height": 720}


def main(plan: Path, out: Path = DOCS) -> None:
    """Draw every picture of a plan's folder."""
    wanted = (os.environ.get("LAYOUT_BROWSER", ""), *NAMES)
    browser_path = next(path for name in wanted if name and (path := shutil.which(name)))
    with sync_playwright() as playwright:
        # Containers run this as root, where the browser's own sandbox cannot start.
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_context(viewport=SIZE, offline=True).new_page()
        _drawn(page, plan / "index.html")
        page.screenshot(path=out / "map.png")
        _card(page)
        page.screenshot(path=out / "card.png")
        county = min((plan / "counties").glob("*.html"))
        _drawn(page, county)
        page.screenshot(path=out / "county.png")
        browser.close()


def _drawn(page: Page, path: Path) -> None:
    """Open a map and wait until nothing more is drawn."""
    page.goto(path.resolve().as_uri())
    page.wait_for_selector(".leaflet-container canvas")
    # The land and the roads are drawn after the first frame.
    page.wait_for_timeout(3000)


def _card(page: Page) -> None:
    """Open the card of the first school of the table of closures."""
    page.get_by_role("tab", name="撤并").click()
    page.locator("[role=tabpanel]:visible tbody tr td").nth(1).click()
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
