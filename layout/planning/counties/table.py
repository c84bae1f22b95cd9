"""Measures by county, before and after a plan, from the plan's tables alone.

Before is today; after is the plan with its closures and new sites. Schools, classes and pupils at
school are counted where the school stands, routes and coverage where the children live. Compulsory
pupils are those of the school data on both sides, so that a difference is the plan's doing;
kindergarten places are judged for the children of the programme's year.
"""

from __future__ import annotations

import pandas as pd

from layout.demand.access import (
    COVERED_STAGES,
    NewSites,
    coverage,
    coverage_by_county,
    offering,
    travel_measures,
)
from layout.demand.demography import school_year
from layout.inputs.study.study import Study
from layout.network.travel import travel_matrix
from layout.planning.contract import COUNTIES, COUNTY_MEASURES, PlanTables
from layout.planning.counties.classes import (
    class_total,
    grown_schools,
    large_classes,
    pupils_by_grade,
    site_points,
)
from layout.planning.final import final_state
from layout.planning.siting.compulsory.overflow import overflow
from layout.planning.siting.compulsory.pupils import SITED_STAGES, stage_bands
from layout.planning.siting.kindergarten.need import kindergarten_need, walk_to

__all__ = ["county_table"]


def county_table(study: Study, *, before: PlanTables, after: PlanTables) -> pd.DataFrame:
    """Measure every county before and after a plan.

    Parameters
    ----------
    study
        The study.
    before, after
        Today's plan and the plan; the same plan twice describes one state.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.COUNTIES`, one row a county, sorted by code. Counts are
        whole, shares from 0 to 1, minutes one way; a share or a mean of nobody is missing.
    """
    first = _known(before, when="before")
    if first is None:
        first = _measures(study, before, column="minutes_before")
    second = first if after is before else _measures(study, after, column="minutes_after")
    table = study.units[["name"]].sort_index().rename_axis("county_code")
    # Closures by county; then a column for each measure and side, by county code.
    county = study.schools["county_code"]
    closed = county.reindex(after.closed).value_counts()
    table["closed"] = closed.reindex(table.index, fill_value=0).astype("int64")
    for measure in COUNTY_MEASURES:
        for when, measures in (("before", first), ("after", second)):
            table[f"{measure}_{when}"] = measures[measure].reindex(table.index)
    result: pd.DataFrame = table.reset_index()[list(COUNTIES)]
    return result


def _known(plan: PlanTables, *, when: str) -> pd.DataFrame | None:
    """The measures of one side from a plan's own county table, None where it is empty."""
    if plan.counties.empty:
        return None
    table = plan.counties.set_index("county_code")
    return pd.DataFrame({measure: table[f"{measure}_{when}"] for measure in COUNTY_MEASURES})


def _measures(study: Study, plan: PlanTables, *, column: str) -> pd.DataFrame:
    """All measures of one state, by county."""
    counties = study.units.index.sort_values()
    living, standing = study.settlements["county_code"], study.schools["county_code"]
    # Groups of the compulsory stage where they are in the end, at schools and at new sites.
    state = final_state(plan)
    state = state[state["from_school"] != ""]
    at_site = ~state["to_school"].isin(study.schools.index)
    # Schools with the classes that they gain, and who sits there in the end, by grade.
    grown, pupils = grown_schools(study, plan), pupils_by_grade(study, plan)
    site_county = plan.sites.drop_duplicates("site_id").set_index("site_id")["county_code"]
    come = state[at_site].groupby(state["to_school"].map(site_county))["pupils"].sum()
    over = overflow(grown, state[~at_site].rename(columns={"to_school": "school_id"})).pools
    new = _new_sites(study, plan)
    ways = plan.ways()
    covered = coverage(
        study, walk=ways.walk, bus=ways.bus, closed=plan.closed, new=list(new.values())
    )
    # Whole numbers by county; a county without schools or sites has 0, not a gap.
    at_schools = pupils.sum(axis=1).groupby(standing).sum()
    whole = pd.DataFrame(
        {
            "pupils": at_schools.add(come, fill_value=0),
            "schools": _schools(study, plan),
            "classes": _classes(grown, plan),
            "large_classes": _large(grown, pupils, study.standards.large_class),
            "super_large_classes": _large(grown, pupils, study.standards.super_large_class),
            "places_short_compulsory": over.groupby("county_code")["over"].sum(),
        },
        index=counties,
    )
    kindergartens = _kindergartens(study, plan)
    whole["places_short_kindergarten"] = kindergartens["short"].reindex(counties)
    table = whole.fillna(0).round().astype("int64")
    table = table.join(coverage_by_county(study, covered))
    table = table.join(travel_measures(state, living, column=column))
    # The share of nobody is missing.
    served = kindergartens["served"].where(kindergartens["served"] > 0)
    table["public_kindergarten_share"] = (kindergartens["public"] / served).reindex(counties)
    return table


