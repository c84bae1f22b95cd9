"""Many-to-many ways within 40 km on 300,000 nodes: `layout` beside other libraries.

Run through ``make bench``, or as ``python -m benchmarks.travel [--quick]``. The network is
modelled: points by chance, the shortest tree through them and links between neighbours. Each
method runs in a process of its own on one core, ours once more on all, and all must find the same
pairs and metres.
T1 is 2,000 origins and 2,500 sites, T2 is 20,000 and 2,500. Slow methods search from every tenth
site; their seconds are ten times what was measured, and marked so. Making the graph counts for
layout and not for networkx, osmnx and igraph.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from numba import njit
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

NODES, EDGES = 300_000, 394_652
SIDE_M = 146_000.0
LIMIT_M = 40_000.0
LONGEST_M = 4_000
SITES = 2_500
ORIGINS = {"T1": 2_000, "T2": 20_000}
TENTH = 10
MIB_PER_RSS_UNIT = 1 / 1024**2 if sys.platform == "darwin" else 1 / 1024

ON_ONE_CORE = """
import os, sys
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
Found = tuple[np.ndarray, np.ndarray, np.ndarray]


def make_network(seed: int = 1) -> csr_array:
    """Symmetric matrix of lengths in whole metres: a tree that reaches all, and short links."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, SIDE_M, (NODES, 2))
    corners = Delaunay(xy).simplices
    pairs = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    pairs = np.unique(pairs, axis=0)
    metres = np.rint(1.25 * np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)) + 1
    full = coo_array((metres, (pairs[:, 0], pairs[:, 1])), shape=(NODES, NODES)).tocsr()
    tree = minimum_spanning_tree(full).tocoo()
    keys = pairs[:, 0].astype(np.int64) * NODES + pairs[:, 1]
    in_tree = np.isin(
        keys, np.minimum(*tree.coords).astype(np.int64) * NODES + np.maximum(*tree.coords)
    )
    others = np.flatnonzero(~in_tree & (metres < LONGEST_M))
    more = rng.choice(others, EDGES - int(in_tree.sum()), replace=False)
    keep = np.sort(np.concatenate([np.flatnonzero(in_tree), more]))
    half = coo_array((metres[keep], (pairs[keep, 0], pairs[keep, 1])), shape=(NODES, NODES))
    return (half + half.T).tocsr()


def places(size: str) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of origins and of sites."""
    rng = np.random.default_rng(2)
    return rng.choice(NODES, ORIGINS[size], replace=False), rng.choice(NODES, SITES, replace=False)


def by_layout(roads: csr_array, origins: np.ndarray, sites: np.ndarray) -> Found:
    """Our own search, as behind `layout.network.travel.route`: minutes and metres at once."""
    from layout.network.travel.legs import Legs, Stops
    from layout.network.travel.routing import batches

    half = coo_array(roads)
    once = half.coords[0] < half.coords[1]
    u, v, metres = half.coords[0][once], half.coords[1][once], half.data[once]
    network = _Roads(pd.DataFrame({"u": u, "v": v}), range(roads.shape[0]))
    legs = Legs(forward=metres * 0.06, backward=metres * 0.06, length_m=metres)
    stops = [_stops(u, v, nodes, Stops) for nodes in (origins, sites)]
    limit = np.full(len(sites), LIMIT_M * 0.06 + 1e-9)
    parts = list(batches(network, legs, *stops, wait_min=0.0, cutoff_min=limit))  # type: ignore[arg-type]
    return tuple(
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("origin", "site", "metres")
    )  # type: ignore[return-value]


class _Roads:
    """What the search needs of a road network."""

    def __init__(self, edges: pd.DataFrame, nodes: range) -> None:
        self.edges, self.nodes = edges, nodes


def _stops(u: np.ndarray, v: np.ndarray, nodes: np.ndarray, stops: type) -> object:
    """Places at nodes, as places on edges at one of their ends."""
    edge_of = np.full(NODES, -1)
    edge_of[v] = np.arange(len(v))
    edge_of[u] = np.arange(len(u))
    edge, none = edge_of[nodes], np.zeros(len(nodes))
    at_u = u[edge] == nodes
    return stops(edge=edge, fraction=np.where(at_u, 0.0, 1.0), off_road_m=none, off_road_min=none)


