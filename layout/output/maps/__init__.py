"""A plan as one HTML page that opens by double click, without any network.

The page contains everything: script, style, polygons and tables. It asks for nothing, evaluates
nothing that a user typed, and a content security policy enforces that.
"""

from __future__ import annotations

from layout.core.standards import BANDS
from layout.core.text import chosen_language, using
from layout.output.maps import areas, data, flows, languages, roadgraph, routes, shell
from layout.output.maps.embed import inline_json, plain
from layout.output.maps.labels import labels
from layout.output.maps.page import MapPage, page_path
from layout.output.maps.townships import rivers, townships
from layout.planning.contract import PlanTables

__all__ = ["MapPage", "draw", "page_path"]


def draw(
    plan: PlanTables,
    *,
    language: str | None = None,
    pages: bool = False,
    whole: PlanTables | None = None,
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
    spoken = {}
    for one in (first, languages.other_of(first)):
        with using(one):
            spoken[one] = data.document(plan, whole=whole) | {"labels": labels()}
    content, other = spoken.values()
    content["other"] = languages.packed(plain(languages.difference(content, other)))
    content["explained"] = languages.packed_explanations(plan, whole or plan)
    content["townships"] = townships(plan.study)
    content["rivers"] = rivers(plan.study)
    content["meta"] |= {"county": whole is not None, "pages": pages}
    shown = areas.CITY_BANDS if whole is None else tuple(BANDS)
    content["catchments"] = areas.packed(plan, shown)
    content["flows"] = flows.packed_flows(plan, shown)
    # A whole study has its greater roads and the ways of those who change school; a unit of it all
    # roads as a graph, on which the page finds any way.
    content["roads"] = areas.packed_roads(plan) if whole is None else ""
    content["routes"] = routes.packed_routes(plan) if whole is None else ""
    content["graph"] = "" if whole is None else roadgraph.packed_graph(plan)
    title = content["meta"]["title"]
    page = shell.build(
        title=title,
        language=first,
        bounds=data.bounds(plan.study),
        data=inline_json(content),
    )
    return MapPage(page, title)
