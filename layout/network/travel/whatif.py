"""What if: more sites, or roads closed, without searching again where nothing can have changed.

Both give what `layout.network.travel.route` would find from the start, up to rounding: which nodes
a search can leave out depends on all points together, and with them the order in which lengths are
added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.arrays import Bools, Floats, Ints
from layout.core.errors import UsageError, expect
from layout.core.standards import Standards
from layout.core.text import tr
from layout.network.roads import RoadNetwork, closed, snap
from layout.network.travel import kernel
from layout.network.travel.asked import cutoffs, sorted_points
from layout.network.travel.legs import Legs, Stops, edge_legs, minutes_at, stops
from layout.network.travel.matrix import route
from layout.network.travel.routing import Graph, reversed_graph, search_tree, site_seeds
from layout.network.travel.table import TravelMatrix

__all__ = ["Change", "with_closed", "with_sites"]

SLACK = 1e-6
"""Part of the minutes, and minutes, by which sums in single precision or another order differ."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Change:
    """A matrix after a change.

    Parameters
    ----------
    matrix
        The routes as they are then.
    network
        The roads as they are then.
    searched
        Labels of the sites whose routes were searched again.
    """

    matrix: TravelMatrix
    network: RoadNetwork
    searched: pd.Index


def with_sites(
    matrix: TravelMatrix,
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    *,
    cutoff_minutes: float | pd.Series,
    standards: Standards,
) -> Change:
    """Add sites to a matrix.

    Parameters
    ----------
    matrix
        Routes from `origins` on `network` by the same standards.
    network, origins
        What it was made of.
    sites
        The new sites only; points by label.
    cutoff_minutes
        Longest journey that counts, for all the new sites or by label.
    standards
        For walking speed, bus wait and snap limit.

    Returns
    -------
    Change
        Equal to `layout.network.travel.route` on all sites; only the new ones are searched.

    Raises
    ------
    InputError
        Points without a CRS, or that are no points.
    UsageError
        A new label that the matrix has already, other origins than the matrix has, or a cut-off
        that is no positive number.
    """
    _check_kinds(matrix, network, standards)
    origins, sites = _same_origins(matrix, origins), sorted_points(sites)
    known = matrix.sites.intersection(sites.index)
    if len(known):
        raise UsageError(tr("Two points have the same label: {label}.", label=str(known[0])))
    # Routes to the new sites only, then columns of both matrices in label order.
    added = route(
        network,
        origins,
        sites,
        mode=matrix.mode,
        cutoff_minutes=cutoff_minutes,
        standards=standards,
    )
    every = matrix.sites.append(added.sites).sort_values()
    return Change(matrix=_together(matrix, added, every), network=network, searched=added.sites)


