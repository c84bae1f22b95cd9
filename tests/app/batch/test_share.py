"""A number shared out over studies, against every allocation there is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.app.batch.share import Ask, Cost, Costs, Shared, share
from layout.core.errors import InfeasibleError, NoSolutionError, UsageError

V = TypeVar("V")

Menu = tuple[float, ...]
"""Least cost of 0, 1, … closures; infinite where impossible, as are all numbers beyond."""


def cost(menu: Menu, number: int) -> float:
    return menu[number] if number < len(menu) else math.inf


def asking(menus: Mapping[str, Menu], log: list[tuple[str, int]], *, bounded: bool = False) -> Ask:
    """Answers from known menus; with bounds of all numbers, each a third of the cost."""

    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        answers = {}
        for name, numbers in wanted.items():
            log.extend((name, number) for number in numbers)
            least = {number: cost(menus[name], number) for number in numbers}
            answers[name] = Costs(
                objective="metres",
                costs={
                    number: Cost(
                        value=value,
                        bound=value,
                        status="proven" if math.isfinite(value) else "infeasible",
                    )
                    for number, value in least.items()
                },
                bounds=tuple(math.floor(v / 3) if math.isfinite(v) else v for v in menus[name])
                if bounded
                else (),
            )
        return answers

    return ask


def best_of(
    menus: Mapping[str, Menu], total: int, least: Mapping[str, int], most: Mapping[str, int]
) -> tuple[float, dict[str, int] | None]:
    """The cheapest of all allocations, among equals the first in the order of names."""
    names = sorted(menus)
    value, best = math.inf, None
    for numbers in product(*(range(least[name], most[name] + 1) for name in names)):
        here = sum(cost(menus[name], n) for name, n in zip(names, numbers, strict=True))
        if sum(numbers) == total and here < value:
            value, best = here, dict(zip(names, numbers, strict=True))
    return value, best


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Menu], int, dict[str, int], dict[str, int]]:
    """Two to five studies; costs rise in steps of any size, ends may be impossible."""
    names = draw(st.permutations(["a", "b", "c", "d", "e"]))[: draw(st.integers(2, 5))]
    menus, least, most = {}, {}, {}
    for name in names:
        steps = draw(st.lists(st.sampled_from([0, 0, 1, 2, 3, 7, 30]), min_size=1, max_size=7))
        menu = [float(sum(steps[: at + 1])) for at in range(len(steps))]
        must = draw(st.integers(0, 2))
        menus[name] = tuple(
            [math.inf] * min(must, len(menu) - 1) + menu[min(must, len(menu) - 1) :]
        )
        least[name] = draw(st.integers(0, 2))
        most[name] = draw(st.integers(least[name], 9))
    total = draw(st.integers(0, 5 * len(names)))
    return menus, total, least, most


@given(worlds(), st.booleans())
@settings(max_examples=60)
def test_the_least_of_all_allocations(
    world: tuple[dict[str, Menu], int, dict[str, int], dict[str, int]], bounded: bool
) -> None:
    menus, total, least, most = world
    value, numbers = best_of(menus, total, least, most)
    log: list[tuple[str, int]] = []
    ask = asking(menus, log, bounded=bounded)
    if numbers is None:
        with pytest.raises(InfeasibleError) as refused:
            share(total, least=least, most=most, ask=ask)
        check_refusal(refused.value, world)
        return
    shared = share(total, least=least, most=most, ask=ask)
    assert (shared.value, shared.bound, shared.status, shared.gap) == (value, value, "proven", 0)
    assert shared.numbers == numbers
    assert list(shared.numbers) == sorted(menus)
    check_prices(menus, shared)
    # Whatever the order of studies and of answers.
    again = asking(backwards(menus), [], bounded=bounded)
    other = share(
        total,
        least=backwards(least),
        most=backwards(most),
        ask=lambda wanted: backwards(again(wanted)),
    )
    assert other == shared
    # Nothing is asked twice.
    assert len(log) == len(set(log)) == sum(map(len, shared.asked.values()))


def backwards(one: Mapping[str, V]) -> dict[str, V]:
    return dict(reversed(list(one.items())))


def check_prices(menus: Mapping[str, Menu], shared: Shared) -> None:
    """One more and one fewer cost what the menus say."""
    for name, number in shared.numbers.items():
        here = cost(menus[name], number)
        more, fewer = cost(menus[name], number + 1), cost(menus[name], number - 1)
        assert shared.one_more[name] == (more - here if math.isfinite(more) else None)
        possible = number > 0 and math.isfinite(fewer)
        assert shared.one_less[name] == (here - fewer if possible else None)


def check_refusal(
    refused: InfeasibleError,
    world: tuple[dict[str, Menu], int, dict[str, int], dict[str, int]],
) -> None:
    """The offer is the cheapest allocation of the nearest number that can be had."""
    menus, total, least, most = world
    told = refused.diagnosis
    sums = {0}
    for name, menu in menus.items():
        ends = range(least[name], most[name] + 1)
        sums = {n + m for n in sums for m in ends if math.isfinite(cost(menu, m))}
    assert told["total"] == total
    if not sums:
        assert told["offer"] is None
        return
    nearest = max((n for n in sums if n < total), default=min(sums))
    assert told["offer"] == refused.offer == best_of(menus, nearest, least, most)[1]
    if nearest == max(sums) and total > nearest:
        assert told["largest"] == told["offer"]
    if nearest == min(sums) and total < nearest:
        assert told["smallest"] == told["offer"]


def wide(seed: int) -> dict[str, Menu]:
    """Fourteen studies of 60 to 100 candidates, costs rising faster and faster, with jumps."""
    menus = {}
    for study in range(14):
        menu, level, state = [0.0], 0.0, seed * 14 + study + 1
        for number in range(60 + 3 * study):
            state = (state * 1103515245 + 12345) % 2**31
            level += number * (1 + study % 4) + state % 40
            menu.append(level)
        menus[f"s{study:02d}"] = tuple(menu)
    return menus


@pytest.mark.parametrize("seed", range(3))
def test_few_numbers_are_asked_where_the_studies_tell_bounds(seed: int) -> None:
    menus = wide(seed)
    least, most = dict.fromkeys(menus, 0), {name: len(menu) for name, menu in menus.items()}
    log: list[tuple[str, int]] = []

    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        # Bounds as relaxations give them: a little below every cost.
        return {
            name: replace(answer, bounds=tuple(v - v // 500 for v in menus[name]))
            for name, answer in asking(menus, log)(wanted).items()
        }

    shared = share(400, least=least, most=most, ask=ask)
    assert shared.status == "proven"
    assert sum(shared.numbers.values()) == 400
    assert len(log) < sum(map(len, menus.values())) / 5
    assert shared.rounds <= 12
    # Without any bound but those of smaller numbers it is the same, and still not all is asked.
    alone: list[tuple[str, int]] = []
    assert share(400, least=least, most=most, ask=asking(menus, alone)).numbers == shared.numbers
    assert len(alone) < sum(map(len, menus.values())) / 1.5


def test_costs_that_fall_are_noticed_and_solved() -> None:
    # Closing three costs less than closing two: no number between solved ones is bounded by them.
    menus = {"a": (0.0, 5.0, 9.0, 4.0, 6.0), "b": (0.0, 1.0, 1.0, 30.0, 40.0)}
    least, most = {"a": 0, "b": 0}, {"a": 4, "b": 4}
    shared = share(4, least=least, most=most, ask=asking(menus, []))
    assert (shared.numbers, shared.value) == ({"a": 3, "b": 1}, 5.0)


def gapped(menus: Mapping[str, Menu], slack: float) -> Ask:
    """Searches that the clock ends: values above the least, bounds below it."""

    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        answers = asking(menus, [])(wanted)
        return {
            name: replace(
                answer,
                costs={
                    n: Cost(value=c.value + slack, bound=c.bound - slack, status="gap")
                    if math.isfinite(c.value) and n
                    else c
                    for n, c in answer.costs.items()
                },
            )
            for name, answer in answers.items()
        }

    return ask


def test_gaps_of_the_studies_make_the_gap_of_the_whole() -> None:
    menus = {"a": (0.0, 10.0, 30.0), "b": (0.0, 12.0, 25.0)}
    least, most = {"a": 0, "b": 0}, {"a": 2, "b": 2}
    shared = share(2, least=least, most=most, ask=gapped(menus, 2.0))
    assert shared.status == "gap"
    assert (shared.numbers, shared.value, shared.bound) == ({"a": 1, "b": 1}, 26.0, 18.0)
    assert shared.gap == pytest.approx(8 / 26)
    assert shared.bound <= best_of(menus, 2, least, most)[0] <= shared.value


def test_a_limit_of_rounds_leaves_a_gap_that_is_stated() -> None:
    menus = wide(0)
    least, most = dict.fromkeys(menus, 0), {name: len(menu) for name, menu in menus.items()}
    best = share(400, least=least, most=most, ask=asking(menus, []))
    few = share(400, least=least, most=most, ask=asking(menus, []), rounds=12)
    assert few.status == "gap"
    # One more for the prices.
    assert few.rounds <= 13
    assert few.bound <= best.value <= few.value
    with pytest.raises(NoSolutionError):
        share(401, least=least, most=most, ask=asking(menus, []), rounds=1)


def test_studies_that_found_nothing_in_time() -> None:
    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        none = Cost(value=math.inf, bound=3.0, status="no_solution")
        return {
            name: Costs(objective="minutes", costs=dict.fromkeys(numbers, none))
            for name, numbers in wanted.items()
        }

    with pytest.raises(NoSolutionError):
        share(3, least={"a": 0}, most={"a": 5}, ask=ask)


def test_minutes_are_told_in_minutes() -> None:
    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        return {
            name: replace(answer, objective="minutes")
            for name, answer in asking({"a": (0.0, 60.0, 180.0)}, [])(wanted).items()
        }

    shared = share(1, least={"a": 0}, most={"a": 1}, ask=ask)
    assert (shared.value, shared.bound) == (1.0, 1.0)
    # One more is told although the ceiling forbids it: it is what the ceiling costs.
    assert (shared.one_more, shared.one_less) == ({"a": 2.0}, {"a": 1.0})
    json.dumps(shared.as_data(), allow_nan=False)


def test_studies_that_count_otherwise_share_nothing() -> None:
    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        answers = asking({"a": (0.0, 1.0), "b": (0.0, 1.0)}, [])(wanted)
        return {**answers, "b": replace(answers["b"], objective="minutes")}

    with pytest.raises(UsageError, match="they count: metres, minutes"):
        share(1, least={"a": 0, "b": 0}, most={"a": 1, "b": 1}, ask=ask)


@pytest.mark.parametrize(
    ("total", "least", "most", "told"),
    [
        (-1, {"a": 0}, {"a": 1}, "share: -1 is no number"),
        (1, {}, {}, "each have floor and ceiling"),
        (1, {"a": 0}, {"b": 1}, "each have floor and ceiling"),
        (1, {"a": 2, "b": 0}, {"a": 1, "b": True}, "b: True is no number"),
        (1, {"a": 2}, {"a": 1}, "a: the ceiling 1 is below the floor 2"),
    ],
)
def test_numbers_that_mean_nothing(
    total: int, least: dict[str, int], most: dict[str, int], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        share(total, least=least, most=most, ask=asking({"a": (0.0,)}, []))


def test_an_answer_is_the_same_from_json() -> None:
    answer = Costs(
        objective="minutes",
        costs={
            0: Cost(value=0.0, bound=0.0, status="proven"),
            7: Cost(value=math.inf, bound=math.inf, status="infeasible"),
        },
        bounds=(0.0, 12.0, math.inf),
    )
    text = json.dumps(answer.as_data(), allow_nan=False)
    assert Costs.from_data(json.loads(text)) == answer
