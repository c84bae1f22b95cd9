"""Positions in tables: converted from the declared datum, and compared with the roads.

A point in the wrong datum lies 100–1,500 m off, which no range check sees. So every table of points
is tested. One that contradicts its declaration is refused, or is warned of, or passes where a named
person has checked it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from layout.core.arrays import Floats, Ints
from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.datum import (
    DATUMS,
    REFERENCE_BD09,
    REFERENCE_GCJ02,
    SWAPPED,
    DatumFinding,
    Reference,
    datum_named,
    degrees_of,
    detect_datum,
    from_wgs84,
    prefixed_zone,
    reference_of,
)
from layout.inputs.roads.coordinates import road_coordinates
from layout.inputs.roads.file import Roads

__all__ = ["POINT_TABLES", "REFUSE", "WARN", "DatumRecord", "datum_records", "in_degrees"]

POINT_TABLES = ("settlements", "schools")


REFUSE = 0.99
"""From this confidence on a table in another datum than declared is refused."""

WARN = 0.9
"""From here to `REFUSE` it is warned of."""

NOT_TOLD_APART = "not told apart"

_SHOWN_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class DatumRecord:
    """What was declared, found and decided about the datum of one table.

    ``declared_by`` is ``study file``, ``coordinates`` (eastings that name their zone) or
    ``default`` (nothing said, so WGS 84); ``decision`` is ``agrees``, ``not told apart`` (below a
    confidence of `WARN`; the rest is empty then), ``not checked``, ``warned``, ``refused`` or
    ``accepted``, the last where ``checked_by`` has looked at the positions.
    """

    table: str
    declared: str
    declared_by: str
    detected: str
    confidence: float
    shift_m: float
    mixed: bool
    share: float
    points: int
    decision: str
    checked_by: str = ""
    checked_on: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON; what is not told apart says nothing else."""
        if self.decision == NOT_TOLD_APART:
            names = ("table", "declared", "declared_by", "points", "decision")
            return {name: getattr(self, name) for name in names}
        return {**self.__dict__}


def in_degrees(
    typed: pd.DataFrame, declared: str | None, *, file: str, key: str
) -> tuple[pd.DataFrame, str]:
    """Convert the columns lon and lat of a table to degrees of WGS 84.

    Parameters
    ----------
    typed
        Columns lon and lat as numbers, NaN where they are not known.
    declared
        Datum as the study file names it, None where it is silent.
    file, key
        Study file and key of the declaration, for the problem.

    Returns
    -------
    table : DataFrame
        The same with lon and lat converted where both are known.
    declared_by : str
        See `DatumRecord`.

    Raises
    ------
    InputError
        If no such datum is known.
    """
    datum = datum_named(declared, file=file, key=key) if declared is not None else "WGS 84"
    # A zone's number may be in either column, as surveys exchange the two.
    x, y, known = _known(typed)
    zoned = (prefixed_zone(x, y) > 0) | (prefixed_zone(y, x) > 0)
    by = "study file" if declared is not None else "coordinates" if zoned.any() else "default"
    if datum == "WGS 84" and not zoned.any():
        return typed, by
    x, y = x.copy(), y.copy()
    # Nine decimals are a tenth of a millimetre; the rest is noise of the conversion.
    x[known], y[known] = (axis.round(9) for axis in degrees_of(x[known], y[known], datum))
    return typed.assign(lon=x, lat=y), by


def datum_records(
    tables: Mapping[str, pd.DataFrame],
    roads: Roads,
    *,
    roads_datum: str = "WGS 84",
    declared: Mapping[str, str | None],
    declared_by: Mapping[str, str],
    checked: tuple[str, str] | None,
    files: Mapping[str, str],
) -> tuple[list[DatumRecord], list[tuple[str, Problem]]]:
    """Compare every table of points with the roads.

    Parameters
    ----------
    tables
        Typed tables with lon and lat in degrees of WGS 84, converted as declared; index = row in
        the file.
    roads, roads_datum
        The study's roads, and the datum that they are declared in.
    declared, declared_by
        By table: datum as the study file names it, and who declared it.
    checked
        Name and date of who has checked the datums; None where nobody did.
    files
        File names by table, that of the roads too, for the problems.

    Returns
    -------
    records : list of DatumRecord
        One for each table; before them one of the roads where they are declared as shifted.
    problems : list of tuple
        Table and problem: errors from a confidence of `REFUSE`, warnings from `WARN`; none where
        it was checked.

    Raises
    ------
    InputError
        If the road file cannot be read.
    """
    lonlat, owner = road_coordinates(roads, datum=roads_datum)
    reference = reference_of(lonlat, owner) if len(lonlat) else None
    records: list[DatumRecord] = []
    problems: list[tuple[str, Problem]] = []
    if roads_datum != "WGS 84":
        # The roads as in their file: the declaration is wrong if the points fit these.
        as_filed = np.column_stack(from_wgs84(lonlat[:, 0], lonlat[:, 1], roads_datum))
        raw = reference_of(as_filed, owner) if len(lonlat) else None
        record = _roads_record(list(tables.values()), raw, roads_datum, checked)
        records.append(record)
        if record.decision in ("refused", "warned"):
            # Against such roads nothing can be said about the points.
            return records, [("roads", _roads_problem(record, files["roads"]))]
    for name, table in tables.items():
        text = declared.get(name)
        datum = datum_named(text) if text is not None else "WGS 84"
        # A projected zone is CGCS2000 once it is in degrees.
        datum = datum if datum in DATUMS else "WGS 84"
        lon, lat, known = _known(table)
        finding = DatumFinding(declared=datum, points=len(known))
        if reference is not None and len(known):
            # The test takes positions in their declared datum.
            as_declared = from_wgs84(lon[known], lat[known], datum)
            finding = detect_datum(*as_declared, reference, declared=datum)
        decision = _decision(finding, reference is not None, checked is not None)
        records.append(_record(name, finding, declared_by.get(name, "default"), decision, checked))
        if decision in ("refused", "warned"):
            rows = [str(table.index[known[at]]) for at in finding.rows]
            problems.append((name, _problem(name, finding, rows, decision, files[name])))
    return records, problems


