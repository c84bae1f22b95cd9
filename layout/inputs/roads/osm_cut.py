"""A part of the roads of an extract as an extract of its own."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely

from layout.core.problems import refuse
from layout.inputs.roads.tables import WAY_TAGS, RoadTables

__all__ = ["write_roads"]


def write_roads(path: Path, tables: RoadTables, region: shapely.Geometry, *, file: str) -> None:
    """Write the ways that have a node in a region, each as long as it is.

    Parameters
    ----------
    path
        A new file; ``.osm.pbf``.
    tables
        Roads of an extract, as `layout.inputs.roads.osm.read_roads` returns them.
    region
        Polygon or multipolygon, EPSG:4326.
    file
        Name of the extract, for the problem.

    Raises
    ------
    InputError
        Code ``no-roads``: there are none in the region.
    """
    import osmium

    lon, lat = tables.nodes["lon"].to_numpy(), tables.nodes["lat"].to_numpy()
    # Bools by node; few lie in the box around the region, and only these are looked at closely.
    west, south, east, north = shapely.bounds(region).tolist()
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    shapely.prepare(region)
    inside[inside] = shapely.intersects_xy(region, lon[inside], lat[inside])
    # Bools by way, or part of one; each has nodes.
    kept = np.logical_or.reduceat(inside[tables.way_nodes], tables.way_start[:-1])
    if not kept.any():
        raise refuse("no-roads:area", file=file)
    rows = np.flatnonzero(kept)
    parts = [tables.way_nodes[tables.way_start[at] : tables.way_start[at + 1]] for at in rows]
    ids = tables.nodes.index.to_numpy()
    ways = tables.ways.iloc[rows]
    nobody = int(ids[-1]) + 1
    with osmium.SimpleWriter(str(path)) as writer:
        for at in np.unique(np.concatenate(parts)).tolist():
            place = (float(lon[at]), float(lat[at]))
            writer.add_node(osmium.osm.mutable.Node(id=int(ids[at]), location=place))
        # Parts of one way, which the extract's edge has cut, stay apart by a node without a place.
        numbers = ways["way_id"].to_numpy()
        # Text, ways × tags.
        tags = np.column_stack([ways[key].to_numpy(dtype=object) for key in WAY_TAGS])
        first = np.flatnonzero(np.diff(numbers, prepend=-1)).tolist()
        for begin, end in pairwise([*first, len(rows)]):
            refs = ids[parts[begin]].tolist()
            for part in parts[begin + 1 : end]:
                refs += [nobody, *ids[part].tolist()]
            named = {key: text for key, text in zip(WAY_TAGS, tags[begin], strict=True) if text}
            writer.add_way(osmium.osm.mutable.Way(id=int(numbers[begin]), nodes=refs, tags=named))
