"""Known answers: instances whose optimum is published, and small ones whose optimum can be counted.

OR-Library's files (Beasley, 1990) are read where ``LAYOUT_INSTANCES`` names their folder, or
where they lie beside the folder that ``LAYOUT_REALDATA`` names; the counted ones, in the same
formats, always.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.csgraph import shortest_path

from layout.location import Solution, p_center, p_median

P_MEDIAN = {
    f"pmed{number}": optimum
    for number, optimum in enumerate(
        (5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255, 7696, 6634), start=1
    )
}
CAPACITATED = {
    f"pmedcap{number:02d}": optimum
    for number, optimum in enumerate((713, 740, 751, 651, 664), start=1)
}
TOWN = {"SJC1": 17288.993}
FACILITY = {"cap41": 1040444.375, "cap62": 977799.4, "cap71": 932615.75, "cap91": 796648.438}

# Three wells in a row of nine houses: each serves itself and one neighbour either side.
HOUSES = ("9 8 3 1 2 1 2 3 1 3 4 1 4 5 1 5 6 1 6 7 1 7 8 1 8 9 1", 6.0)
# Houses at 0, 1, 2, 3, 10 and 11, two wells for three each: the house at 3 has to go to 10.
WELLS = ("1 10 6 2 3 1 0 0 1 2 1 0 1 3 2 0 1 4 3 0 1 5 10 0 1 6 11 0 1", 10.0)
BLOCKS = ("6 2 0 0 3 1 1 0 3 1 2 0 3 1 3 0 3 1 10 0 3 1 11 0 3 1", 10.0)
# Both stores open (5 + 7) and full: 4 of the second and 2 of the first at 1, 6 of the first at 2.
STORES = ("2 2 6 5 6 7 8 8 16 4 4 12", 30.0)


def folder() -> Path | None:
    if "LAYOUT_INSTANCES" in os.environ:
        return Path(os.environ["LAYOUT_INSTANCES"])
    if "LAYOUT_REALDATA" in os.environ:
        beside = Path(os.environ["LAYOUT_REALDATA"]).parent / "instances"
        return beside if beside.is_dir() else None
    return None


def instances(
    kind: str, answers: dict[str, float], counted: tuple[str, float]
) -> pytest.MarkDecorator:
    """Numbers and optimum of the counted instance, and of each published one where they are."""
    texts = {"counted": counted}
    at = folder()
    for name, optimum in answers.items() if at is not None else ():
        path = Path(str(at), kind, f"{name}.txt" if kind else f"{name}.dat")
        texts[name] = (path.read_text(encoding="ascii").replace("capacity", "nan"), optimum)
    cases = [
        pytest.param(
            [float(word) for word in text.split()],
            best,
            id=name,
            marks=() if name == "counted" else pytest.mark.more,
        )
        for name, (text, best) in texts.items()
    ]
    return pytest.mark.parametrize(("numbers", "optimum"), cases)


def distances(edges: np.ndarray, n: int) -> pd.DataFrame:
    """All-pairs shortest ways; of an edge that occurs twice the last counts."""
    length = np.zeros((n, n))
    for start, end, cost in edges:
        length[int(start) - 1, int(end) - 1] = length[int(end) - 1, int(start) - 1] = cost
    return pd.DataFrame(shortest_path(length, directed=False))


def held(solution: Solution, optimum: float) -> None:
    assert solution.status == "proven"
    assert solution.objective == pytest.approx(optimum, rel=1e-8)
    assert solution.bound <= solution.objective + 1e-6


def test_a_row_of_nine_houses() -> None:
    row = distances(np.array([(i, i + 1, 1) for i in range(1, 9)]), 9)
    assert p_median(row, 1, 3).objective == 6
    assert p_median(row, 1, 3).open == (1, 4, 7)
    assert p_median(row, 1, 1).objective == 20
    assert p_center(row, 3).objective == 1


@instances("pmed", P_MEDIAN, HOUSES)
def test_p_medians(numbers: list[float], optimum: float) -> None:
    n, n_edges, p = (int(number) for number in numbers[:3])
    edges = np.array(numbers[3 : 3 + 3 * n_edges]).reshape(-1, 3)
    held(p_median(distances(edges, n), 1, p), optimum)


@pytest.mark.slow
@instances("pmedcap", CAPACITATED, WELLS)
def test_p_medians_with_capacities(numbers: list[float], optimum: float) -> None:
    n, p, capacity = int(numbers[2]), int(numbers[3]), numbers[4]
    x, y, load = np.array(numbers[5 : 5 + 4 * n]).reshape(n, 4).T[1:]
    cost = pd.DataFrame(np.floor(np.hypot(x[:, None] - x, y[:, None] - y)))
    held(p_median(cost, 1, p, load=load, capacity=capacity), optimum)


@pytest.mark.slow
@instances("", TOWN, BLOCKS)
def test_a_town_with_places(numbers: list[float], optimum: float) -> None:
    """SJC1 of Lorena and Senne: 100 blocks of houses, ten sites, real distances."""
    n, p = int(numbers[0]), int(numbers[1])
    x, y, room, load = np.array(numbers[2 : 2 + 4 * n]).reshape(n, 4).T
    cost = pd.DataFrame(np.hypot(x[:, None] - x, y[:, None] - y))
    solution = p_median(cost, 1, p, load=load, capacity=room)
    assert solution.status == "proven"
    assert solution.objective == pytest.approx(optimum, abs=1e-3)


@instances("cap", FACILITY, STORES)
def test_facility_locations_with_split_demand(numbers: list[float], optimum: float) -> None:
    m, n = int(numbers[0]), int(numbers[1])
    capacity, fixed = np.array(numbers[2 : 2 + 2 * m]).reshape(m, 2).T
    rows = np.array(numbers[2 + 2 * m :]).reshape(n, m + 1)
    load = rows[:, 0]
    cost = pd.DataFrame(rows[:, 1:] / load[:, None])
    held(p_median(cost, load, load=load, capacity=capacity, fixed_cost=fixed, split=True), optimum)
