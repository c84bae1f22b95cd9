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
POOL = ["school_id", "stage"]
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
    places; together as many are taken as a maximum flow allows. At a school that grows its own
    pupils may stay.
    """
    plan, study = facts.plan, facts.study
    programme = study.programmes.compulsory
    sites = plan.sites[plan.sites["programme"] == "compulsory"]
    served = plan.served[plan.served["programme"] == "compulsory"]
    if programme is None or (sites.empty and served.empty):
        return
    grown = sites[sites["kind"] == "expansion"].set_index("site_id")
    stage_of_site = sites.set_index("site_id")["stage"]
    if (served["site_id"].map(stage_of_site) != served["band"].map(STAGE)).any():
        yield tr("sites serve pupils of another stage than theirs")
        return
    same = served[served["site_id"] == served["from_school"]]
    if len(same):
        yield tr(
            "pupils come to the school where they are: {schools}", schools=joined(same["site_id"])
        )
    # Schools that grow are walked to.
    ways = _ways(facts, sites)
    ways = ways[(ways["mode"] == "walk") | ~ways["site"].isin(grown.index)]
    ways = ways[ways["band"].map(STAGE) == ways["site"].map(stage_of_site)]
    yield from on_their_way(served, ways)
    # By school and stage: pupils of the year over the class places.
    year = _pupils_of(facts, programme.year)
    total = _by_pool(year["school_id"], year)
    over = (total - _places(facts).reindex(total.index, fill_value=0)).clip(lower=0)
    # Who leaves, and who stays at a school that grows: served there, and in no row.
    out = _by_pool(served["from_school"], served)
    come = served.groupby("site_id")["pupils"].sum().reindex(grown.index, fill_value=0)
    stay = (grown["pupils_served"] - come).set_axis(
        pd.MultiIndex.from_arrays([grown.index, grown["stage"]], names=POOL)
    )
    relieved = out.add(stay, fill_value=0)
    much = relieved[relieved > over.reindex(relieved.index, fill_value=0)]
    if len(much):
        yield tr(
            "schools give up more pupils than they have over their places: {schools}",
            schools=joined(much.index.get_level_values(0)),
        )
    yield from _fewer_than_most(facts, year, over, ways, sites)


def _fewer_than_most(
    facts: Facts, year: pd.DataFrame, over: pd.Series, ways: pd.DataFrame, sites: pd.DataFrame
) -> Iterator[str]:
    """New schools take as many as they can; of what they leave, schools that grow as many."""
    served = facts.plan.served
    served = served[served["programme"] == "compulsory"]
    taken = served.iloc[:0]
    for kind in ("new", "expansion"):
        mine = sites[sites["kind"] == kind].set_index("site_id")
        left = (
            over.sub(_by_pool(taken["from_school"], taken), fill_value=0)
            .clip(lower=0)
            .astype("int64")
        )
        most = _most(facts, year, left[left > 0], ways, mine, taken)
        rows = served[served["site_id"].isin(mine.index)]
        # Whom a new school serves stands in rows; who stays where he is, in the sites alone.
        told = int((rows["pupils"] if kind == "new" else mine["pupils_served"]).sum())
        if told != most:
            yield tr(
                "compulsory sites take {told:pupil|pupils}, where {most} can be taken",
                told=told,
                most=most,
            )
        taken = rows


def _by_pool(schools: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Pupils of rows by the school given for each, and by stage."""
    pupils: pd.Series = rows["pupils"].groupby([schools, rows["band"].map(STAGE)]).sum()
    return pupils.rename_axis(POOL)


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
    places: pd.Series = pd.concat(parts, names=["stage", "school_id"])
    return places.swaplevel().sort_index()


def _most(
    facts: Facts,
    year: pd.DataFrame,
    over: pd.Series,
    ways: pd.DataFrame,
    sites: pd.DataFrame,
    taken: pd.DataFrame,
) -> int:
    """The most pupils whom sites relieve: school → group → site, a maximum flow.

    `sites` has the site's id as its index; who is over the places of one that grows may stay there:
    school → site. `taken` are the rows of who has left before.
    """
    places = sites["places"]
    # Groups of full schools, no larger than the plan has them.
    keys = ["settlement_id", "band", "school_id"]
    now = facts.plan.assignment.groupby(["settlement_id", "band", "to_school"])["pupils"].sum()
    pool = pd.MultiIndex.from_arrays([year["school_id"], year["band"].map(STAGE)])
    groups = year.assign(pool=over.index.get_indexer(pool))
    groups = groups[groups["pool"] >= 0].reset_index(drop=True)
    names = pd.MultiIndex.from_frame(groups[keys])
    gone = taken.groupby(GROUP)["pupils"].sum().reindex(names, fill_value=0).to_numpy()
    here = now.reindex(names, fill_value=0).to_numpy()
    supply = np.maximum(np.minimum(groups["pupils"].to_numpy(), here) - gone, 0).astype(np.int64)
    arcs = groups[["settlement_id", "band"]].rename(columns={"settlement_id": "origin"})
    near = ways.loc[ways["site"].isin(places.index), ["origin", "band", "site"]]
    arcs = arcs.reset_index(names="group").merge(near)
    group, site = arcs["group"].to_numpy(), places.index.get_indexer(pd.Index(arcs["site"]))
    # Positions of schools that grow among the full ones.
    own = over.index.get_indexer(pd.MultiIndex.from_arrays([sites.index, sites["stage"]]))
    full = np.flatnonzero(own >= 0)
    # Nodes: schools by stage, groups, sites, source, sink.
    at_group, at_site = len(over), len(over) + len(groups)
    source, sink = at_site + len(places), at_site + len(places) + 1
    amount = over.to_numpy()
    arcs_of = (
        (np.full(len(over), source), np.arange(len(over)), amount),
        (groups["pool"].to_numpy(), at_group + np.arange(len(groups)), supply),
        (at_group + group, at_site + site, supply[group]),
        (own[full], at_site + full, amount[own[full]]),
        (at_site + np.arange(len(places)), np.full(len(places), sink), places.to_numpy()),
    )
    tail, head, most = (np.concatenate(part) for part in zip(*arcs_of, strict=True))
    graph = sparse.csr_array((most.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink).flow_value)
