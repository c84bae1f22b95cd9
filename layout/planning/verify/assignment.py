"""Checks of the assignment: all pupils kept, only those of closed schools moved, routes right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Floats
from layout.core.standards import COMPULSORY_GRADES
from layout.core.text import tr
from layout.planning.verify.facts import KEYS, Facts, joined, limit_seconds, whole_seconds
from layout.planning.verify.options import options_of
from layout.planning.verify.ways import boarded_before, daily_modes, quickest, ways_between

__all__ = ["assignment_failures"]

MODES = ("stay", "walk", "bus", "board")
TOLERANCE_MINUTES = 0.01
TOLERANCE_M = 1.0


def assignment_failures(facts: Facts) -> list[str]:
    """List every failure of the assignment table."""
    broken = list(_pupils(facts))
    if broken:
        return broken
    broken += [*_moves(facts)]
    if broken:
        return broken
    return [*_ways(facts), *_before(facts), *_beds_last(facts)]


def _pupils(facts: Facts) -> Iterator[str]:
    """Every group once, with all its pupils."""
    rows = facts.rows
    # Keys of the plan's rows against those of the attendance table: none twice, missing or new.
    keys = pd.MultiIndex.from_frame(rows[["settlement_id", "band", "from_school"]]).set_names(KEYS)
    if keys.has_duplicates:
        doubles = keys[keys.duplicated()]
        yield tr("groups stand twice in the assignment: {groups}", groups=joined(doubles))
    missing = facts.groups.index[~facts.groups.index.isin(keys)]
    if len(missing):
        yield tr("groups are missing from the assignment: {groups}", groups=joined(missing))
    unknown = keys[~keys.isin(facts.groups.index)]
    if len(unknown):
        yield tr("the attendance table has no such groups: {groups}", groups=joined(unknown))
    # The grades come from the attendance table, the sum from the plan.
    count = rows[list(COMPULSORY_GRADES)].sum(axis=1)
    wrong = rows[count != rows["pupils"]]
    if len(wrong):
        yield tr(
            "pupils are not conserved in groups of {settlements}: {plan} instead of {study}",
            settlements=joined(wrong["settlement_id"]),
            plan=int(wrong["pupils"].sum()),
            study=int(count[wrong.index].sum()),
        )


def _moves(facts: Facts) -> Iterator[str]:
    """Exactly the pupils of closed schools move, to public schools that stay and teach them."""
    rows, schools = facts.rows, facts.study.schools
    strange = rows[~rows["mode"].isin(MODES)]
    if len(strange):
        yield tr("unknown ways in the assignment: {modes}", modes=joined(strange["mode"]))
    shut = rows["from_school"].isin(facts.closed)
    changes = rows["from_school"] != rows["to_school"]
    if (shut & ~changes).any():
        left = rows.loc[shut & ~changes, "from_school"]
        yield tr("pupils stay at closed schools: {schools}", schools=joined(left))
    if (~shut & changes).any():
        left = rows.loc[~shut & changes, "from_school"]
        yield tr("pupils leave schools that stay open: {schools}", schools=joined(left))
    if ((rows["mode"] == "stay") == changes).any():
        yield tr("some groups stay by name and move in fact, or the other way round")
    into = rows.loc[rows["to_school"].isin(facts.closed), "to_school"]
    if len(into):
        yield tr("pupils are sent to closed schools: {schools}", schools=joined(into))
    moved = facts.moved
    unknown = moved.loc[~moved["to_school"].isin(schools.index), "to_school"]
    if len(unknown):
        yield tr("pupils are sent to unknown schools: {schools}", schools=joined(unknown))
        return
    private = schools["ownership"].reindex(moved["to_school"]).to_numpy() == "private"
    if private.any():
        yield tr(
            "pupils are sent to private schools: {schools}",
            schools=joined(moved["to_school"][private]),
        )
    # Moved rows × grades: grades with pupils, and grades that the receiver teaches.
    needs = moved[list(COMPULSORY_GRADES)].to_numpy() > 0
    taught = facts.teaches.reindex(moved["to_school"]).to_numpy(dtype=bool)
    lacking = (needs & ~taught).any(axis=1)
    if lacking.any():
        yield tr(
            "pupils are sent to schools that do not teach their grade: {schools}",
            schools=joined(moved["to_school"][lacking]),
        )


def _ways(facts: Facts) -> Iterator[str]:
    """The route of each moved group is in the matrices, as long as stated, and within its limit."""
    moved, norms = facts.moved, facts.study.standards
    for mode, matrix in (("walk", facts.walk), ("bus", facts.bus), ("board", facts.bus)):
        part = moved[moved["mode"] == mode]
        if part.empty:
            continue
        # One route by row, inf where the matrix has no such pair.
        minutes, metres = matrix.ways_of(part["settlement_id"], part["to_school"])
        yield from _stated(part, minutes, metres)
        # A boarder's limit is the weekly one, and holds even where the daily limits are dropped.
        limit = limit_seconds(facts, part["band"])
        over = whole_seconds(minutes) > limit
        if mode == "board":
            over = whole_seconds(minutes) > int(60 * norms.boarding_reach_minutes)
        elif mode == "walk":
            over |= metres > norms.walk_limit_m
        over = over & (facts.limited | (mode == "board"))
        if over.any():
            yield tr(
                "groups have a way over their limit, from {settlements}",
                settlements=joined(part["settlement_id"][over]),
            )


def _stated(part: pd.DataFrame, minutes: np.ndarray, metres: np.ndarray) -> Iterator[str]:
    """Minutes and metres in the table are those of the matrix."""
    off_minutes = np.abs(part["minutes_after"].to_numpy(dtype=float) - minutes) > TOLERANCE_MINUTES
    off_metres = np.abs(part["metres_after"].to_numpy(dtype=float) - metres) > TOLERANCE_M
    lost = ~np.isfinite(minutes) | part["minutes_after"].isna().to_numpy()
    wrong = lost | off_minutes | off_metres
    if wrong.any():
        yield tr(
            "ways after are not those of the travel matrix, from {settlements}",
            settlements=joined(part["settlement_id"][wrong]),
        )


def _before(facts: Facts) -> Iterator[str]:
    """Mode, minutes and metres today are those of the rule, the baseline that of the quickest."""
    rows = facts.rows
    today = ways_between(facts, rows["settlement_id"], rows["from_school"], rows["band"])
    walks, _ = daily_modes(facts, today)
    boards = boarded_before(facts, rows, today)
    # On foot within the limits, else by bus, else on foot; boarders by bus where there is one.
    no_bus = ~np.isfinite(today.bus_minutes)
    afoot = walks | (no_bus & np.isfinite(today.walk_minutes))
    mode = np.where(boards, "board", np.where(afoot, "walk", "bus"))
    walked = np.where(boards, no_bus, afoot)
    minutes = np.where(walked, today.walk_minutes, today.bus_minutes)
    metres = np.where(walked, today.walk_metres, today.bus_metres)
    baseline = np.where(boards, minutes, quickest(facts, today))
    wrong = rows["mode_before"].to_numpy(dtype=object) != mode
    for column, right, tolerance in (
        ("minutes_before", minutes, TOLERANCE_MINUTES),
        ("metres_before", metres, TOLERANCE_M),
        ("baseline_minutes", baseline, TOLERANCE_MINUTES),
    ):
        wrong |= _differ(rows[column].to_numpy(dtype=float), right, tolerance)
    if wrong.any():
        yield tr(
            "ways before are not those of the travel matrix, from {settlements}",
            settlements=joined(rows["settlement_id"][wrong]),
        )


def _differ(stated: Floats, right: Floats, tolerance: float) -> Bools:
    """Whether a stated value is not the right one; without a route it is missing."""
    known = np.isfinite(right)
    with np.errstate(invalid="ignore"):
        near = np.abs(stated - right) <= tolerance
    return np.asarray(np.where(known, ~near, ~np.isnan(stated)), dtype=np.bool_)


def _beds_last(facts: Facts) -> Iterator[str]:
    """Pupils board from the boarding grade on, and where no other school is within daily reach."""
    boards = facts.moved[facts.moved["mode"] == "board"]
    if boards.empty:
        return
    # The first grade of a band is its first character.
    first = boards["band"].str[0].astype(int)
    young = boards[first < facts.study.standards.boarding_from_grade]
    if len(young):
        yield tr("pupils below the boarding grade board: {bands}", bands=joined(young["band"]))
    options = options_of(facts, boards)
    daily = np.unique(options.row[options.within & (options.mode != "board")])
    if facts.limited and daily.size:
        yield tr(
            "pupils board although a daily way exists, from {settlements}",
            settlements=joined(boards["settlement_id"].iloc[daily]),
        )
