"""The land of a plan: its catchments in every band, from the roads of its study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from layout.core.errors import InputError
from layout.core.progress import step
from layout.core.text import marked, sentence, tr
from layout.demand.cells import ground_of
from layout.network.roads import network
from layout.planning.catchments import CATCHMENT_BANDS, common_faces, faces_of
from layout.planning.contract import Land, PlanTables, renewed_notes

__all__ = ["CommonFaces", "common_land", "land_of", "with_land"]

CommonFaces = tuple[gpd.GeoDataFrame, pd.DataFrame]

_NONE = marked("The map has no catchments: {reason}")


def land_of(plan: PlanTables) -> Land:
    """Cut the land of every band that has pupils, and lay the roads over it.

    Parameters
    ----------
    plan
        The plan.

    Raises
    ------
    layout.core.errors.InputError
        The roads of its study cannot be read, or are no longer those that it was read with.
    """
    with step(tr("Drawing the catchments")):
        # A study that is not at hand says so at its first part.
        crs = plan.study.crs
        roads = network(plan.study)
        ground = ground_of(plan.study, roads)
        land = {band: faces_of(plan, band, ground, roads) for band in CATCHMENT_BANDS}
    return Land(
        bands={band: faces for band, faces in land.items() if len(faces.faces)},
        roads=gpd.GeoDataFrame(
            {"highway": roads.edges["highway"].to_numpy()}, geometry=roads.geometry, crs=crs
        ),
        network=roads,
    )


def common_land(plans: Sequence[PlanTables]) -> dict[str, CommonFaces]:
    """Cut the land of every band by what it belongs to today and in each of several plans.

    Parameters
    ----------
    plans
        Plans of one study.

    Raises
    ------
    layout.core.errors.InputError
        As `land_of`.
    """
    with step(tr("Drawing the catchments")):
        roads = network(plans[0].study)
        ground = ground_of(plans[0].study, roads)
        return {band: common_faces(plans, band, ground, roads) for band in CATCHMENT_BANDS}


def with_land(plan: PlanTables) -> PlanTables:
    """Return the plan with its land; without roads as it is, which a note then says.

    Parameters
    ----------
    plan
        The plan.
    """
    if plan.land is not None:
        return plan
    try:
        return replace(plan, land=land_of(plan))
    except InputError as error:
        note = sentence(_NONE, reason=str(error))
        return replace(plan, notes=renewed_notes(plan.notes, (note,)))
