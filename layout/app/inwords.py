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
FORMS = {"share": "{:.1%}", "metres": "{:,.0f}", "degrees": "{:.6f}"}
"""How numbers of a kind are written; other fractions get one digit."""
KINDS = {column.name: column.kind for table in TABLES.values() for column in table.columns}


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
    # Some columns stand in several tables, each with codes of its own.
    rejected = coded("rejected_sites")
    codes["rule"] = {**coded("candidates")["rule"], **codes["rule"]}
    codes["kind"] = {**codes["kind"], **rejected["kind"]}
    codes["reason"] = rejected["reason"]
    codes["canteen"] = words.canteens()
    headings = _headings(table)
    for column in table:
        cells = table[column]
        if column in codes:
            table[column] = said(cells, codes[str(column)])
        elif column in NAMED:
            lists = [str(ids).split(";") for ids in cells]
            table[column] = [
                tr(", ").join(str(names.get(one, one)) for one in ids) for ids in lists
            ]
        elif cells.dtype == np.dtype(bool):
            table[column] = yes_no(cells)
        elif cells.dtype.kind == "f":
            kind = FORMS.get(KINDS.get(str(column), ""))
            if kind is None:
                # Positions are known to some metres at the best.
                table[column] = numbers(cells.round() if str(column).endswith("_m") else cells)
            else:
                texts = ["" if np.isnan(value) else kind.format(value) for value in cells]
                table[column] = [text.removesuffix(".0") for text in texts]
    return InWords(table.rename(columns=headings))


def _headings(table: pd.DataFrame) -> dict[str, str]:
    """Headings that hold whichever table the rows are of."""
    named = words.columns()
    closes = table.dtypes.get("closed") == np.dtype(bool)
    return {
        **named,
        "county_code": named["county"],
        # Of a closure, of a site, or of counts of children.
        "year": tr("Autumn"),
        "closed": tr("Closes in the plan") if closes else named["closed"],
        "boarders": tr("Boarders"),
        "moved": tr("Pupils who change school"),
        "added_minutes": tr("Added minutes"),
        "differ": tr("Difference, minutes"),
    }


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
    return rows + [
        (name, tr("{count:row|rows}", count=f"{size:,}")) for name, size in sizes if size
    ]
