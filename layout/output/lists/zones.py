"""Enrolment zones: which school the children of each settlement go to, autumn by autumn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from layout.core.standards import BANDS
from layout.demand.demography import school_year
from layout.inputs.study.townships import township_names
from layout.planning.contract import PlanTables
from layout.planning.final import final_state
from layout.planning.schema import ZONES

__all__ = ["ZONED_BANDS", "place_names", "years_of", "zones", "zones_by_settlement"]

ZONED_BANDS = ("preschool", "1-3", "4-6", "7-9")
"""Bands whose children go to the school of their zone; older ones are admitted by examination."""
_GROUP = ["settlement_id", "band", "from_school"]


def place_names(plan: PlanTables) -> dict[str, str]:
    """Names of schools and new sites by identifier."""
    names = {str(key): str(name) for key, name in plan.study.schools["name"].items()}
    new = plan.sites[plan.sites["kind"] == "new"]
    return names | {
        str(key): str(name) for key, name in zip(new["site_id"], new["name"], strict=True)
    }


def zones(plan: PlanTables) -> pd.DataFrame:
    """Say from which autumn to which one the children of a settlement go to a school.

    A school that closes is left in the autumn of its year, for the school that the assignment
    names; a site takes its children in the autumn from which it is needed.

    Parameters
    ----------
    plan
        The plan. Its kindergartens are among the schools where it has its land, which holds who
        goes to which of them.

    Returns
    -------
    pandas.DataFrame
        Columns of `layout.planning.schema.ZONES`, sorted; ``school_id`` is empty for children
        without a place. In every autumn the pupils of a settlement and band are the same.
    """
    moves = pd.concat([_compulsory(plan), _preschool(plan)], ignore_index=True)
    table = _spans(moves, school_year(plan.study))
    keys = ["settlement_id", "band", "from_year", "until_year", "school_id"]
    table = table.groupby(keys, dropna=False)["pupils"].sum().reset_index()
    # Places and names in words; bands in the order of their grades.
    homes = plan.study.settlements.reindex(table["settlement_id"])
    towns, names = township_names(plan.study), place_names(plan)
    table = table.assign(
        county_code=homes["county_code"].to_numpy(),
        township_code=homes["township_code"].to_numpy(),
        township=[towns.get(str(code), "") for code in homes["township_code"]],
        settlement=homes["name"].to_numpy(),
        school=[names.get(str(code), "") for code in table["school_id"]],
        until_year=table["until_year"].astype("Int64"),
    )
    order = {band: rank for rank, band in enumerate(BANDS)}
    keyed = table.sort_values(
        list(ZONES.order), key=lambda column: column.map(order) if column.name == "band" else column
    )
    return keyed[list(ZONES.names)].reset_index(drop=True)


def _compulsory(plan: PlanTables) -> pd.DataFrame:
    """Groups of the final state: three schools one after the other, and the years of both moves."""
    state = final_state(plan)
    state = state[state["band"] != "preschool"]
    # A group is undivided after the closures: by settlement, band and school it has one school.
    after = plan.assignment.drop_duplicates(_GROUP).set_index(_GROUP)["to_school"]
    between = after.reindex(pd.MultiIndex.from_frame(state[_GROUP])).to_numpy(dtype="object")
    # Children who had no place had none between either.
    between = np.where(pd.isna(between), state["from_school"], between)
    closing = plan.closures.set_index("school_id")["year"]
    opening = plan.sites.drop_duplicates("site_id").set_index("site_id")["year"]
    first, last = state["from_school"].to_numpy(), state["to_school"].to_numpy()
    return pd.DataFrame(
        {
            **{name: state[name].to_numpy() for name in ("settlement_id", "band", "pupils")},
            "first": first,
            "between": between,
            "last": last,
            "closing": _years(closing, first, first != between),
            "opening": _years(opening, last, between != last),
        }
    )


def _years(years: pd.Series, keys: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """Years of some keys as floats, infinite where nobody moves."""
    found = years.reindex(pd.Index(keys, dtype="str")).to_numpy(dtype="float64")
    return np.where(moves & ~np.isnan(found), found, np.inf)


def _preschool(plan: PlanTables) -> pd.DataFrame:
    """Children of kindergarten age in the same form; nobody where the plan has no land of them."""
    faces = None if plan.land is None else plan.land.bands.get("preschool")
    if faces is None:
        return pd.DataFrame()
    today = faces.groups[faces.groups["state"] == "before"]
    served = plan.served[plan.served["programme"] == "kindergarten"]
    opening = plan.sites[plan.sites["programme"] == "kindergarten"].set_index("site_id")["year"]
    # Whom a site serves had no place; the others without one are left over.
    taken = served.groupby("settlement_id")["pupils"].sum()
    none = today["school_id"] == ""
    gone = taken.reindex(today["settlement_id"], fill_value=0).to_numpy(dtype=np.int64)
    left = today.assign(pupils=today["pupils"] - np.where(none, gone, 0))
    stay = left[left["pupils"] > 0]
    rows = {
        "settlement_id": [*stay["settlement_id"], *served["settlement_id"]],
        "pupils": [*stay["pupils"], *served["pupils"]],
        "first": [*stay["school_id"], *[""] * len(served)],
        "between": [*stay["school_id"], *[""] * len(served)],
        "last": [*stay["school_id"], *served["site_id"]],
        "opening": [*[np.inf] * len(stay), *opening.reindex(served["site_id"])],
    }
    return pd.DataFrame(rows).assign(band="preschool", closing=np.inf)


def _spans(moves: pd.DataFrame, today: int) -> pd.DataFrame:
    """One row for each stay at a school: from its first autumn to its last, NaN for no end."""
    # Who leaves a school that closes for a site that stands by then goes there at once.
    closing = moves["closing"].to_numpy(dtype="float64")
    opening = np.maximum(
        moves["opening"].to_numpy(dtype="float64"), np.where(np.isinf(closing), -np.inf, closing)
    )
    stays = (
        ("first", np.full(len(moves), float(today)), np.minimum(closing, opening)),
        ("between", closing, opening),
        ("last", opening, np.full(len(moves), np.inf)),
    )
    parts = []
    for school, start, end in stays:
        lasts = start < end
        parts.append(
            pd.DataFrame(
                {
                    **{name: moves[name][lasts] for name in ("settlement_id", "band", "pupils")},
                    "school_id": moves[school][lasts],
                    "from_year": start[lasts].astype("int64"),
                    "until_year": np.where(np.isinf(end), np.nan, end - 1)[lasts],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def years_of(table: pd.DataFrame) -> dict[str, list[int]]:
    """Autumns in which the zones of each band change, that of today first."""
    bands = [band for band in ZONED_BANDS if band in set(table["band"])]
    return {
        band: sorted({int(year) for year in table.loc[table["band"] == band, "from_year"]})
        for band in bands
    }


def zones_by_settlement(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each settlement: its schools in every band and autumn that changes.

    Parameters
    ----------
    table
        As `zones` returns it.

    Returns
    -------
    pandas.DataFrame
        Columns county_code, township, settlement_id, settlement and, for each band and year,
        ``{band}|{year}``: names of schools, with the pupils of each where there are several.
    """
    places = ["county_code", "township_code", "township", "settlement_id", "settlement"]
    wide = table[places].drop_duplicates("settlement_id").sort_values(places)
    wide = wide.set_index("settlement_id")
    for band, years in years_of(table).items():
        mine = table[table["band"] == band]
        for year in years:
            now = mine[
                (mine["from_year"] <= year) & ~(mine["until_year"] < year).fillna(value=False)
            ]
            # Once for each school, however long its groups stay there.
            stays = now.groupby(["settlement_id", "school_id", "school"])["pupils"].sum()
            cells = _cells(stays.reset_index())
            wide[f"{band}|{year}"] = pd.Series(cells).reindex(wide.index).fillna("")
    return wide.reset_index()[[*places, *wide.columns[len(places) - 1 :]]]


def _cells(rows: pd.DataFrame) -> Mapping[str, str]:
    """Text of each settlement: one school by name, or several with their pupils, most first."""
    texts: dict[str, list[tuple[int, str]]] = {}
    for home, school, pupils in zip(
        rows["settlement_id"], rows["school"], rows["pupils"], strict=True
    ):
        texts.setdefault(home, []).append((-int(pupils), school or "—"))
    return {
        home: parts[0][1]
        if len(parts) == 1
        else "；".join(f"{name} {-pupils}" for pupils, name in sorted(parts))
        for home, parts in texts.items()
    }
