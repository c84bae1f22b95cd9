"""``index.html`` of many studies: one offline page with a map, sums, and links to every study."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from layout.core.text import Language, language, tr, using, words
from layout.inputs.datum import choose_metre_crs
from layout.output.lists.frames import rounded
from layout.output.lists.headings import headings
from layout.output.maps import MapPage, languages, shell
from layout.output.maps.columns import DEGREES, texts_of
from layout.output.maps.embed import clean, inline_json, integers, plain
from layout.output.maps.geometry import counties_topology, widest_points
from layout.output.province.contents import SHORT, Province, totals
from layout.output.province.figures import cost_titles, figure_titles
from layout.output.province.frames import statuses
from layout.output.province.labels import endings, labels
from layout.output.province.names import full_names, short_names
from layout.planning.schema import COUNTY_SUMS

__all__ = ["draw_province", "write_page"]

_WORLD = (73.0, 18.0, 135.0, 54.0)
"""What is shown where no land is known: west, south, east and north in degrees."""
_STUDY = (
    *("close_asked", "closed", "least", "most", "pupils_moved", "added_pupil_minutes"),
    *("one_less", "one_more", "kindergarten_sites", "kindergarten_classes"),
    *("kindergarten_places", "compulsory_sites", "deficits", "places_short"),
)
_BEFORE_AFTER = (
    *("schools", "pupils", "minutes_mean", "coverage_preschool", "coverage_primary"),
    *("coverage_junior", "large_classes", "public_kindergarten_share", *SHORT),
)
"""Measures of a county that its card shows, today and in the plan."""
_COLUMNS = (*("name", "county", "county_code", "status", "message", *_STUDY, *COUNTY_SUMS),)


def write_page(province: Province, path: str | Path, *, language: Language) -> Path:
    """Write the page, which starts in one language and can be switched to the other.

    Parameters
    ----------
    province
        The result of all studies.
    path
        The file; links of the studies lead from its folder.
    language
        ``zh`` or ``en``.

    Raises
    ------
    layout.core.errors.InputError
        If it cannot be written.
    """
    return draw_province(province, language=language).save(path)


def draw_province(province: Province, *, language: Language) -> MapPage:
    """Draw the page, see `write_page`."""
    spoken = {}
    for one in (language, languages.other_of(language)):
        with using(one):
            spoken[one] = _document(province) | {"labels": labels()}
    content, other = spoken.values()
    content["other"] = languages.packed(plain(languages.difference(content, other)))
    # Land is the same in both languages.
    content["topology"] = {"counties": _topology(province)}
    page = shell.build(
        title=content["meta"]["title"],
        language=language,
        bounds=_bounds(province),
        data=inline_json(content),
        kind="province",
    )
    return MapPage(page, content["meta"]["title"])


def _document(province: Province) -> dict[str, Any]:
    """Everything but the land, in the language of this context."""
    titles = {**headings("counties"), **headings("studies"), **cost_titles(province)}
    titles["county"] = tr("County")
    return {
        "meta": {
            "title": clean(province.name),
            "scenario": tr("{count:study|studies}", count=len(province.studies)),
            "language": language(),
            "modelled": province.provenance == "modelled",
            "date": province.data_date.isoformat(),
            "credit": clean(province.credit),
        },
        "words": {
            "columns": {name: titles[name] for name in _COLUMNS},
            "statuses": statuses(),
            "endings": endings(),
            "indicators": {name: words.indicators()[name] for name in _BEFORE_AFTER},
        },
        "studies": _studies(province),
        "counties": _counties(province),
        "figures": [
            {
                "key": name,
                "title": figure_titles()[name],
                "value": integers([total.value])[0],
                "asked": None if total.asked is None else integers([total.asked])[0],
            }
            for name, total in totals(province).items()
        ],
        "sharing": [clean(one) for one in province.sharing],
        "notes": [clean(one) for one in province.notes],
    }


def _studies(province: Province) -> dict[str, Any]:
    table = province.studies
    points, names = _middles(province, table), full_names(province)
    return {
        "id": texts_of(table["study"]),
        "name": names,
        "short": short_names(names),
        "status": texts_of(table["status"]),
        "message": texts_of(table["message"]),
        "link": [province.links.get(study, "") for study in table["study"]],
        "x": points["x"],
        "y": points["y"],
        **{name: _numbers(table[name]) for name in _STUDY},
    }


def _counties(province: Province) -> dict[str, Any]:
    table = province.counties
    studies = pd.Index(province.studies["study"])
    points = _middles(province, table)
    return {
        "id": texts_of(table["county_code"]),
        "name": texts_of(table["name"]),
        "study": [int(at) for at in studies.get_indexer(pd.Index(table["study"]))],
        "link": [
            province.county_links.get(one, "")
            for one in zip(table["study"], table["county_code"], strict=True)
        ],
        "x": points["x"],
        "y": points["y"],
        # Numbers of the shapes in the topology, None where the land is not known.
        "shape": _shapes(table.geometry.notna().to_numpy()),
        **{name: _numbers(table[name]) for name in COUNTY_SUMS},
        "measures": {
            name: {when: _numbers(table[f"{name}_{when}"]) for when in ("before", "after")}
            for name in _BEFORE_AFTER
        },
    }


def _shapes(known: np.ndarray[Any, np.dtype[np.bool_]]) -> list[int | None]:
    return [
        int(at) if there else None for at, there in zip(np.cumsum(known) - 1, known, strict=True)
    ]


def _numbers(values: pd.Series) -> list[float | None]:
    """Numbers with the digits of their column, whole ones as integers."""
    column = rounded(values.astype("Float64").astype("float64").to_frame()).iloc[:, 0]
    return [
        None if pd.isna(value) else int(value) if float(value).is_integer() else float(value)
        for value in column
    ]


def _middles(province: Province, table: Any) -> Mapping[str, list[int | None]]:
    """The middle of the widest part of each shape, None where it is not known."""
    known = table.geometry.notna() & ~table.geometry.is_empty
    points = pd.DataFrame(index=table.index, columns=["x", "y"], dtype="float64")
    if known.any():
        shapes = table.geometry[known]
        crs = choose_metre_crs(province.counties.geometry[province.counties.geometry.notna()])
        points.loc[known, :] = widest_points(shapes.to_crs(crs), crs)
    return {axis: integers(points[axis], scale=DEGREES) for axis in ("x", "y")}


def _topology(province: Province) -> dict[str, Any]:
    known = province.counties[province.counties.geometry.notna()]
    if not len(known):
        return {"type": "Topology", "arcs": [], "objects": {"data": _NOTHING}}
    return counties_topology(known)


_NOTHING = {"type": "GeometryCollection", "geometries": []}


def _bounds(province: Province) -> tuple[float, float, float, float]:
    bounds = province.counties.total_bounds
    if not np.isfinite(bounds).all():
        return _WORLD
    west, south, east, north = map(float, bounds)
    return west, south, east, north
