"""Data of a page as compressed text: columns of integers as bytes, all else as JSON.

The page unpacks it once its first picture stands (``static/packed.js``).
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from layout.core.arrays import Ints

__all__ = ["pack"]

FEWEST = 16
"""Lists of fewer values stay in the JSON."""
_DIGITS = 15
"""Longest code of digits that a number of the page can hold exactly."""


def pack(value: object) -> str:
    """Return plain data as base64 of gzip; the same data give the same text.

    Lists of whole numbers (and None) become bytes: values ``v`` as ``2v`` or ``-2v - 1``, plus one,
    0 for None; lowest bytes of all values first, then the next; of the values or of their steps,
    whichever is smaller. Lists of texts become those of digits as numbers, others as the length of
    the beginning that they share with the text before, and the rest.

    Parameters
    ----------
    value
        Mappings with texts as keys, lists, texts, finite numbers, booleans and None.
    """
    columns: list[list[Any]] = []
    body = bytearray()
    tree = _without_columns(value, (), columns, body)
    head = json.dumps(
        {"value": tree, "columns": columns}, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8")
    whole = len(head).to_bytes(4, "little") + head + bytes(body)
    return base64.b64encode(gzip.compress(whole, compresslevel=9, mtime=0)).decode("ascii")


def _without_columns(
    value: object, path: tuple[str, ...], columns: list[list[Any]], body: bytearray
) -> object:
    """The value with None in place of each column, which is written to the body."""
    if isinstance(value, dict):
        return {
            key: _without_columns(item, (*path, key), columns, body) for key, item in value.items()
        }
    if not isinstance(value, list) or len(value) < FEWEST:
        return value
    kinds = {type(item) for item in value}
    if kinds <= {int, type(None)}:
        _write(value, "integers", path, columns, body)
        return None
    if kinds != {str}:
        return value
    lengths = {len(text) for text in value}
    if len(lengths) == 1 and max(lengths) <= _DIGITS and all(map(_is_number, value)):
        _write([int(text) for text in value], f"digits{max(lengths)}", path, columns, body)
        return None
    # Texts in order share much with the one before; counted in signs, not in bytes.
    before = ["", *value[:-1]]
    shared = [_shared(*pair) for pair in zip(before, value, strict=True)]
    _write(shared, "texts", path, columns, body)
    return [text[count:] for text, count in zip(value, shared, strict=True)]


def _shared(one: str, other: str) -> int:
    """How many signs two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _write(
    values: Sequence[int | None],
    kind: str,
    path: tuple[str, ...],
    columns: list[list[Any]],
    body: bytearray,
) -> None:
    missing = np.array([number is None for number in values])
    whole = np.array([0 if number is None else number for number in values], dtype=np.int64)
    # A missing value repeats the one before where steps are taken.
    last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(whole))))
    steps = np.diff(whole[last], prepend=0)
    forms = [_planes(_folded(form, missing)) for form in (whole, steps)]
    sizes = [len(zlib.compress(data, 6)) for data, _ in forms]
    by_steps = sizes[1] < sizes[0]
    data, width = forms[by_steps]
    columns.append([list(path), kind, len(values), width, by_steps])
    body += data


def _folded(values: Ints, missing: np.ndarray[Any, np.dtype[np.bool_]]) -> Ints:
    folded: Ints = np.where(missing, 0, np.where(values < 0, -2 * values - 1, 2 * values) + 1)
    return folded


def _planes(values: Ints) -> tuple[bytes, int]:
    """Bytes of equal weight side by side, the lowest first, and how many each value has."""
    width = max(1, (int(values.max(initial=0)).bit_length() + 7) // 8)
    return values.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width].T.tobytes(), width
