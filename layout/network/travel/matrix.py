"""`TravelMatrix`: minutes and metres from many settlements to many sites, within a cut-off.

Minutes are door to door in the direction settlement → school: from the door to the nearest place
on a road (walked in a straight line), along the roads, and off the road again. By bus, the ride is
at the speed of each edge and in its open directions, edges that no bus may use are walked, and the
wait is added once. Metres are those of the quickest way, legs off the road included.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core import cache
from layout.core.arrays import Ints
from layout.core.progress import bar
from layout.core.standards import GRADES_OF_TYPE, Standards, limit_minutes
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.network.roads import Mode, RoadNetwork, network_key, snap
from layout.network.roads import network as study_network
from layout.network.travel import stored
from layout.network.travel.asked import checked_mode, cutoffs, sorted_points
from layout.network.travel.legs import edge_legs, stops
from layout.network.travel.routing import Pairs, batches
from layout.network.travel.table import TravelMatrix

__all__ = [
    "Mode",
    "StudyTravel",
    "default_cutoff_minutes",
    "route",
    "study_travel",
    "travel_matrix",
]

_Floats32 = npt.NDArray[np.float32]
_Ints32 = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False, kw_only=True)
class StudyTravel:
    """Ways on foot and by bus from all settlements of a study to all its schools."""

    walk: TravelMatrix
    bus: TravelMatrix


def default_cutoff_minutes(standards: Standards) -> float:
    """Return the longest limit of the compulsory grade bands, in minutes.

    Parameters
    ----------
    standards
        Norms in force.
    """
    return max(limit_minutes(standards, band) for band in ("1-3", "4-6", "7-9"))


def travel_matrix(
    study: Study,
    *,
    mode: Mode,
    sites: gpd.GeoSeries | None = None,
    origins: gpd.GeoSeries | None = None,
    cutoff_minutes: float | pd.Series | None = None,
    network: RoadNetwork | None = None,
) -> TravelMatrix:
    """Find the ways from settlements to schools or other sites of a study.

    Parameters
    ----------
    study
        The study.
    mode
        ``walk``, ``bus`` or ``drive``.
    sites, origins
        Points by label; the study's schools and settlements where not given.
    cutoff_minutes
        Longest journey that counts, for all or by site label; `default_cutoff_minutes` where not
        given.
    network
        Roads; the study's own where not given.

    Returns
    -------
    TravelMatrix

    Raises
    ------
    InputError
        The road file cannot be read, or points are no points.
    UsageError
        Unknown mode, duplicate labels, or a cut-off that is no positive number.
    """
    norms = study.standards
    limit = default_cutoff_minutes(norms) if cutoff_minutes is None else cutoff_minutes
    origins = sorted_points(study.settlements.geometry if origins is None else origins)
    sites = sorted_points(study.schools.geometry if sites is None else sites)
    roads = study_network(study) if network is None else network
    found: TravelMatrix | None = None
    if network is None:
        name = cache.key(
            "travel",
            network_key(study),
            checked_mode(mode),
            cutoffs(limit, sites.index).tobytes(),
            *stored.parts_of(origins),
            *stored.parts_of(sites),
        )
        arrays = cache.load(name)
        if arrays is not None:
            found = stored.from_arrays(arrays, mode=mode, origins=origins.index, sites=sites.index)
    if found is None:
        found = route(roads, origins, sites, mode=mode, cutoff_minutes=limit, standards=norms)
        if network is None:
            cache.store(name, stored.to_arrays(found))
    return found


def route(
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    *,
    mode: Mode,
    cutoff_minutes: float | pd.Series,
    standards: Standards,
) -> TravelMatrix:
    """Find the ways from origins to sites on a road network.

    Parameters
    ----------
    network
        The roads.
    origins, sites
        Points by label, in any CRS and order.
    mode
        ``walk``, ``bus`` or ``drive``.
    cutoff_minutes
        Longest journey that counts, door to door, for all sites or by site label.
    standards
        For walking speed, bus wait and snap limit.

    Returns
    -------
    TravelMatrix

    Raises
    ------
    InputError
        Points without a CRS, or that are no points.
    UsageError
        Unknown mode, duplicate labels, or a cut-off that is no positive number.
    """
    checked_mode(mode)
    origins, sites = sorted_points(origins), sorted_points(sites)
    cutoff = cutoffs(cutoff_minutes, sites.index)
    places = [
        snap(network, points, mode=mode, limit_m=standards.snap_limit_m)
        for points in (origins, sites)
    ]
    on_road = [np.flatnonzero(place["status"] == "ok") for place in places]
    starts, ends = (
        stops(place.iloc[ok], standards) for place, ok in zip(places, on_road, strict=True)
    )
    found = batches(
        network,
        edge_legs(network, mode, standards=standards),
        starts,
        ends,
        wait_min=standards.bus_wait_minutes if mode == "bus" else 0.0,
        cutoff_min=cutoff[on_road[1]],
    )
    label = {
        "walk": tr("Ways on foot"),
        "bus": tr("Ways by bus"),
        "drive": tr("Ways by car"),
    }[mode]
    parts = list(bar(found, label=label))
    row, col, minutes, metres = _joined(parts, *on_road)
    return TravelMatrix(
        mode=mode,
        cutoff_minutes=float(cutoff.min(initial=np.inf)),
        origins=origins.index,
        sites=sites.index,
        row=row,
        col=col,
        minutes=minutes,
        metres=metres,
        origin_status=_status(places[0], row),
        site_status=_status(places[1], col),
    )


def _joined(
    parts: list[Pairs], origins: Ints, sites: Ints
) -> tuple[_Ints32, _Ints32, _Floats32, _Floats32]:
    """All pairs with positions among all origins and sites, sorted by row, then column."""
    if not parts:
        none = np.empty(0, dtype=np.int32)
        return none, none, none.astype(np.float32), none.astype(np.float32)
    row = origins[np.concatenate([part.origin for part in parts])].astype(np.int32)
    col = sites[np.concatenate([part.site for part in parts])].astype(np.int32)
    order = np.lexsort((col, row))
    minutes = np.concatenate([part.minutes for part in parts]).astype(np.float32)
    metres = np.concatenate([part.metres for part in parts]).astype(np.float32)
    return row[order], col[order], minutes[order], metres[order]


def _status(places: pd.DataFrame, held: _Ints32) -> pd.Series:
    status = places["status"].to_numpy(dtype=object).copy()
    alone = np.ones(len(status), dtype=bool)
    alone[held] = False
    status[alone & (status == "ok")] = "unreachable"
    return pd.Series(status, index=places.index, name="status", dtype="str")


def study_travel(study: Study) -> StudyTravel:
    """Find the ways on foot and by bus that the models of a study need.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    StudyTravel
        Both matrices hold all settlements and schools. Cut-off: the longest limit of the
        compulsory bands; by bus, the limit of senior bands for schools that may teach them, and
        the boarding reach for schools with beds. The last two results are kept in memory, so a
        changed lever does not route again.

    Raises
    ------
    InputError
        The road file cannot be read, or a county has no roads.
    """
    return _held(_Key(digest=_digest(study), study=study))


@dataclass(frozen=True)
class _Key:
    """A study, equal to another one wherever the ways are the same."""

    digest: str
    study: Study = field(compare=False)


@lru_cache(maxsize=2)
def _held(key: _Key) -> StudyTravel:
    study = key.study
    norms = study.standards
    longest = default_cutoff_minutes(norms)
    senior = study.schools["type_code"].map(lambda code: "g12" in GRADES_OF_TYPE.get(code, ()))
    by_bus = pd.Series(longest, index=study.schools.index)
    by_bus = by_bus.mask(senior, max(longest, norms.limit_minutes_10_12))
    by_bus = by_bus.mask(study.schools["beds"] > 0, max(longest, norms.boarding_reach_minutes))
    return StudyTravel(
        walk=travel_matrix(study, mode="walk"),
        bus=travel_matrix(study, mode="bus", cutoff_minutes=by_bus),
    )


def _digest(study: Study) -> str:
    """Hash all that the ways of a study depend on."""
    sums = [network_key(study)]
    for table, columns in ((study.settlements, []), (study.schools, ["type_code", "beds"])):
        points = pd.DataFrame({"x": table.geometry.x, "y": table.geometry.y})
        hashes = pd.util.hash_pandas_object(points.join(table[columns]))
        sums.append(hashlib.sha256(hashes.to_numpy().tobytes()).hexdigest())
    return "\n".join(sums)
