"""What is doubtful about the roads of a study as a whole: classes, cuts, joins and pieces."""

from __future__ import annotations

from typing import Any

import numpy as np

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.inputs.database.postgis import Fetched
from layout.inputs.roads.file import opened_roads, roads_name
from layout.inputs.roads.lines import UnknownWords, is_lines, unknown_words
from layout.inputs.roads.words import DEFAULT_CLASS
from layout.inputs.study.study import Study
from layout.network.roads.network import RoadNetwork

__all__ = ["road_problems"]

UNKNOWN_MOST = 0.5
"""Where more of the roads than this have no known class, no time of travel means anything."""

WHOLE_SHARE = 0.9
"""Roads whose largest connected piece has less of their length than this are told of."""

_SHOWN_VALUES, _SHOWN_CHARS = 8, 20


def road_problems(study: Study, network: RoadNetwork) -> tuple[Problem, ...]:
    """List what was cut, guessed and joined on reading the roads of a study.

    Parameters
    ----------
    study
        The study.
    network
        Its roads.

    Returns
    -------
    tuple of Problem
        A system that is not known well; ways that the extract's edge cut; roads without a known
        class, an error where they are more than half and the study file names no class for them;
        directions that are not known; lines joined or drawn twice; the number of pieces where the
        largest is not nearly all.
    """
    file, counts = roads_name(study.roads), network.counts
    problems: list[Problem] = []
    if counts.get("ballpark", 0):
        problems.append(problem("crs-ballpark", file=file))
    if clipped := counts.get("clipped_ways", 0):
        problems.append(problem("clipped-ways", file=file, value=clipped))
    if unknown := counts.get("unclassified_ways", 0):
        problems.append(
            _unclassified(study, file, unknown, counts.get("lines", len(network.edges)))
        )
    if counts.get("undirected_lines", 0):
        problems.append(problem("no-one-way", file=file))
    if unknown := counts.get("unknown_directions", 0):
        said = _said(study)
        values = _shown(said.directions) if said else "–"
        problems.append(problem("one-way-values", file=file, count=unknown, values=values))
    if joined := counts.get("joined_ends", 0):
        metres = f"{study.road_words.join_m:g}"
        problems.append(problem("ends-joined", file=file, count=joined, metres=metres))
    if twins := counts.get("twin_ways", 0):
        problems.append(problem("lines-twice", file=file, count=twins))
    return (*problems, *_apart(file, network))


def _unclassified(study: Study, file: str, unknown: int, total: int) -> Problem:
    """Roads of unknown class, with what the file says of them where it holds lines."""
    words = study.road_words
    fields: dict[str, Any] = {
        "file": file,
        "value": unknown,
        "count": unknown,
        "total": total,
        "share": f"{unknown / total:.0%}",
        "name": words.other_class or DEFAULT_CLASS,
    }
    severe = unknown > UNKNOWN_MOST * total and not words.other_class
    fields["severity"] = "error" if severe else "warning"
    said = _said(study)
    if said is None:
        return problem("unclassified-ways:graph", **fields)
    fields["values"] = _shown(said.values)
    unread = [f"{name} ({text[:_SHOWN_CHARS]})" for name, text in said.unread]
    return problem("unclassified-ways", unread=", ".join(unread) or "–", **fields)


def _shown(values: list[tuple[str, int]]) -> str:
    """Show the most frequent values with their numbers of lines; blank ones say nothing."""
    return ", ".join([f"{text} ({n})" for text, n in values if text][:_SHOWN_VALUES]) or "–"


def _said(study: Study) -> UnknownWords | None:
    """What lines of unknown class or direction say of it; None where the roads are no lines."""
    roads, words = study.roads, study.road_words
    if isinstance(roads, Fetched):
        return unknown_words(roads, words=words)
    with opened_roads(roads) as (path, layer):
        if not is_lines(path):
            return None
        return unknown_words(path, layer=layer, encoding=roads.encoding, words=words)


def _apart(file: str, network: RoadNetwork) -> list[Problem]:
    """The pieces of roads of which no piece holds nearly all."""
    # Metres of road by piece, open to anybody.
    metres = np.bincount(
        network.component[network.edges["u"].to_numpy()],
        weights=network.edges["length_m"].to_numpy(dtype=np.float64),
    )
    metres = metres[metres > 0]
    whole, largest = metres.sum(), metres.max(initial=0.0)
    if largest >= WHOLE_SHARE * whole:
        return []
    return [
        problem(
            "roads-in-pieces",
            file=file,
            count=len(metres),
            km=f"{largest / 1000:,.1f}",
            total=f"{whole / 1000:,.1f}",
        )
    ]
