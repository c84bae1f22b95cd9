"""Levers: what a planner may turn, and the schools that a planner means by a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypedDict

import numpy as np
import pandas as pd

from layout.core.errors import UsageError
from layout.core.text import tr
from layout.inputs.study.parts import named_schools
from layout.inputs.study.study import Study

__all__ = ["Levers", "Schools", "nearest_names", "school_ids", "with_levers"]

Schools = str | Iterable[str] | None
"""One identifier, one name that only one school has, or several of these."""

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
    drop
        Rules to leave out: ``belt``, ``gates``, ``places``, ``beds``, ``limits``, ``township``.
    close_uncertain
        Whether schools may close that lie within the position error of the belt's edge and are
        not on the official list.
    time_limit_s
        Clock limit of the solver in seconds; an answer that it ends is never ``proven``.
    """

    close: int | None
    keep: Schools
    must_close: Schools
    drop: Schools
    close_uncertain: bool | None
    time_limit_s: float | None


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
    given: dict[str, object] = {name: value for name, value in levers.items() if value is not None}
    problems = _wrong_kinds(given)
    readable = not problems
    for name in ("keep", "must_close"):
        if name in given and readable:
            given[name], wrong = _read_schools(study.schools, levers[name])
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
    close, limit = given.get("close", 0), given.get("time_limit_s", 1.0)
    # True is a number in Python, and no planner means it as one.
    if type(close) is bool or not isinstance(close, (int, np.integer)) or close < 0:
        wrong.append(tr("close is a whole number from 0, not {value}", value=repr(close)))
    if type(limit) is bool or not isinstance(limit, (int, float)) or not limit > 0:
        wrong.append(tr("time_limit_s is a number of seconds above 0, not {value}", value=limit))
    uncertain = given.get("close_uncertain", False)
    if not isinstance(uncertain, bool):
        wrong.append(tr("close_uncertain is True or False, not {value}", value=repr(uncertain)))
    for name in ("keep", "must_close", "drop"):
        value = given.get(name, ())
        if not isinstance(value, (str, int)) and (
            not isinstance(value, Iterable) or isinstance(value, (Mapping, pd.DataFrame))
        ):
            wrong.append(
                tr("{name} is one text or a list of them, not {value}", name=name, value=value)
            )
    return wrong


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
