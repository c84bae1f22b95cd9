"""Headings of the lists in the reader's language: what each column is, and in which unit."""

from __future__ import annotations

from layout.core.text import tr, words
from layout.output.lists.datums import Datum, datum_of

__all__ = ["headings"]


def headings(table: str = "", datum: Datum | None = None) -> dict[str, str]:
    """Return the heading of every column of a table, layer or sheet, by column name.

    Parameters
    ----------
    table
        Its name; some columns mean another thing in one table.
    datum
        What its coordinates are in; WGS 84 where not given.
    """
    # A year is that of a closure in the lists of schools, a school year elsewhere.
    closing = ("closures", "schools")
    named = {
        **words.columns(),
        **_of_layers(),
        **_of_sheets(),
        **_of_batches(),
        "year": tr("Shut from autumn") if table in closing else tr("School year"),
    }
    if table == "candidates":
        named["closed"] = tr("Closes in the plan")
    if table in ("sites", "building"):
        named["year"] = tr("Needed from autumn")
    if table in ("studies", "counties"):
        named["status"] = tr("How it ended")
    if table in ("catchments", "zones"):
        named["school_id"] = tr("Code of the school or new site")
        named["name"] = tr("School or new site")
    return {**named, **(datum or datum_of("wgs84")).titles()}


def _of_layers() -> dict[str, str]:
    return {
        "type_code": tr("Type code"),
        "status": tr("State in the plan"),
        "state": tr("When"),
        "pupils_inside": tr("Pupils who live in the area"),
        "detached": tr("In several pieces"),
        "tint": tr("Colour number"),
        "why": tr("Why they change"),
        "width_m": tr("Width, m"),
        "from_year": tr("From autumn"),
        "until_year": tr("Until autumn"),
        "school": tr("School or new site"),
    }


def _of_sheets() -> dict[str, str]:
    return {
        "number": tr("No."),
        "type": tr("Type of school"),
        "receiver_names": tr("Receiving schools"),
        "from_names": tr("From which schools (pupils)"),
        "settlements": tr("Settlements"),
        "pupils_received": tr("Pupils received"),
        "received_walk": tr("of these on foot"),
        "received_bus": tr("by school bus"),
        "received_board": tr("boarding"),
        "minutes_longest": tr("Longest way of these, minutes"),
        "capacity_before": tr("Places today"),
        "capacity_added": tr("Places added"),
        "capacity_after": tr("Places in the plan"),
        "whom": tr("Whom it serves (children)"),
        "why_here": tr("Why here"),
        "beds": tr("Beds"),
        "first_year": tr("First from autumn"),
        "pupils_today": tr("Pupils today, all grades"),
        "pupils_plan": tr("Pupils in the plan, all grades"),
    }


def _of_batches() -> dict[str, str]:
    return {
        "study": tr("Study"),
        "title": tr("Title"),
        "unit": tr("Part: county code"),
        "exit_code": tr("Exit code"),
        "close_asked": tr("Closures asked"),
        "least": tr("At least"),
        "most": tr("At most"),
        "pupils_moved": tr("Pupils who change school"),
        "added_pupil_minutes": tr("Added pupil-minutes a day"),
        "one_less": tr("One closure less saves"),
        "one_more": tr("One closure more costs"),
        "kindergarten_sites": tr("Kindergartens, new or enlarged"),
        "kindergarten_classes": tr("Kindergarten classes built"),
        "kindergarten_places": tr("Kindergarten places built"),
        "compulsory_sites": tr("Schools, new or enlarged"),
        "compulsory_classes": tr("Classes of grades 1 to 9 built"),
        "compulsory_places": tr("Places of grades 1 to 9 built"),
        "other_sites": tr("Sites of other programmes"),
        "deficits": tr("Townships short of kindergarten places"),
        "places_short": tr("Kindergarten places short"),
        "gap": tr("Gap"),
        "message": tr("What went wrong"),
        "pupils_closed": tr("Pupils of the schools that close"),
    }
