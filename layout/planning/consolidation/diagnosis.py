"""Why so many schools cannot close: the largest number that can, and the rule that binds."""

from __future__ import annotations

from collections.abc import Mapping

from layout.core.errors import InfeasibleError
from layout.core.text import marked, tr
from layout.location.closure.largest import Largest
from layout.network.travel import StudyTravel
from layout.planning.consolidation.candidates import PROTECTION, rule_sentence
from layout.planning.consolidation.model import largest, never_closing
from layout.planning.consolidation.relaxations import (
    SECONDS_PER_QUESTION,
    cheapest,
    in_force,
    without,
)
from layout.planning.consolidation.setting import Setting

__all__ = ["diagnose", "refuse_forced"]

SIZE_RULES = ("private", "not_rural", "not_small")

Diagnosis = dict[str, object]


def refuse_forced(setting: Setting, wanted: int) -> None:
    """Refuse schools that must close and may not, before any model runs.

    Raises
    ------
    InfeasibleError
        Naming each such school with the rule that protects it, or more of them than close.
    """
    table, forced = setting.candidates, setting.options.must_close
    protected = {
        school: str(table.at[school, "rule"]) if school in table.index else "not_primary"
        for school in forced
        if school not in setting.closable
    }
    names = setting.study.schools["name"]
    parts = [
        tr(
            "{school} cannot close: {rule}",
            school=names[school],
            rule=rule_sentence(rule, setting.study.standards),
        )
        for school, rule in protected.items()
    ]
    if len(forced) > wanted:
        parts.append(
            tr(
                "{forced:school|schools} must close, but only {wanted:is|are} to",
                forced=len(forced),
                wanted=wanted,
            )
        )
    if parts:
        diagnosis = {"model": "closures", "requested": wanted, "forced": protected}
        raise InfeasibleError(tr("; ").join(parts), diagnosis=diagnosis)


def diagnose(
    setting: Setting,
    wanted: int,
    now: Largest,
    ways: StudyTravel,
) -> tuple[str, Diagnosis]:
    """Explain a number of closures that is not possible.

    Parameters
    ----------
    setting
        The closure problem.
    wanted
        How many were to close.
    now
        How many can.
    ways
        Routes on foot and by bus.

    Returns
    -------
    tuple of str and dict
        A sentence, and JSON-ready data: model, requested, achievable, achievable_proven, small
        (rural schools under the size), candidates, excluded (schools by the first rule that
        protects them), without_rule (the largest number with each rule or lever left out, however
        large) and whether each is proven, binding (the rule whose absence gains most, several with
        semicolons between them where they gain alike, None where none gains), relaxations (rules
        each of which alone makes the request possible) with the cheapest of each kind, counties
        (small and candidates by county).
    """
    # How many can close with each rule in force left out alone.
    most = now.number
    answers = {
        rule: largest(without(setting, rule, ways), time_limit_s=SECONDS_PER_QUESTION)
        for rule in in_force(setting.options)
    }
    # A search that the clock cut short may end below what is known to be possible.
    numbers = {rule: max(most, answer.number) for rule, answer in answers.items()}
    # All rules that gain most bind; rules that gain nothing do not.
    best = max(numbers.values(), default=0)
    binding = [rule for rule, number in numbers.items() if number == best > most]
    helping = [rule for rule, number in numbers.items() if number >= wanted]
    table = setting.candidates
    # Small rural schools by the first rule that protects them; candidates of each county.
    small = table[~table[list(SIZE_RULES)].any(axis=1)]
    never = never_closing(setting)
    rule = small["rule"].mask(small.index.isin(never.index), never.reindex(small.index))
    excluded = rule[rule != ""].value_counts()
    by_county = (rule == "").groupby(small["county_code"]).agg(["size", "sum"])
    diagnosis: Diagnosis = {
        "model": "closures",
        "requested": wanted,
        "achievable": most,
        "achievable_proven": now.number == now.bound,
        "small": len(small),
        "candidates": int((rule == "").sum()),
        "excluded": {
            rule: int(excluded[rule])
            for rule in (*PROTECTION, "places", "township")
            if rule in excluded.index
        },
        "without_rule": numbers,
        "without_rule_proven": {
            rule: answer.number == answer.bound for rule, answer in answers.items()
        },
        "binding": ";".join(binding) or None,
        "relaxations": helping,
        "cheapest": {
            rule: least
            for rule in helping
            if (least := cheapest(setting, rule, wanted, most, ways)) is not None
        },
        "counties": {
            str(code): {"small": int(row["size"]), "candidates": int(row["sum"])}
            for code, row in by_county.iterrows()
        },
    }
    sentence = _sentence(diagnosis)
    return sentence, {**diagnosis, "sentence": sentence}


