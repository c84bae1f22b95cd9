"""The table of counties: measures today and under the plan."""

from __future__ import annotations

from layout.core.text import marked
from layout.planning.schema.columns import NO_ROUTE, PUPILS, OutColumn, OutTable

__all__ = ["COUNTIES", "COUNTY_MEASURES"]

_NO_CHILDREN = marked("the county has no such children")
_MEASURES = (
    OutColumn(
        "pupils", "integer", marked("pupils of grades 1 to 9 at schools of the county"), PUPILS
    ),
    OutColumn(
        "schools",
        "integer",
        marked("open schools of the compulsory stage, new ones included"),
        marked("schools"),
    ),
    OutColumn(
        "coverage_preschool",
        "share",
        marked("share of children of kindergarten age within the limit of a kindergarten"),
        blank=_NO_CHILDREN,
    ),
    OutColumn(
        "coverage_primary",
        "share",
        marked("share of children of primary age within the limit of a school of their grades"),
        blank=_NO_CHILDREN,
    ),
    OutColumn(
        "coverage_junior",
        "share",
        marked("share of children of junior age within the limit of a school of their grades"),
        blank=_NO_CHILDREN,
    ),
    OutColumn(
        "coverage_1_3",
        "share",
        marked("share of children of grades 1 to 3 within the limit of a school of their grades"),
        blank=_NO_CHILDREN,
    ),
    OutColumn(
        "coverage_4_6",
        "share",
        marked("share of children of grades 4 to 6 within the limit of a school of their grades"),
        blank=_NO_CHILDREN,
    ),
    OutColumn(
        "minutes_mean",
        "minutes",
        marked("travel time one way to the school attended, mean over the pupils who live there"),
        blank=NO_ROUTE,
    ),
    OutColumn(
        "minutes_worst_decile",
        "minutes",
        marked("travel time one way that nine of ten pupils do not exceed"),
        blank=NO_ROUTE,
    ),
    OutColumn(
        "classes",
        "integer",
        marked("classes of the compulsory stage, added and new ones included"),
        marked("classes"),
    ),
    OutColumn(
        "large_classes",
        "integer",
        marked("estimated classes at or over the size of a large class"),
        marked("classes"),
    ),
    OutColumn(
        "super_large_classes",
        "integer",
        marked("estimated classes at or over the size of a super-large class"),
        marked("classes"),
    ),
    OutColumn(
        "places_short_kindergarten",
        "integer",
        marked("children who want a kindergarten place and find none within reach"),
        marked("children"),
    ),
    OutColumn(
        "places_short_compulsory",
        "integer",
        marked("pupils over the capacity of the school that they attend"),
        PUPILS,
    ),
    OutColumn(
        "public_kindergarten_share",
        "share",
        marked("share of the children served by a kindergarten whose kindergarten is public"),
        blank=_NO_CHILDREN,
    ),
)
COUNTY_MEASURES = tuple(measure.name for measure in _MEASURES)

COUNTIES = OutTable(
    marked("one county; _before is today, _after the plan with its closures and sites"),
    ("county_code",),
    (
        OutColumn("county_code", "text", marked("code of the county")),
        OutColumn("name", "text", marked("name of the county")),
        OutColumn("closed", "integer", marked("schools that close"), marked("schools")),
        *(
            OutColumn(f"{one.name}_{when}", one.kind, one.meaning, one.unit, one.codes, one.blank)
            for one in _MEASURES
            for when in ("before", "after")
        ),
    ),
)
