"""What the panel shows of plans, as texts and tables without any widget."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

import pandas as pd

from layout.app.compare import compare
from layout.app.plan import Plan
from layout.core.text import tr, words

__all__ = [
    "STYLE",
    "cards",
    "cards_html",
    "closures_shown",
    "compared_html",
    "message_html",
    "table_html",
    "title",
]

CARDS = (
    "schools_closed",
    "pupils_moved",
    "added_minutes_mean",
    "added_minutes_max",
    "boarders_added",
)
"""Measures of `layout.compare` that have a card."""

# Colours of the page around it, light or dark; nothing is fetched.
STYLE = """<style>
.layout-panel { line-height: 1.45; font-size: 13px; }
.layout-panel .cards { display: flex; flex-wrap: wrap; gap: 8px; }
.layout-panel .card { flex: 1 1 120px; border: 1px solid rgba(127, 127, 127, .4);
  border-radius: 4px; padding: 6px 10px; }
.layout-panel .card b { display: block; font-size: 20px; line-height: 1.3; }
.layout-panel .card span { opacity: .75; }
.layout-panel .told { border-left: 4px solid #b3261e; padding: 4px 10px; }
.layout-panel .told.note { border-color: #8a6d00; }
.layout-panel .rows { max-height: 420px; overflow: auto; }
.layout-panel table { border-collapse: collapse; width: 100%; }
.layout-panel th, .layout-panel td { padding: 3px 8px; text-align: left; vertical-align: top;
  border-bottom: 1px solid rgba(127, 127, 127, .3); }
.layout-panel td:first-child { min-width: 14em; }
.layout-panel td.number, .layout-panel th.number { text-align: right; }
</style>"""


def title(plan: Plan) -> str:
    """Return what a plan is called until somebody names it."""
    return tr("{count:school closes|schools close}", count=len(plan.closures))


def cards(plan: Plan) -> dict[str, str]:
    """Return what the cards of a plan say, by their heading.

    Parameters
    ----------
    plan
        From `layout.consolidate`.
    """
    measures, names = compare(plan).in_words().iloc[:, 0], words.measures()
    shown = {names[key]: str(measures[names[key]]) for key in CARDS}
    run = plan.run_of("closures")
    if run is not None:
        status = words.statuses().get(run.status, run.status)
        gap = "" if not run.gap else f" ({tr('gap')} {run.gap:.1%})"
        shown[tr("Proof")] = status + gap
    return shown


def cards_html(plan: Plan) -> str:
    """Return the cards of a plan as HTML."""
    one = '<div class="card"><b>{}</b><span>{}</span></div>'
    boxes = [one.format(html.escape(text), html.escape(head)) for head, text in cards(plan).items()]
    return _framed(f'<div class="cards">{"".join(boxes)}</div>')


def closures_shown(plan: Plan) -> pd.DataFrame:
    """Return the schools that a plan closes, with where their pupils go, in words.

    Parameters
    ----------
    plan
        From `layout.consolidate`.
    """
    schools, units = plan.study.schools["name"], plan.study.units["name"]
    table = plan.closures
    shown = pd.DataFrame(
        {
            "name": table["name"],
            "county": units.reindex(table["county_code"]).to_numpy(),
            "township": table["township"],
            "pupils": table["pupils"],
            "receivers": [
                tr(", ").join(str(schools[code]) for code in str(codes).split(";") if code)
                for codes in table["receivers"]
            ],
            "added_minutes_mean": [f"{value:.1f}" for value in table["added_minutes_mean"]],
            "added_minutes_max": [f"{value:.1f}" for value in table["added_minutes_max"]],
        }
    )
    return shown.rename(columns=words.columns())


def table_html(table: pd.DataFrame, *, numbers: Iterable[int]) -> str:
    """Return a table as HTML; every text of it is escaped.

    Parameters
    ----------
    table
        Rows and columns in words.
    numbers
        Which columns hold numbers, counted from 0.
    """
    right = set(numbers)

    def row(tag: str, cells: Iterable[object]) -> str:
        texts = (
            f"<{tag}{' class=number' if at in right else ''}>{html.escape(str(cell))}</{tag}>"
            for at, cell in enumerate(cells)
        )
        return f"<tr>{''.join(texts)}</tr>"

    body = "".join(row("td", cells) for cells in table.itertuples(index=False, name=None))
    head = row("th", table.columns)
    return _framed(
        f'<div class="rows"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'
    )


def compared_html(plans: Mapping[str, Plan]) -> str:
    """Return several plans side by side as HTML.

    Parameters
    ----------
    plans
        The plans by the name that they are shown under.
    """
    table = compare(*plans.values()).in_words()
    table.columns = pd.Index(list(plans))
    table = table.reset_index(names="")
    return table_html(table, numbers=range(1, len(plans) + 1))


def message_html(text: str, *, note: bool = False) -> str:
    """Return a message as HTML; nothing where there is none.

    Parameters
    ----------
    text
        Its lines.
    note
        Whether it is no error.
    """
    if not text:
        return ""
    lines = "<br>".join(html.escape(line) for line in text.split("\n"))
    return _framed(f'<div class="told{" note" if note else ""}" role="status">{lines}</div>')


def _framed(inner: str) -> str:
    return f'<div class="layout-panel">{inner}</div>'
