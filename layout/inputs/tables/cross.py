"""Checks that need more than one table or column: sums, references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import Maker, problem
from layout.core.standards import AGE_OF_GRADE, GRADES, GRADES_OF_TYPE, STAGES
from layout.inputs.tables.rowwise import row_problems

__all__ = [
    "attendance_problems",
    "margin_problems",
    "reference_problems",
    "school_problems",
]

PUPILS = [f"pupils_{grade}" for grade in GRADES]
CLASSES = [f"classes_{grade}" for grade in GRADES]


def reference_problems(
    table: pd.DataFrame, column: str, known: Iterable[str], told: Maker
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
    told
        Makes a problem of a row and a value.

    Returns
    -------
    list of Problem
        One for each row.
    """
    lost = table[~table[column].isin(set(known)) & table[column].ne("")]
    return row_problems(lost, told, value=column)


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
    # Where there are no beds at all it is an error of its own.
    crowded = (boarders > beds) & (beds > 0)
    return [
        *row_problems(
            schools[boarders > total],
            partial(problem, "boarders", file=file, column="boarders"),
            value="boarders",
        ),
        *row_problems(
            schools[(boarders > 0) & (beds == 0)],
            partial(problem, "no-beds", file=file, column="beds"),
            value="boarders",
        ),
        *row_problems(
            schools[crowded], partial(problem, "few-beds", file=file, column="beds"), value="beds"
        ),
        *_class_problems(schools, file),
    ]


def _class_problems(schools: pd.DataFrame, file: str) -> list[Problem]:
    # Shape (schools, grades), both.
    pupils = schools[PUPILS].to_numpy()
    classes = schools[CLASSES].to_numpy(copy=True)
    # Kindergarten classes of mixed age are usual, so their classes count for all three years.
    preschool = [grade in STAGES["preschool"] for grade in GRADES]
    classes[:, preschool] = classes[:, preschool].sum(axis=1, keepdims=True)
    # Pupils of a grade without a class of their own or a mixed one.
    without_class = (pupils > 0) & (classes == 0) & (schools[["classes_mixed"]].to_numpy() == 0)
    # Grades of each school's type; reshaped for a table without rows.
    allowed = np.array(
        [[grade in GRADES_OF_TYPE[code] for grade in GRADES] for code in schools["type_code"]]
    ).reshape(pupils.shape)
    problems = []
    for mask, maker in (
        (without_class, partial(problem, "no-class", file=file)),
        ((pupils > 0) & ~allowed, partial(problem, "unusual-grade", file=file)),
    ):
        # By school, then by grade.
        for row, at in np.argwhere(mask).tolist():
            column = PUPILS[at]
            problems.append(
                maker(row=schools.index[row], column=column, value=schools[column].iat[row])
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
        is counted in the column ``age_{a - years}``.
    files
        File names by table, for the problems.

    Returns
    -------
    list of Problem
        All errors. Σ over settlements must equal ``pupils_<grade>``; Σ over schools and "" must
        equal the children of that age.
    """
    enrolled = attendance[attendance["school_id"] != ""]
    # Both tables: schools by grades, in the order of the schools' table.
    by_school = _sums(enrolled, "school_id", schools["school_id"])
    enrolment = schools.set_index("school_id")[PUPILS].set_axis(list(GRADES), axis=1)
    problems = _unequal(
        by_school,
        enrolment,
        schools.reset_index(names="_row").set_index("school_id")["_row"],
        partial(problem, "attendance-school", file=files["schools"]),
        columns=dict(zip(GRADES, PUPILS, strict=True)),
    )
    # The children of a grade's age were `years` younger at the census.
    ages = {grade: AGE_OF_GRADE[grade] - years for grade in GRADES}
    columns = {grade: f"age_{age}" for grade, age in ages.items() if f"age_{age}" in settlements}
    by_home = _sums(attendance, "settlement_id", settlements["settlement_id"])[list(columns)]
    children = settlements.set_index("settlement_id")[list(columns.values())]
    return problems + _unequal(
        by_home,
        children.set_axis(list(columns), axis=1),
        settlements.reset_index(names="_row").set_index("settlement_id")["_row"],
        partial(problem, "attendance-settlement", file=files["settlements"]),
        columns=columns,
    )


def _sums(attendance: pd.DataFrame, key: str, index: pd.Series) -> pd.DataFrame:
    """Pupils by key (rows) and grade (columns), zero where none."""
    sums = attendance.groupby([key, "grade"])["pupils"].sum().unstack(fill_value=0)
    return sums.reindex(index=index.to_numpy(), columns=list(GRADES), fill_value=0)


def _unequal(
    sums: pd.DataFrame,
    stated: pd.DataFrame,
    row_of: pd.Series,
    maker: Maker,
    *,
    columns: Mapping[str, str],
) -> list[Problem]:
    # Cells that differ, row by row.
    rows, places = np.nonzero(sums.to_numpy() != stated.to_numpy())
    problems = []
    for row, place in zip(rows.tolist(), places.tolist(), strict=True):
        grade = sums.columns[place]
        added, number = sums.iat[row, place], stated.iat[row, place]
        problems.append(
            maker(
                row=row_of.iloc[row],
                column=columns[grade],
                value=number,
                added=added,
                grade=grade,
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
                problem(
                    "more-pupils-than-children",
                    file=file,
                    column=f"pupils_{grade}",
                    value=pupils,
                    children=children,
                )
            )
    return problems
