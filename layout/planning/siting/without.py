"""What happens without a site: who finds no other place of the programme."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow

__all__ = ["lost_without"]


def lost_without(pairs: pd.DataFrame, flows: pd.DataFrame, places: pd.Series) -> pd.Series:
    """Count whom each site alone can serve: who loses the place if it is not built.

    The other sites of the programme take as many of all whom it serves as they can, also by
    handing on children of their own. Nobody else can then be served, since no site has room for
    anybody who is left over today.

    Parameters
    ----------
    pairs
        Columns demand, site, cost: who is within reach of which site.
    flows
        Columns demand, site, amount: who is served where.
    places
        Places by site.

    Returns
    -------
    pandas.Series
        Whole children by site, as `places` has them.
    """
    lost = pd.Series(0, index=places.index, dtype="int64")
    if flows.empty:
        return lost
    served = flows.groupby("demand")["amount"].sum()
    near = pairs[pairs["demand"].isin(served.index) & pairs["site"].isin(places.index)]
    # Only sites that are connected by shared demands can take over from one another.
    demands, sites = served.index, places.index
    row = demands.get_indexer(pd.Index(near["demand"]))
    col = len(demands) + sites.get_indexer(pd.Index(near["site"]))
    size = len(demands) + len(sites)
    graph = coo_array(([1] * len(near), (row, col)), shape=(size, size))
    _, part = connected_components(graph, directed=False)
    part_of_pair, part_of_site = part[row], part[len(demands) :]
    for number in sorted(set(part_of_pair)):
        own = near[part_of_pair == number]
        mine = served.reindex(sorted(own["demand"].unique()))
        beside = places[part_of_site == number]
        for site in beside.index:
            kept = _most(own[own["site"] != site], mine, beside.drop(site))
            lost[site] = int(mine.sum()) - kept
    return lost


def _most(pairs: pd.DataFrame, amount: pd.Series, places: pd.Series) -> int:
    """The most that can be served: a maximum flow from demands to sites."""
    row = amount.index.get_indexer(pd.Index(pairs["demand"]))
    col = len(amount) + places.index.get_indexer(pd.Index(pairs["site"]))
    source, sink = len(amount) + len(places), len(amount) + len(places) + 1
    tail = np.concatenate([np.full(len(amount), source), row, np.arange(len(amount), source)])
    head = np.concatenate([np.arange(len(amount)), col, np.full(len(places), sink)])
    most = np.concatenate([amount, amount.to_numpy()[row], places]).astype(np.int32)
    graph = csr_array((most, (tail, head)), shape=(sink + 1, sink + 1))
    return int(maximum_flow(graph, source, sink).flow_value)
