"""Candidate sites of new compulsory schools, of both stages."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.inputs.study.study import Study
from layout.planning.siting.candidates import candidate_points
from layout.planning.siting.compulsory.overflow import Overflow
from layout.planning.siting.compulsory.problem import most_places
from layout.planning.siting.compulsory.pupils import SITED_STAGES, stage_bands
from layout.planning.siting.kindergarten.need import walk_to
from layout.planning.siting.rejected import Ground

__all__ = ["compulsory_candidates", "located_at", "with_forced"]


def compulsory_candidates(
    study: Study,
    over: Overflow,
    pupils: pd.DataFrame,
    n_sites: int,
    *,
    ground: Ground | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Choose candidates of all stages: clusters of need, seats, and settlements by road reach.

    A settlement ranks by the need that can walk to it along the roads.

    Parameters
    ----------
    study, over
        The study and its overflow.
    pupils
        All pupils of the year.
    n_sites
        How many schools are asked for.
    ground
        Where the programme may build; anywhere where None.
    seed
        Of the clusters.

    Returns
    -------
    pandas.DataFrame
        Columns stage, settlement_id; sorted by both.
    """
    parts = []
    walk = walk_to(study, study.settlements.geometry)
    near = walk.metres <= study.standards.walk_limit_m
    for stage in sorted(SITED_STAGES):
        # By group the share of its school's pupils that overflows; by settlement so many pupils.
        rows = over.groups[over.groups["stage"] == stage]
        share = (over.pools["over"] / over.pools["pupils"]).reindex(rows["pool"]).to_numpy()
        need = (rows["pupils"] * share).groupby(rows["settlement_id"]).sum().round()
        need = need.reindex(study.settlements.index, fill_value=0).astype("int64")
        # By settlement: the need of all who can walk there.
        comes = need.reindex(walk.origins).to_numpy(dtype=np.float64)[walk.row[near]]
        around = np.bincount(walk.col[near], comes, minlength=len(walk.sites))
        people = pupils[pupils["band"].isin(stage_bands(stage))]
        points = candidate_points(
            study,
            need=need,
            people=people.groupby("settlement_id")["pupils"].sum(),
            stage=stage,
            places=int(most_places(study.standards)[stage]),
            sites=n_sites,
            around=pd.Series(around.astype(np.int64), index=walk.sites),
            seed=seed,
            among=None if ground is None else ground.may(stage),
        )
        parts.append(pd.DataFrame({"stage": stage, "settlement_id": points.index}))
    return pd.concat(parts, ignore_index=True)


def with_forced(
    chosen: pd.DataFrame,
    over: Overflow,
    around: pd.DataFrame,
    force: Collection[str],
    ground: Ground,
) -> pd.DataFrame:
    """Add the settlements that get a school in any case.

    Of the stages that their ground allows, for the one with most pupils around.

    Parameters
    ----------
    chosen
        As `compulsory_candidates` returns it.
    over, around
        The overflow, and whom a school could take.
    force, ground
        Settlements, and where the programme may build.

    Returns
    -------
    pandas.DataFrame
        The same with the column must.
    """
    stage_of = over.pools["stage"].reindex(around["pool"]).to_numpy()
    near = around.groupby([around["settlement_id"], stage_of])["pupils"].sum()
    # Primary schools come first among equals, and where nobody is around.
    forced = pd.DataFrame(
        {
            "settlement_id": sorted(force),
            "stage": [
                max(
                    SITED_STAGES,
                    key=lambda stage: (home in ground.may(stage), near.get((home, stage), 0)),
                )
                for home in sorted(force)
            ],
        }
    )
    table = pd.concat([chosen.assign(must=False), forced.assign(must=True)], ignore_index=True)
    table = table.drop_duplicates(["stage", "settlement_id"], keep="last")
    return table.sort_values(["stage", "settlement_id"], ignore_index=True)


def located_at(ground: Ground, chosen: pd.DataFrame) -> gpd.GeoDataFrame:
    """Candidates as points, numbered in their order.

    Columns as `PLACE` has them, must, and most_places that the ground allows.
    """
    study, keys = ground.study, ["stage", "settlement_id"]
    most = pd.concat({stage: table["most_places"] for stage, table in ground.by_stage.items()})
    chosen = chosen.assign(
        most_places=most.reindex(pd.MultiIndex.from_frame(chosen[keys])).to_numpy()
    )
    points = study.settlements.geometry.reindex(chosen["settlement_id"])
    located = gpd.GeoDataFrame(chosen.assign(school_id=""), geometry=points.to_numpy())
    return located.set_crs(study.settlements.crs).rename_axis("site")
