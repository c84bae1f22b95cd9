"""Why a school closes, stays or receives, in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from layout.core.errors import UsageError
from layout.core.text import tr
from layout.planning.belt import belt_table
from layout.planning.consolidation.candidates import PROTECTION, rule_sentence
from layout.planning.consolidation.setting import Setting, build_setting
from layout.planning.consolidation.tables import mode_words
from layout.planning.contract import PlanTables
from layout.planning.schema import code_words

__all__ = ["explain", "explanations"]

ALTERNATIVES = 3
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, eq=False, kw_only=True)
class _View:
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


def explain(plan: PlanTables, school_id: str) -> str:
    """Say why a school closes, stays or receives.

    Parameters
    ----------
    plan
        A plan from `layout.planning.consolidation.consolidate`, or today's.
    school_id
        Identifier of a school of the study.

    Returns
    -------
    str
        Some lines of plain text: the verdict, the rules with their numbers, who moves or comes,
        and what would have been the next best.

    Raises
    ------
    UsageError
        Where the study has no school of that identifier.
    """
    return str(explanations(plan, [school_id])[school_id])


def explanations(
    plan: PlanTables,
    schools: Iterable[str] | None = None,
) -> pd.Series:
    """Explain many schools at once, see `explain`.

    Parameters
    ----------
    plan
        A plan from `layout.planning.consolidation.consolidate`, or today's.
    schools
        Identifiers of schools of the study; by default every school, sorted.

    Returns
    -------
    pandas.Series
        ``explanation`` by school_id.

    Raises
    ------
    UsageError
        Where the study lacks one of the schools.
    """
    wanted = sorted(plan.study.schools.index) if schools is None else list(schools)
    unknown = sorted(set(wanted) - set(plan.study.schools.index))
    if unknown:
        raise UsageError(tr("the study has no school {schools}", schools=", ".join(unknown)))
    ways = plan.ways()
    view = _view(plan, build_setting(plan.study, ways.walk, ways.bus))
    closed = set(plan.closed)
    lines = [
        _closed(view, school) if school in closed else _kept(view, school) for school in wanted
    ]
    index = pd.Index(wanted, name="school_id", dtype="str")
    return pd.Series(["\n".join(part) for part in lines], index=index, name="explanation")


def _view(plan: PlanTables, setting: Setting) -> _View:
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
    uncertain = setting.options.close_uncertain
    return _View(
        plan=plan,
        setting=setting,
        costs=by_school.reindex(plan.closed, fill_value=0),
        moved=moved,
        groups={str(school): part for school, part in here.groupby("school_id", sort=True)},
        ways={str(school): part for school, part in routes.groupby(school_of, sort=True)},
        belt=belt_table(plan.study, close_uncertain=uncertain).set_index("school_id"),
    )


def _closed(view: _View, school: str) -> list[str]:
    """Lines on a school that closes."""
    row = view.plan.closures.set_index("school_id").loc[school]
    lines = [
        tr("{school} closes from autumn {year}.", school=row["name"], year=row["year"]),
        tr("{reason}.", reason=row["reason"]),
        tr(
            "Gates: (a) parents {a}, (b) way {b}, (c) beds and meals {c}, (d) sizes {d}.",
            a=_gate_word(str(row["gate_a"])),
            b=_gate_word(str(row["gate_b"])),
            c=_gate_word(str(row["gate_c"])),
            d=_gate_word(str(row["gate_d"])),
        ),
    ]
    costs = view.costs
    if len(costs):
        lines.append(
            tr(
                "It adds {own} pupil-minutes a day; the closures of this plan add from {least} to "
                "{most}.",
                own=_minutes(costs.get(school, 0)),
                least=_minutes(costs.min()),
                most=_minutes(costs.max()),
            )
        )
    return lines + _alternatives(view, school)


def _kept(view: _View, school: str) -> list[str]:
    """Lines on a school that stays."""
    plan, setting = view.plan, view.setting
    name = plan.study.schools.at[school, "name"]
    lines = [tr("{school} stays open.", school=name)]
    table = setting.candidates
    if school not in table.index:
        lines.append(tr("It is no primary school or teaching point; this programme passes it by."))
    elif not table.at[school, "candidate"]:
        lines += _protections(view, school)
    else:
        lines += _not_chosen(view, school)
    arriving = view.moved[view.moved["to_school"] == school]
    if len(arriving):
        senders = plan.study.schools.loc[sorted(arriving["from_school"].unique()), "name"]
        lines.append(
            tr(
                "It receives {pupils} pupils from {schools}.",
                pupils=int(arriving["pupils"].sum()),
                schools=tr(", ").join(senders),
            )
        )
    return lines


def _protections(view: _View, school: str) -> list[str]:
    """Every rule that keeps a school, with its number."""
    setting = view.setting
    row = setting.candidates.loc[school]
    return [
        tr(
            "It may not close: {rule}.",
            rule=rule_sentence(rule, setting.study.standards) + _number(view, school, rule),
        )
        for rule in PROTECTION
        if row[rule]
    ]


def _number(view: _View, school: str, rule: str) -> str:
    """The number behind a protection, in brackets."""
    setting, belt = view.setting, view.belt
    if rule == "not_small":
        pupils = setting.candidates["pupils"][school]
        return " " + tr("({pupils} pupils)", pupils=pupils)
    if rule == "gate_a":
        share = setting.study.schools.at[school, "survey_opposed_share"]
        return " " + tr("({percent} % opposed)", percent=f"{100 * share:.0f}")
    if rule == "belt" and math.isinf(belt["distance_m"][school]):
        return " " + tr(
            "(the study has no border line; {rule})",
            rule=_belt_rule(belt, school),
        )
    if rule == "belt":
        return " " + tr(
            "({metres} m from the border; {rule})",
            metres=f"{belt['distance_m'][school]:.0f}",
            rule=_belt_rule(belt, school),
        )
    if rule == "limits":
        here = view.groups[school]
        # Groups without any route, and the names of where they live.
        without = here[here.index.isin(setting.ground.stranded)]
        names = setting.study.settlements["name"].reindex(without["settlement_id"].unique())
        return " " + tr(
            "({pupils} pupils, from {settlements})",
            pupils=int(without["pupils"].sum()),
            settlements=tr(", ").join(names),
        )
    return ""


def _belt_rule(belt: pd.DataFrame, school: str) -> str:
    """What the belt says of a school, in words."""
    return code_words("retained", "rule")[str(belt.at[school, "rule"])]


def _not_chosen(view: _View, school: str) -> list[str]:
    """Why a candidate stays: what closing it would add at least, or the rule that keeps it open."""
    plan, setting, costs = view.plan, view.setting, view.costs
    ways = view.ways_of(school)
    here = view.groups.get(school, setting.groups.iloc[:0])
    # Routes to schools that this plan keeps open, and groups that have none of them.
    stranded = here[~here.index.isin(ways["group"].unique())]
    lines = [tr("It could close: nothing protects it.")]
    if len(stranded):
        lines.append(
            tr(
                "With the others of this plan closed, {pupils} of its pupils would have no way.",
                pupils=int(stranded["pupils"].sum()),
            )
        )
        return lines
    holds = _last_of_cover(plan, setting, school)
    if holds:
        return [*lines, holds]
    # Every group on its cheapest route, as if there were room for all: a lower bound.
    least = int(ways.groupby("group")["cost"].min().sum())
    if not len(costs):
        return lines
    if least > costs.max():
        lines.append(
            tr(
                "Closing it would add at least {least} pupil-minutes a day; the dearest closure "
                "of this plan adds {most}.",
                least=_minutes(least),
                most=_minutes(costs.max()),
            )
        )
    else:
        lines.append(
            tr(
                "Closing it would add at least {least} pupil-minutes a day, and more once places "
                "are shared out: its pupils would need room that this plan gives to others, or "
                "it is itself the school to which others go.",
                least=_minutes(least),
            )
        )
    return lines + _alternatives(view, school)


def _last_of_cover(plan: PlanTables, setting: Setting, school: str) -> str:
    """A township or settlement that would lose its last school, in words, or nothing."""
    covers = setting.covers
    for cover in covers.loc[covers["site"] == school, "cover"]:
        # The schools of the cover; it binds where all others of them close.
        members = covers[covers["cover"] == cover]
        others = members.loc[members["site"] != school, "site"]
        if others.isin(plan.closed).all():
            if (members["rule"] == "township").all():
                return tr("It is the last complete primary school of its township.")
            settlement = str(members["settlement_id"].iloc[0])
            return tr(
                "It is the last school within the limit of {settlement}.",
                settlement=setting.study.settlements.at[settlement, "name"],
            )
    return ""


def _alternatives(view: _View, school: str) -> list[str]:
    """The next best receivers that stay open, beside those of the plan."""
    setting, ways = view.setting, view.ways_of(school)
    # Routes to open schools that take none of its groups in this plan.
    moved = view.moved[view.moved["from_school"] == school]
    others = ways[~ways["site"].isin(moved["to_school"])]
    if others.empty:
        return [tr("No other open school lies within the limits.")] if len(ways) else []
    # By receiver: groups that reach it, what they add together, mean minutes; most groups first.
    best = others.groupby("site", sort=True).agg(
        groups=("group", "size"), cost=("cost", "sum"), minutes=("minutes", "mean")
    )
    best = best.sort_values(["groups", "cost"], ascending=[False, True], kind="stable")
    receivers = [
        tr(
            "{school} ({minutes} min {how})",
            school=setting.study.schools.at[site, "name"],
            minutes=f"{row['minutes']:.0f}",
            how=tr(", ").join(map(str, mode_words(others.loc[others["site"] == site, "mode"]))),
        )
        for site, row in best.head(ALTERNATIVES).iterrows()
    ]
    return [tr("The next best receivers: {schools}.", schools=tr(", ").join(receivers))]


def _minutes(seconds: float) -> str:
    return f"{seconds / SECONDS_PER_MINUTE:.0f}"


def _gate_word(verdict: str) -> str:
    return {"pass": tr("pass"), "fail": tr("fail"), "unknown": tr("not known")}[verdict]
