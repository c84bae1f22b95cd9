"""Styles that QGIS shows at once: one document (QML) for each layer, in the reader's language.

Symbols, labels, the reader's names of the columns and what they mean. Colours are those of the map;
they keep apart for readers who do not see red and green.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from layout.core.text import tr, words
from layout.output.lists.layers import Layer
from layout.planning.schema import CATCHMENTS_LAYER, FLOWS_LAYER, SCHOOLS_LAYER, OutTable

__all__ = ["AREA_COLOURS", "COLOURS", "style_of"]

COLOURS = {
    "closed": "#d55e00",
    "receiver": "#009e73",
    "open": "#8c959f",
    "new": "#0b4f94",
    "expansion": "#56b4e9",
    "designation": "#cc79a7",
    "flow": "#0072b2",
    "belt": "#f0c000",
    "edge": "#4d5966",
    "belt_in": "#7b3294",
    "belt_uncertain": "#c2a5cf",
}
AREA_COLOURS = (
    *("#a6cee3", "#fdd9a0", "#b8dfa8", "#e3c7e8", "#f4b8a8", "#d8d8b0", "#b5d8d8", "#f2c6d8"),
)
"""Fills of catchments by tint."""
NO_PLACE = "#e4e7eb"
# Shown at first; the other bands and states are a click away in the list of layers.
_FIRST = ("1-3", "after")


@dataclass(frozen=True)
class _Symbol:
    """How one kind of row is drawn: a shape of QGIS, or "line" or "area"; sizes in millimetres.

    An area without a colour is its edge alone; `fill_by` is an expression of QGIS for its colour.
    """

    shape: str
    colour: str
    size: float = 2.0
    edge: str = "#ffffff"
    dashed: bool = False
    fill_by: str = ""


@dataclass(frozen=True)
class _Rule:
    """Rows that are drawn alike: an expression of QGIS, its words in the legend, its symbol."""

    rows: str
    label: str
    symbol: _Symbol
    shown: bool = True


def style_of(layer: Layer, columns: Iterable[str], titles: Mapping[str, str]) -> str:
    """Return the style of a layer as QML.

    Parameters
    ----------
    layer
        The layer.
    columns, titles
        Its columns as they are written, and their headings by name.
    """
    rules = _RULES.get(layer.name, _plain)(layer)
    root = ET.Element(
        "qgis",
        version="3.22.0",
        styleCategories="Symbology|Labeling|Fields|CustomProperties",
        labelsEnabled="1" if layer.name in _LABELS else "0",
    )
    _renderer(root, rules)
    if layer.name in _LABELS:
        _labels(root, *_LABELS[layer.name])
    aliases = ET.SubElement(root, "aliases")
    for place, column in enumerate(columns):
        named = {"field": column, "index": str(place), "name": titles.get(column, column)}
        ET.SubElement(aliases, "alias", named)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(
        root, encoding="unicode"
    )


def _renderer(root: ET.Element, rules: Iterable[_Rule]) -> None:
    """Rules rather than categories: they may leave rows out, and start unticked."""
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0")
    tree = ET.SubElement(renderer, "rules", key="{root}")
    symbols = ET.SubElement(renderer, "symbols")
    for place, rule in enumerate(rules):
        about = {"filter": rule.rows, "key": f"{{rule-{place}}}", "symbol": str(place)}
        one = ET.SubElement(tree, "rule", about, label=rule.label)
        if not rule.rows:
            del one.attrib["filter"]
        if not rule.shown:
            one.set("checkstate", "0")
        _symbol(symbols, str(place), rule.symbol)


def _symbol(parent: ET.Element, name: str, symbol: _Symbol) -> None:
    kinds = {"line": ("line", "SimpleLine"), "area": ("fill", "SimpleFill")}
    kind, drawn = kinds.get(symbol.shape, ("marker", "SimpleMarker"))
    one = ET.SubElement(parent, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1")
    layer = ET.SubElement(
        one, "layer", {"class": drawn, "enabled": "1", "locked": "0", "pass": "0"}
    )
    options: dict[str, str]
    if symbol.shape == "line":
        options = {
            "line_color": _rgba(symbol.colour, 170),
            "line_width": f"{symbol.size:g}",
            "line_width_unit": "MM",
            "line_style": "solid",
        }
    elif symbol.shape == "area":
        hollow = not symbol.colour
        options = {
            "color": _rgba(symbol.colour or "#ffffff", 190),
            "style": "no" if hollow else "solid",
            "outline_color": _rgba(symbol.edge),
            "outline_width": f"{symbol.size:g}",
            "outline_width_unit": "MM",
            "outline_style": "dash" if symbol.dashed else "solid",
        }
    else:
        options = {
            "name": symbol.shape,
            "color": _rgba(symbol.colour),
            "size": f"{symbol.size:g}",
            "size_unit": "MM",
            "outline_color": _rgba(symbol.edge),
            "outline_width": "0.2",
            "outline_width_unit": "MM",
        }
    _options(layer, options)
    if symbol.fill_by:
        _by_expression(layer, "fillColor", symbol.fill_by)


def _options(parent: ET.Element, options: Mapping[str, str]) -> None:
    whole = ET.SubElement(parent, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(whole, "Option", type="QString", name=name, value=value)


def _rgba(colour: str, opacity: int = 255) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{opacity}"


def _by_expression(layer: ET.Element, name: str, expression: str) -> None:
    """Let an expression of QGIS say a property of a symbol, row by row."""
    whole = ET.SubElement(ET.SubElement(layer, "data_defined_properties"), "Option", type="Map")
    ET.SubElement(whole, "Option", type="QString", name="name", value="")
    properties = ET.SubElement(whole, "Option", type="Map", name="properties")
    one = ET.SubElement(properties, "Option", type="Map", name=name)
    ET.SubElement(one, "Option", type="bool", name="active", value="true")
    ET.SubElement(one, "Option", type="QString", name="expression", value=expression)
    # 3 is an expression among the kinds of property.
    ET.SubElement(one, "Option", type="int", name="type", value="3")
    ET.SubElement(whole, "Option", type="QString", name="type", value="collection")


def _labels(root: ET.Element, expression: str, size: float, from_scale: int) -> None:
    """Names beside the symbols; from a scale on, 0 for always."""
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings")
    style = ET.SubElement(
        settings,
        "text-style",
        fieldName=expression,
        isExpression="1",
        fontFamily="Microsoft YaHei",
        fontSize=f"{size:g}",
        fontSizeUnit="Point",
        textColor="31,41,51,255",
    )
    buffer = {"bufferDraw": "1", "bufferSize": "0.8", "bufferColor": "255,255,255,230"}
    ET.SubElement(style, "text-buffer", buffer)
    ET.SubElement(settings, "placement", placement="0", dist="1")
    scales = {"scaleVisibility": "1" if from_scale else "0", "scaleMin": f"{from_scale}"}
    ET.SubElement(settings, "rendering", scales, scaleMax="1", obstacle="1")


def _plain(layer: Layer) -> list[_Rule]:
    """Any other table: one symbol of the shape that its layer has."""
    shape, colour = {
        "Point": ("circle", COLOURS["new"]),
        "LineString": ("line", COLOURS["flow"]),
        "MultiPolygon": ("area", ""),
    }[layer.shape]
    size = 2.0 if layer.shape == "Point" else 0.4
    return [_Rule("", layer.title, _Symbol(shape, colour, size, COLOURS["edge"]))]


def _words(table: OutTable, column: str) -> dict[str, str]:
    codes = next(one.codes for one in table.columns if one.name == column)
    return {code: tr(meaning) for code, meaning in codes.items()}


def _schools(_: Layer) -> list[_Rule]:
    # What changes stands above what does not: rules are drawn in order.
    said = _words(SCHOOLS_LAYER, "status")
    symbols = {
        "open": _Symbol("circle", COLOURS["open"], 1.2),
        "receiver": _Symbol("square", COLOURS["receiver"], 2.6),
        "closed": _Symbol("cross_fill", COLOURS["closed"], 3.2),
    }
    rules = [_Rule(f"\"status\" = '{code}'", said[code], one) for code, one in symbols.items()]
    belt = _Symbol("diamond", COLOURS["belt_in"], 2.4)
    kept = '"protected" AND "status" <> \'closed\''
    return [*rules, _Rule(kept, tr("retained in the border belt"), belt)]


def _sites(_: Layer) -> list[_Rule]:
    said = words.kinds()
    symbols = {
        "expansion": _Symbol("triangle", COLOURS["expansion"], 2.6),
        "designation": _Symbol("pentagon", COLOURS["designation"], 2.8),
        "new": _Symbol("star", COLOURS["new"], 4.2),
    }
    return [_Rule(f"\"kind\" = '{code}'", said[code], one) for code, one in symbols.items()]


def _flows(_: Layer) -> list[_Rule]:
    said = _words(FLOWS_LAYER, "why")
    colours = {"closure": COLOURS["closed"], "site": COLOURS["flow"]}
    return [
        _Rule(f"\"why\" = '{code}'", said[code], _Symbol("line", colour, 0.35))
        for code, colour in colours.items()
    ]


def _catchments(layer: Layer) -> list[_Rule]:
    """Both states of every band; one of them is shown, since they lie over each other."""
    states = _words(CATCHMENTS_LAYER, "state")
    shades = ", ".join(f"'{colour}'" for colour in AREA_COLOURS)
    fill = (
        f'if("tint" < 0, \'{NO_PLACE}\', array_get(array({shades}), "tint" % {len(AREA_COLOURS)}))'
    )
    symbol = _Symbol("area", AREA_COLOURS[0], 0.2, "#5c6670", fill_by=fill)
    there = set(layer.frame["band"])
    return [
        _Rule(
            f"\"band\" = '{band}' AND \"state\" = '{state}'",
            tr("{band}, {state}", band=word, state=said),
            symbol,
            shown=(band, state) == _FIRST,
        )
        for band, word in words.bands().items()
        if band in there
        for state, said in states.items()
    ]


def _belt(layer: Layer) -> list[_Rule]:
    return [_Rule("", layer.title, _Symbol("area", "#ffe9a8", 0.3, COLOURS["belt"], dashed=True))]


def _counties(layer: Layer) -> list[_Rule]:
    return [_Rule("", layer.title, _Symbol("area", "", 0.6, COLOURS["edge"]))]


def _retained(_: Layer) -> list[_Rule]:
    kept = _Symbol("diamond", COLOURS["belt_in"], 2.4)
    other = _Symbol("circle", COLOURS["open"], 1.2)
    return [
        _Rule('NOT "protected"', tr("not protected by the border belt"), other),
        _Rule('"protected"', tr("retained in the border belt"), kept),
    ]


def _studies(_: Layer) -> list[_Rule]:
    plain, failed = (
        _Symbol("area", "", 1.0, COLOURS[edge], dashed=edge == "closed")
        for edge in ("edge", "closed")
    )
    return [
        _Rule("\"status\" = 'done'", tr("study with a plan"), plain),
        _Rule("\"status\" <> 'done'", tr("study without a plan"), failed),
    ]


def _closures(layer: Layer) -> list[_Rule]:
    return [_Rule("", layer.title, _Symbol("cross_fill", COLOURS["closed"], 3.2))]


_RULES: Mapping[str, Callable[[Layer], list[_Rule]]] = {
    "schools": _schools,
    "sites": _sites,
    "flows": _flows,
    "catchments": _catchments,
    "belt": _belt,
    "counties": _counties,
    "closures": _closures,
    "retained": _retained,
    "studies": _studies,
}
# Expression, size in points and smallest scale (0 for always) of the labels.
_LABELS: Mapping[str, tuple[str, float, int]] = {
    "counties": ('"name"', 11, 0),
    "studies": ('"title"', 13, 0),
    "sites": ("if(\"kind\" = 'new', \"name\", '')", 8, 300_000),
    "closures": ('"name"', 8, 200_000),
    "schools": ("if(\"status\" = 'closed', \"name\", '')", 8, 150_000),
}
