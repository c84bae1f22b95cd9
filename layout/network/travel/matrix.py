"""`TravelMatrix`: minutes and metres from many settlements to many sites, within a cut-off.

Minutes are door to door in the direction settlement → school: from the door to the nearest point
on a road (walked in a straight line), along the roads, and off the road again. By bus, the ride is
at the speed of each edge and in its open directions, edges that no bus may use are walked, and the
wait is added once. Metres are those of the quickest route, legs off the road included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core import cache
from layout.core.arrays import Ints
from layout.core.errors import expect
from layout.core.progress import bar
from layout.core.standards import GRADES_OF_TYPE, Standards, limit_minutes, norms_text
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.network.roads import Mode, RoadNetwork, network_key, snap
from layout.network.roads import network as study_network
from layout.network.travel import stored
from layout.network.travel.asked import checked_mode, cutoffs, sorted_points
from layout.network.travel.legs import TRAVEL_NORMS, edge_legs, stops
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
    """Routes on foot and by bus from all settlements of a study to all its schools."""

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
    """Find the routes from settlements to schools or other sites of a study.

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
    expect(Study, study=study)
    norms = study.standards
    limit = default_cutoff_minutes(norms) if cutoff_minutes is None else cutoff_minutes
    origins = sorted_points(study.settlements.geometry if origins is None else origins)
    sites = sorted_points(study.schools.geometry if sites is None else sites)
    if network is not None:
        expect(RoadNetwork, network=network)
        return route(network, origins, sites, mode=mode, cutoff_minutes=limit, standards=norms)
    return _on_study_roads(study, origins, sites, {checked_mode(mode): limit})[mode]


def _on_study_roads(
    study: Study,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    limits: Mapping[Mode, float | pd.Series],
    network: RoadNetwork | None = None,
) -> dict[Mode, TravelMatrix]:
    """Routes by each mode, up to its cut-off, on the roads of a study.

    What is in the cache on disk comes from there; only what is missing needs the roads, read once
    where the caller has not read them.
    The counties are part of a name because roads that leave one of them out are refused.
    """
    # All that routes depend on besides mode and cut-off.
    inputs = (
        network_key(study),
        norms_text(study.standards, TRAVEL_NORMS),
        *stored.parts_of(study.units.geometry),
        *stored.parts_of(origins),
        *stored.parts_of(sites),
    )
    names = {
        mode: cache.key("travel", mode, cutoffs(limit, sites.index).tobytes(), *inputs)
        for mode, limit in limits.items()
    }
    # What is stored and fits these points.
    matrices: dict[Mode, TravelMatrix] = {}
    for mode, name in names.items():
        arrays = cache.load(name)
        if arrays is not None:
            kept = stored.from_arrays(arrays, mode=mode, origins=origins.index, sites=sites.index)
            if kept is not None:
                matrices[mode] = kept
    # Roads are read only if some mode is missing.
    missing = [mode for mode in limits if mode not in matrices]
    if missing:
        roads = study_network(study) if network is None else network
        for mode in missing:
            matrices[mode] = route(
                roads,
                origins,
                sites,
                mode=mode,
                cutoff_minutes=limits[mode],
                standards=study.standards,
            )
            cache.store(names[mode], stored.to_arrays(matrices[mode]))
    return matrices


def route(
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    *,
    mode: Mode,
    cutoff_minutes: float | pd.Series,
    standards: Standards,
) -> TravelMatrix:
    """Find the routes from origins to sites on a road network.

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
    # Origins, then sites: their points on the road, and the positions of those that have one.
    snapped = [
        snap(network, points, mode=mode, limit_m=standards.snap_limit_m)
        for points in (origins, sites)
    ]
    on_road = [np.flatnonzero(table["status"] == "ok") for table in snapped]
    starts, ends = (
        stops(table.iloc[ok], standards) for table, ok in zip(snapped, on_road, strict=True)
    )
    # Minutes off the road are part of the journey, and so of the cut-off.
    pairs = batches(
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
    blocks = list(bar(pairs, label=label))
    row, col, minutes, metres = _joined(blocks, *on_road)
    return TravelMatrix(
        mode=mode,
        cutoff_minutes=float(cutoff.min(initial=np.inf)),
        origins=origins.index,
        sites=sites.index,
        row=row,
        col=col,
        minutes=minutes,
        metres=metres,
        origin_status=_status(snapped[0], row),
        site_status=_status(snapped[1], col),
    )


def _joined(
    blocks: list[Pairs], origins: Ints, sites: Ints
) -> tuple[_Ints32, _Ints32, _Floats32, _Floats32]:
    """All pairs with positions among all origins and sites, sorted by row, then column."""
    if not blocks:
        none = np.empty(0, dtype=np.int32)
        return none, none, none.astype(np.float32), none.astype(np.float32)
    # Positions among routed points become positions among all; single precision is enough.
    row = origins[np.concatenate([block.origin for block in blocks])].astype(np.int32)
    col = sites[np.concatenate([block.site for block in blocks])].astype(np.int32)
    order = np.lexsort((col, row))
    minutes = np.concatenate([block.minutes for block in blocks]).astype(np.float32)
    metres = np.concatenate([block.metres for block in blocks]).astype(np.float32)
    return row[order], col[order], minutes[order], metres[order]


def _status(snapped: pd.DataFrame, reached: _Ints32) -> pd.Series:
    status = snapped["status"].to_numpy(dtype=object).copy()
    # Points on a road that are in no pair within the cut-off.
    alone = np.ones(len(status), dtype=bool)
    alone[reached] = False
    status[alone & (status == "ok")] = "unreachable"
    return pd.Series(status, index=snapped.index, name="status", dtype="str")


def study_travel(study: Study, *, network: RoadNetwork | None = None) -> StudyTravel:
    """Find the routes on foot and by bus that the models of a study need.

    Parameters
    ----------
    study
        The study.
    network
        Its own roads, where they were read already.

    Returns
    -------
    StudyTravel
        Both matrices have all settlements and schools. Cut-off: the longest limit of the
        compulsory bands; by bus, the limit of senior bands for schools that may teach them, and
        the boarding reach for schools with beds.

    Raises
    ------
    InputError
        The road file cannot be read, or a county has no roads.
    """
    norms = study.standards
    longest = default_cutoff_minutes(norms)
    # Schools that may teach grades 10–12, and those with beds, have longer cut-offs by bus.
    senior = study.schools["type_code"].map(lambda code: "g12" in GRADES_OF_TYPE.get(code, ()))
    by_bus = pd.Series(longest, index=study.schools.index)
    by_bus = by_bus.mask(senior, max(longest, norms.limit_minutes_10_12))
    by_bus = by_bus.mask(study.schools["beds"] > 0, max(longest, norms.boarding_reach_minutes))
    matrices = _on_study_roads(
        study,
        sorted_points(study.settlements.geometry),
        sorted_points(study.schools.geometry),
        {"walk": longest, "bus": by_bus},
        network,
    )
    return StudyTravel(walk=matrices["walk"], bus=matrices["bus"])
