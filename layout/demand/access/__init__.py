"""Who can get where: reach within the norms, coverage, minutes to school, places per child."""

from layout.demand.access.floating import Decay, gaussian, stepwise, two_step
from layout.demand.access.measures import (
    COVERED_STAGES,
    NewSites,
    Reach,
    coverage,
    coverage_by_county,
    offering,
    reach,
    travel_measures,
    worst_decile,
)

__all__ = [
    "COVERED_STAGES",
    "Decay",
    "NewSites",
    "Reach",
    "coverage",
    "coverage_by_county",
    "gaussian",
    "offering",
    "reach",
    "stepwise",
    "travel_measures",
    "two_step",
    "worst_decile",
]
