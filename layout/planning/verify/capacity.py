"""Checks of room: no school, stage, grade or dormitory over max(today, capacity)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from layout.core.standards import COMPULSORY_GRADES, STAGES
from layout.core.text import tr
from layout.planning.verify.facts import Facts

__all__ = ["Room", "capacity_failures"]


def capacity_failures(facts: Facts) -> Iterator[str]:
    """No school, stage, grade or dormitory is over its limit through those who come."""
    room = Room.left_by(facts)
    for school, came in room.came.items():
        yield from _over(facts, school, came, room.beds.get(school, 0))


@dataclass(frozen=True, eq=False, kw_only=True)
class Room:
    """Who comes to each school under a plan: pupils by grade, and those who board."""

    facts: Facts
    came: Mapping[str, Mapping[str, int]]
    beds: Mapping[str, int]

    @classmethod
    def left_by(cls, facts: Facts) -> Room:
        """Count who comes to each school."""
        moved = facts.moved
        sums = moved.groupby("to_school", sort=True)[list(COMPULSORY_GRADES)].sum()
        beds = moved[moved["mode"] == "board"].groupby("to_school")["pupils"].sum()
        return cls(
            facts=facts,
            came={
                str(school): dict(zip(COMPULSORY_GRADES, row, strict=True))
                for school, row in zip(sums.index, sums.to_numpy().tolist(), strict=True)
            },
            beds={str(school): int(count) for school, count in beds.items()},
        )

    def takes(self, group: pd.Series, school: str, *, boards: bool) -> bool:
        """Whether a school has room for one group more."""
        here = self.came.get(school, dict.fromkeys(COMPULSORY_GRADES, 0))
        more = {grade: here[grade] + int(group[grade]) for grade in COMPULSORY_GRADES}
        beds = self.beds.get(school, 0) + (int(group["pupils"]) if boards else 0)
        return not any(_over(self.facts, school, more, beds))


def _over(facts: Facts, school: str, came: Mapping[str, int], beds: int) -> Iterator[str]:
    """Limits of a school that so many pupils by grade and boarders break, in sentences."""
    row, drop = facts.schools[school], facts.options.drop
    if "places" not in drop:
        for what in _overfull(facts, row, came):
            yield tr("{school} is over its limit: {what}", school=school, what=what)
    if beds and "beds" not in drop and beds > row["beds"] - row["boarders"]:
        yield tr("{school} has too few beds for {pupils} more", school=school, pupils=beds)


def _overfull(facts: Facts, row: Mapping[Any, Any], came: Mapping[str, int]) -> Iterator[str]:
    """Which limits of a school are broken by those who come, in words."""
    norms = facts.study.standards
    today = {grade: int(row[f"pupils_{grade}"]) for grade in COMPULSORY_GRADES}
    # Places by stage: classes × class size, multigrade classes with the primary ones.
    size = norms.class_size_point if row["type_code"] == "218" else norms.class_size_primary
    places = {
        "primary": size * _classes(row, "primary") + size * int(row["classes_mixed"]),
        "junior": norms.class_size_junior * _classes(row, "junior"),
    }
    for stage, capacity in places.items():
        more = sum(came[grade] for grade in STAGES[stage])
        here = sum(today[grade] for grade in STAGES[stage])
        if more and here + more > max(here, capacity):
            yield tr(
                "{pupils:pupil|pupils} on {places:place|places}",
                pupils=here + more,
                places=capacity,
            )
    # The whole school: the sum of its places, and never over the largest permitted size.
    through = row["type_code"] in ("312", "345")
    most = norms.through_school_max_pupils if through else norms.compulsory_max_pupils
    most = min(most, sum(places.values()))
    total = sum(today.values())
    if sum(came.values()) and total + sum(came.values()) > max(total, most):
        yield tr(
            "{pupils:pupil|pupils} on {places:place|places}",
            pupils=total + sum(came.values()),
            places=most,
        )
    # Each grade by its own classes; primary grades without any share the multigrade classes.
    mixed_today = mixed_came = 0
    for grade in COMPULSORY_GRADES:
        own = int(row[f"classes_{grade}"])
        line = (norms.large_class - 1) * own
        if own == 0 and grade in STAGES["primary"]:
            mixed_today, mixed_came = mixed_today + today[grade], mixed_came + came[grade]
        elif came[grade] and today[grade] + came[grade] > max(today[grade], line):
            yield tr(
                "{pupils:pupil|pupils} in {classes:class|classes} of {grade}",
                pupils=today[grade] + came[grade],
                classes=own,
                grade=grade,
            )
    line = (norms.large_class - 1) * int(row["classes_mixed"])
    if mixed_came and mixed_today + mixed_came > max(mixed_today, line):
        yield tr("{pupils:pupil|pupils} in multigrade classes", pupils=mixed_today + mixed_came)


def _classes(row: Mapping[Any, Any], stage: str) -> int:
    return sum(int(row[f"classes_{grade}"]) for grade in STAGES[stage])
