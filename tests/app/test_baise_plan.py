"""The plan of the Baise study, as the main job leaves it: what the city's programme promises."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from tests.worlds.baise import BaisePlan
from tests.worlds.closing import closing

pytestmark = pytest.mark.slow


def test_exactly_84_close_and_none_that_is_protected(
    baise_plan: BaisePlan, baise_study: Study
) -> None:
    closures = baise_plan.table("closures")
    record = json.loads((baise_plan.folder / "run.json").read_text(encoding="utf-8"))
    run = next(model for model in record["models"] if model["model"] == "closures")
    assert (run["requested"], run["achieved"], run["status"]) == (84, 84, "proven")
    assert closures["school_id"].nunique() == len(closures) == 84
    assert set(closures["year"]) == {2022, 2023}
    closed = baise_study.schools.loc[closures["school_id"]]
    assert not closed["border_flag"].any()
    assert set(closed["type_code"]) <= {"211", "218"}
    assert set(closed["ownership"]) == {"public"}


def test_pupils_leave_closed_schools_for_open_ones_and_nobody_else_moves(
    baise_plan: BaisePlan,
) -> None:
    closed = set(baise_plan.table("closures")["school_id"])
    groups = baise_plan.table("assignment")
    moved = groups["from_school"].isin(closed)
    assert set(groups.loc[moved, "from_school"]) == closed
    assert not groups["to_school"].isin(closed).any()
    assert (groups.loc[~moved, "to_school"] == groups.loc[~moved, "from_school"]).all()
    assert (groups.loc[~moved, "mode"] == "stay").all()
    assert set(groups.loc[moved, "mode"]) <= {"walk", "bus", "board"}


def test_the_25_official_border_schools_are_retained(
    baise_plan: BaisePlan, baise_study: Study
) -> None:
    retained = baise_plan.table("retained").set_index("school_id")
    official = retained.index[retained["official"]]
    assert len(official) == 25
    assert set(official) == set(baise_study.schools.index[baise_study.schools["border_flag"]])
    assert retained.loc[official, "protected"].all()
    assert {"in", "out", "uncertain"} == set(retained["belt"])


def test_the_programmes_are_sited_in_full(baise_plan: BaisePlan, baise_study: Study) -> None:
    sites = baise_plan.table("sites")
    gardens = sites[sites["programme"] == "kindergarten"]
    assert (gardens["kind"] == "new").sum() == 17
    assert gardens[["classes", "places"]].sum().tolist() == [277, 8310]
    assert (sites[sites["programme"] == "compulsory"]["kind"] == "new").sum() == 12
    assert (sites["pupils_served"] <= sites["places"]).all()
    counties = baise_plan.table("counties")
    assert set(counties["county_code"]) == set(baise_study.units.index)
    assert counties["closed"].sum() == 84


def test_a_notebook_closes_the_same_schools(
    baise_plan: BaisePlan, baise_study: Study, baise_ways: StudyTravel
) -> None:
    plan = closing(baise_study, close=84, ways=baise_ways)
    closures = baise_plan.table("closures")
    assert plan.closures["school_id"].tolist() == closures["school_id"].tolist()
    decided = ["settlement_id", "band", "pupils", "from_school", "to_school", "mode"]
    saved = baise_plan.table("assignment")[decided]
    pd.testing.assert_frame_equal(
        plan.assignment[decided].astype(object), saved.astype(object), check_dtype=False
    )


def test_the_map_of_a_city_stays_small(baise_plan: BaisePlan) -> None:
    assert (baise_plan.folder / "index.html").stat().st_size < 4_000_000
