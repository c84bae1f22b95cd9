"""Tables of groups and schools: who goes where, what closes, what stays."""

from __future__ import annotations

from layout.core.text import marked
from layout.planning.schema.columns import (
    BANDS,
    BELT,
    COUNTY,
    GATES,
    LIVES,
    NO_ROUTE,
    PUPILS,
    RULES,
    SCHOOL_ID,
    SCHOOL_NAME,
    TOWNSHIP,
    TOWNSHIP_NAME,
    TRAVEL,
    OutColumn,
    OutTable,
)

__all__ = ["ASSIGNMENT", "CANDIDATES", "CLOSURES", "RETAINED"]

ASSIGNMENT = OutTable(
    marked("one group of the compulsory stage, those that stay included, after the closures"),
    ("settlement_id", "band", "from_school", "to_school"),
    (
        LIVES,
        OutColumn("band", "code", marked("grade band of the group"), codes=BANDS),
        OutColumn("pupils", "integer", marked("size of the group"), unit=PUPILS),
        OutColumn("from_school", "text", marked("identifier of the school today")),
        OutColumn("to_school", "text", marked("identifier of the school under the plan")),
        OutColumn(
            "mode",
            "code",
            marked("how the group reaches its school under the plan"),
            codes={"stay": marked("the group stays at its school of today"), **TRAVEL},
        ),
        OutColumn(
            "mode_before", "code", marked("how the group reaches its school today"), codes=TRAVEL
        ),
        OutColumn(
            "minutes_before",
            "minutes",
            marked(
                "travel time to the school today, door to door, one way; a boarder's weekly trip"
            ),
            blank=NO_ROUTE,
        ),
        OutColumn(
            "metres_before",
            "metres",
            marked("length of the route to the school today"),
            blank=NO_ROUTE,
        ),
        OutColumn(
            "baseline_minutes",
            "minutes",
            marked(
                "minutes to the school today by the quickest way; added travel counts from these"
            ),
            blank=NO_ROUTE,
        ),
        OutColumn(
            "minutes_after",
            "minutes",
            marked("travel time to the school under the plan, counted in the same way"),
            blank=NO_ROUTE,
        ),
        OutColumn(
            "metres_after",
            "metres",
            marked("length of the route to the school under the plan"),
            blank=NO_ROUTE,
        ),
    ),
)

CLOSURES = OutTable(
    marked("one school that closes"),
    ("school_id",),
    (
        SCHOOL_ID,
        SCHOOL_NAME,
        COUNTY,
        TOWNSHIP,
        TOWNSHIP_NAME,
        OutColumn("pupils", "integer", marked("its pupils of grades 1 to 9 today"), unit=PUPILS),
        OutColumn(
            "year", "integer", marked("the autumn from which it is shut"), unit=marked("year")
        ),
        OutColumn("reason", "text", marked("a sentence: who moves where, how far, what is open")),
        OutColumn(
            "gate_a",
            "code",
            marked("no more parents oppose the closure than the norm allows"),
            codes=GATES,
        ),
        OutColumn(
            "gate_b", "code", marked("every group has a route within the limits"), codes=GATES
        ),
        OutColumn("gate_c", "code", marked("beds and meals at the receivers suffice"), codes=GATES),
        OutColumn(
            "gate_d",
            "code",
            marked("no grade and no school that receives is filled over its line"),
            codes=GATES,
        ),
        OutColumn(
            "receivers",
            "list",
            marked("school_ids of the schools that receive, most pupils first"),
            blank=marked("no pupils move"),
        ),
        OutColumn(
            "added_minutes_mean",
            "minutes",
            marked(
                "travel time added one way, quickest way against quickest way, mean over its "
                "pupils; a shorter route counts 0"
            ),
        ),
        OutColumn("added_minutes_max", "minutes", marked("the same for the group that loses most")),
        OutColumn(
            "share_over_limit",
            "share",
            marked("share of its pupils whose route under the plan is over the limit"),
        ),
        OutColumn(
            "replaces_if_kept",
            "list",
            marked("school_ids of the schools that close instead if this one is kept"),
            blank=marked("not worked out"),
        ),
        OutColumn(
            "added_if_kept",
            "number",
            marked("what keeping it costs all pupils together, other schools closing instead"),
            unit=marked("pupil-minutes a day"),
            blank=marked("no plan exists then, or not worked out"),
        ),
    ),
)

RETAINED = OutTable(
    marked("one compulsory school of the border counties, or on the official list"),
    ("distance_m", "school_id"),
    (
        SCHOOL_ID,
        SCHOOL_NAME,
        OutColumn("official", "bool", marked("whether the official list names it")),
        OutColumn(
            "distance_m",
            "metres",
            marked("geodesic distance to the border line"),
            blank=marked("the study has no border line"),
        ),
        OutColumn(
            "uncertainty_m",
            "metres",
            marked("root of the squares of its position error and of the line's error there"),
        ),
        OutColumn("belt", "code", marked("where it lies by distance and uncertainty"), codes=BELT),
        OutColumn("protected", "bool", marked("whether the belt forbids its closure")),
        OutColumn(
            "rule",
            "code",
            marked("what protects it, or that nothing does"),
            codes={
                "official": marked("official list"),
                "official_outside": marked("official list, although the geometry says outside"),
                "inside": marked("inside the belt by geometry"),
                "uncertain_kept": marked(
                    "the belt's edge is within its uncertainty: kept until decided"
                ),
                "uncertain_open": marked(
                    "the belt's edge is within its uncertainty: may close by option"
                ),
                "outside": marked("outside the belt"),
            },
        ),
        OutColumn(
            "price",
            "number",
            marked("what the plan saves all pupils together if this school alone might close"),
            unit=marked("pupil-minutes a day"),
            blank=marked("not worked out"),
        ),
    ),
)

CANDIDATES = OutTable(
    marked("one primary school or teaching point"),
    ("school_id",),
    (
        SCHOOL_ID,
        SCHOOL_NAME,
        COUNTY,
        OutColumn("pupils", "integer", marked("its pupils of grades 1 to 9 today"), unit=PUPILS),
        OutColumn("candidate", "bool", marked("whether it may close")),
        OutColumn(
            "rule",
            "code",
            marked("the first rule that protects it"),
            codes=RULES,
            blank=marked("no rule protects it"),
        ),
        OutColumn("closed", "bool", marked("whether the plan closes it")),
        OutColumn(
            "if_forced",
            "code",
            marked("what the plan was made to do with it, against its own choice"),
            codes={
                "kept": marked("it stays open although the plan closes it"),
                "closed": marked("it closes although the plan keeps it"),
            },
            blank=marked("not worked out"),
        ),
        OutColumn(
            "closes_then",
            "list",
            marked("school_ids of the schools that close in place of others then"),
            blank=marked("none, or not worked out"),
        ),
        OutColumn(
            "added",
            "number",
            marked("what forcing it costs all pupils together"),
            unit=marked("pupil-minutes a day"),
            blank=marked("no plan exists then, or not worked out"),
        ),
    ),
)
