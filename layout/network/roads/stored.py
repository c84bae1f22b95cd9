"""A road network as plain arrays and back, for the cache on disk."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from layout.core.cache import Arrays
from layout.network.roads.network import EDGE_COLUMNS, RoadNetwork

__all__ = ["from_arrays", "to_arrays"]

# Kind of each column of `edges`: integer, float or bool.
_KINDS = {
    "u": "i", "v": "i", "length_m": "f", "forward": "b", "backward": "b", "walk": "b", "bus": "b",
    "drive": "b", "bus_kmh": "f", "drive_kmh": "f",
}  # fmt: skip
_OTHERS = {
    "nodes",
    "component",
    "classes",
    "highway",
    "xy",
    "start",
    "count_of",
    "counts",
    "carried",
}
_PACE = "walk_pace"


def to_arrays(network: RoadNetwork) -> dict[str, npt.NDArray[Any]]:
    """Write a network as arrays.

    Parameters
    ----------
    network
        The roads; their CRS is for the caller to keep.

    Returns
    -------
    dict
        Numbers and text by name; see `from_arrays`.
    """
    # Points of all edges, edge after edge, and the edge of each.
    xy, line = shapely.get_coordinates(network.geometry, return_index=True)
    # Text categories and their codes: pandas' own type is not stored.
    highway = network.edges["highway"].cat
    counts = sorted(network.counts.items())
    pace = {} if network.walk_pace is None else {_PACE: network.walk_pace}
    return {
        **{name: network.edges[name].to_numpy() for name in _KINDS},
        **pace,
        "carried": network.carried,
        "nodes": network.nodes[["lon", "lat", "x", "y"]].to_numpy(),
        "component": network.component,
        "classes": np.array(highway.categories, dtype=np.str_),
        "highway": highway.codes.to_numpy().astype(np.int64),
        "xy": xy,
        "start": np.searchsorted(line, np.arange(len(network.edges) + 1)),
        "count_of": np.array([name for name, _ in counts], dtype=np.str_),
        "counts": np.array([value for _, value in counts], dtype=np.int64),
    }


def from_arrays(arrays: Arrays, *, crs: str) -> RoadNetwork | None:
    """Make a network of arrays.

    Parameters
    ----------
    arrays
        What `to_arrays` wrote, or anything.
    crs
        Projected CRS of the network.

    Returns
    -------
    RoadNetwork or None
        None where these are not the arrays of a network.
    """
    # A file of another version, or a damaged one, is no network: it is made again.
    if set(arrays) - {_PACE} != {*_KINDS, *_OTHERS} or not _fits(arrays):
        return None
    highway = pd.Categorical.from_codes(arrays["highway"], categories=arrays["classes"].tolist())
    table = pd.DataFrame({name: arrays[name] for name in _KINDS}).assign(highway=highway)
    # Edge of each point, from where each edge begins.
    line = np.repeat(np.arange(len(table)), np.diff(arrays["start"]))
    return RoadNetwork(
        nodes=pd.DataFrame(arrays["nodes"], columns=["lon", "lat", "x", "y"]),
        edges=table[list(EDGE_COLUMNS)],
        geometry=np.asarray(shapely.linestrings(arrays["xy"], indices=line)),
        crs=crs,
        component=arrays["component"],
        carried=arrays["carried"],
        walk_pace=arrays.get(_PACE),
        counts=dict(zip(arrays["count_of"].tolist(), arrays["counts"].tolist(), strict=True)),
    )


def _fits(arrays: Arrays) -> bool:
    """Whether shapes, kinds and ranges are those of a network."""
    edges, nodes = len(arrays["u"]), len(arrays["nodes"])
    start, xy, classes = arrays["start"], arrays["xy"], arrays["classes"]
    # Shapes and kinds first: the checks of values below rely on them.
    shapes = (
        all(arrays[name].shape == (edges,) for name in _KINDS)
        and all(arrays[name].dtype.kind == kind for name, kind in _KINDS.items())
        and arrays["nodes"].shape == (nodes, 4)
        and arrays["component"].shape == (nodes,)
        and arrays["highway"].shape == (edges,)
        and start.shape == (edges + 1,)
        and xy.shape == (len(xy), 2)
        and classes.ndim == 1
        and arrays["counts"].shape == arrays["count_of"].shape == (len(arrays["counts"]),)
        and classes.dtype.kind == arrays["count_of"].dtype.kind == "U"
        and all(arrays[name].dtype.kind == "i" for name in ("component", "highway", "start"))
        and all(arrays[name].dtype == np.float64 for name in ("nodes", "xy"))
        and arrays["counts"].dtype.kind == "i"
        and arrays["carried"].shape == (max(len(xy) - edges, 0),)
        and arrays["carried"].dtype.kind == "b"
        and (_PACE not in arrays or _is_pace(arrays[_PACE], edges))
    )
    if not shapes or not edges:
        return False
    # Positions within range, classes distinct, two points an edge, no NaN, nothing negative.
    ends = np.concatenate([arrays["u"], arrays["v"]])
    measures = [arrays[name] for name in ("length_m", "bus_kmh", "drive_kmh")]
    return bool(
        ((ends >= 0) & (ends < nodes)).all()
        and ((arrays["highway"] >= 0) & (arrays["highway"] < len(classes))).all()
        and len(set(classes.tolist())) == len(classes)
        and ((arrays["component"] >= 0) & (arrays["component"] < nodes)).all()
        and start[0] == 0
        and start[-1] == len(xy)
        and (np.diff(start) >= 2).all()
        and np.isfinite(xy).all()
        and np.isfinite(arrays["nodes"]).all()
        and all((np.isfinite(values) & (values >= 0)).all() for values in measures)
    )


def _is_pace(pace: npt.NDArray[Any], edges: int) -> bool:
    fits = pace.shape == (edges, 2) and pace.dtype == np.float64
    return fits and bool((np.isfinite(pace) & (pace > 0)).all())
