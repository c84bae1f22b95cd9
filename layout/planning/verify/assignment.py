"""Checks of the assignment: all pupils kept, only those of closed schools moved, routes right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from layout.core.standards import COMPULSORY_GRADES
from layout.core.text import tr
from layout.planning.verify.facts import KEYS, Facts, joined, limit_seconds, whole_seconds

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
        pairs = part["settlement_id"].tolist(), part["to_school"].tolist()
        minutes, metres = matrix.minutes_of(*pairs), matrix.metres_of(*pairs)
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
    """Minutes before are those of one of the ways to the school attended."""
    rows = facts.rows
    ids, schools = rows["settlement_id"].tolist(), rows["from_school"].tolist()
    stated = rows["minutes_before"].to_numpy(dtype=float)
    on_foot = facts.walk.minutes_of(ids, schools)
    by_bus = facts.bus.minutes_of(ids, schools)
    with np.errstate(invalid="ignore"):
        near = (np.abs(stated - on_foot) <= TOLERANCE_MINUTES) | (
            np.abs(stated - by_bus) <= TOLERANCE_MINUTES
        )
    # No minutes are right where neither matrix has a route.
    none = np.isnan(stated) & ~np.isfinite(on_foot) & ~np.isfinite(by_bus)
    # Else they are those of one mode, and of the one that the rule names.
    first = _before_by_rule(facts, on_foot, by_bus)
    with np.errstate(invalid="ignore"):
        right = none | (near & (np.abs(stated - first) <= TOLERANCE_MINUTES))
    if not right.all():
        yield tr(
            "ways before are not those of the travel matrix, from {settlements}",
            settlements=joined(rows["settlement_id"][~right]),
        )


def _before_by_rule(facts: Facts, on_foot: np.ndarray, by_bus: np.ndarray) -> np.ndarray:
    """Minutes today: on foot within its limits, else by bus, else on foot."""
    rows, norms = facts.rows, facts.study.standards
    metres = facts.walk.metres_of(rows["settlement_id"].tolist(), rows["from_school"].tolist())
    limit = limit_seconds(facts, rows["band"])
    walks = (metres <= norms.walk_limit_m) & (whole_seconds(on_foot) <= limit)
    return np.where(walks | ~np.isfinite(by_bus), on_foot, by_bus)


def _beds_last(facts: Facts) -> Iterator[str]:
    """Pupils board from the boarding grade on, and where no other school is within daily reach."""
    boards = facts.moved[facts.moved["mode"] == "board"]
    if boards.empty:
        return
    norms, schools = facts.study.standards, facts.study.schools
    # The first grade of a band is its first character.
    first = boards["band"].str[0].astype(int)
    young = boards[first < norms.boarding_from_grade]
    if len(young):
        yield tr("pupils below the boarding grade board: {bands}", bands=joined(young["band"]))
    canteen = schools["canteen"].reindex(boards["to_school"]).to_numpy(dtype=bool)
    if not canteen.all():
        yield tr(
            "pupils board at schools without a canteen: {schools}",
            schools=joined(boards["to_school"][~canteen]),
        )
    public = (schools["ownership"] != "private").reindex(facts.teaches.index).to_numpy()
    # Searched row by row, apart from the models' own arrays.
    near = [
        row["settlement_id"]
        for _, row in boards.iterrows()
        if facts.limited and _has_day_way(facts, row, public)
    ]
    if near:
        yield tr(
            "pupils board although a daily way exists, from {settlements}", settlements=joined(near)
        )


def _has_day_way(facts: Facts, row: pd.Series, public: np.ndarray) -> bool:
    """Whether a group could go daily to some public school of its grades other than today's."""
    needed = [grade for grade in COMPULSORY_GRADES if row[grade] > 0]
    # Public schools that teach every grade of the group, but for its own; pairs one by school.
    fits = facts.teaches[needed].all(axis=1).to_numpy() & public
    sites = facts.teaches.index[fits].difference([row["from_school"]])
    settlement = pd.Index([row["settlement_id"]] * len(sites))
    limit = limit_seconds(facts, [row["band"]])[0]
    on_foot = whole_seconds(facts.walk.minutes_of(settlement, sites)) <= limit
    on_foot &= facts.walk.metres_of(settlement, sites) <= facts.study.standards.walk_limit_m
    by_bus = whole_seconds(facts.bus.minutes_of(settlement, sites)) <= limit
    return bool((on_foot | by_bus).any())
