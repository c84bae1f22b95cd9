"""The ground around settlements: which stretch of land belongs to which, along the roads.

Settlements and points on the roads share the land out among them, each what lies nearest to it
(Voronoi cells); a point on a road belongs to the settlement that is nearest along the roads.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from layout.core.arrays import Floats, Ints
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork, snappable
from layout.network.travel import catchments

__all__ = ["Ground", "ground_of", "owners", "united"]

APART_M = 200.0
"""Distance of neighbouring points on a road."""
_NOBODY = -1
# Digits of a metre at which two points are one.
_DIGITS = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """The land of a study, shared out among points.

    Attributes
    ----------
    xy
        Positions of the points in metres, shape (points, 2): settlements first, by id.
    cells
        The land nearest to each point, within the units: polygons in the study's CRS, a coverage
        without gap or overlap.
    settlement
        By point: position of the settlement that it is, -1 for a point on a road.
    edge, fraction
        By point: the edge that it lies on, -1 for a settlement, and where on it.
    """

    xy: Floats
    cells: npt.NDArray[np.object_]
    settlement: Ints
    edge: Ints
    fraction: Floats


def ground_of(study: Study, network: RoadNetwork) -> Ground:
    """Share the land of a study out among its settlements and the points on its roads.

    Parameters
    ----------
    study
        The study; its units are the land.
    network
        Its roads.

    Returns
    -------
    Ground
        A point every `APART_M` metres of every edge on which a walk may begin.
    """
    # Points on the edges, each in the middle of a piece of equal length.
    edges = np.flatnonzero(snappable(network, "walk"))
    lines = network.geometry[edges]
    count = np.maximum(1, np.rint(shapely.length(lines) / APART_M)).astype(np.int64)
    at = np.repeat(np.arange(edges.size), count)
    within = np.arange(at.size) - np.repeat(np.cumsum(count) - count, count)
    fraction = (within + 0.5) / count[at]
    on_roads = shapely.line_interpolate_point(lines[at], fraction, normalized=True)
    # Settlements by id, then the roads; of points in one place the first stays.
    homes = study.settlements.geometry.sort_index().to_crs(study.crs).to_numpy()
    xy = shapely.get_coordinates(np.concatenate([homes, on_roads])).round(_DIGITS)
    _, first = np.unique(xy, axis=0, return_index=True)
    first = np.sort(first)
    is_home = first < homes.size
    road = np.maximum(first - homes.size, 0)
    return Ground(
        xy=xy[first],
        cells=_cells(xy[first], study),
        settlement=np.where(is_home, first, _NOBODY),
        edge=np.where(is_home, _NOBODY, edges[at][road] if at.size else _NOBODY),
        fraction=np.where(is_home, 0.0, fraction[road] if at.size else 0.0),
    )


def _cells(xy: Floats, study: Study) -> npt.NDArray[np.object_]:
    """Voronoi cells of points in their order, cut at the outline of the units."""
    outline = shapely.union_all(study.units.geometry.to_crs(study.crs).to_numpy())
    # A frame around everything, so that the outermost cells reach the outline.
    bounds = np.vstack([shapely.bounds(outline), [*xy.min(axis=0), *xy.max(axis=0)]])
    (west, south), (east, north) = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    frame = shapely.box(west - 1000.0, south - 1000.0, east + 1000.0, north + 1000.0)
    whole = shapely.voronoi_polygons(shapely.multipoints(xy), extend_to=frame, ordered=True)
    cells = np.asarray(shapely.get_parts(whole))
    shapely.prepare(outline)
    cut = ~shapely.covers(outline, cells)
    cells[cut] = shapely.intersection(cells[cut], outline)
    return cells


def owners(ground: Ground, network: RoadNetwork, study: Study, homes: pd.Index) -> Ints:
    """Say which settlement each point belongs to: the one nearest along the roads on foot.

    Parameters
    ----------
    ground, network, study
        The land, the roads and the study.
    homes
        Settlements that own land: those with pupils of a band. Others lie in the land of these.

    Returns
    -------
    numpy.ndarray
        By point the position in `homes`; where no road leads to one of them, that of the nearest
        point that belongs to any. All -1 where `homes` is empty.
    """
    owner = np.full(len(ground.xy), _NOBODY, dtype=np.int64)
    if not len(homes):
        return owner
    # Settlements own themselves.
    mine = ground.settlement >= 0
    ids = study.settlements.index.sort_values()
    owner[mine] = homes.get_indexer(ids.take(ground.settlement[mine]))
    # Points on the roads own what the piece of road belongs to that they lie on.
    nearest = catchments(
        network, study.settlements.geometry.loc[homes], mode="walk", standards=study.standards
    )
    pieces = nearest.pieces
    site = homes.get_indexer(pd.Index(pieces["site"]))
    # Pieces are sorted by edge and along it: the last that begins before the point.
    key = pieces["edge"].to_numpy() + np.minimum(pieces["begin"].to_numpy(), 1.0 - 1e-9)
    roads = np.flatnonzero(~mine)
    point = ground.edge[roads] + ground.fraction[roads]
    last = np.searchsorted(key, point, side="right") - 1
    inside = last >= 0
    inside[inside] &= pieces["edge"].to_numpy()[last[inside]] == ground.edge[roads[inside]]
    inside[inside] &= pieces["end"].to_numpy()[last[inside]] >= ground.fraction[roads[inside]]
    owner[roads[inside]] = site[last[inside]]
    # What no road leads to belongs to the nearest point that somebody owns.
    known, unknown = np.flatnonzero(owner >= 0), np.flatnonzero(owner < 0)
    if known.size and unknown.size:
        _, near = cKDTree(ground.xy[known]).query(ground.xy[unknown])
        owner[unknown] = owner[known[near]]
    return owner


def united(ground: Ground, label: Ints) -> npt.NDArray[np.object_]:
    """Unite the cells of each label, numbered from 0: polygons or multipolygons, by label."""
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(label.max(initial=-1) + 2))
    return np.array(
        [
            shapely.coverage_union_all(ground.cells[order[begin:end]])
            for begin, end in pairwise(bounds)
        ],
        dtype=object,
    )
