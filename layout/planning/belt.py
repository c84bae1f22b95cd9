"""The border belt: distance of each school to the border line, and what follows from it.

The belt is administrative; how it is measured is not written down. So an official flag of the
school comes first and geometry is the cross-check, with the stated position error: a school
within that error of the belt's edge is *uncertain*, never silently in or out.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

from layout.core.arrays import Floats, Ints
from layout.core.errors import UsageError
from layout.core.standards import COMPULSORY_GRADES, GRADES_OF_TYPE
from layout.core.text import tr
from layout.inputs.study.study import Study

__all__ = ["belt_table", "belt_width_m", "border_distance", "border_units", "protected_by_belt"]

_GEOD = Geod(ellps="WGS84")
PIECE_DEGREES = 0.002
"""Border pieces of at most some 220 m, so that straight in degrees and geodesic agree to 1 mm."""
SCALE_MARGIN = 1.005
"""Projected metres of a study-wide CRS differ by less than this from true metres (UTM: 1.0004)."""


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
    missing = pd.Series(np.inf, index=points.index, name="distance_m", dtype="float64")
    if border is None or border.empty or points.empty:
        return missing
    for layer in (points, border):
        if layer.crs is None or layer.crs.to_epsg() != 4326:
            raise UsageError(tr("distances to the border need EPSG:4326 on both sides"))
    start, end = _pieces(border)
    # Pairs of a point and a piece of the line near it; by pair the metres, by point the least.
    row, piece = _near(points, border.crs, start, end, crs)
    lon, lat = points.x.to_numpy()[row], points.y.to_numpy()[row]
    metres = _to_segment(_around(lon, lat, start[piece]), _around(lon, lat, end[piece]))
    best = np.full(len(points), np.inf)
    np.minimum.at(best, row, metres)
    return pd.Series(best, index=points.index, name="distance_m")


def belt_width_m(study: Study) -> float:
    """Width of the belt in metres: the programme's, else the norm's; 0 without a border."""
    if study.border is None or study.border.empty:
        return 0.0
    programme = study.programmes.border
    return study.standards.belt_width_m if programme is None else programme.width_m


def border_units(study: Study) -> tuple[str, ...]:
    """Codes of the border counties: the programme's, else those that the belt may touch."""
    programme = study.programmes.border
    if programme is not None and programme.units:
        return tuple(sorted(programme.units))
    if study.border is None or study.border.empty or belt_width_m(study) <= 0:
        return ()
    reach = (belt_width_m(study) + study.standards.border_uncertainty_m) * SCALE_MARGIN
    line = shapely.union_all(study.border.to_crs(study.crs).geometry.to_numpy())
    # On the plane of the study, a little further than true metres, so that no county is missed.
    near = shapely.dwithin(study.units.to_crs(study.crs).geometry.to_numpy(), line, reach)
    return tuple(sorted(study.units.index[near].astype(str)))


def belt_table(study: Study, *, close_uncertain: bool = False) -> pd.DataFrame:
    """Judge every compulsory school of the border counties against the belt.

    Parameters
    ----------
    study
        Supplies schools, border line, programme and norms.
    close_uncertain
        Whether schools that are uncertain and not flagged may close.

    Returns
    -------
    pandas.DataFrame
        Columns school_id, name, official, distance_m, uncertainty_m, belt (``in``, ``out``,
        ``uncertain``), protected, rule (a code); sorted by school_id. Schools with the
        official flag outside the border counties are listed as well.
    """
    schools = study.schools.sort_index()
    # Compulsory schools of the border counties, and flagged ones anywhere.
    compulsory = schools["type_code"].map(
        lambda code: not set(GRADES_OF_TYPE.get(code, ())).isdisjoint(COMPULSORY_GRADES)
    )
    asked = schools["county_code"].isin(border_units(study)) | schools["border_flag"]
    part = schools[compulsory.astype(bool) & asked.astype(bool)]
    distance = border_distance(part.geometry, study.border, crs=study.crs)
    width, error = belt_width_m(study), study.standards.border_uncertainty_m
    belt = _membership(distance.to_numpy(), width, error)
    # Shapes (schools,), in the order of `part`; the flag outweighs the geometry.
    official = part["border_flag"].to_numpy(dtype=bool)
    protected = official | (belt == "in") | ((belt == "uncertain") & (not close_uncertain))
    return pd.DataFrame(
        {
            "school_id": part.index.astype(str),
            "name": part["name"].to_numpy(),
            "official": official,
            "distance_m": distance.to_numpy(),
            "uncertainty_m": float(error),
            "belt": belt,
            "protected": protected,
            "rule": [
                _rule(flag, where, kept)
                for flag, where, kept in zip(official, belt, protected, strict=True)
            ],
        }
    )


