"""Candidate sites for new schools, from where the unserved children live.

Three sources, put in one order of merit and thinned to a stated number: centres of demand
clusters (DBSCAN finds the clusters, weighted k-means splits those too large for one site),
settlements with many unserved children around them, and the seats of townships. Every candidate
is a settlement, so it has a name, a road and people.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from layout.core.arrays import Floats, Ints
from layout.inputs.study.study import Study

__all__ = ["candidate_points", "candidates", "undominated"]

SPACING_M = {"preschool": 500.0, "primary": 1000.0, "junior": 2000.0}
CANDIDATES_PER_SITE = 8
CANDIDATES_LEAST = 40
CANDIDATES_MOST = 160


def candidates(
    points: pd.DataFrame,
    *,
    radius_m: float,
    places: int,
    spacing_m: float,
    most: int,
    seed: int = 0,
    among: pd.Index | None = None,
) -> pd.Index:
    """Choose candidate sites among settlements.

    Parameters
    ----------
    points
        Index settlement_id; columns x, y (metres), need (children without a place), people (all
        children), township_code, reach_m (how far a child of this settlement may be sent). Where
        the column around is given, it says whose need is within reach along the roads.
    radius_m
        Largest distance at which two settlements count as one cluster.
    places
        Largest size of one site: a cluster with more need is split.
    spacing_m
        Two candidates lie at least this far apart.
    most
        Candidates in all, at most.
    seed
        Of k-means.
    among
        Settlements that may be candidates; all where None.

    Returns
    -------
    pandas.Index
        Settlement ids, sorted by merit, then children, then id. Merit is the need around; where
        it is not given, the need within `reach_m` in a straight line. Where need yields fewer than
        `most`, settlements follow by their children alone.

    Notes
    -----
    DBSCAN: Ester et al., *KDD* 1996; scikit-learn's own implementation, as is k-means.
    """
    # Arrays over the settlements, sorted by id; positions below refer to this order.
    table = points.sort_index()
    xy = table[["x", "y"]].to_numpy(dtype=np.float64)
    if "around" in table:
        merit = table["around"].to_numpy(dtype=np.int64)
    else:
        merit = _need_around(table, xy)
    order = np.lexsort((np.arange(len(table)), -table["people"].to_numpy(), -merit))
    if among is not None:
        order = order[table.index.isin(among)[order]]
    # Preferred: cluster centres and township seats with unserved children within reach.
    central = _cluster_centres(table, xy, radius_m=radius_m, places=places, seed=seed)
    seats = _seats(table)
    first = np.isin(np.arange(len(table)), np.concatenate([central, seats])) & (merit > 0)
    # Half of the places go to centres and seats, so that a dense town cannot take them all.
    chosen = _spread(order[first[order]], xy, spacing_m, most // 2, _none())
    chosen = _spread(order, xy, spacing_m, most, chosen)
    # Rank of each position in the order of merit; the chosen ones by it.
    rank = np.empty(len(table), dtype=np.int64)
    rank[order] = np.arange(len(order))
    chosen = chosen[np.argsort(rank[chosen], kind="stable")]
    return table.index.take(chosen)


def undominated(pairs: pd.DataFrame, left: pd.DataFrame, *, places: int) -> pd.Index:
    """Settlements that may hold a site, without those that another one can always stand in for.

    Parameters
    ----------
    pairs
        Columns demand and site: who is within reach of which settlement.
    left
        Children without a place by settlement (rows) and year.
    places
        Largest size of one site.

    Returns
    -------
    pandas.Index
        Sorted. A settlement is left out where another one reaches all whom it reaches, and one
        site there holds all whom that one reaches in every year; of settlements that reach the
        same the first stays. Travel alone may tell them apart.

    Notes
    -----
    A plan with a site at such a settlement serves as many with its site moved to the other one.
    Where both have a site, the other one alone serves all of both with the classes of both; only
    where the number of sites forces a second one, its smallest number of classes may be of use
    nowhere else.
    """
    near = pairs[pairs["demand"].isin(left.index)]
    sites, demands = pd.Index(sorted(near["site"].unique())), left.index
    # Sites × demands, 1 within reach; demands in common of every two sites.
    at = (sites.get_indexer(pd.Index(near["site"])), demands.get_indexer(pd.Index(near["demand"])))
    reached = sparse.csr_matrix((np.ones(len(near)), at), shape=(len(sites), len(demands)))
    count = np.asarray(reached.sum(axis=1)).ravel()
    common = (reached @ reached.T).tocoo()
    inside = (common.data == count[common.row]) & (common.row != common.col)
    one, other = common.row[inside], common.col[inside]
    # The most children of any year around each site: two that one stands in for must find room.
    most = (reached @ left.to_numpy(dtype=np.float64)).max(axis=1, initial=0.0)
    better = (most[other] <= places) & ((count[other] > count[one]) | (other < one))
    out = np.zeros(len(sites), dtype=bool)
    out[one[better]] = True
    kept: pd.Index = sites[~out]
    return kept


def candidate_points(
    study: Study,
    *,
    need: pd.Series,
    people: pd.Series,
    stage: str,
    places: int,
    sites: int,
    around: pd.Series | None = None,
    seed: int = 0,
    among: pd.Index | None = None,
) -> gpd.GeoSeries:
    """Choose the candidate sites of a stage.

    Parameters
    ----------
    study
        The study.
    need, people
        Children without a place, and all children of the stage, by settlement_id.
    stage
        ``preschool``, ``primary`` or ``junior``.
    places
        Largest size of one site.
    sites
        How many sites are asked for.
    around
        Need within reach of each settlement along the roads; in a straight line where not given.
    seed
        Of k-means.
    among
        Settlements that may be candidates; all where None.

    Returns
    -------
    geopandas.GeoSeries
        Points by settlement_id, sorted.
    """
    norms, settlements = study.standards, study.settlements
    # Metres on the plane of the study; how far a child may be sent depends on town or country.
    at = settlements.geometry.to_crs(study.crs)
    if stage == "preschool":
        urban, rural = norms.kindergarten_urban_m, norms.kindergarten_rural_m
    else:
        urban, rural = norms.walk_limit_m, norms.walk_limit_m
    points = pd.DataFrame(
        {
            "x": at.x,
            "y": at.y,
            "need": need.reindex(settlements.index, fill_value=0),
            "people": people.reindex(settlements.index, fill_value=0),
            "township_code": settlements["township_code"],
            "reach_m": np.where(settlements["urban"], urban, rural),
        }
    )
    if around is not None:
        points["around"] = around.reindex(settlements.index, fill_value=0)
    # So many for each site, within limits.
    most = min(CANDIDATES_MOST, max(CANDIDATES_LEAST, CANDIDATES_PER_SITE * sites))
    chosen = candidates(
        points,
        radius_m=rural / 2,
        places=places,
        spacing_m=SPACING_M[stage],
        most=most,
        seed=seed,
        among=among,
    )
    located: gpd.GeoSeries = settlements.geometry.loc[chosen.sort_values()]
    return located


def _none() -> Ints:
    return np.zeros(0, dtype=np.int64)


def _need_around(table: pd.DataFrame, xy: Floats) -> Ints:
    """Need of the settlements whose children could be sent here, in a straight line."""
    from sklearn.neighbors import KDTree

    need = table["need"].to_numpy(dtype=np.int64)
    with_need = np.flatnonzero(need > 0)
    around = np.zeros(len(table), dtype=np.int64)
    if not with_need.size:
        return around
    # The need of each settlement is added to all within its own reach, itself included.
    tree = KDTree(xy)
    reach_m = table["reach_m"].to_numpy(dtype=np.float64)
    for source, near in zip(
        with_need, tree.query_radius(xy[with_need], r=reach_m[with_need]), strict=True
    ):
        around[near] += need[source]
    return around


def _cluster_centres(
    table: pd.DataFrame, xy: Floats, *, radius_m: float, places: int, seed: int
) -> Ints:
    """The settlement nearest to the centre of each cluster, of each part where one is too large."""
    from sklearn.cluster import DBSCAN, KMeans

    need = table["need"].to_numpy(dtype=np.float64)
    inside = np.flatnonzero(need > 0)
    if not inside.size:
        return _none()
    # A cluster needs a core of at least a quarter of a site's children within the radius.
    least = max(1, places // 4)
    labels = DBSCAN(eps=radius_m, min_samples=least).fit_predict(
        xy[inside], sample_weight=need[inside]
    )
    centres: list[int] = []
    # Clusters are 0, 1, …; −1 marks settlements too scattered for one, which get no centre.
    for label in range(labels.max() + 1):
        members = inside[labels == label]
        parts = min(len(members), max(1, round(float(need[members].sum()) / places)))
        means = KMeans(n_clusters=parts, n_init=1, random_state=seed).fit(
            xy[members], sample_weight=need[members]
        )
        for centre in means.cluster_centers_:
            # To the millimetre, so that equal distances tie on every platform; the first id wins.
            distance = np.hypot(*(xy[members] - centre).T)
            centres.append(int(members[np.argmin(np.round(distance, 3))]))
    return np.unique(np.asarray(centres, dtype=np.int64))


def _seats(table: pd.DataFrame) -> Ints:
    """The seat of each township: the settlement with the most children, ties by id."""
    positions = pd.Series(np.arange(len(table)), index=table.index)
    ordered = table.assign(position=positions).sort_values(
        ["people", "position"], ascending=[False, True]
    )
    return np.sort(ordered.drop_duplicates("township_code")["position"].to_numpy(dtype=np.int64))


def _spread(order: Ints, xy: Floats, spacing_m: float, most: int, chosen: Ints) -> Ints:
    """Take positions in order while they keep their distance from those taken before."""
    taken = list(chosen)
    for position in order:
        if len(taken) >= most:
            break
        if not taken:
            taken.append(int(position))
            continue
        distance = np.hypot(*(xy[np.asarray(taken)] - xy[position]).T)
        if distance.min() >= max(spacing_m, 1e-9):
            taken.append(int(position))
    return np.asarray(taken, dtype=np.int64)
