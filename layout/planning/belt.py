"""The border belt: distance of each school to the border line, and what follows from it.

The belt is administrative; how it is measured is not written down. So an official flag of the
school comes first and geometry is the cross-check, each school with its own uncertainty: the root
of the squares of its position error and of the line's error there, which is how far the nearest
point of the line lies from the counties' outer boundary. A school whose distance to the belt's edge
is within its uncertainty is *uncertain*, never silently in or out.

Of the line only what runs along the counties counts, see `near_line`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

from layout.core.arrays import Floats, Ints, Keyed
from layout.core.errors import UsageError
from layout.core.standards import COMPULSORY_GRADES, GRADES_OF_TYPE
from layout.core.text import tr
from layout.inputs.study.study import Study

__all__ = [
    "belt_table",
    "belt_width_m",
    "border_distance",
    "border_units",
    "near_line",
    "protected_by_belt",
]

_GEOD = Geod(ellps="WGS84")
PIECE_DEGREES = 0.002
"""Border pieces of at most some 220 m, so that straight in degrees and geodesic agree to 1 mm."""
SCALE_MARGIN = 1.005
"""Projected metres of a study-wide CRS differ by less than this from true metres (UTM: 1.0004)."""
METRES_A_DEGREE = 110_000.0
"""Less than a degree of latitude has anywhere (110,574 m at the equator)."""
REACH_M = 5000.0
"""What lies farther from the counties' outer boundary is the border of others.

