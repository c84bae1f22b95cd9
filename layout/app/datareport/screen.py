"""What a check shows on the screen, as tables of text."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from layout.app.datareport.listing import severities, understood_columns
from layout.core.text import tr
from layout.inputs.study.study import Examination

__all__ = ["piece_table", "screen_tables"]

Shown = tuple[tuple[str, ...], list[tuple[object, ...]]]


def screen_tables(held: Examination) -> list[Shown]:
    """List which files were read, which columns have other names, and how much is wrong.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.

    Returns
    -------
    list of tuple
        Header and rows of each table that has any, in the language of this context.
    """
    inputs = () if held.study is None else held.study.inputs
    # Problems that differ in row and value alone are counted together.
    kinds = Counter((p.severity, p.code, p.file, p.sheet, p.shown_column) for p in held.problems)
    shown: list[Shown] = [
        (
            (tr("input"), tr("file"), "SHA-256"),
            [(file.name, file.path, file.sha256[:16]) for file in inputs],
        ),
        (
            (
                *(tr("table"), tr("file"), tr("sheet"), tr("encoding")),
                *(tr("header in row"), tr("rows")),
            ),
            [
                (r.table, r.file, r.sheet, r.encoding, r.header_row or "", r.rows)
                for r in held.readings
            ],
        ),
        (
            (
                *(tr("table"), tr("column"), tr("header in the file"), tr("recognised")),
                tr("rows without it"),
            ),
            [*understood_columns(held)],
        ),
        (
            (
                *(tr("severity"), tr("kind"), tr("file")),
                *(tr("sheet"), tr("column"), tr("number")),
            ),
            [(severities()[kind[0]], *kind[1:], count) for kind, count in kinds.items()],
        ),
    ]
    return [(header, rows) for header, rows in shown if rows]


def piece_table(pieces: pd.DataFrame) -> Shown:
    """Sum the pieces of the road network: the largest one, those with places, and the others.

    Parameters
    ----------
    pieces
        As `layout.app.datareport.roads.RoadReport` has them.

    Returns
    -------
    tuple
        Header and rows, in the language of this context.
    """
    # By piece, sorted by junctions: number 0 is the largest.
    places = pieces["settlements"] + pieces["schools"]
    apart = pieces.index > 0
    rows: list[tuple[object, ...]] = []
    for title, part in (
        (tr("largest piece"), pieces[~apart]),
        (tr("other pieces with places"), pieces[apart & (places > 0)]),
        (tr("other pieces without places"), pieces[apart & (places == 0)]),
    ):
        reach_km = part["reach_km"].max() if len(part) else 0.0
        total = part[["junctions", "settlements", "schools"]].sum()
        rows.append(
            (
                *(title, len(part), int(total["junctions"]), f"{part['km'].sum():,.1f}"),
                *(f"{reach_km:,.1f}", int(total["settlements"]), int(total["schools"])),
            )
        )
    header = (
        *(tr("road network"), tr("pieces"), tr("junctions"), tr("km of road")),
        *(tr("farthest reach, km"), tr("settlements"), tr("schools")),
    )
    return header, rows
