"""The table of a batch: one row for each study, failed ones too."""

from __future__ import annotations

from layout.core.text import marked
from layout.planning.schema.columns import PUPILS, OutColumn, OutTable

__all__ = ["BATCH", "STATUSES"]

STATUSES = {
    "done": marked("there is a plan"),
    "infeasible": marked("what is asked cannot be had; the folder says why"),
    "waiting": marked("it was not run yet"),
    "wrong_call": marked("its levers mean nothing for it"),
    "bad_input": marked("its files have problems"),
    "no_solution": marked("no plan was found within the limits"),
    "check_failed": marked("the plan failed its own check"),
    "out_of_memory": marked("it needs more memory than a study may take"),
    "changed": marked("its files changed while it ran, or its worker has another version"),
    "lost": marked("its worker was lost, as often as a task is tried"),
    "unforeseen": marked("an error that nobody foresaw"),
}

_SCHOOLS, _CLASSES = marked("schools"), marked("classes")
_NO_PLAN = marked("there is no plan")
_UNKNOWN = marked("not known")
_COST = marked("pupil-minutes a day")

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
            _COST,
            blank=_UNKNOWN,
        ),
        OutColumn(
            "one_more",
            "number",
            marked("what one closure more would cost"),
            _COST,
            blank=_UNKNOWN,
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
            marked("rows of deficits.csv: townships and stages with children without a place"),
            marked("rows"),
            blank=_NO_PLAN,
        ),
        OutColumn(
            "places_short",
            "integer",
            marked("children without a place after the plan"),
            marked("children"),
            blank=_NO_PLAN,
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
