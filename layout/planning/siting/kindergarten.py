"""New kindergartens: what existing places leave over, and where new places serve most of it.

Existing supply serves first. What is left is served by new kindergartens within the ceiling of
the norm and, where the programme's classes do not fit under it, by more classes at existing
public ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import InputError, UsageError
from layout.core.standards import STAGES, limit_minutes
from layout.demand.access import offering, reach
from layout.demand.demography import apportion, children
from layout.inputs.study.study import Study
from layout.location import ModularProblem, serve
from layout.network.travel import TravelMatrix, travel_matrix
from layout.planning.siting.ceilings import Reading, least_site, refuse_kindergartens
from layout.planning.siting.compulsory import WAYS

__all__ = [
    "Need",
    "children_by_site",
    "existing_classes",
    "expansion_room",
    "kindergarten_need",
    "kindergarten_problem",
    "need_of_year",
    "outlook",
    "preschool_demand",
    "shared_out",
    "site_pairs",
    "walk_to",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Need:
    """Children of a programme year, whom existing places serve, and who is left.

    Attributes
    ----------
    demand, left
        Children who want a place, and those without one, by settlement_id.
    places
        Places by existing kindergarten.
    pairs
        Pairs within reach of existing kindergartens, as `site_pairs` has them.
    flows
        Who is served where: demand, site, amount.
    """

    demand: pd.Series
    left: pd.Series
    places: pd.Series
    pairs: pd.DataFrame
    flows: pd.DataFrame


def preschool_demand(study: Study, year: int) -> pd.Series:
    """Children of kindergarten age who want a place, by settlement_id: age cohorts × rate."""
    cohorts = children(study, year)[list(STAGES["preschool"])].sum(axis=1)
    # Whole children in all, then shared over the settlements: rounding each one would not add up.
    total = round(int(cohorts.sum()) * study.standards.preschool_rate)
    values = apportion(total, cohorts.to_numpy(dtype=np.int64)) if total else 0
    return pd.Series(values, index=cohorts.index, name="children", dtype="int64")


def existing_classes(schools: pd.DataFrame) -> pd.Series:
    """Kindergarten classes of each school that has any, by school_id."""
    taught = schools.loc[offering(schools, "preschool")]
    classes = taught[[f"classes_{grade}" for grade in STAGES["preschool"]]].sum(axis=1)
    # Only where nothing else is taught are the mixed classes certain to be of small children.
    mixed = taught["classes_mixed"].where(taught["type_code"].isin(["111", "119"]), 0)
    total: pd.Series = (classes + mixed).astype("int64")
    return total[total > 0].sort_index()


def expansion_room(study: Study, closed: Iterable[str] = ()) -> pd.Series:
    """Classes that each existing public kindergarten can add under the ceiling, by school_id.

    Counted against its classes and against the children it has today, whichever leaves less.
    """
    norms, schools = study.standards, study.schools
    classes = existing_classes(schools)
    # Only public kindergartens that stay open may grow; attached classes (119) may not.
    public = schools.loc[classes.index]
    keep = (public["ownership"] == "public") & (public["type_code"] == "111")
    classes = classes[keep & ~classes.index.isin(list(closed))]
    # A class counts as full; where more children are enrolled, they count.
    enrolled = schools.loc[classes.index, [f"pupils_{g}" for g in STAGES["preschool"]]].sum(axis=1)
    size = norms.class_size_preschool
    pupils = np.maximum(classes * size, enrolled)
    by_children = (norms.kindergarten_max_children - pupils) // size
    # The smaller of the two rooms; what is full or over a ceiling drops out.
    room: pd.Series = np.minimum(norms.kindergarten_max_classes - classes, by_children)
    return room[room > 0].astype("int64")


def kindergarten_need(
    study: Study, year: int, *, walk: TravelMatrix, closed: Iterable[str] = ()
) -> Need:
    """Let existing places serve the children of a year first, and count who is left.

    Parameters
    ----------
    study
        The study.
    year
        Year whose children count.
    walk
        Routes on foot from all settlements to all schools.
    closed
        Schools that are shut.
    """
    # Whole places: `serve` is a flow of whole numbers.
    classes = existing_classes(study.schools)
    classes = classes[~classes.index.isin(list(closed))]
    places = classes * study.standards.class_size_preschool
    pairs = _pairs(study, walk_to_schools(study, walk=walk), only=places.index)
    return need_of_year(study, year, places=places, pairs=pairs)


def need_of_year(study: Study, year: int, *, places: pd.Series, pairs: pd.DataFrame) -> Need:
    """Count as `kindergarten_need` does, with the places and pairs of a year before.

    Parameters
    ----------
    study, year
        The study and the year.
    places, pairs
        As `Need` has them.
    """
    demand = preschool_demand(study, year)
    flows = serve(pairs, demand, places)
    served = flows.groupby("demand")["amount"].sum()
    left = demand.sub(served, fill_value=0).astype("int64")
    return Need(demand=demand, left=left, places=places, pairs=pairs, flows=flows)


def site_pairs(study: Study, points: gpd.GeoSeries) -> pd.DataFrame:
    """Pairs of settlement and new kindergarten within the norm's distance along the road.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.siting.compulsory.WAYS`: demand is the settlement, site the label
        of `points`, cost whole metres.
    """
    if points.empty:
        return pd.DataFrame({name: [] for name in WAYS})
    return _pairs(study, walk_to(study, points), only=points.index)


def _pairs(study: Study, walk: TravelMatrix, *, only: pd.Index) -> pd.DataFrame:
    # Small children are not sent by bus, so the walk stands for both modes.
    pairs = reach(study, "preschool", walk=walk, bus=walk).only(only).pairs()
    pairs = pairs.rename(columns={"origin": "demand"})
    return pairs.assign(cost=np.rint(pairs["metres"]).astype(np.int64))[WAYS]


def walk_to(study: Study, points: gpd.GeoSeries) -> TravelMatrix:
    """Routes on foot to points, up to the longest that the kindergarten norm allows."""
    cutoff = limit_minutes(study.standards, "preschool")
    return travel_matrix(study, mode="walk", sites=points, cutoff_minutes=cutoff)


def walk_to_schools(study: Study, *, walk: TravelMatrix) -> TravelMatrix:
    """Routes on foot to the study's schools: the given ones, where they go far enough."""
    far = limit_minutes(study.standards, "preschool") <= walk.cutoff_minutes
    return walk if far else walk_to(study, study.schools.geometry)


