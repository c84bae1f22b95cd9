"""Levers of the siting programmes: numbers, places wanted or not, floors, births, years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import numpy as np

from layout.app.levers import nearest_names
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.planning.siting import SiteLevers

__all__ = ["SitingLevers", "siting_levers"]

BIRTHS = ("middle", "low", "high", "worst")


class SitingLevers(TypedDict, total=False):
    """What `layout.site` takes beside the programme; the programme counts where silent.

    Attributes
    ----------
    sites, classes
        New sites, and classes of all together, in place of the programme's.
    expansions
        Existing compulsory schools that grow, in place of the programme's.
    force, forbid
        Settlements that get a new site in any case, and settlements, or kindergartens that might
        grow, that get none: by identifier or unique name.
    quota
        The most new sites by code of a county.
    floors
        Whether the floors of the counties' public share come first.
    births
        Which reading of the births to come is chosen on: ``middle``, ``low``, ``high``, or
        ``worst``, which is the one that leaves fewest children.
    until
        The last year whose children count; the programme's own year alone where it is that.
    """

    sites: int | None
    classes: int | None
    expansions: int | None
    force: str | Iterable[str] | None
    forbid: str | Iterable[str] | None
    quota: Mapping[str, int] | None
    floors: bool | None
    births: str | None
    until: int | None


def siting_levers(study: Study, levers: SitingLevers) -> tuple[dict[str, Any], SiteLevers]:
    """Read the levers of a programme: its numbers, and the rest.

    Parameters
    ----------
    study
        The study.
    levers
        As given; None leaves the programme's.

    Raises
    ------
    UsageError
        A lever is unknown or means nothing, or a place is unknown.
    """
    unknown = sorted(set(levers) - set(SitingLevers.__annotations__))
    if unknown:
        known = ", ".join(SitingLevers.__annotations__)
        raise UsageError(
            tr("there is no lever {name}; there are: {known}", name=unknown[0], known=known)
        )
    given: dict[str, Any] = {name: value for name, value in levers.items() if value is not None}
    wrong = _wrong(study, given)
    for name in ("force", "forbid"):
        if name in given:
            given[name], unknown_places = _places(study, given[name], schools=name == "forbid")
            wrong += unknown_places
    if wrong:
        raise UsageError("\n".join(wrong))
    numbers: dict[str, Any] = {}
    for name in ("sites", "classes", "expansions"):
        if name in given:
            numbers[name] = given.pop(name)
    return numbers, SiteLevers(**given)


def _wrong(study: Study, given: Mapping[str, Any]) -> list[str]:
    """Levers whose values mean nothing, in sentences."""
    wrong = []
    for name, least in (("sites", 0), ("classes", 1), ("expansions", 0), ("until", 1900)):
        number = given.get(name, least)
        whole = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
        if not whole or number < least:
            wrong.append(
                tr(
                    "{name} is a whole number from {least}, not {value}",
                    name=name,
                    least=least,
                    value=repr(number),
                )
            )
    if not isinstance(given.get("floors", True), (bool, np.bool_)):
        value = repr(given["floors"])
        wrong.append(tr("{name} is True or False, not {value}", name="floors", value=value))
    if given.get("births", BIRTHS[0]) not in BIRTHS:
        wrong.append(
            tr(
                "{name} is one of {words}, not {value}",
                name="births",
                words=", ".join(BIRTHS),
                value=repr(given["births"]),
            )
        )
    quota = given.get("quota", {})
    if not isinstance(quota, Mapping):
        wrong.append(
            tr("quota is a whole number by code of a county or township, not {value}", value=quota)
        )
        return wrong
    wrong += [
        tr("the study has no county or township {code}", code=code)
        for code in map(str, quota)
        if code not in study.units.index
    ]
    return wrong


def _places(
    study: Study, given: str | Iterable[str], *, schools: bool
) -> tuple[tuple[str, ...], list[str]]:
    """Identifiers of settlements (and schools) that are named, and a sentence on each unknown."""
    tables = [study.settlements["name"], *([study.schools["name"]] if schools else [])]
    ids: list[str] = []
    wrong = []
    for text in [given] if isinstance(given, str) else [str(one) for one in given]:
        meant = [code for names in tables for code in names.index[names == text]]
        if any(text in names.index for names in tables):
            meant = [text]
        if len(meant) == 1:
            ids.append(meant[0])
            continue
        names = [str(name) for table in tables for name in table]
        codes = [str(code) for table in tables for code in table.index]
        near = [str(code) for code in meant[:10]] or nearest_names(text, names, codes)
        wrong.append(
            tr(
                "{text} is no place by its code or a name that only one place has; the nearest: "
                "{nearest}",
                text=text,
                nearest=", ".join(near) or "–",
            )
        )
    return tuple(sorted(set(ids))), wrong
