"""Coordinate systems: name them, convert them, and tell from points which one they are in.

All tables of a study are in WGS 84 (EPSG:4326); CGCS2000 is taken as equal to it.
"""

from layout.inputs.datum.detect import (
    DATUMS,
    REFERENCE_BD09,
    REFERENCE_GCJ02,
    SWAPPED,
    DatumFinding,
    detect_datum,
    from_wgs84,
    in_wgs84,
)
from layout.inputs.datum.doubts import is_ballpark, scale_error
from layout.inputs.datum.reference import Reference, reference_of
from layout.inputs.datum.shifts import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    in_china,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from layout.inputs.datum.sound import check_system
from layout.inputs.datum.systems import (
    WGS84,
    choose_metre_crs,
    metre_crs,
    names_file,
    parse_crs,
    to_metres,
)
from layout.inputs.datum.zones import (
    THREE_DEGREES,
    datum_named,
    degrees_of,
    prefixed_zone,
    zone_at,
    zone_crs,
)

__all__ = [
    "DATUMS",
    "REFERENCE_BD09",
    "REFERENCE_GCJ02",
    "SWAPPED",
    "THREE_DEGREES",
    "WGS84",
    "DatumFinding",
    "Reference",
    "bd09_to_wgs84",
    "check_system",
    "choose_metre_crs",
    "datum_named",
    "degrees_of",
    "detect_datum",
    "from_wgs84",
    "gcj02_to_wgs84",
    "in_china",
    "in_wgs84",
    "is_ballpark",
    "metre_crs",
    "names_file",
    "parse_crs",
    "prefixed_zone",
    "reference_of",
    "scale_error",
    "to_metres",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
    "zone_at",
    "zone_crs",
]
