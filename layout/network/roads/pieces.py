"""The pieces that a road network falls into: how many, how large, and how far each one reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from layout.network.roads.network import RoadNetwork

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["pieces"]


def pieces(network: RoadNetwork) -> pd.DataFrame:
    """Measure the connected pieces of a network, whatever the mode and the direction.

    Parameters
    ----------
    network
        The roads.

    Returns
    -------
    pandas.DataFrame
        Index ``piece``, the numbers of `RoadNetwork.component`: 0 has the most junctions, ties by
        their first one. Columns ``junctions`` (nodes of the network), ``km`` (of road),
        ``reach_km``: a shortest route along the roads between two far ends, found by two sweeps
        (from any junction to the farthest one, and from there again), which is the piece's
        diameter where its roads form a tree and never more than it.
    """
    import networkx as nx

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(network.nodes)))
    # A closed road stays in the table, open to nobody.
    is_open = network.edges[["walk", "bus", "drive"]].any(axis=1)
    edges = network.edges.loc[is_open, ["u", "v", "length_m"]]
    # Of parallel edges the shortest, which comes last, counts for the reach, all for the length.
    edges = edges.sort_values("length_m", ascending=False)
    graph.add_weighted_edges_from(edges.itertuples(index=False, name=None), weight="metres")
    # They come in the order of their first nodes, which a stable sort keeps.
    parts = sorted(nx.connected_components(graph), key=len, reverse=True)
    metres = edges["length_m"].groupby(network.component[edges["u"]]).sum()
    table = pd.DataFrame(
        {
            "junctions": [len(part) for part in parts],
            "reach_km": [_reach_m(graph, min(part)) / 1000 for part in parts],
        }
    )
    table.insert(1, "km", metres.reindex(table.index, fill_value=0.0) / 1000)
    return table.rename_axis("piece")


def _reach_m(graph: nx.Graph[Any], start: int) -> float:
    """Metres between two far ends of the piece with a node."""
    import networkx as nx

    far = start
    metres = 0.0
    for _ in range(2):
        # Nodes come in the order of their distance, the farthest one last.
        *_, (far, metres) = nx.single_source_dijkstra_path_length(
            graph, far, weight="metres"
        ).items()
    return metres