def _sentence(diagnosis: Diagnosis) -> str:
    """The diagnosis as a planner would say it."""
    names = _rule_names()
    excluded, numbers, cheapest = (
        diagnosis[key] for key in ("excluded", "without_rule", "cheapest")
    )
    binding = [rule for rule in str(diagnosis["binding"] or "").split(";") if rule]
    assert isinstance(excluded, dict)
    assert isinstance(numbers, dict)
    assert isinstance(cheapest, dict)
    words = (
        marked(
            "{wanted:school is|schools are} to close, but at most {most} can: of {small} small "
            "rural schools {candidates} are candidates"
        )
        if diagnosis["achievable_proven"]
        else marked(
            "{wanted:school|schools} cannot close; {most} can, perhaps some more: of {small} small "
            "rural schools {candidates} are candidates"
        )
    )
    parts = [
        tr(
            words,
            wanted=diagnosis["requested"],
            most=diagnosis["achievable"],
            small=diagnosis["small"],
            candidates=diagnosis["candidates"],
        )
    ]
    if excluded:
        counts = tr(", ").join(
            f"{names.get(rule, rule)} {number}" for rule, number in excluded.items()
        )
        parts.append(tr("protected are, by rule: {rules}", rules=counts))
    if len(binding) == 1:
        parts.append(
            tr(
                "the rule that binds most is {rule}: without it {number} of them could close",
                rule=names[binding[0]],
                number=numbers[binding[0]],
            )
        )
    elif binding:
        parts.append(
            tr(
                "these rules bind alike, each alone left out lets {number} close: {rules}",
                rules=tr(", ").join(names[rule] for rule in binding),
                number=numbers[binding[0]],
            )
        )
    else:
        parts.append(tr("no single rule, left out, would allow more"))
    if cheapest:
        least = tr(", ").join(f"{names[rule]} {_least(told)}" for rule, told in cheapest.items())
        parts.append(
            tr("the number becomes possible by the least change of: {changes}", changes=least)
        )
    return tr("; ").join(parts) + tr(".")


def _least(told: Mapping[str, int]) -> str:
    """The smallest change of one rule, in brackets."""
    if "schools" in told:
        return tr("({count:school|schools} released)", count=told["schools"])
    return tr("(+{percent} %)", percent=told["percent"])


def _rule_names() -> dict[str, str]:
    """Short names of the rules, in the user's language."""
    return {
        "belt": tr("the border belt"),
        "gates": tr("opposition of parents (gate a)"),
        "gate_a": tr("opposition of parents (gate a)"),
        "places": tr("places at the receivers"),
        "beds": tr("beds at the receivers"),
        "meals": tr("canteens at the receivers"),
        "walking": tr("walking where a school that stays can be walked to"),
        "limits": tr("the limits on the way to school"),
        "township": tr("the last complete primary school of a township"),
        "keep": tr("kept by the scenario"),
        "counties": tr("receivers in the same county"),
        "quota": tr("quotas by county or township"),
        "forbid_receiver": tr("schools that may not receive"),
        "max_receivers": tr("the number of receivers of one school"),
        "min_receiver_pupils": tr("the least size of a receiver"),
    }
