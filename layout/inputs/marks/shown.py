"""What a spreadsheet shows of a whole number whose zeros or letters stand in its format alone."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["shown_number"]

_MOST_DIGITS = 60
_IGNORED = re.compile(r"\[[^\]]*\]|_.|\*.")
"""Colours, languages and conditions in brackets; spaces as wide as a letter; fillings."""
_PART = re.compile(r'"([^"]*)"|\\(.)|([0#])|([-/() +:])')


def shown_number(value: str, form: str) -> str:
    """Return what a sheet shows of a whole number, where its format adds zeros or letters.

    Parameters
    ----------
    value
        The number as the file holds it.
    form
        Format code, as ``000000`` or ``"S"0000``.

    Returns
    -------
    str
        As shown; "" where the format adds nothing, or is of another kind (decimals, thousands,
        dates), and the number itself counts.
    """
    parts = _parts(form)
    whole = re.fullmatch(r"([0-9]{1,15})(?:\.0*)?", value)
    if not parts or not whole:
        return ""
    places = [at for at, (_, is_place) in enumerate(parts) if is_place]
    zeros = [at for at in places if parts[at][0] == "0"]
    least = len([at for at in places if at >= zeros[0]]) if zeros else 0
    digits = whole[1].lstrip("0").zfill(least)
    shown: list[str] = []
    # From the right: each place takes a digit, the leftmost all that remain.
    for at in range(len(parts) - 1, -1, -1):
        text, is_place = parts[at]
        if not is_place:
            shown.append(text)
        elif at == places[0]:
            shown.append(digits)
        else:
            digits, last = digits[:-1], digits[-1:]
            shown.append(last)
    text = "".join(reversed(shown)).strip()
    return text if text != whole[1] else ""


@cache
def _parts(form: str) -> tuple[tuple[str, bool], ...]:
    """Letters and places of digits of a format's part for positive numbers; none where unclear."""
    plain = _IGNORED.sub("", form.partition(";")[0])
    parts: list[tuple[str, bool]] = []
    at = 0
    while at < len(plain):
        part = _PART.match(plain, at)
        if part is None:
            return ()
        at = part.end()
        letters = part[1] or part[2] or part[4] or ""
        parts.append((part[3], True) if part[3] else (letters, False))
    if not 1 <= sum(is_place for _, is_place in parts) <= _MOST_DIGITS:
        return ()
    return tuple(parts)
