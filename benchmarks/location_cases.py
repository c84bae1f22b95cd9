"""The cases of the location benchmark: published instances, and modelled ones made here."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import shortest_path

P_MEDIAN = (5819, 4093, 4250, 3034, 1355, 7824, 5631, 4445, 2734, 1255, 7696, 6634)
CAPACITATED = (713, 740, 751, 651, 664)
FACILITY = {
    "cap41": 1040444.375,
    "cap61": 932615.75,
    "cap62": 977799.4,
    "cap71": 932615.75,
    "cap91": 796648.438,
    "cap101": 796648.437,
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One problem.

    Attributes
    ----------
    kind
        ``p_median``, ``set_cover``, ``max_cover``, ``p_center``, ``modular`` or ``closure``.
    data
        Arguments by name: arrays for all solvers alike.
    known
        Published or otherwise known optimum.
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    known: float | None = None


def folder() -> Path | None:
    """Where the published instances lie, if anywhere."""
    if "LAYOUT_INSTANCES" in os.environ:
        return Path(os.environ["LAYOUT_INSTANCES"])
    if "LAYOUT_REALDATA" in os.environ:
        beside = Path(os.environ["LAYOUT_REALDATA"]).parent / "instances"
        return beside if beside.is_dir() else None
    return None


def numbers(*path: str) -> list[float]:
    """All numbers of an instance file."""
    text = Path(str(folder()), *path).read_text(encoding="ascii")
    return [float(word) for word in text.replace("capacity", "nan").split()]


def pmed(number: int) -> Case:
    """OR-Library p-median: shortest paths of a graph, every node demand and site."""
    found = numbers("pmed", f"pmed{number}.txt")
    n, m, p = (int(value) for value in found[:3])
    cost = np.full((n, n), np.inf)
    for u, v, length in np.array(found[3 : 3 + 3 * m]).reshape(-1, 3):
        cost[int(u) - 1, int(v) - 1] = cost[int(v) - 1, int(u) - 1] = length
    np.fill_diagonal(cost, 0)
    data = {"cost": shortest_path(cost, directed=False), "n_open": p}
    return Case(kind="p_median", data=data, known=P_MEDIAN[number - 1])


def pmedcap(number: int) -> Case:
    """OR-Library capacitated p-median: whole distances, each demand at one site."""
    found = numbers("pmedcap", f"pmedcap{number:02d}.txt")
    n, p, capacity = int(found[2]), int(found[3]), found[4]
    x, y, load = np.array(found[5 : 5 + 4 * n]).reshape(n, 4).T[1:]
    cost = np.floor(np.hypot(x[:, None] - x, y[:, None] - y))
    data = {"cost": cost, "n_open": p, "load": load, "capacity": np.full(n, capacity)}
    return Case(kind="p_median", data=data, known=CAPACITATED[number - 1])


def sjc1() -> Case:
    """A capacitated p-median from a real town: real distances, each demand at one site."""
    found = numbers("SJC1.dat")
    n, p = int(found[0]), int(found[1])
    x, y, capacity, load = np.array(found[2 : 2 + 4 * n]).reshape(n, 4).T
    cost = np.hypot(x[:, None] - x, y[:, None] - y)
    data = {"cost": cost, "n_open": p, "load": load, "capacity": capacity}
    return Case(kind="p_median", data=data, known=17288.993)


def cap(name: str) -> Case:
    """OR-Library capacitated facility location: demand may be split."""
    found = numbers("cap", f"{name}.txt")
    m, n = int(found[0]), int(found[1])
    capacity, fixed = np.array(found[2 : 2 + 2 * m]).reshape(m, 2).T
    rows = np.array(found[2 + 2 * m :]).reshape(n, m + 1)
    load = rows[:, 0]
    data = {
        "cost": rows[:, 1:] / load[:, None],
        "weights": load,
        "load": load,
        "capacity": capacity,
        "fixed": fixed,
        "split": True,
    }
    return Case(kind="p_median", data=data, known=FACILITY[name])


def _spopt_table(name: str) -> pd.DataFrame:
    found = importlib.util.find_spec("spopt")
    at = Path(str(found.origin if found else "")).parent / "tests/test_locate/data"
    return pd.read_csv(at / name)


def san_francisco(kind: str) -> Case:
    """Case of spopt: 205 census tracts and 16 stores, metres along the road."""
    table = _spopt_table("SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    wide = table.pivot_table(values="distance", index="DestinationName", columns="name")
    weights = table.groupby("DestinationName")["demand"].first().reindex(wide.index)
    data: dict[str, Any] = {"cost": wide.to_numpy(), "weights": weights.to_numpy(dtype=float)}
    if kind == "set_cover":
        return Case(kind=kind, data={"cost": data["cost"], "limit": 5000.0}, known=8)
    if kind == "max_cover":
        return Case(kind=kind, data=data | {"limit": 5000.0, "n_open": 4}, known=875247)
    if kind == "p_center":
        return Case(kind=kind, data={"cost": data["cost"], "n_open": 4}, known=7403.0638)
    return Case(kind=kind, data=data | {"n_open": 4}, known=2848268129.7145)


def london(*, protect: bool) -> Case:
    """Case of spopt: trainee teachers and schools with places, minutes; some schools are set."""
    journeys = _spopt_table("example_subject_student_school_journeys.csv")
    wide = journeys.pivot_table(values="time", index="student", columns="school")
    wide = wide.fillna(10_000)  # no journey: longer than any answer takes
    schools = _spopt_table("example_subject_schools.csv").set_index("SE2 PP: Code")
    schools = schools.reindex(wide.columns)
    data: dict[str, Any] = {
        "cost": wide.to_numpy(dtype=float),
        "n_open": 10,
        "load": np.ones(len(wide)),
        "capacity": schools["Count"].to_numpy(dtype=float),
    }
    if protect:
        data["must_open"] = np.flatnonzero(schools["priority"].to_numpy() == 1)
    return Case(kind="p_median", data=data, known=816.0 if protect else 687.0)


def placed(kind: str, *, split: bool = False) -> Case:
    """Set cover and p-center with places: 120 homes, 40 sites, loads of 1 to 29; modelled."""
    rng = np.random.default_rng(4)
    homes, sites = rng.random((120, 2)) * 10_000, rng.random((40, 2)) * 10_000
    metres = np.rint(np.hypot(*(homes[:, None] - sites[None]).transpose(2, 0, 1)))
    load = rng.integers(1, 30, 120).astype(float)
    data: dict[str, Any] = {
        "cost": metres,
        "load": load,
        "capacity": np.full(40, np.ceil(load.sum() / 9)),
        "split": split,
    }
    wanted = {"limit": 3000.0} if kind == "set_cover" else {"n_open": 10}
    return Case(kind=kind, data=data | wanted)


def valleys(n_demands: int, n_sites: int, radius_m: float) -> dict[str, Any]:
    """Modelled settlements in clusters, sites at some of them, pairs within a radius."""
    rng = np.random.default_rng(1)
    side = 40_000 * np.sqrt(n_demands / 2000)
    centres = rng.random((n_demands // 12, 2)) * side
    points = centres[rng.integers(0, len(centres), n_demands)]
    points = points + rng.normal(0, 1500, (n_demands, 2))
    sites = points[rng.choice(n_demands, n_sites, replace=False)]
    metres = np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1))
    row, col = np.nonzero(metres <= radius_m)
    return {
        "row": row,
        "col": col,
        "pair_cost": np.rint(metres[row, col]),
        "weights": rng.integers(1, 12, n_demands).astype(float),
        "n_sites": n_sites,
        "limit": radius_m,
    }


def modular(n_demands: int, radius_m: float) -> Case:
    """17 sites and 277 classes of 30 places, 6 to 24 at a site; modelled."""
    return Case(kind="modular", data=valleys(n_demands, 1000, radius_m))


def consolidation() -> Case:
    """84 of 1,200 small schools close; their 4,800 groups go to the 14 nearest others; modelled."""
    rng = np.random.default_rng(2)
    n, near, close = 1200, 14, 84
    at = rng.random((n, 2)) * 150
    homes = np.repeat(at, 4, axis=0) + rng.normal(0, 1.5, (4 * n, 2))
    own = np.repeat(np.arange(n), 4)
    km = np.hypot(*(homes[:, None] - at[None]).transpose(2, 0, 1)) * 1.3
    before = km[np.arange(4 * n), own]
    km[np.arange(4 * n), own] = np.inf
    to = np.argsort(km, axis=1, kind="stable")[:, :near]
    pupils = rng.integers(2, 12, 4 * n)
    added = np.maximum(0.0, np.take_along_axis(km, to, 1) - before[:, None])
    data = {
        "group": np.repeat(np.arange(4 * n), near),
        "site": to.ravel(),
        "pair_cost": np.rint(added * 150 * pupils[:, None]).ravel(),
        "own": own,
        "pupils": pupils.astype(float),
        "seats": rng.integers(10, 60, n).astype(float),
        "n_close": close,
    }
    return Case(kind="closure", data=data)


def large_median() -> Case:
    """20,000 settlements, 2,000 sites, 100 to open; modelled."""
    rng = np.random.default_rng(3)
    n, m = 20_000, 2_000
    centres = rng.random((n // 25, 2)) * 150_000
    points = centres[rng.integers(0, len(centres), n)] + rng.normal(0, 2500, (n, 2))
    sites = points[rng.choice(n, m, replace=False)]
    metres = np.rint(np.hypot(*(points[:, None] - sites[None]).transpose(2, 0, 1)) * 1.3)
    weights = rng.integers(1, 200, n).astype(float)
    data = {"cost": metres, "weights": weights, "n_open": 100, "gap": 0.001}
    return Case(kind="p_median", data=data)


def cases(*, quick: bool) -> Iterator[tuple[str, Callable[[], Case]]]:
    """Name and maker of each case whose data are at hand."""
    if folder() is not None:
        for k in range(1, 4 if quick else 13):
            yield f"pmed{k}", lambda k=k: pmed(k)
        for k in range(1, 2 if quick else 6):
            yield f"pmedcap{k:02d}", lambda k=k: pmedcap(k)
        for name in list(FACILITY)[: 1 if quick else None]:
            yield name, lambda name=name: cap(name)
        if not quick:
            yield "SJC1", sjc1
    for kind in ("p_median", "set_cover", "max_cover", "p_center"):
        yield f"San Francisco, {kind}", lambda kind=kind: san_francisco(kind)
    yield "set cover with places", lambda: placed("set_cover")
    yield "set cover with places, split", lambda: placed("set_cover", split=True)
    yield "p-center with places", lambda: placed("p_center")
    yield "p-center with places, split", lambda: placed("p_center", split=True)
    yield "London, 7 schools set", lambda: london(protect=True)
    yield "London", lambda: london(protect=False)
    if quick:
        return
    yield "consolidation, 84 of 1,200", consolidation
    for n in (2000, 20_000):
        for km in (1, 3):
            yield f"modular, {n:,} × 1,000, {km} km", lambda n=n, km=km: modular(n, 1000.0 * km)
    yield "p-median, 20,000 × 2,000, p=100", large_median
