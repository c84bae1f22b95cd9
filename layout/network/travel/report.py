"""What the roads leave open: points far from them, points cut off, lines of unknown class."""

from __future__ import annotations

import pandas as pd

from layout.core.errors import Problem
from layout.core.standards import Standards
from layout.core.text import tr
from layout.inputs.roads.file import roads_name
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork, height_problems
from layout.network.travel.table import TravelMatrix

__all__ = ["travel_problems"]


def travel_problems(
    study: Study, *, network: RoadNetwork, bus: TravelMatrix
) -> tuple[Problem, ...]:
    """List what the data report says about roads and ways, as warnings.

    Parameters
    ----------
    study
        The study.
    network
        Its roads.
    bus
        The routes by bus from its settlements to its schools, as
        `layout.network.travel.study_travel` finds them: the longest routes that the models use.

    Returns
    -------
    tuple of Problem
        Settlements and schools too far from any road (never routed) or without any route to the
        other kind within the cut-off, in order of their id; then ways that the extract's edge cut
        and lines whose class is not known, by number; roads without heights.
    """
    problems: list[Problem] = []
    # Points that no journey reaches, settlements first.
    for table, status in (
        (study.settlements, bus.origin_status),
        (study.schools, bus.site_status),
    ):
        names = table["name"].reindex(status.index)
        for label in status.index[status != "ok"]:
            problems.append(_point(label, names, str(status[label]), study.standards))
    file = roads_name(study.roads)
    # Counts of the network that are worth a warning.
    for kind, code, reason, remedy in (
        (
            "clipped_ways",
            "clipped-ways",
            tr("Roads cut off at the edge of the file, by number."),
            tr("Use an extract that reaches some kilometres beyond the study area."),
        ),
        (
            "unclassified_ways",
            "unclassified-ways",
            tr("Roads without a known class, taken as village roads, by number."),
            tr("Name the class of road in the column highway, as primary or tertiary."),
        ),
    ):
        count = network.counts.get(kind, 0)
        if count:
            problems.append(
                Problem(
                    code=code,
                    severity="warning",
                    file=file,
                    value=str(count),
                    reason=reason,
                    remedy=remedy,
                )
            )
    if study.height_file is not None:
        problems += height_problems(network, file=study.height_file.name)
    return tuple(problems)


def _point(label: str, names: pd.Series, status: str, norms: Standards) -> Problem:
    code, reason, remedy = _why(status, norms)
    return Problem(
        code=code,
        severity="warning",
        row=label,
        value=str(names[label]),
        reason=reason,
        remedy=remedy,
    )


def _why(status: str, norms: Standards) -> tuple[str, str, str]:
    """Code, reason and remedy for a point that no route reaches."""
    if status == "too_far":
        return (
            "place-too-far",
            tr(
                "No road within {metres} m; no ways are found for this place.",
                metres=round(norms.snap_limit_m),
            ),
            tr("Check the coordinates, or add the road that leads there."),
        )
    return (
        "place-unreachable",
        tr("No way by road and bus to or from this place within the time that counts."),
        tr("Check whether the road file misses a link near this place."),
    )
