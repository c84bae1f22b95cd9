"""Forced schools, other numbers, other plans, prices and the largest number, by brute force."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import floor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from layout.core.errors import InfeasibleError
from layout.core.standards import GRADES
from layout.inputs.study.study import Study
from layout.location import close_sites
from layout.location.closure.what_if import closure_frontier
from layout.network.travel import StudyTravel
from layout.planning.consolidation import build_setting, with_forced, with_prices
from layout.planning.consolidation.model import closure_input
from layout.planning.consolidation.others import closing_others
from layout.planning.contract import RETAINED, PlanTables
from layout.planning.verify import failures
from tests.worlds.brute import BruteForce
from tests.worlds.closing import closing
from tests.worlds.closure_world import Home, School, grades_of, make_world
from tests.worlds.drawn import RELAXED, levers, worlds

pytestmark = pytest.mark.slow

World = tuple[Study, StudyTravel]
SECONDS = 60


def planned(world: World, **chosen: Any) -> tuple[World, PlanTables]:
    """The world under its levers, and its plan; worlds without one are left out."""
    study, ways = world
    study = study.with_options(**chosen)
    assume(BruteForce(study, ways).by_closed(chosen["close"]))
    return (study, ways), closing(study, ways=ways)


@pytest.mark.more
@RELAXED
@given(worlds(), st.integers(1, 2), levers())
def test_forcing_a_school_costs_what_brute_force_says(
    world: World, n: int, chosen: dict[str, Any]
) -> None:
    (study, ways), plan = planned(world, close=n, **chosen)
    told = with_forced(plan, build_setting(study, ways.walk, ways.bus))
    now, objective = set(plan.closed), plan.runs[0].objective
    assert objective is not None
    candidates = told.candidates[told.candidates["candidate"]]
    assert len(candidates)
    for row in candidates.itertuples():
        assert row.if_forced == ("kept" if row.school_id in now else "closed")
        # Only the school asked about may stay where it must close.
        must = tuple(one for one in study.options.must_close if one != row.school_id)
        sets = BruteForce(study.with_options(must_close=must), ways).by_closed(n)
        possible = {
            sites: value[0]
            for sites, value in sets.items()
            if (row.school_id in sites) != (row.school_id in now)
        }
        if not possible:
            assert (np.isnan(row.added), row.closes_then) == (True, "")
            continue
        least = min(possible.values())
        best = [sites for sites, value in possible.items() if value == least]
        nearest = max(len(sites & now) for sites in best)
        instead = {
            frozenset(sites - now - {row.school_id})
            for sites in best
            if len(sites & now) == nearest
        }
        assert frozenset(filter(None, row.closes_then.split(";"))) in instead
        if study.options.objective == "minutes":
            assert row.added * SECONDS == pytest.approx(least - objective)
        else:
            assert np.isnan(row.added)
    forced = told.candidates.set_index("school_id").loc[told.closures["school_id"]]
    assert told.closures["replaces_if_kept"].tolist() == forced["closes_then"].tolist()
    assert told.closures["added_if_kept"].to_numpy() == pytest.approx(
        forced["added"].to_numpy(), nan_ok=True
    )


@pytest.mark.more
@RELAXED
@given(worlds(), levers())
def test_each_number_costs_what_brute_force_says(world: World, chosen: dict[str, Any]) -> None:
    study, ways = world
    study = study.with_options(**chosen)
    setting, brute = build_setting(study, ways.walk, ways.bus), BruteForce(study, ways)
    # A school that must close and may not is refused before.
    assume(set(study.options.must_close) <= set(setting.closable))
    table = closure_frontier(closure_input(setting), range(4))
    for number, row in table.iterrows():
        assert isinstance(number, int)
        values = {sites: value[0] for sites, value in brute.by_closed(number).items()}
        assert row["objective"] == row["bound"] == min(values.values(), default=np.inf)
        assert row["status"] == ("proven" if values else "infeasible")
        if values:
            assert values[frozenset(row["closed"])] == row["objective"]


@pytest.mark.more
@RELAXED
@given(worlds(), st.integers(1, 2), levers(), st.sampled_from([0.0, 0.02, 0.5, 3.0]), st.data())
def test_other_plans_close_as_few_of_some_schools_as_can_be(
    world: World, n: int, chosen: dict[str, Any], within: float, data: st.DataObject
) -> None:
    (study, ways), plan = planned(world, close=n, **chosen)
    assert plan.runs[0].objective is not None
    limit = floor(plan.runs[0].objective * (1 + within))
    setting = build_setting(study, ways.walk, ways.bus)
    # The schools of the plan, as for the first alternative, and any others.
    more = data.draw(st.sets(st.sampled_from(sorted(setting.closable))))
    for avoid in (set(plan.closed), set(plan.closed) | more, more):
        other = closing_others(setting, n, limit=limit, avoid=avoid)
        assert other is not None
        ranked = {
            (len(sites & avoid), *value): sites
            for sites, value in BruteForce(study, ways).by_closed(n).items()
            if value[0] <= limit
        }
        few, *values = min(ranked)
        assert (other.avoided, other.bound, other.status) == (n - few, n - few, "proven")
        assert [level.objective for level in other.solution.levels[:-1]] == values
        assert {level.status for level in other.solution.levels} == {"proven"}


@pytest.mark.more
@RELAXED
@given(worlds(), st.integers(1, 2), st.sets(st.sampled_from(["s0", "s1", "s2"]), min_size=1))
def test_a_border_school_has_the_price_that_brute_force_says(
    world: World, n: int, flagged: set[str]
) -> None:
    study, ways = world
    schools = study.schools.assign(border_flag=study.schools.index.isin(flagged))
    study = replace(study, schools=schools)
    # Whom the belt keeps is kept: brute force knows no belt.
    keep = {school: tuple(sorted(flagged - {school})) for school in study.schools.index}
    assume(BruteForce(study.with_options(keep=tuple(sorted(flagged))), ways).best(n))
    plan = closing(study, close=n, ways=ways)
    study = plan.study
    retained = pd.DataFrame(dict.fromkeys(RETAINED, ""), index=sorted(study.schools.index))
    plan = replace(plan, retained=retained.assign(school_id=retained.index, price=np.nan))
    priced = with_prices(plan, build_setting(study, ways.walk, ways.bus))
    price = priced.retained.set_index("school_id")["price"]
    objective = plan.runs[0].objective
    assert objective is not None
    for school in price.index:
        best = BruteForce(study.with_options(keep=keep[school]), ways).best(n)
        assert best is not None
        saved = objective - best[0] if school in flagged else 0.0
        assert price[school] * SECONDS == pytest.approx(saved)


@pytest.mark.more
@RELAXED
@given(worlds(), levers())
def test_too_many_are_refused_with_the_plan_of_the_largest_number(
    world: World, chosen: dict[str, Any]
) -> None:
    study, ways = world
    study = study.with_options(**chosen)
    closable = build_setting(study, ways.walk, ways.bus).closable
    assume(set(study.options.must_close) <= set(closable))
    brute = BruteForce(study, ways)
    most = brute.most()
    assume(most >= len(study.options.must_close))
    with pytest.raises(InfeasibleError) as caught:
        closing(study, close=most + 1, ways=ways)
    told = caught.value.diagnosis
    assert (told["requested"], told["achievable"]) == (most + 1, most)
    assert told["achievable_proven"]
    numbers = told["without_rule"]
    assert isinstance(numbers, dict)
    assert numbers
    assert min(numbers.values()) >= most
    gains = {rule for rule, number in numbers.items() if number == max(numbers.values()) > most}
    assert set(filter(None, str(told["binding"] or "").split(";"))) == gains
    assert told["relaxations"] == [rule for rule, number in numbers.items() if number > most]
    for rule in ("meals", "places", "beds", "township"):
        if rule in numbers and rule not in study.options.drop:
            drop = tuple(sorted({*study.options.drop, rule}))
            assert numbers[rule] == BruteForce(study.with_options(drop=drop), ways).most()
    offer = caught.value.offer
    if most == 0:
        assert offer is None
        return
    assert isinstance(offer, PlanTables)
    assert (len(offer.closed), offer.runs[0].status) == (most, "infeasible")
    best = brute.best(most)
    assert best is not None
    assert offer.runs[0].levels[0].objective == best[0]
    assert failures(study, ways.walk, ways.bus, offer) == ()


def crowded(seed: int) -> World:
    """A row of small schools whose places are scarce, too many for a glance."""
    rng = np.random.default_rng(seed)
    schools = [
        School(key=f"s{i:02d}", x=float(rng.uniform(0, 30)), y=float(rng.uniform(0, 6)))
        for i in range(18)
    ]
    homes = [
        Home(
            key=f"h{i:02d}",
            x=float(rng.uniform(0, 30)),
            y=float(rng.uniform(0, 6)),
            attends=grades_of(int(rng.integers(1, 9)), schools[i % 18].key, *GRADES[3:9]),
        )
        for i in range(40)
    ]
    return make_world(schools, homes, large_class=30, class_size_primary=22, limit_minutes_1_3=60)


@pytest.mark.more
@pytest.mark.parametrize("most", [None, 2])
def test_a_plan_that_ends_with_a_gap_keeps_the_rules_and_leaves_no_better_move(
    monkeypatch: pytest.MonkeyPatch, most: int | None
) -> None:
    # A limit on nodes, not on time: every machine ends at the same plan.
    monkeypatch.setattr(
        "layout.planning.consolidation.model.close_sites", partial(close_sites, node_limit=0)
    )
    ended = []
    for seed in range(6):
        study, ways = crowded(seed)
        plan = closing(study, close=7, max_receivers=most, ways=ways)
        ended.append(plan.runs[0].status)
        assert failures(plan.study, ways.walk, ways.bus, plan) == ()
        moved = plan.assignment[plan.assignment["mode"] != "stay"]
        spread = moved.groupby("from_school")["to_school"].nunique()
        assert most is None or spread.max() <= most
    assert "gap" in ended
