"""Check of the children whom new kindergarten places serve: no more than a maximum flow allows."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from layout.core.standards import STAGES
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix, travel_matrix
from layout.planning.contract import PlanTables
from layout.planning.verify.cohorts import cohorts, shared
from layout.planning.verify.facts import joined

__all__ = [
    "existing_places",
    "on_their_way",
    "served_failures",
    "served_rows_failures",
    "site_geometry",
    "wanting",
]

GRADES = STAGES["preschool"]
ONLY_PRESCHOOL = ("111", "119")
KEYS = ["programme", "site_id", "settlement_id", "band", "from_school"]


def served_rows_failures(study: Study, plan: PlanTables) -> Iterator[str]:
    """List what is wrong with the table of who is served, whatever the programme."""
    served, sites = plan.served, plan.sites
    doubles = served[served.duplicated(KEYS)]
    if len(doubles):
        yield tr("who is served stands twice: {sites}", sites=joined(doubles["site_id"]))
    numbers = served["pupils"].to_numpy(dtype=float)
    wrong = ~(numbers > 0) | (numbers != np.rint(numbers))
    if wrong.any():
        yield tr(
            "{column} is not a whole number at {sites}",
            column="pupils",
            sites=joined(served["site_id"][wrong]),
        )
    strange = served[~served["settlement_id"].isin(study.settlements.index)]
    if len(strange):
        yield tr(
            "who is served lives in unknown settlements: {settlements}",
            settlements=joined(strange["settlement_id"]),
        )
    # By programme and site: what the sites tell and what the rows add up to.
    told = sites.groupby(["programme", "site_id"])["pupils_served"].sum()
    rows = served.groupby(["programme", "site_id"])["pupils"].sum()
    differ = told.astype(float).sub(rows.astype(float), fill_value=0)
    # A compulsory school that grows also serves its own pupils, who stand in no row.
    grown = sites[(sites["programme"] == "compulsory") & (sites["kind"] == "expansion")]
    own = differ.index.isin(pd.MultiIndex.from_frame(grown[["programme", "site_id"]]))
    wrong = (differ < 0) | ((differ > 0) & ~own)
    if wrong.any():
        yield tr(
            "sites tell of other numbers than they serve: {sites}",
            sites=joined(site for _, site in differ.index[wrong]),
        )


def served_failures(study: Study, walk: TravelMatrix, plan: PlanTables) -> Iterator[str]:
    """List what the kindergarten sites of a plan claim to serve and cannot.

    Existing places serve E children at most and all places together A, both as maximum flows over
    the pairs within reach. Existing places serve first, so they serve E of those whom new ones
    leave, and new ones add A − E at most.
    """
    sites = plan.sites[plan.sites["programme"] == "kindergarten"]
    served = plan.served[plan.served["programme"] == "kindergarten"]
    programme = study.programmes.kindergarten
    if programme is None or (sites.empty and served.empty):
        return
    if ((served["band"] != "preschool") | (served["from_school"] != "")).any():
        yield tr("kindergartens serve others than small children without a place")
    want = wanting(study, programme.year)
    old = existing_places(study, plan)
    # Pairs within reach: of existing places, and of those with the new sites.
    pairs = _near(study, walk)
    pairs = pairs[pairs["site"].isin(old.index)]
    new = site_geometry(sites[sites["kind"] == "new"])
    ways = pairs
    if len(new):
        fresh = _near(study, travel_matrix(study, mode="walk", sites=new))
        ways = pd.concat([pairs, fresh], ignore_index=True)
    yield from on_their_way(served, ways)
    # Children by settlement whom the sites leave to existing places.
    left = want.sub(served.groupby("settlement_id")["pupils"].sum(), fill_value=0)
    if (left < 0).any():
        yield tr(
            "more children are served than want a place: {settlements}",
            settlements=joined(left.index[left < 0]),
        )
        return
    existing = _flow(pairs, want, old)
    kept = _flow(pairs, left.astype("int64").sort_index(), old)
    if kept < existing:
        yield tr(
            "new kindergarten places take {count:child|children} whom existing places serve",
            count=existing - kept,
        )
    places = old.add(sites.set_index("site_id")["places"], fill_value=0).astype("int64")
    most, told = _flow(ways, want, places) - existing, int(sites["pupils_served"].sum())
    if told > most:
        yield tr(
            "new kindergarten places serve {told:child|children}, but no more than {most} can "
            "be served",
            told=told,
            most=most,
        )


def on_their_way(served: pd.DataFrame, ways: pd.DataFrame) -> Iterator[str]:
    """List the rows whose way is not within the limits, or is told otherwise.

    Parameters
    ----------
    served
        Rows of who is served.
    ways
        Ways within the limits: origin, site, mode, minutes, metres; also band where it matters.
    """
    keys = [key for key in ("origin", "site", "band") if key in ways]
    rows = served.rename(columns={"settlement_id": "origin", "site_id": "site"})
    rows = rows.merge(ways, on=keys, how="left", suffixes=("", "_again"))
    missing = rows["metres_again"].isna()
    if missing.any():
        yield tr(
            "sites serve children out of their reach: {sites}", sites=joined(rows["site"][missing])
        )
    # To a second and a metre: a plan that was read back has rounded numbers.
    other = (rows["mode"] != rows["mode_again"]) | ~np.isclose(
        rows[["minutes", "metres"]].to_numpy(dtype=float),
        rows[["minutes_again", "metres_again"]].to_numpy(dtype=float),
        rtol=0,
        atol=[0.06, 1.0],
    ).all(axis=1)
    if (other & ~missing).any():
        yield tr(
            "ways to sites are told otherwise than they are: {sites}",
            sites=joined(rows["site"][other & ~missing]),
        )


def site_geometry(sites: pd.DataFrame) -> gpd.GeoSeries:
    """Points of sites by site_id, in WGS 84."""
    return gpd.GeoSeries.from_xy(
        sites["lon"].astype(float),
        sites["lat"].astype(float),
        index=pd.Index(sites["site_id"].astype("str")),
        crs="EPSG:4326",
    )


def wanting(study: Study, year: int) -> pd.Series:
    """Children of the year's ages who want a place, by settlement_id, sorted."""
    children = cohorts(study, year, GRADES)
    wanted = round(int(children.sum()) * study.standards.preschool_rate)
    return pd.Series(shared(wanted, children.to_numpy()), index=children.index)


