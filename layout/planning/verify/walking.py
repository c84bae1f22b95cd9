"""Check that nobody rides, or walks farther, past a school that stays and can be walked to."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from layout.core.standards import COMPULSORY_GRADES
from layout.core.text import tr
from layout.planning.verify.capacity import Room
from layout.planning.verify.facts import Facts, joined
from layout.planning.verify.options import options_of

__all__ = ["walking_failures"]

SMALL_TYPES = ("211", "218", "219")
RURAL = ("210", "220")


def walking_failures(facts: Facts) -> Iterator[str]:
    """List the groups that pass such a school, which has room for all of theirs who could walk."""
    moved, norms = facts.moved, facts.study.standards
    if "walking" in facts.options.drop or moved.empty:
        return
    options = options_of(facts, moved)
    options = options.where((options.mode == "walk") & options.within)
    # By option: the group, its school of today, the school that it could walk to, and how far.
    group = moved.iloc[options.row]
    table = pd.DataFrame(
        {
            "row": options.row,
            "home": group["from_school"].to_numpy(),
            "school": options.school,
            "metres": facts.walk.metres_of(group["settlement_id"], options.school),
        }
    )
    table = table[table["school"].isin(_stays(facts))]
    empty = Room(facts=facts, came={}, beds={})
    passed = []
    for (_, school), part in table.groupby(["home", "school"], sort=True):
        together = moved.iloc[part["row"]][[*COMPULSORY_GRADES, "pupils"]].sum()
        if not empty.takes(together, str(school), boards=False):
            continue
        for row, metres in zip(part["row"], part["metres"], strict=True):
            now = moved.iloc[int(row)]
            rides = now["mode_before"] == "walk" and now["mode"] != "walk"
            farther = now["mode"] == "walk" and now["metres_after"] > metres + norms.walk_past_m + 1
            if rides or farther:
                passed.append(now["settlement_id"])
    if passed:
        yield tr(
            "groups are sent past a school that stays and that they could walk to, from "
            "{settlements}",
            settlements=joined(passed),
        )


def _stays(facts: Facts) -> pd.Index:
    """Schools that no plan closes: those that are no small rural public primary schools."""
    schools = facts.study.schools
    pupils = sum(schools[f"pupils_{grade}"] for grade in COMPULSORY_GRADES)
    small = schools["type_code"].isin(SMALL_TYPES) & schools["urban_rural_code"].isin(RURAL)
    small &= pupils < facts.study.standards.small_school_pupils
    stays: pd.Index = schools.index[~small]
    return stays