As wide as the widest belt that is asked for, and twice the gap between a line and the polygons."""


class Pieces(NamedTuple):
    """Short straight pieces of lines: their ends, arrays (n, 2) of longitude and latitude."""

    start: Floats
    end: Floats


class Nearest(NamedTuple):
    """By point: metres to the nearest point of some lines, infinite without any, and where it is.

    ``at`` has shape (points, 2), longitude and latitude; NaN without any line.
    """

    metres: Floats
    at: Floats


def border_distance(
    points: gpd.GeoSeries, border: gpd.GeoDataFrame | None, *, crs: str
) -> pd.Series:
    """Measure the geodesic distance of each point to the nearest point of the border line.

    Parameters
    ----------
    points
        Points in EPSG:4326, by id.
    border
        Lines in EPSG:4326, straight in longitude and latitude between vertices; None or no rows
        where a study has no border.
    crs
        Projected CRS in metres, used only to find which pieces of the line are near.

    Returns
    -------
    pandas.Series
        ``distance_m`` by id, infinite without a border.

    Raises
    ------
    UsageError
        Where points or border are not in EPSG:4326.

    Notes
    -----
    The near pieces are projected azimuthally equidistant around the point itself (azimuth and
    distance by Karney's geodesic algorithm, WGS 84), where distances from the centre are exact.
    """
    if border is None or border.empty or points.empty:
        return pd.Series(np.inf, index=points.index, name="distance_m", dtype="float64")
    for layer in (points, border):
        if layer.crs is None or layer.crs.to_epsg() != 4326:
            raise UsageError(tr("distances to the border need EPSG:4326 on both sides"))
    metres = _nearest(_lon_lat(points), _pieces(border.geometry), crs=crs).metres
    return pd.Series(metres, index=points.index, name="distance_m")


def near_line(
    border: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, crs: str, width_m: float = 0.0
) -> gpd.GeoDataFrame:
    """Cut the border line to the counties.

    Parameters
    ----------
    border
        Lines in EPSG:4326, as long as a country's.
    units
        All counties of the study, EPSG:4326.
    crs
        Projected CRS in metres.
    width_m
        Width of the belt; a line within `REACH_M` of the counties' outer boundary, or within the
        width where that is more, is theirs.

    Returns
    -------
    geopandas.GeoDataFrame
        The pieces of at most 0.002 degrees both of whose ends lie within this reach of the outer
        boundary, joined to lines. No school of the counties that is within the reach of the whole
        line, less the length of a piece, is farther from what is left: its shortest way to a line
        outside the counties crosses the boundary.
    """
    cut = _cut(_pieces(border.geometry), _outline(units), crs=crs, width_m=width_m)
    merged = shapely.get_parts(shapely.line_merge(_as_lines(cut)))
    return gpd.GeoDataFrame(geometry=merged, crs=border.crs)


def belt_width_m(study: Study) -> float:
    """Width of the belt in metres: the lever's, else the programme's or the norm's; 0 if no line.

    Parameters
    ----------
    study
        Supplies lever, programme, norm and line.
    """
    if study.border is None or study.border.empty:
        return 0.0
    if study.options.belt_m is not None:
        return study.options.belt_m
    programme = study.programmes.border
    return study.standards.belt_width_m if programme is None else programme.width_m


def border_units(study: Study) -> tuple[str, ...]:
    """Codes of the border counties: the programme's, else those that the belt may touch."""
    programme, width = study.programmes.border, belt_width_m(study)
    if programme is not None and programme.units:
        return tuple(sorted(programme.units))
    if study.border is None or width <= 0:
        return ()
    outline = _outline((study.whole or study).units)
    line = _study_line(study, outline)
    if not len(line.start):
        return ()
    # As far as the least certain school could be and still count, on the plane of the study; a
    # little further than true metres, so that no county is missed.
    off = _nearest(line.start, outline, crs=study.crs).metres.max()
    reach = width + float(np.hypot(off, _position_error(study.schools, study).max()))
    plane = gpd.GeoSeries([_as_lines(line)], crs=study.border.crs).to_crs(study.crs).iloc[0]
    shapes = study.units.to_crs(study.crs).geometry.to_numpy()
    near = shapely.dwithin(shapes, plane, reach * SCALE_MARGIN)
    return tuple(sorted(study.units.index[near].astype(str)))


def belt_table(study: Study) -> pd.DataFrame:
    """Judge every compulsory school of the border counties against the belt.

    Parameters
    ----------
    study
        Supplies schools, counties, border line, programme and norms; of its levers, ``belt_m`` is
        the width, without ``belt_official`` the official flag protects nobody, and with
        ``close_uncertain`` schools that are uncertain, and not protected by the flag, may close.

    Returns
    -------
    pandas.DataFrame
        Columns of `layout.planning.contract.RETAINED`, nearest to the border first, then by
        school_id; ``price`` is not worked out. Schools with the official flag outside the border
        counties are listed as well.

    Notes
    -----
    With the position error p and the nearest point b of the line, the uncertainty of a school is
    ``sqrt(p² + d²)``, where d is the geodesic distance from b to the outer boundary of all the
    study's counties together. It is ``uncertain`` where ``|distance - width| <= uncertainty``.
    """
    schools = study.schools.sort_index()
    # Compulsory schools of the border counties, and flagged ones anywhere.
    compulsory = schools["type_code"].map(
        lambda code: not set(GRADES_OF_TYPE.get(code, ())).isdisjoint(COMPULSORY_GRADES)
    )
    asked = schools["county_code"].isin(border_units(study)) | schools["border_flag"]
    part = schools[compulsory.astype(bool) & asked.astype(bool)]
    # Shapes (schools,), in the order of `part`; where a line's error is missing, there is no line.
    points, reach_m = _lon_lat(part.geometry), max(REACH_M, belt_width_m(study))
    border, off = _from_border(
        Keyed(
            given=(study, points),
            tables=((study.whole or study).units, study.border),
            values=(study.crs, reach_m, points.tobytes()),
        )
    )
    error = np.hypot(_position_error(part, study), np.where(np.isfinite(border.metres), off, 0.0))
    belt = _membership(border.metres, belt_width_m(study), error)
    # The flag outweighs the geometry, unless a lever says otherwise.
    official = part["border_flag"].to_numpy(dtype=bool)
    flagged = official & study.options.belt_official
    doubtful = (belt == "uncertain") & (not study.options.close_uncertain)
    protected = flagged | (belt == "in") | doubtful
    table = pd.DataFrame(
        {
            "school_id": part.index.astype(str),
            "name": part["name"].to_numpy(),
            "official": official,
            "distance_m": border.metres,
            "uncertainty_m": error,
            "belt": belt,
            "protected": protected,
            "rule": [
                _rule(flag, where, kept)
                for flag, where, kept in zip(flagged, belt, protected, strict=True)
            ],
            "price": np.nan,
        }
    )
    return table.sort_values(["distance_m", "school_id"], kind="stable", ignore_index=True)


@lru_cache(maxsize=4)
def _from_border(key: Keyed[tuple[Study, Floats]]) -> tuple[Nearest, Floats]:
    """The nearest point of the border, and its metres to the outline; belts of a study share it."""
    study, points = key.given
    outline = _outline((study.whole or study).units)
    border = _nearest(points, _study_line(study, outline), crs=study.crs)
    return border, _nearest(border.at, outline, crs=study.crs).metres


def protected_by_belt(table: pd.DataFrame) -> frozenset[str]:
    """Identifiers of the schools that the belt protects, from `belt_table`."""
    return frozenset(table.loc[table["protected"].astype(bool), "school_id"])


def _lon_lat(points: gpd.GeoSeries) -> Floats:
    return np.stack([points.x.to_numpy(), points.y.to_numpy()], axis=1)


def _position_error(schools: pd.DataFrame, study: Study) -> Floats:
    """Position error of each school in metres: its own, else the norm's."""
    own = schools["position_error_m"].fillna(study.standards.position_error_m)
    return own.to_numpy(dtype=np.float64)


def _pieces(lines: gpd.GeoSeries) -> Pieces:
    """Cut lines in degrees into short pieces."""
    parts = shapely.get_parts(shapely.segmentize(lines.to_numpy(), PIECE_DEGREES))
    xy, line = shapely.get_coordinates(parts, return_index=True)
    # Neighbouring vertices (n, 2) bound a piece where both lie on the same line.
    same = line[1:] == line[:-1]
    return Pieces(xy[:-1][same], xy[1:][same])


def _as_lines(pieces: Pieces) -> shapely.MultiLineString:
    return shapely.MultiLineString(list(np.stack(pieces, axis=1)))


def _outline(units: gpd.GeoDataFrame) -> Pieces:
    """Outer boundary of all counties together, in pieces; gaps between them are no part of it."""
    parts = shapely.get_parts(shapely.union_all(units.geometry.to_numpy()))
    areas = parts[shapely.get_dimensions(parts) == 2]
    return _pieces(gpd.GeoSeries(shapely.get_exterior_ring(areas)))


def _study_line(study: Study, outline: Pieces) -> Pieces:
    """The border line as far as it is the counties'; no piece without a border."""
    if study.border is None:
        return Pieces(np.empty((0, 2)), np.empty((0, 2)))
    line = _pieces(study.border.geometry)
    return _cut(line, outline, crs=study.crs, width_m=belt_width_m(study))


def _cut(line: Pieces, outline: Pieces, *, crs: str, width_m: float) -> Pieces:
    """The pieces both of whose ends lie within the reach of the counties' outer boundary."""
    reach_m = max(REACH_M, width_m)
    # First by a box in degrees, as a country's line may lie where the plane of the study does not.
    corners = np.concatenate(outline)
    low, high = corners.min(axis=0), corners.max(axis=0)
    shrink = np.cos(np.radians(np.abs(corners[:, 1]).max()))
    margin = reach_m / METRES_A_DEGREE / np.array([shrink, 1.0])
    ends = np.stack(line, axis=1)
    boxed = ends[((ends >= low - margin) & (ends <= high + margin)).all(axis=(1, 2))]
    # Neighbouring pieces share an end, so each end is measured once; shape (pieces, 2).
    points, which = np.unique(boxed.reshape(-1, 2), axis=0, return_inverse=True)
    near = _nearest(points, outline, crs=crs).metres <= reach_m
    kept = boxed[near[which.reshape(-1, 2)].all(axis=1)]
    return Pieces(kept[:, 0], kept[:, 1])


def _nearest(points: Floats, lines: Pieces, *, crs: str) -> Nearest:
    """The nearest point of lines to each point, in geodesic metres; `points` has shape (n, 2)."""
    metres, at = np.full(len(points), np.inf), np.full((len(points), 2), np.nan)
    placed = np.flatnonzero(np.isfinite(points).all(axis=1))
    if not len(placed) or not len(lines.start):
        return Nearest(metres, at)
    # Pairs of a point and a piece near it: metres, and the share of the piece that is nearest.
    row, piece = _near(points[placed], lines, crs)
    lon, lat = points[placed[row]].T
    start, end = lines.start[piece], lines.end[piece]
    away, share = _to_segment(_around(lon, lat, start), _around(lon, lat, end))
    foot = start + share[:, None] * (end - start)
    # By point the nearest pair; of equally near ones the most western, then the most southern.
    order = np.lexsort((foot[:, 1], foot[:, 0], away, row))
    first = order[np.unique(row[order], return_index=True)[1]]
    metres[placed], at[placed] = away[first], foot[first]
    return Nearest(metres, at)


def _near(points: Floats, lines: Pieces, crs: str) -> tuple[Ints, Ints]:
    """Pairs (point, piece) that may hold the nearest point of the lines, each point in some."""
    pieces = gpd.GeoSeries(shapely.linestrings(np.stack(lines, axis=1)), crs=4326).to_crs(crs)
    plane = gpd.GeoSeries(shapely.points(points), crs=4326).to_crs(crs).to_numpy()
    tree = shapely.STRtree(pieces.to_numpy())
    # The true nearest piece is among those about as near as the nearest one on the plane.
    _, metres = tree.query_nearest(plane, return_distance=True, all_matches=False)
    pairs: Ints = tree.query(plane, predicate="dwithin", distance=metres * SCALE_MARGIN + 1.0)
    return pairs[0], pairs[1]


def _around(lon: Floats, lat: Floats, ends: Floats) -> Floats:
    """Coordinates (n, 2) in metres of `ends`, azimuthally equidistant around each point."""
    azimuth, _, metres = _GEOD.inv(lon, lat, ends[:, 0], ends[:, 1])
    radians = np.radians(azimuth)
    return np.stack([metres * np.sin(radians), metres * np.cos(radians)], axis=1)


def _to_segment(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Distance from the origin to straight segments, and where on each: share from its start."""
    step = end - start
    length2 = np.einsum("ij,ij->i", step, step)
    # Foot of the perpendicular as a share of the segment; 0 for a segment of no length.
    along = -np.einsum("ij,ij->i", start, step) / np.where(length2 > 0, length2, 1.0)
    share = np.clip(along, 0.0, 1.0)
    nearest = start + share[:, None] * step
    return np.hypot(nearest[:, 0], nearest[:, 1]), share


def _membership(distance: Floats, width_m: float, error_m: Floats) -> npt.NDArray[np.str_]:
    """``in``, ``out`` or ``uncertain``; in a belt of no width nothing lies."""
    if width_m <= 0:
        return np.full(len(distance), "out")
    unsure = np.abs(distance - width_m) <= error_m
    return np.where(unsure, "uncertain", np.where(distance < width_m, "in", "out"))


def _rule(flagged: bool, belt: str, protected: bool) -> str:
    """Code of what protects a school or does not, see `layout.planning.schema`."""
    if flagged:
        return "official_outside" if belt == "out" else "official"
    if belt == "uncertain":
        return "uncertain_kept" if protected else "uncertain_open"
    return "inside" if belt == "in" else "outside"
