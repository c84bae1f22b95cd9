"""Groups hold every pupil once, with the way to school of today."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from layout.core.errors import UsageError
from layout.core.standards import COMPULSORY_GRADES, Standards
from layout.demand.groups import boarding_bands, group_counts, groups, seconds
from layout.inputs.study.study import Study
from layout.network.travel import study_travel
from tests.worlds.closure_world import Home, School, grades_of, make_world

KEYS = ["settlement_id", "band", "school_id"]


def test_every_pupil_of_the_compulsory_stage_is_in_one_group(mini_study: Study) -> None:
    ways = study_travel(mini_study)
    table = groups(mini_study, ways.walk, ways.bus)
    schools = mini_study.schools
    for grade in COMPULSORY_GRADES:
        here = table.groupby("school_id")[f"n_{grade}"].sum()
        expected = schools[f"pupils_{grade}"]
        assert (here.reindex(schools.index, fill_value=0) == expected).all()
    counts = [f"n_{grade}" for grade in COMPULSORY_GRADES]
    assert (table[counts].sum(axis=1) == table["pupils"]).all()
    keys = pd.MultiIndex.from_frame(table[KEYS])
    assert keys.is_unique
    assert keys.is_monotonic_increasing


def test_children_who_attend_no_school_make_no_group(mini_study: Study) -> None:
    assert mini_study.attendance is not None
    table = group_counts(mini_study.attendance)
    assert (table["school_id"] != "").all()


def test_a_settlement_that_attends_two_schools_is_two_groups() -> None:
    homes = [Home(key="h", x=0, attends={("g1", "a"): 2, ("g2", "b"): 3, ("g4", "a"): 1})]
    study, ways = make_world([School(key="a", x=1), School(key="b", x=0)], homes)
    table = groups(study, ways.walk, ways.bus)
    keys = list(table[KEYS].itertuples(index=False, name=None))
    assert keys == [("h", "1-3", "a"), ("h", "1-3", "b"), ("h", "4-6", "a")]
    assert table["pupils"].tolist() == [2, 3, 1]


def test_on_foot_to_the_limit_then_by_bus_then_to_a_bed() -> None:
    schools = [
        School(key="a", x=0, boarders=5, beds=5),
        School(key="b", x=0),
    ]
    homes = [
        Home(key="near", x=2.0, attends=grades_of(1, "a", "g1", "g4")),
        Home(key="mid", x=2.1, attends=grades_of(1, "a", "g1", "g4")),
        Home(key="far", x=40.0, attends=grades_of(1, "a", "g1", "g4") | grades_of(1, "b", "g5")),
    ]
    study, ways = make_world(schools, homes)
    mode = groups(study, ways.walk, ways.bus).set_index(KEYS)["mode_before"]
    assert mode["near", "1-3", "a"] == "walk"
    assert mode["mid", "1-3", "a"] == "bus"
    assert mode["far", "4-6", "a"] == "board"
    assert mode["far", "1-3", "a"] == "bus"
    assert mode["far", "4-6", "b"] == "bus"


def test_a_way_that_the_matrices_do_not_hold_is_missing_and_beyond() -> None:
    homes = [
        Home(key="far", x=40.0, attends=grades_of(1, "a", "g1")),
        Home(key="near", x=0.0, attends=grades_of(1, "a", "g1")),
    ]
    study, ways = make_world([School(key="a", x=0), School(key="b", x=40)], homes, cutoff_km=10)
    row = groups(study, ways.walk, ways.bus).set_index(KEYS).loc[("far", "1-3", "a")]
    assert np.isnan(row["minutes_before"])
    assert row["beyond"]


def test_attendance_has_to_be_there(mini_study: Study) -> None:
    ways = study_travel(mini_study)
    with pytest.raises(UsageError, match="attendance"):
        groups(replace(mini_study, attendance=None), ways.walk, ways.bus)
    given = groups(
        replace(mini_study, attendance=None),
        ways.walk,
        ways.bus,
        attendance=mini_study.attendance,
    )
    assert given.equals(groups(mini_study, ways.walk, ways.bus))


def test_rows_in_any_order_give_the_same_groups(mini_study: Study) -> None:
    ways = study_travel(mini_study)
    assert mini_study.attendance is not None
    shuffled = mini_study.attendance.sample(frac=1, random_state=1)
    once = groups(mini_study, ways.walk, ways.bus)
    assert groups(mini_study, ways.walk, ways.bus, attendance=shuffled).equals(once)


def test_bands_may_board_from_the_boarding_grade_on() -> None:
    assert boarding_bands(Standards()) == ("4-6", "7-9")
    assert boarding_bands(Standards(boarding_from_grade=5)) == ("7-9",)


def test_seconds_are_whole() -> None:
    assert seconds(np.array([0.0, 0.991, 30.0])).tolist() == [0, 59, 1800]
