"""Tables of a batch: one row for each study, failed ones too, and the lists of all studies."""

from __future__ import annotations

from collections.abc import Mapping

from layout.core.text import marked
from layout.planning.schema.columns import PUPILS, OutColumn, OutTable
from layout.planning.schema.counties import COUNTIES
from layout.planning.schema.needs import DEFICITS
from layout.planning.schema.schools import CLOSURES, RETAINED
from layout.planning.schema.sites import SITES

__all__ = ["BATCH", "COUNTY_SUMS", "PROVINCE", "STATUSES"]

STATUSES = {
    "waiting": marked("it was not run yet"),
    "done": marked("there is a plan"),
    "infeasible": marked("what is asked cannot be had; the folder says why"),
    "bad_input": marked("its files have problems"),
    "wrong_call": marked("its levers mean nothing for it"),
    "no_solution": marked("no plan was found within the limits"),
    "check_failed": marked("the plan failed its own check"),
    "out_of_memory": marked("it needs more memory than a study may take"),
    "changed": marked("its files changed while it ran, or its worker has another version"),
    "lost": marked("its worker was lost, as often as a task is tried"),
    "unwritten": marked("its result could not be written"),
    "unforeseen": marked("an error that nobody foresaw"),
}

_SCHOOLS, _CLASSES = marked("schools"), marked("classes")
_NO_PLAN = marked("there is no plan")
_NOT_COUNTED = marked("there is no plan or it plans no kindergartens")
_UNKNOWN = marked("not known")
_OWN = marked("kindergartens are not shared out")
_COST = marked("pupil-minutes a day")
_SHARED_COST = marked("pupil-minutes a day, or what the lever objective counts")

BATCH = OutTable(
    marked("one study, or one county of a study that was split"),
    ("study",),
    (
        OutColumn("study", "text", marked("name of the study in the batch, and of its folder")),
        OutColumn(
            "title",
            "text",
            marked("name of the study as its file says it"),
            blank=marked("it could not be read"),
        ),
        OutColumn(
            "unit",
            "text",
            marked("code of the county that this is the part of"),
            blank=marked("the study is whole"),
        ),
        OutColumn("status", "code", marked("how it ended"), codes=STATUSES),
        OutColumn("exit_code", "integer", marked("exit code that `layout plan` would end with")),
        OutColumn(
            "close_asked",
            "integer",
            marked("schools to close"),
            _SCHOOLS,
            blank=marked("no number is known"),
        ),
        OutColumn("closed", "integer", marked("schools that close"), _SCHOOLS, blank=_NO_PLAN),
        OutColumn(
            "least",
            "integer",
            marked("fewest schools that it may have to close"),
            _SCHOOLS,
            blank=marked("no floor was set or closures are not shared"),
        ),
        OutColumn(
            "most",
            "integer",
            marked("most schools that it may have to close"),
            _SCHOOLS,
            blank=marked("no ceiling is known or closures are not shared"),
        ),
        OutColumn(
            "pupils_moved",
            "integer",
            marked("pupils who change school, by a closure or to a site"),
            PUPILS,
            blank=_NO_PLAN,
        ),
        OutColumn(
            "added_pupil_minutes",
            "number",
            marked("minutes that the closures add to the ways of all pupils together"),
            _COST,
            blank=_NO_PLAN,
        ),
        OutColumn(
            "one_less",
            "number",
            marked("what one closure less would save"),
            _SHARED_COST,
            blank=_UNKNOWN,
        ),
        OutColumn(
            "one_more",
            "number",
            marked("what one closure more would cost"),
            _SHARED_COST,
            blank=_UNKNOWN,
        ),
        OutColumn(
            "sites_asked",
            "integer",
            marked("new kindergartens that fall to it"),
            marked("sites"),
            blank=_OWN,
        ),
        OutColumn(
            "classes_asked",
            "integer",
            marked("classes of these and of kindergartens that grow"),
            _CLASSES,
            blank=_OWN,
        ),
        OutColumn(
            "kindergarten_sites",
            "integer",
            marked("new kindergartens and such as grow"),
            marked("sites"),
            blank=_NO_PLAN,
        ),
        OutColumn(
            "kindergarten_classes",
            "integer",
            marked("kindergarten classes built or added"),
            _CLASSES,
            blank=_NO_PLAN,
        ),
        OutColumn(
            "kindergarten_places",
            "integer",
            marked("kindergarten places built or added"),
            marked("places"),
            blank=_NO_PLAN,
        ),
        OutColumn(
            "compulsory_sites",
            "integer",
            marked("new schools of the compulsory stage and such as grow"),
            marked("sites"),
            blank=_NO_PLAN,
        ),
        OutColumn(
            "deficits",
            "integer",
            marked("townships and stages with children without a place: such rows of deficits.csv"),
            marked("rows"),
            blank=_NOT_COUNTED,
        ),
        OutColumn(
            "places_short",
            "integer",
            marked("children without a kindergarten place after the plan"),
            marked("children"),
            blank=_NOT_COUNTED,
        ),
        OutColumn(
            "gap",
            "number",
            marked("largest gap of its models between what was found and what was proved"),
            blank=marked("there is no plan or no model ran"),
        ),
        OutColumn(
            "message",
            "text",
            marked("what went wrong, in a sentence"),
            blank=marked("nothing went wrong"),
        ),
        OutColumn(
            "key",
            "text",
            marked("SHA-256 of its inputs, options and the version of the program"),
            blank=marked("it was not run yet"),
        ),
    ),
)


