"""Checks of a study's tables against each other, where those concerned have no errors."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs import tables
from layout.inputs.study.file import StudyFile
from layout.inputs.study.gathering import Inputs
from layout.inputs.study.parts import named_schools

__all__ = ["check_together"]

NARROW_M = 100.0
"""A belt narrower than this was meant in kilometres."""

_TABLE_OF = {"attendance-school": "schools", "attendance-settlement": "settlements"}
"""Of problems of the attendance: the table that the number stands in."""


def check_together(inputs: Inputs, config: StudyFile) -> None:
    """Check tables against each other, where those concerned have no errors of their own.

    Parameters
    ----------
    inputs
        What was read; problems are added to it.
    config
        The study file.
    """
    years = config.study.data_date.year - config.study.children_year
    if not 0 <= years <= 3:
        inputs.problems.append(
            problem(
                "children-year",
                file=inputs.study_file,
                column="study.children_year",
                value=config.study.children_year,
            )
        )
        return
    # Which tables are sound is asked before any of these checks adds a problem.
    places = [name for name in ("settlements", "schools") if inputs.sound(name)]
    given = inputs.sound("attendance")
    for name in places:
        inputs.tell(name, _place_checks(inputs, name))
    if "schools" in places:
        inputs.tell("schools", _school_checks(inputs, config))
    if "settlements" in places:
        inputs.problems += tables.birth_problems(
            inputs.sheets["settlements"], config.demography.births, file=inputs.study_file
        )
    if len(places) == 2:
        schools, settlements = inputs.sheets["schools"], inputs.sheets["settlements"]
        inputs.tell("schools", tables.township_problems(schools, settlements))
        if given:
            for one in _attendance_checks(inputs, years):
                inputs.tell(_TABLE_OF.get(one.code, "attendance"), [one])
        # Attendance is inferred then, from margins that should agree.
        elif "attendance" not in inputs.sources and config.inputs.attendance is None:
            doubts = tables.margin_problems(
                settlements, schools, years=years, file=inputs.files["schools"]
            )
            inputs.tell("schools", doubts)
    inputs.problems += _border_checks(inputs, config) + _unused_townships(inputs)
    inputs.problems += _number_checks(inputs, config)


def _unused_townships(inputs: Inputs) -> list[Problem]:
    """Townships of the layer that no settlement names; all of them where codes differ in form."""
    if "townships" not in inputs.ground or not inputs.sound("settlements"):
        return []
    named = set(inputs.sheets["settlements"]["township_code"])
    return [
        problem("unused-township", file=inputs.files["townships"], value=code)
        for code in inputs.ground["townships"].index.difference(sorted(named))
    ]


def _place_checks(inputs: Inputs, name: str) -> list[Problem]:
    table, file = inputs.sheets[name], inputs.files[name]
    problems = tables.place_problems(table, inputs.units, file=file)
    if inputs.units is not None:
        problems += tables.reference_problems(
            table,
            "county_code",
            inputs.units.index,
            partial(
                problem,
                "unknown-county",
                file=file,
                column="county_code",
                choices=", ".join(inputs.units.index),
            ),
        )
        problems += tables.county_problems(table, inputs.units, name=name)
        problems += tables.code_problems(table, inputs.units.index)
    return problems


def _school_checks(inputs: Inputs, config: StudyFile) -> list[Problem]:
    schools, file = inputs.sheets["schools"], inputs.files["schools"]
    problems = tables.total_problems(inputs.raws["schools"], schools, tables.SCHOOLS, file=file)
    problems += tables.area_problems(schools, inputs.raws["schools"])
    problems += tables.school_problems(schools, file=file)
    problems += tables.reference_problems(
        schools,
        "centre_school_id",
        schools["school_id"],
        partial(problem, "unknown-centre", file=file, column="centre_school_id"),
    )
    # The levers of the study file may name schools of the study only.
    names = schools.drop_duplicates("school_id").set_index("school_id")["name"]
    for key in ("keep", "must_close", "forbid_receiver"):
        _, unknown = named_schools(getattr(config.consolidate, key), names)
        column = f"consolidate.{key}"
        problems += [
            problem("unknown-school:lever", file=inputs.study_file, column=column, value=text)
            for text in unknown
        ]
    units = inputs.units
    areas = {*(() if units is None else map(str, units.index)), *map(str, schools["township_code"])}
    problems += [
        problem("unknown-quota", file=inputs.study_file, column="consolidate.quota", value=code)
        for code in config.consolidate.quota
        if code not in areas
    ]
    return problems


def _attendance_checks(inputs: Inputs, years: int) -> list[Problem]:
    attendance, file = inputs.sheets["attendance"], inputs.files["attendance"]
    problems = [
        *tables.reference_problems(
            attendance,
            "settlement_id",
            inputs.sheets["settlements"]["settlement_id"],
            partial(problem, "unknown-settlement", file=file, column="settlement_id"),
        ),
        *tables.reference_problems(
            attendance,
            "school_id",
            inputs.sheets["schools"]["school_id"],
            partial(problem, "unknown-school:row", file=file, column="school_id"),
        ),
    ]
    # Sums by school and settlement mean nothing while some rows refer to neither.
    return problems or tables.attendance_problems(
        attendance,
        inputs.sheets["settlements"],
        inputs.sheets["schools"],
        years=years,
        files=inputs.files,
    )


def _border_checks(inputs: Inputs, config: StudyFile) -> list[Problem]:
    programme = config.programmes.border
    problems: list[Problem] = []
    if programme is None:
        return problems
    if config.inputs.border is None and programme.width_m > 0:
        problems.append(problem("no-border", file=inputs.study_file, column="inputs.border"))
    if 0 < programme.width_m < NARROW_M:
        problems.append(
            problem(
                "narrow-belt",
                file=inputs.study_file,
                column="programmes.border.width_m",
                value=f"{programme.width_m:g}",
            )
        )
    # A modelled study has no official list that the flags could come from.
    if inputs.sound("schools") and config.study.provenance != "modelled":
        problems += tables.flag_problems(
            inputs.sheets["schools"],
            retain=programme.retain,
            units=programme.units,
            file=inputs.study_file,
        )
    if inputs.units is not None:
        # Sorted, each once.
        for unit in np.setdiff1d(programme.units, inputs.units.index):
            problems.append(
                problem(
                    "unknown-county",
                    file=inputs.study_file,
                    column="programmes.border.units",
                    value=unit,
                    choices=", ".join(inputs.units.index),
                )
            )
    return problems


_ORDERED = (
    ("kindergarten_min_classes", "kindergarten_max_classes"),
    ("primary_min_classes", "primary_max_classes"),
    ("junior_min_classes", "junior_max_classes"),
    ("large_class", "super_large_class"),
    ("compulsory_max_pupils", "through_school_max_pupils"),
)
"""Pairs of norms of which the first is at most the second."""
_SIZES = (
    ("kindergarten_min_classes", "class_size_preschool", "kindergarten_max_children"),
    ("primary_min_classes", "class_size_primary", "compulsory_max_pupils"),
    ("junior_min_classes", "class_size_junior", "compulsory_max_pupils"),
)
"""Classes and class size of the smallest school, and the size that none may exceed."""


def _number_checks(inputs: Inputs, config: StudyFile) -> list[Problem]:
    """Numbers of the study file against each other."""
    file = inputs.study_file
    closures, nursery = config.programmes.closures, config.programmes.kindergarten
    norms: dict[str, Any] = dict(config.standards)
    problems = []
    if closures is not None:
        least, most = config.study.data_date.year, closures.complete_by.year
        problems += [
            problem(
                "out-of-range:deadline",
                file=file,
                column="programmes.closures.years",
                value=year,
                least=least,
                most=most,
            )
            for year in closures.years
            if not least <= year <= most
        ]
    size = norms["class_size_preschool"]
    if nursery and nursery.classes and nursery.places not in (0, nursery.classes * size):
        problems.append(
            problem(
                "out-of-range:places",
                file=file,
                column="programmes.kindergarten.places",
                value=nursery.places,
                classes=nursery.classes,
                size=size,
            )
        )
    problems += [
        problem(
            "out-of-range:order",
            file=file,
            column=f"standards.{one}",
            value=norms[one],
            most=norms[other],
        )
        for one, other in _ORDERED
        if norms[one] > norms[other]
    ]
    return problems + [
        problem(
            "out-of-range:smallest",
            file=file,
            column=f"standards.{largest}",
            value=norms[largest],
            classes=norms[classes],
            size=norms[pupils],
        )
        for classes, pupils, largest in _SIZES
        if norms[classes] * norms[pupils] > norms[largest]
    ]
