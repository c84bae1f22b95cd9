"""Planning norms: every figure with its unit, its source and how sure the source is.

A study file may override each field in its ``[standards]`` table. ``confidence`` is ``R``
where the figure stands in a source that was retrieved (often a reprint, so the wording may be
second-hand) and ``M`` where it is a planner's default, to be checked against the local rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TypeVar

from layout.core.errors import UsageError
from layout.core.text import tr

__all__ = [
    "AGE_OF_GRADE",
    "BANDS",
    "BAND_OF_GRADE",
    "BUS_SPEED_FACTORS",
    "COMPULSORY_GRADES",
    "GRADES",
    "GRADES_OF_TYPE",
    "NORM_RANGES",
    "NOT_READ",
    "PARCEL_NORMS",
    "RURAL_CODES",
    "STAGES",
    "STAGE_OF_GRADE",
    "Standards",
    "class_size",
    "limit_minutes",
    "norms_text",
    "standards_table",
]

_T = TypeVar("_T", int, float)

_PRESCHOOL = ("k1", "k2", "k3")
_PRIMARY = ("g1", "g2", "g3", "g4", "g5", "g6")
_JUNIOR = ("g7", "g8", "g9")
_SENIOR = ("g10", "g11", "g12")

GRADES: tuple[str, ...] = _PRESCHOOL + _PRIMARY + _JUNIOR + _SENIOR
COMPULSORY_GRADES: tuple[str, ...] = _PRIMARY + _JUNIOR
AGE_OF_GRADE: Mapping[str, int] = MappingProxyType(
    {grade: age for age, grade in enumerate(GRADES, start=3)}
)
"""Age on 1 September of the school year; ``k1`` is 3, ``g1`` is 6, ``g12`` is 17."""

BANDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "preschool": _PRESCHOOL,
        "1-3": _PRIMARY[:3],
        "4-6": _PRIMARY[3:],
        "7-9": _JUNIOR,
        "10-12": _SENIOR,
    }
)
STAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"preschool": _PRESCHOOL, "primary": _PRIMARY, "junior": _JUNIOR, "senior": _SENIOR}
)
BAND_OF_GRADE: Mapping[str, str] = MappingProxyType(
    {grade: band for band, grades in BANDS.items() for grade in grades}
)
STAGE_OF_GRADE: Mapping[str, str] = MappingProxyType(
    {grade: stage for stage, grades in STAGES.items() for grade in grades}
)

_SCHOOL = _PRIMARY + _JUNIOR + _SENIOR
GRADES_OF_TYPE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "111": _PRESCHOOL,
        "119": _PRESCHOOL,
        "211": _PRIMARY,
        "218": _PRIMARY,
        "219": _PRIMARY,
        "311": _JUNIOR,
        "312": _PRIMARY + _JUNIOR,
        "319": _JUNIOR,
        "341": _JUNIOR + _SENIOR,
        "342": _SENIOR,
        "345": _SCHOOL,
        "349": _SENIOR,
        **dict.fromkeys(("361", "362", "363", "364", "365", "366"), _SENIOR),
        **dict.fromkeys(("510", "511", "512", "513", "514", "519"), GRADES),
    }
)
"""Grades that a school of a type may hold; a school may have attached classes beside them."""

BUS_SPEED_FACTORS = (0.25, 4.0)
"""Least and greatest factor on the speeds of school buses."""

RURAL_CODES = frozenset({"210", "220"})
"""Urban–rural codes that are rural: seat of a township (210) and village (220)."""


def _norm(value: _T, unit: str, source: str, confidence: str) -> _T:
    """Make a field of `Standards`, typed as its value, so that type checkers see a default."""
    metadata = {"unit": unit, "source": source, "confidence": confidence}
    norm: _T = field(default=value, metadata=metadata)
    return norm


@dataclass(frozen=True, kw_only=True)
class Standards:
    """Norms that the models use; each field carries unit, source and confidence as metadata.

    Notes
    -----
    Ages are in years, sizes in pupils unless the field's unit says otherwise. Walking speeds are
    on the flat. See `standards_table` for all fields with their sources.
    """

    # Which schools count as small, and when classes are large
    small_school_pupils: int = _norm(100, "pupils", "国办发〔2018〕27号", "R")
    large_class: int = _norm(56, "pupils", "教育部消除大班额口径", "R")
    super_large_class: int = _norm(66, "pupils", "教育部消除大班额口径", "R")
    large_class_share: float = _norm(0.05, "share", "“基本消除”口径", "R")
    super_large_class_share: float = _norm(0.02, "share", "“基本消除”口径", "R")

    # Sizes of classes and schools
    class_size_preschool: int = _norm(30, "pupils", "幼儿园工作规程", "R")
    class_size_primary: int = _norm(45, "pupils", "GB 50099-2011", "R")
    class_size_junior: int = _norm(50, "pupils", "GB 50099-2011", "R")
    class_size_senior: int = _norm(50, "pupils", "GB 50099-2011", "R")
    class_size_point: int = _norm(30, "pupils", "建标109-2008", "R")
    kindergarten_max_children: int = _norm(360, "children", "幼儿园工作规程", "R")
    kindergarten_max_classes: int = _norm(12, "classes", "JGJ 39", "R")
    kindergarten_min_classes: int = _norm(3, "classes", "one class for each age", "M")
    primary_min_classes: int = _norm(6, "classes", "建标109-2008", "R")
    primary_max_classes: int = _norm(24, "classes", "建标109-2008", "R")
    junior_min_classes: int = _norm(12, "classes", "建标109-2008", "R")
    junior_max_classes: int = _norm(24, "classes", "建标109-2008", "R")
    compulsory_max_pupils: int = _norm(2000, "pupils", "国办发〔2018〕27号及各地办学标准", "R")
    through_school_max_pupils: int = _norm(2500, "pupils", "各地办学标准", "M")

    # Ways to school
    limit_minutes_1_3: float = _norm(30.0, "minutes", "国办发〔2018〕27号", "R")
    limit_minutes_4_6: float = _norm(60.0, "minutes", "planner's default", "M")
    limit_minutes_7_9: float = _norm(60.0, "minutes", "planner's default", "M")
    limit_minutes_10_12: float = _norm(120.0, "minutes", "planner's default", "M")
    walk_kmh: float = _norm(4.0, "km/h", "children 3–4 km/h on the flat", "M")
    walk_limit_m: float = _norm(2000.0, "metres", "河北、山东、江西、安徽办学标准", "R")
    bus_wait_minutes: float = _norm(5.0, "minutes", "planner's default", "M")
    bus_cap_sharp_kmh: float = _norm(20.0, "km/h", "校车安全管理条例", "R")
    bus_cap_kmh: float = _norm(60.0, "km/h", "校车安全管理条例", "R")
    bus_cap_expressway_kmh: float = _norm(80.0, "km/h", "校车安全管理条例", "R")
    bus_speed_factor: float = _norm(1.0, "factor", "planner's default", "M")
    bus_seats_kindergarten: int = _norm(45, "seats", "GB 24407", "R")
    bus_seats_pupils: int = _norm(56, "seats", "GB 24407", "R")
    snap_limit_m: float = _norm(3000.0, "metres", "planner's default", "M")
    walk_past_m: float = _norm(100.0, "metres", "planner's default (stand-in)", "M")
    meal_distance_m: float = _norm(2000.0, "metres", "planner's default (stand-in)", "M")

    # Boarding
    boarding_from_grade: int = _norm(4, "grade", "国办发〔2018〕27号", "R")
    boarding_reach_minutes: float = _norm(180.0, "minutes", "planner's default", "M")
    boarding_trips_per_day: float = _norm(0.4, "trips", "two trips in five school days", "M")

    # Service radii
    kindergarten_rural_m: float = _norm(3000.0, "metres", "planner's default", "M")
    kindergarten_urban_m: float = _norm(300.0, "metres", "GBJ 99-86", "R")
    primary_urban_m: float = _norm(500.0, "metres", "GBJ 99-86", "R")
    junior_urban_m: float = _norm(1000.0, "metres", "GBJ 99-86", "R")

    # Where a new school may be built
    kindergarten_site_m2: float = _norm(
        15.0, "m² a child", "planner's default, after 建标175-2016", "M"
    )
    primary_site_m2: float = _norm(20.0, "m² a pupil", "planner's default, after 建标109-2008", "M")
    junior_site_m2: float = _norm(25.0, "m² a pupil", "planner's default, after 建标109-2008", "M")
    parcel_distance_m: float = _norm(1000.0, "metres", "planner's default (stand-in)", "M")

    # The border belt and the gates
    belt_width_m: float = _norm(3000.0, "metres", "广西教育发展规划（边境0—3公里）", "R")
    position_error_m: float = _norm(50.0, "metres", "stand-in: no source found", "M")
    opposed_share: float = _norm(0.5, "share", "教育部办公厅2016：多数家长反对", "R")

    # Rates and shares
    preschool_rate: float = _norm(0.988, "share", "action plan 2021–2023", "R")
    compulsory_completion_rate: float = _norm(0.978, "share", "action plan 2021–2023", "R")
    births_spread: float = _norm(0.1, "share", "stand-in: no source found", "M")
    senior_rate: float = _norm(0.968, "share", "action plan 2021–2023", "R")
    public_kindergarten_share: float = _norm(0.5, "share", "教育部学前教育普及普惠标准", "R")
    inclusive_kindergarten_share: float = _norm(0.8, "share", "教育部学前教育普及普惠标准", "R")
    resource_room_pupils: int = _norm(5, "pupils", "action plan 2021–2023", "R")

    # Staff
    pupils_per_teacher_primary: float = _norm(19.0, "pupils", "中央编办发〔2014〕72号", "R")
    pupils_per_teacher_junior: float = _norm(13.5, "pupils", "中央编办发〔2014〕72号", "R")
    pupils_per_teacher_senior: float = _norm(12.5, "pupils", "中央编办发〔2014〕72号", "R")


_RANGES: dict[str, tuple[float, float]] = {
    # By unit, both ends included; norms that differ from others of their unit by name.
    "pupils": (1, 10_000),
    "children": (1, 10_000),
    "classes": (1, 1_000),
    "seats": (1, 1_000),
    "grade": (1, 10),
    "minutes": (1.0, 1_440.0),
    "trips": (0.0, 10.0),
    "metres": (1.0, 200_000.0),
    "km/h": (1.0, 200.0),
    "share": (0.0, 1.0),
    "factor": BUS_SPEED_FACTORS,
    "m² a child": (0.0, 1_000.0),
    "m² a pupil": (0.0, 1_000.0),
    "small_school_pupils": (0, 10_000),
    "large_class": (10, 500),
    "super_large_class": (10, 500),
    "class_size_preschool": (5, 200),
    "class_size_primary": (5, 200),
    "class_size_junior": (5, 200),
    "class_size_senior": (5, 200),
    "class_size_point": (5, 200),
    "bus_wait_minutes": (0.0, 1_440.0),
    "walk_kmh": (0.5, 20.0),
    "walk_past_m": (0.0, 200_000.0),
    "meal_distance_m": (0.0, 200_000.0),
    "parcel_distance_m": (0.0, 200_000.0),
    "belt_width_m": (0.0, 200_000.0),
    "position_error_m": (0.0, 200_000.0),
}

NORM_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        norm.name: _RANGES.get(norm.name, _RANGES[norm.metadata["unit"]])
        for norm in fields(Standards)
    }
)
"""Least and greatest value of each norm, both allowed."""


def limit_minutes(standards: Standards, band: str) -> float:
    """Return the longest way to school of a band, one way and door to door, in minutes.

    Parameters
    ----------
    standards
        Norms in force.
    band
        One of `BANDS`.

    Returns
    -------
    float
        Minutes. The norm of kindergartens is a distance; it is given here as walking time.

    Raises
    ------
    UsageError
        If the band is unknown.

    Examples
    --------
    >>> limit_minutes(Standards(), "1-3"), limit_minutes(Standards(walk_kmh=3.0), "preschool")
    (30.0, 60.0)
    """
    if band == "preschool":
        # km/h to metres a minute.
        return standards.kindergarten_rural_m / (standards.walk_kmh * 1000 / 60)
    if band not in BANDS:
        raise UsageError(tr("unknown grade band {band}", band=band))
    minutes: float = getattr(standards, f"limit_minutes_{band.replace('-', '_')}")
    return minutes


def class_size(standards: Standards, type_code: str, grade: str) -> int:
    """Return the standard number of pupils of one class.

    Parameters
    ----------
    standards
        Norms in force.
    type_code
        Type of the school; teaching points (218) have smaller classes in primary grades.
    grade
        One of `GRADES`.

    Returns
    -------
    int
        Pupils a class.

    Raises
    ------
    UsageError
        If the grade is unknown.

    Examples
    --------
    >>> class_size(Standards(), "211", "g2"), class_size(Standards(), "218", "g2")
    (45, 30)
    """
    if grade not in STAGE_OF_GRADE:
        raise UsageError(tr("unknown grade {grade}", grade=grade))
    stage = STAGE_OF_GRADE[grade]
    if stage == "primary" and type_code == "218":
        return standards.class_size_point
    pupils: int = getattr(standards, f"class_size_{stage}")
    return pupils


def norms_text(standards: Standards, names: Iterable[str]) -> str:
    """Some norms as one text, for the name of what depends on them and on no other.

    Parameters
    ----------
    standards
        Norms in force.
    names
        Fields of `Standards`.
    """
    return "\n".join(f"{name} = {getattr(standards, name)!r}" for name in names)


NOT_READ = frozenset(
    "bus_seats_kindergarten bus_seats_pupils class_size_senior compulsory_completion_rate "
    "inclusive_kindergarten_share junior_urban_m primary_urban_m "
    "pupils_per_teacher_junior pupils_per_teacher_primary "
    "pupils_per_teacher_senior resource_room_pupils senior_rate".split()
)
"""Norms that a study may state and that nothing computes with yet."""


PARCEL_NORMS = (
    *("kindergarten_site_m2", "primary_site_m2", "junior_site_m2"),
    "parcel_distance_m",
)
"""Norms that count where a study has parcels."""


def standards_table(standards: Standards) -> list[dict[str, str | float | bool]]:
    """The norms that something computes with as rows, for the workbook and the data page.

    Parameters
    ----------
    standards
        Norms in force.

    Returns
    -------
    list of dict
        Keys ``name, value, unit, source, confidence, changed``; ``changed`` tells whether the
        study overrides the default.
    """
    return [
        {
            "name": norm.name,
            "value": getattr(standards, norm.name),
            "unit": norm.metadata["unit"],
            "source": norm.metadata["source"],
            "confidence": norm.metadata["confidence"],
            "changed": getattr(standards, norm.name) != norm.default,
        }
        for norm in fields(standards)
        if norm.name not in NOT_READ
    ]
