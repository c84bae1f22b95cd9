"""Plots for print: the way to school before and after, and the counties beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from layout.core.text import tr
from layout.output.lists.styles import COLOURS
from layout.output.maps.embed import clean
from layout.output.pictures.ground import notes
from layout.output.pictures.page import QUIET
from layout.planning.contract import PlanTables
from layout.planning.final import final_state

__all__ = ["draw_counties", "draw_minutes"]

_MOST_MINUTES = 90


def draw_minutes(axes: Any, beside: Any, plan: PlanTables) -> None:
    """Draw the share of those who change school whose way takes at most so long, both states."""
    state = final_state(plan)
    moved = state[(state["from_school"] != state["to_school"]) & (state["from_school"] != "")]
    rows = []
    for column, colour, said in (
        ("minutes_before", QUIET, tr("today")),
        ("minutes_after", COLOURS["closed"], tr("under the plan")),
    ):
        minutes = moved[column].to_numpy(dtype="float64")
        known = np.isfinite(minutes)
        order = np.argsort(minutes[known], kind="stable")
        share = np.cumsum(moved["pupils"].to_numpy()[known][order])
        if not share.size:
            continue
        axes.step(
            [0, *minutes[known][order]],
            [0, *(share / share[-1])],
            where="post",
            color=colour,
            lw=2.2,
            label=said,
        )
        mean = float(np.average(minutes[known], weights=moved["pupils"].to_numpy()[known]))
        rows.append(tr("Mean {when}: {minutes} minutes", when=said, minutes=f"{mean:.1f}"))
        unknown = int(moved["pupils"].to_numpy()[~known].sum())
        if unknown:
            rows.append(
                tr("Not known {when}: {count:pupil|pupils}", when=said, count=f"{unknown:,}")
            )
    axes.set_xlim(0, _MOST_MINUTES)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(tr("Minutes one way"))
    axes.set_ylabel(tr("Share of pupils who change school"))
    axes.set_yticks(np.linspace(0, 1, 6), [f"{share:.0%}" for share in np.linspace(0, 1, 6)])
    axes.grid(color="#dde2e8", lw=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if rows:
        axes.legend(frameon=False, loc="lower right", fontsize=11)
    pupils = tr("Pupils who change school: {count}", count=f"{int(moved['pupils'].sum()):,}")
    notes(beside, [pupils, *rows], top=1.0, size=9)
    axes.set_position((0.08, 0.13, 0.64, 0.72))


def draw_counties(axes: Any, beside: Any, plan: PlanTables) -> None:
    """Draw for each county what closes, what is built and what grows, as bars."""
    units = plan.study.units["name"]
    kinds = plan.sites.assign(new=plan.sites["kind"] == "new")
    table = pd.DataFrame(
        {
            "closures": plan.closures.groupby("county_code").size(),
            "new": kinds[kinds["new"]].groupby("county_code").size(),
            "grown": kinds[~kinds["new"]].groupby("county_code").size(),
        }
    )
    table = table.reindex(units.index).fillna(0).astype("int64").iloc[::-1]
    place = np.arange(len(table), dtype="float64")
    parts = (
        ("closures", 0.27, COLOURS["closed"], tr("schools that close")),
        ("new", 0.0, COLOURS["new"], tr("new sites")),
        ("grown", -0.27, COLOURS["expansion"], tr("expansions")),
    )
    for name, shift, colour, said in parts:
        bars = axes.barh(place + shift, table[name], 0.25, color=colour, label=said)
        axes.bar_label(
            bars, [str(value) if value else "" for value in table[name]], padding=2, fontsize=8
        )
    axes.set_yticks(place, [clean(units.loc[code]) for code in table.index], fontsize=10)
    axes.grid(axis="x", color="#dde2e8", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(frameon=False, loc="lower right", fontsize=10)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(tr("Number"))
    totals = [f"{said}: {int(table[name].sum())}" for name, _, _, said in parts]
    notes(beside, totals, top=1.0, size=10)
    axes.set_position((0.13, 0.13, 0.6, 0.72))
