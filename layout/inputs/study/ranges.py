"""From where to where the numbers of a study file and of the levers reach.

A number outside would be taken for a true one and end in nonsense, or in a crash much later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import PydanticCustomError, core_schema

from layout.core.standards import BUS_SPEED_FACTORS, NORM_RANGES

__all__ = [
    "LEVER_RANGES",
    "MOST",
    "STRICT",
    "Constant",
    "Count",
    "Day",
    "Long",
    "Plain",
    "Short",
    "Within",
    "Year",
]

Number = int | float

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
"""Of every table of a file: unknown keys are errors, no value is converted: "84" is no number."""
MOST = 100_000
"""Schools, classes, sites: no study has more of anything that is planned."""
LEVER_RANGES: dict[str, tuple[Number, Number]] = {
    "close": (0, MOST),
    "max_receivers": (1, MOST),
    "min_receiver_pupils": (0, MOST),
    "quota": (0, MOST),
    "belt_m": NORM_RANGES["belt_width_m"],
    "walk_kmh": NORM_RANGES["walk_kmh"],
    "bus_speed_factor": BUS_SPEED_FACTORS,
    "time_limit_s": (0.001, 1e9),
}
"""Least and greatest value of each lever that is a number, in the file and in Python alike."""


@dataclass(frozen=True)
class Within:
    """The check of a field of pydantic that its value is in a range; NaN is in none.

    Attributes
    ----------
    least, most
        The ends, both included, of the field's own kind.
    """

    least: Any
    most: Any

    def __get_pydantic_core_schema__(self, kind: Any, handler: GetCoreSchemaHandler) -> Any:
        return core_schema.no_info_after_validator_function(self._checked, handler(kind))

    def __get_pydantic_json_schema__(
        self, schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), **self._ends()}

    def _checked(self, value: Any) -> Any:
        if self.least <= value <= self.most:
            return value
        raise PydanticCustomError("out_of_range", "not from {least} to {most}", self._ends())

    def _ends(self) -> dict[str, Any]:
        """Both as text, for the message and for the page of the format."""
        return {"least": _shown(self.least), "most": _shown(self.most)}


def _shown(end: object) -> str:
    return f"{end:.12g}" if isinstance(end, float) else str(end)


Count = Annotated[int, Within(0, MOST)]
"""A number of schools, classes or sites."""
Year = Annotated[int, Within(1950, 2150)]
Day = Annotated[dt.date, Within(dt.date(1980, 1, 1), dt.date(2150, 12, 31))]
"""Files with dates inside them know none before 1980."""
Short = Annotated[str, StringConstraints(max_length=200)]
Long = Annotated[str, StringConstraints(max_length=5_000)]
_Int = Annotated[int, Within(-(10**18), 10**18)]
_Float = Annotated[float, Within(-1e18, 1e18)]
Constant = Long | _Int | _Float | bool
"""A value for all rows of a table; identifiers may be written as numbers."""
Plain = Constant | dt.date | list[Long | _Int | _Float]
"""Values of programmes that no model reads yet."""