def protected_by_belt(table: pd.DataFrame) -> frozenset[str]:
    """Identifiers of the schools that the belt protects, from `belt_table`."""
    return frozenset(table.loc[table["protected"].astype(bool), "school_id"])


def _pieces(border: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Cut the lines into short pieces; ends as arrays (n, 2) of longitude and latitude."""
    lines = shapely.get_parts(shapely.segmentize(border.geometry.to_numpy(), PIECE_DEGREES))
    xy, line = shapely.get_coordinates(lines, return_index=True)
    # Neighbouring vertices (n, 2) bound a piece where both lie on the same line.
    same = line[1:] == line[:-1]
    return xy[:-1][same], xy[1:][same]


def _near(
    points: gpd.GeoSeries, border_crs: object, start: Floats, end: Floats, crs: str
) -> tuple[Ints, Ints]:
    """Pairs (point, piece) that may hold the nearest point of the line."""
    segments = gpd.GeoSeries(
        shapely.linestrings(np.stack([start, end], axis=1)), crs=border_crs
    ).to_crs(crs)
    plane = points.to_crs(crs).to_numpy()
    tree = shapely.STRtree(segments.to_numpy())
    # The true nearest piece is among those about as near as the nearest one on the plane.
    _, metres = tree.query_nearest(plane, return_distance=True, all_matches=False)
    pairs: Ints = tree.query(plane, predicate="dwithin", distance=metres * SCALE_MARGIN + 1.0)
    return pairs[0], pairs[1]


def _around(lon: Floats, lat: Floats, ends: Floats) -> Floats:
    """Coordinates (n, 2) in metres of `ends`, azimuthally equidistant around each point."""
    azimuth, _, metres = _GEOD.inv(lon, lat, ends[:, 0], ends[:, 1])
    radians = np.radians(azimuth)
    return np.stack([metres * np.sin(radians), metres * np.cos(radians)], axis=1)


def _to_segment(start: Floats, end: Floats) -> Floats:
    """Distance from the origin to the straight segments from `start` to `end`, shape (n,)."""
    step = end - start
    length2 = np.einsum("ij,ij->i", step, step)
    # Foot of the perpendicular as a share of the segment; 0 for a segment of no length.
    along = -np.einsum("ij,ij->i", start, step) / np.where(length2 > 0, length2, 1.0)
    nearest = start + np.clip(along, 0.0, 1.0)[:, None] * step
    return np.asarray(np.hypot(nearest[:, 0], nearest[:, 1]), dtype=np.float64)


def _membership(distance: Floats, width_m: float, error_m: float) -> npt.NDArray[np.str_]:
    """``in``, ``out`` or ``uncertain``; in a belt of no width nothing lies."""
    if width_m <= 0:
        return np.full(len(distance), "out")
    unsure = np.abs(distance - width_m) <= error_m
    return np.where(unsure, "uncertain", np.where(distance < width_m, "in", "out"))


def _rule(official: bool, belt: str, protected: bool) -> str:
    """Code of what protects a school or does not, see `layout.planning.schema`."""
    if official:
        return "official_outside" if belt == "out" else "official"
    if belt == "uncertain":
        return "uncertain_kept" if protected else "uncertain_open"
    return "inside" if belt == "in" else "outside"
