"""Sites and classes shared out over studies, against every allocation there is."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.app.batch.sites import (
    AskSites,
    SharedSites,
    SiteCosts,
    costs_of_sites,
    share_sites,
)
from layout.core.errors import InfeasibleError, NoSolutionError, UsageError
from layout.inputs.study.study import Study
from layout.location.modular import sharing
from layout.location.modular.sharing import FIRST, Frame
from layout.planning.siting.kindergarten import worth
from tests.worlds.batch import STUDY, run_batch, write_studies

Pair = tuple[int, int]
World = dict[str, tuple[Frame, dict[Pair, float]]]


def world_of(name: str, sites: int, room: int, gains: list[int], floors: list[int]) -> World:
    """One study: sites of 2 or 3 classes; what a further site, class, or expansion adds."""
    frame = Frame(least=2, most=3, sites=sites, room=room, size=30, left=(10_000,))
    costs = {}
    for n, c in product(range(sites + 1), range(3 * sites + room + 1)):
        if not 2 * n <= c <= 3 * n + room:
            continue
        grows = c > 3 * n
        # Never rises with sites, spare classes, or leave to grow; jumps of any size.
        spare = c - 2 * n
        served = sum(gains[:n]) + sum(gains[-spare:] if spare else []) + 5 * grows
        missing = max(0, sum(floors) - sum(floors[: n + spare // 2]) - grows)
        costs[n, c] = FIRST * missing - served
    return {name: (frame, costs)}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, Pair, dict[str, Pair], dict[str, Pair]]:
    names = draw(st.permutations(["a", "b", "c"]))[: draw(st.integers(1, 3))]
    world: World = {}
    least, most = {}, {}
    for name in names:
        gains = draw(st.lists(st.sampled_from([0, 0, 1, 3, 4, 20]), min_size=9, max_size=9))
        floors = draw(st.lists(st.sampled_from([0, 0, 1, 2]), min_size=9, max_size=9))
        world |= world_of(name, draw(st.integers(0, 3)), draw(st.integers(0, 3)), gains, floors)
        least[name] = (draw(st.integers(0, 1)), draw(st.integers(0, 3)))
        most[name] = (draw(st.integers(least[name][0], 4)), draw(st.integers(least[name][1], 12)))
    total = (draw(st.integers(0, 2 * len(names))), draw(st.integers(0, 6 * len(names))))
    return world, total, least, most


def asking(world: World, log: list[tuple[str, Pair]], *, slack: float = 0.0) -> AskSites:
    def ask(wanted: Mapping[str, tuple[Pair, ...]]) -> dict[str, SiteCosts]:
        answers = {}
        for name, pairs in wanted.items():
            log.extend((name, pair) for pair in pairs)
            frame, costs = world[name]
            least = {pair: costs.get(pair, math.inf) for pair in pairs}
            answer = SiteCosts(
                pairs={pair: (cost + slack, cost - slack) for pair, cost in least.items()},
                bounds=frame,
            )
            answers[name] = SiteCosts.from_data(json.loads(json.dumps(answer.as_data())))
        return answers

    return ask


def best_of(
    world: World, total: Pair, least: Mapping[str, Pair], most: Mapping[str, Pair]
) -> tuple[float, dict[str, Pair] | None]:
    """The least of all allocations, among equals the first in the order of names."""
    names = sorted(world)
    value, best = math.inf, None
    for pairs in product(*(sorted(world[name][1]) for name in names)):
        inside = all(
            low <= number <= high
            for name, pair in zip(names, pairs, strict=True)
            for low, number, high in zip(least[name], pair, most[name], strict=True)
        )
        if not inside or tuple(np.sum(pairs, axis=0)) != total:
            continue
        here = sum(world[name][1][pair] for name, pair in zip(names, pairs, strict=True))
        if here < value:
            value, best = here, dict(zip(names, pairs, strict=True))
    return value, best


def cost_of(shared: SharedSites) -> float:
    return FIRST * shared.missing - shared.served


@given(worlds())
@settings(max_examples=80, deadline=None)
def test_the_least_of_all_allocations(
    drawn: tuple[World, Pair, dict[str, Pair], dict[str, Pair]],
) -> None:
    world, total, least, most = drawn
    value, numbers = best_of(world, total, least, most)
    log: list[tuple[str, Pair]] = []
    if numbers is None:
        with pytest.raises(InfeasibleError) as refused:
            share_sites(total, least=least, most=most, ask=asking(world, log), rounds=500)
        assert refused.value.diagnosis["total"] == list(total)
        return
    shared = share_sites(total, least=least, most=most, ask=asking(world, log), rounds=500)
    assert (cost_of(shared), shared.status, shared.gap) == (value, "proven", 0)
    assert shared.numbers == numbers
    assert (shared.missing_bound, shared.served_bound) == (shared.missing, shared.served)
    # Nothing is asked twice.
    assert len(log) == len(set(log)) == sum(map(len, shared.asked.values()))
    json.dumps(shared.as_data(), allow_nan=False)


@given(worlds(), st.sampled_from([1.0, 20.0, 200.0]))
@settings(max_examples=60, deadline=None)
def test_a_table_in_steps_keeps_its_bound_below_the_best(
    drawn: tuple[World, Pair, dict[str, Pair], dict[str, Pair]], sums: float
) -> None:
    world, total, least, most = drawn
    value, numbers = best_of(world, total, least, most)
    if numbers is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sharing, "MOST_SUMS", sums)
        try:
            shared = share_sites(total, least=least, most=most, ask=asking(world, []), rounds=500)
        except NoSolutionError:
            # No allocation has a multiple everywhere but in one study.
            return
    assert tuple(np.sum(list(shared.numbers.values()), axis=0)) == total
    told = sum(world[name][1][pair] for name, pair in shared.numbers.items())
    assert told == cost_of(shared) >= value
    bound = FIRST * shared.missing_bound - (shared.served_bound or 0)
    if shared.served_bound is not None:
        assert bound <= value
    assert shared.missing_bound * FIRST <= value + FIRST
    assert (shared.status == "proven") == (shared.gap == 0)


def rising(name: str, costs: Mapping[Pair, float]) -> World:
    frame = Frame(least=1, most=2, sites=3, room=0, size=9, left=(1_000,))
    return {name: (frame, dict(costs))}


def test_costs_that_rise_are_noticed_and_solved() -> None:
    # Two sites are worth less than one: no pair is bounded by another one then.
    costs = {(0, 0): 0.0, (1, 1): -9.0, (1, 2): -9.0, (2, 2): -3.0, (2, 3): -3.0, (2, 4): -3.0}
    costs |= {(3, c): -12.0 for c in (3, 4, 5, 6)}
    other = {**costs, (2, 2): -10.0, (2, 3): -10.0, (2, 4): -10.0}
    world = rising("a", costs) | rising("b", other)
    ends = dict.fromkeys(world, (0, 0)), dict.fromkeys(world, (3, 6))
    for total in ((3, 4), (4, 6), (2, 3)):
        shared = share_sites(total, least=ends[0], most=ends[1], ask=asking(world, []), rounds=500)
        value, numbers = best_of(world, total, *ends)
        assert (cost_of(shared), shared.numbers) == (value, numbers)


def test_gaps_of_the_studies_make_the_gap_of_the_whole() -> None:
    world = world_of("a", 3, 2, [9, 7, 5, 4, 3, 3, 2, 1, 1], [0]) | world_of(
        "b", 3, 2, [8, 8, 8, 4, 3, 3, 2, 1, 1], [0]
    )
    ends = dict.fromkeys(world, (0, 0)), dict.fromkeys(world, (3, 11))
    ask = asking(world, [], slack=2.0)
    shared = share_sites((4, 10), least=ends[0], most=ends[1], ask=ask)
    value, _ = best_of(world, (4, 10), *ends)
    assert shared.status == "gap"
    assert shared.served_bound is not None
    assert shared.gap == (shared.served_bound - shared.served) / shared.served > 0
    assert -shared.served_bound <= value <= -shared.served
    # Rounds that are used up leave a gap too; none at all leaves nothing.
    few = share_sites((4, 10), least=ends[0], most=ends[1], ask=asking(world, []), rounds=3)
    assert few.rounds == 3
    assert cost_of(few) >= value
    with pytest.raises(NoSolutionError):
        share_sites((5, 13), least=ends[0], most=ends[1], ask=asking(world, []), rounds=1)


def test_numbers_that_cannot_be_had_are_told_with_those_that_can() -> None:
    world = world_of("a", 2, 1, [1] * 9, [0]) | world_of("b", 3, 0, [1] * 9, [0])
    ends = dict.fromkeys(world, (0, 0)), dict.fromkeys(world, (9, 30))
    with pytest.raises(InfeasibleError, match="possible are 0 to 5 kindergartens and 0 to 16") as e:
        share_sites((6, 14), least=ends[0], most=ends[1], ask=asking(world, []))
    assert e.value.diagnosis == {
        "programme": "kindergarten",
        "total": [6, 14],
        "smallest": {"a": [0, 0], "b": [0, 0]},
        "largest": {"a": [2, 7], "b": [3, 9]},
    }
    # A floor that leaves nothing is told by name.
    ends[0]["a"] = (3, 0)
    with pytest.raises(
        InfeasibleError, match="no number within floor and ceiling is possible in a"
    ):
        share_sites((3, 8), least=ends[0], most=ends[1], ask=asking(world, []))


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies that close three schools and build kindergartens, and their list."""
    return write_studies(
        tmp_path_factory.mktemp("studies"),
        2,
        kindergartens=True,
        head="[share]\nclose = 6\n[share.kindergarten]\nsites = 4\nclasses = 13\n",
        rest="kindergarten = { least_classes = 2, most_sites = 3 }\n",
    )


