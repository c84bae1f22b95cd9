"""Plain data from tables, and JSON that is safe inside a page."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePath

import numpy as np

__all__ = ["clean", "inline_json", "integers", "plain"]

# Control characters, halves of surrogate pairs, and code points that XML forbids.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Signs that could end a script element, and line ends that old scripts cannot read.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def clean(text: object) -> str:
    """Return a text without control characters, which no sheet, page or XML may contain."""
    # Most texts are printable: the check is far quicker than the substitution.
    shown = str(text)
    return shown if shown.isprintable() else _CONTROLS.sub("", shown)


def plain(value: object) -> object:
    """Return a value made only of what JSON knows; what is not a finite number becomes None.

    Texts lose their control characters.

    Parameters
    ----------
    value
        Scalars of Python or numpy, dates, paths, mappings and iterables of them.
    """
    # Order matters: True is an int, and numpy's numbers have to become Python's.
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (date, PurePath)):
        return str(value)
    if isinstance(value, Mapping):
        return {clean(key): plain(item) for key, item in value.items()}
    # Sets have no order of their own.
    if isinstance(value, (set, frozenset)):
        return sorted(str(item) for item in value)
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return None if value != value else str(value)


def integers(values: Iterable[object], *, scale: float = 1.0) -> list[int | None]:
    """Return numbers times a scale as integers, the smallest form in a page; None where missing."""
    # Rounded half to even, as Python rounds.
    numbers = np.asarray(list(values), dtype="float64") * scale
    return [round(number) if math.isfinite(number) else None for number in numbers.tolist()]


def inline_json(value: object) -> str:
    """Return JSON that cannot end the script element around it.

    Keys keep their order, which is the order of reading. ``<``, ``>``, ``&`` and the line ends
    that older scripts cannot read are escaped, which JSON readers turn back.
    """
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPES)
