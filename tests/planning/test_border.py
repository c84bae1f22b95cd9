"""The belt's price is the difference of two plans, and doubt is told."""

from __future__ import annotations

import pytest

from layout.app.plan import Plan
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from layout.planning.border import WITHOUT_RETENTION, border_alternative, retain_border
from layout.planning.contract import RETAINED
from layout.planning.verify import failures
from tests.worlds.closing import closing
from tests.worlds.closure_world import Home, School, grades_of, make_world

pytestmark = pytest.mark.slow

ALL = ("g1", "g2", "g3", "g4", "g5", "g6")


@pytest.fixture(scope="module")
def world() -> tuple[Study, StudyTravel]:
    """``in`` is the cheapest to close and lies in the belt; ``out`` is the next."""
    schools = [
        School(key="in", x=0, y=1.0),
        School(key="near", x=0.2, y=3.1, error_m=200.0),
        School(key="out", x=2.0, y=6.0),
        School(key="flag", x=4.0, y=6.0, flag=True),
        School(key="big", x=0.5, y=2.0, rural=False, classes=3),
    ]
    homes = [
        Home(key="hi", x=0, y=1.0, attends=grades_of(1, "in", *ALL)),
        Home(key="hn", x=0.2, y=3.1, attends=grades_of(1, "near", *ALL)),
        Home(key="ho", x=2.0, y=6.0, attends=grades_of(2, "out", *ALL)),
        Home(key="hf", x=4.0, y=6.0, attends=grades_of(9, "flag", *ALL)),
    ]
    return make_world(schools, homes, border_y_km=0.0)


@pytest.fixture(scope="module")
def plan(world: tuple[Study, StudyTravel]) -> Plan:
    study, ways = world
    return retain_border(closing(study, ways=ways))


def test_retained_schools_stay_and_the_table_is_complete(plan: Plan) -> None:
    assert list(plan.closed) == ["out"]
    assert tuple(plan.retained.columns) == RETAINED
    table = plan.retained.set_index("school_id")
    assert table["belt"].to_dict() == {
        "big": "in",
        "flag": "out",
        "in": "in",
        "near": "uncertain",
        "out": "out",
    }
    assert set(table.index[table["protected"]]) == {"big", "flag", "in", "near"}
    assert table["official"].to_dict()["flag"]


def test_the_alternative_closes_what_the_belt_keeps(
    world: tuple[Study, StudyTravel], plan: Plan
) -> None:
    study, ways = world
    other = plan.alternatives[WITHOUT_RETENTION]
    assert list(other.closed) == ["in"]
    assert WITHOUT_RETENTION in other.name
    assert failures(study, ways.walk, ways.bus, other) == ()
    assert failures(study, ways.walk, ways.bus, plan) == ()


def test_the_price_is_the_difference_of_the_two(
    world: tuple[Study, StudyTravel], plan: Plan
) -> None:
    found = border_alternative(plan)
    other = plan.alternatives[WITHOUT_RETENTION]
    assert plan.runs[0].objective is not None
    assert other.runs[0].objective is not None
    assert found.price_seconds == plan.runs[0].objective - other.runs[0].objective
    assert found.price_seconds > 0
    assert found.closed_without == ("in",)


def test_the_notes_say_it_in_words(plan: Plan) -> None:
    text = "\n".join(map(str, plan.notes))
    assert "1 school on the official list, 2 inside by geometry, 1 whose" in text
    metres = plan.retained.set_index("school_id")["distance_m"]["near"]
    assert f"geometry alone cannot tell: school near ({metres:.0f} ± 200 m)." in text
    assert "outside the belt by geometry: school flag." in text
    assert "Without retention 1 of the protected schools would close: school in." in text
    assert "retention costs" in text


def test_a_given_plan_is_completed_and_kept(world: tuple[Study, StudyTravel]) -> None:
    study, ways = world
    given = closing(study, close=2, close_uncertain=True, ways=ways)
    plan = retain_border(given)
    assert list(plan.closed) == ["near", "out"]
    assert plan.closures.equals(given.closures)
    protected = plan.retained.set_index("school_id")["protected"]
    assert not protected["near"]
    assert len(plan.alternatives[WITHOUT_RETENTION].closed) == 2


def test_a_plan_that_leaves_the_belt_out_has_no_alternative(
    world: tuple[Study, StudyTravel],
) -> None:
    study, ways = world
    given = closing(study, drop=("belt",), ways=ways)
    plan = retain_border(given)
    assert WITHOUT_RETENTION not in plan.alternatives
    assert len(plan.retained) == 5


def test_a_belt_of_no_width_retains_nobody() -> None:
    schools = [School(key="a", x=0, y=1.0), School(key="b", x=1, y=1.0, rural=False)]
    homes = [Home(key="h", x=0, y=1.0, attends=grades_of(1, "a", *ALL))]
    study, ways = make_world(schools, homes, border_y_km=0.0, belt_m=0.0)
    plan = retain_border(closing(study, ways=ways))
    assert list(plan.closed) == ["a"]
    assert not plan.retained["protected"].any()
    assert set(plan.retained["belt"]) == {"out"}
