"""A page that is switched to its other language, in a browser with the network off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import layout
from layout.core.text import LANGUAGES, set_language
from layout.output.maps import assets, draw
from tests.worlds import baise
from tests.worlds.browser import opened, started
from tests.worlds.fake_plan import fake_plan, renamed
from tests.worlds.pages import data_of, unzipped

pytestmark = [pytest.mark.browser, pytest.mark.more]

TOLD = "() => document.querySelector('#card .said') !== null"
VIEW = """() => {
  const map = window.map_main, at = map.getCenter();
  return [map.getZoom(), at.lat, at.lng];
}"""
COMPOSED = (Path(assets.__file__).parent / "static" / "said.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


def choose(page: Page, text: str) -> None:
    page.fill("#search", text)
    page.locator("#hits li").first.click()
    page.wait_for_function(TOLD)


def said(page: Page) -> str:
    return "\n".join(page.locator("#card .said li").all_text_contents())


def texts(page: Page) -> list[str]:
    """What is written around the map."""
    parts = page.locator(".top, .left, .right, .bottom")
    return [*parts.all_inner_texts(), page.locator("#state-name").inner_text()]


def switch(page: Page, language: str) -> None:
    page.click("#language")
    page.wait_for_function(f"() => document.documentElement.lang.startsWith('{language}')")


@pytest.mark.parametrize("clicks", [2, 3])
def test_quick_clicks_each_switch_the_language(browser: Browser, folder: Path, clicks: int) -> None:
    """Also while the other language is still being unpacked, and once more after that."""
    with opened(browser, folder / "index.html") as (page, log):
        start = page.evaluate("() => document.documentElement.lang")
        page.evaluate(
            """async (clicks) => {
            let switches = 0;
            const all = new Promise((go) => new MutationObserver((seen) => {
              switches += seen.length;
              if (switches === clicks) go();
            }).observe(document.documentElement, { attributeFilter: ["lang"] }));
            for (let at = 0; at < clicks; at += 1) language.click();
            await all;
          }""",
            clicks,
        )
        assert (page.evaluate("() => document.documentElement.lang") == start) == (clicks == 2)
        other = "en" if page.evaluate("() => document.documentElement.lang")[:2] == "zh" else "zh"
        switch(page, other)
        assert page.locator("#tab-closures").inner_text() == {"zh": "撤并", "en": "Closures"}[other]
        assert log.messages == []


def test_everything_but_names_follows_and_the_view_stays(
    browser: Browser, plan: layout.Plan, folder: Path
) -> None:
    school = str(plan.closed[0])
    with opened(browser, folder / "index.html") as (page, log):
        page.click("#tab-closures")
        page.locator("#panel-closures th button").nth(2).click()
        choose(page, school)
        page.click("#today")
        start = page.evaluate("() => document.documentElement.lang")[:2]
        other = "zh" if start == "en" else "en"
        before, view = texts(page), page.evaluate(VIEW)
        set_language(start)
        assert said(page) == plan.explain(school)
        switch(page, other)
        set_language(other)  # type: ignore[arg-type]
        # The chosen school, the state, the place on the map and the order of the table stay.
        assert said(page) == plan.explain(school)
        assert page.locator("#today").get_attribute("aria-pressed") == "true"
        assert page.evaluate(VIEW) == view
        assert page.locator("#panel-closures th").nth(2).get_attribute("aria-sort") == "ascending"
        assert page.locator("#search").input_value() == school
        words = {"zh": ("撤并", "放大", "搜索"), "en": ("Closures", "Zoom in", "Search")}[other]
        assert page.locator("#tab-closures").text_content() == words[0]
        assert page.locator(".leaflet-control-zoom-in").get_attribute("aria-label") == words[1]
        assert page.locator("label[for=search]").inner_text() == words[2]
        scale = page.locator(".leaflet-control-scale-line").inner_text()
        assert re.fullmatch({"zh": r"[\d.]+ (千)?米", "en": r"[\d.]+ k?m"}[other], scale)
        switch(page, start)
        assert texts(page) == before
        assert log.requests == [(folder / "index.html").as_uri()]
        assert log.messages == []


def test_no_sentence_of_the_other_language_stays(browser: Browser, folder: Path) -> None:
    """English pages have Chinese in names alone; here every name is drawn from the tables."""
    with opened(browser, folder / "index.html") as (page, _log):
        if not page.evaluate("() => document.documentElement.lang").startswith("en"):
            switch(page, "en")
        written = page.evaluate(
            """() => [...document.querySelectorAll("[data-t], legend, th, dt, h2, h3, .badge, "
              + "option, .figure-title, [aria-label], [title], [placeholder]")]
              .filter((node) => node.id !== "language" && !node.closest(".leaflet-tooltip"))
              .flatMap((node) => [node.dataset.t !== undefined || !node.children.length
                ? node.textContent : "", node.getAttribute("aria-label") || "",
                node.getAttribute("title") || "", node.getAttribute("placeholder") || ""])"""
        )
        names = set(page.locator("option").all_text_contents()) - {""}
        chinese = [text for text in written if any("\u4e00" <= sign <= "\u9fff" for sign in text)]
        assert [text for text in chinese if text not in names] == []
        assert len(written) > 100


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(2)</script>",
        "{county}{0}",
        "A{{7*7}}",
    ],
)
def test_names_in_sentences_are_shown_as_they_were_typed(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    plan = renamed(fake_plan(), name).drawn
    site = str(plan.sites["site_id"].iloc[0])
    file = draw(plan, language="en").save(tmp_path / "index.html")
    with opened(browser, file) as (page, log):
        for language in ("en", "zh"):
            choose(page, site)
            set_language(language)  # type: ignore[arg-type]
            assert said(page) == plan.explain(site)
            assert name in said(page)
            page.click("#language")
        assert (log.messages, log.dialogs) == ([], [])
        assert page.locator("#card img, #card script").count() == 0


def composed_in_page(browser: Browser, told: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Every explanation in both languages, composed by the page's own script."""
    context = browser.new_context(offline=True)
    try:
        result: dict[str, dict[str, list[str]]] = context.new_page().evaluate(
            f"""(told) => {{
              {COMPOSED}
              const all = {{}};
              for (const language of Object.keys(told.comma)) {{
                all[language] = {{}};
                for (const kind of ["schools", "sites", "counties"]) {{
                  all[language][kind] = told[kind].map((lines) =>
                    lines.map((line) => composed(told, line, language)).join("\\n"));
                }}
              }}
              return all;
            }}""",
            told,
        )
    finally:
        context.close()
    return result


