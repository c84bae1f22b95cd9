"""What the class and the tags of a road say: who may use it, which way, and how fast.

Everything here works on a table of ways with OpenStreetMap's tags as text columns
(`layout.inputs.roads.tables.WAY_TAGS`), empty where a tag is absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats
from layout.core.standards import Standards

__all__ = ["DESIGN_KMH", "ROAD_NORMS", "WALK_ONLY", "slow_kmh", "usage"]

ROAD_NORMS = (
    "bus_cap_expressway_kmh",
    "bus_cap_kmh",
    "bus_cap_sharp_kmh",
    "bus_speed_factor",
)
"""All norms that a network depends on; those of walking belong to journeys, not to roads."""

DESIGN_KMH: Mapping[str, float] = MappingProxyType(
    {
        "motorway": 100.0,
        "motorway_link": 40.0,
        "trunk": 80.0,
        "trunk_link": 40.0,
        "primary": 60.0,
        "primary_link": 40.0,
        "secondary": 40.0,
        "secondary_link": 30.0,
        "tertiary": 30.0,
        "tertiary_link": 30.0,
        "unclassified": 20.0,
        "residential": 30.0,
        "living_street": 20.0,
        "service": 20.0,
        "road": 20.0,
        "busway": 40.0,
    }
)
"""Design speed in km/h of the classes that a vehicle may use.

