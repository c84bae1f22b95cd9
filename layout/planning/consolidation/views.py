"""A plan and its closure problem with what all explanations of its schools share."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layout.planning.belt import belt_table
from layout.planning.consolidation.setting import Setting
from layout.planning.contract import PlanTables

__all__ = ["View", "view_of"]

ALTERNATIVES = 3
"""Next best receivers that are told."""
MODES = ("walk", "bus", "board")

Row = Mapping[Hashable, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class View:
    """A plan with what all its explanations share; everything by school_id.

    Attributes
    ----------
    plan, setting
        The plan and the closure problem that it answers.
    costs
        Pupil-seconds added a day by each closed school.
    closures, told, judged
        Rows of the plan's closures and candidates, and of the problem's candidates.
    leaving, arriving
        Rows of the assignment whose school changes, by the school left, most pupils first, and by
        the receiver.
    groups
        Groups of each small school.
    stranded
        Pupils of each small school without any route to a school that stays open; those that
        have none are left out.
    least
        Pupil-seconds that closing a small school adds if each group goes by its cheapest route.
    next_best
        The next best receivers of each small school that stay open, beside those of the plan:
        columns site, minutes and one for each mode; empty where there is none.
    last
        Of a school that is the last open one of a cover, that cover: rule and settlement_id.
    belt
        Rows of `belt_table`.
    """

    plan: PlanTables
    setting: Setting
    costs: pd.Series
    closures: Mapping[str, Row]
    told: Mapping[str, Row]
    judged: Mapping[str, Row]
    leaving: Mapping[str, pd.DataFrame]
    arriving: Mapping[str, pd.DataFrame]
    groups: Mapping[str, pd.DataFrame]
    stranded: Mapping[Hashable, int]
    least: Mapping[Hashable, int]
    next_best: Mapping[str, pd.DataFrame]
    last: Mapping[str, Row]
    belt: Mapping[str, Row]


def view_of(plan: PlanTables, setting: Setting) -> View:
    """Gather what all explanations of a plan share."""
    moved = plan.assignment[plan.assignment["mode"] != "stay"]
    # Groups of the small schools, and their routes to open schools, each with the group's school.
    here = setting.groups[setting.groups["school_id"].isin(setting.ground.judged)]
    routes = setting.routes[~setting.routes["site"].isin(plan.closed)]
    routes = routes.assign(school=here["school_id"].reindex(routes["group"]).to_numpy())
    without = here[~here.index.isin(routes["group"])]
    least = routes.groupby(["school", "group"])["cost"].min().groupby(level="school").sum()
    told = moved.sort_values(
        ["pupils", "settlement_id", "band"], ascending=[False, True, True], kind="stable"
    )
    return View(
        plan=plan,
        setting=setting,
        costs=_costs(plan, setting, moved),
        closures=_rows(plan.closures.set_index("school_id")),
        told=_rows(plan.candidates.set_index("school_id")),
        judged=_rows(setting.candidates),
        leaving=_parts(told, "from_school"),
        arriving=_parts(moved, "to_school"),
        groups=_parts(here, "school_id"),
        stranded=without.groupby("school_id")["pupils"].sum().to_dict(),
        least=least.astype("int64").to_dict(),
        next_best=_next_best(routes, moved),
        last=_last(setting.covers, plan.closed),
        belt=_rows(belt_table(plan.study).set_index("school_id")),
    )


def _rows(table: pd.DataFrame) -> dict[str, Row]:
    rows = table.to_dict("records")
    return {str(key): row for key, row in zip(table.index, rows, strict=True)}


def _parts(table: pd.DataFrame, key: str) -> dict[str, pd.DataFrame]:
    return {str(school): part for school, part in table.groupby(key, sort=True)}


def _costs(plan: PlanTables, setting: Setting, moved: pd.DataFrame) -> pd.Series:
    """The cost of each move: its group by settlement, band and school, then its route."""
    keys = ["settlement_id", "band", "school_id"]
    known = setting.groups[keys].reset_index()
    moves = moved.rename(columns={"from_school": "school_id", "to_school": "site"})
    moves = moves[[*keys, "site"]].merge(known, on=keys, how="left")
    costs = moves.merge(setting.routes, on=["group", "site"], how="left")["cost"]
    by_school = costs.groupby(moved["from_school"].to_numpy()).sum()
    return by_school.reindex(plan.closed, fill_value=0)


def _next_best(routes: pd.DataFrame, moved: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Receivers that most groups of a school reach, the cheapest first; see `View`."""
    # Routes to open schools that take none of the school's groups in this plan.
    taken = pd.MultiIndex.from_frame(moved[["from_school", "to_school"]])
    pairs = pd.MultiIndex.from_frame(routes[["school", "site"]])
    others = routes[~pairs.isin(taken)]
    others = others.assign(**{mode: others["mode"] == mode for mode in MODES})
    # By school and receiver: groups that reach it, what they add together, mean minutes, modes.
    best = others.groupby(["school", "site"], sort=True).agg(
        groups=("group", "size"),
        cost=("cost", "sum"),
        minutes=("minutes", "mean"),
        **{mode: (mode, "any") for mode in MODES},
    )
    best = best.reset_index().sort_values(
        ["school", "groups", "cost"], ascending=[True, False, True], kind="stable"
    )
    parts = _parts(best.groupby("school", sort=False).head(ALTERNATIVES), "school")
    return {str(school): parts.get(school, best.iloc[:0]) for school in routes["school"].unique()}


def _last(covers: pd.DataFrame, closed: pd.Index) -> dict[str, Row]:
    """Schools that are the only open one of a cover, each with the first such cover."""
    open_ones = covers[~covers["site"].isin(closed)]
    alone = open_ones[~open_ones["cover"].duplicated(keep=False)]
    return _rows(alone.drop_duplicates("site").set_index("site"))
