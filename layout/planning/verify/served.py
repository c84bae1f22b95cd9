"""Check of the children whom new kindergarten places serve: no more than a maximum flow allows."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from layout.core.arrays import Ints
from layout.core.standards import AGE_OF_GRADE, STAGES
from layout.core.text import tr
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix, travel_matrix
from layout.planning.contract import PlanTables
from layout.planning.verify.facts import joined

__all__ = ["served_failures"]

GRADES = STAGES["preschool"]
ONLY_PRESCHOOL = ("111", "119")


def served_failures(study: Study, walk: TravelMatrix, plan: PlanTables) -> Iterator[str]:
    """List what the kindergarten sites of a plan claim to serve and cannot.

    Existing places serve E children at most and all places together A, both as maximum flows over
    the pairs within reach. Whoever the existing places serve first, new ones add A − E at most.
    """
    sites = plan.sites[plan.sites["programme"] == "kindergarten"]
    programme = study.programmes.kindergarten
    if sites.empty or programme is None:
        return
    want = _wanting(study, programme.year)
    old = _existing_places(study, plan)
    # Pairs (origin, site) within reach: of existing places, and of those with the new sites.
    pairs = _pairs(study, walk)
    pairs = pairs[pairs["site"].isin(old.index)]
    new = sites[sites["kind"] == "new"]
    reached = pd.concat([pairs, _pairs_of_new(study, new)], ignore_index=True)
    # By site: the children within its reach, if it were the only one.
    alone = want.reindex(reached["origin"]).groupby(reached["site"].to_numpy()).sum()
    served = sites.set_index("site_id")["pupils_served"]
    over = served[served > alone.reindex(served.index, fill_value=0)]
    if len(over):
        yield tr(
            "sites serve more children than live within reach: {sites}", sites=joined(over.index)
        )
    places = old.add(sites.set_index("site_id")["places"], fill_value=0).astype("int64")
    most = _flow(reached, want, places) - _flow(pairs, want, old)
    if int(served.sum()) > most:
        yield tr(
            "new kindergarten places serve {told} children, but no more than {most} can be served",
            told=int(served.sum()),
            most=most,
        )


def _wanting(study: Study, year: int) -> pd.Series:
    """Children of the year's ages who want a place, by settlement_id, sorted.

    Counted anew: a cohort is known from the census, or from the births of its year spread as the
    youngest were; it grows by the migration and stays a whole number.
    """
    settlements = study.settlements.sort_index()
    cohorts = np.zeros(len(settlements), dtype=np.int64)
    for grade in GRADES:
        born = year - AGE_OF_GRADE[grade]
        # Born before the census they are counted at their age, later ones are births of their year.
        known = born <= study.children_year
        here = settlements[f"age_{study.children_year - born}" if known else "age_0"]
        count = int(here.sum()) if known else study.births[born]
        since = max(born, study.children_year)
        grown = round(count * (1.0 + study.migration) ** (year - since))
        cohorts += _shared(grown, here.to_numpy(dtype=np.int64))
    wanted = round(int(cohorts.sum()) * study.standards.preschool_rate)
    return pd.Series(_shared(wanted, cohorts), index=settlements.index)


def _shared(total: int, by: Ints) -> Ints:
    """A whole number in parts as large as others; the largest fractions get what is left over."""
    if total == 0 or not by.any():
        return np.zeros_like(by)
    # Whole parts and remainders (in units of 1/sum, so whole numbers too) by position.
    part, fraction = np.divmod(total * by, by.sum())
    short = total - int(part.sum())
    position = np.arange(len(by))
    part[np.lexsort((position, -fraction))[:short]] += 1
    return part


def _existing_places(study: Study, plan: PlanTables) -> pd.Series:
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


def _pairs(study: Study, walk: TravelMatrix) -> pd.DataFrame:
    """Settlement and site within the norm's metres on foot, other ones in towns."""
    norms = study.standards
    towns = study.settlements.index[study.settlements["urban"].astype(bool)]
    # Metres by origin, then the entries of the matrix within the limit of theirs.
    limit_m = np.where(
        walk.origins.isin(towns), norms.kindergarten_urban_m, norms.kindergarten_rural_m
    )
    near = walk.metres <= limit_m[walk.row]
    return pd.DataFrame(
        {"origin": walk.origins.take(walk.row[near]), "site": walk.sites.take(walk.col[near])}
    )


def _pairs_of_new(study: Study, new: pd.DataFrame) -> pd.DataFrame:
    """Pairs with the new sites, whose ways are asked for again."""
    if new.empty:
        return pd.DataFrame({"origin": pd.Series(dtype="str"), "site": pd.Series(dtype="str")})
    points = gpd.GeoSeries.from_xy(
        new["lon"].astype(float),
        new["lat"].astype(float),
        index=pd.Index(new["site_id"].astype("str")),
        crs="EPSG:4326",
    )
    return _pairs(study, travel_matrix(study, mode="walk", sites=points))


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
