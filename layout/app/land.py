"""The land of a plan: its catchments in every band, from the roads of its study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from layout.core.errors import InputError
from layout.core.progress import step
from layout.core.text import marked, sentence, tr
from layout.demand.cells import Ground, ground_of
from layout.network.roads import RoadNetwork, network
from layout.planning.catchments import CATCHMENT_BANDS, common_faces, faces_of
from layout.planning.contract import Faces, Land, PlanTables, renewed_notes

__all__ = ["CommonFaces", "common_land", "land_of", "with_land"]

CommonFaces = tuple[gpd.GeoDataFrame, pd.DataFrame]

_NONE = marked("The map has no catchments: {reason}")


class _Bands(Mapping[str, Faces]):
    """The faces of each band that has pupils, each cut when it is first looked at."""

    def __init__(self, plan: PlanTables, ground: Ground, roads: RoadNetwork) -> None:
        self._from = plan, ground, roads
        self._cut: dict[str, Faces] = {}

    def __getitem__(self, band: str) -> Faces:
        if band not in CATCHMENT_BANDS:
            raise KeyError(band)
        if band not in self._cut:
            plan, ground, roads = self._from
            with step(tr("Drawing the catchments")):
                self._cut[band] = faces_of(plan, band, ground, roads)
        faces = self._cut[band]
        if not len(faces.faces):
            raise KeyError(band)
        return faces

    def __iter__(self) -> Iterator[str]:
        return (band for band in CATCHMENT_BANDS if band in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def land_of(plan: PlanTables) -> Land:
    """Share the land of a plan out and lay the roads over it; a band is cut when it is asked for.

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
    return Land(
        bands=_Bands(plan, ground, roads),
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


def with_land(plan: PlanTables, land: Callable[[], Land]) -> PlanTables:
    """Return the plan with its land; without roads as it is, which a note then says.

    Parameters
    ----------
    plan
        The plan.
    land
        Gives its land, as `land_of`.
    """
    try:
        return replace(plan, land=land())
    except InputError as error:
        note = sentence(_NONE, reason=str(error))
        return replace(plan, notes=renewed_notes(plan.notes, (note,)))
