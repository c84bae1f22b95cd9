"""Why a school closes, stays or receives, in words and numbers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from layout.core.text import Sentence, marked, sentence
from layout.planning.consolidation.candidates import rule_sentence
from layout.planning.consolidation.protections import protections
from layout.planning.consolidation.tables import mode_words
from layout.planning.consolidation.views import MODES, View

__all__ = ["explanations"]

SETTLEMENTS = 6
"""Settlements that are told one by one."""
SECONDS_PER_MINUTE = 60


def explanations(view: View, schools: Iterable[str]) -> dict[str, tuple[Sentence, ...]]:
    """Say why schools close, stay or receive.

    Parameters
    ----------
    view
        A plan from `layout.planning.consolidation.consolidate`, or today's, with what its
        explanations share, see `view_of`.
    schools
        Identifiers of schools of the study.

    Returns
    -------
    dict
        Some lines by school: the verdict, the rules with their numbers, who moves or comes, and
        what would have been the next best.
    """
    closed = set(view.plan.closed)
    return {
        school: tuple(_closed(view, school) if school in closed else _kept(view, school))
        for school in schools
    }


def _closed(view: View, school: str) -> Iterator[Sentence]:
    """Lines on a school that closes."""
    row = view.closures[school]
    yield sentence("{school} closes from autumn {year}.", school=row["name"], year=row["year"])
    yield sentence("{reason}.", reason=row["reason"])
    yield from _moves(view, school)
    yield sentence(
        "Gates: (a) parents {a}, (b) way {b}, (c) beds and meals {c}, (d) sizes {d}.",
        **{gate: sentence(_GATES[str(row[f"gate_{gate}"])]) for gate in "abcd"},
    )
    costs = view.costs
    if len(costs):
        yield sentence(
            "It adds {own} pupil-minutes a day; the closures of this plan add from {least} to "
            "{most}.",
            own=_minutes(costs.get(school, 0)),
            least=_minutes(costs.min()),
            most=_minutes(costs.max()),
        )
    yield from _if_forced(view, school)
    yield from _alternatives(view, school)


def _moves(view: View, school: str) -> Iterator[Sentence]:
    """A line for each settlement and band that moves, most pupils first: the way before and after.

    Only the largest are told one by one.
    """
    part = view.leaving.get(school)
    if part is None:
        return
    study = view.plan.study
    for row in part.head(SETTLEMENTS).to_dict("records"):
        yield sentence(
            "From {settlement}, grades {band}: {pupils:pupil|pupils} to {school}; {before} today, "
            "{after} then.",
            settlement=study.settlements.at[row["settlement_id"], "name"],
            band=row["band"],
            pupils=row["pupils"],
            school=study.schools.at[row["to_school"], "name"],
            before=_way(row, "before"),
            after=_way(row, "after"),
        )
    rest = part.iloc[SETTLEMENTS:]
    if len(rest):
        yield sentence("And {pupils:more pupil|more pupils}.", pupils=int(rest["pupils"].sum()))


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
        how=mode_words([mode]),
    )


def _if_forced(view: View, school: str) -> Iterator[Sentence]:
    """What was worked out for a candidate: who closes instead if it stays, or if it closes."""
    row = view.told.get(school)
    if row is None or row["if_forced"] == "" or view.setting.options.objective != "minutes":
        return
    names = view.plan.study.schools["name"]
    others = [str(names[one]) for one in str(row["closes_then"]).split(";") if one]
    if math.isnan(row["added"]):
        if row["if_forced"] == "kept":
            yield sentence("If it stayed, so many schools could not close.")
        else:
            yield sentence("It cannot close in any plan with so many closures.")
        return
    cost = f"{row['added']:.0f}"
    if row["if_forced"] == "kept":
        yield sentence(
            "If it stayed, {schools} would close instead, and all pupils together would travel "
            "{cost} minutes a day more.",
            schools=others or sentence("no other school"),
            cost=cost,
        )
    elif others:
        yield sentence(
            "Closing it would add {cost} pupil-minutes a day, and {schools} would close too.",
            cost=cost,
            schools=others,
        )
    else:
        yield sentence(
            "Closing it in place of another would add {cost} pupil-minutes a day.", cost=cost
        )


def _kept(view: View, school: str) -> Iterator[Sentence]:
    """Lines on a school that stays."""
    study, judged = view.plan.study, view.judged.get(school)
    yield sentence("{school} stays open.", school=study.schools.at[school, "name"])
    # The rule by which a candidate cannot close even alone.
    alone = str(view.told[school]["rule"]) if school in view.told else ""
    if judged is None:
        yield sentence("It is no primary school or teaching point; this programme passes it by.")
    elif not judged["candidate"]:
        yield from protections(view, school)
    elif alone:
        yield sentence(
            "It could not close even as the only school: {rule}.",
            rule=rule_sentence(alone, study.standards),
        )
    else:
        yield from _not_chosen(view, school)
    arriving = view.arriving.get(school)
    if arriving is not None:
        yield sentence(
            "It receives {pupils:pupil|pupils} from {schools}.",
            pupils=int(arriving["pupils"].sum()),
            schools=study.schools.loc[sorted(arriving["from_school"].unique()), "name"].tolist(),
        )


def _not_chosen(view: View, school: str) -> Iterator[Sentence]:
    """Why a candidate stays: what closing it would add at least, or the rule that keeps it open."""
    yield sentence("It could close: nothing protects it.")
    if school in view.stranded:
        yield sentence(
            "With the others of this plan closed, {pupils} of its pupils would have no way.",
            pupils=view.stranded[school],
        )
        yield from _if_forced(view, school)
        return
    if school in view.last:
        yield _last_of_cover(view, school)
        yield from _if_forced(view, school)
        return
    if not len(view.costs):
        return
    forced = tuple(_if_forced(view, school))
    yield from forced or (_at_least(view, school),)
    yield from _alternatives(view, school)


def _at_least(view: View, school: str) -> Sentence:
    """What closing a school costs with every group on its cheapest route, as if all had room."""
    least, most = view.least.get(school, 0), view.costs.max()
    if least > most:
        return sentence(
            "Closing it would add at least {least} pupil-minutes a day; the dearest closure "
            "of this plan adds {most}.",
            least=_minutes(least),
            most=_minutes(most),
        )
    return sentence(
        "Closing it would add at least {least} pupil-minutes a day, and more once places "
        "are shared out: its pupils would need room that this plan gives to others, or "
        "it is itself the school to which others go.",
        least=_minutes(least),
    )


def _last_of_cover(view: View, school: str) -> Sentence:
    """The township or settlement that would lose its last school."""
    cover = view.last[school]
    if cover["rule"] == "township":
        return sentence("It is the last complete primary school of its township.")
    # Where the study is one county of another, it may be a settlement of a county beside it.
    study = view.plan.study.whole or view.plan.study
    return sentence(
        "It is the last school within the limit of {settlement}.",
        settlement=study.settlements.at[cover["settlement_id"], "name"],
    )


def _alternatives(view: View, school: str) -> Iterator[Sentence]:
    """The next best receivers that stay open, beside those of the plan."""
    best = view.next_best.get(school)
    if best is None:
        return
    if best.empty:
        yield sentence("No other open school lies within the limits.")
        return
    names = view.plan.study.schools["name"]
    receivers = [
        sentence(
            "{school} ({minutes} min {how})",
            school=names[row["site"]],
            minutes=f"{row['minutes']:.0f}",
            how=mode_words([mode for mode in MODES if row[mode]]),
        )
        for row in best.to_dict("records")
    ]
    yield sentence("The next best receivers: {schools}.", schools=receivers)


def _minutes(seconds: float) -> str:
    return f"{seconds / SECONDS_PER_MINUTE:.0f}"


_GATES = {"pass": marked("pass"), "fail": marked("fail"), "unknown": marked("not known")}
