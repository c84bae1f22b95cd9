"""What a study file states in place of columns: one value for all rows, or a total to spread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.core.standards import GRADES, GRADES_OF_TYPE
from layout.inputs.tables.columns import Table
from layout.inputs.tables.parse import THOUSANDS
from layout.inputs.tables.reading import ColumnRead, Reading

__all__ = ["Value", "of_constants", "spread_columns", "with_constants", "with_spread_totals"]

Value = str | int | float | bool

_WHOLE = r"[0-9]{1,9}(?:\.0{1,2})?"


def with_constants(
    raw: pd.DataFrame, reading: Reading, table: Table, constants: Mapping[str, Value], *, file: str
) -> tuple[pd.DataFrame, Reading, list[Problem]]:
    """Add columns whose every cell is the same.

    Parameters
    ----------
    raw
        Cells as text under our names.
    reading
        What was understood of the table.
    table
        Says which columns there may be.
    constants
        Values by column, from the study file.
    file
        Name of the study file, for the problems.

    Returns
    -------
    raw : DataFrame
        With these columns.
    reading : Reading
        That names them as stated.
    problems : list of Problem
        Errors: no such column, or the file has it.
    """
    known = [column.name for column in table.columns if column.name not in table.key]
    problems: list[Problem] = []
    stated: dict[str, str] = {}
    for name, value in constants.items():
        key = f"constants.{table.name}.{name}"
        if name not in known:
            choices = ", ".join(known)
            problems.append(problem("unknown-constant", file=file, column=key, choices=choices))
        elif name in raw.columns:
            problems.append(problem("constant-and-column", file=file, column=key, value=value))
        else:
            stated[name] = str(value).lower() if isinstance(value, bool) else str(value)
    raw = raw.assign(**{name: pd.Series(v, raw.index, dtype="str") for name, v in stated.items()})
    return raw, _stated(reading, stated), problems


def _stated(reading: Reading, names: Collection[str]) -> Reading:
    columns = tuple(
        ColumnRead(name=one.name, header="", how="stated") if one.name in names else one
        for one in reading.columns
    )
    return replace(reading, columns=columns)


def of_constants(
    problems: Sequence[Problem], table: Table, constants: Collection[str], *, file: str
) -> list[Problem]:
    """Tell of a value that the study file states once, where it stands, and not in every row.

    Parameters
    ----------
    problems
        Of the cells of a table.
    table
        The table.
    constants
        Columns whose value the study file states.
    file
        Name of the study file.
    """
    told: list[Problem] = []
    for one in problems:
        if one.column not in constants or one.row is None:
            told.append(one)
            continue
        column = f"constants.{table.name}.{one.column}"
        moved = replace(one, file=file, table=table.name, row=None, column=column)
        if not any((known.code, known.column) == (one.code, column) for known in told):
            told.append(moved)
    return told


def spread_columns(totals: Sequence[str]) -> list[str]:
    """Return the columns that totals are spread over, as ``pupils_total`` over ``pupils_g1``."""
    return [f"{total.partition('_')[0]}_{grade}" for total in totals for grade in GRADES]


def with_spread_totals(
    raw: pd.DataFrame, totals: Sequence[str], *, file: str, study_file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Spread totals of a school evenly over the grades of its type.

    Parameters
    ----------
    raw
        Cells of the schools as text, with ``type_code`` and the totals.
    totals
        ``pupils_total``, ``classes_total``.
    file, study_file
        Names, for the problems.

    Returns
    -------
    raw : DataFrame
        With a column for each grade; what does not divide goes to the lower grades. Fewer classes
        than grades are classes of mixed grades.
    problems : list of Problem
        A warning that these numbers are modelled; errors where there is no total, or where the
        file has numbers by grade.
    """
    problems: list[Problem] = []
    for total in totals:
        columns = spread_columns([total])
        if total not in raw.columns or set(columns) & set(raw.columns):
            told = partial(problem, "split-impossible", file=study_file, column="split.schools")
            problems.append(told(value=total))
            continue
        numbers, wrong = _whole_numbers(raw[total], file)
        problems += wrong
        types = raw["type_code"].str.strip() if "type_code" in raw.columns else raw[total]
        shares = pd.Series(map(_shares, numbers, types), index=raw.index)
        if total == "classes_total" and "classes_mixed" not in raw.columns:
            # Fewer classes than grades: none of them is of one grade alone.
            mixed = shares.map(lambda share: 0 in share.values())
            raw = raw.assign(classes_mixed=numbers.where(mixed, 0).astype("str"))
            shares = shares.where(~mixed, {})
        # One column for each grade, by row.
        by_grade = {
            column: shares.map(lambda share, grade=grade: str(share.get(grade, 0))).astype("str")
            for column, grade in zip(columns, GRADES, strict=True)
        }
        raw = raw.assign(**by_grade)
        problems.append(problem("split-total", file=file, column=total, count=len(raw)))
    return raw, problems


def _whole_numbers(totals: pd.Series, file: str) -> tuple[pd.Series, list[Problem]]:
    """Totals as numbers; 0 where there is none, which is told."""
    cells = totals.str.strip()
    # Commas go where they separate thousands, so that 1,5 is not 15.
    cells = cells.mask(cells.str.fullmatch(THOUSANDS), cells.str.replace(",", "", regex=False))
    whole = cells.str.fullmatch(_WHOLE)
    problems = [
        problem("not-a-number:whole", file=file, row=row, column=str(totals.name), value=cell)
        for row, cell in totals[~whole].items()
    ]
    return pd.to_numeric(cells.where(whole, "0")).astype("int64"), problems


def _shares(number: int, code: str) -> dict[str, int]:
    """A number spread over the grades of a type."""
    grades = [grade for grade in GRADES if grade in GRADES_OF_TYPE.get(code, ())]
    if not grades:
        return {}
    each, rest = divmod(int(number), len(grades))
    return {grade: each + (at < rest) for at, grade in enumerate(grades)}