_STUDY = OutColumn("study", "text", marked("name of the study in the batch, and of its folder"))
_CODE, _NAME, _CLOSED, *_MEASURES = COUNTIES.columns


def _of_all(table: OutTable) -> OutTable:
    """The rows of a table of every study, under the name of each."""
    return OutTable(table.row, ("study", *table.order), (_STUDY, *table.columns))


def _with_county(table: OutTable) -> OutTable:
    """A list that a study has without the county of its schools."""
    study, school, name, *more = table.columns
    return OutTable(table.row, table.order, (study, school, name, _CODE, *more))


def _number(name: str, meaning: str, unit: str) -> OutColumn:
    return OutColumn(name, "integer", meaning, unit, blank=_NO_PLAN)


_SUMS = (
    _number("closed", _CLOSED.meaning, _SCHOOLS),
    _number("pupils_closed", marked("pupils of the schools that close"), PUPILS),
    _number("kindergarten_sites", marked("new kindergartens and such as grow"), marked("sites")),
    _number("kindergarten_classes", marked("kindergarten classes built or added"), _CLASSES),
    _number("kindergarten_places", marked("kindergarten places built or added"), marked("places")),
    _number(
        "compulsory_sites",
        marked("new schools of the compulsory stage and such as grow"),
        marked("sites"),
    ),
    _number("compulsory_classes", marked("classes of grades 1 to 9 built or added"), _CLASSES),
    _number(
        "compulsory_places", marked("places of grades 1 to 9 built or added"), marked("places")
    ),
    _number("other_sites", marked("sites of other programmes"), marked("sites")),
)

PROVINCE: Mapping[str, OutTable] = {
    "studies": BATCH,
    "counties": OutTable(
        marked("one county of a study; _before is today, _after the plan"),
        ("study", "county_code"),
        (
            _STUDY,
            _CODE,
            _NAME,
            OutColumn("status", "code", marked("how its study ended"), codes=STATUSES),
            *_SUMS,
            *(
                OutColumn(
                    one.name, one.kind, one.meaning, one.unit, one.codes, one.blank or _NO_PLAN
                )
                for one in _MEASURES
            ),
        ),
    ),
    "closures": _of_all(CLOSURES),
    "retained": _with_county(_of_all(RETAINED)),
    "sites": _of_all(SITES),
    "deficits": _of_all(DEFICITS),
}
"""Tables of all studies of a batch, by the name of their layer and sheet."""
COUNTY_SUMS = tuple(column.name for column in _SUMS)
"""What is summed by county from the lists of the studies."""
