"""Scripts and styles inside the page: vendored ones, checked by hash, and our own."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

__all__ = [
    "PARTS",
    "SCRIPTS",
    "STYLES",
    "Kind",
    "Vendored",
    "csp_hash",
    "notice",
    "own_script",
    "own_style",
    "page",
    "read",
]

_HERE = Path(__file__).parent
# In the order in which they use one another.
_MAP_SCRIPTS = (
    "core.js",
    "focus.js",
    "public.js",
    "packed.js",
    "canvas.js",
    "placing.js",
    "classes.js",
    "symbols.js",
    "model.js",
    "townships.js",
    "borders.js",
    "signs.js",
    "naming.js",
    "names.js",
    "flows.js",
    "graph.js",
    "routes.js",
    "reach.js",
    "homes.js",
    "layers.js",
    "choropleth.js",
    "areas.js",
    "facts.js",
    "card.js",
    "publiccards.js",
    "needs.js",
    "tabs.js",
    "tables.js",
    "schools.js",
    "legend.js",
    "changes.js",
    "report.js",
    "search.js",
    "entries.js",
    "said.js",
    "swap.js",
    "language.js",
    "sheets.js",
    "print.js",
    "view.js",
    "main.js",
    "slider.js",
)
Kind = Literal["map", "compare", "province"]
"""The page of one plan, of several of one study, or of many studies."""
PARTS: Mapping[Kind, tuple[str, ...]] = {
    "map": _MAP_SCRIPTS,
    "compare": (
        *("core.js", "public.js", "packed.js", "canvas.js", "symbols.js"),
        *("comparesigns.js", "compare.js"),
        *("graph.js", "areas.js"),
        *("comparecards.js", "tabs.js", "tables.js", "search.js", "entries.js"),
        "comparemain.js",
    ),
    "province": (
        *("core.js", "public.js", "focus.js", "canvas.js", "placing.js", "classes.js"),
        *("symbols.js", "provincemodel.js", "naming.js", "provincemap.js", "tabs.js"),
        *("tables.js", "search.js", "swap.js", "sheets.js", "print.js", "view.js", "facts.js"),
        *("provincecards.js", "provincepaper.js", "provincemain.js"),
    ),
}
_OWN_STYLES: Mapping[Kind, tuple[str, ...]] = {
    "map": ("page.css", "names.css", "flows.css", "print.css", "slider.css"),
    "compare": ("page.css", "names.css", "print.css", "compare.css"),
    "province": ("page.css", "names.css", "print.css", "province.css"),
}
# Pointers to source maps, and pictures in style sheets.
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")
# Indents, and comments that are whole lines.
_MARGIN = re.compile(r"^[ ]*(?://.*)?", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{2,}")
_BESIDE_SIGNS = re.compile(r"\s*([{};,])\s*")
_IMAGE = re.compile(r"url\([^)]*\)")


@dataclass(frozen=True)
class Vendored:
    """A file taken unchanged from the package registry.

    Attributes
    ----------
    path
        Place below ``vendor``.
    sha256
        Hash of the file as published, in hexadecimal digits.
    """

    path: str
    sha256: str


SCRIPTS = {
    "leaflet": Vendored(
        "leaflet-1.9.4/leaflet.js",
        "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a",
    ),
    "topojson-client": Vendored(
        "topojson-client-3.1.0/topojson-client.min.js",
        "25cd02ae486cc5063e0215a4e4cfb15de83700c87ac48bac4d57dc6aaf3ebb89",
    ),
}
STYLES = {
    "leaflet": Vendored(
        "leaflet-1.9.4/leaflet.css",
        "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6",
    ),
}


@cache
def read(asset: Vendored) -> str:
    """Return a vendored file ready to be placed inside a page.

    The pointer to a source map and the links to pictures are taken out: both would be requests,
    and the page shows none of those pictures.

    Raises
    ------
    ValueError
        If the file is not the one that was published.
    """
    # A changed file is refused: the page runs nothing but what was published.
    raw = (_HERE / "vendor" / asset.path).read_bytes()
    if hashlib.sha256(raw).hexdigest() != asset.sha256:
        raise ValueError(f"{asset.path} is not the published file; install the package again")
    # Browsers turn line ends into one kind before they hash a style for the policy.
    text = raw.decode("utf-8").replace("\r\n", "\n")
    if asset.path.endswith(".css"):
        return _IMAGE.sub("none", text)
    return _SOURCE_MAP.sub("", text)


@cache
def own_script(kind: Kind = "map") -> str:
    """Return our script: the parts in order, in one scope of their own."""
    # Strict mode and a scope of its own keep our names apart from the libraries'.
    parts = [(_HERE / "static" / name).read_text(encoding="utf-8") for name in PARTS[kind]]
    # Where the notice stands in place of the page, nothing else is made.
    start = 'if (document.documentElement.classList.contains("too-old")) return;\n'
    return '(function () {\n"use strict";\n' + start + _packed("\n".join(parts)) + "\n})();\n"


def _packed(text: str) -> str:
    """Take out what only readers of the source need; no text of ours goes over several lines."""
    return _EMPTY_LINES.sub("\n", _MARGIN.sub("", text))


@cache
def notice(ending: Literal["html", "js"]) -> str:
    """Return the sentence for browsers that are too old, or the script that tells them."""
    return (_HERE / "static" / f"notice.{ending}").read_text(encoding="utf-8")


@cache
def own_style(kind: Kind = "map") -> str:
    """Return our style sheet for screen and paper."""
    parts = [(_HERE / "static" / name).read_text(encoding="utf-8") for name in _OWN_STYLES[kind]]
    # Blanks and line ends around the signs that part rules say nothing.
    return _BESIDE_SIGNS.sub(r"\1", _packed("\n".join(parts)))


@cache
def page(kind: Kind = "map") -> str:
    """Return the skeleton of the page's body, without any text of the user."""
    name = "page" if kind == "map" else kind
    return (_HERE / "static" / f"{name}.html").read_text(encoding="utf-8")


def csp_hash(text: str) -> str:
    """Return the hash by which a content security policy admits an inline script or style."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
