"""The other language of a page, as what differs in it; and what is said of everything, in both."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any

from layout.core.text import LANGUAGES, Language, Sentence, tr, using
from layout.output.maps.embed import clean
from layout.planning.contract import PlanTables

__all__ = ["difference", "other_of", "packed", "packed_explanations"]


def other_of(language: Language) -> Language:
    """Return the language that a page can be switched to."""
    return next(one for one in LANGUAGES if one != language)


def difference(here: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page has to put in place to speak another language.

    Parameters
    ----------
    here, there
        Everything that the page shows, in its own language and in the other one; both with the
        same keys.

    Returns
    -------
    dict
        The branches of `there` that differ: mappings by key, everything else as a whole.
    """
    changed: dict[str, Any] = {}
    for key, value in there.items():
        if isinstance(value, Mapping):
            inner = difference(here[key], value)
            if inner:
                changed[key] = inner
        elif value != here[key]:
            changed[key] = value
    return changed


def packed_explanations(plan: PlanTables, whole: PlanTables) -> str:
    """Return what is said of the schools, sites and counties of a page, for both languages.

    Parameters
    ----------
    plan
        The plan that the page shows.
    whole
        The plan that it is a unit of, or itself: its explanations are taken.

    Returns
    -------
    str
        Packed, see `packed`; "" where the plan has no explanations. Each sentence is in it once,
        in both languages (``sentences`` by language, ``fields``: the names of the fields of each);
        ``schools``, ``sites`` and ``counties`` have the lines of each in the order of the page. A
        line is ``[number of the sentence, value of each field]``; a value is a number, a text,
        another such line, or ``[null, …]``: values to be listed, with ``comma`` between them. Of a
        school that grows its site says nothing.
    """
    told = whole.explained
    if told is None:
        return ""
    numbers: dict[_Form, int] = {}
    sites = plan.sites.sort_values(["programme", "site_id"])
    new = sites["site_id"].where(sites["kind"] == "new", "")
    lines = {
        "schools": _lines(told.schools, plan.study.schools.sort_index().index, numbers),
        "sites": _lines(told.sites, new, numbers),
        "counties": _lines(told.counties, plan.study.units.index, numbers),
    }
    sentences, comma = {}, {}
    for language in LANGUAGES:
        with using(language):
            sentences[language] = [clean(tr(message)) for message, _ in numbers]
            comma[language] = tr(", ")
    fields = [list(names) for _, names in numbers]
    return packed({"sentences": sentences, "fields": fields, "comma": comma, **lines})


_Form = tuple[str, tuple[str, ...]]


def _lines(
    told: Mapping[str, tuple[Sentence, ...]], ids: Iterable[object], numbers: dict[_Form, int]
) -> list[list[object]]:
    """Lines of each place; `numbers` counts the sentences by message and names of fields."""
    return [[_coded(line, numbers) for line in told.get(str(one), ())] for one in ids]


def _coded(value: object, numbers: dict[_Form, int]) -> object:
    if isinstance(value, Sentence):
        form = (value.message, tuple(name for name, _ in value.values))
        number = numbers.setdefault(form, len(numbers))
        return [number, *(_coded(part, numbers) for _, part in value.values)]
    if isinstance(value, tuple):
        return [None, *(_coded(part, numbers) for part in value)]
    return value if type(value) is int else clean(value)


def packed(value: object) -> str:
    """Return plain data as base64 of gzip; the same data give the same text."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 9, mtime=0)).decode("ascii")
