"""What differs between plans, and for whom: counties, schools, settlements."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.app.levers import wrong_count
from layout.app.places import settlement_table
from layout.app.shown import ShownTable
from layout.core.errors import UsageError
from layout.core.text import tr, words
from layout.planning.contract import PlanTables

__all__ = ["counties_differ", "schools_differ", "settlements_differ"]

Plans = Mapping[str, PlanTables]


class _Counties(ShownTable):
    """Closures by county and plan; its columns are headed already."""

    def in_words(self) -> pd.DataFrame:
        return pd.DataFrame(self)


class _Schools(ShownTable):
    """Schools by plan: whether each closes."""

    def headings(self) -> dict[str, str]:
        named = words.columns()
        return {key: named[key] for key in ("school_id", "name", "county", "pupils")}

    def in_words(self) -> pd.DataFrame:
        said = {True: tr("closes"), False: tr("does not close")}
        table = pd.DataFrame(self).head(self.SHOWN_ROWS)
        flags = table.columns[table.dtypes == np.dtype(bool)]
        table[flags] = table[flags].astype("object").replace(said)
        return table.rename(columns=self.headings())


def _county_names(plans: Plans) -> pd.Series:
    """Names of the counties by code, as the plans themselves hold them."""
    tables = [plan.counties[["county_code", "name"]] for plan in plans.values()]
    return pd.concat(tables).drop_duplicates("county_code").set_index("county_code")["name"]


def counties_differ(plans: Plans) -> ShownTable:
    """Count the closures of each plan by county, see `layout.app.compare.Comparison.counties`.

    Parameters
    ----------
    plans
        The plans by the name that heads their columns.
    """
    named = words.columns()
    parts = {}
    for name, plan in plans.items():
        grouped = plan.closures.groupby("county_code")["pupils"]
        parts[f"{name}: {named['closed']}"] = grouped.size()
        parts[f"{name}: {named['pupils']}"] = grouped.sum()
    table = pd.DataFrame(parts).sort_index().fillna(0).astype("int64")
    names = _county_names(plans).reindex(table.index)
    table.insert(0, named["county"], names.to_numpy())
    return _Counties(table.reset_index(drop=True))


def schools_differ(plans: Plans) -> ShownTable:
    """List the schools that some plans close, see `layout.app.compare.Comparison.schools`.

    Parameters
    ----------
    plans
        The plans by the name that heads their columns.
    """
    columns = ["school_id", "name", "county_code", "pupils"]
    closed = pd.concat([pd.DataFrame(plan.closures)[columns] for plan in plans.values()])
    table = closed.drop_duplicates("school_id").reset_index(drop=True).astype({"pupils": "int64"})
    table.insert(2, "county", table.pop("county_code").map(_county_names(plans)))
    closes = pd.DataFrame(
        {name: table["school_id"].isin(plan.closed) for name, plan in plans.items()}
    )
    table = table.join(closes).assign(times=closes.sum(axis=1))
    table = table[table["times"] < len(plans)].sort_values(["times", "school_id"])
    return _Schools(table.drop(columns="times").reset_index(drop=True))


def settlements_differ(plans: Plans, count: int) -> gpd.GeoDataFrame:
    """List settlements by how much their ways differ, see `Comparison.settlements`.

    Parameters
    ----------
    plans
        The plans by the name that heads their columns.
    count
        How many settlements.
    """
    if wrong := wrong_count("count", count, 1):
        raise UsageError("\n".join(wrong))
    tables = {name: settlement_table(plan) for name, plan in plans.items()}
    first = next(iter(tables.values())).set_index("settlement_id")
    strangers = [
        name for name, table in tables.items() if not table["settlement_id"].isin(first.index).any()
    ]
    if strangers and len(first):
        raise UsageError(
            tr(
                "{plans}: none of the settlements of the other plans; ways are compared where the "
                "same settlements are.",
                plans=tr(", ").join(strangers),
            )
        )
    minutes = pd.DataFrame(
        {
            name: table.set_index("settlement_id")["minutes_after"].reindex(first.index)
            for name, table in tables.items()
        }
    )
    result = first[["name", "county", "pupils", "geometry"]].join(minutes)
    result["differ"] = minutes.max(axis=1) - minutes.min(axis=1)
    result = result[result["differ"] > 0].reset_index()
    ordered = result.sort_values(["differ", "settlement_id"], ascending=[False, True])
    geometry = ordered.pop("geometry")
    return ordered.assign(geometry=geometry).set_geometry("geometry").head(count)