def _known(table: pd.DataFrame) -> tuple[Floats, Floats, Ints]:
    """Longitudes, latitudes, and where both are known."""
    lon, lat = (table[axis].to_numpy("float64") for axis in ("lon", "lat"))
    return lon, lat, np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))


def _roads_record(
    tables: list[pd.DataFrame],
    raw: Reference | None,
    declared: str,
    checked: tuple[str, str] | None,
) -> DatumRecord:
    """Find the datum in which the roads, as in their file, fit the points of all tables."""
    # Positions of all tables together, shape (points,) each.
    places = [(lon[known], lat[known]) for lon, lat, known in map(_known, tables)]
    lon, lat = (np.concatenate([np.zeros(0), *(at[axis] for at in places)]) for axis in (0, 1))
    finding = DatumFinding(declared="WGS 84", points=len(lon))
    if raw is not None and len(lon):
        finding = detect_datum(lon, lat, raw)
    meant = {"WGS 84": "WGS 84", REFERENCE_GCJ02: "GCJ-02", REFERENCE_BD09: "BD-09"}
    # Anything else is about the points, and reported with them.
    finding = replace(finding, declared=declared, detected=meant.get(finding.detected, ""))
    decision = _decision(finding, raw is not None, checked is not None)
    return _record("roads", finding, "study file", decision, checked)


def _roads_problem(record: DatumRecord, file: str) -> Problem:
    """The roads are not in the datum that the study file declares, or the points are in it too."""
    confidence = f"{min(record.confidence, 0.9999):.2%}"
    where: dict[str, Any] = {
        "file": file,
        "value": record.detected,
        "severity": "error" if record.decision == "refused" else "warning",
        "declared": record.declared,
        "confidence": confidence,
    }
    if record.detected == "WGS 84":
        return problem("datum-roads-declared:wgs84", **where)
    return problem("datum-roads-declared", detected=record.detected, **where)


def _decision(finding: DatumFinding, possible: bool, checked: bool) -> str:
    if not possible:
        return "not checked"
    # Swapped axes are reported row by row by the other checks of places.
    if not finding.detected or finding.confidence < WARN or finding.detected == SWAPPED:
        return NOT_TOLD_APART
    if finding.detected == finding.declared:
        return "agrees"
    if checked:
        return "accepted"
    return "refused" if finding.confidence >= REFUSE else "warned"


def _record(
    name: str,
    finding: DatumFinding,
    by: str,
    decision: str,
    checked: tuple[str, str] | None,
) -> DatumRecord:
    if decision == NOT_TOLD_APART:
        # A guess below the confidence is no finding.
        finding = DatumFinding(declared=finding.declared, points=finding.points)
    return DatumRecord(
        table=name,
        declared=finding.declared,
        declared_by=by,
        detected=finding.detected,
        confidence=round(finding.confidence, 6),
        shift_m=round(finding.shift_m, 1),
        mixed=finding.mixed,
        share=round(finding.share, 3),
        points=finding.points,
        decision=decision,
        checked_by=checked[0] if checked else "",
        checked_on=checked[1] if checked else "",
    )


def _numbers(finding: DatumFinding) -> dict[str, Any]:
    """What the sentences about a finding say of it."""
    return {
        "declared": finding.declared,
        "detected": finding.detected.removeprefix("reference "),
        "metres": f"{finding.shift_m:,.0f}",
        "confidence": f"{min(finding.confidence, 0.9999):.2%}",
        "near": f"{finding.near_detected:.0%}",
        "before": f"{finding.near_declared:.0%}",
    }


def _problem(
    name: str, finding: DatumFinding, rows: list[str], decision: str, file: str
) -> Problem:
    numbers = _numbers(finding)
    where: dict[str, Any] = {
        "file": file,
        "columns": ("lon", "lat"),
        "value": numbers["detected"],
        "severity": "error" if decision == "refused" else "warning",
        "example": '{ name = "…", date = 2026-01-31 }',
    }
    if finding.detected in (REFERENCE_GCJ02, REFERENCE_BD09):
        return problem("datum-roads", **numbers, **where)
    # Only of a mixed table does it help to name the rows.
    if finding.mixed:
        share = f"{finding.share:.0%}"
        return problem("datum-mixed", row=_listed(rows), share=share, **numbers, **where)
    return problem("datum-mismatch", table=name, **numbers, **where)


def _listed(rows: list[str]) -> str:
    more = len(rows) - _SHOWN_ROWS
    return ", ".join(rows[:_SHOWN_ROWS]) + (f" … (+{more})" if more > 0 else "")
