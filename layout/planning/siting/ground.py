"""Where a new school may be built: on a parcel that is large enough, outside of exclusion areas.

A candidate is a settlement. Where the study has exclusion areas, none in one or on its edge may
hold a site. Where it has parcels, a settlement needs one of its own: inside or near enough, for
the stage, and with the area that the smallest school takes by the norm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

from layout.core.standards import Standards
from layout.inputs.study.study import Study

__all__ = ["buildable", "held_parcels", "site_m2", "unplaced"]

MOSTLY = 0.5
"""A parcel that lies in exclusion areas by more than this share is none."""

_SITE_M2: Mapping[str, str] = {
    "preschool": "kindergarten_site_m2",
    "primary": "primary_site_m2",
    "junior": "junior_site_m2",
}


def site_m2(standards: Standards, stage: str) -> float:
    """Square metres of ground that a place of a stage takes by the norm.

    Parameters
    ----------
    standards
        Norms in force.
    stage
        ``preschool``, ``primary`` or ``junior``.
    """
    area: float = getattr(standards, _SITE_M2[stage])
    return area


def buildable(
    study: Study,
    points: gpd.GeoSeries,
    *,
    stage: str,
    least_places: int,
    held: Iterable[str] = (),
) -> pd.DataFrame:
    """Judge which candidates may hold a new school, and how large it may be.

    Parameters
    ----------
    study
        The study; without parcels and exclusion areas every candidate may hold a school.
    points
        Candidates by label.
    stage
        ``preschool``, ``primary`` or ``junior``.
    least_places
        Places of the smallest school of the stage.
    held
        Parcels that other sites take.

    Returns
    -------
    pandas.DataFrame
        Index that of `points`, sorted. ``reason``: "" where a school may be built, else
        ``outside_county``, ``excluded``, ``outside_parcels``, ``too_small`` or
        ``parcel_taken``. ``kind`` and ``area``: kind and name of the exclusion area, or name of
        the parcel. ``parcel_id``: the parcel that it would be built on, or the nearest one where
        all are too small.
        ``most_places``: the places that its area holds by the norm; infinite without parcels.

    Notes
    -----
    A parcel goes to one candidate: of all pairs of a candidate and a parcel that is large enough
    the nearest comes first, ties by label and parcel, until one of the two has its partner.
    """
    points = points.sort_index()
    table = pd.DataFrame(
        {"reason": "", "kind": "", "area": "", "parcel_id": "", "most_places": np.inf},
        index=points.index,
    )
    # A new school stands in the county that it is for, and in one of the study.
    county = study.units.geometry.reindex(study.settlements["county_code"].loc[points.index])
    outside = ~shapely.intersects(county.to_numpy(), points.to_numpy())
    table.loc[outside, "reason"] = "outside_county"
    table.loc[outside, "most_places"] = 0.0
    if study.exclusions is not None:
        # Pairs of area and point in degrees, where neither has been rounded; the first area tells.
        area, inside = points.sindex.query(study.exclusions.geometry, predicate="intersects")
        first = pd.Series(area).groupby(inside).min()
        told, at = study.exclusions.iloc[first.to_numpy()], points.index.take(first.index)
        table.loc[at, "reason"] = "excluded"
        table.loc[at, "kind"] = told["kind"].to_numpy()
        table.loc[at, "area"] = told["name"].to_numpy()
        table.loc[at, "most_places"] = 0.0
    if study.parcels is None:
        return table
    free = points[table["reason"] == ""]
    pairs = _pairs(study, study.parcels, free, stage=stage, held=held)
    _place(table, pairs, free.index, least_places)
    at = table.index[table["parcel_id"] != ""]
    table.loc[at, "area"] = study.parcels["name"].loc[table.loc[at, "parcel_id"]].to_numpy()
    return table


def held_parcels(study: Study, sites: pd.DataFrame) -> pd.Index:
    """Find parcels on which the new sites of a plan can stand, one for each.

    Parameters
    ----------
    study
        The study.
    sites
        Columns stage, settlement_id ("" where an existing school grows) and places.
    """
    placed = _matched(study, sites, held=()).dropna()
    held: pd.Index = pd.Index(list(placed), dtype="object")
    return held


def unplaced(study: Study, sites: pd.DataFrame, *, held: Iterable[str] = ()) -> pd.Index:
    """Find sites that have no parcel of their own, where others stand on the only ones near them.

    Parameters
    ----------
    study, sites
        As `held_parcels` takes them.
    held
        Parcels that other sites take.

    Returns
    -------
    pandas.Index
        Labels of `sites`; as few as possible.
    """
    if study.parcels is None:
        return sites.index[:0]
    placed = _matched(study, sites, held=held)
    alone: pd.Index = placed.index[placed.isna()]
    return alone


def _matched(study: Study, sites: pd.DataFrame, *, held: Iterable[str]) -> pd.Series:
    """A parcel for as many new sites as possible, by the sites' label; missing for the others."""
    new = sites[sites["settlement_id"] != ""].sort_index()
    placed = pd.Series(None, index=new.index, dtype="object")
    if study.parcels is None or new.empty:
        return placed
    parts = []
    for stage, rows in new.groupby("stage"):
        points = study.settlements.geometry.loc[rows["settlement_id"]].set_axis(rows.index)
        pairs = _pairs(study, study.parcels, points, stage=str(stage), held=held)
        # Only parcels that hold all places of the site.
        places = rows["places"].reindex(pairs["label"]).to_numpy()
        parts.append(pairs[pairs["most_places"].to_numpy() >= places])
    pairs = pd.concat(parts)
    row = new.index.get_indexer(pd.Index(pairs["label"]))
    col = study.parcels.index.get_indexer(pd.Index(pairs["parcel_id"]))
    shape = (len(new), len(study.parcels))
    graph = sparse.csr_array((np.ones(len(pairs)), (row, col)), shape=shape)
    # By site the position of its parcel, −1 for none.
    at = maximum_bipartite_matching(graph, perm_type="column")
    placed[at >= 0] = study.parcels.index.take(at[at >= 0])
    return placed


