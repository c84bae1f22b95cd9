"""Maps of settlements in a browser: `layout` beside stock folium, `explore()` and a floor.

Run through ``make bench``, or as ``python -m benchmarks.maps [--quick] [--page FILE …]``. The
settlements are modelled. Ours is the whole page of a plan (schools, closures, sites, tables,
search) with its settlements switched on; the peers draw the settlements alone, each with its name:
folium's ``GeoJson`` of circle markers, one ``CircleMarker`` for each, and
``GeoDataFrame.explore()``, without tiles. The floor is a page by hand that draws the same points as
squares on one canvas and does nothing else.

There is no network: Leaflet comes from the package's vendored copy for all, and whatever else the
peers link to (jQuery, Bootstrap, icons) is answered with an empty file, which makes them quicker.
Each page is opened in a headless Chromium, anew each time; the middle of several.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import folium
import geopandas as gpd
from playwright.sync_api import Browser, Page, Route

from layout.app.plan import Plan
from layout.output.maps import assets, draw
from tests.worlds.browser import started
from tests.worlds.fake_city import city_tables
from tests.worlds.fake_plan import fake_plan, fake_study

SIZES = (13_000, 52_000)
QUICK = (2_000,)
OPENED = 3
"""How often each page is opened."""
NAVIGATION_MS = 600_000

# What was asked for is drawn in the next frame; a message gets through when that is painted.
FRAME = """await new Promise((go) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = go;
    channel.port2.postMessage(0);
  }));"""
MAP = """const map = window.floor || window.map_main
  || Object.values(window).find((one) => window.L && one instanceof L.Map);"""
DRAWN = f"""async () => {{
  const box = document.getElementById("layer-settlements");
  if (box && !box.checked) box.click();
  {FRAME}
  // Idle: nothing is left to unpack or to draw.
  for (let calm = 0; calm < 2;) {{
    const left = await new Promise((go) => requestIdleCallback((one) => go(one.timeRemaining())));
    calm = left > 20 ? calm + 1 : 0;
  }}
  const [first] = performance.getEntriesByName("first-contentful-paint");
  return [first ? first.startTime : performance.now(), performance.now()];
}}"""
MOVED = f"""async (how) => {{
  {MAP}
  const zoom = map.getZoom(), times = [];
  for (let turn = 0; turn < 8; turn += 1) {{
    const begin = performance.now();
    if (how === "pan") map.panBy([turn % 2 ? -240 : 240, 0], {{ animate: false }});
    else map.setZoom(zoom + (turn % 2 ? 0 : 1), {{ animate: false }});
    {FRAME}
    times.push(performance.now() - begin);
  }}
  return times;
}}"""
# Stock explore() draws paths of SVG.
PAINTED = """() => document.querySelector("svg path") !== null
  || [...document.querySelectorAll("canvas")].some((canvas) => canvas.width
  && canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data
    .some((value, at) => at % 4 === 3 && value > 0))"""

FLOOR = """<!DOCTYPE html><meta charset="utf-8"><style>
html, body, canvas { margin: 0; width: 100%; height: 100%; display: block; }</style>
<canvas></canvas><script type="application/json" id="points">POINTS</script><script>
const points = JSON.parse(document.getElementById("points").textContent);
const canvas = document.querySelector("canvas"), pen = canvas.getContext("2d");
const west = Math.min(...points.x), north = Math.max(...points.y);
const wide = Math.max(...points.x) - west;
canvas.width = innerWidth;
canvas.height = innerHeight;
let zoom = 0, shift = 0;
function paint() {
  const scale = canvas.width / wide * 2 ** zoom;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#8c6d31";
  for (let at = 0; at < points.x.length; at += 1) {
    const x = (points.x[at] - west) * scale - shift, y = (north - points.y[at]) * scale;
    if (x > -4 && y > -4 && x < canvas.width && y < canvas.height) pen.fillRect(x, y, 3, 3);
  }
}
window.floor = {
  getZoom: () => zoom,
  setZoom: (to) => { zoom = to; requestAnimationFrame(paint); },
  panBy: ([x]) => { shift += x; requestAnimationFrame(paint); },
};
paint();
</script>"""


@dataclass(frozen=True)
class Measured:
    """What one page takes.

    Attributes
    ----------
    kilobytes, build_s
        Size of the file, and seconds that making it took.
    first_ms
        From opening it until anything is seen.
    load_ms
        From opening it until all settlements are drawn and nothing is left to do.
    pan_ms, zoom_ms
        Until a map moved by 240 pixels, or by one zoom level, is drawn.
    heap_mib
        Memory of its script after a collection.
    """

    kilobytes: float
    build_s: float
    first_ms: float
    load_ms: float
    pan_ms: float
    zoom_ms: float
    heap_mib: float


def by_layout(plan: Plan) -> str:
    """The whole page of the plan."""
    return draw(plan).html


def by_hand(plan: Plan) -> str:
    """The floor: points on a canvas."""
    points = plan.study.settlements.geometry
    columns = {"x": points.x.round(5).tolist(), "y": points.y.round(5).tolist()}
    return FLOOR.replace("POINTS", json.dumps(columns, separators=(",", ":")))


def by_geojson(plan: Plan) -> str:
    """Folium's GeoJson with circle markers and a tooltip."""
    page = stock_map(plan)
    marker = folium.CircleMarker(radius=3, weight=1, fill=True)
    tooltip = folium.GeoJsonTooltip(fields=["name", "children"])
    folium.GeoJson(layer_of(plan), marker=marker, tooltip=tooltip).add_to(page)
    return str(page.get_root().render())


