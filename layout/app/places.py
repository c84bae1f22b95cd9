"""Where the rows of a plan's tables stand, and what becomes of every settlement."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.app.shown import ShownTable
from layout.core.text import tr, words
from layout.inputs.study.study import Study
from layout.planning.contract import PlanTables
from layout.planning.final import final_state

__all__ = ["PLACED", "Phases", "phases", "placed", "settlement_table"]

PLACED = ("closures", "retained", "sites")
"""Tables whose rows have a place."""
WGS84 = "EPSG:4326"


def placed(plan: PlanTables, name: str) -> pd.DataFrame:
    """Return a table of a plan with a point for each row, the last column.

    Parameters
    ----------
    plan
        The plan; without its study schools have no known place, and the table stays as it is.
    name
        One of `PLACED`.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns of the schema, and geometry in EPSG:4326: of sites their own place, else that of
        the school. Made anew whenever a table is, so that no row keeps another one's place.
    """
    plain = pd.DataFrame(getattr(plan, name)).drop(columns="geometry", errors="ignore")
    study: object = plan.study
    if name == "sites":
        lon, lat = (plain[part].astype("float64") for part in ("lon", "lat"))
        points = gpd.points_from_xy(lon, lat)
    elif isinstance(study, Study):
        points = study.schools.geometry.reindex(plain["school_id"]).to_numpy()
    else:
        return plain
    table: pd.DataFrame = gpd.GeoDataFrame(plain, geometry=points, crs=WGS84)
    return table


def settlement_table(plan: PlanTables) -> gpd.GeoDataFrame:
    """Say of every settlement with pupils of the compulsory stage how far they go, worst first.

    Parameters
    ----------
    plan
        The plan, in the state that it ends in.

    Returns
    -------
    geopandas.GeoDataFrame
        See `layout.app.plan.Plan.settlements`.
    """
    study, state = plan.study, final_state(plan)
    state = state[state["from_school"] != ""]
    # Boarders go once a week; they are counted, and their way is no daily one.
    boards = (state["mode"] == "board") | (
        (state["mode"] == "stay") & (state["mode_before"] == "board")
    )
    ids = pd.Index(sorted(state["settlement_id"].unique()), name="settlement_id", dtype="str")
    frame = pd.DataFrame(index=ids)
    frame["pupils"] = state.groupby("settlement_id")["pupils"].sum()
    of = {"boarders": boards, "moved": state["from_school"] != state["to_school"]}
    for name, rows in of.items():
        counted = state[rows].groupby("settlement_id")["pupils"].sum()
        frame[name] = counted.reindex(ids, fill_value=0).astype("int64")
    daily = {
        "minutes_before": state["mode_before"] != "board",
        "minutes_after": ~boards,
    }
    for column, rows in daily.items():
        frame[column] = _mean(state[rows], column).reindex(ids)
    # Only who goes daily in both states can gain or lose minutes.
    both = state[daily["minutes_before"] & daily["minutes_after"]]
    frame["added_minutes"] = _mean(
        both.assign(added_minutes=both["minutes_after"] - both["minutes_before"]), "added_minutes"
    ).reindex(ids)
    homes = study.settlements.reindex(ids)
    frame.insert(0, "name", homes["name"].to_numpy())
    frame.insert(1, "county", homes["county_code"].map(study.units["name"]).to_numpy())
    table = gpd.GeoDataFrame(
        frame.reset_index(), geometry=homes.geometry.to_numpy(), crs=study.settlements.crs
    )
    order = ["minutes_after", "settlement_id"]
    return table.sort_values(order, ascending=[False, True], ignore_index=True)


def _mean(rows: pd.DataFrame, column: str) -> pd.Series:
    """Mean of a column by settlement, each pupil once; who has no known way is left out."""
    known = rows[np.isfinite(rows[column].astype("float64"))]
    weight = known.groupby("settlement_id")["pupils"].sum()
    total = (known[column] * known["pupils"]).groupby(known["settlement_id"]).sum()
    return total / weight


class Phases(ShownTable):
    """What happens in which year, see `layout.app.plan.Plan.phases`."""

    def headings(self) -> dict[str, str]:
        """Return the words of the columns."""
        named = words.columns()
        return {
            "year": tr("Autumn"),
            "schools_closed": words.measures()["schools_closed"],
            "pupils": tr("Their pupils"),
            "new_sites": words.measures()["new_sites"],
            "expansions": tr("Expansions"),
            "classes": named["classes"],
            "places": named["places"],
        }


def phases(plan: PlanTables) -> Phases:
    """Count by year what shuts and what opens.

    Parameters
    ----------
    plan
        The plan.
    """
    closures = plan.closures.groupby("year").agg(
        schools_closed=("school_id", "size"), pupils=("pupils", "sum")
    )
    sites = plan.sites.assign(new=plan.sites["kind"] == "new").groupby("year")
    opened = sites.agg(
        new_sites=("new", "sum"),
        expansions=("new", lambda new: int((~new.astype(bool)).sum())),
        classes=("classes", "sum"),
        places=("places", "sum"),
    )
    table = pd.concat([closures, opened], axis=1).sort_index().fillna(0).astype("int64")
    table.index = table.index.astype("int64")
    return Phases(table.rename_axis("year").reset_index())
