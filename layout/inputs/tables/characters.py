"""Characters of cells: full-width forms, those that nobody sees, and digits that are none.

Of all forms that Unicode calls compatible only the full-width ones are folded, for they are typed
with a Chinese keyboard and mean nothing else. A raised 2 or a circled 1 is a note and no digit.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["SPACES", "half_width", "has_odd_digits", "header_form", "visible"]

SPACES = r"\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""Spaces beyond that of ASCII, for a class of a regular expression."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Without width, marks of direction, and letters that are drawn as nothing."""


def half_width(text: str) -> str:
    """Return a text with ASCII in place of full-width letters, digits, signs and spaces.

    Parameters
    ----------
    text
        Any text.
    """
    return text if text.isascii() else text.translate(_FULL_WIDTH)


def visible(text: str) -> str:
    """Return a text without the characters that nobody sees.

    Parameters
    ----------
    text
        Any text.
    """
    return text if text.isascii() else _INVISIBLE.sub("", text)


def has_odd_digits(text: str) -> bool:
    """Tell whether a text has digits that are not 0 to 9: raised, circled, of another script.

    Parameters
    ----------
    text
        In half width.
    """
    return not text.isascii() and any(
        unicodedata.category(sign) in ("Nd", "No") and not sign.isascii() for sign in text
    )


def header_form(text: str) -> str:
    """Return a header in the form in which headers are compared; marks of notes stay what they are.

    Parameters
    ----------
    text
        As written.
    """
    if text.isascii():
        return text.casefold()
    folded = (
        sign if unicodedata.category(sign) == "No" else unicodedata.normalize("NFKC", sign)
        for sign in visible(text)
    )
    return "".join(folded).casefold()
