"""The columns of every table: names, kinds, ranges. Files carry the same names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from layout.core.standards import GRADES

__all__ = [
    "AGES",
    "ATTENDANCE",
    "EXCLUSIONS",
    "EXCLUSION_KINDS",
    "PARCELS",
    "PARCEL_STAGES",
    "RIVERS",
    "SCHOOLS",
    "SCHOOL_TYPES",
    "SETTLEMENTS",
    "TOWNSHIPS",
    "UNITS",
    "Column",
    "Table",
]

Kind = Literal["id", "text", "int", "float", "bool", "choice"]

AGES = tuple(f"age_{age}" for age in range(18))

SCHOOL_TYPES: tuple[str, ...] = (
    *("111", "119"),
    *("211", "218", "219"),
    *("311", "312", "319"),
    *("341", "342", "345", "349"),
    *("361", "362", "363", "364", "365", "366"),
    *("510", "511", "512", "513", "514", "519"),
)
"""Codes of 办学类型 that the models know; those that begin with 5 are special schools."""

URBAN_RURAL_CODES = ("111", "112", "121", "122", "123", "210", "220")
EXCLUSION_KINDS = ("flood", "slope", "geology", "water", "other")
PARCEL_STAGES = ("preschool", "primary", "junior")
MOST = 1_000_000
"""No count of one row can reach a million; larger ones are slips of the keyboard."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    ``default`` is the text that stands in for a blank cell or a missing optional column; where
    it is None a blank cell is a problem. ``required`` columns must be in the file. A ``float`` or a
    ``bool`` whose default is no text at all keeps its blanks: NaN, or None beside True and False.
    """

    name: str
    kind: Kind = "text"
    required: bool = True
    default: str | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def nullable(self) -> bool:
        """Whether a blank cell stays blank instead of taking a value."""
        return self.kind in ("float", "bool") and self.default == ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: its name in the study file, its columns, and what makes a row unique.

    ``totals`` are columns that a file may hold to be checked and not kept: each must equal the sum
    of the columns whose names begin with the second text.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    totals: tuple[tuple[str, str], ...] = ()


def _count(name: str, *, default: str | None = None, required: bool = True) -> Column:
    return Column(
        name=name, kind="int", minimum=0, maximum=MOST, default=default, required=required
    )


def _optional(name: str, kind: Kind = "text", default: str = "") -> Column:
    return Column(name=name, kind=kind, required=False, default=default)


# Where a settlement or a school is; lon and lat may hold another datum until they are converted.
_PLACE = (
    Column(name="county_code", kind="id"),
    Column(name="lon", kind="float", minimum=-180, maximum=180),
    Column(name="lat", kind="float", minimum=-90, maximum=90),
)

UNITS = Table(
    name="units",
    columns=(Column(name="county_code", kind="id"), Column(name="name")),
    key=("county_code",),
)

SETTLEMENTS = Table(
    name="settlements",
    columns=(
        Column(name="settlement_id", kind="id"),
        Column(name="name"),
        Column(
            name="kind",
            kind="choice",
            choices=("village", "hamlet", "neighbourhood", "block"),
            required=False,
            default="village",
        ),
        _optional("urban", "bool", "false"),
        _optional("village_code", "id"),
        Column(name="township_code", kind="id"),
        _optional("township"),
        *_PLACE,
        *(_count(age) for age in AGES),
    ),
    key=("settlement_id",),
)

SCHOOLS = Table(
    name="schools",
    columns=(
        Column(name="school_id", kind="id"),
        Column(name="name"),
        Column(name="type_code", kind="choice", choices=SCHOOL_TYPES),
        Column(name="urban_rural_code", kind="choice", choices=URBAN_RURAL_CODES),
        Column(name="ownership", kind="choice", choices=("public", "private", "inclusive")),
        _optional("centre_school_id", "id"),
        Column(name="township_code", kind="id"),
        _optional("village_code", "id"),
        *_PLACE,
        *(_count(f"pupils_{grade}") for grade in GRADES),
        *(_count(f"classes_{grade}") for grade in GRADES),
        _count("classes_mixed", default="0"),
        _count("boarders"),
        _count("beds"),
        _count("teachers", required=False, default="0"),
        *(
            Column(name=name, kind="float", minimum=0, required=False, default="0")
            for name in ("site_area_m2", "floor_area_m2", "dormitory_area_m2")
        ),
        _optional("canteen", "bool"),
        _count("integrated_pupils", required=False, default="0"),
        Column(name="border_flag", kind="bool", default="false"),
        Column(
            name="position_error_m",
            kind="float",
            minimum=0,
            maximum=99_999,
            required=False,
            default="",
        ),
        Column(
            name="survey_opposed_share",
            kind="float",
            minimum=0,
            maximum=1,
            required=False,
            default="",
        ),
        _optional("survey_date"),
        Column(
            name="demonstration",
            kind="choice",
            choices=("", "city", "region"),
            required=False,
            default="",
        ),
    ),
    key=("school_id",),
    totals=(("pupils_total", "pupils_"), ("classes_total", "classes_")),
)

ATTENDANCE = Table(
    name="attendance",
    columns=(
        Column(name="settlement_id", kind="id"),
        Column(name="grade", kind="choice", choices=GRADES),
        Column(name="school_id", kind="id", default=""),
        Column(name="pupils", kind="int", minimum=1, maximum=MOST),
    ),
    key=("settlement_id", "grade", "school_id"),
)

PARCELS = Table(
    name="parcels",
    columns=(
        Column(name="parcel_id", kind="id"),
        _optional("name"),
        Column(
            name="stage", kind="choice", choices=("", *PARCEL_STAGES), required=False, default=""
        ),
        Column(name="area_m2", kind="float", minimum=1, required=False, default=""),
    ),
    key=("parcel_id",),
)

EXCLUSIONS = Table(
    name="exclusions",
    columns=(Column(name="kind", kind="choice", choices=EXCLUSION_KINDS), _optional("name")),
    key=(),
)

TOWNSHIPS = Table(
    name="townships",
    columns=(Column(name="township_code", kind="id"), _optional("name")),
    key=("township_code",),
)

RIVERS = Table(name="rivers", columns=(_optional("name"),), key=())
