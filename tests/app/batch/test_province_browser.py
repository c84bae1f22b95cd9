"""The page of many studies in a browser with the network off."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from layout.app.batch.province import save_province
from tests.worlds.batches import write_batch
from tests.worlds.browser import opened, started, text_of_pages

pytestmark = [pytest.mark.browser, pytest.mark.more]

HOSTILE = '</script><img src=x onerror=alert(1)>"{{7*7}}'
SHADES = """() => {
  const canvas = document.querySelector("canvas.land"), copy = document.createElement("canvas");
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  const pen = copy.getContext("2d", { willReadFrequently: true });
  pen.drawImage(canvas, 0, 0);
  const data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = {};
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue;
    const key = data.slice(at, at + 3).join();
    seen[key] = (seen[key] || 0) + 1;
  }
  return Object.keys(seen).filter((key) => seen[key] > 50).sort();
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_batch(tmp_path_factory.mktemp("batch") / "out", title="Two prefectures")
    save_province(folder, folder, language="en")
    return folder


@pytest.fixture
def page(browser: Browser, batch: Path) -> Iterator[Page]:
    with opened(browser, batch / "index.html") as (page, log):
        yield page
        assert log.messages == []


def names(page: Page) -> list[str]:
    return page.locator("#panel-studies tbody td:first-child").all_inner_texts()


def test_it_is_silent_and_changes_its_colours(browser: Browser, batch: Path) -> None:
    file = batch / "index.html"
    with opened(browser, file) as (page, log):
        seen = []
        for theme in ("closes", "builds", "lacks"):
            page.click(f"#{theme}")
            for option in page.locator("#indicator option").all():
                page.select_option("#indicator", option.get_attribute("value") or "")
            seen.append(page.evaluate(SHADES))
            assert page.locator("#ramp .ramp-row").count() > 0
        assert len({tuple(shades) for shades in seen}) == 3
        page.click("#language")
        page.locator("#title").wait_for()
        assert log.requests == [file.as_uri()]
        assert log.messages == []


def test_studies_sort_and_lead_to_their_maps(page: Page, batch: Path) -> None:
    page.click("#tab-studies")
    head = page.locator("#panel-studies thead button").nth(0)
    head.click()
    upwards = names(page)
    head.click()
    assert names(page) == upwards[::-1]
    assert upwards.index("North") < upwards.index("South")
    expect(page.locator("#panel-studies th").nth(0)).to_have_attribute("aria-sort", "descending")
    link = page.locator("#panel-studies a").first
    target = link.evaluate("(one) => one.href")
    link.click()
    page.wait_for_url(target)
    assert target.startswith((batch / "studies").as_uri())
    assert page.locator("#panel-closures").count() == 1


def test_a_study_without_a_plan_is_named(page: Page) -> None:
    assert "Only 3 schools can close." in page.locator("#panel-overview .missing").inner_text()
    page.click("#panel-overview .missing button")
    assert "Only 3 schools can close." in page.locator("#card .caution").inner_text()
    assert page.locator("#card a").count() == 0


def test_the_keyboard_goes_into_a_card_and_back(page: Page) -> None:
    page.click("#tab-counties")
    first = page.locator("#panel-counties tbody button").first
    first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "card"
    assert page.locator("#card").get_attribute("aria-label")
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()
    assert first.evaluate("(one) => one === document.activeElement")


def test_search_finds_studies_and_counties(page: Page) -> None:
    page.fill("#search", "451181")
    page.locator("#hits li").first.wait_for()
    page.keyboard.press("Enter")
    assert "451181" in page.locator("#card").inner_text()


def test_nothing_is_cut_on_a_phone(browser: Browser, batch: Path) -> None:
    with opened(browser, batch / "index.html", width=390, height=844) as (page, _):
        wide = "document.documentElement.scrollWidth"
        assert page.evaluate(wide) <= 390
        page.click("#tab-studies")
        assert page.evaluate(wide) <= 390
        box = page.locator("#map_main").bounding_box()
        assert box is not None
        assert box["height"] > 300


def test_it_prints_the_map_and_the_studies(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    sheets = text_of_pages(page.pdf(prefer_css_page_size=True))
    assert len(sheets) == 2
    assert "Schools closed" in sheets[0]
    assert "gone" in sheets[1]


def test_names_are_texts_alone(browser: Browser, batch: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(batch, folder)
    record = json.loads((folder / "batch.json").read_text(encoding="utf-8"))
    (folder / "batch.json").write_text(json.dumps(record | {"name": HOSTILE}), encoding="utf-8")
    table = pd.read_csv(folder / "batch.csv", dtype="str", keep_default_na=False)
    table.assign(title=HOSTILE, message=HOSTILE).to_csv(folder / "batch.csv", index=False)
    (folder / "province.gpkg").unlink()
    save_province(folder, folder, language="en")
    with opened(browser, folder / "index.html") as (page, log):
        page.click("#tab-studies")
        page.locator("#panel-studies tbody button").first.click()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#title").inner_text() == HOSTILE
        assert page.locator("img[src=x]").count() == 0
        assert (log.messages, log.dialogs) == ([], [])
        assert log.requests == [(folder / "index.html").as_uri()]