def with_closed(
    matrix: TravelMatrix,
    network: RoadNetwork,
    origins: gpd.GeoSeries,
    sites: gpd.GeoSeries,
    *,
    edges: Sequence[int],
    cutoff_minutes: float | pd.Series,
    standards: Standards,
) -> Change:
    """Close roads and find the routes that remain.

    Parameters
    ----------
    matrix
        Routes from `origins` to `sites` on `network` by the same standards and cut-offs.
    network, origins, sites
        What it was made of.
    edges
        Positions of the edges that are closed, to everybody and in both directions.
    cutoff_minutes
        Longest journey that counts, for all sites or by site label, as for the matrix.
    standards
        For walking speed, bus wait and snap limit.

    Returns
    -------
    Change
        Equal to `layout.network.travel.route` on the network with these edges closed. Searched are
        the sites to which a quickest route leads over a closed edge, those that lie on one, and
        those in reach of an origin that lay on one.

    Raises
    ------
    UsageError
        Other origins or sites than the matrix has, or an edge that the network has not.

    Notes
    -----
    An edge from u to v lies on a quickest route from o to s only if
    ``d(o, u) + w + d(v, s) = d(o, s)``. One search towards u and one from v tell this for all pairs
    of a direction of the edge at once.
    """
    _check_kinds(matrix, network, standards)
    origins, sites = _same_origins(matrix, origins), sorted_points(sites)
    if not matrix.sites.equals(sites.index):
        raise UsageError(tr("The sites are not those of the matrix."))
    limit = cutoffs(cutoff_minutes, sites.index)
    after = closed(network, edges)
    # Points on the road before and after: origins, then sites, each as (before, after).
    snapped = [
        [snap(roads, points, mode=matrix.mode, limit_m=standards.snap_limit_m) for roads in pair]
        for points, pair in ((origins, (network, after)), (sites, (network, after)))
    ]
    # Origins and sites that are now at another point of the roads.
    moved = [_moved(before, then) for before, then in snapped]
    # Sites to search again; all others keep their pairs.
    again = moved[1] | _over(network, snapped[0][0], snapped[1][0], edges, matrix, standards)
    again |= _near(after, snapped[0][1][moved[0]], snapped[1][1], matrix, limit, standards)
    searched = sites.index[again]
    added = route(
        after,
        origins,
        sites[again],
        mode=matrix.mode,
        cutoff_minutes=pd.Series(limit, index=sites.index)[again],
        standards=standards,
    )
    # Of an origin that lay on a closed road the old routes count no more, to whatever site.
    stay = ~again[matrix.col] & ~moved[0][matrix.row]
    kept = replace(
        matrix,
        row=matrix.row[stay],
        col=matrix.col[stay],
        minutes=matrix.minutes[stay],
        metres=matrix.metres[stay],
        origin_status=snapped[0][1]["status"],
        site_status=snapped[1][1]["status"][~again],
    )
    return Change(
        matrix=_together(kept, added, sites.index, cutoff=float(limit.min(initial=np.inf))),
        network=after,
        searched=searched,
    )


def _check_kinds(matrix: TravelMatrix, network: RoadNetwork, standards: Standards) -> None:
    """Refuse what is no matrix, no roads or no norms."""
    expect(TravelMatrix, matrix=matrix)
    expect(RoadNetwork, network=network)
    expect(Standards, standards=standards)


def _same_origins(matrix: TravelMatrix, origins: gpd.GeoSeries) -> gpd.GeoSeries:
    origins = sorted_points(origins)
    if not matrix.origins.equals(origins.index):
        raise UsageError(tr("The origins are not those of the matrix."))
    return origins


def _together(
    one: TravelMatrix, other: TravelMatrix, sites: pd.Index, *, cutoff: float | None = None
) -> TravelMatrix:
    """Put two matrices of the same origins and different sites together."""
    # Columns by the joint order of sites.
    row = np.concatenate([one.row, other.row])
    col = np.concatenate(
        [
            sites.get_indexer(one.sites)[one.col],
            sites.get_indexer(other.sites)[other.col],
        ]
    ).astype(np.int32)
    order = np.lexsort((col, row))
    return replace(
        one,
        cutoff_minutes=min(one.cutoff_minutes, other.cutoff_minutes) if cutoff is None else cutoff,
        sites=sites,
        row=row[order],
        col=col[order],
        minutes=np.concatenate([one.minutes, other.minutes])[order],
        metres=np.concatenate([one.metres, other.metres])[order],
        origin_status=_status(one.origin_status, row),
        site_status=_status(pd.concat([one.site_status, other.site_status]).reindex(sites), col),
    )


def _status(statuses: pd.Series, in_pairs: npt.NDArray[np.int32]) -> pd.Series:
    """What a matrix says of points: too far from any road, in no pair, or in order."""
    # Status from the points on the road, and from the pairs that there are.
    far = (statuses == "too_far").to_numpy(dtype=bool)
    paired = np.isin(np.arange(len(statuses)), in_pairs)
    status = np.where(far, "too_far", np.where(paired, "ok", "unreachable"))
    return pd.Series(status, index=statuses.index, name="status", dtype="str")


def _moved(before: pd.DataFrame, then: pd.DataFrame) -> Bools:
    """Points that are at another point of the roads now."""
    # A point too far from any road has NaN as fraction both times.
    same = (before["edge"] == then["edge"]) & (
        (before["fraction"] == then["fraction"]) | (before["edge"] < 0)
    )
    return ~same.to_numpy(dtype=bool)


