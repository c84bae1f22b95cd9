"""Checks that need more than one table or column: sums, references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from layout.core.errors import Problem
from layout.core.standards import AGE_OF_GRADE, GRADES, GRADES_OF_TYPE, STAGES
from layout.core.text import tr
from layout.inputs.tables.rowwise import Words, row_problems

__all__ = [
    "attendance_problems",
    "margin_problems",
    "reference_problems",
    "school_problems",
]

PUPILS = [f"pupils_{grade}" for grade in GRADES]
CLASSES = [f"classes_{grade}" for grade in GRADES]


def reference_problems(
    table: pd.DataFrame, column: str, known: Iterable[str], *, file: str, words: Words, code: str
) -> list[Problem]:
    """Values of a column that name nothing in another table; blanks are not references.

    Parameters
    ----------
    table
        Typed table, index = row in the file.
    column
        Its referring column.
    known
        Identifiers that exist.
    file, words, code
        For the problems: file name, reason and remedy, kind.

    Returns
    -------
    list of Problem
        One for each row.
    """
    lost = table[~table[column].isin(set(known)) & table[column].ne("")]
    return row_problems(lost, file, code, column, words, value=column)


def school_problems(schools: pd.DataFrame, *, file: str) -> list[Problem]:
    """Numbers of one school that contradict one another.

    Parameters
    ----------
    schools
        Typed table, index = row in the file.
    file
        File name, for the problems.

    Returns
    -------
    list of Problem
        More boarders than pupils and boarders without beds are errors; more boarders than beds,
        pupils without a class and grades unusual for the type are warnings.
    """
    total = schools[PUPILS].sum(axis=1)
    boarders, beds = schools["boarders"], schools["beds"]
    words = (tr("The school has more boarders than pupils."), tr("Correct one of the numbers."))
    problems = row_problems(
        schools[boarders > total], file, "boarders", "boarders", words, value="boarders"
    )
    words = (tr("The school has boarders but no beds."), tr("Enter the beds, or no boarders."))
    problems += row_problems(
        schools[(boarders > 0) & (beds == 0)], file, "no-beds", "beds", words, value="boarders"
    )
    words = (tr("The school has more boarders than beds."), tr("Check both numbers."))
    crowded = schools[(boarders > beds) & (beds > 0)]
    problems += row_problems(crowded, file, "few-beds", "beds", words, value="beds", warning=True)
    return problems + _class_problems(schools, file)


def _class_problems(schools: pd.DataFrame, file: str) -> list[Problem]:
    pupils = schools[PUPILS].to_numpy()
    classes = schools[CLASSES].to_numpy(copy=True)
    # Kindergarten classes of mixed age are usual, so their classes count for all three years.
    preschool = [grade in STAGES["preschool"] for grade in GRADES]
    classes[:, preschool] = classes[:, preschool].sum(axis=1, keepdims=True)
    homeless = (pupils > 0) & (classes == 0) & (schools[["classes_mixed"]].to_numpy() == 0)
    allowed = np.array(
        [[grade in GRADES_OF_TYPE[code] for grade in GRADES] for code in schools["type_code"]]
    ).reshape(pupils.shape)
    problems = []
    for mask, code, words in (
        (
            homeless,
            "no-class",
            (
                tr("There are pupils in this grade but no class for them."),
                tr("Enter the classes of the grade, or its multigrade classes."),
            ),
        ),
        (
            (pupils > 0) & ~allowed,
            "unusual-grade",
            (
                tr("Schools of this type do not usually have pupils in this grade."),
                tr("Check the type code and the column of the number."),
            ),
        ),
    ):
        rows, columns = np.nonzero(mask)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            problems += row_problems(
                schools.iloc[[row]],
                file,
                code,
                PUPILS[column],
                words,
                value=PUPILS[column],
                warning=True,
            )
    return problems


def attendance_problems(
    attendance: pd.DataFrame,
    settlements: pd.DataFrame,
    schools: pd.DataFrame,
    *,
    years: int,
    files: Mapping[str, str],
) -> list[Problem]:
    """Sums of attendance that do not equal the pupils of schools or the children of settlements.

    Parameters
    ----------
    attendance
        Columns settlement_id, grade, school_id ("" = in no school of the study), pupils.
    settlements, schools
        Typed tables.
    years
        School year less the year of the children's census: a child of age a in the school year
        stands in the column ``age_{a - years}``.
    files
        File names by table, for the problems.

    Returns
    -------
    list of Problem
        All errors. Σ over settlements must equal ``pupils_<grade>``; Σ over schools and "" must
        equal the children of that age.
    """
    enrolled = attendance[attendance["school_id"] != ""]
    by_school = _sums(enrolled, "school_id", schools["school_id"])
    held = schools.set_index("school_id")[PUPILS].set_axis(list(GRADES), axis=1)
    problems = _unequal(
        by_school,
        held,
        schools.reset_index(names="_row").set_index("school_id")["_row"],
        file=files["schools"],
        code="attendance-school",
        columns=dict(zip(GRADES, PUPILS, strict=True)),
        reason=tr("The pupils of this grade differ from the sum of the attendance table."),
    )
    ages = {grade: AGE_OF_GRADE[grade] - years for grade in GRADES}
    columns = {grade: f"age_{age}" for grade, age in ages.items() if f"age_{age}" in settlements}
    by_home = _sums(attendance, "settlement_id", settlements["settlement_id"])[list(columns)]
    children = settlements.set_index("settlement_id")[list(columns.values())]
    return problems + _unequal(
        by_home,
        children.set_axis(list(columns), axis=1),
        settlements.reset_index(names="_row").set_index("settlement_id")["_row"],
        file=files["settlements"],
        code="attendance-settlement",
        columns=columns,
        reason=tr("The children of this age differ from the sum of the attendance table."),
    )


def _sums(attendance: pd.DataFrame, key: str, index: pd.Series) -> pd.DataFrame:
    """Pupils by key and grade, zero where none."""
    sums = attendance.groupby([key, "grade"])["pupils"].sum().unstack(fill_value=0)
    return sums.reindex(index=index.to_numpy(), columns=list(GRADES), fill_value=0)


def _unequal(
    sums: pd.DataFrame,
    held: pd.DataFrame,
    row_of: pd.Series,
    *,
    file: str,
    code: str,
    columns: Mapping[str, str],
    reason: str,
) -> list[Problem]:
    rows, places = np.nonzero(sums.to_numpy() != held.to_numpy())
    problems = []
    for row, place in zip(rows.tolist(), places.tolist(), strict=True):
        grade = sums.columns[place]
        added, stated = sums.iat[row, place], held.iat[row, place]
        problems.append(
            Problem(
                code=code,
                file=file,
                row=str(row_of.iloc[row]),
                column=columns[grade],
                value=str(stated),
                reason=reason,
                remedy=tr(
                    "Attendance adds up to {added} in grade {grade}; make both agree (children in "
                    "no school stand there with an empty school_id).",
                    added=added,
                    grade=grade,
                ),
            )
        )
    return problems


def margin_problems(
    settlements: pd.DataFrame, schools: pd.DataFrame, *, years: int, file: str
) -> list[Problem]:
    """Grades with more pupils in all schools than children in all settlements.

    Parameters
    ----------
    settlements, schools
        Typed tables.
    years
        As in `attendance_problems`.
    file
        Name of the schools' file, for the problems.

    Returns
    -------
    list of Problem
        Warnings: attendance cannot be inferred exactly for such a grade.
    """
    problems = []
    for grade in GRADES:
        column = f"age_{AGE_OF_GRADE[grade] - years}"
        if column not in settlements:
            continue
        pupils, children = int(schools[f"pupils_{grade}"].sum()), int(settlements[column].sum())
        if pupils > children:
            problems.append(
                Problem(
                    code="more-pupils-than-children",
                    severity="warning",
                    file=file,
                    column=f"pupils_{grade}",
                    value=str(pupils),
                    reason=tr(
                        "All schools together have more pupils of this grade than the settlements "
                        "have children of its age: {children}.",
                        children=children,
                    ),
                    remedy=tr("Check both tables; some pupils will have no known home."),
                )
            )
    return problems
