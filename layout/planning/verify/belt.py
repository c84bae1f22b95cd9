"""Checks of the border belt: nobody in it closes, and the list of retained schools is right.

Distances are measured another way than the model's: straight through the ellipsoid, from point to
chord, and bent onto its surface afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from layout.core.arrays import Floats
from layout.core.text import tr
from layout.planning.verify.facts import Facts, joined

__all__ = ["belt_failures"]

AXIS_M, FLATTENING = 6_378_137.0, 1 / 298.257223563
"""WGS 84."""
STEP_DEGREES = 0.002
"""Lines are judged, and cut to the counties, in pieces of at most this length."""
REACH_M = 5000.0
"""What lies farther from the counties' outer boundary, and than the belt is wide, is cut off."""
TOLERANCE_M = 1.0


@dataclass(frozen=True, eq=False)
class _Chords:
    """Pieces of lines as chords: starts and ends in metres from the earth's centre, (n, 3)."""

    start: Floats
    end: Floats

    @classmethod
    def of(cls, lines: object) -> _Chords:
        """Take lines in longitude and latitude, cut into short pieces."""
        parts = shapely.get_parts(shapely.segmentize(np.asarray(lines), STEP_DEGREES))
        pieces = [_centred(shapely.get_coordinates(part)) for part in parts]
        none = [np.empty((0, 3))]
        return cls(
            np.concatenate([*none, *(piece[:-1] for piece in pieces)]),
            np.concatenate([*none, *(piece[1:] for piece in pieces)]),
        )

    def nearest(self, points: Floats, within: float = np.inf) -> tuple[Floats, Floats]:
        """Metres along the surface from points (m, 3) to the nearest chord, and its point there.

        Points that have no chord within some metres may be told to have none at all.
        """
        metres, at = np.full(len(points), np.inf), np.full((len(points), 3), np.nan)
        if not len(self.start):
            return metres, at
        # A chord as near as the nearest has its middle at most half a chord farther away.
        middle = KDTree((self.start + self.end) / 2)
        half = float(np.linalg.norm(self.end - self.start, axis=1).max()) / 2
        placed = np.flatnonzero(np.isfinite(points).all(axis=1))
        least = np.asarray(middle.query(points[placed])[0], dtype=np.float64)
        for row, reach in zip(placed, least + 2 * half, strict=True):
            if reach > within + 3 * half:
                continue
            point = points[row]
            some = middle.query_ball_point(point, reach)
            start, step = self.start[some], self.end[some] - self.start[some]
            length2 = (step * step).sum(axis=1)
            along = ((point - start) * step).sum(axis=1) / np.where(length2 > 0, length2, 1.0)
            feet = start + np.clip(along, 0, 1)[:, None] * step
            away = np.linalg.norm(feet - point, axis=1)
            best = int(np.argmin(away))
            # The arc over a chord is longer by its cube over 24 radii squared.
            metres[row] = away[best] + away[best] ** 3 / (24 * AXIS_M**2)
            at[row] = feet[best]
        return metres, at


def belt_failures(facts: Facts) -> list[str]:
    """List every failure of the belt; the closures must be schools of the study."""
    return [*_closed(facts), *_listed(facts)]


def _closed(facts: Facts) -> Iterator[str]:
    """No school of the belt closes: official list, then distance measured another way."""
    schools = facts.study.schools
    schools = schools.loc[sorted(facts.closed & set(schools.index))]
    if "belt" in facts.options.drop or schools.empty:
        return
    flagged = schools.index[schools["border_flag"].astype(bool)]
    if len(flagged) and facts.options.belt_official:
        yield tr("schools on the border list close: {schools}", schools=joined(flagged))
    programme = facts.study.programmes.border
    units = () if programme is None else programme.units
    asked = schools[schools["county_code"].isin(units)] if units else schools
    width = _width(facts)
    if width <= 0 or asked.empty:
        return
    distance, error = _measured(facts, asked)
    # A school in doubt is protected unless the scenario lets uncertain ones close.
    edge = width - error if facts.options.close_uncertain else width + error
    inside = distance < edge - TOLERANCE_M
    if inside.any():
        names = joined(asked.index[inside])
        yield tr("schools inside the border belt close: {schools}", schools=names)


