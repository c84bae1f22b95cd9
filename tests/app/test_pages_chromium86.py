"""The pages in Chromium 86, the oldest browser that they are made for, with the network off."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

import layout
from layout.output.maps import assets
from tests.worlds.browser import browser_path, chromium_86, from_npm, opened, started, text_of_pages

pytestmark = [pytest.mark.browser, pytest.mark.more]

STATIC = Path(assets.__file__).parent / "static"
SHOWN = "() => document.querySelector('canvas.areas') !== null"
PAINTED = """() => {
  const canvas = document.querySelector("canvas.areas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 0) painted += 1;
  return painted;
}"""
# What every browser since Chromium 80 may ignore without harm to the page.
HARMLESS = {"accent-color", "print-color-adjust", "text-underline-offset"}


@pytest.fixture(scope="module")
def old() -> Iterator[Browser]:
    with started(chromium_86()) as running:
        assert running.version.startswith("86.")
        yield running


def text(page: Page, selector: str) -> str:
    """Text that is shown; the driver's own way asks elements for methods of later browsers."""
    shown: str = page.evaluate("(one) => document.querySelector(one).innerText", selector)
    return shown


def is_shown(page: Page, selector: str) -> bool:
    boxes = "(one) => document.querySelector(one).getClientRects().length > 0"
    return bool(page.evaluate(boxes, selector))


def click(page: Page, selector: str) -> None:
    """Click with the mouse where an element is."""
    x, y = page.evaluate(
        """(one) => {
          const node = document.querySelector(one);
          node.scrollIntoView({ block: "center" });
          const box = node.getBoundingClientRect();
          return [box.x + box.width / 2, box.y + box.height / 2];
        }""",
        selector,
    )
    page.mouse.click(x, y)


def choose(page: Page, selector: str, value: str) -> None:
    """Choose in a list, which draws its choices outside the page."""
    page.evaluate(
        """([one, value]) => {
          const box = document.querySelector(one);
          box.value = value;
          box.dispatchEvent(new Event("change"));
        }""",
        [selector, value],
    )


def search(page: Page, words: str) -> None:
    click(page, "#search")
    page.evaluate("document.getElementById('search').select()")
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    assert is_shown(page, "#card")


def pixel_of(page: Page, school: Any) -> list[float]:
    """Where a school is on the screen, after the map went to it."""
    place: list[float] = page.evaluate(
        """([lat, lng]) => {
          map_main.setView([lat, lng], 12, {animate: false});
          const at = map_main.latLngToContainerPoint([lat, lng]);
          const box = map_main.getContainer().getBoundingClientRect();
          return [box.x + at.x, box.y + at.y];
        }""",
        [school.y, school.x],
    )
    return place


@pytest.mark.parametrize("which", ["city", "county"])
def test_a_school_is_found_and_clicked(
    old: Browser, folder: Path, plan: layout.Plan, which: str
) -> None:
    closed = plan.closures.iloc[0]
    school = plan.study.schools.loc[closed["school_id"]]
    county = f"counties/{school['county_code']}.html"
    file = folder / ("index.html" if which == "city" else county)
    with opened(old, file) as (page, log):
        page.wait_for_function(SHOWN)
        assert page.evaluate(PAINTED) > 1000
        page.mouse.click(*pixel_of(page, school.geometry))
        assert is_shown(page, "#card")
        assert closed["school_id"] in text(page, "#card")
        assert is_shown(page, "#card .area-part .before-after")
        page.keyboard.press("Escape")
        assert is_shown(page, "#card") is False
        search(page, closed["name"])
        assert closed["school_id"] in text(page, "#card")
        assert log.requests == [file.as_uri()]
        assert log.messages == []


def test_states_layers_tables_and_shades(old: Browser, folder: Path) -> None:
    with opened(old, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        after = page.evaluate(PAINTED)
        click(page, "#today")
        assert page.evaluate(PAINTED) > 0.9 * after
        ids = "(all) => Array.from(document.querySelectorAll(all), (node) => '#' + node.id)"
        for box in page.evaluate(ids, "#layers input:not(:checked)"):
            click(page, box)
        assert page.evaluate(ids, "#layers input:not(:checked)") == []
        for tab in page.evaluate(ids, "[role=tab]"):
            click(page, tab)
            assert is_shown(page, tab.replace("tab-", "panel-"))
        values = "() => Array.from(document.querySelectorAll('#indicator option'), (o) => o.value)"
        for value in page.evaluate(values):
            choose(page, "#indicator", value)
        assert page.evaluate("document.querySelectorAll('#panel-closures tbody tr').length") > 0
        assert text(page, "#state-name") == "Today"
        click(page, "#language")
        page.wait_for_function("() => document.getElementById('state-name').innerText === '现状'")
        assert log.messages == []


def test_today_is_laid_beside_the_plan(old: Browser, folder: Path) -> None:
    with opened(old, folder / "index.html") as (page, log):
        page.wait_for_function(SHOWN)
        click(page, "#slide")
        assert is_shown(page, "#slider")
        assert page.evaluate("document.querySelector('#slider canvas').width") > 300
        before = page.evaluate("document.querySelector('.slide-left').style.width")
        page.evaluate("document.getElementById('slide-range').focus()")
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.querySelector('.slide-left').style.width") != before
        click(page, "#slide")
        assert is_shown(page, "#slider") is False
        assert log.messages == []


def test_the_card_covers_its_panel(old: Browser, folder: Path, plan: layout.Plan) -> None:
    with opened(old, folder / "index.html") as (page, _):
        search(page, plan.closures["school_id"].iloc[0])
        size = "(one) => { const { offsetWidth: w, offsetHeight: h } = document.querySelector(one);"
        card, panel = (
            page.evaluate(size + " return [w, h]; }", one) for one in ("#card", "#panel")
        )
        assert card[0] > 0.95 * panel[0] > 100
        assert card[1] > 0.95 * panel[1] > 100


@pytest.mark.parametrize("width", [390, 1000, 1366])
def test_it_prints_one_sheet_and_the_card(
    old: Browser, folder: Path, plan: layout.Plan, width: int
) -> None:
    with opened(old, folder / "index.html", width=width) as (page, log):
        page.wait_for_function(SHOWN)
        assert len(text_of_pages(page.pdf(prefer_css_page_size=True))) == 1
        closed = plan.closures.iloc[0]
        search(page, closed["school_id"])
        pages = text_of_pages(page.pdf(prefer_css_page_size=True))
        assert len(pages) > 1
        assert all(text.strip() for text in pages)
        assert closed["school_id"] in "".join(pages[1:])
        assert log.messages == []


def test_it_survives_being_loaded_hidden(old: Browser, folder: Path, tmp_path: Path) -> None:
    """As in a notebook's closed output, or a tab of a portal that is opened later."""
    outer = tmp_path / "outer.html"
    frame = f'<iframe style="display: none" src="{(folder / "index.html").as_uri()}"></iframe>'
    outer.write_text(f"<!DOCTYPE html>{frame}", encoding="utf-8")
    with opened(old, outer) as (page, log):
        inside = page.frames[1]
        page.evaluate("document.querySelector('iframe').style = 'width: 1000px; height: 700px'")
        inside.wait_for_function("() => map_main.getSize().x > 300")
        inside.wait_for_function(SHOWN)
        inside.wait_for_function(f"() => ({PAINTED})() > 1000")
        assert log.messages == []


def esbuild(text: str, kind: str, target: str) -> subprocess.CompletedProcess[str]:
    """The text as esbuild writes it for a target."""
    command = from_npm("node_modules/esbuild/bin/esbuild")
    return subprocess.run(
        ["node", str(command), f"--loader={kind}", f"--target={target}", "--log-level=warning"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("file", sorted(path.name for path in STATIC.glob("*.[jc]s*")))
def test_nothing_is_newer_than_the_target(file: str) -> None:
    """What esbuild would have to write in another way for Chromium 86 is too new for it."""
    text, kind = (STATIC / file).read_text(encoding="utf-8"), file.rpartition(".")[2]
    lowered, plain = esbuild(text, kind, "chrome86"), esbuild(text, kind, "esnext")
    assert (lowered.returncode, lowered.stderr) == (0, "")
    assert lowered.stdout == plain.stdout


def test_esbuild_sees_what_is_too_new() -> None:
    assert "||=" not in esbuild("a ||= b", "js", "chrome80").stdout
    assert "inset" not in esbuild("a { inset: 0 }", "css", "chrome86").stdout


def test_the_notice_is_in_the_language_of_old_browsers() -> None:
    done = esbuild(assets.notice("js"), "js", "es5")
    assert (done.returncode, done.stderr) == (0, "")


def test_chromium_86_knows_every_rule_of_the_styles(old: Browser, folder: Path) -> None:
    """Each declaration and selector by itself: an unknown one would be dropped in silence."""
    plain = re.sub(r"/\*.*?\*/", "", assets.own_style(), flags=re.DOTALL)
    blocks = re.findall(r"([^{}]+)\{([^{}]*)\}", plain)
    selectors = [(head.strip(), "") for head, _ in blocks if not head.strip().startswith("@")]
    declarations = [
        (name.strip(), value.replace("!important", "").strip())
        for _, body in blocks
        for name, _, value in (part.partition(":") for part in body.split(";"))
        if value and not name.strip().startswith("--")
    ]
    assert len(selectors) > 100
    assert len(declarations) > 300
    with opened(old, folder / "index.html") as (page, _):
        unknown = page.evaluate(
            """([selectors, declarations]) => [
              selectors.filter(([one]) => {
                try { document.querySelector(one); return false; } catch (refusal) { return true; }
              }),
              declarations.filter(([name, value]) => !CSS.supports(name, value)),
            ]""",
            [selectors, [one for one in declarations if one[0] != "size"]],
        )
    assert [one for one in unknown[0] if not one[0].startswith(("from", "to"))] == []
    assert [one for one in unknown[1] if one[0] not in HARMLESS] == []


# Every name that the browser itself defines: globals, their own members, those of their instances.
NAMES = """() => {
  const names = new Set(Object.getOwnPropertyNames(window));
  for (const holder of [window, Intl, CSS]) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      const held = Object.getOwnPropertyDescriptor(holder, name).value;
      for (const part of typeof held === "function" ? [held, held.prototype] : []) {
        if (part) Object.getOwnPropertyNames(part).forEach((one) => names.add(one));
      }
    }
  }
  return Array.from(names);
}"""


def test_no_script_calls_what_came_later(old: Browser, tmp_path: Path) -> None:
    """Of all that today's browser defines, the scripts call nothing that Chromium 86 lacks."""
    blank = tmp_path / "blank.html"
    blank.write_text("<!DOCTYPE html>", encoding="utf-8")
    with opened(old, blank) as (page, _):
        then = set(page.evaluate(NAMES))
    today = old.browser_type.launch(executable_path=browser_path(), args=["--no-sandbox"])
    with closing(today), opened(today, blank) as (page, _):
        later = set(page.evaluate(NAMES)) - then
    assert {"at", "structuredClone", "findLast", "toSorted", "checkVisibility"} <= later
    script = assets.own_script()
    methods = set(re.findall(r"\.(\w+)\(", script)) - set(re.findall(r"(\w+): function", script))
    calls = set(re.findall(r"(?<![.\w])(\w+)\(", script))
    own = set(re.findall(r"(?:function|const|let) (\w+)|\b(\w+)(?=[,)])", script))
    own = {name for names in own for name in names}
    assert methods & later == set()
    assert (calls - own) & later == set()


def missing(feature: str) -> str:
    holder, _, name = feature.rpartition(".")
    return f"delete {holder or 'window'}[{json.dumps(name)}];"


@pytest.mark.parametrize(
    "feature", ["DecompressionStream", "ResizeObserver", "Element.prototype.replaceChildren"]
)
def test_older_browsers_say_so_in_one_sentence(old: Browser, folder: Path, feature: str) -> None:
    with opened(old, folder / "index.html", before=missing(feature)) as (page, log):
        notice = text(page, "#too-old")
        assert "浏览器版本过旧" in notice
        assert "too old" in notice
        assert text(page, "body").strip() == notice.strip()
        assert log.messages == []
    with opened(old, folder / "index.html") as (page, _):
        assert is_shown(page, "#too-old") is False
