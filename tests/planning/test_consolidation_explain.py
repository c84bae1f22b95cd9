"""Every school gets a reason with its numbers."""

from __future__ import annotations

import pytest

from layout.app.plan import Plan
from layout.core.errors import UsageError
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from tests.worlds.closing import closing
from tests.worlds.closure_world import Home, School, grades_of, make_world

pytestmark = pytest.mark.slow

ALL = ("g1", "g2", "g3", "g4", "g5", "g6")


@pytest.fixture(scope="module")
def solved() -> tuple[Plan, StudyTravel]:
    schools = [
        School(key="shut", x=0, opposed=0.1),
        School(key="dear", x=9),
        School(key="belt", x=0, y=-9.0, flag=True),
        School(key="opposed", x=1, opposed=0.75),
        School(key="lost", x=60, township="t2"),
        School(key="last", x=0.4, township="t3"),
        School(key="kept", x=2),
        School(key="town", x=0.5, rural=False, classes=3),
        School(key="junior", x=0, type_code="311", grades=("g7", "g8", "g9")),
        School(key="private", x=0.6, ownership="private"),
    ]
    homes = [
        Home(key="h", x=0, attends=grades_of(1, "shut", *ALL)),
        Home(key="d", x=9, attends=grades_of(5, "dear", *ALL)),
        Home(key="l", x=60, attends=grades_of(1, "lost", *ALL)),
        Home(key="t", x=0.4, attends=grades_of(1, "last", "g1")),
        Home(key="o", x=1, attends=grades_of(1, "opposed", *ALL)),
        Home(key="b", x=0, y=-9.0, attends=grades_of(1, "belt", *ALL)),
        Home(key="k", x=2, attends=grades_of(20, "town", *ALL)),
    ]
    study, ways = make_world(schools, homes, border_y_km=-10.0)
    return closing(study, ways=ways, keep=("kept",), must_close=("shut",)), ways


@pytest.mark.parametrize(
    ("school", "words"),
    [
        ("shut", "school shut closes from autumn 2022."),
        ("shut", "all go to school last; 0.0 km and 0 min on foot today, 0.4 km and 6 min on foot"),
        ("shut", "From home h, grades 1-3: 3 pupils to school last; 0.0 km and 0 min on foot"),
        ("shut", "(a) parents pass"),
        ("shut", "It adds 70 pupil-minutes a day"),
        ("shut", "The next best receivers: school town (8 min on foot)"),
        ("dear", "It cannot close in any plan with so many closures."),
        ("belt", "official list"),
        ("belt", "m from the border"),
        ("opposed", "(75 % opposed)"),
        ("lost", "to another school that may receive them (6 pupils, from home l)"),
        ("last", "It receives 6 pupils from school shut."),
        ("last", "even as the only school: every township keeps its last complete primary school"),
        ("kept", "the scenario keeps it"),
        ("town", "it is not a rural school"),
        ("town", "(120 pupils)"),
        ("junior", "no primary school or teaching point"),
        ("private", "it is a private school"),
    ],
)
def test_explanations(solved: tuple[Plan, StudyTravel], school: str, words: str) -> None:
    plan, _ways = solved
    assert words in Plan.of(plan).explain(school)


def test_a_bound_is_told_where_the_exact_cost_is_not_worked_out(
    solved: tuple[Plan, StudyTravel],
) -> None:
    # By metres, minutes say nothing of what would close instead.
    plan, ways = solved
    by_metres = closing(plan.study, ways=ways, must_close=("shut",), objective="metres")
    assert "Closing it would add at least" in Plan.of(by_metres).explain("dear")


def test_what_is_drawn_says_of_every_school_what_explain_says(
    solved: tuple[Plan, StudyTravel],
) -> None:
    plan = Plan.of(solved[0])
    told = plan.drawn.explained
    assert told is not None
    assert list(told.schools) == sorted(plan.study.schools.index)
    for school, lines in told.schools.items():
        text = "\n".join(map(str, lines))
        assert text == plan.explain(school)
        assert f"school {school}" in text
        assert "{" not in text
        assert "nan" not in text


def test_today_can_be_explained_too(mini_study: Study) -> None:
    plan = Plan.of(closing(mini_study, close=0))
    assert all("stays open" in plan.explain(school) for school in mini_study.schools.index)


def test_an_unknown_school_is_refused(solved: tuple[Plan, StudyTravel]) -> None:
    plan, _ways = solved
    with pytest.raises(UsageError, match="no school nowhere"):
        Plan.of(plan).explain("nowhere")
