"""Tiny worlds and levers, drawn at random, small enough for brute force."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel
from tests.worlds.closure_world import COUNTY, OTHER, Home, School, grades_of, make_world

RELAXED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    # A world is small as it is; making it smaller takes minutes and tells little more.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def worlds(draw: st.DrawFn, *, most: int = 5) -> tuple[Study, StudyTravel]:
    """Tiny worlds in which places, beds and limits often bind."""
    n_schools = draw(st.integers(3, most))
    schools = [
        School(
            key=f"s{i}",
            x=draw(st.integers(0, 24)),
            y=draw(st.integers(0, 3)),
            type_code=draw(st.sampled_from(["211", "211", "218"])),
            township=draw(st.sampled_from(["t1", "t2"])),
            county=draw(st.sampled_from([COUNTY, COUNTY, COUNTY, OTHER])),
            canteen=draw(st.sampled_from([True, True, False, None])),
            centre=draw(st.sampled_from(["", "s0"])),
            beds=draw(st.sampled_from([0, 0, 4])),
            boarders=draw(st.sampled_from([0, 1])),
            classes=draw(st.sampled_from([0, 1])) if i else 1,
            mixed=1,
        )
        for i in range(n_schools)
    ]
    homes = []
    for i in range(draw(st.integers(2, 4))):
        school = f"s{draw(st.integers(0, n_schools - 1))}"
        attends = grades_of(draw(st.integers(1, 12)), school, draw(st.sampled_from(["g1", "g2"])))
        if draw(st.booleans()):
            attends |= grades_of(draw(st.integers(1, 5)), school, "g5")
        homes.append(Home(key=f"h{i}", x=draw(st.integers(0, 24)), attends=attends))
    # Small classes and short limits, so that every rule has something to say.
    return make_world(
        schools,
        homes,
        class_size_primary=draw(st.sampled_from([3, 45])),
        class_size_point=draw(st.sampled_from([8, 30])),
        large_class=draw(st.sampled_from([12, 56])),
        limit_minutes_1_3=draw(st.sampled_from([20, 30, 60])),
        limit_minutes_4_6=draw(st.sampled_from([15, 60])),
    )


@st.composite
def levers(draw: st.DrawFn) -> dict[str, Any]:
    """Some levers, each set in about half of the draws."""
    ids = st.sampled_from(["s0", "s1", "s2"])
    choices: dict[str, st.SearchStrategy[Any]] = {
        "objective": st.sampled_from(["metres", "bus_seats"]),
        "across_counties": st.just(value=True),
        "max_receivers": st.integers(1, 2),
        "prefer_receivers": st.sampled_from(["complete", "centre"]),
        "min_receiver_pupils": st.integers(1, 20),
        "forbid_receiver": ids.map(lambda one: (one,)),
        "keep": ids.map(lambda one: (one,)),
        "must_close": ids.map(lambda one: (one,)),
        "quota": st.tuples(st.sampled_from([COUNTY, OTHER, "t1"]), st.integers(0, 1)).map(
            lambda one: (one,)
        ),
        "drop": st.sampled_from(["beds", "meals", "places", "township"]).map(lambda one: (one,)),
    }
    chosen = {name: draw(values) for name, values in choices.items() if draw(st.booleans())}
    if chosen.get("keep") == chosen.get("must_close"):
        chosen.pop("must_close", None)
    return chosen
