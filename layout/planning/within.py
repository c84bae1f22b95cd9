"""One unit of a plan as a plan of its own: its people, their schools, and what happens to both."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from layout.planning.contract import Faces, Land, PlanTables

__all__ = ["within"]


def within(plan: PlanTables, code: str) -> PlanTables:
    """Return what of a plan concerns one unit.

    Parameters
    ----------
    plan
        The plan.
    code
        Code of one of its units.

    Returns
    -------
    PlanTables
        The unit's settlements and schools, and those elsewhere that its pupils go to or that send
        pupils into it; tables as far as they are about these; the land clipped to the unit. It has
        no runs and no notes: what was proved was proved of the whole.
    """
    study = plan.study
    own_homes = study.settlements.index[study.settlements["county_code"] == code]
    own_schools = study.schools.index[study.schools["county_code"] == code]
    # Whoever lives here, or goes to a school here today or in the plan.
    sites = plan.sites[plan.sites["county_code"] == code]
    rows = plan.assignment
    rows = rows[
        rows["settlement_id"].isin(own_homes)
        | rows["from_school"].isin(own_schools)
        | rows["to_school"].isin(own_schools)
    ]
    served = plan.served[
        plan.served["settlement_id"].isin(own_homes)
        | plan.served["from_school"].isin(own_schools)
        | plan.served["site_id"].isin(sites["site_id"])
    ]
    sites = plan.sites[plan.sites["site_id"].isin({*sites["site_id"], *served["site_id"]})]
    land = None if plan.land is None else _land(plan, code, own_homes, own_schools, sites)
    groups = [] if land is None else [faces.groups for faces in land.bands.values()]
    faces = [] if land is None else [faces.faces for faces in land.bands.values()]
    homes = _known(
        study.settlements,
        own_homes,
        rows["settlement_id"],
        served["settlement_id"],
        *(table["settlement_id"] for table in groups),
    )
    candidates = plan.candidates[plan.candidates["school_id"].isin(own_schools)]
    schools = _known(
        study.schools,
        own_schools,
        rows["from_school"],
        rows["to_school"],
        served["from_school"],
        # Who closes instead of the unit's own candidates.
        candidates["closes_then"].astype("str").str.split(";").explode(),
        *(table["school_id"] for table in groups),
        *(table[state] for table in faces for state in ("before", "after")),
    )
    units = study.units.loc[[code]]
    of_schools = {
        name: table[table["school_id"].isin(own_schools)]
        for name in ("closures", "candidates", "retained", "improvements")
        for table in [getattr(plan, name)]
    }
    return replace(
        plan,
        name=str(units["name"].iloc[0]),
        study=replace(study, units=units, settlements=homes, schools=schools),
        assignment=rows,
        served=served,
        sites=sites,
        site_years=plan.site_years[plan.site_years["site_id"].isin(sites["site_id"])],
        **{
            name: table[table["county_code"] == code]
            for name in ("counties", "deficits", "kindergarten_plans", "rejected_sites")
            for table in [getattr(plan, name)]
        },
        runs=(),
        notes=(),
        baseline=None,
        alternatives={},
        land=land,
        **of_schools,
    )


def _known(layer: gpd.GeoDataFrame, *ids: pd.Index | pd.Series) -> gpd.GeoDataFrame:
    """The rows of a layer with any of these identifiers, in the layer's order."""
    named = set().union(*(set(one) for one in ids))
    return layer[layer.index.isin(named)]


def _land(
    plan: PlanTables, code: str, homes: pd.Index, schools: pd.Index, sites: pd.DataFrame
) -> Land | None:
    """The land of a unit, and who goes where of its people and at its schools."""
    if plan.land is None:
        return None
    study = plan.study
    outline = study.units.geometry.loc[[code]].to_crs(study.crs).iloc[0]
    shapely.prepare(outline)
    named = {*schools, *sites["site_id"]}
    bands = {}
    for band, faces in plan.land.bands.items():
        # Faces cut at the unit's outline stay a coverage; those that only touch it are left out.
        geometry = faces.faces.geometry.to_numpy()
        near = faces.faces[shapely.intersects(outline, geometry)]
        cut = shapely.intersection(near.geometry.to_numpy(), outline)
        inside = near.set_geometry(cut)[shapely.area(cut) > 0]
        groups = faces.groups
        mine = groups["settlement_id"].isin(homes) | groups["school_id"].isin(named)
        bands[band] = Faces(band=band, faces=inside, groups=groups[mine])
    roads = plan.land.roads
    inside = roads[shapely.intersects(outline, roads.geometry.to_numpy())]
    return Land(bands=bands, roads=inside, network=plan.land.network)
