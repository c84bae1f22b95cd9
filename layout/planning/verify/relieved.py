"""Check of the pupils whom new compulsory schools take out of full ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from layout.core.standards import BANDS, STAGES
from layout.core.text import tr
from layout.network.travel import TravelMatrix, travel_matrix
from layout.planning.verify.cohorts import cohorts
from layout.planning.verify.facts import Facts, joined, limit_seconds, whole_seconds
from layout.planning.verify.served import on_their_way, site_geometry

__all__ = ["conserved_failures", "relieved_failures"]

GROUP = ["settlement_id", "band", "from_school"]
STAGE = {"1-3": "primary", "4-6": "primary", "7-9": "junior"}


def conserved_failures(facts: Facts) -> Iterator[str]:
    """Nobody is taken from where the assignment has nobody; the counties count everybody once."""
    plan = facts.plan
    taken = plan.served[plan.served["from_school"] != ""]
    groups = plan.assignment.groupby(["settlement_id", "band", "to_school"])["pupils"].sum()
    out = taken.groupby(GROUP)["pupils"].sum()
    over = out[out > groups.reindex(out.index, fill_value=0).to_numpy()]
    if len(over):
        yield tr(
            "more pupils are taken from schools than go there: {schools}",
            schools=joined(over.index.get_level_values("from_school")),
        )
    if plan.counties.empty:
        return
    # Pupils by county: at the schools, less those taken there, plus those who come to a site.
    county = facts.study.schools["county_code"]
    sites = plan.sites[plan.sites["programme"] == "compulsory"].set_index("site_id")["county_code"]
    total = plan.assignment["pupils"].groupby(plan.assignment["to_school"].map(county)).sum()
    total = total.sub(taken["pupils"].groupby(taken["from_school"].map(county)).sum(), fill_value=0)
    total = total.add(taken["pupils"].groupby(taken["site_id"].map(sites)).sum(), fill_value=0)
    told = plan.counties.set_index("county_code")["pupils_after"]
    if (told != total.reindex(told.index, fill_value=0)).any():
        yield tr("the counties count other pupils than the plan's tables have")


def relieved_failures(facts: Facts) -> Iterator[str]:
    """List what the compulsory sites of a plan claim to take and cannot, or might take and do not.

    Of the pupils of the programme's year a school gives up no more than it has over its class
    places; together as many are taken as a maximum flow allows.
    """
    plan, study = facts.plan, facts.study
    programme = study.programmes.compulsory
    sites = plan.sites[plan.sites["programme"] == "compulsory"]
    served = plan.served[plan.served["programme"] == "compulsory"]
    if programme is None or (sites.empty and served.empty):
        return
    stage_of_site = sites.set_index("site_id")["stage"]
    if (served["site_id"].map(stage_of_site) != served["band"].map(STAGE)).any():
        yield tr("sites serve pupils of another stage than theirs")
        return
    ways = _ways(facts, sites)
    yield from on_their_way(served, ways)
    # By school and stage: pupils of the year over the class places.
    year = _pupils_of(facts, programme.year)
    total = year.groupby(["school_id", year["band"].map(STAGE)])["pupils"].sum()
    over = (total - _places(facts).reindex(total.index, fill_value=0)).clip(lower=0)
    stage = served["band"].map(STAGE)
    out = served["pupils"].groupby([served["from_school"], stage]).sum()
    much = out[out > over.reindex(out.index, fill_value=0)]
    if len(much):
        yield tr(
            "schools give up more pupils than they have over their places: {schools}",
            schools=joined(much.index.get_level_values(0)),
        )
    most = _most(facts, year, over[over > 0], ways, sites.set_index("site_id")["places"])
    if int(served["pupils"].sum()) != most:
        yield tr(
            "compulsory sites take {told} pupils, where {most} can be taken",
            told=int(served["pupils"].sum()),
            most=most,
        )


def _ways(facts: Facts, sites: pd.DataFrame) -> pd.DataFrame:
    """Ways to the sites within the limits of each band: on foot where that may be, else ridden."""
    points = site_geometry(sites)
    bands = list(STAGE)
    longest = float(limit_seconds(facts, bands).max()) / 60
    walk = travel_matrix(facts.study, mode="walk", sites=points, cutoff_minutes=longest)
    bus = travel_matrix(facts.study, mode="bus", sites=points, cutoff_minutes=longest)
    near = facts.study.standards.walk_limit_m
    parts = []
    for band in bands:
        limit_s = int(limit_seconds(facts, [band])[0])
        foot = _entries(walk, "walk", limit_s)
        both = pd.concat([foot[foot["metres"] <= near], _entries(bus, "bus", limit_s)])
        parts.append(both.drop_duplicates(["origin", "site"]).assign(band=band))
    return pd.concat(parts, ignore_index=True)


def _entries(matrix: TravelMatrix, mode: str, limit_s: int) -> pd.DataFrame:
    keep = whole_seconds(matrix.minutes) <= limit_s
    return pd.DataFrame(
        {
            "origin": matrix.origins.take(matrix.row[keep]),
            "site": matrix.sites.take(matrix.col[keep]),
            "mode": mode,
            "minutes": matrix.minutes[keep].astype(float),
            "metres": matrix.metres[keep].astype(float),
        }
    )


def _pupils_of(facts: Facts, year: int) -> pd.DataFrame:
    """Groups of the plan in a later year: settlement_id, band, school_id, pupils.

    The pupils of a settlement and band grow as its children do, and are shared over the schools
    as in the plan; where a band had neither pupils nor children, they go to the quickest school.
    """
    study = facts.study
    first = study.data_date.year - (study.data_date.month < 9)
    keys = ["settlement_id", "band", "to_school"]
    now = facts.plan.assignment.groupby(keys)["pupils"].sum()
    rows = []
    for band in STAGE:
        before, later = (cohorts(study, when, BANDS[band]) for when in (first, year))
        part = now[now.index.get_level_values("band") == band].droplevel("band").sort_index()
        # Positions of the homes among the rows, which are sorted by home and school.
        homes, at = np.unique(part.index.get_level_values(0), return_inverse=True)
        here = part.to_numpy(dtype=np.int64)
        attending = np.bincount(at, here).astype(np.int64)
        base = np.maximum(np.maximum(before.reindex(homes).to_numpy(), attending), 1)
        # Half a pupil counts as one; the largest fractions get what whole parts leave over.
        grown = (2 * attending * later.reindex(homes).to_numpy() + base) // (2 * base)
        count, fraction = np.divmod(grown[at] * here, attending[at])
        short = grown - np.bincount(at, count).astype(np.int64)
        order = np.lexsort((np.arange(at.size), -fraction, at))
        rank = np.arange(at.size) - np.searchsorted(at, at)
        count[order] += rank < short[at]
        for (home, school), pupils in zip(part.index, count, strict=True):
            rows.append((home, band, school, int(pupils)))
        fresh = later[(later > 0) & (before == 0) & ~later.index.isin(homes)]
        quickest = _quickest(facts, band, fresh.index)
        rows += [(home, band, school, int(fresh[home])) for home, school in quickest.items()]
    return pd.DataFrame(rows, columns=["settlement_id", "band", "school_id", "pupils"])


def _quickest(facts: Facts, band: str, homes: pd.Index) -> dict[str, str]:
    """The school in use that teaches some grade of a band and is reached quickest, by home."""
    if homes.empty:
        return {}
    study, limit_s = facts.study, int(limit_seconds(facts, [band])[0])
    teaches = [f"{kind}_{grade}" for kind in ("classes", "pupils") for grade in BANDS[band]]
    some = (study.schools[teaches] > 0).any(axis=1)
    some &= ~study.schools["type_code"].str.startswith("5")
    used = set(facts.plan.assignment["to_school"]) & set(study.schools.index[some])
    foot = _entries(facts.walk, "walk", limit_s)
    foot = foot[foot["metres"] <= study.standards.walk_limit_m]
    both = pd.concat([foot, _entries(facts.bus, "bus", limit_s)])
    both = both[both["origin"].isin(homes) & both["site"].isin(used)]
    # A way that can be walked is walked, however quick the bus would be.
    both = both.drop_duplicates(["origin", "site"]).sort_values(["origin", "minutes", "site"])
    first = both.drop_duplicates("origin")
    return dict(zip(first["origin"], first["site"], strict=True))


def _places(facts: Facts) -> pd.Series:
    """Pupils that the classes hold at the standard size, by school_id and stage."""
    schools, norms = facts.study.schools, facts.study.standards
    small = (schools["type_code"] == "218") * (norms.class_size_primary - norms.class_size_point)
    size = {"primary": norms.class_size_primary - small, "junior": norms.class_size_junior}
    special = schools["type_code"].str.startswith("5")
    columns = [f"{kind}_{g}" for kind in ("classes", "pupils") for g in STAGES["primary"]]
    # Multigrade classes are primary ones where any primary grade is taught.
    mixed = schools["classes_mixed"].where((schools[columns] > 0).any(axis=1) & ~special, 0)
    parts = {}
    for stage, per_class in size.items():
        classes = schools[[f"classes_{grade}" for grade in STAGES[stage]]].sum(axis=1)
        parts[stage] = (classes + (mixed if stage == "primary" else 0)) * per_class
    places: pd.Series = pd.concat(parts, names=["stage"])
    return places.swaplevel().sort_index()


def _most(
    facts: Facts, year: pd.DataFrame, over: pd.Series, ways: pd.DataFrame, places: pd.Series
) -> int:
    """The most pupils that the sites can take: school → group → site, a maximum flow."""
    # Groups of full schools, no larger than the plan has them.
    keys = ["settlement_id", "band", "school_id"]
    now = facts.plan.assignment.groupby(["settlement_id", "band", "to_school"])["pupils"].sum()
    pool = pd.MultiIndex.from_arrays([year["school_id"], year["band"].map(STAGE)])
    groups = year.assign(pool=over.index.get_indexer(pool))
    groups = groups[groups["pool"] >= 0].reset_index(drop=True)
    here = now.reindex(pd.MultiIndex.from_frame(groups[keys]), fill_value=0).to_numpy()
    supply = np.minimum(groups["pupils"].to_numpy(), here)
    arcs = groups[["settlement_id", "band"]].rename(columns={"settlement_id": "origin"})
    arcs = arcs.reset_index(names="group").merge(ways[["origin", "band", "site"]])
    group, site = arcs["group"].to_numpy(), places.index.get_indexer(pd.Index(arcs["site"]))
    # Nodes: schools by stage, groups, sites, source, sink.
    at_group, at_site = len(over), len(over) + len(groups)
    source, sink = at_site + len(places), at_site + len(places) + 1
    arcs_of = (
        (np.full(len(over), source), np.arange(len(over)), over.to_numpy()),
        (groups["pool"].to_numpy(), at_group + np.arange(len(groups)), supply),
        (at_group + group, at_site + site, supply[group]),
        (at_site + np.arange(len(places)), np.full(len(places), sink), places.to_numpy()),
    )
    tail, head, most = (np.concatenate(part) for part in zip(*arcs_of, strict=True))
    graph = sparse.csr_array((most.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink).flow_value)
