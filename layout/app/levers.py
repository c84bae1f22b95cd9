"""Levers: what a planner may turn, and the schools that a planner means by a name."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, TypedDict, TypeGuard

import numpy as np
import pandas as pd

from layout.core.errors import UsageError
from layout.core.show import brief
from layout.core.text import tr
from layout.inputs.study.parts import OBJECTIVES, PREFERRED, named_schools
from layout.inputs.study.ranges import LEVER_RANGES, MOST
from layout.inputs.study.study import Study

__all__ = [
    "Levers",
    "Schools",
    "county_code",
    "is_count",
    "is_number",
    "items",
    "nearest_names",
    "school_ids",
    "with_levers",
    "wrong_count",
    "wrong_number",
]

Schools = str | Iterable[str] | None
"""One identifier, one name that only one school has, or several of these."""

_FLOAT = sys.float_info.max
NEAREST = 3
"""A name that no school has gets the nearest ones told."""


class Levers(TypedDict, total=False):
    """What `layout.consolidate` and `layout.make_plan` take; the scenario counts where silent.

    Attributes
    ----------
    close
        How many schools close.
    keep, must_close
        Schools that stay, and schools that close in any case.
    forbid_receiver
        Schools that receive nobody.
    quota
        The most schools that may close, by code of a county or township, or name of a county.
    drop
        Rules to leave out: ``belt``, ``gates``, ``places``, ``beds``, ``meals``,
        ``walking``, ``limits``, ``township``.
    close_uncertain
        Whether schools may close that are uncertain, and not on the official list.
    belt_m
        Width of the border belt in metres, in place of the programme's.
    belt_official
        Whether the official list protects its schools whatever the geometry says; if not, the
        geometry alone decides.
    objective
        What the leading level counts: added ``minutes`` (the default), added ``metres``, or
        ``bus_seats``.
    across_counties
        Whether pupils may go to a school of another county.
    max_receivers
        The most schools that the pupils of one closed school are spread over.
    prefer_receivers
        ``complete`` (complete primaries) or ``centre`` (schools that run teaching points): as few
        pupils as can be go to others, once the levels before it are settled.
    min_receiver_pupils
        Schools with fewer pupils today receive nobody.
    time_limit_s
        Clock limit of the solver in seconds; an answer that it ends is never ``proven``.
    walk_kmh
        Walking speed of children on the flat, in place of the norm.
    bus_speed_factor
        Factor on the speeds of school buses, 0.25 to 4; posted limits and legal caps still hold.
    """

    close: int | None
    keep: Schools
    must_close: Schools
    forbid_receiver: Schools
    quota: Mapping[str, int] | None
    drop: Schools
    close_uncertain: bool | None
    belt_m: float | None
    belt_official: bool | None
    objective: str | None
    across_counties: bool | None
    max_receivers: int | None
    prefer_receivers: str | None
    min_receiver_pupils: int | None
    time_limit_s: float | None
    walk_kmh: float | None
    bus_speed_factor: float | None


def with_levers(study: Study, levers: Levers) -> Study:
    """Return the study with levers over what its scenario holds; None leaves the scenario's.

    Parameters
    ----------
    study
        The study.
    levers
        As given; schools by identifier or name.

    Raises
    ------
    UsageError
        A lever or school is unknown, or a name is that of several schools.
    """
    unknown = sorted(set(levers) - set(Levers.__annotations__))
    if unknown:
        raise UsageError(_unknown_lever(unknown[0]))
    # Scalars of NumPy as the numbers they are: a saved plan writes them down.
    given: dict[str, object] = {
        name: value.item() if isinstance(value, np.generic) else value
        for name, value in levers.items()
        if value is not None
    }
    problems = _wrong_kinds(given)
    readable = not problems
    for name in ("keep", "must_close", "forbid_receiver"):
        if name in given and readable:
            given[name], wrong = _read_schools(study.schools, levers[name])
            problems += wrong
    if "quota" in given and readable:
        given["quota"], wrong = _read_quota(study, levers["quota"] or {})
        problems += wrong
    if problems:
        raise UsageError("\n".join(problems))
    if "drop" in given:
        given["drop"] = tuple(sorted(set(_listed(levers["drop"]))))
    return study.with_options(**given)


def school_ids(study: Study, schools: Schools) -> tuple[str, ...]:
    """Return the identifiers of the schools that somebody names.

    Parameters
    ----------
    study
        The study.
    schools
        Identifiers or unique names.

    Returns
    -------
    tuple of str
        Sorted identifiers.

    Raises
    ------
    UsageError
        A school is unknown (the nearest names are told), or a name is that of several.
    """
    ids, problems = _read_schools(study.schools, schools)
    if problems:
        raise UsageError("\n".join(problems))
    return ids


def _wrong_kinds(given: Mapping[str, object]) -> list[str]:
    """Levers whose values mean nothing, in sentences."""
    wrong = []
    for name in ("close", "max_receivers", "min_receiver_pupils"):
        wrong += wrong_count(name, given.get(name, 1), *LEVER_RANGES[name])
    for name in ("belt_m", "walk_kmh", "bus_speed_factor", "time_limit_s"):
        # A clock without end is no limit.
        if (name, given.get(name)) != ("time_limit_s", math.inf):
            wrong += wrong_number(name, given.get(name, 1.0), *LEVER_RANGES[name])
    for name in ("close_uncertain", "belt_official", "across_counties"):
        switch = given.get(name, False)
        if not isinstance(switch, bool):
            wrong.append(tr("{name} is True or False, not {value}", name=name, value=brief(switch)))
    for name, words in (("objective", OBJECTIVES), ("prefer_receivers", PREFERRED)):
        word = given.get(name, words[0])
        if word not in words:
            wrong.append(
                tr(
                    "{name} is one of {words}, not {value}",
                    name=name,
                    words=", ".join(words),
                    value=brief(word),
                )
            )
    quota = given.get("quota", {})
    if not isinstance(quota, Mapping) or not all(is_count(one, 0) for one in quota.values()):
        wrong.append(
            tr(
                "quota is a whole number by code of a county or township, not {value}",
                value=brief(quota),
            )
        )
    for name in ("keep", "must_close", "forbid_receiver", "drop"):
        value = given.get(name, ())
        if not isinstance(value, (str, int)) and (
            not _is_many(value) or isinstance(value, (Mapping, pd.DataFrame))
        ):
            wrong.append(
                tr(
                    "{name} is one text or a list of them, not {value}",
                    name=name,
                    value=brief(value),
                )
            )
    return wrong


def is_count(value: object, least: float, most: float = MOST) -> bool:
    """Say whether a value is a whole number in a range.

    Parameters
    ----------
    value
        Anything; True is no number.
    least, most
        The ends, both included.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        return False
    return least <= int(value) <= most