@pytest.mark.more
def test_studies_share_as_well_as_the_best_of_all_pairs(studies: Path) -> None:
    names = ("city0", "city1")
    read = {name: Study.read(studies.parent / name / STUDY) for name in names}
    pairs = [(n, c) for n in range(4) for c in range(10)]
    world: World = {}
    for name, study in read.items():
        answer = costs_of_sites(study, pairs)
        costs = {pair: value for pair, (value, _) in answer.pairs.items() if math.isfinite(value)}
        # All are proved, and no bound of all pairs contradicts any.
        assert all(answer.pairs[pair] == (value, value) for pair, value in costs.items())
        sites, modules = np.array(list(costs)).T
        assert (answer.bounds.lower(sites, modules) <= list(costs.values())).all()
        assert (
            not sharing.SiteParty(least=(0, 0), most=(3, 9)).told(answer.pairs, answer.bounds).rises
        )
        world[name] = (answer.bounds, costs)
    # Floors, places and reach bind somewhere.
    assert len(set(world["city1"][1].values())) > 10
    asked: dict[tuple[str, tuple[Pair, ...]], SiteCosts] = {}

    def ask(wanted: Mapping[str, tuple[Pair, ...]]) -> dict[str, SiteCosts]:
        for name, some in wanted.items():
            if (name, some) not in asked:
                asked[name, some] = costs_of_sites(read[name], some)
        return {name: asked[name, some] for name, some in wanted.items()}

    ends = dict.fromkeys(names, (0, 0)), dict.fromkeys(names, (3, 9))
    few = {"city0": (0, 0), "city1": (2, 0)}, {"city0": (3, 9), "city1": (2, 4)}
    for total, (least, most) in (((4, 11), ends), ((3, 5), ends), ((4, 12), few)):
        shared = share_sites(total, least=least, most=most, ask=ask)
        value, numbers = best_of(world, total, least, most)
        assert (cost_of(shared), shared.status, shared.numbers) == (value, "proven", numbers)