def _large(study: Study, pupils: pd.DataFrame, line: int) -> pd.Series:
    """Classes of so many pupils or more, by county."""
    county = study.schools["county_code"]
    return large_classes(study, pupils, line=line).groupby(county).sum()


def _classes(study: Study, plan: PlanTables) -> pd.Series:
    """Classes of the compulsory stages by county: of open schools, and of new ones."""
    classes = class_total(study)
    classes = classes[~classes.index.isin(plan.closed)]
    sites = plan.sites[(plan.sites["programme"] == "compulsory") & (plan.sites["kind"] == "new")]
    total: pd.Series = classes.groupby(study.schools["county_code"]).sum()
    return total.add(sites.groupby("county_code")["classes"].sum(), fill_value=0)


def _new_sites(study: Study, plan: PlanTables) -> dict[str, NewSites]:
    """New sites of a plan by stage, with the ways to them."""
    new = {}
    built = plan.sites[plan.sites["kind"] == "new"]
    for stage in COVERED_STAGES:
        points = site_points(built[built["stage"] == stage])
        if points.empty:
            continue
        if stage == "preschool":
            walk = bus = walk_to(study, points)
        else:
            walk = travel_matrix(study, mode="walk", sites=points)
            bus = travel_matrix(study, mode="bus", sites=points)
        new[stage] = NewSites(stage=stage, walk=walk, bus=bus)
    return new


def _schools(study: Study, plan: PlanTables) -> pd.Series:
    """Open schools of the compulsory stage by county, new ones included."""
    teaching: set[str] = set()
    for stage in SITED_STAGES:
        for band in stage_bands(stage):
            teaching |= set(offering(study.schools, band))
    opened = pd.Index(sorted(teaching - set(plan.closed)), dtype="str")
    # By county: schools that stay open, and new ones.
    counts = study.schools["county_code"].reindex(opened).value_counts()
    built = plan.sites[(plan.sites["programme"] == "compulsory") & (plan.sites["kind"] == "new")]
    total: pd.Series = counts.add(built["county_code"].value_counts(), fill_value=0)
    return total


def _kindergartens(study: Study, plan: PlanTables) -> pd.DataFrame:
    """Children short of a place, served, and served in public places, by county of living.

    Existing places serve first; whom added ones serve is what the plan says.
    """
    programme = study.programmes.kindergarten
    year = programme.year if programme is not None else school_year(study)
    need = kindergarten_need(study, year, walk=plan.ways().walk, closed=plan.closed)
    flows = need.flows
    state = final_state(plan)
    added = state.loc[state["band"] == "preschool", ["settlement_id", "to_school", "pupils"]]
    if len(added):
        added = added.set_axis(["demand", "site", "amount"], axis=1)
        flows = pd.concat([flows, added], ignore_index=True)
    # Children served by county of living; new sites are public.
    county = study.settlements["county_code"]
    ownership = study.schools["ownership"].reindex(flows["site"]).fillna("public").to_numpy()
    at = county.reindex(flows["demand"]).to_numpy()
    served = flows.groupby(at)["amount"].sum()
    public = flows[ownership == "public"].groupby(at[ownership == "public"])["amount"].sum()
    # Children by county of living; those not served are short of a place.
    demand = need.demand.groupby(county).sum()
    table = pd.DataFrame({"demand": demand, "served": served, "public": public}).fillna(0)
    return table.assign(short=table["demand"] - table["served"])
