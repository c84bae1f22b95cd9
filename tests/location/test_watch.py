"""How far a search is, and Ctrl-C: news that never contradict the answer, and real signals."""

from __future__ import annotations

import itertools
import json
import math
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest

from layout.core import progress
from layout.core.errors import NoSolutionError
from layout.location import (
    ClosureSolution,
    Progress,
    close_sites,
    max_cover,
    modular_cover,
    p_center,
    p_median,
    set_cover,
)
from layout.location.solver.watch import Listener, Watch, over, stoppable, watching
from tests import ROOT


def table(seed: int = 3, n: int = 20, m: int = 10) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.integers(1, 40, (n, m)).astype(float))


MODELS = {
    "p_median": lambda cost, hear: p_median(cost, 1.0, 4, on_progress=hear),
    "p_median with places": lambda cost, hear: p_median(
        cost, 1.0, 4, load=1, capacity=6, on_progress=hear
    ),
    "set_cover": lambda cost, hear: set_cover(cost, 12, on_progress=hear),
    "max_cover": lambda cost, hear: max_cover(cost, 1.0, 3, 8, on_progress=hear),
    "p_center": lambda cost, hear: p_center(cost, 4, on_progress=hear),
    "p_center with places": lambda cost, hear: p_center(
        cost, 4, load=1, capacity=6, on_progress=hear
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_news_close_in_on_the_answer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layout.location.solver.watch.EVERY_S", 0.0)
    heard: list[Progress] = []
    solution = MODELS[name](table(), heard.append)
    assert solution.status == "proven"
    sign = -1.0 if name == "max_cover" else 1.0
    for first, second in itertools.pairwise(heard):
        assert sign * second.objective <= sign * first.objective
        assert sign * second.bound >= sign * first.bound
    for news in heard:
        assert sign * news.objective >= sign * solution.objective - 1e-6
        assert sign * news.bound <= sign * solution.objective + 1e-6
    assert heard[-1].objective == solution.objective
    assert heard[-1].gap <= 1e-6


def test_levels_are_told_by_name() -> None:
    heard: list[Progress] = []
    solution = modular_cover(
        table(1, 12, 6),
        np.arange(3, 15),
        30,
        n_new=2,
        modules=5,
        min_modules=1,
        max_modules=4,
        module_size=6,
        on_progress=heard.append,
    )
    assert heard[-1].level == "travel"
    assert heard[-1].objective == pytest.approx(solution.levels[-1].objective)
    groups = pd.DataFrame({"site": [0, 1, 2]})
    arcs = pd.DataFrame({"group": [0, 1, 2], "site": [1, 2, 0], "cost": [3, 5, 9]})
    heard.clear()
    close_sites(groups, arcs, n_close=1, candidates=[0, 1, 2], on_progress=heard.append)
    assert {news.level for news in heard} == {"cost"}


def test_an_error_of_the_listener_reaches_the_caller() -> None:
    def refuse(_: Progress) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        p_median(table(), 1.0, 4, on_progress=refuse)


def test_the_line_appears_where_somebody_watches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    monkeypatch.setattr(progress, "_place", lambda: progress._screen)
    with watching("p_median") as watch:
        watch.level("cost")
        watch.tell(5819.0, 5700.0)
    assert "5,819" in capsys.readouterr().err
    monkeypatch.setattr(progress, "_place", lambda: None)
    with watching("p_median") as watch:
        watch.tell(math.inf, 5700.0)
    assert capsys.readouterr().err == ""


def test_a_watch_ends_by_its_clock_or_by_hand() -> None:
    assert not over(None)
    watch = Watch()
    assert not over(watch)
    watch.stop()
    assert over(watch)
    with watching("p_median", time_limit_s=0.0) as short:
        assert over(short)


def test_signals_of_others_are_left_alone() -> None:
    """A handler that is not Python's own stays, and another thread installs none."""
    before = signal.getsignal(signal.SIGINT)

    def theirs(*_: object) -> None:
        return None

    try:
        signal.signal(signal.SIGINT, theirs)
        with watching("p_median", keep_on_interrupt=True):
            assert signal.getsignal(signal.SIGINT) is theirs
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with watching("p_median", keep_on_interrupt=True):
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(p_median(table(), 1.0, 4).status))
    thread.start()
    thread.join()
    assert found == ["proven"]


CHILD = """
import json, signal, sys
import numpy as np, pandas as pd
from layout.location import close_sites, modular_cover, p_center, p_median

signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(0)
told = []

def hear(news):
    told.append(news)
    if len(told) == 1:
        print("searching", flush=True)

def square(n, m):
    points = rng.random((n, 2)) * 1000
    sites = rng.random((m, 2)) * 1000
    return pd.DataFrame(np.rint(np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1))))

def closing(keep):
    n, near = 150, 10
    groups = pd.DataFrame({"site": np.repeat(np.arange(n), 3)})
    to = np.argsort(rng.random((3 * n, n)), axis=1)[:, :near]
    arcs = pd.DataFrame({
        "group": np.repeat(np.arange(3 * n), near), "site": to.ravel(),
        "cost": rng.integers(1, 100000, to.size)})
    arcs = arcs[arcs["site"] != groups["site"].to_numpy()[arcs["group"]]].reset_index(drop=True)
    use = pd.DataFrame({"arc": arcs.index, "resource": arcs["site"],
        "amount": rng.integers(5, 30, 3 * n)[arcs["group"]]})
    return close_sites(groups, arcs, n_close=45, candidates=range(n), on_progress=hear,
        resources=pd.Series(rng.integers(10, 40, n)), use=use, keep_on_interrupt=keep)

def modular():
    # Costs at random: no geometry that makes the search short, and no usual limit that ends it.
    return modular_cover(pd.DataFrame(rng.integers(1, 1000, (400, 150))),
        rng.integers(1, 12, 400), 60, n_new=12, modules=60, min_modules=4, max_modules=8,
        module_size=30, node_limit=1_000_000, on_progress=hear)

MODELS = {
    "median": lambda: p_median(
        pd.DataFrame(rng.integers(1, 1000, (200, 200))), 1, 8, on_progress=hear),
    "places": lambda: p_median(square(150, 150), 1, 12, load=rng.integers(1, 30, 150),
        capacity=200, on_progress=hear),
    "center": lambda: p_center(square(100, 100), 6, load=rng.integers(1, 30, 100),
        capacity=270, on_progress=hear),
    "modular": modular,
    "closing": lambda: closing(True),
    "closing, raised": lambda: closing(False),
}
try:
    found = MODELS[sys.argv[1]]()
except KeyboardInterrupt:
    print(json.dumps({"status": "interrupted"}))
    raise SystemExit(130)
size = len(found.closed) if hasattr(found, "closed") else len(found.open)
print(json.dumps({"status": found.status, "objective": found.objective, "bound": found.bound,
    "size": size, "back": signal.getsignal(signal.SIGINT) is signal.default_int_handler}))
"""


def interrupted(name: str) -> tuple[int, dict[str, float | str]]:
    """Start a search in a process of its own, press Ctrl-C, and see what it says."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "searching\n"
    child.send_signal(signal.SIGINT)
    rest, _ = child.communicate(timeout=60)
    return child.returncode, json.loads(rest)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("median", 8),
        pytest.param("places", 12, marks=pytest.mark.more),
        pytest.param("center", 6, marks=pytest.mark.more),
        pytest.param("modular", 12, marks=pytest.mark.more),
        pytest.param("closing", 45, marks=pytest.mark.more),
    ],
)
def test_ctrl_c_keeps_the_best_so_far(name: str, size: int) -> None:
    code, said = interrupted(name)
    assert code == 0
    assert said["status"] in {"gap", "no_solution"}
    assert said["back"]
    if said["status"] == "gap":
        assert said["size"] == size
        better = -1.0 if name == "modular" else 1.0
        assert better * float(said["bound"]) < better * float(said["objective"]) < math.inf


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
def test_ctrl_c_goes_through_where_nobody_asked_to_keep() -> None:
    assert interrupted("closing, raised") == (130, {"status": "interrupted"})


def hard_closing(hear: Listener) -> ClosureSolution:
    """Closures at random costs, which take long to prove."""
    rng, n, near = np.random.default_rng(0), 150, 10
    groups = pd.DataFrame({"site": np.repeat(np.arange(n), 3)})
    to = np.argsort(rng.random((3 * n, n)), axis=1)[:, :near]
    arcs = pd.DataFrame(
        {
            "group": np.repeat(np.arange(3 * n), near),
            "site": to.ravel(),
            "cost": rng.integers(1, 100_000, to.size),
        }
    )
    others = arcs["site"] != groups["site"].to_numpy()[arcs["group"]]
    arcs = arcs[others].reset_index(drop=True)
    amount = rng.integers(5, 30, 3 * n)[arcs["group"]]
    return close_sites(
        groups,
        arcs,
        n_close=45,
        candidates=range(n),
        resources=pd.Series(rng.integers(10, 40, n)),
        use=pd.DataFrame({"arc": arcs.index, "resource": arcs["site"], "amount": amount}),
        on_progress=hear,
    )


@pytest.mark.slow
def test_another_thread_stops_a_search_and_none_begins_after_it() -> None:
    stop = threading.Event()

    def hear(news: Progress) -> None:
        if math.isfinite(news.objective):
            other = threading.Thread(target=stop.set)
            other.start()
            other.join()

    with stoppable(stop):
        solution = hard_closing(hear)
        assert (solution.status, solution.ended, len(solution.closed)) == ("gap", True, 45)
        assert solution.bound < solution.objective
        with pytest.raises(NoSolutionError, match="by its time limit or by hand"):
            p_median(table(), 1.0, 4)
    assert p_median(table(), 1.0, 4).status == "proven"