@pytest.mark.more
def test_a_batch_shares_closures_and_kindergartens_out(studies: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run_batch(studies, out, "--workers", "1", cache=tmp_path / "cache")
    assert "4 kindergartens with 13 classes shared out" in done.stdout
    assert "proved: no other sharing does better" in done.stdout
    record = json.loads((out / "batch.json").read_text("utf-8"))
    shared = record["shared_kindergartens"]
    assert shared["status"] == "proven"
    built = {name: tuple(pair) for name, pair in shared["numbers"].items()}
    assert tuple(np.sum(list(built.values()), axis=0)) == (4, 13)
    assert all(sites <= 3 and classes >= 2 for sites, classes in built.values())
    # What the sharing counted is what the plans miss and serve.
    runs = {
        name: json.loads((out / "studies" / name / "run.json").read_text("utf-8")) for name in built
    }
    levels = [
        {level["level"]: level["objective"] for level in run["levels"]}
        for record in runs.values()
        for run in record["models"]
        if run["model"] == "kindergarten"
    ]
    assert sum(level["covered"] for level in levels) == shared["served"]
    missing = sum(level["floors"] for level in levels) / (1 - 0.96)
    assert missing == pytest.approx(shared["missing"])
    page = (out / "index.html").read_text("utf-8")
    assert "4 kindergartens with 13 classes shared out" in page


@pytest.mark.more
def test_a_batch_says_what_kindergartens_cannot_be_shared_out(
    studies: Path, tmp_path: Path
) -> None:
    folder, cache = tmp_path / "studies", tmp_path / "cache"
    head = "[share.kindergarten]\nsites = 2\nclasses = 60\n"
    path = write_studies(folder, 2, kindergartens=True, head=head)
    done = run_batch(path, tmp_path / "out", "--workers", "1", cache=cache, code=3)
    assert "cannot be built in all studies together" in done.stderr
    diagnosis = json.loads((tmp_path / "out" / "infeasible.json").read_text("utf-8"))
    assert diagnosis["total"] == [2, 60]
    # A study without the programme takes no part, and says so.
    path = write_studies(folder, 2, head=head)
    done = run_batch(path, tmp_path / "out", "--workers", "1", cache=cache, code=1)
    assert done.stderr.count("shared out: the study names no programme kindergarten") == 2


@pytest.mark.slow
def test_sites_of_several_sizes_are_not_shared_out(
    studies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study.read(studies.parent / "city0" / STUDY)
    monkeypatch.setattr(worth, "kindergarten_candidates", lambda *_: (pd.Series([3, 5]), None))
    with pytest.raises(UsageError, match="may have any size"):
        costs_of_sites(study, [(1, 2)])
