"""Why a school closes, stays or receives, in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from layout.core.errors import UsageError
from layout.core.text import Sentence, sentence, tr
from layout.planning.consolidation.candidates import rule_sentence
from layout.planning.consolidation.protections import protections
from layout.planning.consolidation.setting import Setting, build_setting
from layout.planning.consolidation.tables import mode_words
from layout.planning.consolidation.views import View, view_of
from layout.planning.contract import PlanTables

__all__ = ["explain", "explanations"]

ALTERNATIVES = 3
SETTLEMENTS = 6
"""Receivers and settlements that are told one by one."""
SECONDS_PER_MINUTE = 60


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
    view = view_of(plan, build_setting(plan.study, ways.walk, ways.bus))
    closed = set(plan.closed)
    lines = [
        _closed(view, school) if school in closed else _kept(view, school) for school in wanted
    ]
    index = pd.Index(wanted, name="school_id", dtype="str")
    return pd.Series(["\n".join(part) for part in lines], index=index, name="explanation")


def _closed(view: View, school: str) -> list[str]:
    """Lines on a school that closes."""
    row = view.plan.closures.set_index("school_id").loc[school]
    lines = [
        tr("{school} closes from autumn {year}.", school=row["name"], year=row["year"]),
        tr("{reason}.", reason=row["reason"]),
        *_moves(view, school),
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
    return lines + _if_forced(view, school) + _alternatives(view, school)


def _moves(view: View, school: str) -> list[str]:
    """A line for each settlement and band that moves, most pupils first: the way before and after.

    Only the largest are told one by one.
    """
    part = view.moved[view.moved["from_school"] == school].sort_values(
        ["pupils", "settlement_id", "band"], ascending=[False, True, True], kind="stable"
    )
    study = view.plan.study
    lines = [
        tr(
            "From {settlement}, grades {band}: {pupils} pupils to {school}; {before} today, "
            "{after} then.",
            settlement=study.settlements.at[row["settlement_id"], "name"],
            band=row["band"],
            pupils=row["pupils"],
            school=study.schools.at[row["to_school"], "name"],
            before=_way(row, "before"),
            after=_way(row, "after"),
        )
        for row in part.head(SETTLEMENTS).to_dict("records")
    ]
    rest = part.iloc[SETTLEMENTS:]
    if len(rest):
        lines.append(tr("And {pupils} more pupils.", pupils=int(rest["pupils"].sum())))
    return lines


def _way(row: Mapping[Hashable, Any], when: str) -> Sentence:
    """Kilometres, minutes and mode of one group, today or under the plan."""
    if math.isnan(row[f"minutes_{when}"]):
        return sentence("no route that is known")
    mode = row["mode_before" if when == "before" else "mode"]
    # Rounded as the tables are written, so that a plan that was read back says the same.
    metres, minutes = np.round(row[f"metres_{when}"]), np.round(row[f"minutes_{when}"], 1)
    return sentence(
        "{km} km and {minutes} min {how}",
        km=f"{metres / 1000:.1f}",
        minutes=f"{minutes:.0f}",
        how=mode_words(pd.Series([mode])),
    )


def _if_forced(view: View, school: str) -> list[str]:
    """What was worked out for a candidate: who closes instead if it stays, or if it closes."""
    told = view.plan.candidates.set_index("school_id")
    row = told.loc[school].to_dict()
    if row["if_forced"] == "" or view.setting.options.objective != "minutes":
        return []
    names = view.plan.study.schools["name"]
    others = [str(names[one]) for one in str(row["closes_then"]).split(";") if one]
    if math.isnan(row["added"]):
        if row["if_forced"] == "kept":
            return [tr("If it stayed, so many schools could not close.")]
        return [tr("It cannot close in any plan with so many closures.")]
    cost = f"{row['added']:.0f}"
    if row["if_forced"] == "closed":
        if not others:
            return [
                tr(
                    "Closing it in place of another would add {cost} pupil-minutes a day.",
                    cost=cost,
                )
            ]
        return [
            tr(
                "Closing it would add {cost} pupil-minutes a day, and {schools} would close too.",
                cost=cost,
                schools=tr(", ").join(others),
            )
        ]
    return [
        tr(
            "If it stayed, {schools} would close instead, and all pupils together would travel "
            "{cost} minutes a day more.",
            schools=tr(", ").join(others) or tr("no other school"),
            cost=cost,
        )
    ]


def _kept(view: View, school: str) -> list[str]:
    """Lines on a school that stays."""
    plan, setting = view.plan, view.setting
    name = plan.study.schools.at[school, "name"]
    lines = [tr("{school} stays open.", school=name)]
    table = setting.candidates
    if school not in table.index:
        lines.append(tr("It is no primary school or teaching point; this programme passes it by."))
    elif not table.at[school, "candidate"]:
        lines += protections(view, school)
    elif _cannot_close(view, school):
        lines.append(
            tr(
                "It could not close even as the only school: {rule}.",
                rule=rule_sentence(_cannot_close(view, school), plan.study.standards),
            )
        )
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


def _cannot_close(view: View, school: str) -> str:
    """The rule by which a candidate cannot close even alone; nothing where it can."""
    told = view.plan.candidates.set_index("school_id")
    return str(told.at[school, "rule"]) if school in told.index else ""


def _not_chosen(view: View, school: str) -> list[str]:
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
        return lines + _if_forced(view, school)
    holds = _last_of_cover(plan, setting, school)
    if holds:
        return [*lines, holds, *_if_forced(view, school)]
    # Every group on its cheapest route, as if there were room for all: a lower bound.
    least = int(ways.groupby("group")["cost"].min().sum())
    if not len(costs):
        return lines
    forced = _if_forced(view, school)
    if forced:
        return [*lines, *forced, *_alternatives(view, school)]
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


def _alternatives(view: View, school: str) -> list[str]:
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
