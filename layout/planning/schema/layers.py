"""Layers of ``plan.gpkg`` that are no table of the plan as it stands."""

from __future__ import annotations

from layout.core.text import marked
from layout.planning.schema.columns import (
    BANDS,
    BELT,
    COUNTY,
    PUPILS,
    SCHOOL_ID,
    SCHOOL_NAME,
    TOWNSHIP,
    OutColumn,
    OutTable,
)
from layout.planning.schema.schools import ASSIGNMENT

__all__ = ["CATCHMENTS_LAYER", "MOVED_LAYER", "SCHOOLS_LAYER"]

SCHOOLS_LAYER = OutTable(
    marked("one school of the study"),
    ("school_id",),
    (
        SCHOOL_ID,
        SCHOOL_NAME,
        OutColumn("type_code", "text", marked("type of the school, as in the study format")),
        COUNTY,
        TOWNSHIP,
        OutColumn(
            "status",
            "code",
            marked("what the closures do to it"),
            codes={
                "open": marked("it stays open and receives nobody"),
                "closed": marked("it closes"),
                "receiver": marked("it stays open and receives pupils"),
            },
        ),
        OutColumn(
            "year",
            "integer",
            marked("the autumn from which it is shut"),
            unit=marked("year"),
            blank=marked("it stays open"),
        ),
        OutColumn("pupils_before", "integer", marked("pupils of all grades today"), PUPILS),
        OutColumn("pupils_after", "integer", marked("the same after the closures"), PUPILS),
        OutColumn(
            "belt",
            "code",
            marked("where it lies by distance and uncertainty"),
            codes=BELT,
            blank=marked("it was not judged: it is not in a border county"),
        ),
        OutColumn("protected", "bool", marked("whether the belt forbids its closure")),
    ),
)

CATCHMENTS_LAYER = OutTable(
    marked(
        "the land whose children of one band go to one school, today or in the plan's final state; "
        "land belongs to the settlement nearest along the roads, a settlement to the school with "
        "most of its children"
    ),
    ("band", "state", "school_id"),
    (
        OutColumn(
            "band",
            "code",
            marked("grade band"),
            codes={
                "preschool": marked("kindergarten"),
                **BANDS,
                "10-12": marked("grades 10 to 12"),
            },
        ),
        OutColumn(
            "school_id",
            "text",
            marked("identifier of the school or new site"),
            blank=marked("children of this land have no place"),
        ),
        OutColumn(
            "state",
            "code",
            marked("when"),
            codes={"before": marked("today"), "after": marked("under the plan, sites included")},
        ),
        OutColumn("pupils", "integer", marked("children who go to the school"), PUPILS),
        OutColumn("pupils_inside", "integer", marked("children who live on the land"), PUPILS),
        OutColumn("detached", "bool", marked("whether the land has several pieces")),
    ),
)

_first, *_rest = ASSIGNMENT.columns
MOVED_LAYER = OutTable(
    marked("one group that changes its school, at its settlement"),
    ASSIGNMENT.order,
    (
        _first,
        OutColumn("name", "text", marked("name of the settlement")),
        OutColumn("county_code", "text", marked("code of the county that it lies in")),
        *_rest,
    ),
)
