"""Why so many schools cannot close: the largest number that can, and the rule that binds."""

from __future__ import annotations

from layout.core.errors import InfeasibleError
from layout.core.text import tr
from layout.network.travel import StudyTravel
from layout.planning.consolidation.candidates import DROPPABLE, PROTECTION, rule_sentence
from layout.planning.consolidation.model import largest_number
from layout.planning.consolidation.setting import Setting, build_setting, under

__all__ = ["diagnose", "refuse_forced"]

SECONDS_PER_QUESTION = 10.0
"""Limit on each "how many at most"; a number that it cuts short is given as "at least"."""
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
                "{forced} schools must close, but only {wanted} are to",
                forced=len(forced),
                wanted=wanted,
            )
        )
    if parts:
        diagnosis = {"model": "closures", "requested": wanted, "forced": protected}
        raise InfeasibleError("; ".join(parts), diagnosis=diagnosis)


def diagnose(
    setting: Setting,
    wanted: int,
    ways: StudyTravel,
) -> tuple[str, Diagnosis]:
    """Explain a number of closures that is not possible.

    Parameters
    ----------
    setting
        The closure problem.
    wanted
        How many were to close.
    ways
        Routes on foot and by bus.

    Returns
    -------
    tuple of str and dict
        A sentence, and JSON-ready data: model, requested, achievable, achievable_proven, small
        (rural schools under the size), candidates, excluded (schools by the first rule that
        protects them), without_rule (the largest number with each rule left out) and whether each
        is proven, binding (the rule whose absence gains most, None where none gains), relaxations
        (rules each of which alone makes the request possible), counties (small and candidates by
        county).
    """
    # How many can close now, and with each rule in force left out alone.
    most, proven = _most(setting)
    answers = {
        rule: _most(_without(setting, rule, ways))
        for rule in DROPPABLE
        if rule not in setting.options.drop
    }
    without = {rule: number for rule, (number, _) in answers.items()}
    # By rule: how many more could close without it; the first of the largest binds.
    gain = {rule: number - most for rule, number in without.items()}
    binding = max(gain, key=lambda rule: gain[rule]) if max(gain.values(), default=0) > 0 else None
    table = setting.candidates
    # Small rural schools by the first rule that protects them; candidates of each county.
    small = table[~table[list(SIZE_RULES)].any(axis=1)]
    excluded = small.loc[~small["candidate"], "rule"].value_counts()
    by_county = small.groupby("county_code")["candidate"].agg(["size", "sum"])
    diagnosis: Diagnosis = {
        "model": "closures",
        "requested": wanted,
        "achievable": most,
        "achievable_proven": proven,
        "small": len(small),
        "candidates": len(setting.closable),
        "excluded": {rule: int(excluded[rule]) for rule in PROTECTION if rule in excluded.index},
        "without_rule": without,
        "without_rule_proven": {rule: sure for rule, (_, sure) in answers.items()},
        "binding": binding,
        "relaxations": [rule for rule, number in without.items() if number >= wanted],
        "counties": {
            str(code): {"small": int(row["size"]), "candidates": int(row["sum"])}
            for code, row in by_county.iterrows()
        },
    }
    sentence = _sentence(setting, diagnosis)
    return sentence, {**diagnosis, "sentence": sentence}


def _most(setting: Setting) -> tuple[int, bool]:
    """The largest number that can close, and whether that is proved."""
    most, bound = largest_number(setting, time_limit_s=SECONDS_PER_QUESTION)
    return most, most == bound


def _without(setting: Setting, rule: str, ways: StudyTravel) -> Setting:
    """Build the same problem with one rule left out."""
    drop = tuple(sorted({*setting.options.drop, rule}))
    study = setting.study.with_options(drop=drop)
    if rule in ("limits", "meals"):
        # These decide on the routes themselves; the other rules leave the ground as it is.
        return build_setting(study, ways.walk, ways.bus)
    return under(study, setting.ground)


def _sentence(setting: Setting, diagnosis: Diagnosis) -> str:
    """The diagnosis as a planner would say it."""
    names = _rule_names()
    binding = diagnosis["binding"]
    excluded = diagnosis["excluded"]
    assert isinstance(excluded, dict)
    words = (
        tr(
            "{wanted} schools are to close, but at most {most} can: of {small} small rural "
            "schools {candidates} are candidates"
        )
        if diagnosis["achievable_proven"]
        else tr(
            "{wanted} schools cannot close; {most} can, perhaps some more: of {small} small rural "
            "schools {candidates} are candidates"
        )
    )
    sentence = words.format(
        wanted=diagnosis["requested"],
        most=diagnosis["achievable"],
        small=diagnosis["small"],
        candidates=diagnosis["candidates"],
    )
    if excluded:
        counts = tr(", ").join(
            f"{names.get(rule, rule)} {number}" for rule, number in excluded.items()
        )
        sentence += "; " + tr("protected are, by rule: {rules}", rules=counts)
    if isinstance(binding, str):
        without = diagnosis["without_rule"]
        assert isinstance(without, dict)
        sentence += "; " + tr(
            "the rule that binds most is {rule}: without it {number} of them could close",
            rule=names[binding],
            number=without[binding],
        )
    else:
        sentence += "; " + tr("no single rule, left out, would allow more")
    return sentence + "."


def _rule_names() -> dict[str, str]:
    """Short names of the rules, in the user's language."""
    return {
        "belt": tr("the border belt"),
        "gates": tr("opposition of parents (gate a)"),
        "gate_a": tr("opposition of parents (gate a)"),
        "places": tr("places at the receivers"),
        "beds": tr("beds at the receivers"),
        "meals": tr("canteens at the receivers"),
        "limits": tr("the limits on the way to school"),
        "township": tr("the last complete primary school of a township"),
        "keep": tr("kept by the scenario"),
    }