def wrong_count(name: str, value: object, least: float, most: float = MOST) -> list[str]:
    """Return a sentence on a value that is no whole number in a range; nothing where it is one.

    Parameters
    ----------
    name
        What the value is called.
    value, least, most
        As for `is_count`.
    """
    if is_count(value, least, most):
        return []
    return [
        tr(
            "{name} is a whole number from {least} to {most}, not {value}",
            name=name,
            least=least,
            most=most,
            value=brief(value),
        )
    ]


def wrong_number(name: str, value: object, least: float, most: float) -> list[str]:
    """Return a sentence on a value that is no number in a range; nothing where it is one.

    Parameters
    ----------
    name
        What the value is called.
    value, least, most
        As for `is_number`.
    """
    if is_number(value, least, most):
        return []
    ends = {"least": f"{least:g}", "most": f"{most:g}"}
    return [
        tr(
            "{name} is a number from {least} to {most}, not {value}",
            name=name,
            value=brief(value),
            **ends,
        )
    ]


def items(values: object) -> list[Any]:
    """Return what a collection holds; nothing where it is a text or no collection.

    Parameters
    ----------
    values
        Anything.
    """
    return [*values] if _is_many(values) and not isinstance(values, str) else []


def _is_many(values: object) -> TypeGuard[Iterable[Any]]:
    """Whether there is something to go through: NumPy's arrays of no dimension have nothing."""
    return isinstance(values, Iterable) and getattr(values, "ndim", 1) != 0


