"""Checks that need more than one table or column: places, sums, references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.datum import WGS84
from layout.errors import Problem
from layout.standards import AGE_OF_GRADE, GRADES, GRADES_OF_TYPE, STAGES
from layout.text import tr

__all__ = [
    "attendance_problems",
    "margin_problems",
    "place_problems",
    "reference_problems",
    "school_problems",
]

PUPILS = [f"pupils_{grade}" for grade in GRADES]
CLASSES = [f"classes_{grade}" for grade in GRADES]

Words = tuple[str, str]


def _problems(
    rows: pd.DataFrame,
    file: str,
    code: str,
    column: str,
    words: Words,
    *,
    value: Callable[[pd.Series], str] | str,
    warning: bool = False,
) -> list[Problem]:
    """One problem for each row; the value is a column's or made from the row."""
    reason, remedy = words
    shown = rows[value].astype("str") if isinstance(value, str) else rows.apply(value, axis=1)
    return [
        Problem(
            code=code,
            severity="warning" if warning else "error",
            file=file,
            row=str(row),
            column=column,
            value=str(text),
            reason=reason,
            remedy=remedy,
        )
        for row, text in zip(rows.index, shown if len(rows) else (), strict=True)
    ]


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
    return _problems(lost, file, code, column, words, value=column)


def place_problems(
    table: pd.DataFrame, units: gpd.GeoDataFrame | None, *, file: str
) -> list[Problem]:
    """Points at (0, 0), with axes swapped, outside the study or in another county than named.

    Parameters
    ----------
    table
        Columns lon, lat (degrees) and county_code; index = row in the file.
    units
        Counties by ``county_code`` in EPSG:4326; None where they could not be read.
    file
        File name, for the problems.

    Returns
    -------
    list of Problem
        (0, 0) and swapped axes are errors, the others warnings.
    """

    def at(row: pd.Series) -> str:
        return f"{row['lon']}, {row['lat']}"

    zero = (table["lon"] == 0) & (table["lat"] == 0)
    empty = table["lon"].isna() | table["lat"].isna()
    words = (
        tr("The point lies at 0, 0, which stands for “not known”."),
        tr("Find the true position, or take the row out."),
    )
    problems = _problems(table[zero], file, "zero-position", "lon, lat", words, value=at)
    if units is None:
        return problems
    rest = table[~zero & ~empty]
    county = _county_of(rest, units)
    swapped = (
        county.isna() & _county_of(rest.rename(columns={"lon": "lat", "lat": "lon"}), units).notna()
    )
    words = (
        tr("Longitude and latitude are swapped: the other way round the point lies in the study."),
        tr("Swap the two cells."),
    )
    problems += _problems(rest[swapped], file, "swapped-axes", "lon, lat", words, value=at)
    words = (
        tr("The point lies outside all counties of the study."),
        tr("Check the position and its coordinate system."),
    )
    outside = rest[county.isna() & ~swapped]
    problems += _problems(outside, file, "outside-study", "lon, lat", words, value=at, warning=True)
    words = (
        tr("The point lies in another county than the one named."),
        tr("Check the position and the county code."),
    )
    known = rest["county_code"].isin(units.index)
    other = rest[county.notna() & known & (county != rest["county_code"])]
    return problems + _problems(
        other, file, "other-county", "county_code", words, value="county_code", warning=True
    )


def _county_of(table: pd.DataFrame, units: gpd.GeoDataFrame) -> pd.Series:
    """County code of each row's point; on a shared border always the lowest code."""
    points = gpd.GeoDataFrame(
        index=table.index, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=WGS84
    )
    joined = points.sjoin(units[["geometry"]], predicate="intersects", how="inner")
    codes: pd.Series = joined.groupby(level=0)["county_code"].min()
    return codes.reindex(table.index)


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
    problems = _problems(
        schools[boarders > total], file, "boarders", "boarders", words, value="boarders"
    )
    words = (tr("The school has boarders but no beds."), tr("Enter the beds, or no boarders."))
    problems += _problems(
        schools[(boarders > 0) & (beds == 0)], file, "no-beds", "beds", words, value="boarders"
    )
    words = (tr("The school has more boarders than beds."), tr("Check both numbers."))
    crowded = schools[(boarders > beds) & (beds > 0)]
    problems += _problems(crowded, file, "few-beds", "beds", words, value="beds", warning=True)
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
            problems += _problems(
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