Source: JTG B01-2014, design speeds by technical class: expressways 80–120, class I 60–100,
class II 60–80, class III 30–40, class IV 20. OpenStreetMap's classes correspond to them as mapped
in China: motorway = expressway, trunk = national road (class I), primary = provincial road (class
II), secondary = county road (class III, 40), tertiary = township road (class III, 30), unclassified
and service = village road (class IV). Streets: CJJ 37, branch streets 20–40.
"""

WALK_ONLY = frozenset(
    {"track", "path", "footway", "steps", "pedestrian", "cycleway", "bridleway", "corridor"}
)
"""Classes on which children walk and no school bus drives."""

# Expressways and bus lanes are closed to walkers; the sets below are OpenStreetMap's tag values.
_EXPRESSWAYS = ("motorway", "motorway_link")
_NO_WALK = frozenset({*_EXPRESSWAYS, "busway"})
_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "delivery", "military"})
_ON_FOOT = frozenset({"yes", "designated", "permissive", "official", "destination", "customers"})
_NO_BUS_SERVICE = frozenset({"parking_aisle", "drive-through", "emergency_access"})
_UNPAVED = frozenset(
    {
        "unpaved", "compacted", "fine_gravel", "gravel", "pebblestone", "rock", "stone", "dirt",
        "earth", "ground", "soil", "mud", "sand", "clay", "grass", "woodchips", "laterite",
    }
)  # fmt: skip
_ROUGH = frozenset({"bad", "very_bad", "horrible", "very_horrible", "impassable"})

NARROW_M = 4.5
"""Roadbed width under which two vehicles do not pass: class IV single lane (JTG B01-2014)."""
STEEP_PERCENT = 8.0
"""Gradient that counts as steep: the ceiling of class III, 30 km/h (JTG B01-2014)."""
BUS_WIDTH_M = 2.5
"""Greatest width of a bus (GB 1589)."""


def usage(ways: pd.DataFrame, *, standards: Standards) -> pd.DataFrame:
    """Say for each way who may use it, in which directions, and at what speed.

    Parameters
    ----------
    ways
        Columns `layout.inputs.roads.tables.WAY_TAGS`, text, empty where absent.
    standards
        For the legal caps on school buses.

    Returns
    -------
    pandas.DataFrame
        Same index; ``walk``, ``bus``, ``drive`` (bool), ``forward``, ``backward`` (bool, for
        vehicles), ``drive_kmh`` and ``bus_kmh`` (class speed under posted limit and legal cap,
        0 where no vehicle may go), ``slow`` (bool: unpaved, narrow, steep or rough). On slow ways
        ``bus_kmh`` is already under the cap for such roads. The norm ``bus_speed_factor`` scales
        ``bus_kmh``; posted limits and legal caps still hold. ``carried`` (bool): on a bridge or in
        a tunnel, not on the ground.
    """
    # Bools over the ways; a tag on vehicles overrides one on access in general.
    highway = ways["highway"]
    vehicle = _member(highway, DESIGN_KMH) & ~_member(ways["service"], _NO_BUS_SERVICE)
    drive = vehicle & _admitted(ways, ("access", "vehicle", "motor_vehicle"))
    width = _parsed(ways["width"], _metres)
    bus = vehicle & _admitted(ways, ("access", "vehicle", "motor_vehicle", "psv", "bus"))
    bus &= ~(width < BUS_WIDTH_M)
    forward, backward = _directions(ways)
    # fmin ignores NaN: without a posted limit the design speed counts, and the other way round.
    posted = _parsed(ways["maxspeed"], _speed_kmh)
    drive_kmh = np.fmin(_mapped(highway, DESIGN_KMH), posted)
    cap = np.where(
        _member(highway, _EXPRESSWAYS), standards.bus_cap_expressway_kmh, standards.bus_cap_kmh
    )
    slow = _slow(ways, width)
    # The factor scales the speed driven; what is posted or the law says bounds it all the same.
    most = np.fmin(np.where(slow, standards.bus_cap_sharp_kmh, cap), posted)
    bus_kmh = np.minimum(np.minimum(drive_kmh, most) * standards.bus_speed_factor, most)
    # Wherever neither direction is open, no vehicle goes at all (reversible lanes, say).
    passable = forward | backward
    return pd.DataFrame(
        {
            "walk": _walkable(ways),
            "bus": bus & passable,
            "drive": drive & passable,
            "forward": forward,
            "backward": backward,
            "drive_kmh": np.where(drive & passable, drive_kmh, 0.0),
            "bus_kmh": np.where(bus & passable, bus_kmh, 0.0),
            "slow": slow,
            "carried": _tagged(ways["bridge"]) | _tagged(ways["tunnel"]),
        },
        index=ways.index,
    )


def slow_kmh(standards: Standards) -> float:
    """Greatest speed of a school bus on sharp bends and steep roads, km/h.

    Parameters
    ----------
    standards
        For the legal cap, and the factor on speeds, which slows a bus there too but lifts no cap.
    """
    return standards.bus_cap_sharp_kmh * min(1.0, standards.bus_speed_factor)


def _walkable(ways: pd.DataFrame) -> Bools:
    # Sidewalks are seldom mapped in China: every road for vehicles but these is walked.
    highway = ways["highway"]
    known = (_member(highway, DESIGN_KMH) & ~_member(highway, _NO_WALK)) | _member(
        highway, WALK_ONLY
    )
    foot = ways["foot"]
    shut = _member(foot, _CLOSED) | (_member(ways["access"], _CLOSED) & ~_member(foot, _ON_FOOT))
    return known & ~shut


def _admitted(ways: pd.DataFrame, keys: tuple[str, ...]) -> Bools:
    """Follow the tags from the general to the special one; the last that is set decides."""
    admitted = np.ones(len(ways), dtype=bool)
    for key in keys:
        # A tag that is absent leaves the decision of the more general one.
        given = (ways[key] != "").to_numpy(dtype=bool)
        admitted = np.where(given, ~_member(ways[key], _CLOSED), admitted)
    return admitted


def _directions(ways: pd.DataFrame) -> tuple[Bools, Bools]:
    """Directions open to vehicles; roundabouts and motorways are one-way unless tagged no."""
    # One-way values as OpenStreetMap documents them.
    oneway = ways["oneway"].str.lower()
    implied = _member(ways["junction"], ("roundabout", "circular")) | _member(
        ways["highway"], ("motorway",)
    )
    backwards = _member(oneway, ("-1", "reverse"))
    single = _member(oneway, ("yes", "true", "1")) | (
        implied & ~_member(oneway, ("no", "false", "0")) & ~backwards
    )
    closed = _member(oneway, ("reversible",))
    return ~backwards & ~closed, ~single & ~closed


def _slow(ways: pd.DataFrame, width: Floats) -> Bools:
    """Roads that fall under the cap for unpaved, narrow, steep or rough ones."""
    steep = np.abs(_parsed(ways["incline"], _percent)) >= STEEP_PERCENT
    return (
        _member(ways["surface"], _UNPAVED)
        | _member(ways["tracktype"], ("grade2", "grade3", "grade4", "grade5"))
        | _member(ways["smoothness"], _ROUGH)
        | (width < NARROW_M)
        | steep
    )


def _tagged(values: pd.Series) -> Bools:
    """Whether a tag says more than no; layers of lines also write F or 0 for that."""
    return ~_member(values.str.lower(), ("", "no", "f", "false", "0"))


def _member(values: pd.Series, accepted: Collection[str]) -> Bools:
    return values.isin(list(accepted)).to_numpy(dtype=bool)


def _mapped(values: pd.Series, table: Mapping[str, float]) -> Floats:
    return np.asarray(values.map(dict(table)), dtype=np.float64)


def _parsed(values: pd.Series, parse: Callable[[str], float]) -> Floats:
    """Parse each distinct text once; NaN where it says nothing."""
    # Some dozen distinct texts stand for a hundred thousand ways.
    codes, distinct = pd.factorize(values)
    numbers = np.array([parse(str(text)) for text in distinct], dtype=np.float64)
    return numbers[codes] if len(numbers) else np.empty(0)


_NUMBER = re.compile(r"^\s*(-?\d{1,4}(?:\.\d{1,4})?)\s*(km/h|kmh|mph|m|%|)\s*$")


def _quantity(text: str) -> tuple[float, str]:
    match = _NUMBER.match(text)
    return (float(match.group(1)), match.group(2)) if match else (np.nan, "")


def _speed_kmh(text: str) -> float:
    value, unit = _quantity(text)
    # Miles only where the tag says so.
    return (
        np.nan if unit in {"m", "%"} or value <= 0 else value * (1.609344 if unit == "mph" else 1)
    )


def _metres(text: str) -> float:
    value, unit = _quantity(text)
    return value if unit in {"m", ""} and value > 0 else np.nan


def _percent(text: str) -> float:
    value, unit = _quantity(text)
    return value if unit in {"%", ""} else np.nan
