"""Ranges, choices and unique keys of typed tables, by pandera, told in our own words."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from layout.core.errors import Problem
from layout.core.text import tr
from layout.inputs.tables.columns import Column, Table
from layout.inputs.tables.parse import typed_table

__all__ = ["check_table", "schema_of"]

_DTYPES = {"int": "int64", "float": "float64", "bool": "bool"}


def schema_of(table: Table) -> pa.DataFrameSchema:
    """Build the schema of a table whose columns are typed.

    Parameters
    ----------
    table
        What the table must hold.

    Returns
    -------
    pandera.pandas.DataFrameSchema
        The errors of checks are ``minimum``, ``maximum`` and ``choice``.
    """
    return pa.DataFrameSchema(
        {column.name: _schema_column(column) for column in table.columns},
        name=table.name,
        strict=True,
    )


def _schema_column(column: Column) -> pa.Column:
    checks = []
    if column.minimum is not None:
        checks.append(pa.Check.ge(column.minimum, error="minimum"))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum, error="maximum"))
    if column.kind == "choice":
        allowed = {*column.choices, ""}
        checks.append(pa.Check.isin(sorted(allowed), error="choice"))
    return pa.Column(_DTYPES.get(column.kind), checks, nullable=column.kind == "float")


def check_table(
    raw: pd.DataFrame,
    table: Table,
    *,
    file: str,
    converted: Callable[[pd.DataFrame], pd.DataFrame] = lambda typed: typed,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Type and check a table as it was read.

    Parameters
    ----------
    raw
        Columns of text, or of numbers where a geometry gave them; the index is the row as counted
        in the file.
    table
        What the table must hold.
    file
        Name of the file, for the problems.
    converted
        What brings typed positions to the system in which their ranges hold.

    Returns
    -------
    typed : DataFrame
        The columns of `table`, typed, same index as `raw`.
    problems : list of Problem
        Everything found, errors and warnings; a table without errors is sound in itself.
    """
    typed, problems = typed_table(raw, table, file=file)
    typed = converted(typed)
    told = {(p.row, p.column) for p in problems}
    try:
        schema_of(table).validate(typed, lazy=True)
    except SchemaErrors as errors:
        columns = {column.name: column for column in table.columns}
        problems += [
            problem
            for problem in _in_words(errors.failure_cases, columns, file)
            if (problem.row, problem.column) not in told
        ]
    if set(table.key) <= set(raw.columns):
        problems += _duplicates(typed, table, file)
    return typed, problems


def _in_words(cases: pd.DataFrame, columns: dict[str, Column], file: str) -> list[Problem]:
    """Turn pandera's failure cases into problems, by row."""
    problems = []
    cases = cases.sort_values(["index", "column"], kind="stable")
    parts = (cases[name].tolist() for name in ("index", "column", "check", "failure_case"))
    for row, name, check, value in zip(*parts, strict=True):
        column = columns[str(name)]
        code, reason, remedy = _words(str(check), column)
        problems.append(
            Problem(
                code=code,
                file=file,
                row=str(row),
                column=column.name,
                value=str(value),
                reason=reason,
                remedy=remedy,
            )
        )
    return problems


def _words(check: str, column: Column) -> tuple[str, str, str]:
    """Code, reason and remedy of a failed check."""
    if check == "choice":
        choices = ", ".join(choice for choice in column.choices if choice)
        return (
            "choice",
            tr("This value is not known here."),
            tr("Use one of: {choices}.", choices=choices),
        )
    if check == "minimum" and column.minimum == 0:
        return (
            "minimum",
            tr("The number is negative."),
            tr("Write the true number; it cannot be below 0."),
        )
    remedy = tr("Check the number and its unit.")
    if column.name in ("lon", "lat"):
        remedy = tr("Check whether longitude and latitude are swapped, and that they are degrees.")
    if check == "minimum":
        return "minimum", tr("The number is below {limit}.", limit=f"{column.minimum:g}"), remedy
    return "maximum", tr("The number is above {limit}.", limit=f"{column.maximum:g}"), remedy


def _duplicates(typed: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Every row whose key stood already in an earlier row."""
    key = list(table.key)
    if not key:
        return []
    again = typed[typed.duplicated(key, keep="first")]
    if again.empty:
        return []
    first = typed[~typed.duplicated(key, keep="first")].reset_index(names="_row").set_index(key)
    problems = []
    for row, values in zip(again.index, again[key].itertuples(index=False), strict=True):
        name = values[0] if len(key) == 1 else tuple(values)
        problems.append(
            Problem(
                code="duplicate",
                file=file,
                row=str(row),
                column=key[0] if len(key) == 1 else "",
                columns=() if len(key) == 1 else tuple(key),
                value=", ".join(values),
                reason=tr("The same stands already in row {row}.", row=first.at[name, "_row"]),
                remedy=tr("Keep one of the rows, or give each its own identifier."),
            )
        )
    return problems
