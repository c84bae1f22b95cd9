"""The model of new kindergartens: candidates, expansions and the children of each year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from layout.inputs.study.study import Study
from layout.location import ModularProblem, serve
from layout.planning.siting.kindergarten.ceilings import Reading, least_site, refuse_kindergartens
from layout.planning.siting.kindergarten.need import Need

__all__ = ["children_by_site", "kindergarten_problem", "shared_out"]


def kindergarten_problem(
    study: Study,
    needs: Sequence[Need],
    read: Reading,
    *,
    ways: pd.DataFrame,
    most: pd.Series,
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
    most
        Classes that a new site may have at most, by candidate: the settlement it lies in.
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
    refuse_kindergartens(norms, read, most=most, room=room)
    # Sites are numbered: candidates by settlement, then public kindergartens that may grow.
    most, room = most.sort_index(), room.sort_index()
    points = most.index
    n_new, n_old = len(points), len(room)
    county, at_school = study.settlements["county_code"], study.schools["county_code"]
    sites = pd.DataFrame(
        {
            "stage": "preschool",
            "settlement_id": [*points, *[""] * n_old],
            "school_id": [*[""] * n_new, *room.index],
            "new": np.arange(n_new + n_old) < n_new,
            "least": np.repeat([least_site(norms), 0], [n_new, n_old]),
            "most": [*most, *room],
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
    problem: ModularProblem,
    modules: pd.Series,
    left: Sequence[pd.Series] | None = None,
    pairs: pd.DataFrame | None = None,
) -> list[pd.Series]:
    """Children whom the sites of a model serve in each year, by site label.

    As many as can be, then with the least travel; `left` are the children of each year, `pairs`
    who is near which site: those of the model where not given.
    """
    places = (modules * problem.sites["size"].reindex(modules.index)).astype("int64")
    near = problem.pairs if pairs is None else pairs
    near = near[near["site"].isin(places.index)]
    amounts = left or (problem.demand["amount"], *problem.later)
    tables = [serve(near, amount, places) for amount in amounts]
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
