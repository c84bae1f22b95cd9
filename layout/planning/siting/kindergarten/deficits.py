"""Who is still without a kindergarten place after a plan, where, and what would serve them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from layout.inputs.study.study import Study
from layout.inputs.study.townships import township_names
from layout.location import serve
from layout.network.travel import TravelMatrix
from layout.planning import schema
from layout.planning.contract import DEFICITS
from layout.planning.siting.kindergarten.ceilings import largest_site, least_site
from layout.planning.siting.kindergarten.need import Need

__all__ = ["After", "deficit_table", "further_sites"]

_CURES = ("expansion", "new_site", "radius", "scattered")


@dataclass(frozen=True, eq=False, kw_only=True)
class After:
    """A kindergarten programme as planned, beside its need.

    Attributes
    ----------
    need
        Whom existing places serve in the programme's year, and who is left.
    year
        The programme's year.
    sites
        The sites, as in a plan.
    served
        Children whom the sites serve, by settlement_id.
    ways
        Pairs of settlements and possible new sites within reach: demand, site, cost.
    room
        Classes that existing public kindergartens may add, before the plan.
    """

    need: Need
    year: int
    sites: pd.DataFrame
    served: pd.Series
    ways: pd.DataFrame
    room: pd.Series


def deficit_table(study: Study, after: After, *, walk: TravelMatrix) -> pd.DataFrame:
    """Count by township who has no place after the plan, and what would give them one.

    One cure after the other, each for those whom the ones before leave: classes at public
    kindergartens within reach; further new kindergartens, always where most children without a
    place live within reach, as long as these are as many as the least size has; places that stand
    idle, as far as ways on foot are known.

    Parameters
    ----------
    study, after
        The study and the programme as planned.
    walk
        Routes on foot from all settlements to all schools.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.DEFICITS`, stage ``preschool``. Children count where they
        live, places and cures that build where these stand.
    """
    need, size = after.need, study.standards.class_size_preschool
    lives, stands = study.settlements["township_code"], study.schools["township_code"]
    left = need.left.sub(after.served, fill_value=0).astype("int64")
    unserved, cured = left.groupby(lives).sum(), {}
    least, most = (of(study.standards) * size for of in (least_site, largest_site))
    # Classes at public kindergartens that may still grow.
    grown = after.sites.set_index("site_id")["classes"].reindex(after.room.index, fill_value=0)
    room = after.room - grown
    flows = serve(
        need.pairs[need.pairs["site"].isin(room.index)], left[left > 0], (room * size)[room > 0]
    )
    cured["expansion"], left = _taken(flows, left)
    classes = -(-flows.groupby("site")["amount"].sum() // size)
    # Further new kindergartens.
    flows = further_sites(after.ways, left, least=least, most=most)
    cured["new_site"], left = _taken(flows, left)
    more = -(-flows.groupby("site")["amount"].sum() // most)
    # Places that stand idle further away.
    flows = _idle_flows(need, left, walk)
    cured["radius"], left = _taken(flows, left)
    cured["scattered"] = left
    # By township, in code order.
    codes = pd.Index(sorted(lives.unique()), name="township_code")
    county = study.settlements.drop_duplicates("township_code").set_index("township_code")
    built = after.sites.groupby("township_code")["places"].sum()
    counts = {
        "children": need.demand.groupby(lives).sum(),
        "places_existing": need.places.groupby(stands.reindex(need.places.index)).sum(),
        "places_new": built,
        "unserved": unserved,
        **{f"unserved_{cure}": cured[cure].groupby(lives).sum() for cure in _CURES},
        "expansion_classes": classes.groupby(stands.reindex(classes.index)).sum(),
        "new_sites": more.groupby(lives.reindex(more.index)).sum(),
    }
    table = pd.DataFrame({k: v.reindex(codes, fill_value=0) for k, v in counts.items()})
    table = table.astype("int64")
    table["served"] = table["children"] - table["unserved"]
    table["radius_m"] = flows.groupby(lives.reindex(flows["demand"]).to_numpy())["cost"].max()
    largest = table[[f"unserved_{cure}" for cure in _CURES]].idxmax(axis=1).astype("str")
    table["cure"] = largest.str.replace("unserved_", "").where(table["unserved"] > 0, "")
    table = table.reset_index().assign(
        stage="preschool",
        year=after.year,
        county_code=county["county_code"].reindex(codes).to_numpy(),
        township=[township_names(study).get(str(code), "") for code in codes],
    )
    order = list(schema.TABLES["deficits"].order)
    return table.sort_values(order, ignore_index=True)[list(DEFICITS)]


def _taken(flows: pd.DataFrame, left: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Children served by flows, by settlement, and those whom they leave."""
    taken = flows.groupby("demand")["amount"].sum().reindex(left.index, fill_value=0)
    taken = taken.astype("int64")
    return taken, left - taken


def further_sites(ways: pd.DataFrame, left: pd.Series, *, least: int, most: int) -> pd.DataFrame:
    """Open sites where most children are left within reach, as long as these are enough.

    Parameters
    ----------
    ways
        Columns demand, site, cost: who is within reach of which site.
    left
        Children without a place, by demand.
    least, most
        Children of one site: at least, and at most, the nearest first.

    Returns
    -------
    pandas.DataFrame
        Columns demand, site, amount (whole, > 0).
    """
    near = ways[ways["demand"].isin(left.index[left > 0])]
    near = near.sort_values(["site", "cost", "demand"], ignore_index=True)
    sites, demands = pd.Index(near["site"].unique()), pd.Index(sorted(near["demand"].unique()))
    # Sites × demands, 1 within reach, the nearest of each site first; children left by demand.
    row, col = sites.get_indexer(near["site"]), demands.get_indexer(near["demand"])
    start = np.searchsorted(row, np.arange(len(sites) + 1))
    size, ones = (len(sites), len(demands)), np.ones(len(near), dtype=np.int64)
    reached = sparse.csr_array((ones, (row, col)), shape=size)
    amount = left.reindex(demands).to_numpy(dtype=np.int64).copy()
    parts = []
    while len(sites):
        around = reached @ amount
        best = int(around.argmax())
        if around[best] < least:
            break
        around_best = col[start[best] : start[best + 1]]
        before = np.cumsum(amount[around_best]) - amount[around_best]
        taken = np.clip(most - before, 0, amount[around_best])
        amount[around_best] -= taken
        parts.append(
            pd.DataFrame(
                {"demand": demands.take(around_best), "site": sites[best], "amount": taken}
            )
        )
    if not parts:
        return pd.DataFrame({"demand": [], "site": [], "amount": []})
    flows = pd.concat(parts, ignore_index=True)
    return flows[flows["amount"] > 0]


def _idle_flows(need: Need, left: pd.Series, walk: TravelMatrix) -> pd.DataFrame:
    """Send children to existing places that stand idle, the shortest way first.

    Returns
    -------
    pandas.DataFrame
        Columns demand, site, amount, cost (metres).
    """
    taken = need.flows.groupby("site")["amount"].sum()
    idle = need.places.sub(taken, fill_value=0).astype("int64")
    # Children by origin and idle places by school of the matrix; its entries between these.
    wanted = left.reindex(walk.origins, fill_value=0).to_numpy(dtype=np.int64).copy()
    free = idle.reindex(walk.sites, fill_value=0).to_numpy(dtype=np.int64).copy()
    near = (wanted[walk.row] > 0) & (free[walk.col] > 0)
    row, col, metres = walk.row[near], walk.col[near], np.rint(walk.metres[near])
    flows = []
    for at in np.lexsort((col, row, metres)):
        amount = min(wanted[row[at]], free[col[at]])
        if amount:
            wanted[row[at]] -= amount
            free[col[at]] -= amount
            flows.append((row[at], col[at], amount, metres[at]))
    rows, cols, amounts, costs = zip(*flows, strict=True) if flows else ((), (), (), ())
    return pd.DataFrame(
        {
            "demand": walk.origins.take(np.asarray(rows, dtype=np.int64)),
            "site": walk.sites.take(np.asarray(cols, dtype=np.int64)),
            "amount": np.asarray(amounts, dtype=np.int64),
            "cost": np.asarray(costs, dtype=np.float64),
        }
    )
