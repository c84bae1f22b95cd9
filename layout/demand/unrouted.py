"""Groups without minutes to their school of today, and why: far from roads, an island, too long."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd

from layout.core.errors import Problem
from layout.core.problems import Maker, problem
from layout.core.standards import Standards
from layout.core.text import Sentence
from layout.inputs.study.study import Study
from layout.network.roads import RoadNetwork, snap

__all__ = ["CAUSES", "unrouted", "unrouted_counts", "unrouted_notes", "unrouted_problems"]

CAUSES: tuple[str, ...] = ("too_far", "island", "over_cutoff")
"""Why a group has no minutes.

``too_far``: its settlement or school is farther from any road than the snap limit; ``island``: the
roads at the two do not connect; ``over_cutoff``: they do, and no way is within the cut-off.
"""

_TOLD: Mapping[str, Maker] = {
    "too_far": partial(problem, "no-minutes-far"),
    "island": partial(problem, "no-minutes-island"),
    "over_cutoff": partial(problem, "no-minutes-cutoff"),
}


def unrouted(assignment: pd.DataFrame, study: Study, *, network: RoadNetwork) -> pd.Series:
    """Say of each group why it has no minutes to its school of today.

    Parameters
    ----------
    assignment
        Columns settlement_id, from_school, minutes_before (missing without a route).
    study
        Supplies the places and the snap limit.
    network
        Its roads.

    Returns
    -------
    pandas.Series
        ``cause`` by the index of the assignment: one of `CAUSES`, "" where there are minutes.
    """
    cause = pd.Series("", index=assignment.index, name="cause", dtype="str")
    rows = assignment[assignment["minutes_before"].isna()]
    if rows.empty:
        return cause
    # Piece of the road network at the settlement and at the school of each row, -1 for no road.
    start, end = (
        _pieces(study, table, rows[column], network)
        for table, column in (("settlements", "settlement_id"), ("schools", "from_school"))
    )
    causes = np.select([(start < 0) | (end < 0), start != end], CAUSES[:2], CAUSES[2])
    cause[rows.index] = causes
    return cause


def _pieces(study: Study, table: str, labels: pd.Series, network: RoadNetwork) -> pd.Series:
    """Piece of the network that each place stands on, by position."""
    points = getattr(study, table).geometry.loc[sorted(set(labels))]
    # Journeys on foot and by bus begin on the same roads.
    edge = snap(network, points, mode="bus", limit_m=study.standards.snap_limit_m)["edge"]
    ends = network.edges["u"].to_numpy()[edge.to_numpy()]
    piece = pd.Series(network.component[ends], index=points.index).where(edge >= 0, -1)
    return piece.reindex(labels).reset_index(drop=True)


def unrouted_counts(assignment: pd.DataFrame, cause: pd.Series) -> dict[str, dict[str, int]]:
    """Count groups and pupils by cause.

    Parameters
    ----------
    assignment
        Column pupils.
    cause
        From `unrouted`.

    Returns
    -------
    dict
        ``groups`` and ``pupils`` for each of `CAUSES`.
    """
    pupils = assignment["pupils"].groupby(cause)
    groups, total = (
        values.reindex(CAUSES, fill_value=0) for values in (pupils.size(), pupils.sum())
    )
    return {one: {"groups": int(groups[one]), "pupils": int(total[one])} for one in CAUSES}


def unrouted_problems(
    assignment: pd.DataFrame, cause: pd.Series, *, standards: Standards
) -> tuple[Problem, ...]:
    """Warn of the groups of each cause; the place is that of the one with most pupils.

    Parameters
    ----------
    assignment
        Columns settlement_id, from_school, pupils.
    cause
        From `unrouted`.
    standards
        For the snap limit.
    """
    counts = unrouted_counts(assignment, cause)
    problems = []
    for one in CAUSES:
        rows = assignment[cause == one]
        if not rows.empty:
            # Of equally large groups the first.
            at = int(rows["pupils"].argmax())
            home, school = (rows[name].iloc[at] for name in ("settlement_id", "from_school"))
            problems.append(_told(one, counts[one], standards, label=home, value=school))
    return tuple(problems)


def unrouted_notes(
    counts: Mapping[str, Mapping[str, int]], *, standards: Standards
) -> tuple[Sentence, ...]:
    """Say in a plan how many groups and pupils have no minutes, by cause.

    Parameters
    ----------
    counts
        From `unrouted_counts`.
    standards
        For the snap limit.
    """
    some = {one: number for one, number in counts.items() if number["groups"]}
    return tuple(_told(one, number, standards).reason for one, number in some.items())


def _told(cause: str, count: Mapping[str, int], standards: Standards, **place: object) -> Problem:
    metres = round(standards.snap_limit_m)
    return _TOLD[cause](
        groups=f"{count['groups']:,}",
        pupils=f"{count['pupils']:,}",
        metres=f"{metres:,}",
        **place,
    )
