"""Checks of what a plan says is still missing, by township and county: the sums, counted anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.planning.contract import PlanTables
from layout.planning.verify.facts import joined
from layout.planning.verify.served import existing_places, wanting

__all__ = ["deficit_failures"]

CURES = ["unserved_expansion", "unserved_new_site", "unserved_radius", "unserved_scattered"]


def deficit_failures(study: Study, plan: PlanTables) -> Iterator[str]:
    """List what is wrong with the tables of children without a place and of county plans.

    Parameters
    ----------
    study, plan
        The study and the finished plan.
    """
    programme = study.programmes.kindergarten
    sites = plan.sites[plan.sites["programme"] == "kindergarten"]
    if programme is None or sites.empty:
        return
    if plan.deficits.empty or plan.kindergarten_plans.empty:
        yield tr("kindergartens are built, but nothing says what is still missing")
        return
    want = wanting(study, programme.year)
    homes = study.settlements.loc[want.index, ["township_code", "county_code"]]
    rows = plan.deficits[plan.deficits["stage"] == "preschool"].set_index("township_code")
    served = plan.served[plan.served["programme"] == "kindergarten"]
    places = existing_places(study, plan)
    # What each table says by township or county, and the same counted from the study.
    new = served.groupby("settlement_id")["pupils"].sum().reindex(want.index, fill_value=0)
    standing = study.schools.loc[places.index, ["township_code", "county_code"]]
    counted = {
        "children": want.groupby(homes["township_code"]).sum(),
        "places_existing": places.groupby(standing["township_code"]).sum(),
        "places_new": sites.groupby("township_code")["places"].sum(),
        "served": rows["children"] - rows["unserved"],
        "unserved": rows[CURES].sum(axis=1),
    }
    yield from _differing(rows, counted)
    if (rows[["served", *CURES]].to_numpy(dtype=float) < 0).any():
        yield tr("the table of children without a place has a number below 0")
    left = rows.groupby("county_code")["unserved"].sum()
    table = plan.kindergarten_plans.set_index("county_code")
    kinds = {kind: sites[sites["kind"] == kind] for kind in ("new", "expansion")}
    added = sites.groupby("county_code")["places"].sum()
    before = places.groupby(standing["county_code"]).sum()
    counted = {
        "children": want.groupby(homes["county_code"]).sum(),
        "places_before": before,
        "places_after": before.add(added, fill_value=0),
        "unserved_after": left,
        "unserved_before": left.add(new.groupby(homes["county_code"]).sum(), fill_value=0),
        "new_sites": kinds["new"].groupby("county_code").size(),
        "new_classes": kinds["new"].groupby("county_code")["classes"].sum(),
        "expanded_schools": kinds["expansion"].groupby("county_code").size(),
        "expanded_classes": kinds["expansion"].groupby("county_code")["classes"].sum(),
        "floor_missing": _missing(table),
    }
    yield from _differing(table, counted)
    if (table["floor_met"].astype(bool) != (table["floor_missing"] == 0)).any():
        yield tr("a county's floor is told otherwise than its number of children missing")
    yield from _by_year(study, table, homes["county_code"])
    yield from _townships(study, plan, table, kinds["new"])


def _differing(rows: pd.DataFrame, counted: dict[str, pd.Series]) -> Iterator[str]:
    """Columns whose numbers differ from those counted; rows are by township or county."""
    for column, values in counted.items():
        differ = values.reindex(rows.index.union(values.index), fill_value=0).sub(
            rows[column], fill_value=0
        )
        if (differ.astype(float) != 0).any():
            yield tr(
                "{column} is not what the study and the sites count at {codes}",
                column=column,
                codes=joined(differ.index[differ != 0]),
            )


def _missing(table: pd.DataFrame) -> pd.Series:
    """Public children missing to the floor, from the children served and their public share."""
    served = table["children"] - table["unserved_after"]
    public = (table["public_share_after"].fillna(0).astype(float) * served).round()
    missing = table["floor_share"].astype(float) * served - public
    whole: pd.Series = np.ceil(missing - 1e-9).clip(lower=0)
    return whole


def _by_year(study: Study, table: pd.DataFrame, county: pd.Series) -> Iterator[str]:
    """Children of each year, and the surplus of the last one."""
    for code, row in table.iterrows():
        first, told = int(row["year"]), str(row["children_by_year"]).split(";")
        if int(row["until"]) != first + len(told) - 1:
            yield tr("the years of a county's plan do not fit: {code}", code=code)
            return
    wanted = [
        wanting(study, year).groupby(county).sum()
        for year in range(int(table["year"].min()), int(table["until"].max()) + 1)
    ]
    for code, row in table.iterrows():
        counted = [int(one.get(code, 0)) for one in wanted]
        if (
            str(row["children_by_year"]) != ";".join(map(str, counted))
            or row["surplus_until"] != row["places_after"] - counted[-1]
        ):
            yield tr("the children by year of a county's plan are others: {code}", code=code)


def _townships(
    study: Study, plan: PlanTables, table: pd.DataFrame, new: pd.DataFrame
) -> Iterator[str]:
    """Townships without a public kindergarten, before and after."""
    schools = study.schools.drop(index=list(plan.closed))
    mine = schools[(schools["type_code"] == "111") & (schools["ownership"] == "public")]
    have = {"before": set(mine["township_code"])}
    have["after"] = have["before"] | set(new["township_code"])
    for code, row in table.iterrows():
        homes = study.settlements[study.settlements["county_code"] == code]
        towns = set(homes["township_code"])
        for when, those in have.items():
            told = {one for one in str(row[f"townships_without_{when}"]).split(";") if one}
            if told != towns - those or int(row["townships"]) != len(towns):
                yield tr("the townships without a kindergarten are others in {code}", code=code)