def _listed(facts: Facts) -> Iterator[str]:
    """Distance, uncertainty and belt of every retained school, and what follows from them."""
    table = facts.plan.retained
    if table.empty:
        return
    unknown = set(table["school_id"]) - set(facts.study.schools.index)
    if unknown:
        yield tr("the study has no school {schools}", schools=joined(unknown))
        return
    schools = facts.study.schools.loc[list(table["school_id"])]
    distance, error = _measured(facts, schools)
    told, doubt = (table[name].to_numpy(dtype=float) for name in ("distance_m", "uncertainty_m"))
    # Whether a number is right within the tolerance; both are infinite where there is no line.
    near = np.isclose(told, distance, rtol=0, atol=TOLERANCE_M)
    sure = np.isclose(doubt, error, rtol=0, atol=TOLERANCE_M)
    # Membership from the plan's own numbers, as they decide on the edge.
    width = _width(facts)
    belt = np.where(told < width, "in", "out").astype(object)
    belt[np.abs(told - width) <= doubt] = "uncertain"
    if width <= 0:
        belt[:] = "out"
    official = schools["border_flag"].to_numpy(dtype=bool)
    kept = (belt == "in") | ((belt == "uncertain") & (not facts.options.close_uncertain))
    kept |= official & facts.options.belt_official
    right = {
        "official": official == table["official"].to_numpy(dtype=bool),
        "distance_m": near,
        "uncertainty_m": sure,
        "belt": belt == table["belt"].to_numpy(dtype=object),
        "protected": kept == table["protected"].to_numpy(dtype=bool),
    }
    for column, holds in right.items():
        if not holds.all():
            yield tr(
                "the list of retained schools is wrong in {column}: {schools}",
                column=column,
                schools=joined(table["school_id"][~holds]),
            )


def _width(facts: Facts) -> float:
    """Width of the belt in metres; 0 without a line."""
    border, programme = facts.study.border, facts.study.programmes.border
    if border is None or border.empty:
        return 0.0
    if facts.options.belt_m is not None:
        return facts.options.belt_m
    return facts.study.standards.belt_width_m if programme is None else programme.width_m


def _measured(facts: Facts, schools: pd.DataFrame) -> tuple[Floats, Floats]:
    """Distance of schools to the counties' part of the line, and their uncertainty, in metres."""
    own = schools["position_error_m"].fillna(facts.study.standards.position_error_m)
    position = own.to_numpy(dtype=float)
    border = facts.study.border
    if border is None:
        return np.full(len(schools), np.inf), position
    counties = (facts.study.whole or facts.study).units
    whole = shapely.union_all(counties.geometry.to_numpy())
    areas = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
    outline = _Chords.of([part.exterior for part in areas])
    # The line may be a whole country's: only pieces with both ends near the outline are measured.
    line = _Chords.of(border.geometry.to_numpy())
    reach = max(REACH_M, _width(facts))
    start, end = (outline.nearest(ends, reach)[0] <= reach for ends in (line.start, line.end))
    line = _Chords(line.start[start & end], line.end[start & end])
    points = _centred(np.stack([schools.geometry.x, schools.geometry.y], axis=1))
    distance, at = line.nearest(points)
    off = np.nan_to_num(outline.nearest(at)[0], posinf=0.0)
    return distance, np.hypot(position, off)


def _centred(lonlat: Floats) -> Floats:
    """Longitude and latitude (n, 2) as metres from the earth's centre (n, 3), on the ellipsoid."""
    lon, lat = np.radians(lonlat).T
    squared = FLATTENING * (2 - FLATTENING)
    across = AXIS_M / np.sqrt(1 - squared * np.sin(lat) ** 2)
    return np.stack(
        [
            across * np.cos(lat) * np.cos(lon),
            across * np.cos(lat) * np.sin(lon),
            across * (1 - squared) * np.sin(lat),
        ],
        axis=1,
    )
