"""Levers of the siting programmes: numbers, places wanted or not, floors, births, years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from layout.app.levers import county_code, is_count, items, nearest_names, wrong_count
from layout.core.errors import UsageError
from layout.core.show import brief
from layout.core.text import tr
from layout.inputs.study.ranges import MOST
from layout.inputs.study.study import Study
from layout.planning.siting import SiteLevers

__all__ = ["SitingLevers", "programme_names", "siting_levers"]

_RANGES = {"sites": (0, MOST), "classes": (1, MOST), "expansions": (0, MOST), "until": (1950, 2150)}
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
        The most new sites by code or name of a county.
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


def programme_names(given: object, offered: Sequence[str]) -> list[str]:
    """Return the programmes that are asked for, before anything is computed.

    Parameters
    ----------
    given
        One name or several.
    offered
        The names that there are.

    Raises
    ------
    UsageError
        It is no list of these.
    """
    named = [given] if isinstance(given, str) else items(given)
    if not (named or isinstance(given, Sequence)) or not all(
        isinstance(one, str) and one in offered for one in named
    ):
        raise UsageError(
            tr(
                "{name} is one of {words}, not {value}",
                name="programmes",
                words=", ".join(offered),
                value=brief(given),
            )
        )
    return named


def siting_levers(
    study: Study, levers: SitingLevers, programme: str = "kindergarten"
) -> tuple[dict[str, Any], SiteLevers]:
    """Read the levers of a programme: its numbers, and the rest.

    Parameters
    ----------
    study
        The study.
    levers
        As given; None leaves the programme's.
    programme
        The programme that they are turned of.

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
    if isinstance(given.get("quota"), Mapping):
        by_code = {county_code(study, key): most for key, most in given["quota"].items()}
        # Where a county is named twice, its name is refused as no code.
        given["quota"] = by_code if len(by_code) == len(given["quota"]) else given["quota"]
    wrong = _wrong(study, given, programme)
    for name in ("force", "forbid"):
        if name not in given:
            continue
        one_or_many = given[name] if not isinstance(given[name], str) else [given[name]]
        listed = isinstance(one_or_many, Sequence) or items(one_or_many)
        if not listed or isinstance(one_or_many, (bytes, Mapping)):
            wrong.append(
                tr(
                    "{name} is a place or a list of places, not {value}",
                    name=name,
                    value=brief(given[name]),
                )
            )
            continue
        given[name], unknown_places = _places(study, one_or_many, schools=name == "forbid")
        wrong += unknown_places
    if not wrong:
        wrong = _against(study, given, programme)
    if wrong:
        raise UsageError("\n".join(wrong))
    numbers: dict[str, Any] = {}
    for name in ("sites", "classes", "expansions"):
        if name in given:
            numbers[name] = given.pop(name)
    return numbers, SiteLevers(**given)


def _wrong(study: Study, given: Mapping[str, Any], programme: str) -> list[str]:
    """Levers whose values mean nothing, in sentences."""
    wrong = []
    for name, (least, most) in _RANGES.items():
        wrong += wrong_count(name, given.get(name, least), least, most)
    if "floors" in given and programme != "kindergarten":
        wrong.append(tr("floors is a lever of the kindergarten programme alone"))
    if not isinstance(given.get("floors", True), (bool, np.bool_)):
        value = brief(given["floors"])
        wrong.append(tr("{name} is True or False, not {value}", name="floors", value=value))
    births = given.get("births", BIRTHS[0])
    if not isinstance(births, str) or births not in BIRTHS:
        wrong.append(
            tr(
                "{name} is one of {words}, not {value}",
                name="births",
                words=", ".join(BIRTHS),
                value=brief(births),
            )
        )
    quota = given.get("quota", {})
    if not isinstance(quota, Mapping):
        wrong.append(
            tr("quota is a whole number by code of a county, not {value}", value=brief(quota))
        )
        return wrong
    wrong += [
        tr("the study has no county {code}", code=code)
        for code in map(str, quota)
        if code not in study.units.index
    ]
    wrong += [
        tr(
            "the quota of {code} is a whole number from 0, not {value}",
            code=code,
            value=brief(number),
        )
        for code, number in quota.items()
        if not is_count(number, 0)
    ]
    return wrong


def _against(study: Study, given: Mapping[str, Any], programme: str) -> list[str]:
    """Levers that cannot hold together, or that the programme's numbers contradict."""
    asked = getattr(study.programmes, str(programme), None)
    forced, quota = given.get("force", ()), given.get("quota", {})
    both = sorted(set(forced) & set(given.get("forbid", ())))
    wrong = [tr("{place} is forced and forbidden", place=tr(", ").join(both)) for _ in both[:1]]
    if asked is None:
        return wrong
    sites = given.get("sites", asked.sites)
    if len(forced) > sites:
        wrong.append(
            tr(
                "{count:place is|places are} forced, {sites:site is|sites are} built",
                count=len(forced),
                sites=sites,
            )
        )
    if set(quota) >= set(study.units.index) and sum(quota.values()) < sites:
        wrong.append(
            tr(
                "the quotas of all counties allow {count:site|sites}, {sites:is|are} built",
                count=sum(quota.values()),
                sites=sites,
            )
        )
    if given.get("until", asked.year) < asked.year:
        wrong.append(
            tr(
                "until is a year from that of the programme on, {year}, not {value}",
                year=asked.year,
                value=given["until"],
            )
        )
    county = study.settlements["county_code"]
    for code, count in quota.items():
        own = sum(county[place] == code for place in forced)
        if own > count:
            wrong.append(
                tr(
                    "{count:place is|places are} forced in {code}, its quota is {quota}",
                    count=own,
                    code=code,
                    quota=count,
                )
            )
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
