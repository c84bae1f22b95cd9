"""Sentences of the page of many studies that are not names of columns or codes."""

from __future__ import annotations

from layout.core.text import tr
from layout.output.maps.labels import labels as labels_of_plan

__all__ = ["endings", "labels"]

_SHARED = (
    *("modelled", "modelled_long", "internal", "search", "search_hint", "search_none"),
    *("search_count", "search_reading", "search_more", "tab_overview", "tab_counties", "tabs"),
    *(
        "close_card",
        "card_opened",
        "home",
        "zoom_in",
        "zoom_out",
        "scale_m",
        "scale_km",
        "map",
        "skip",
        "no_script",
    ),
    *("widen", "hide_panel", "show_panel", "legend", "no_value", "code", "county", "rows"),
    *("filter_county", "all_counties", "empty", "sort_hint", "status", "notes_title", "no_notes"),
    *("measure", "today", "plan", "minutes_unit", "range", "print", "paper", "paper_a4"),
    *("paper_a3", "review_number", "data_date", "printed_on", "north", "credit"),
)
"""Those of a plan's page that this one has too."""


def labels() -> dict[str, str]:
    """Return every sentence of the page, by its key; ``{fields}`` are filled in on the page."""
    known = labels_of_plan()
    return {
        **{key: known[key] for key in _SHARED},
        "themes": tr("What the colours show"),
        "theme_closes": tr("Closes"),
        "theme_builds": tr("Builds"),
        "theme_lacks": tr("Lacks"),
        "indicator": tr("Counties shaded by"),
        "search_hint": tr("Study, county or code"),
        "map": tr("Map of all studies and their counties"),
        "tab_studies": tr("Studies"),
        "without_plan": tr("without a plan"),
        "without_plan_title": tr("Studies without a plan"),
        "sums_title": tr("All studies together"),
        "study": tr("Study"),
        "study_page": tr("Open its map"),
        "county_page": tr("Open the map of this county, with all roads"),
        "offer_page": tr("Open the best plan that can be had"),
        "its_map": tr("Its map"),
        "open_of": tr("Open the map of {study}", study="{study}"),
        "all_studies": tr("All studies"),
        "filter_study": tr("Study"),
        "counties_of": tr("Its counties"),
        "outline_study": tr("Edge of a study"),
        "outline_county": tr("Edge of a county"),
        "not_drawn": tr("Its land is not known."),
        "closures_of": tr("{closed} of {asked} schools", closed="{closed}", asked="{asked}"),
    }


def endings() -> dict[str, str]:
    """Return how a study ended in a word or two, by the code of its status."""
    return {
        "waiting": tr("not run yet"),
        "done": tr("plan ready"),
        "infeasible": tr("not possible"),
        "bad_input": tr("faulty files"),
        "wrong_call": tr("wrong option"),
        "no_solution": tr("none found"),
        "check_failed": tr("check failed"),
        "changed": tr("files changed"),
        "out_of_memory": tr("out of memory"),
        "lost": tr("worker lost"),
        "unforeseen": tr("unforeseen error"),
    }
