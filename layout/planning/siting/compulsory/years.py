"""The years after the programme: whom compulsory schools relieve in each, and which turn small."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from layout.core.standards import AGE_OF_GRADE, Standards
from layout.core.text import Sentence, marked, sentence
from layout.demand.demography import with_births
from layout.planning import schema
from layout.planning.contract import SITE_YEARS, PlanTables, empty
from layout.planning.siting.compulsory.growing import grown_relief, left_over
from layout.planning.siting.compulsory.overflow import Overflow, group_ways, overflow, relief
from layout.planning.siting.compulsory.problem import least_places
from layout.planning.siting.compulsory.pupils import SITED_STAGES, future_pupils
from layout.planning.siting.kindergarten.years import READINGS, known_years

__all__ = ["COMPULSORY_YEAR_NOTES", "compulsory_years", "over_by_year", "year_notes"]

_OVER = marked(
    "Pupils over the class places by year with the births expected, primary and junior: {years}."
)
_SMALL = marked(
    "{count} of {sites} new compulsory schools find fewer pupils over the places of other schools "
    "than a school of the least size holds ({primary} primary, {junior} junior), from the year "
    "named on: {names}; school places are to follow the population (policy since 2024)."
)
COMPULSORY_YEAR_NOTES = frozenset({_OVER, _SMALL})
"""Messages of the notes, all of which a programme that is sited again says anew."""

Overflows = Mapping[tuple[str, int], Overflow]


def over_by_year(
    plan: PlanTables, first: Overflow, year: int, until: int, near: Mapping[str, pd.DataFrame]
) -> Overflows:
    """Find the overflowing schools of each year, under each reading of the births.

    Parameters
    ----------
    plan
        The plan after its closures.
    first
        The overflow of the programme's year, which is that of every reading.
    year, until
        First and last year.
    near
        See `layout.planning.siting.compulsory.pupils.nearest_schools`.

    Returns
    -------
    Mapping
        By reading and year.
    """
    result: dict[tuple[str, int], Overflow] = {}
    known: dict[tuple[int, ...], Overflow] = {}
    years = known_years(plan.study, year, until)
    for reading in READINGS:
        study = with_births(plan.study, reading)
        result[reading, year] = first
        for later in years[1:]:
            # Readings are one where all pupils of the year are born before they part.
            born = sorted(b for b in study.births if b <= later - AGE_OF_GRADE["g1"])
            key = (later, *(study.births[b] for b in born))
            if key not in known:
                pupils = future_pupils(study, later, plan.assignment, near=near)
                known[key] = overflow(study, pupils)
            result[reading, later] = known[key]
    return result


def compulsory_years(
    overs: Overflows, sites: pd.DataFrame, new_ways: pd.DataFrame, grown_ways: pd.DataFrame
) -> pd.DataFrame:
    """Count the pupils whom each site relieves by year and reading of the births.

    Parameters
    ----------
    overs
        As `over_by_year` returns them.
    sites
        The programme's sites, as in a plan.
    new_ways, grown_ways
        Routes of settlements to new schools and to those that grow, by site_id; see `site_ways`.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.SITE_YEARS`. Each year is relieved as the programme's own:
        as many as possible by the new schools, then by those that grow.
    """
    table = sites.set_index("site_id")
    new, grown = table[table["kind"] == "new"], table[table["kind"] == "expansion"]
    # What the plan says of the programme's own year.
    first = min(year for _, year in overs)
    counted = {
        id(over): table["pupils_served"] for (_, year), over in overs.items() if year == first
    }
    parts = []
    for (reading, year), over in overs.items():
        if id(over) not in counted:
            flows = relief(over, group_ways(over, new_ways), new["places"])
            children = flows.groupby("site")["amount"].sum()
            if len(grown):
                come, kept = grown_relief(left_over(over, flows), grown, grown_ways)
                more = come.groupby("site")["amount"].sum().add(kept, fill_value=0)
                children = pd.concat([children, more])
            counted[id(over)] = children.reindex(table.index, fill_value=0)
        rows = table[["places"]].assign(children=counted[id(over)], year=year, births=reading)
        parts.append(rows.rename_axis("site_id").reset_index())
    if not parts or table.empty:
        return empty(SITE_YEARS)
    result = pd.concat(parts).astype({"year": "int64", "children": "int64", "places": "int64"})
    order = list(schema.TABLES["site_years"].order)
    return result.sort_values(order, ignore_index=True)[list(SITE_YEARS)]


def year_notes(
    norms: Standards, overs: Overflows, table: pd.DataFrame, sites: pd.DataFrame
) -> list[Sentence]:
    """Say how many are over the places in later years, and which new schools turn too small.

    Parameters
    ----------
    norms
        Norms of the study.
    overs
        As `over_by_year` returns them.
    table, sites
        As in a plan.
    """
    notes = []
    years = sorted(year for reading, year in overs if reading == "middle")
    if len(years) > 1:
        told = []
        for year in years:
            over = overs["middle", year].pools.groupby("stage")["over"].sum()
            primary, junior = (int(over.get(stage, 0)) for stage in SITED_STAGES)
            told.append(f"{year} {primary} + {junior}")
        notes.append(sentence(_OVER, years=told))
    # New schools with fewer pupils than the least size holds: the first such year of each.
    least, new = least_places(norms), sites[sites["kind"] == "new"].set_index("site_id")
    mine = table[(table["births"] == "middle") & table["site_id"].isin(new.index)]
    small = mine["children"] < least.reindex(new["stage"].reindex(mine["site_id"])).to_numpy()
    first = mine[small].groupby("site_id")["year"].min()
    if len(first):
        notes.append(
            sentence(
                _SMALL,
                count=len(first),
                sites=len(new),
                **{stage: int(least[stage]) for stage in SITED_STAGES},
                names=[
                    sentence("{site} ({year})", site=site, year=year)
                    for site, year in first.items()
                ],
            )
        )
    return notes
