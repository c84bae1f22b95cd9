"""Check of the ground of new sites: outside of exclusion areas, and a parcel large enough each."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from layout.core.arrays import Bools, Floats
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.planning.contract import PlanTables
from layout.planning.verify.facts import joined

__all__ = ["ground_failures"]


def ground_failures(study: Study, plan: PlanTables) -> Iterator[str]:
    """List the new sites whose ground does not allow them.

    The parcels of a plan suffice if some way of giving every new site a parcel of its own does:
    for its stage, near enough, and with the norm's area for each of its places.
    """
    sites = plan.sites[plan.sites["kind"] == "new"]
    homes = study.settlements.geometry.reindex(sites["settlement_id"])
    if study.exclusions is not None:
        inside = np.zeros(len(sites), dtype=bool)
        for area in study.exclusions.geometry:
            inside[homes.sindex.query(area, predicate="intersects")] = True
        if inside.any():
            yield tr(
                "new sites lie in exclusion areas: {sites}", sites=joined(sites["site_id"][inside])
            )
    if study.parcels is not None and len(sites):
        # Every site and parcel that do not suit each other cost one.
        suits = _suits(study, study.parcels, sites, homes)
        row, col = linear_sum_assignment(~suits)
        without = np.ones(len(sites), dtype=bool)
        without[row[suits[row, col]]] = False
        if without.any():
            yield tr(
                "new sites have no parcel of their own that is large enough: {sites}",
                sites=joined(sites["site_id"][without]),
            )


def _suits(
    study: Study, parcels: gpd.GeoDataFrame, sites: pd.DataFrame, homes: gpd.GeoSeries
) -> Bools:
    """Sites × parcels: whether the site may stand on the parcel."""
    norms = study.standards
    shapes, points = parcels.geometry.to_crs(study.crs), homes.to_crs(study.crs)
    norm_m2 = {
        "preschool": norms.kindergarten_site_m2,
        "primary": norms.primary_site_m2,
        "junior": norms.junior_site_m2,
    }
    needed_m2 = sites["places"] * sites["stage"].map(norm_m2)
    enough = _left_m2(study, parcels, shapes) >= needed_m2.to_numpy(dtype=float)[:, None] - 0.01
    for_it = [parcels["stage"].isin(["", stage]).to_numpy() for stage in sites["stage"]]
    # To the millimetre.
    away_m = np.array([shapes.distance(point).to_numpy() for point in points])
    return np.asarray(enough & np.array(for_it) & (away_m <= norms.parcel_distance_m + 1e-3))


def _left_m2(study: Study, parcels: gpd.GeoDataFrame, shapes: gpd.GeoSeries) -> Floats:
    """Area of each parcel that no exclusion area covers; 0 where more than half is covered."""
    left = shapes.copy()
    if study.exclusions is not None:
        for area in study.exclusions.geometry.to_crs(study.crs):
            hit = shapes.sindex.query(area, predicate="intersects")
            left.iloc[hit] = left.iloc[hit].difference(area)
    share = (left.area / shapes.area).to_numpy()
    return np.where(share < 0.5, 0.0, parcels["area_m2"].to_numpy() * share)
