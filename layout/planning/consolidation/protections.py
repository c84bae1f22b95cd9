"""What protects a school that may not close, in words with its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from layout.core.text import Sentence, sentence
from layout.planning.consolidation.candidates import PROTECTION, rule_sentence
from layout.planning.consolidation.views import View
from layout.planning.schema import code_sentence

__all__ = ["protections"]


def protections(view: View, school: str) -> Iterator[Sentence]:
    """Every rule that keeps a school, with its number."""
    setting = view.setting
    row = view.judged[school]
    for rule in PROTECTION:
        if not row[rule]:
            continue
        why, number = rule_sentence(rule, setting.study.standards), _number(view, school, rule)
        if number is not None:
            why = sentence("{rule} {number}", rule=why, number=number)
        yield sentence("It may not close: {rule}.", rule=why)


def _number(view: View, school: str, rule: str) -> Sentence | None:
    """The number behind a protection, in brackets."""
    setting = view.setting
    if rule == "not_small":
        return sentence("({pupils:pupil|pupils})", pupils=view.judged[school]["pupils"])
    if rule == "gate_a":
        share = setting.study.schools.at[school, "survey_opposed_share"]
        return sentence("({percent} % opposed)", percent=f"{100 * share:.0f}")
    if rule == "belt":
        row = view.belt[school]
        word = code_sentence("retained", "rule", row["rule"])
        if math.isinf(row["distance_m"]):
            return sentence("(the study has no border line; {rule})", rule=word)
        return sentence(
            "({metres} m from the border; {rule})", metres=f"{row['distance_m']:.0f}", rule=word
        )
    if rule == "limits":
        here = view.groups[school]
        # Groups without any route, and the names of where they live.
        without = here[here.index.isin(setting.ground.stranded)]
        names = setting.study.settlements["name"].reindex(without["settlement_id"].unique())
        return sentence(
            "({pupils:pupil|pupils}, from {settlements})",
            pupils=int(without["pupils"].sum()),
            settlements=names.tolist(),
        )
    return None
