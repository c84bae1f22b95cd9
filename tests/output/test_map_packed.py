"""Packed data of a page: read back whole, small, and the same bytes every time."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from layout.output.maps.packed import FEWEST, pack
from tests.worlds.packed import unpacked

NUMBERS = st.integers(-(2**40), 2**40) | st.integers(-200, 200) | st.none()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
CODES = st.integers(0, 10**12 - 1).map("{:012d}".format)


@given(st.lists(NUMBERS, max_size=60), st.lists(TEXTS, max_size=60), st.lists(CODES, max_size=60))
def test_columns_come_back(numbers: list[int | None], texts: list[str], codes: list[str]) -> None:
    value = {
        "table": {"numbers": numbers, "texts": texts},
        "codes": codes,
        "one": [1, 2],
        "signs": [True] * FEWEST,
        "mixed": [*texts, 1],
    }
    assert unpacked(pack(value)) == value
    assert pack(value) == pack(json.loads(json.dumps(value)))


def test_columns_are_smaller_than_their_json() -> None:
    rows = 5000
    value = {"x": [10_600_000 + 7 * row * (row % 13) for row in range(rows)]}
    value["y"] = [2_400_000 - 3 * row for row in range(rows)]
    assert len(pack(value)) < len(json.dumps(value)) / 5