def _pairs(
    study: Study,
    parcels: gpd.GeoDataFrame,
    points: gpd.GeoSeries,
    *,
    stage: str,
    held: Iterable[str],
) -> pd.DataFrame:
    """Points and the parcels of their stage within the norm's distance, the nearest first.

    Columns label, parcel_id, distance_m (to the millimetre) and most_places.
    """
    fitting = parcels[parcels["stage"].isin(["", stage])]
    fitting = fitting.drop(index=fitting.index.intersection(list(held)))
    usable_m2 = _usable_m2(study, fitting)
    # On the plane of the study, in metres.
    shapes = fitting.geometry.loc[usable_m2.index].to_crs(study.crs).to_numpy()
    at = points.to_crs(study.crs).to_numpy()
    point, parcel = shapely.STRtree(shapes).query(
        at, predicate="dwithin", distance=study.standards.parcel_distance_m
    )
    # The norm of a place may be 0, and any parcel is large enough then.
    with np.errstate(divide="ignore"):
        most = np.floor(usable_m2.to_numpy() / np.float64(site_m2(study.standards, stage)))
    table = pd.DataFrame(
        {
            "label": points.index.take(point),
            "parcel_id": usable_m2.index.take(parcel),
            "distance_m": np.round(shapely.distance(at[point], shapes[parcel]), 3),
            "most_places": most[parcel],
        }
    )
    return table.sort_values(["distance_m", "label", "parcel_id"], ignore_index=True)


def _usable_m2(study: Study, parcels: gpd.GeoDataFrame) -> pd.Series:
    """Area outside of exclusion areas by parcel, without parcels that lie mostly in them."""
    area: pd.Series = parcels["area_m2"]
    if study.exclusions is None or parcels.empty:
        return area
    # Pairs of parcel and exclusion area that meet, on the plane of the study.
    shapes = parcels.geometry.to_crs(study.crs).to_numpy()
    hazards = study.exclusions.geometry.to_crs(study.crs).to_numpy()
    hazard, parcel = shapely.STRtree(shapes).query(hazards, predicate="intersects")
    share = np.zeros(len(parcels))
    for at in np.unique(parcel):
        # Exclusion areas may overlap each other.
        lost = shapely.intersection(shapes[at], shapely.union_all(hazards[hazard[parcel == at]]))
        share[at] = lost.area / shapes[at].area
    usable: pd.Series = (area * (1.0 - share))[share <= MOSTLY]
    return usable


def _place(table: pd.DataFrame, pairs: pd.DataFrame, free: pd.Index, least_places: int) -> None:
    """Give parcels to the free candidates of a table, or the reason why one has none."""
    table["most_places"] = 0.0
    table.loc[free, "reason"] = "outside_parcels"
    # Of the nearest parcel it is told that it is too small, where all are.
    nearest = pairs.drop_duplicates("label").set_index("label")
    table.loc[nearest.index, "reason"] = "too_small"
    table.loc[nearest.index, "parcel_id"] = nearest["parcel_id"]
    enough = pairs[pairs["most_places"] >= least_places]
    waiting = pd.Index(enough["label"].unique())
    table.loc[waiting, "reason"] = "parcel_taken"
    table.loc[waiting, "parcel_id"] = ""
    # One pair after the other, the nearest first.
    partner: dict[object, str] = {}
    most: dict[object, float] = {}
    taken: set[str] = set()
    columns = (enough["label"], enough["parcel_id"], enough["most_places"])
    for label, parcel_id, places in zip(*columns, strict=True):
        if label not in partner and parcel_id not in taken:
            partner[label], most[label] = parcel_id, places
            taken.add(parcel_id)
    at = pd.Index(list(partner))
    table.loc[at, "reason"] = ""
    table.loc[at, "parcel_id"] = list(partner.values())
    table.loc[at, "most_places"] = list(most.values())
