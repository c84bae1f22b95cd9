"""A plan as one HTML page that opens by double click, without any network.

The page contains everything: script, style, polygons and tables. It asks for nothing, evaluates
nothing that a user typed, and a content security policy enforces that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import geopandas as gpd
import pandas as pd

from layout.core.standards import BANDS
from layout.core.text import chosen_language, using
from layout.output.maps import (
    areas,
    data,
    flows,
    languages,
    options,
    public,
    roadgraph,
    routes,
    shell,
)
from layout.output.maps.embed import inline_json, plain
from layout.output.maps.labels import compared_labels, labels
from layout.output.maps.page import MapPage, page_path
from layout.output.maps.townships import rivers, townships
from layout.planning.contract import PlanTables

__all__ = ["Edition", "MapPage", "draw", "draw_options", "page_path"]

Edition = Literal["internal", "public"]
"""For whom a map is: a working paper of the bureau, or a public notice."""


def draw(
    plan: PlanTables,
    *,
    language: str | None = None,
    pages: bool = False,
    whole: PlanTables | None = None,
    edition: Edition = "internal",
) -> MapPage:
    """Draw a plan.

    Parameters
    ----------
    plan
        The plan to draw; its ``baseline`` gives the state of today, its ``land`` the catchments.
    language
        In which the page starts, ``zh`` or ``en``; by default the language chosen by
        `layout.set_language`, else that of the study. A button switches to the other one.
    pages
        Whether a page of each unit lies beside this one, to be linked to.
    whole
        The plan that this one is a unit of, see `layout.planning.within`: the page then has the
        catchments of all bands and all roads, and numbers of schools elsewhere are the whole's.

    edition
        ``internal``, or ``public`` for public notice: see `layout.output.maps.public`.

    Returns
    -------
    MapPage
        One offline HTML page.

    Raises
    ------
    layout.core.errors.UsageError
        For any other language.
    """
    first = chosen_language(language, default=plan.study.language)
    document = public.document if edition == "public" else data.document
    spoken = {}
    for one in (first, languages.other_of(first)):
        with using(one):
            spoken[one] = document(plan, whole=whole) | {"labels": labels(edition)}
    content, other = spoken.values()
    content["other"] = languages.packed(plain(languages.difference(content, other)))
    if edition == "internal":
        shown = areas.CITY_BANDS if whole is None else tuple(BANDS)
        content["explained"] = languages.packed_explanations(plan, whole or plan)
        content["townships"] = townships(plan.study)
        content["rivers"] = rivers(plan.study)
        content["meta"] |= {"county": whole is not None, "pages": pages}
        content["catchments"] = areas.packed(plan, shown)
        content["flows"] = flows.packed_flows(plan, shown)
        # The ways of those who change school; on a page of a unit any way is found.
        content["routes"] = routes.packed_routes(plan) if whole is None else ""
    # A whole study has its greater roads, a unit of it all roads as a graph.
    content["roads"] = areas.packed_roads(plan) if whole is None else ""
    content["graph"] = "" if whole is None else roadgraph.packed_graph(plan)
    title = content["meta"]["title"]
    page = shell.build(
        title=title,
        language=first,
        bounds=data.bounds(plan.study),
        data=inline_json(content),
    )
    return MapPage(page, title)


def draw_options(
    plans: Mapping[str, PlanTables],
    figures: Sequence[Sequence[str]],
    land: Mapping[str, tuple[gpd.GeoDataFrame, pd.DataFrame]],
) -> MapPage:
    """Draw several plans of one study on one page, in the language of this context.

    Parameters
    ----------
    plans, figures, land
        As `layout.output.maps.options.document` takes them.
    """
    content = options.document(plans, figures, land)
    content["labels"] = labels() | compared_labels()
    first = next(iter(plans.values()))
    page = shell.build(
        title=content["meta"]["title"],
        language=content["meta"]["language"],
        bounds=data.bounds(first.study),
        data=inline_json(content),
        kind="compare",
    )
    return MapPage(page, content["meta"]["title"])
