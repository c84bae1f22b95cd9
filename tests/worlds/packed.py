"""Reads packed data of a page back, as the page does."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import numpy as np


def unpacked(text: str) -> dict[str, Any]:
    """The data that `layout.output.maps.packed.pack` was given."""
    whole = gzip.decompress(base64.b64decode(text))
    start = 4 + int.from_bytes(whole[:4], "little")
    head = json.loads(whole[4:start])
    tree: dict[str, Any] = head["value"]
    for path, kind, count, width, by_steps in head["columns"]:
        planes = np.frombuffer(whole, np.uint8, count * width, start).reshape(width, count)
        start += count * width
        numbers = _numbers(planes, by_steps=by_steps)
        parent = tree
        for key in path[:-1]:
            parent = parent[key]
        if kind == "integers":
            parent[path[-1]] = numbers
        elif kind == "texts":
            parent[path[-1]] = _texts(parent[path[-1]], numbers)
        else:
            digits = int(kind.removeprefix("digits"))
            parent[path[-1]] = [f"{number:0{digits}d}" for number in numbers]
    assert start == len(whole)
    return tree


def _numbers(planes: np.ndarray[Any, Any], *, by_steps: bool) -> list[Any]:
    codes = sum(plane.astype(int) << 8 * place for place, plane in enumerate(planes))
    numbers: list[Any] = []
    last = 0
    for code in np.atleast_1d(codes).tolist():
        if not code:
            numbers.append(None)
            continue
        number = -code // 2 if code % 2 == 0 else (code - 1) // 2
        last = last + number if by_steps else number
        numbers.append(last)
    return numbers


def _texts(rests: list[str], shared: list[int]) -> list[str]:
    whole: list[str] = []
    for rest, count in zip(rests, shared, strict=True):
        whole.append((whole[-1][:count] if whole else "") + rest)
    return whole