def _over(
    network: RoadNetwork,
    origins: pd.DataFrame,
    sites: pd.DataFrame,
    edges: Sequence[int],
    matrix: TravelMatrix,
    standards: Standards,
) -> Bools:
    """Sites to which a quickest route of some origin may lead over one of the edges."""
    # Both directions: towards the tail of an edge, and away from its head.
    legs = edge_legs(network, matrix.mode, standards=standards)
    graph = reversed_graph(network, legs)
    turned, forward = _forward(network, matrix, standards)
    starts, begin = _goals(origins, standards)
    goals, end = _goals(sites, standards)
    # Minutes of each pair, with slack: a site too many is searched, never one too few.
    known_min = matrix.minutes * (1 + SLACK) + SLACK
    wait = standards.bus_wait_minutes if matrix.mode == "bus" else 0.0
    u, v = (network.edges[side].to_numpy(dtype=np.int64) for side in ("u", "v"))
    affected = np.zeros(len(sites), dtype=bool)
    # Minutes to the edge from each origin, and from it to each site; inf where not on a road.
    to, since = np.full(len(origins), np.inf), np.full(len(sites), np.inf)
    for edge in sorted(set(edges)):
        for tail, head, minutes in (
            (u[edge], v[edge], legs.forward[edge]),
            (v[edge], u[edge], legs.backward[edge]),
        ):
            if not np.isfinite(minutes):
                continue
            to[begin] = starts.off_road_min + minutes_at(
                network, legs, _from_node(graph, tail), starts
            )
            since[end] = goals.off_road_min + minutes_at(
                network, turned, _from_node(forward, head), goals
            )
            # Pairs whose quickest route may lead over the edge in this direction.
            over = to[matrix.row] + (minutes + wait) + since[matrix.col] <= known_min
            affected[matrix.col[over]] = True
    return affected


def _near(
    network: RoadNetwork,
    origins: pd.DataFrame,
    snapped: pd.DataFrame,
    matrix: TravelMatrix,
    limit: Floats,
    standards: Standards,
) -> Bools:
    """Sites that some origins can reach."""
    legs, graph = _forward(network, matrix, standards)
    goals, routed = _goals(snapped, standards)
    starts, _ = _goals(origins, standards)
    near = np.zeros(len(snapped), dtype=bool)
    # One search away from each origin that moved.
    for at in range(len(starts.edge)):
        one = Stops(
            edge=starts.edge[at : at + 1],
            fraction=starts.fraction[at : at + 1],
            off_road_m=starts.off_road_m[at : at + 1],
            off_road_min=starts.off_road_min[at : at + 1],
        )
        seeds = site_seeds(network, legs, graph, one)
        minutes, _, _ = search_tree(graph, seeds, limit_min=float(limit.max(initial=0.0)))
        # Within the site's limit, or on the origin's own edge, where no node lies between.
        reached = minutes_at(network, legs, minutes, goals)
        near[
            routed[(reached <= limit[routed] * (1 + SLACK) + SLACK) | (goals.edge == one.edge[0])]
        ] = True
    return near


def _forward(
    network: RoadNetwork, matrix: TravelMatrix, standards: Standards
) -> tuple[Legs, Graph]:
    """The graph turned round: a search from a point finds the routes that lead away from it."""
    legs = edge_legs(network, matrix.mode, standards=standards)
    turned = legs.turned()
    return turned, reversed_graph(network, turned)


def _from_node(graph: Graph, node: int) -> Floats:
    seeds = kernel.Seeds(
        node=graph.number[np.array([[node]])], minutes=np.zeros((1, 1)), metres=np.zeros((1, 1))
    )
    return search_tree(graph, seeds)[0]


def _goals(snapped: pd.DataFrame, standards: Standards) -> tuple[Stops, Ints]:
    routed = np.flatnonzero(snapped["status"] == "ok")
    return stops(snapped.iloc[routed], standards), routed