@njit(cache=True, nogil=True)
def _floor(first, head, metres, is_origin, sites, limit):  # type: ignore[no-untyped-def]
    """Whole metres in a calendar queue, one place a metre: nothing but the distances."""
    count = len(first) - 1
    ring = 8192
    far = np.int32(2_000_000_000)
    dist = np.full(count, far, np.int32)
    following, previous = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    heads = np.full(ring, -1, np.int32)
    touched = np.empty(count, np.int32)
    out_origin = np.empty(8_000_000, np.int32)
    out_site, out_metres = np.empty(8_000_000, np.int32), np.empty(8_000_000, np.int32)
    held = 0
    for site in range(len(sites)):
        dist[sites[site]] = 0
        touched[0] = sites[site]
        heads[0] = sites[site]
        following[sites[site]] = previous[sites[site]] = -1
        reached, now, waiting = 1, 0, 1
        while waiting:
            slot = now % ring
            while heads[slot] >= 0:
                node = heads[slot]
                heads[slot] = following[node]
                if heads[slot] >= 0:
                    previous[heads[slot]] = -1
                waiting -= 1
                for arc in range(first[node], first[node + 1]):
                    target, total = head[arc], now + metres[arc]
                    if total >= dist[target] or total > limit:
                        continue
                    if dist[target] == far:
                        touched[reached] = target
                        reached += 1
                        waiting += 1
                    else:
                        before, after = previous[target], following[target]
                        if before >= 0:
                            following[before] = after
                        else:
                            heads[dist[target] % ring] = after
                        if after >= 0:
                            previous[after] = before
                    dist[target] = total
                    place = total % ring
                    following[target], previous[target] = heads[place], -1
                    if heads[place] >= 0:
                        previous[heads[place]] = target
                    heads[place] = target
            now += 1
        for at in range(reached):
            node = touched[at]
            if is_origin[node] >= 0:
                out_origin[held], out_site[held] = is_origin[node], site
                out_metres[held] = dist[node]
                held += 1
            dist[node] = far
    return out_origin[:held], out_site[:held], out_metres[:held]


def by_hand(roads: csr_array, origins: np.ndarray, sites: np.ndarray) -> Found:
    """The floor: a kernel for whole metres that does nothing else."""
    marks = np.full(NODES, -1, np.int32)
    marks[origins] = np.arange(len(origins))
    found: Found = _floor(
        roads.indptr, roads.indices, roads.data.astype(np.int32), marks, sites, int(LIMIT_M)
    )
    return found


def by_scipy(roads: csr_array, origins: np.ndarray, sites: np.ndarray) -> Found:
    """`scipy.sparse.csgraph.dijkstra` with a limit, some sites at a time."""
    parts = []
    for begin in range(0, len(sites), 20):
        metres = dijkstra(roads, indices=sites[begin : begin + 20], limit=LIMIT_M)[:, origins]
        site, origin = np.nonzero(np.isfinite(metres))
        parts.append((origin, site + begin, metres[site, origin]))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]


def by_networkx(roads: csr_array, origins: np.ndarray, sites: np.ndarray) -> Found:
    """`networkx.single_source_dijkstra_path_length` with a cut-off."""
    import networkx as nx

    graph = nx.from_scipy_sparse_array(roads)
    start = time.perf_counter()
    found = _walked(graph, "weight", origins, sites)
    by_networkx.seconds = time.perf_counter() - start  # type: ignore[attr-defined]
    return found


def by_osmnx(roads: csr_array, origins: np.ndarray, sites: np.ndarray) -> Found:
    """The way of osmnx's examples: a MultiDiGraph of edge dictionaries, searched by networkx."""
    import networkx as nx

    half = coo_array(roads)
    graph = nx.MultiDiGraph()
    graph.add_edges_from(
        (u, v, {"length": w, "highway": "residential"})
        for u, v, w in zip(*(part.tolist() for part in (*half.coords, half.data)), strict=True)
    )
    start = time.perf_counter()
    found = _walked(graph, "length", origins, sites)
    by_osmnx.seconds = time.perf_counter() - start  # type: ignore[attr-defined]
    return found


def _walked(graph: object, weight: str, origins: np.ndarray, sites: np.ndarray) -> Found:
    """All pairs of a networkx graph within the limit, site by site."""
    import networkx as nx

    marks = dict(zip(origins.tolist(), range(len(origins)), strict=True))
    rows = []
    for at, site in enumerate(sites.tolist()):
        found = nx.single_source_dijkstra_path_length(graph, site, cutoff=LIMIT_M, weight=weight)
        rows += [(marks[node], at, metres) for node, metres in found.items() if node in marks]
    table = np.array(rows)
    return table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2]