def kindergarten_problem(
    study: Study,
    needs: Sequence[Need],
    read: Reading,
    *,
    ways: pd.DataFrame,
    points: pd.Index,
    room: pd.Series,
    floors: pd.Series | None = None,
) -> ModularProblem:
    """Put need, candidates and expansions into one model.

    Parameters
    ----------
    study, needs, read
        The study, whom existing places leave over in each year, the programme's first, and the
        reading of the programme.
    ways
        Pairs of settlements and candidates, as `site_pairs` returns them.
    points
        Candidate sites: the settlements they lie in.
    room
        Classes that existing public kindergartens may add, by school_id.
    floors
        By county: children to be served for the floor of its public share.

    Returns
    -------
    ModularProblem
        Sites are positions from 0, new ones first; beside what the model needs they have the
        columns stage, settlement_id (of new sites) and school_id (of the others), else "".

    Raises
    ------
    InfeasibleError
        Where candidates, classes or room cannot hold what the programme asks.
    """
    norms = study.standards
    room = room if read.with_expansions else room.iloc[:0]
    refuse_kindergartens(norms, read, candidates=len(points), room=room)
    # Sites are numbered: candidates by settlement, then public kindergartens that may grow.
    points, room = points.sort_values(), room.sort_index()
    n_new, n_old = len(points), len(room)
    county, at_school = study.settlements["county_code"], study.schools["county_code"]
    sites = pd.DataFrame(
        {
            "stage": "preschool",
            "settlement_id": [*points, *[""] * n_old],
            "school_id": [*[""] * n_new, *room.index],
            "new": np.arange(n_new + n_old) < n_new,
            "least": np.repeat([least_site(norms), 0], [n_new, n_old]),
            "most": [*[read.most] * n_new, *room],
            "size": norms.class_size_preschool,
            "group": [*county.reindex(points), *at_school.reindex(room.index)],
        },
        index=pd.RangeIndex(n_new + n_old, name="site"),
    )
    # Pairs to both kinds of sites, with the sites' numbers.
    need = needs[0]
    to_new = ways[ways["site"].isin(points)]
    to_old = need.pairs[need.pairs["site"].isin(room.index)]
    to_new = to_new.assign(site=points.get_indexer(pd.Index(to_new["site"])))
    to_old = to_old.assign(site=n_new + room.index.get_indexer(pd.Index(to_old["site"])))
    pairs = pd.concat([to_new, to_old], ignore_index=True)
    # Only settlements with children left over in any year are demand; totals count all children.
    left = pd.DataFrame({at: one.left for at, one in enumerate(needs)})
    left = left[(left > 0).any(axis=1)]
    return ModularProblem(
        demand=pd.DataFrame({"amount": left[0], "group": county.reindex(left.index)}),
        totals=need.demand.groupby(county).sum(),
        sites=sites,
        pairs=pairs[pairs["demand"].isin(left.index)].reset_index(drop=True),
        n_new=read.sites,
        modules=read.classes,
        later=tuple(left[at] for at in range(1, len(needs))),
        floors=floors,
    )


