"""What is wrong with the roads of a study, and with the places beside them."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from layout.errors import InputError, Problem
from layout.readers.roadfile import roads_name
from layout.roads import height_problems, network, snap
from layout.study import Study
from layout.text import tr

__all__ = ["road_problems"]


def road_problems(study: Study) -> list[Problem]:
    """Read the roads of a study and look at them and at the places beside them.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    list of Problem
        Errors of the road file; warnings of settlements and schools that are farther from any
        road than the norm allows, or that only stand on roads cut off from the rest; one of
        roads without heights.
    """
    file = roads_name(study.roads_file)
    try:
        found = network(study)
    except InputError as error:
        return list(error.problems)
    problems: list[Problem] = []
    if study.height_file is not None:
        problems += height_problems(found, file=_file(study, "height"))
    for name, table in (("settlements", study.settlements), ("schools", study.schools)):
        at = snap(found, table.geometry, mode="walk", limit_m=study.standards.snap_limit_m)
        problems += _far(study, name, table, at)
        edges = at.loc[at["status"] == "ok", "edge"]
        start = found.edges["u"].to_numpy()[edges.to_numpy()]
        # The component of most nodes has the number 0.
        apart = edges.index[found.component[start] != 0]
        problems += [
            Problem(
                code="roads-apart",
                severity="warning",
                file=_file(study, name),
                row=str(label),
                value=str(table.at[label, "name"]),
                reason=tr("The road at this place is not connected with the largest network."),
                remedy=tr("Check whether {file} misses a link near this place.", file=file),
            )
            for label in apart
        ]
    return problems


def _far(study: Study, name: str, table: gpd.GeoDataFrame, at: pd.DataFrame) -> list[Problem]:
    metres = round(study.standards.snap_limit_m)
    return [
        Problem(
            code="place-too-far",
            severity="warning",
            file=_file(study, name),
            row=str(label),
            value=str(table.at[label, "name"]),
            reason=tr(
                "No road within {metres} m; no ways are found for this place.", metres=metres
            ),
            remedy=tr("Check the coordinates, or add the road that leads there."),
        )
        for label in at.index[at["status"] != "ok"]
    ]


def _file(study: Study, name: str) -> str:
    return next(file.path for file in study.inputs if file.name == name)