def test_the_page_of_baise_says_what_explain_says(
    browser: Browser, baise_plan: baise.BaisePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYOUT_CACHE", str(baise_plan.cache))
    plan = layout.read_plan(baise_plan.folder, study=baise.STUDY)
    page = data_of((baise_plan.folder / "index.html").read_text(encoding="utf-8"))
    told = composed_in_page(browser, unzipped(page["explained"]))
    schools, sites, table = plan.study.schools, plan.sites, plan.candidates
    grows = sites.loc[sites["kind"] == "expansion", "site_id"]
    wanted = {
        "closed": plan.closed,
        "stays": table.loc[table["candidate"] & ~table["closed"], "school_id"],
        "protected": table.loc[~table["candidate"], "school_id"],
        "receiver": plan.assignment.loc[plan.assignment["mode"] != "stay", "to_school"].unique(),
        "belt": plan.retained.loc[plan.retained["belt"] == "in", "school_id"],
        **{
            kind: schools.index[schools["type_code"].str.match(code)]
            for kind, code in (("kindergarten", "111"), ("senior", "34|36"), ("special", "5"))
        },
        "grows": grows,
    }
    assert min(map(len, wanted.values())) >= 10
    chosen = sorted({str(one) for some in wanted.values() for one in list(some)[:30]})
    new = sites.loc[sites["kind"] == "new", "site_id"].tolist()
    assert len(chosen) + len(new) >= 200
    for language in LANGUAGES:
        set_language(language)
        by_school = dict(zip(page["schools"]["id"], told[language]["schools"], strict=True))
        by_site = dict(zip(page["sites"]["id"], told[language]["sites"], strict=True))
        by_county = dict(zip(page["counties"]["id"], told[language]["counties"], strict=True))
        for place in chosen:
            assert by_school[place] == plan.explain(place)
        for place in new:
            assert by_site[place] == plan.explain(place)
        for place in page["counties"]["id"]:
            assert by_county[place] == plan.explain(place)