def by_markers(plan: Plan) -> str:
    """Folium's CircleMarker, one for each settlement."""
    page = stock_map(plan)
    layer = layer_of(plan)
    for x, y, name in zip(layer.geometry.x, layer.geometry.y, layer["name"], strict=True):
        folium.CircleMarker([y, x], radius=3, weight=1, fill=True, tooltip=name).add_to(page)
    return str(page.get_root().render())


def by_explore(plan: Plan) -> str:
    """GeoPandas's explore, coloured by children."""
    page = layer_of(plan).explore("children", tiles=None, legend=False)
    return str(page.get_root().render())


METHODS: dict[str, Callable[[Plan], str]] = {
    "layout, the whole page": by_layout,
    "floor, by hand": by_hand,
    "folium GeoJson": by_geojson,
    "folium CircleMarker": by_markers,
    "GeoDataFrame.explore": by_explore,
}


def layer_of(plan: Plan) -> gpd.GeoDataFrame:
    """Settlements with their names and children."""
    homes = plan.study.settlements
    ages = [column for column in homes if str(column).startswith("age_")]
    return gpd.GeoDataFrame(
        {"name": homes["name"], "children": homes[ages].sum(axis=1)},
        geometry=homes.geometry,
        crs="EPSG:4326",
    )


def stock_map(plan: Plan) -> folium.Map:
    """An empty map of folium over the settlements, on canvas and without tiles."""
    west, south, east, north = plan.study.settlements.total_bounds
    page = folium.Map(tiles=None, prefer_canvas=True)
    page.fit_bounds([[south, west], [north, east]])
    return page


def answered(route: Route) -> None:
    """Give Leaflet's files from the package, and empty ones for all else that is linked."""
    name = route.request.url.rsplit("/", 1)[-1]
    style = name.endswith(".css")
    text = ""
    if name in ("leaflet.js", "leaflet.css"):
        text = assets.read((assets.STYLES if style else assets.SCRIPTS)["leaflet"])
    kind = "text/css" if style else "text/javascript"
    # Folium asks for its files from another origin, with a hash for some.
    headers = {"access-control-allow-origin": "*"}
    route.fulfill(body=text, content_type=kind, headers=headers)


def opened_once(browser: Browser, file: Path) -> tuple[float, ...]:
    """Of one page opened anew: first drawing, load, pan, zoom in milliseconds, heap in MiB."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    try:
        page = context.new_page()
        page.set_default_timeout(NAVIGATION_MS)
        page.route("http*://**/*", answered)
        page.goto(file.as_uri(), timeout=NAVIGATION_MS)
        first, load = page.evaluate(DRAWN)
        if not page.evaluate(PAINTED):
            raise RuntimeError(f"{file.name} drew nothing")
        pan, zoom = (statistics.median(page.evaluate(MOVED, how)) for how in ("pan", "zoom"))
        return first, load, pan, zoom, heap_of(page)
    finally:
        context.close()


def heap_of(page: Page) -> float:
    """What the page's script holds after a collection, in MiB."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def measured(browser: Browser, file: Path, build_s: float) -> Measured:
    """All measures of one file: the middle of several openings."""
    runs = [opened_once(browser, file) for _ in range(OPENED)]
    middle = (statistics.median(column) for column in zip(*runs, strict=True))
    return Measured(file.stat().st_size / 1000, build_s, *middle)


def row_of(size: str, name: str, one: Measured, ours: Measured | None) -> str:
    """A row of the table; after each number of a peer how many times ours it is."""
    cells = []
    for key, digits in (
        *(("kilobytes", 0), ("build_s", 1), ("first_ms", 0), ("load_ms", 0)),
        *(("pan_ms", 0), ("zoom_ms", 0), ("heap_mib", 0)),
    ):
        value = getattr(one, key)
        ratio = "" if ours is None else f" (×{value / getattr(ours, key):.2f})"
        cells.append(f"{value:,.{digits}f}{ratio}")
    return f"| {size} | {name} | {' | '.join(cells)} |"


def made(method: Callable[[Plan], str], plan: Plan, file: Path) -> float:
    """Seconds that making a page and writing it took."""
    start = time.perf_counter()
    file.write_text(method(plan), encoding="utf-8")
    return time.perf_counter() - start


def main() -> None:
    """Print where and with what, then the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 settlements only")
    parser.add_argument("--page", nargs="*", type=Path, default=[], help="pages made before")
    given = parser.parse_args()
    with started() as browser, tempfile.TemporaryDirectory() as scratch:
        print(
            f"Python {platform.python_version()}, folium {version('folium')}, geopandas "
            f"{version('geopandas')}, Chromium {browser.version}.\n"
        )
        print(
            "| settlements | page | kB | build s "
            "| first ms | load ms | pan ms | zoom ms | heap MiB |"
        )
        print("|---:|---|---:|---:|---:|---:|---:|---:|---:|")
        for file in given.page:
            one = measured(browser, file.resolve(), 0.0)
            print(row_of("", file.name, one, None), flush=True)
        for size in QUICK if given.quick else SIZES:
            plan = fake_plan(fake_study(city_tables(settlements=size)), close=84)
            # What is imported or compiled once is no part of making a page.
            made(by_layout, fake_plan(), Path(scratch) / "first.html")
            ours: Measured | None = None
            for name, method in METHODS.items():
                file = Path(scratch) / f"{method.__name__}.html"
                one = measured(browser, file, made(method, plan, file))
                print(row_of(f"{size:,}", name, one, ours), flush=True)
                ours = one if ours is None else ours


if __name__ == "__main__":
    main()