def existing_places(study: Study, plan: PlanTables) -> pd.Series:
    """Places by kindergarten that stays open, by school_id."""
    schools = study.schools.drop(index=list(plan.closed))
    teaches = [f"{kind}_{grade}" for kind in ("classes", "pupils") for grade in GRADES]
    # Schools with small children or classes of them, special schools (5…) apart.
    schools = schools[(schools[teaches] > 0).any(axis=1)]
    schools = schools[~schools["type_code"].str.startswith("5")]
    classes = schools[[f"classes_{grade}" for grade in GRADES]].sum(axis=1)
    mixed = schools["classes_mixed"].where(schools["type_code"].isin(ONLY_PRESCHOOL), 0)
    places: pd.Series = (classes + mixed) * study.standards.class_size_preschool
    return places.astype("int64")


def _near(study: Study, walk: TravelMatrix) -> pd.DataFrame:
    """Ways on foot within the norm's metres, other ones in towns."""
    norms = study.standards
    towns = study.settlements.index[study.settlements["urban"].astype(bool)]
    # Metres by origin, then the entries of the matrix within the limit of theirs.
    limit_m = np.where(
        walk.origins.isin(towns), norms.kindergarten_urban_m, norms.kindergarten_rural_m
    )
    near = walk.metres <= limit_m[walk.row]
    return pd.DataFrame(
        {
            "origin": walk.origins.take(walk.row[near]),
            "site": walk.sites.take(walk.col[near]),
            "mode": "walk",
            "minutes": walk.minutes[near].astype(float),
            "metres": walk.metres[near].astype(float),
        }
    )


def _flow(pairs: pd.DataFrame, want: pd.Series, places: pd.Series) -> int:
    """The most children that the places can serve."""
    # Positions of settlement and site by pair; pairs with unknown ones fall out.
    row = want.index.get_indexer(pd.Index(pairs["origin"]))
    col = places.index.get_indexer(pd.Index(pairs["site"]))
    known = (row >= 0) & (col >= 0)
    row, col = row[known].astype(np.int64), col[known].astype(np.int64)
    count, size = len(want), len(places)
    # Nodes: settlements, sites, source, sink; arcs source → settlement → site → sink.
    source, sink = count + size, count + size + 1
    tail = np.concatenate([np.full(count, source), row, count + np.arange(size)])
    head = np.concatenate([np.arange(count), count + col, np.full(size, sink)])
    most = np.concatenate([want.to_numpy(), want.to_numpy()[row], places.to_numpy()])
    # Whole capacities: `maximum_flow` takes integers only.
    graph = sparse.csr_array((most.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink).flow_value)