def by_igraph(roads: csr_array, origins: np.ndarray, sites: np.ndarray) -> Found:
    """`igraph.Graph.distances`, which knows no cut-off."""
    import igraph

    half = coo_array(roads)
    once = half.coords[0] < half.coords[1]
    graph = igraph.Graph(n=NODES, edges=np.column_stack([part[once] for part in half.coords]))
    weights = half.data[once].tolist()
    parts = []
    start = time.perf_counter()
    for begin in range(0, len(sites), 20):
        some = sites[begin : begin + 20].tolist()
        metres = np.array(graph.distances(source=some, target=origins.tolist(), weights=weights))
        site, origin = np.nonzero(metres <= LIMIT_M)
        parts.append((origin, site + begin, metres[site, origin]))
    by_igraph.seconds = time.perf_counter() - start  # type: ignore[attr-defined]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))  # type: ignore[return-value]


METHODS: dict[str, tuple[str, Callable[..., Found], int]] = {
    "layout": ("layout (minutes and metres)", by_layout, 1),
    "cores": ("layout, all cores", by_layout, 1),
    "floor": ("hand-written calendar queue (metres only)", by_hand, 1),
    "scipy": ("scipy csgraph.dijkstra", by_scipy, 1),
    "networkx": ("networkx", by_networkx, TENTH),
    "osmnx": ("osmnx graph with networkx", by_osmnx, TENTH),
    "igraph": ("igraph distances", by_igraph, TENTH),
}


def run_one(method: str, size: str, folder: Path) -> None:
    """Measure one method in this process and leave its pairs in the folder."""
    with np.load(folder / "roads.npz") as held:
        roads = csr_array((held["data"], held["indices"], held["indptr"]), shape=(NODES, NODES))
    origins, sites = places(size)
    _, search, every = METHODS[method]
    if method in ("layout", "cores", "floor"):
        search(roads, origins[:10], sites[:1])  # compiles, or loads what was compiled before
    start = time.perf_counter()
    origin, site, metres = search(roads, origins, sites[::every])
    seconds = getattr(search, "seconds", time.perf_counter() - start)
    site = np.asarray(site) * every
    order = np.lexsort((origin, site))
    np.savez(folder / f"{method}.npz", origin=origin[order], site=site[order], metres=metres[order])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MIB_PER_RSS_UNIT
    print(json.dumps({"seconds": seconds * every, "peak_mib": peak, "pairs": len(origin)}))


def agree(folder: Path, method: str) -> bool:
    """Whether a method found what ours found, for the sites that it searched from."""
    every = METHODS[method][2]
    with np.load(folder / "layout.npz") as ours, np.load(folder / f"{method}.npz") as theirs:
        mine = ours["site"] % every == 0
        return all(
            len(ours[name][mine]) == len(theirs[name])
            and np.allclose(ours[name][mine], theirs[name], rtol=1e-9, atol=1e-6)
            for name in ("origin", "site", "metres")
        )


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="T1, and the quick methods only")
    parser.add_argument("--only", nargs=3, metavar=("METHOD", "SIZE", "FOLDER"))
    arguments = parser.parse_args()
    if arguments.only:
        run_one(arguments.only[0], arguments.only[1], Path(arguments.only[2]))
        return
    names = ["layout", "cores", "floor", "scipy"] if arguments.quick else list(METHODS)
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("numba", "scipy", "networkx", "igraph")
    )
    print(f"Python {platform.python_version()}, {packages}; {os.cpu_count()} cores\n")
    print("| task | method | seconds | × layout | peak MiB | pairs | same answer |")
    print("|---|---|---:|---:|---:|---:|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        roads = make_network()
        np.savez(folder / "roads.npz", data=roads.data, indices=roads.indices, indptr=roads.indptr)
        for size in ["T1"] if arguments.quick else list(ORIGINS):
            ours = 0.0
            for name in names:
                told = measured(name, size, folder)
                ours = ours or told["seconds"]
                label, _, every = METHODS[name]
                mark = " (from a tenth)" if every > 1 else ""
                print(
                    f"| {size} | {label} | {told['seconds']:.2f}{mark} | "
                    f"{told['seconds'] / ours:.2f} | {told['peak_mib']:,.0f} | "
                    f"{told['pairs']:,} | {'yes' if agree(folder, name) else '**no**'} |",
                    flush=True,
                )


def measured(name: str, size: str, folder: Path) -> dict[str, float]:
    """Run one method in a process of its own, on one core unless it is to show all."""
    command = [sys.executable, "-m", "benchmarks.travel", "--only", name, size, str(folder)]
    if hasattr(os, "sched_setaffinity") and name != "cores":
        command[1:1] = ["-c", ON_ONE_CORE]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main()