def children_by_site(
    problem: ModularProblem, modules: pd.Series, left: Sequence[pd.Series] | None = None
) -> list[pd.Series]:
    """Children whom the sites of a model serve in each year, by site label.

    As many as can be, then with the least travel; `left` are the children of each year, those of
    the model where not given.
    """
    places = (modules * problem.sites["size"].reindex(modules.index)).astype("int64")
    pairs = problem.pairs[problem.pairs["site"].isin(places.index)]
    amounts = left or (problem.demand["amount"], *problem.later)
    tables = [serve(pairs, amount, places) for amount in amounts]
    return [
        table.groupby("site")["amount"].sum().reindex(modules.index, fill_value=0)
        for table in tables
    ]


def shared_out(
    problem: ModularProblem, modules: pd.Series, flows: pd.DataFrame, most: pd.Series | None = None
) -> pd.Series:
    """Put the classes that serve nobody where most children are left over.

    A model that has served everyone within reach does not care where its last classes stand. The
    classes that serve stay; each further one goes to the county with most children left over for
    each class already given to it so (D'Hondt), there to the site with most room.

    Parameters
    ----------
    problem, modules, flows
        The model, its modules by site and who is served.
    most
        The most children of any year by site label, where that may be more than `flows` has.

    Returns
    -------
    pandas.Series
        Modules by site label; the same number in all, within the same limits.
    """
    # By site: modules that its children need (at least the least of an opened site), and room left.
    sites = problem.sites.sort_index()
    served = flows.groupby("site")["amount"].sum().reindex(sites.index, fill_value=0)
    if most is not None:
        served = served.clip(lower=most.reindex(sites.index, fill_value=0))
    used = sites["new"] & sites.index.isin(modules.index) | ~sites["new"]
    least = sites["least"].where(sites.index.isin(modules.index), 0)
    needed = (-(-served // sites["size"])).clip(lower=least)
    room = (sites["most"] - needed).where(used, 0)
    # By county: children left over, and modules given for them so far.
    left = problem.demand["amount"].groupby(problem.demand["group"]).sum()
    group = problem.demand["group"].reindex(flows["demand"]).to_numpy()
    left = left.sub(flows["amount"].groupby(group).sum(), fill_value=0)
    given = pd.Series(0, index=pd.Index(sorted(sites["group"].unique())))
    left = left.reindex(given.index, fill_value=0)
    # One module at a time; the first county, and the first site, wins a tie.
    for _ in range(int(modules.sum() - needed.sum())):
        with_room = sites.loc[room > 0, "group"].unique()
        merit = (left / (given + 1)).loc[sorted(with_room)]
        county = str(merit.idxmax())
        inside = np.flatnonzero(sites["group"] == county)
        best = inside[room.iloc[inside].argmax()]
        needed.iloc[best] += 1
        room.iloc[best] -= 1
        given[county] += 1
    return needed[needed > 0].astype("int64").rename("modules")


def outlook(study: Study, year: int, places: int, until: int) -> pd.DataFrame:
    """Children and places from the programme's year on, as far as the births are known.

    Returns
    -------
    pandas.DataFrame
        Index year; columns children, places, surplus (places − children).
    """
    rows: dict[int, int] = {}
    for later in range(year, max(year, until) + 1):
        try:
            # Births of later years are not known: the outlook ends there.
            rows[later] = int(preschool_demand(study, later).sum())
        except (InputError, UsageError):
            break
    table = pd.DataFrame({"children": rows}, dtype="int64")
    table.index.name = "year"
    table["places"] = places
    table["surplus"] = table["places"] - table["children"]
    return table
