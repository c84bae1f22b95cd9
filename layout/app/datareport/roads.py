"""What is wrong with the roads of a study, and how far the places are from them."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from layout.core.errors import InputError, Problem
from layout.core.problems import problem
from layout.demand.groups import assignment_today, groups
from layout.demand.unrouted import unrouted, unrouted_problems
from layout.inputs.roads.file import roads_name
from layout.inputs.study.study import Study
from layout.network.roads import (
    RoadNetwork,
    height_problems,
    network,
    pieces,
    road_problems,
    snap,
)
from layout.network.travel import study_travel, unreachable_problems

__all__ = ["RoadReport", "road_report"]


class RoadReport(NamedTuple):
    """Problems of the roads, and of the places beside them.

    Attributes
    ----------
    problems
        Errors of the road file; what is doubtful of it as a whole; warnings of settlements and
        schools that are farther from any road than the norm allows, or that only stand on roads
        cut off from the rest; one of roads without heights; of groups without minutes to their
        school of today, by cause.
    places
        Each settlement and school: table, identifier, name, whole metres to the nearest road that
        may be walked (blank where there is none within the norm).
    pieces
        As `layout.network.roads.pieces` has them, with the numbers of ``settlements`` and
        ``schools`` on each; None where the roads cannot be read.
    """

    problems: list[Problem]
    places: list[tuple[str, ...]]
    pieces: pd.DataFrame | None


def road_report(study: Study) -> RoadReport:
    """Read the roads of a study and look at them and at the places beside them.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    RoadReport
        Without places where the roads cannot be read.
    """
    file = roads_name(study.roads)
    try:
        roads = network(study)
    except InputError as error:
        return RoadReport(list(error.problems), [], None)
    problems = list(road_problems(study, roads))
    places: list[tuple[str, ...]] = []
    if study.height_file is not None:
        problems += height_problems(roads, file=_file(study, "height"))
    parts = pieces(roads)
    for name, table in (("settlements", study.settlements), ("schools", study.schools)):
        # By place: edge, metres off the road and status; metres only within the norm.
        at = snap(roads, table.geometry, mode="walk", limit_m=study.standards.snap_limit_m)
        problems += _far(study, name, table, at)
        metres = at["off_road_m"].round().where(at["status"] == "ok")
        places += [
            (name, str(label), str(table.at[label, "name"]), "" if far != far else f"{far:.0f}")
            for label, far in metres.items()
        ]
        edges = at.loc[at["status"] == "ok", "edge"]
        # By place on a road: the piece of the network that its edge belongs to.
        start = roads.edges["u"].to_numpy()[edges.to_numpy()]
        # The piece of most junctions has the number 0.
        piece_of = pd.Series(roads.component[start], index=edges.index)
        parts[name] = piece_of.value_counts().reindex(parts.index, fill_value=0)
        problems += [
            problem(
                "roads-apart",
                file=_file(study, name),
                label=label,
                value=table.at[label, "name"],
                km=f"{parts['km'].iloc[piece]:.1f}",
                reach=f"{parts['reach_km'].iloc[piece]:.1f}",
                roads=file,
            )
            for label, piece in piece_of[piece_of > 0].items()
        ]
    problems += _unrouted(study, roads)
    return RoadReport(problems, places, parts)


def _unrouted(study: Study, roads: RoadNetwork) -> tuple[Problem, ...]:
    """Places without a way by bus, and groups without minutes to their school of today.

    None are known without attendance.
    """
    if study.attendance is None:
        return ()
    ways = study_travel(study, network=roads)
    today = assignment_today(groups(study, ways.walk, ways.bus))
    cause = unrouted(today, study, network=roads)
    return (
        *unreachable_problems(study, bus=ways.bus),
        *unrouted_problems(today, cause, standards=study.standards),
    )


def _far(study: Study, name: str, table: gpd.GeoDataFrame, at: pd.DataFrame) -> list[Problem]:
    metres = round(study.standards.snap_limit_m)
    return [
        problem(
            "place-too-far",
            file=_file(study, name),
            label=label,
            value=table.at[label, "name"],
            metres=metres,
        )
        for label in at.index[at["status"] != "ok"]
    ]


def _file(study: Study, name: str) -> str:
    return next(file.path for file in study.inputs if file.name == name)
