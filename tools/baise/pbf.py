"""Writes the modelled roads as an OpenStreetMap extract (.osm.pbf), the same bytes every time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
from pyproj import Transformer

from tools.baise.sources import MODEL_CRS, WGS84
from tools.baise.terrain import Floats, Ints

FIRST_NODE_ID = 900_000_001
FIRST_WAY_ID = 800_000_001


@dataclass(frozen=True, eq=False)
class Way:
    """One way: its nodes (positions in the node table) and its tags."""

    nodes: Ints
    tags: dict[str, str]


def write_pbf(path: Path, xy: Floats, ways: list[Way]) -> None:
    """Write nodes and ways as an OpenStreetMap extract.

    Parameters
    ----------
    path : Path
        File to write, ending in ``.osm.pbf``; replaced if it exists.
    xy : (n, 2) array
        Node positions in metres (EPSG:4507); nodes that no way uses are left out.
    ways : list of Way
        Ways in the order of their ids.
    """
    used = np.unique(np.concatenate([way.nodes for way in ways]))
    turn = Transformer.from_crs(MODEL_CRS, WGS84, always_xy=True)
    lon, lat = (np.round(c, 7) for c in turn.transform(xy[used, 0], xy[used, 1]))
    number = np.full(len(xy), -1)
    number[used] = np.arange(len(used)) + FIRST_NODE_ID
    header = osmium.io.Header()
    # The name under which the committed file was made; another would change its bytes.
    header.set("generator", "layout.baise (modelled data)")
    header.add_box(
        osmium.osm.Box(
            osmium.osm.Location(float(lon.min()), float(lat.min())),
            osmium.osm.Location(float(lon.max()), float(lat.max())),
        )
    )
    path.unlink(missing_ok=True)
    writer = osmium.SimpleWriter(str(path), header=header)
    for node, place in enumerate(zip(lon.tolist(), lat.tolist(), strict=True), FIRST_NODE_ID):
        writer.add_node(osmium.osm.mutable.Node(id=node, version=1, location=place))
    for way_id, way in enumerate(ways, FIRST_WAY_ID):
        writer.add_way(
            osmium.osm.mutable.Way(
                id=way_id, version=1, nodes=number[way.nodes].tolist(), tags=way.tags
            )
        )
    writer.close()