def is_number(value: object, least: float = -_FLOAT, most: float = _FLOAT) -> TypeGuard[float]:
    """Say whether a value is a finite number in a range, whole or not; True is none.

    Parameters
    ----------
    value
        Anything.
    least, most
        The ends, both included.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return False
    # Whole numbers of Python may be larger than any float, and complex ones have no order.
    return not isinstance(value, np.complexfloating) and bool(least <= value <= most)


def _read_quota(
    study: Study, quota: Mapping[str, int]
) -> tuple[tuple[tuple[str, int], ...], list[str]]:
    """The quota sorted by code, and a sentence on each code that is no county or township."""
    codes = [county_code(study, text) for text in quota]
    known = {*map(str, study.units.index), *map(str, study.schools["township_code"])}
    wrong = [
        tr("the study has no county or township {code}", code=code)
        for code in codes
        if code not in known
    ]
    quota, codes = dict(zip(codes, quota.values(), strict=True)), sorted(codes)
    wrong += [
        tr("quota names {code} twice", code=code)
        for code, after in pairwise(codes)
        if code == after
    ]
    return tuple(sorted((str(code), int(most)) for code, most in quota.items())), wrong


def county_code(study: Study, text: object) -> str:
    """Return the code of the county that has a name alone; any other text as it is."""
    codes = study.units.index[study.units["name"] == str(text)]
    return str(codes[0]) if len(codes) == 1 else str(text)


def _listed(values: Schools) -> list[str]:
    if values is None:
        return []
    one = isinstance(values, (str, int))
    return [str(values)] if one else [str(value) for value in values]


def _read_schools(schools: pd.DataFrame, given: Schools) -> tuple[tuple[str, ...], list[str]]:
    """Identifiers of the schools that are named, and a sentence on each text that names none."""
    ids, unknown = named_schools(_listed(given), schools["name"])
    return ids, [_unknown_school(schools, text) for text in unknown]


def _unknown_school(schools: pd.DataFrame, text: str) -> str:
    """Say that there is no such school and which are nearest, or that several have the name."""
    namesakes = schools.index[schools["name"] == text]
    if len(namesakes):
        return tr(
            "{count} schools are called {name}; give the code of one: {codes}",
            count=len(namesakes),
            name=text,
            codes=", ".join(namesakes[:10]),
        )
    nearest = nearest_names(text, [*map(str, schools["name"])], [*map(str, schools.index)])
    if not nearest:
        return tr("the study has no school {schools}", schools=text or "“”")
    return tr(
        "the study has no school {schools}; the nearest: {nearest}",
        schools=text,
        nearest=", ".join(nearest),
    )


def nearest_names(text: str, names: list[str], codes: list[str]) -> list[str]:
    """Return the few names, else codes, that somebody may have meant by a text.

    Parameters
    ----------
    text
        What was typed.
    names, codes
        What there is.
    """
    if not text:
        return []
    nearest = [name for name in names if text in name][:NEAREST]
    nearest = nearest or get_close_matches(text, names, n=NEAREST, cutoff=0.5)
    nearest = nearest or [code for code in codes if code.startswith(text)][:NEAREST]
    nearest = nearest or get_close_matches(text.upper(), codes, n=NEAREST, cutoff=0.6)
    return list(dict.fromkeys(nearest))


def _unknown_lever(name: str) -> str:
    known = list(Levers.__annotations__)
    nearest = get_close_matches(name, known, n=1)
    if nearest:
        return tr(
            "there is no lever {name}; did you mean {nearest}?", name=name, nearest=nearest[0]
        )
    return tr("there is no lever {name}; there are: {known}", name=name, known=", ".join(known))
