"""Rules and levers left out one at a time, and the least change of each that suffices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from layout.inputs.study.study import ConsolidateOptions, Study
from layout.network.travel import StudyTravel
from layout.planning.consolidation.candidates import DROPPABLE
from layout.planning.consolidation.model import largest
from layout.planning.consolidation.setting import Setting, build_setting, under

__all__ = ["SECONDS_PER_QUESTION", "cheapest", "in_force", "without"]

SECONDS_PER_QUESTION = 10.0
"""Limit on each "how many at most"; a number that it cuts short is given as "at least"."""

LEVERS: Mapping[str, tuple[str, object]] = MappingProxyType(
    {
        "counties": ("across_counties", True),
        "keep": ("keep", ()),
        "quota": ("quota", ()),
        "forbid_receiver": ("forbid_receiver", ()),
        "max_receivers": ("max_receivers", None),
        "min_receiver_pupils": ("min_receiver_pupils", None),
    }
)
"""Levers that hold closures back: their field of the options, and its value that does not."""

ROUTING = ("limits", "meals", "counties", "forbid_receiver", "min_receiver_pupils")
"""What decides on the routes themselves; the others leave the ground as it is."""

STEPS = (10, 20, 30, 50, 100)
"""Percent by which limits and places are raised in turn."""


def in_force(options: ConsolidateOptions) -> tuple[str, ...]:
    """Rules and levers that hold closures back under some options."""
    rules = tuple(rule for rule in DROPPABLE if rule not in options.drop)
    levers = (name for name, (field, free) in LEVERS.items() if getattr(options, field) != free)
    return (*rules, *levers)


def without(setting: Setting, rule: str, ways: StudyTravel) -> Setting:
    """Build the same problem with one rule or lever left out."""
    if rule in LEVERS:
        field, free = LEVERS[rule]
        study = setting.study.with_options(**{field: free})
    else:
        drop = tuple(sorted({*setting.options.drop, rule}))
        study = setting.study.with_options(drop=drop)
    if rule in ROUTING:
        return build_setting(study, ways.walk, ways.bus)
    return under(study, setting.ground)


def cheapest(
    setting: Setting, rule: str, wanted: int, most: int, ways: StudyTravel
) -> dict[str, int] | None:
    """Find the least change of a rule that lets a number close, its absence being enough.

    Parameters
    ----------
    setting
        The closure problem, in which only `most` can close.
    rule
        One of `in_force`.
    wanted, most
        How many are to close, and can.
    ways
        Routes on foot and by bus.

    Returns
    -------
    dict or None
        ``schools``: how few of the schools that the rule protects have to be released; or
        ``percent``: by how much the limits in minutes and metres, or the class sizes, have to
        grow, of `STEPS`. None for rules that have no such measure.
    """
    if rule in ("belt", "gates", "keep"):
        return _fewest_released(setting, without(setting, rule, ways), wanted, most)
    if rule in _RAISED:
        for percent in STEPS:
            study = _RAISED[rule](setting.study, 1 + percent / 100)
            raised = build_setting(study, ways.walk, ways.bus)
            if largest(raised, time_limit_s=SECONDS_PER_QUESTION).number >= wanted:
                return {"percent": percent}
    return None


def _fewest_released(
    setting: Setting, free: Setting, wanted: int, most: int
) -> dict[str, int] | None:
    """How few of the schools that only the freed problem may close have to close."""
    released = sorted(set(free.closable) - set(setting.closable))
    limit = pd.DataFrame({"quota": "released", "site": released})
    # The least number that suffices, by halving; each release lets at most one more close.
    low, high = wanted - most, len(released)
    while low < high:
        middle = (low + high) // 2
        now = largest(
            free, time_limit_s=SECONDS_PER_QUESTION, quotas=limit, most={"released": middle}
        )
        low, high = (low, middle) if now.number >= wanted else (middle + 1, high)
    return {"schools": high}


def _longer(study: Study, factor: float) -> Study:
    """A study with limits on the way to school so many times as long."""
    names = ("limit_minutes_1_3", "limit_minutes_4_6", "limit_minutes_7_9", "walk_limit_m")
    return _scaled(study, names, factor)


def _fuller(study: Study, factor: float) -> Study:
    """A study with classes so many times as large."""
    names = ("class_size_primary", "class_size_junior", "class_size_point", "large_class")
    return _scaled(study, names, factor)


def _scaled(study: Study, names: tuple[str, ...], factor: float) -> Study:
    norms = study.standards
    # Whole norms stay whole.
    more = {name: type(getattr(norms, name))(getattr(norms, name) * factor) for name in names}
    return replace(study, standards=replace(norms, **more))


_RAISED: Mapping[str, Callable[[Study, float], Study]] = MappingProxyType(
    {"limits": _longer, "places": _fuller}
)
