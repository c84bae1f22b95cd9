"""The data report as one HTML page that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from layout.app.datareport.listing import (
    problem_cells,
    problem_titles,
    understood,
    understood_titles,
)
from layout.core.text import language, tr
from layout.inputs.study.study import Examination
from layout.output.maps.embed import clean

__all__ = ["page"]

_STYLE = """
body{font:14px/1.6 "Microsoft YaHei","Noto Sans CJK SC",sans-serif;margin:2em;color:#1a1a1a}
h1{font-size:22px;color:#123c69}h2{font-size:17px;color:#123c69;margin-top:2em}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #c8ccd2;padding:4px 8px;
vertical-align:top;text-align:left;overflow-wrap:anywhere}th{background:#123c69;color:#fff}
tr.error td:first-child{background:#b00020;color:#fff}
tr.warning td:first-child{background:#ffd166}tr.note td:first-child{background:#dfe7ef}
@media print{th{color:#000;background:#eee}}
"""


_POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
)


def page(held: Examination, *, title: str) -> str:
    """Write the data report as HTML, in the language of this context.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.
    title
        Name of the study file.

    Returns
    -------
    str
        A whole page without scripts, links or other files; every text of the inputs is shown as
        text, isolated from the direction of the rest.
    """
    counts = Counter(problem.severity for problem in held.problems)
    summary = tr(
        "{errors:error|errors}, {warnings:warning|warnings}, {notes:note|notes}",
        errors=counts["error"],
        warnings=counts["warning"],
        notes=counts["note"],
    )
    heading = tr("Data report")
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language() == "zh" else "en"}"><head><meta charset="utf-8">',
        _POLICY,
        f"<title>{escape(heading)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_shown(heading)}: {_shown(title)}</h1><p>{_shown(summary)}</p>",
        f"<h2>{_shown(tr('Problems'))}</h2>",
        _table(
            problem_titles(),
            [problem_cells(p) for p in held.problems],
            [p.severity for p in held.problems],
        ),
        f"<h2>{_shown(tr('What was understood'))}</h2>",
        _table(
            understood_titles(),
            understood(held),
        ),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _table(
    titles: Sequence[str], rows: Sequence[Sequence[str]], classes: Sequence[str] = ()
) -> str:
    head = "".join(f"<th>{_shown(title)}</th>" for title in titles)
    body = [
        f"<tr{_class(classes, at)}>" + "".join(f"<td>{_shown(cell)}</td>" for cell in row) + "</tr>"
        for at, row in enumerate(rows)
    ]
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(body) + "</tbody></table>"


def _class(classes: Sequence[str], at: int) -> str:
    return f' class="{classes[at]}"' if classes else ""


def _shown(text: str) -> str:
    return f"<bdi>{escape(clean(text))}</bdi>" if text else ""
