"""Roads: from files to a network that can be snapped to and routed on.

`read_network` reads any road file, `network` the one of a study, `from_graph` takes osmnx's graph,
`download` asks OpenStreetMap for a place; `snap` finds the point on a road where a journey begins;
`with_heights` lets speeds follow a height model.
"""

from layout.network.roads.classes import DESIGN_KMH
from layout.network.roads.download import Downloaded, download
from layout.network.roads.graphs import from_graph
from layout.network.roads.network import RoadNetwork, closed, from_tables
from layout.network.roads.pieces import pieces
from layout.network.roads.remarks import road_problems
from layout.network.roads.slope import child_kmh, height_problems, tobler_kmh, with_heights
from layout.network.roads.snap import Mode, snap, snappable
from layout.network.roads.sources import network, network_key, read_network

__all__ = [
    "DESIGN_KMH",
    "Downloaded",
    "Mode",
    "RoadNetwork",
    "child_kmh",
    "closed",
    "download",
    "from_graph",
    "from_tables",
    "height_problems",
    "network",
    "network_key",
    "pieces",
    "read_network",
    "road_problems",
    "snap",
    "snappable",
    "tobler_kmh",
    "with_heights",
]
