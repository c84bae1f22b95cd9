"""`TravelMatrix`: minutes and metres from many settlements to many sites, within a cut-off.

`catchments` gives the nearest site of every place, `service_areas` the polygons round sites;
`with_sites` and `with_closed` answer what if without searching everything again.
"""

from layout.network.travel.areas import service_areas, study_areas
from layout.network.travel.catchments import Catchments, catchments
from layout.network.travel.legs import edge_legs
from layout.network.travel.lines import Way, along, paths, ways
from layout.network.travel.matrix import (
    Mode,
    StudyTravel,
    default_cutoff_minutes,
    route,
    study_travel,
    travel_matrix,
)
from layout.network.travel.report import travel_problems, unreachable_problems
from layout.network.travel.table import TravelMatrix, nearest
from layout.network.travel.whatif import Change, with_closed, with_sites

__all__ = [
    "Catchments",
    "Change",
    "Mode",
    "StudyTravel",
    "TravelMatrix",
    "Way",
    "along",
    "catchments",
    "default_cutoff_minutes",
    "edge_legs",
    "nearest",
    "paths",
    "route",
    "service_areas",
    "study_areas",
    "study_travel",
    "travel_matrix",
    "travel_problems",
    "unreachable_problems",
    "ways",
    "with_closed",
    "with_sites",
]
