"""Tables of sites: what is built or added, and whom it serves."""

from __future__ import annotations

from layout.core.text import marked
from layout.planning.schema.columns import (
    BANDS,
    COUNTY,
    KINDS,
    LIVES,
    PROGRAMME,
    SITE_ID,
    STAGES,
    TOWNSHIP,
    TOWNSHIP_NAME,
    TRAVEL,
    OutColumn,
    OutTable,
)

__all__ = ["REJECTED_SITES", "SERVED", "SITES", "SITE_YEARS"]

SITES = OutTable(
    marked("one site of a programme: new, or an existing school that grows"),
    ("programme", "site_id"),
    (
        PROGRAMME,
        SITE_ID,
        OutColumn("name", "text", marked("name of the site, made of its settlement's where new")),
        OutColumn("kind", "code", marked("what is done at the site"), codes=KINDS),
        OutColumn("stage", "code", marked("stage that the site is for"), codes=STAGES),
        OutColumn(
            "school_id",
            "text",
            marked("identifier of the school that grows"),
            blank=marked("the site is new"),
        ),
        OutColumn(
            "settlement_id",
            "text",
            marked("identifier of the settlement that a new site lies in"),
            blank=marked("the school stands already"),
        ),
        COUNTY,
        TOWNSHIP,
        TOWNSHIP_NAME,
        OutColumn(
            "year",
            "integer",
            marked("autumn from which it is needed: the programme's year"),
            unit=marked("year"),
        ),
        OutColumn("classes", "integer", marked("classes built or added"), unit=marked("classes")),
        OutColumn("places", "integer", marked("capacity built or added"), unit=marked("places")),
        OutColumn(
            "pupils_served",
            "integer",
            marked(
                "children whom these places serve in the programme's year: those of served.csv, "
                "and at a compulsory school that grows also its own pupils over its capacity, who "
                "stay"
            ),
            unit=marked("children"),
        ),
        OutColumn(
            "reason", "text", marked("a sentence: who lives within reach, and what the site is for")
        ),
        OutColumn(
            "runner_up",
            "text",
            marked("identifier of the settlement that gets the site if this one is impossible"),
            blank=marked("an expansion, or nothing takes its place, or not worked out"),
        ),
        OutColumn(
            "runner_up_loss",
            "number",
            marked(
                "by how much the leading objective level gets worse then: public children missing "
                "to the floors where these come first, else children served"
            ),
            unit=marked("children"),
            blank=marked("an expansion, or not worked out"),
        ),
        OutColumn(
            "pupils_lost",
            "integer",
            marked(
                "children who lose their place in the programme's year if this is not built and "
                "nothing comes in its place: those served, less whom the other sites take"
            ),
            unit=marked("children"),
        ),
        OutColumn("lon", "degrees", marked("longitude, WGS 84")),
        OutColumn("lat", "degrees", marked("latitude, WGS 84")),
    ),
)


SERVED_BANDS = {"preschool": marked("kindergarten"), **BANDS}

SERVED = OutTable(
    marked("the children of one settlement, band and school whom one site serves"),
    ("programme", "site_id", "settlement_id", "band", "from_school"),
    (
        PROGRAMME,
        SITE_ID,
        LIVES,
        OutColumn("band", "code", marked("grade band of the children"), codes=SERVED_BANDS),
        OutColumn("pupils", "integer", marked("their number"), unit=marked("children")),
        OutColumn(
            "from_school",
            "text",
            marked("identifier of the school that they leave: the assignment's to_school"),
            blank=marked("they had no place"),
        ),
        OutColumn("mode", "code", marked("how they reach the site"), codes=TRAVEL),
        OutColumn("minutes", "minutes", marked("travel time to the site, door to door, one way")),
        OutColumn("metres", "metres", marked("length of the route to the site")),
    ),
)

SITE_YEARS = OutTable(
    marked("one site in one year under one reading of the births"),
    ("site_id", "year", "births"),
    (
        SITE_ID,
        OutColumn("year", "integer", marked("school year, by its autumn"), unit=marked("year")),
        OutColumn(
            "births",
            "code",
            marked("reading of the births to come"),
            codes={
                "low": marked("fewest births"),
                "middle": marked("births as expected"),
                "high": marked("most births"),
            },
        ),
        OutColumn(
            "children", "integer", marked("children whom the site serves"), marked("children")
        ),
        OutColumn("places", "integer", marked("capacity of the site"), unit=marked("places")),
    ),
)

REJECTED = {
    "outside_county": marked("it lies outside its county"),
    "excluded": marked("it lies in an exclusion area or on its edge"),
    "outside_parcels": marked(
        "no parcel for the stage lies within the distance that the norm allows"
    ),
    "too_small": marked("no parcel in reach has the area of the smallest school"),
    "parcel_taken": marked(
        "the parcels in reach go to settlements nearer to them, or to other sites"
    ),
}
EXCLUSION_KINDS = {
    "flood": marked("flood"),
    "slope": marked("steep slope"),
    "geology": marked("geological hazard"),
    "water": marked("water protection"),
    "other": marked("other exclusion"),
}
_NO_AREA = marked("no one area or parcel is the reason, or it has no name")

REJECTED_SITES = OutTable(
    marked("one settlement that would be a candidate of a programme if its ground allowed it"),
    ("programme", "stage", "settlement_id"),
    (
        PROGRAMME,
        OutColumn("stage", "code", marked("stage that the site would be for"), codes=STAGES),
        OutColumn("settlement_id", "text", marked("identifier of the settlement")),
        OutColumn("name", "text", marked("name of the settlement")),
        COUNTY,
        OutColumn("reason", "code", marked("why no site may stand there"), codes=REJECTED),
        OutColumn(
            "kind",
            "code",
            marked("kind of the exclusion area"),
            codes=EXCLUSION_KINDS,
            blank=marked("no exclusion area is the reason"),
        ),
        OutColumn(
            "area",
            "text",
            marked("name of the exclusion area or of the parcel that is too small"),
            blank=_NO_AREA,
        ),
        OutColumn(
            "parcel_id",
            "text",
            marked("identifier of the nearest parcel, where all in reach are too small"),
            blank=marked("the parcels are not too small"),
        ),
        OutColumn("lon", "degrees", marked("longitude, WGS 84")),
        OutColumn("lat", "degrees", marked("latitude, WGS 84")),
    ),
)
