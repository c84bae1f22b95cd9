"""The model equals brute force, and its plans keep their promises in every small world."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.core.errors import InfeasibleError
from layout.core.standards import COMPULSORY_GRADES
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from layout.planning.verify import failures
from tests.worlds.brute import BruteForce
from tests.worlds.closing import closing
from tests.worlds.drawn import RELAXED, levers, worlds

pytestmark = pytest.mark.slow


@RELAXED
@given(worlds(), st.integers(1, 2))
def test_the_model_equals_brute_force(world: tuple[Study, StudyTravel], n: int) -> None:
    equals_brute_force(world, close=n)


@pytest.mark.more
@RELAXED
@given(worlds(), st.integers(1, 2), levers())
def test_every_lever_equals_brute_force(
    world: tuple[Study, StudyTravel], n: int, chosen: dict[str, Any]
) -> None:
    equals_brute_force(world, close=n, **chosen)


@pytest.mark.more
@settings(RELAXED, max_examples=150)
@given(worlds(), st.integers(1, 3), levers())
def test_every_lever_equals_brute_force_in_many_worlds(
    world: tuple[Study, StudyTravel], n: int, chosen: dict[str, Any]
) -> None:
    equals_brute_force(world, close=n, **chosen)


def equals_brute_force(world: tuple[Study, StudyTravel], **chosen: Any) -> None:
    study, ways = world
    study = study.with_options(**chosen)
    best = BruteForce(study, ways).best(chosen["close"])
    try:
        plan = closing(study, ways=ways)
    except InfeasibleError as error:
        assert best is None
        most = error.diagnosis.get("achievable", 0)
        assert isinstance(most, int)
        assert most < chosen["close"]
        return
    run = plan.runs[0]
    assert best == tuple(level.objective for level in run.levels)
    assert run.objective == best[0]
    assert {level.status for level in run.levels} == {"proven"}
    assert run.gap == 0
    assert failures(study, ways.walk, ways.bus, plan) == ()


@RELAXED
@given(worlds(most=6), st.integers(0, 3))
def test_pupils_are_conserved_and_only_those_of_closed_schools_move(
    world: tuple[Study, StudyTravel], n: int
) -> None:
    study, ways = world
    try:
        plan = closing(study, close=n, ways=ways)
    except InfeasibleError as error:
        if error.offer is None:
            return
        plan = error.offer  # type: ignore[assignment]
    assert study.attendance is not None
    assert plan.assignment["pupils"].sum() == study.attendance["pupils"].sum()
    moves = plan.assignment["from_school"] != plan.assignment["to_school"]
    assert (moves == plan.assignment["from_school"].isin(plan.closed)).all()
    assert not plan.assignment["to_school"].isin(plan.closed).any()
    assert failures(study, ways.walk, ways.bus, plan) == ()


@pytest.mark.more
@RELAXED
@given(worlds(), st.integers(1, 2), st.sampled_from(["places", "beds", "limits", "township"]))
def test_dropping_a_rule_never_makes_it_worse(
    world: tuple[Study, StudyTravel], n: int, rule: str
) -> None:
    study, ways = world
    try:
        held = closing(study, close=n, ways=ways)
    except InfeasibleError:
        return
    freed = closing(study, close=n, drop=(rule,), ways=ways)
    assert freed.runs[0].objective is not None
    assert held.runs[0].objective is not None
    assert freed.runs[0].objective <= held.runs[0].objective
    assert failures(study, ways.walk, ways.bus, freed) == ()


@pytest.mark.more
@RELAXED
@given(worlds(), st.randoms(use_true_random=False))
def test_rows_in_any_order_give_the_same_plan(
    world: tuple[Study, StudyTravel], random: object
) -> None:
    study, ways = world
    seed = random.randint(0, 9999)  # type: ignore[attr-defined]
    assert study.attendance is not None
    shuffled = replace(
        study,
        schools=study.schools.sample(frac=1, random_state=seed),
        settlements=study.settlements.sample(frac=1, random_state=seed + 1),
        attendance=study.attendance.sample(frac=1, random_state=seed + 2),
    )
    once, again = _answer(study, ways), _answer(shuffled, ways)
    assert again == once


def _answer(study: Study, ways: StudyTravel) -> str:
    """The plan, or the refusal, as text."""
    try:
        plan = closing(study, close=1, ways=ways)
    except InfeasibleError as error:
        return repr(error.diagnosis)
    return plan.closures.to_csv() + plan.assignment.to_csv()


@pytest.mark.more
@RELAXED
@given(worlds(most=6))
def test_with_everybody_at_the_nearest_school_closing_never_shortens_ways(
    world: tuple[Study, StudyTravel],
) -> None:
    study, ways = world
    assert study.attendance is not None
    pairs = ways.bus.pairs().sort_values(["origin", "minutes", "site"])
    nearest = pairs.drop_duplicates("origin").set_index("origin")["site"]
    study = _attending(study, dict(zip(nearest.index, nearest, strict=True)))
    # One kind of way for all, so that the nearest school is the same thing before and after.
    norms = {"walk_limit_m": 0.0, "limit_minutes_1_3": 1e3, "limit_minutes_4_6": 1e3}
    study = replace(study, standards=replace(study.standards, **norms))
    totals = []
    for n in range(3):
        try:
            plan = closing(study, close=n, ways=ways, drop=("places", "township"))
        except InfeasibleError:
            break
        rows = plan.assignment
        home, to = rows["settlement_id"].tolist(), rows["to_school"].tolist()
        totals.append(float((ways.bus.minutes_of(home, to) * rows["pupils"]).sum()))
        added = plan.runs[0].objective
        assert added is not None
        # Whole seconds: each pupil's way is rounded to half a second at most, twice a day.
        slack = 2 * int(rows["pupils"].sum())
        assert abs(added - 2 * 60 * (totals[-1] - totals[0])) <= slack
    assert totals == sorted(totals)


def _attending(study: Study, nearest: dict[str, str]) -> Study:
    """Return the study with every pupil at the nearest school, which then teaches all grades."""
    assert study.attendance is not None
    attendance = study.attendance.assign(school_id=study.attendance["settlement_id"].map(nearest))
    schools = study.schools.copy()
    for grade in COMPULSORY_GRADES:
        here = attendance[attendance["grade"] == grade].groupby("school_id")["pupils"].sum()
        schools[f"pupils_{grade}"] = here.reindex(schools.index, fill_value=0).astype(int)
        schools[f"classes_{grade}"] = 1
    return replace(study, attendance=attendance, schools=schools)
