"""What protects a school that may not close, in words with its numbers."""

from __future__ import annotations

import math

import pandas as pd

from layout.core.text import tr
from layout.planning.consolidation.candidates import PROTECTION, rule_sentence
from layout.planning.consolidation.views import View
from layout.planning.schema import code_words

__all__ = ["protections"]


def protections(view: View, school: str) -> list[str]:
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


def _number(view: View, school: str, rule: str) -> str:
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
