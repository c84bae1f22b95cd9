"""Networks from osmnx's graphs: in memory, or from a GraphML file.

`networkx` is imported only when it is used. Values in a graph or a
file are read as text or numbers; nothing in them is ever evaluated.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import numpy as np
import pandas as pd

from layout.core.errors import InputError
from layout.core.problems import refuse
from layout.core.standards import Standards
from layout.inputs.datum import in_wgs84
from layout.inputs.roads.tables import WAY_TAGS, check_vertices
from layout.inputs.roads.words import DEFAULT_CLASS
from layout.inputs.safety.guarded import MAX_MEMORY
from layout.inputs.safety.xml import check_xml
from layout.network.roads.classes import usage
from layout.network.roads.graph_edges import (
    GraphEdge,
    merge_twins,
    read_edges,
    segment_shares,
)
from layout.network.roads.network import RoadNetwork, assemble

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["from_graph", "read_graphml"]

GRAPHML_LIMIT_BYTES = 500_000_000
"""A prefecture's GraphML has some 100 MB; above this the file is refused before reading."""
MAX_ELEMENTS = 5_000_000
"""Each takes 400 to 1,400 bytes; such a file of 100 MB has some three million."""


def read_graphml(
    path: Path,
    *,
    crs: str,
    standards: Standards | None = None,
    datum: str = "WGS 84",
    other_class: str = "",
) -> RoadNetwork:
    """Read a GraphML file as osmnx saves it.

    Parameters
    ----------
    path
        The file.
    crs
        Projected CRS in metres for the network.
    standards
        Norms in force; the default ones where not given.
    datum, other_class
        As for `from_graph`.

    Returns
    -------
    RoadNetwork
        See `from_graph`.

    Raises
    ------
    InputError
        No such file, too large, DOCTYPE, malformed, or as for `from_graph`.
    """
    import networkx as nx

    if not path.is_file():
        raise refuse("missing-file", file=path.name)
    if path.stat().st_size > GRAPHML_LIMIT_BYTES:
        raise refuse("graphml-too-large", file=path.name, limit=GRAPHML_LIMIT_BYTES // 1_000_000)
    check_xml(path)
    try:
        # At once: a parser that is fed in pieces begins a long tag anew with each. As bytes, since
        # the file names its encoding itself.
        content: Any = path.read_bytes()
        if content.count(b"<") - content.count(b"</") > MAX_ELEMENTS:
            raise refuse("too-large:memory", file=path.name, gigabytes=MAX_MEMORY >> 30)
        graph = nx.parse_graphml(content, force_multigraph=True)
    except InputError:  # a ValueError too
        raise
    except (nx.NetworkXException, ParseError, KeyError, ValueError, TypeError) as error:
        raise refuse("graphml-malformed", file=path.name, detail=error) from error
    return from_graph(
        graph, crs=crs, standards=standards, file=path.name, datum=datum, other_class=other_class
    )


def from_graph(
    graph: nx.Graph[Any],
    *,
    crs: str,
    standards: Standards | None = None,
    file: str = "",
    datum: str = "WGS 84",
    other_class: str = "",
) -> RoadNetwork:
    """Make a network of a graph as osmnx builds it, simplified or not, projected or not.

    Parameters
    ----------
    graph
        ``graph["crs"]``; nodes with ``x``, ``y``; edges with ``length`` (metres) and, where
        present, ``highway``, ``geometry`` (LineString or its text) and OpenStreetMap's tags. A
        directed edge is open to vehicles one way; its twin, if any, makes it open both ways. One of
        an undirected graph is open both ways unless ``oneway``, ``from`` and ``to`` say otherwise.
        A geometry may run either way.
    crs
        Projected CRS in metres for the network.
    standards
        Norms in force; the default ones where not given.
    file
        Name of the file that the graph came from, for problems.
    datum
        ``GCJ-02`` or ``BD-09`` where the graph is shifted; it is brought to WGS 84.
    other_class
        Class of edges that name none; a village road where not given.

    Returns
    -------
    RoadNetwork
        Lengths as the graph gives them, nodes in the order of their labels.

    Raises
    ------
    InputError
        No CRS, no edges, a node without coordinates, an edge whose length is missing, not a
        number, not finite or negative, or a value of extreme length; all together.
    """
    norms = standards or Standards()
    graph_crs = graph.graph.get("crs")
    if not graph_crs:
        raise refuse("crs-missing:graph", file=file)
    edges = read_edges(graph, crs=str(graph_crs), file=file)
    if not edges:
        raise refuse("no-roads:graph", file=file)
    check_vertices(sum(len(edge.lonlat) for edge in edges), file=file)
    twins = _unshifted(merge_twins(edges), datum)
    return _assembled(twins, other_class or DEFAULT_CLASS, crs=crs, standards=norms)


def _unshifted(edges: list[GraphEdge], datum: str) -> list[GraphEdge]:
    """Bring the points of all edges to WGS 84 at once."""
    if datum == "WGS 84":
        return edges
    # Points of all edges (degrees, shape (n, 2)), converted at once.
    every = np.concatenate([edge.lonlat for edge in edges])
    lonlat = np.column_stack(in_wgs84(every[:, 0], every[:, 1], datum))
    ends = np.cumsum([len(edge.lonlat) for edge in edges])[:-1]
    return [
        replace(edge, lonlat=points)
        for edge, points in zip(edges, np.split(lonlat, ends), strict=True)
    ]


def _assembled(
    edges: list[GraphEdge], other_class: str, *, crs: str, standards: Standards
) -> RoadNetwork:
    # One row of text for each edge.
    tags = pd.DataFrame([edge.tags for edge in edges], columns=list(WAY_TAGS), dtype=str)
    missing = (tags["highway"] == "").to_numpy()
    tags.loc[missing, "highway"] = other_class
    used = pd.concat([tags[["highway"]], usage(tags, standards=standards)], axis=1)
    # The graph's own directions count; tags such as oneway=-1 were read when it was built.
    # Where ways were joined, nobody knows which part of the edge is the bridge.
    used["carried"] = False
    used["forward"] = [edge.forward for edge in edges]
    used["backward"] = [edge.backward for edge in edges]
    used["bus"] &= (used["bus_kmh"] > 0) & (used["forward"] | used["backward"])
    keep = (used["walk"] | used["bus"] | used["drive"]).to_numpy()
    # Edges that somebody may use, with the tags of each.
    kept = [edge for edge, wanted in zip(edges, keep, strict=True) if wanted]
    if not kept:
        raise refuse("no-roads:closed")
    used = used[keep].reset_index(drop=True)
    # Points of each edge, and its direction: 1 along, −1 against, 0 both ways or no vehicle.
    sizes = np.array([len(edge.lonlat) for edge in kept])
    direction = np.where(
        used["bus"] | used["drive"], used["forward"].astype(int) - used["backward"].astype(int), 0
    )
    return assemble(
        lonlat=np.concatenate([edge.lonlat for edge in kept]),
        start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        node_of_end=np.array([[edge.u, edge.v] for edge in kept], dtype=np.int64),
        segment_m=np.concatenate([segment_shares(edge) for edge in kept]),
        of_segment=used.iloc[np.repeat(np.arange(len(kept)), sizes - 1)].reset_index(drop=True),
        direction=direction.astype(np.int64),
        crs=crs,
        standards=standards,
        counts={
            "lines": len(edges),
            "closed_ways": int((~keep).sum()),
            "unclassified_ways": int(missing.sum()),
        },
    )
