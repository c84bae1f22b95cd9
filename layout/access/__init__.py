"""Who can get where: reach within the norms, coverage by stage, minutes to the school attended."""

from layout.access.measures import (
    COVERED_STAGES,
    NewSites,
    Reach,
    assignment_today,
    coverage,
    coverage_by_county,
    offering,
    reach,
    service_counts,
    travel_measures,
    worst_decile,
)

__all__ = [
    "COVERED_STAGES",
    "NewSites",
    "Reach",
    "assignment_today",
    "coverage",
    "coverage_by_county",
    "offering",
    "reach",
    "service_counts",
    "travel_measures",
    "worst_decile",
]
