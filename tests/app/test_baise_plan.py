"""The plan of the Baise study, as the main job leaves it: what the city's programme promises."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pyscipopt
import pytest

import layout
from layout.inputs.study.study import Study
from layout.location.closure.tables import ClosureInput
from layout.network.travel import StudyTravel
from layout.planning.consolidation import build_setting
from layout.planning.consolidation.model import closure_input
from layout.planning.consolidation.setting import Setting
from layout.planning.consolidation.views import view_of
from layout.planning.contract import PlanTables
from layout.planning.verify import failures
from tests.worlds.baise import BaisePlan
from tests.worlds.closing import closing

pytestmark = pytest.mark.slow

LEVELS = (
    *("added_pupil_seconds", "boarders", "lose_walking", "bus_seats", "worst_added_seconds"),
    *("pupil_seconds_after", "pupil_metres_after"),
)


@pytest.fixture(scope="module")
def solved(baise_study: Study, baise_ways: StudyTravel) -> PlanTables:
    """The closures alone, as a notebook makes them."""
    return closing(baise_study, close=84, ways=baise_ways)


@pytest.fixture(scope="module")
def setting(solved: PlanTables, baise_ways: StudyTravel) -> Setting:
    """The closure problem that they answer."""
    return build_setting(solved.study, baise_ways.walk, baise_ways.bus)


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


def test_every_level_is_proved(baise_plan: BaisePlan) -> None:
    run = layout.read_plan(baise_plan.folder).run_of("closures")
    assert run is not None
    assert tuple(level.level for level in run.levels) == LEVELS
    assert {level.status for level in run.levels} == {"proven"}
    assert [level.objective for level in run.levels] == [level.bound for level in run.levels]
    assert run.objective == run.levels[0].objective


def test_no_check_fails_and_no_group_goes_past_a_better_school(
    solved: PlanTables, baise_ways: StudyTravel
) -> None:
    assert failures(solved.study, baise_ways.walk, baise_ways.bus, solved) == ()


def test_every_candidate_says_what_forcing_it_would_do(baise_plan: BaisePlan) -> None:
    closures = baise_plan.table("closures")
    assert closures["replaces_if_kept"].notna().all()
    assert (closures["added_if_kept"] >= 0).all()
    table = baise_plan.table("candidates").set_index("school_id")
    assert table["closed"].sum() == 84
    asked = table[table["candidate"]]
    assert (asked["if_forced"] == asked["closed"].map({True: "kept", False: "closed"})).all()
    assert table.loc[~table["candidate"], ["if_forced", "added"]].isna().to_numpy().all()
    assert (asked["added"].dropna() >= 0).all()
    forced = table.loc[closures["school_id"]]
    assert forced["closes_then"].tolist() == closures["replaces_if_kept"].tolist()
    assert forced["added"].tolist() == closures["added_if_kept"].tolist()


@pytest.mark.parametrize("forced", ["kept", "closed"])
def test_forcing_a_school_in_full_costs_what_its_row_says(
    baise_plan: BaisePlan,
    baise_study: Study,
    baise_ways: StudyTravel,
    solved: PlanTables,
    forced: str,
) -> None:
    table = baise_plan.table("candidates").set_index("school_id")
    rows = table[(table["if_forced"] == forced) & table["added"].notna()].sort_values("added")
    now = solved.runs[0].objective
    assert now is not None
    # The cheapest, the middle one and the dearest.
    for at in (0, len(rows) // 2, len(rows) - 1):
        school = str(rows.index[at])
        lever = {"keep" if forced == "kept" else "must_close": (school,)}
        plan = closing(baise_study, close=84, ways=baise_ways, **lever)
        assert (school in plan.closed) == (forced == "closed")
        run = plan.runs[0]
        assert (run.achieved, run.levels[0].status) == (84, "proven")
        assert run.objective is not None
        assert run.objective - now == pytest.approx(60 * rows["added"].iloc[at], abs=0.01)


def test_another_solver_finds_no_cheaper_closures_in_a_county(
    solved: PlanTables, setting: Setting
) -> None:
    # Pupils stay in their county, so that its closures are the best of their number.
    counties = setting.candidates["county_code"].reindex(pd.Index(solved.closed))
    costs = view_of(solved, setting).costs.groupby(counties.to_numpy()).sum()
    number = counties.value_counts()
    assert number.sum() == 84
    for county in number.index:
        table = setting.candidates
        own = table.index[table["candidate"] & (table["county_code"] == county)]
        given = replace(closure_input(setting), candidates=tuple(own))
        assert least_cost(given, int(number[county])) == costs[county]


def least_cost(given: ClosureInput, number: int) -> int:
    """Least cost of the first level that SCIP finds for closing so many of the candidates."""
    sites, cost = list(given.candidates), given.levels[0]
    home = given.groups.loc[given.groups["site"].isin(sites), "site"]
    arcs = given.arcs[given.arcs["group"].isin(home.index)]
    model = pyscipopt.Model()
    model.hideOutput()
    model.setParam("limits/gap", 0.0)
    closes = {site: model.addVar(vtype="B") for site in sites}
    used = {arc: model.addVar(vtype="B") for arc in arcs.index}
    model.addCons(pyscipopt.quicksum(closes.values()) == number)
    by_group = arcs.groupby("group").groups
    for group, site in home.items():
        mine = [used[arc] for arc in by_group.get(group, ())]
        model.addCons(pyscipopt.quicksum(mine) - closes[site] == 0)
    for arc, site in arcs["site"].items():
        if site in closes:
            model.addCons(used[arc] + closes[site] <= 1)
    assert given.use is not None
    assert isinstance(given.resources, pd.Series)
    taken = given.use[given.use["arc"].isin(arcs.index)]
    for resource, part in taken.groupby("resource"):
        amounts = zip(part["arc"], part["amount"], strict=True)
        load = pyscipopt.quicksum(int(amount) * used[arc] for arc, amount in amounts)
        model.addCons(load <= int(given.resources[resource]))
    assert given.covers is not None
    for _, part in given.covers.groupby("cover"):
        if part["site"].isin(sites).all():
            model.addCons(
                pyscipopt.quicksum(closes[site] for site in part["site"]) <= len(part) - 1
            )
    values = zip(arcs.index, arcs[cost], strict=True)
    model.setObjective(pyscipopt.quicksum(int(value) * used[arc] for arc, value in values))
    model.optimize()
    assert model.getStatus() == "optimal"
    return round(model.getObjVal())


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


def test_a_notebook_closes_the_same_schools(baise_plan: BaisePlan, solved: PlanTables) -> None:
    closures = baise_plan.table("closures")
    assert solved.closures["school_id"].tolist() == closures["school_id"].tolist()
    decided = ["settlement_id", "band", "pupils", "from_school", "to_school", "mode"]
    saved = baise_plan.table("assignment")[decided]
    pd.testing.assert_frame_equal(
        solved.assignment[decided].astype(object), saved.astype(object), check_dtype=False
    )


def test_the_map_of_a_city_stays_small(baise_plan: BaisePlan) -> None:
    assert (baise_plan.folder / "index.html").stat().st_size < 4_000_000
