"""The compiled search: quickest ways, the shorter of equals, the same on any number of cores."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.network.travel import routing
from layout.network.travel.contraction import Edges, contracted
from layout.network.travel.kernel import Seeds
from layout.network.travel.legs import Legs, Stops
from layout.network.travel.routing import batches, reversed_graph, search_tree

BIG = 1_000_000


def made(seed: int, *, nodes: int, edges: int) -> tuple[Any, Legs]:
    """A street network with one-way pieces, loops, parallel edges and many equal minutes."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.integers(0, nodes, (edges, 2)), columns=["u", "v"])
    minutes = rng.integers(0, 5, edges).astype(float)
    legs = Legs(
        forward=np.where(rng.random(edges) < 0.1, np.inf, minutes),
        backward=np.where(rng.random(edges) < 0.2, np.inf, minutes),
        length_m=rng.integers(1, 9, edges).astype(float),
    )
    return SimpleNamespace(edges=table, nodes=range(nodes)), legs


def judged(network: Any, legs: Legs, seed: int) -> dict[int, tuple[int, int]]:
    """Minutes and metres of each node to a node, by networkx on one weight that holds both."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(network.nodes)
    for at, edge in enumerate(network.edges.itertuples()):
        for a, b, minutes in (
            (edge.u, edge.v, legs.forward[at]),
            (edge.v, edge.u, legs.backward[at]),
        ):
            if np.isfinite(minutes):
                graph.add_edge(b, a, weight=int(minutes) * BIG + int(legs.length_m[at]))
    found = nx.single_source_dijkstra_path_length(graph, seed, weight="weight")
    return {node: divmod(weight, BIG) for node, weight in found.items()}


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 80))
def test_minutes_first_then_metres(seed: int, nodes: int, edges: int) -> None:
    network, legs = made(seed, nodes=nodes, edges=edges)
    graph = reversed_graph(network, legs)
    to = Seeds(
        node=graph.number[np.array([[0]])], minutes=np.zeros((1, 1)), metres=np.zeros((1, 1))
    )
    minutes, metres, taken = search_tree(graph, to)
    expected = judged(network, legs, 0)
    for node in range(nodes):
        if node in expected:
            assert (minutes[node], metres[node]) == expected[node]
        else:
            assert np.isinf(minutes[node])
            assert taken[node] == -1


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_the_arcs_taken_add_up(seed: int) -> None:
    network, legs = made(seed, nodes=25, edges=60)
    graph = reversed_graph(network, legs)
    to = Seeds(
        node=graph.number[np.array([[3]])], minutes=np.zeros((1, 1)), metres=np.zeros((1, 1))
    )
    minutes, metres, taken = search_tree(graph, to)
    for start in np.flatnonzero(np.isfinite(minutes)):
        node, spent, walked = int(start), 0.0, 0.0
        while taken[node] >= 0:
            arc = taken[node]
            edge = network.edges.iloc[graph.edge[arc]]
            here, there = ("u", "v") if graph.ahead[arc] else ("v", "u")
            assert edge[here] == node
            node = int(edge[there])
            spent += graph.arcs.minutes[arc]
            walked += graph.arcs.metres[arc]
        assert (node, spent, walked) == (3, minutes[start], metres[start])


@pytest.mark.parametrize(("cores", "sites_at_once"), [(1, 1000), (4, 1), (3, 7)])
def test_threads_change_nothing(
    monkeypatch: pytest.MonkeyPatch, cores: int, sites_at_once: int
) -> None:
    network, legs = made(5, nodes=400, edges=900)
    rng = np.random.default_rng(0)
    origins, sites = (
        Stops(
            edge=rng.integers(0, 900, count),
            fraction=rng.random(count).round(2),
            off_road_m=np.zeros(count),
            off_road_min=np.zeros(count),
        )
        for count in (300, 60)
    )

    def everything() -> list[np.ndarray]:
        cutoff = np.full(60, 9.0)
        parts = list(batches(network, legs, origins, sites, wait_min=1.0, cutoff_min=cutoff))
        names = ("site", "origin", "minutes", "metres")
        table = pd.DataFrame(
            {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        )
        return [table.sort_values(["site", "origin"])[name].to_numpy() for name in names]

    first = everything()
    assert len(first[0]) > 1000
    monkeypatch.setattr(routing, "cores", lambda: cores)
    monkeypatch.setattr(routing, "BATCH_SITES", sites_at_once)
    for one, other in zip(first, everything(), strict=True):
        assert (one == other).all()


@settings(max_examples=80)
@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 60), st.integers(1, 6))
def test_contraction_keeps_the_ways_between_kept_nodes(
    seed: int, nodes: int, edges: int, kept: int
) -> None:
    network, legs = made(seed, nodes=nodes, edges=edges)
    keep = np.zeros(nodes, dtype=bool)
    keep[np.random.default_rng(seed).integers(0, nodes, kept)] = True
    table = network.edges
    full = Edges(
        table["u"].to_numpy(), table["v"].to_numpy(), legs.forward, legs.backward, legs.length_m
    )
    small = contracted(full, keep=keep)
    left = SimpleNamespace(edges=pd.DataFrame({"u": small.u, "v": small.v}), nodes=network.nodes)
    rest = Legs(forward=small.forward, backward=small.backward, length_m=small.metres)
    for node in np.flatnonzero(keep):
        before, after = judged(network, legs, int(node)), judged(left, rest, int(node))
        assert {n: before[n] for n in np.flatnonzero(keep) if n in before} == {
            n: after[n] for n in np.flatnonzero(keep) if n in after
        }


def test_contraction_leaves_crossings_only() -> None:
    #  0 - 1 - 2 - 3     a blind end 2 - 4 - 5, and a chain 0 - 6 - 3 beside the first one
    u, v = np.array([0, 1, 2, 2, 4, 0, 6]), np.array([1, 2, 3, 4, 5, 6, 3])
    one = np.ones(7)
    keep = np.isin(np.arange(7), [0, 3])
    small = contracted(Edges(u, v, one, np.where(u == 6, np.inf, 2.0), 10 * one), keep=keep)
    ways = sorted(zip(*(part.tolist() for part in small), strict=True))
    assert ways == [(0, 3, 2.0, np.inf, 20.0), (0, 3, 3.0, 6.0, 30.0)]
