"""GeoJSON: that it is such a file, names a system that is known, and is no larger than it looks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyproj
from pyproj.exceptions import CRSError

from layout.core.problems import refuse
from layout.inputs.safety.guarded import MAX_MEMORY
from layout.inputs.safety.limits import MAX_CELLS, MAX_ROWS, check_inflated, check_size

__all__ = ["MAX_OBJECTS", "check_geojson"]

MAX_OBJECTS = 5 * MAX_ROWS
"""A feature has three: itself, its attributes and its geometry."""

_TYPES = {"FeatureCollection", "Feature"}
# Letters may be written by their numbers, and GDAL takes the name in any letter case.
_MAY_NAME_CRS = re.compile(rb"crs|\\u00", re.IGNORECASE)
_NAME = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:(?P<owner>[A-Z]+):[0-9.]*:|(?P<plain>[A-Z]+):)(?P<code>[0-9A-Z]+)",
    re.IGNORECASE,
)


def check_geojson(path: Path, *, file: str) -> None:
    """Refuse a file that is no GeoJSON, or whose ``crs`` is anything but the name of a system.

    A ``crs`` may also be a link, which GDAL would fetch; and a name that GDAL does not know would
    be taken as WGS 84.

    Parameters
    ----------
    path
        The file.
    file
        Its name, for the problems.

    Raises
    ------
    InputError
        Codes ``file-content``, ``crs-unknown``, ``too-large``, ``inflates``.
    """
    check_inflated(path.stat().st_size, file=file)
    data = path.read_bytes()
    # Objects and lists, however small, take up to 200 and 70 bytes once they are parsed.
    if data.count(b"{") > MAX_OBJECTS or data.count(b"[") > MAX_CELLS:
        raise refuse("too-large:memory", file=file, gigabytes=MAX_MEMORY >> 30)
    systems: list[object] = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        # Of a name that stands twice, each is looked at.
        systems.extend(value for name, value in members if name.casefold() == "crs")
        return dict(members)

    try:
        text = data.decode("utf-8-sig")
        looks = pairs if _MAY_NAME_CRS.search(data) else None
        parsed = json.loads(text, object_pairs_hook=looks)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise refuse("file-content:layer", file=file) from error
    if not isinstance(parsed, dict) or parsed.get("type") not in _TYPES:
        raise refuse("file-content:layer", file=file)
    # Attributes of this name are text or numbers.
    wrong = [one for one in systems if isinstance(one, dict | list) and not _is_known(one)]
    top = [value for name, value in parsed.items() if name.casefold() == "crs"]
    wrong += [one for one in top if one is not None and not isinstance(one, dict | list)]
    if wrong:
        raise refuse("crs-unknown:layer", file=file, value=_shown(wrong[0]))
    _check_columns(parsed.get("features"), file)


def _is_known(crs: object) -> bool:
    if not isinstance(crs, dict) or crs.get("type") != "name":
        return False
    properties = crs.get("properties")
    name = properties.get("name") if isinstance(properties, dict) else None
    parts = _NAME.fullmatch(name) if isinstance(name, str) else None
    if parts is None:
        return False
    try:
        pyproj.CRS.from_authority((parts["owner"] or parts["plain"]).upper(), parts["code"].upper())
    except CRSError:
        return False
    return True


def _shown(crs: object) -> str:
    """The name or address alone, where there is one."""
    told = crs.get("properties") if isinstance(crs, dict) else None
    inner = (told.get("name") or told.get("href")) if isinstance(told, dict) else None
    return (inner if isinstance(inner, str) else json.dumps(crs, ensure_ascii=False))[:200]


def _check_columns(features: object, file: str) -> None:
    """A feature with an attribute of its own gives a column to all others."""
    if not isinstance(features, list):
        return
    names: set[str] = set()
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if isinstance(properties, dict):
            names.update(properties)
    check_size(len(features), len(names), file=file)
