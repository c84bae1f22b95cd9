"""Layers of ``plan.gpkg`` that are no table of the plan as it stands."""

from __future__ import annotations

from layout.core.text import marked
from layout.planning.schema.columns import (
    BANDS,
    BELT,
    COUNTY,
    LIVES,
    NO_ROUTE,
    PUPILS,
    SCHOOL_ID,
    SCHOOL_NAME,
    TOWNSHIP,
    TOWNSHIP_NAME,
    TRAVEL,
    OutColumn,
    OutTable,
)
from layout.planning.schema.schools import ASSIGNMENT

__all__ = ["BELT_LAYER", "CATCHMENTS_LAYER", "FLOWS_LAYER", "MOVED_LAYER", "SCHOOLS_LAYER", "ZONES"]

_BAND = OutColumn(
    "band",
    "code",
    marked("grade band"),
    codes={
        "preschool": marked("kindergarten"),
        **BANDS,
        "10-12": marked("grades 10 to 12"),
    },
)
_SETTLEMENT = OutColumn("settlement", "text", marked("name of the settlement"))

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
        _BAND,
        OutColumn(
            "school_id",
            "text",
            marked("identifier of the school or new site"),
            blank=marked("children of this land have no place"),
        ),
        OutColumn(
            "name",
            "text",
            marked("name of the school or new site"),
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
        OutColumn(
            "tint",
            "integer",
            marked("number of a colour, from 0, that no area beside it has; -1 without a place"),
            unit=marked("colour"),
        ),
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

FLOWS_LAYER = OutTable(
    marked(
        "the children of one settlement, band and school of today who go to another school once "
        "the sites stand: a straight line from their settlement to it, not the road"
    ),
    ("settlement_id", "band", "from_school", "to_school"),
    (
        LIVES,
        _SETTLEMENT,
        _BAND,
        OutColumn("pupils", "integer", marked("their number"), PUPILS),
        OutColumn(
            "from_school",
            "text",
            marked("identifier of the school today"),
            blank=marked("they have no place today"),
        ),
        OutColumn(
            "from_name", "text", marked("its name"), blank=marked("they have no place today")
        ),
        OutColumn("to_school", "text", marked("identifier of the school or new site they go to")),
        OutColumn("to_name", "text", marked("its name")),
        OutColumn(
            "why",
            "code",
            marked("why they change"),
            codes={
                "closure": marked("their school closes"),
                "site": marked("a new or larger school takes them"),
            },
        ),
        OutColumn("mode", "code", marked("how they get there"), codes=TRAVEL),
        OutColumn("minutes", "minutes", marked("travel time one way"), blank=NO_ROUTE),
        OutColumn("metres", "metres", marked("length of the way by road"), blank=NO_ROUTE),
    ),
)

BELT_LAYER = OutTable(
    marked("the border belt inside its counties; its edge is no depiction of the border"),
    ("width_m",),
    (OutColumn("width_m", "metres", marked("width of the belt")),),
)

ZONES = OutTable(
    marked(
        "the children of one settlement and band who go to one school from one autumn to another; "
        "grades 10 to 12 have no zones, as they are admitted by examination"
    ),
    ("county_code", "township_code", "settlement_id", "band", "from_year", "school_id"),
    (
        OutColumn("county_code", "text", marked("code of the county that the settlement lies in")),
        OutColumn("township_code", "text", marked("code of its township")),
        TOWNSHIP_NAME,
        LIVES,
        _SETTLEMENT,
        _BAND,
        OutColumn(
            "from_year",
            "integer",
            marked("first autumn; the school year of the data for what is so today"),
            unit=marked("year"),
        ),
        OutColumn(
            "until_year",
            "integer",
            marked("last autumn"),
            unit=marked("year"),
            blank=marked("no end is planned"),
        ),
        OutColumn(
            "school_id",
            "text",
            marked("identifier of the school or new site"),
            blank=marked("these children have no place"),
        ),
        OutColumn(
            "school", "text", marked("its name"), blank=marked("these children have no place")
        ),
        OutColumn("pupils", "integer", marked("their number"), PUPILS),
    ),
)
"""Who goes where in every autumn; no file of the folder, but a sheet and a table to export."""
