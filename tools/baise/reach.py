"""Distances over the modelled roads between schools and settlements."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import KDTree

from tools.baise.roads import walking_graph
from tools.baise.terrain import Floats, Ints
from tools.baise.world import World

CHUNK = 64


@dataclass(frozen=True, eq=False)
class Reach:
    """Road graph on the nodes in use, and where each settlement meets it.

    Attributes
    ----------
    graph : sparse matrix
        Metres between nodes.
    node : (s,) array
        Node of each settlement.
    leg : (s,) array
        Metres from each settlement to its node.
    """

    graph: sparse.csr_array
    node: Ints
    leg: Floats

    def metres(self, origins: Ints, *, limit_m: float) -> NDArray[np.float32]:
        """Way on foot between settlements.

        Parameters
        ----------
        origins : (k,) array
            Positions of settlements (schools stand beside them).
        limit_m : float
            Longest way to look for.

        Returns
        -------
        (k, s) array
            Metres, infinite beyond the limit.
        """
        out = np.empty((len(origins), len(self.node)), dtype=np.float32)
        for start in range(0, len(origins), CHUNK):
            part = origins[start : start + CHUNK]
            ways = csgraph.dijkstra(
                self.graph, directed=False, indices=self.node[part], limit=limit_m
            )
            out[start : start + CHUNK] = ways[:, self.node] + self.leg + self.leg[part][:, None]
        return out


def build_reach(world: World) -> Reach:
    """Compress the road net to the nodes in use and tie the settlements to it."""
    net, frame = world.net, world.settlements
    full = walking_graph(net, world.lines)
    used = np.zeros(len(net.xy), dtype=bool)
    used[net.u] = used[net.v] = True
    number = np.cumsum(used) - 1
    graph = full[used][:, used]
    nodes = nearest_used(frame, world, used)
    leg = np.hypot(*(frame[["x", "y"]].to_numpy() - world.lines.xy[nodes]).T)
    return Reach(sparse.csr_array(graph), number[nodes], leg)


def nearest_used(frame: pd.DataFrame, world: World, used: NDArray[np.bool_]) -> Ints:
    """Node of each settlement; the nearest road node where its own carries no road."""
    nodes = frame.node.to_numpy().copy()
    lost = ~used[nodes]
    if lost.any():
        ids = np.flatnonzero(used)
        xy = frame.loc[lost, ["x", "y"]].to_numpy()
        nodes[lost] = ids[KDTree(world.lines.xy[ids]).query(xy)[1]]
    return np.asarray(nodes)
