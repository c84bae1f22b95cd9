"""Ranges, choices and unique keys of typed tables, by pandera, reported in our own words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.tables.columns import Column, Table
from layout.inputs.tables.parse import typed_table
from layout.inputs.tables.places import MANY, MOSTLY

__all__ = ["check_table", "schema_of"]

_NO_DEGREES = 1000.0
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
        # Blanks are judged when the cells are read, not here.
        allowed = {*column.choices, ""}
        checks.append(pa.Check.isin(sorted(allowed), error="choice"))
    # A bool that may be blank holds True, False and None.
    dtype = "object" if column.kind == "bool" and column.nullable else _DTYPES.get(column.kind)
    return pa.Column(dtype, checks, nullable=column.kind == "float" or column.nullable)


def check_table(
    raw: pd.DataFrame,
    table: Table,
    *,
    file: str,
    converted: Callable[[pd.DataFrame], pd.DataFrame] = lambda typed: typed,
    empty: Collection[str] = (),
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
    empty
        Columns whose blanks have been told of by their cause.

    Returns
    -------
    typed : DataFrame
        The columns of `table`, typed, same index as `raw`.
    problems : list of Problem
        Everything found, errors and warnings; a table without errors can be used.
    """
    typed, problems = typed_table(raw, table, file=file)
    typed = converted(typed)
    # A cell that could not be read has a stand-in, so it is not checked a second time.
    reported = {(p.row, p.column) for p in problems}
    try:
        schema_of(table).validate(typed, lazy=True)
    except SchemaErrors as errors:
        columns = {column.name: column for column in table.columns}
        problems += [
            problem
            for problem in _in_words(errors.failure_cases, columns, file)
            if (problem.row, problem.column) not in reported
        ]
    if set(table.key) <= set(raw.columns):
        problems += _duplicates(typed, table, file)
    problems = _metres(problems, typed, table, file)
    return typed, [
        one for one in problems if one.column not in empty or one.code not in ("blank", "duplicate")
    ]


def _metres(problems: list[Problem], typed: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Put positions that are all too large for degrees into one problem, for its one cause."""
    if not {"lon", "lat"} <= set(typed.columns):
        return problems
    far = typed.index[(typed[["lon", "lat"]].abs() > _NO_DEGREES).all(axis=1)]
    if len(far) < MANY or len(far) <= MOSTLY * len(typed):
        return problems
    rest = [
        one
        for one in problems
        if one.code not in ("maximum", "minimum") or one.column not in ("lon", "lat")
    ]
    first = typed.loc[far[0]]
    told = problem(
        "maximum:metres",
        file=file,
        row=far[0],
        columns=("lon", "lat"),
        value=f"{first['lon']}, {first['lat']}",
        count=len(far),
        total=len(typed),
        table=table.name,
    )
    return [*rest, told]


def _in_words(cases: pd.DataFrame, columns: dict[str, Column], file: str) -> list[Problem]:
    """Turn pandera's failure cases into problems, by row."""
    problems = []
    # One row for each failed cell: `index` is the row in the file.
    cases = cases.sort_values(["index", "column"], kind="stable")
    parts = (cases[name].tolist() for name in ("index", "column", "check", "failure_case"))
    for row, name, check, value in zip(*parts, strict=True):
        problems.append(
            _in_our_words(str(check), columns[str(name)], file=file, row=row, value=value)
        )
    return problems


def _in_our_words(check: str, column: Column, **where: Any) -> Problem:
    """A failed check as a problem."""
    where = {**where, "column": column.name}
    position = column.name in ("lon", "lat")
    if check == "choice":
        choices = ", ".join(choice for choice in column.choices if choice)
        return problem("choice", choices=choices, **where)
    # A count below zero has a sentence of its own, and so has a position.
    if check == "minimum" and column.minimum == 0:
        return problem("minimum:negative", **where)
    if check == "minimum":
        limit = f"{column.minimum:g}"
        return problem("minimum:position" if position else "minimum", limit=limit, **where)
    limit = f"{column.maximum:g}"
    return problem("maximum:position" if position else "maximum", limit=limit, **where)


def _duplicates(typed: pd.DataFrame, table: Table, file: str) -> list[Problem]:
    """Every row whose key an earlier row has."""
    key = list(table.key)
    if not key:
        return []
    again = typed[typed.duplicated(key, keep="first")]
    if again.empty:
        return []
    # First row of each key, as `_row` by key.
    first = typed[~typed.duplicated(key, keep="first")].reset_index(names="_row").set_index(key)
    problems = []
    for row, values in zip(again.index, again[key].itertuples(index=False), strict=True):
        name = values[0] if len(key) == 1 else tuple(values)
        problems.append(
            problem(
                "duplicate",
                file=file,
                row=row,
                column=key[0] if len(key) == 1 else "",
                columns=() if len(key) == 1 else tuple(key),
                value=", ".join(values),
                first=first.at[name, "_row"],
            )
        )
    return problems
