"""A plan as one HTML page that opens by double click, without any network.

The page contains everything: script, style, polygons and tables. It asks for nothing, evaluates
nothing that a user typed, and a content security policy enforces that.
"""

from __future__ import annotations

from layout.core.text import chosen_language, using
from layout.output.maps import areas, data, shell
from layout.output.maps.embed import inline_json
from layout.output.maps.labels import labels
from layout.output.maps.page import MapPage, page_path
from layout.planning.contract import PlanTables

__all__ = ["MapPage", "draw", "page_path"]


def draw(plan: PlanTables, *, language: str | None = None) -> MapPage:
    """Draw a plan.

    Parameters
    ----------
    plan
        The plan to draw; its ``baseline`` gives the state of today, its ``land`` the catchments.
    language
        ``zh`` or ``en``; by default the language chosen by `layout.set_language`, else that of
        the study.

    Returns
    -------
    MapPage
        One offline HTML page.

    Raises
    ------
    layout.core.errors.UsageError
        For any other language.
    """
    with using(chosen_language(language, default=plan.study.language)):
        content = data.document(plan)
        content["labels"] = labels()
        content["catchments"] = areas.packed(plan)
        title = content["meta"]["title"]
        page = shell.build(
            title=title,
            language=content["meta"]["language"],
            bounds=data.bounds(plan.study),
            data=inline_json(content),
        )
    return MapPage(page, title)
