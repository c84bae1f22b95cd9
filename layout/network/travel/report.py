"""What the roads leave open: points far from them, points cut off, lines of unknown class."""

from __future__ import annotations

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork, height_problems, road_problems
from layout.network.travel.table import TravelMatrix

__all__ = ["travel_problems", "unreachable_problems"]


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
        other kind within the cut-off, in order of their id; then what
        `layout.network.roads.road_problems` warns of; roads without heights.
    """
    metres = round(study.standards.snap_limit_m)
    # Points too far from any road, settlements first.
    problems = [
        problem("place-too-far", label=label, value=table.at[label, "name"], metres=metres)
        for table, status in (
            (study.settlements, bus.origin_status),
            (study.schools, bus.site_status),
        )
        for label in status.index[status == "too_far"]
    ]
    problems += unreachable_problems(study, bus=bus)
    # What was done with lines that are in order is told by the check alone.
    problems += [one for one in road_problems(study, network) if one.severity != "note"]
    if study.height_file is not None:
        problems += height_problems(network, file=study.height_file.name)
    return tuple(problems)


def unreachable_problems(study: Study, *, bus: TravelMatrix) -> list[Problem]:
    """List the places on a road from which no bus comes anywhere.

    Parameters
    ----------
    study
        The study.
    bus
        As for `travel_problems`.

    Returns
    -------
    list of Problem
        Settlements, with the number of their children, then schools; in order of their id.
    """
    homes, schools = (
        status.index[status == "unreachable"] for status in (bus.origin_status, bus.site_status)
    )
    # Children of all ages by settlement.
    children = study.settlements.filter(regex=r"^age_[0-9]+$").sum(axis=1)
    names = study.settlements["name"]
    problems = [
        problem(
            "place-unreachable:settlement",
            label=label,
            value=names[label],
            children=int(children[label]),
        )
        for label in homes
    ]
    names = study.schools["name"]
    return problems + [
        problem("place-unreachable", label=label, value=names[label]) for label in schools
    ]
