"""`TravelMatrix`: minutes and metres from many settlements to many sites, within a cut-off."""

from layout.travel.matrix import (
    Mode,
    StudyTravel,
    TravelMatrix,
    default_cutoff_minutes,
    nearest,
    paths,
    route,
    study_travel,
    travel_matrix,
    travel_problems,
)

__all__ = [
    "Mode",
    "StudyTravel",
    "TravelMatrix",
    "default_cutoff_minutes",
    "nearest",
    "paths",
    "route",
    "study_travel",
    "travel_matrix",
    "travel_problems",
]
