"""Rows of a plan's tables as people read them: headings, codes, names and numbers in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.app.shown import ShownTable, numbers
from layout.core.text import tr, words
from layout.output.lists.wording import coded, said, yes_no
from layout.planning.contract import PlanTables
from layout.planning.schema import TABLES

__all__ = ["InWords", "plan_rows", "rows_in_words"]

NAMED = ("county_code", "receivers", "closes_then", "replaces_if_kept", "from_school", "to_school")
"""Columns that hold codes of counties and schools, whose names are shown."""
SHARES = frozenset(
    column.name for table in TABLES.values() for column in table.columns if column.kind == "share"
)


class InWords(ShownTable):
    """A table that is in words already."""


def rows_in_words(plan: PlanTables, rows: pd.DataFrame) -> InWords:
    """Put rows of a plan's table into words, see `layout.app.plan.Plan.in_words`.

    Parameters
    ----------
    plan
        The plan, whose study names schools and counties.
    rows
        Rows and columns of any of its tables.
    """
    table = pd.DataFrame(rows).drop(columns="geometry", errors="ignore").reset_index(drop=True)
    names = {**plan.study.schools["name"], **plan.study.units["name"]}
    codes = coded("retained")
    # What protects a school is told by two tables, each with codes of its own.
    codes["rule"] = {**coded("candidates")["rule"], **codes["rule"]}
    codes["canteen"] = words.canteens()
    for column in table:
        cells = table[column]
        if column in codes:
            table[column] = said(cells, codes[str(column)])
        elif column in NAMED:
            lists = [str(ids).split(";") for ids in cells]
            table[column] = ["、".join(str(names.get(one, one)) for one in ids) for ids in lists]
        elif cells.dtype == np.dtype(bool):
            table[column] = yes_no(cells)
        elif cells.dtype.kind == "f":
            shares = ["" if np.isnan(value) else f"{value:.1%}" for value in cells]
            # Positions are known to some metres at the best.
            told = cells.round() if str(column).endswith("_m") else cells
            table[column] = shares if column in SHARES else numbers(told)
    headings = {
        **words.columns(),
        "county_code": words.columns()["county"],
        "boarders": tr("Boarders"),
        "moved": tr("Pupils who change school"),
        "added_minutes": tr("Added minutes"),
        "differ": tr("Difference, minutes"),
    }
    return InWords(table.rename(columns=headings))


def plan_rows(plan: PlanTables) -> list[tuple[object, ...]]:
    """Return what a notebook shows of a plan: each model, and the size of each table.

    Parameters
    ----------
    plan
        The plan.
    """
    models, statuses = words.models(), words.statuses()
    rows: list[tuple[object, ...]] = [
        (
            models.get(run.model, run.model),
            run.requested,
            run.achieved,
            "" if run.gap is None else f"{run.gap:.2%}",
            statuses.get(run.status, run.status),
        )
        for run in plan.runs
    ]
    sizes = [(name, len(getattr(plan, table))) for table, name in words.tables().items()]
    return rows + [(name, tr("{count} rows", count=f"{size:,}")) for name, size in sizes if size]
