"""A plan and its closure problem with what all explanations of its schools share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from layout.planning.belt import belt_table
from layout.planning.consolidation.setting import Setting
from layout.planning.contract import PlanTables

__all__ = ["View", "view_of"]


@dataclass(frozen=True, eq=False, kw_only=True)
class View:
    """A plan with what all its explanations share.

    Attributes
    ----------
    plan, setting
        The plan and the closure problem that it answers.
    costs
        Pupil-seconds added a day by each closed school.
    moved
        Rows of the assignment whose school changes.
    groups, ways
        Groups, and their routes to the schools that stay open, of each small school.
    belt
        From `belt_table`, by school_id.
    """

    plan: PlanTables
    setting: Setting
    costs: pd.Series
    moved: pd.DataFrame
    groups: Mapping[str, pd.DataFrame]
    ways: Mapping[str, pd.DataFrame]
    belt: pd.DataFrame

    def ways_of(self, school: str) -> pd.DataFrame:
        """Routes of a school's groups to schools that stay open."""
        return self.ways.get(school, self.setting.routes.iloc[:0])


def view_of(plan: PlanTables, setting: Setting) -> View:
    """Gather what all explanations of a plan share."""
    moved = plan.assignment[plan.assignment["mode"] != "stay"]
    # The cost of each move: its group by settlement, band and school, then its route.
    keys = ["settlement_id", "band", "school_id"]
    known = setting.groups[keys].reset_index()
    moves = moved.rename(columns={"from_school": "school_id", "to_school": "site"})
    moves = moves[[*keys, "site"]].merge(known, on=keys, how="left")
    costs = moves.merge(setting.routes, on=["group", "site"], how="left")["cost"]
    by_school = costs.groupby(moved["from_school"].to_numpy()).sum()
    # Groups of the small schools, and their routes to open schools, each by the group's school.
    here = setting.groups[setting.groups["school_id"].isin(setting.ground.judged)]
    routes = setting.routes[~setting.routes["site"].isin(plan.closed)]
    school_of = here["school_id"].reindex(routes["group"]).to_numpy()
    return View(
        plan=plan,
        setting=setting,
        costs=by_school.reindex(plan.closed, fill_value=0),
        moved=moved,
        groups={str(school): part for school, part in here.groupby("school_id", sort=True)},
        ways={str(school): part for school, part in routes.groupby(school_of, sort=True)},
        belt=belt_table(plan.study).set_index("school_id"),
    )
