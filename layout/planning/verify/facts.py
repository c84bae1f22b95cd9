"""The raw facts that a plan is checked against, read from the study's tables alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from layout.core.arrays import Floats, Ints
from layout.core.standards import BAND_OF_GRADE, COMPULSORY_GRADES, STAGES
from layout.core.text import tr
from layout.inputs.study.part import whole_of
from layout.inputs.study.study import ConsolidateOptions, Study
from layout.network.travel import TravelMatrix, study_travel
from layout.planning.contract import PlanTables

__all__ = [
    "KEYS",
    "Facts",
    "gather",
    "joined",
    "limit_seconds",
    "of_the_whole",
    "seconds_before",
    "whole_seconds",
]

KEYS = ["settlement_id", "band", "school_id"]
SHOWN = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What the checks look at.

    Attributes
    ----------
    study, plan, walk, bus
        As given.
    options
        The levers that the plan was made with.
    groups
        Pupils by grade (columns) of every settlement, band and school (index), from attendance.
    rows
        The plan's assignment with the pupils by grade of each row (0 where the row is unknown).
    teaches
        Schools × grades that may be taught there.
    walk_seconds, bus_seconds
        Whole seconds of each entry of the matrices.
    """

    study: Study
    plan: PlanTables
    walk: TravelMatrix
    bus: TravelMatrix
    options: ConsolidateOptions
    groups: pd.DataFrame
    rows: pd.DataFrame
    teaches: pd.DataFrame
    walk_seconds: Floats
    bus_seconds: Floats

    @cached_property
    def moved(self) -> pd.DataFrame:
        """Rows whose school changes."""
        return self.rows[self.rows["from_school"] != self.rows["to_school"]]

    @cached_property
    def schools(self) -> dict[str, Mapping[Any, Any]]:
        """Each school of the study as a row: its values by column."""
        rows = pd.DataFrame(self.study.schools).to_dict("index")
        return {str(school): row for school, row in rows.items()}

    @property
    def closed(self) -> set[str]:
        """Schools that the plan closes."""
        return set(self.plan.closures["school_id"])

    @property
    def limited(self) -> bool:
        """Whether the limits on the way to school are in force."""
        return "limits" not in self.options.drop


def gather(study: Study, walk: TravelMatrix, bus: TravelMatrix, plan: PlanTables) -> Facts:
    """Read the facts from a study; `layout.planning.verify.failures` says what they are for."""
    attendance = study.attendance if study.attendance is not None else plan.study.attendance
    if attendance is None:
        groups = pd.DataFrame(columns=list(COMPULSORY_GRADES), dtype="int64")
        groups.index = pd.MultiIndex.from_arrays([[], [], []], names=KEYS)
    else:
        groups = _groups(attendance)
    # Pupils by grade beside each row of the plan, in its order.
    keys = pd.MultiIndex.from_frame(plan.assignment[["settlement_id", "band", "from_school"]])
    counts = groups.reindex(keys.set_names(KEYS), fill_value=0).reset_index(drop=True)
    rows = plan.assignment.reset_index(drop=True)
    return Facts(
        study=study,
        plan=plan,
        walk=walk,
        bus=bus,
        options=plan.study.options,
        groups=groups,
        rows=pd.concat([rows, counts], axis=1),
        teaches=_teaches(study.schools),
        walk_seconds=whole_seconds(walk.minutes),
        bus_seconds=whole_seconds(bus.minutes),
    )


def of_the_whole(facts: Facts) -> Facts:
    """The schools, people and ways of the whole study where the plan is of one county of it."""
    whole = whole_of(facts.study)
    if whole is None:
        return facts
    ways = study_travel(whole)
    return replace(
        facts,
        study=whole,
        walk=ways.walk,
        bus=ways.bus,
        teaches=_teaches(whole.schools),
        walk_seconds=whole_seconds(ways.walk.minutes),
        bus_seconds=whole_seconds(ways.bus.minutes),
    )


def limit_seconds(facts: Facts, bands: Iterable[str]) -> Ints:
    """Limits of bands in whole seconds."""
    norms = facts.study.standards
    minutes = {
        "1-3": norms.limit_minutes_1_3,
        "4-6": norms.limit_minutes_4_6,
        "7-9": norms.limit_minutes_7_9,
    }
    code, names = pd.factorize(pd.Series(bands, dtype="object"))
    return np.array([int(60 * minutes[band]) for band in names], dtype=np.int64)[code]


def whole_seconds(minutes: object) -> Floats:
    """Whole seconds of minutes; missing and unreachable stay infinite."""
    values = np.asarray(minutes, dtype=np.float64)
    return np.where(np.isnan(values), np.inf, np.rint(values * 60))


def joined(names: Iterable[object]) -> str:
    """The first few of some names in a sentence, and how many more there are."""
    distinct = sorted({str(name) for name in names})
    if len(distinct) <= SHOWN:
        return ", ".join(distinct)
    return tr(
        "{some} and {count} more", some=", ".join(distinct[:SHOWN]), count=len(distinct) - SHOWN
    )


def seconds_before(facts: Facts, rows: pd.DataFrame) -> Floats:
    """One-way seconds of today: infinite beyond the cut-off, 0 where nothing is known."""
    minutes = rows["minutes_before"].to_numpy(dtype=float)
    # By row: whether both ends are on some road network. If so, no minutes mean beyond the cut-off.
    known = np.zeros(len(rows), dtype=bool)
    for matrix in (facts.walk, facts.bus):
        start = (matrix.origin_status == "ok").reindex(rows["settlement_id"], fill_value=False)
        end = (matrix.site_status == "ok").reindex(rows["from_school"], fill_value=False)
        known |= start.to_numpy(dtype=bool) & end.to_numpy(dtype=bool)
    return np.where(np.isnan(minutes), np.where(known, np.inf, 0.0), np.rint(minutes * 60))


def _groups(attendance: pd.DataFrame) -> pd.DataFrame:
    rows = attendance[attendance["grade"].isin(COMPULSORY_GRADES) & (attendance["school_id"] != "")]
    rows = rows.assign(band=rows["grade"].map(BAND_OF_GRADE))
    # Groups × grades; a group without pupils is none.
    counts = rows.groupby([*KEYS, "grade"])["pupils"].sum().unstack("grade", fill_value=0)
    counts = counts.reindex(columns=list(COMPULSORY_GRADES), fill_value=0).astype("int64")
    return counts[counts.sum(axis=1) > 0]


def _teaches(schools: pd.DataFrame) -> pd.DataFrame:
    """Grades with pupils or classes; a multigrade class fills the gaps between primary grades."""
    # Schools × grades: taught where there are pupils or classes.
    some = np.stack(
        [
            (schools[f"pupils_{g}"] + schools[f"classes_{g}"]).to_numpy() > 0
            for g in COMPULSORY_GRADES
        ],
        axis=1,
    )
    special = schools["type_code"].str.startswith("5").to_numpy(dtype=bool)
    mixed = (schools["classes_mixed"] > 0).to_numpy(dtype=bool)
    for school in np.flatnonzero(mixed):
        # From the first to the last primary grade that is taught.
        primary = np.flatnonzero(some[school, : len(STAGES["primary"])])
        if primary.size:
            some[school, primary[0] : primary[-1] + 1] = True
    some[special] = False
    return pd.DataFrame(some, index=schools.index, columns=list(COMPULSORY_GRADES))
