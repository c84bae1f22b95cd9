"""The final state: the assignment, less who is taken, plus who is served."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from layout.app.plan import Plan
from layout.planning.contract import ASSIGNMENT, SERVED
from layout.planning.final import final_state
from tests.worlds.fake_plan import fake_plan


def served(*rows: tuple[str, str, str, str, int, str]) -> pd.DataFrame:
    """Programme, site, settlement, band, pupils and school of each row, all of them on foot."""
    table = pd.DataFrame(rows, columns=list(SERVED[:6]))
    return table.assign(mode="walk", minutes=7.0, metres=500.0)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Two groups of one settlement at the same school in the end, one of which moved there."""
    made = fake_plan()
    groups = pd.DataFrame(
        [
            ("h", "1-3", 10, "a", "b", "walk", "walk"),
            ("h", "1-3", 4, "b", "b", "stay", "walk"),
            ("h", "4-6", 5, "b", "b", "stay", "walk"),
        ],
        columns=[
            "settlement_id",
            "band",
            "pupils",
            "from_school",
            "to_school",
            "mode",
            "mode_before",
        ],
    ).reindex(columns=list(ASSIGNMENT))
    return replace(made, assignment=groups, served=made.served.iloc[:0])


def test_without_sites_the_assignment_is_the_state(plan: Plan) -> None:
    pd.testing.assert_frame_equal(final_state(plan), plan.assignment)


def test_part_of_a_group_may_be_taken_by_several_sites(plan: Plan) -> None:
    rows = served(
        ("compulsory", "P-001", "h", "1-3", 8, "b"),
        ("compulsory", "P-002", "h", "1-3", 5, "b"),
        ("kindergarten", "K-001", "h", "preschool", 3, ""),
    )
    state = final_state(replace(plan, served=rows))
    assert state.columns.tolist() == list(ASSIGNMENT)
    assert state["pupils"].sum() == plan.assignment["pupils"].sum() + 3
    assert (state["pupils"] > 0).all()
    at = state.groupby("to_school")["pupils"].sum()
    assert at.to_dict() == {"b": 6, "P-001": 8, "P-002": 5, "K-001": 3}
    # Nobody's school of today changes.
    compulsory = state[state["from_school"] != ""]
    today = compulsory.groupby(["band", "from_school"])["pupils"].sum()
    assert today.to_dict() == {("1-3", "a"): 10, ("1-3", "b"): 4, ("4-6", "b"): 5}
    moved = state[state["to_school"].isin(["P-001", "P-002", "K-001"])]
    assert (moved["minutes_after"] == 7.0).all()
    assert (moved["mode"] == "walk").all()
