"""Ours, spopt and OR-Tools on one case of the location benchmark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from benchmarks.location_cases import Case

MODULES, NEW, SIZE, LEAST, MOST = 277, 17, 30, 6, 24


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a solver says."""

    objective: float | None
    bound: float | None
    status: str


def layout(case: Case, limit_s: float) -> Answer:
    """Our own models; no clock but in the large ones, which have a gap to reach instead."""
    from layout import location as kernel

    d = case.data
    if case.kind == "closure":
        return _closure(d)
    if case.kind == "modular":
        labels = np.array([f"d{i:05d}" for i in range(d["weights"].size)])
        names = np.array([f"s{j:04d}" for j in range(d["n_sites"])])
        pairs = {"demand": labels[d["row"]], "site": names[d["col"]], "cost": d["pair_cost"]}
        found: Any = kernel.modular_cover(
            pd.DataFrame(pairs),
            pd.Series(d["weights"], index=labels),
            d["limit"],
            n_new=NEW,
            modules=MODULES,
            min_modules=LEAST,
            max_modules=MOST,
            module_size=SIZE,
        )
    else:
        cost = pd.DataFrame(d["cost"])
        weights = d.get("weights", 1.0)
        if case.kind == "set_cover":
            found = kernel.set_cover(cost, d["limit"], **_places(d))
        elif case.kind == "max_cover":
            found = kernel.max_cover(cost, weights, d["n_open"], d["limit"])
        elif case.kind == "p_center":
            found = kernel.p_center(cost, d["n_open"], **_places(d))
        else:
            found = kernel.p_median(
                cost,
                weights,
                d.get("n_open"),
                load=d.get("load"),
                capacity=d.get("capacity"),
                fixed_cost=d.get("fixed"),
                must_open=d.get("must_open", ()),
                split=d.get("split", False),
                gap=d.get("gap", 0.0),
            )
    return Answer(objective=found.objective, bound=found.bound, status=found.status)


def _places(d: dict[str, Any]) -> dict[str, Any]:
    """Arguments of places, where the case has any."""
    return {name: d[name] for name in ("load", "capacity", "split") if name in d}


def _closure(d: dict[str, Any]) -> Answer:
    from layout.location import close_sites

    groups = pd.DataFrame({"site": d["own"]})
    arcs = pd.DataFrame(
        {"group": d["group"], "site": d["site"], "cost": d["pair_cost"].astype(np.int64)}
    )
    use = pd.DataFrame(
        {
            "arc": arcs.index,
            "resource": d["site"],
            "amount": d["pupils"][d["group"]].astype(np.int64),
        }
    )
    found = close_sites(
        groups,
        arcs,
        n_close=d["n_close"],
        candidates=range(d["seats"].size),
        resources=pd.Series(d["seats"].astype(np.int64)),
        use=use,
    )
    return Answer(objective=found.objective, bound=found.bound, status=found.levels[0].status)


def spopt(case: Case, limit_s: float) -> Answer | None:
    """Solve through spopt, that is PuLP and CBC; None where it has no such model."""
    import pulp
    from spopt import locate

    d = case.data
    solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s, threads=1)
    if case.kind in ("modular", "closure") or "fixed" in d:
        return None
    if case.kind in ("set_cover", "p_center") and "capacity" in d:
        return None
    cost = np.asarray(d["cost"], dtype=float)
    weights = np.asarray(d.get("weights", np.ones(len(cost))), dtype=float)
    if case.kind == "set_cover":
        model = locate.LSCP.from_cost_matrix(cost, d["limit"])
    elif case.kind == "max_cover":
        model = locate.MCLP.from_cost_matrix(cost, weights, d["limit"], d["n_open"])
    elif case.kind == "p_center":
        model = locate.PCenter.from_cost_matrix(cost, d["n_open"])
    elif "capacity" in d:
        # Its weights count for the objective and for the places alike.
        must = d.get("must_open")
        flags = None
        if must is not None:
            flags = np.isin(np.arange(cost.shape[1]), must).astype(int)
        model = locate.PMedian.from_cost_matrix(
            cost / d["load"][:, None],
            d["load"],
            d["n_open"],
            predefined_facilities_arr=flags,
            facility_capacities=d["capacity"],
        )
    else:
        model = locate.PMedian.from_cost_matrix(cost, weights, d["n_open"])
    try:
        model = model.solve(solver)
    except RuntimeError as error:
        return Answer(objective=None, bound=None, status=str(error).split(".")[0])
    value = model.problem.objective.value()
    status = pulp.LpStatus[model.problem.status]
    return Answer(objective=value, bound=None, status=status)


def ortools(case: Case, limit_s: float) -> Answer:
    """The textbook model by OR-Tools and SCIP."""
    from ortools.linear_solver import pywraplp

    cost, matrix, lower, upper, whole, top = textbook(case)
    solver = pywraplp.Solver.CreateSolver("SCIP")
    solver.SetTimeLimit(int(limit_s * 1000))
    x = [
        solver.IntVar(0, float(most), "") if integer else solver.NumVar(0, float(most), "")
        for integer, most in zip(whole, top, strict=True)
    ]
    infinity = solver.infinity()
    for k in range(matrix.shape[0]):
        row = solver.Constraint(max(float(lower[k]), -infinity), min(float(upper[k]), infinity), "")
        for at in range(matrix.indptr[k], matrix.indptr[k + 1]):
            row.SetCoefficient(x[matrix.indices[at]], float(matrix.data[at]))
    aim = solver.Objective()
    for variable, value in zip(x, cost, strict=True):
        if value:
            aim.SetCoefficient(variable, float(value))
    aim.SetMinimization()
    verdict = solver.Solve()
    names = {solver.OPTIMAL: "optimal", solver.FEASIBLE: "feasible"}
    if verdict not in names:
        return Answer(objective=None, bound=None, status="no solution")
    sign = -1.0 if case.kind in ("max_cover", "modular") else 1.0
    bound = sign * aim.BestBound()
    return Answer(objective=sign * aim.Value(), bound=bound, status=names[verdict])


Textbook = tuple[Any, sparse.csr_matrix, Any, Any, Any, Any]


class _Lines:
    """Rows of a textbook model as triplets."""

    def __init__(self) -> None:
        self.parts: list[tuple[Any, Any, Any]] = []
        self.lower: list[Any] = []
        self.upper: list[Any] = []
        self.count = 0

    def add(self, row: Any, column: Any, value: Any, low: Any, high: Any, n: int) -> None:
        self.parts.append((row + self.count, column, np.broadcast_to(value, np.shape(row))))
        self.lower.append(np.broadcast_to(low, (n,)))
        self.upper.append(np.broadcast_to(high, (n,)))
        self.count += n

    def matrix(self, columns: int) -> sparse.csr_matrix:
        row, column, value = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        return sparse.csr_matrix((value.astype(float), (row, column)), (self.count, columns))


def textbook(case: Case) -> Textbook:
    """Costs, rows, their sides, whole columns and upper bounds, to be minimised."""
    d = case.data
    if case.kind == "closure":
        return _closing(d)
    if case.kind == "modular":
        row, col, m = d["row"], d["col"], d["n_sites"]
    else:
        reach = np.asarray(d["cost"]) <= d.get("limit", math.inf)
        row, col = np.nonzero(reach & np.isfinite(d["cost"]))
        m = d["cost"].shape[1]
    n = int(row.max()) + 1 if case.kind == "modular" else d["cost"].shape[0]
    weights = np.asarray(d.get("weights", np.ones(n)), dtype=float)
    if case.kind == "modular":
        return _modular(row, col, weights, m)
    if case.kind in ("set_cover", "max_cover") and "capacity" not in case.data:
        return _covering(case, row, col, weights, m)
    return _assigning(case, row, col, weights, m)


def _covering(case: Case, row: Any, col: Any, weights: Any, m: int) -> Textbook:
    n, lines = weights.size, _Lines()
    if case.kind == "set_cover":
        lines.add(row, col, 1.0, 1.0, math.inf, n)
        return np.ones(m), lines.matrix(m), *_sides(lines), np.ones(m, bool), np.ones(m)
    each = np.arange(n)
    lines.add(
        np.concatenate([row, each]),
        np.concatenate([col, m + each]),
        np.concatenate([np.ones(row.size), -np.ones(n)]),
        0.0,
        math.inf,
        n,
    )
    lines.add(np.zeros(m, int), np.arange(m), 1.0, case.data["n_open"], case.data["n_open"], 1)
    cost = np.concatenate([np.zeros(m), -weights])
    return cost, lines.matrix(m + n), *_sides(lines), np.ones(m + n, bool), np.ones(m + n)


def _sides(lines: _Lines) -> tuple[Any, Any]:
    return np.concatenate(lines.lower), np.concatenate(lines.upper)


def _assigning(case: Case, row: Any, col: Any, weights: Any, m: int) -> Textbook:
    d, n, k, lines = case.data, weights.size, row.size, _Lines()
    each, at = np.arange(k), m + np.arange(k)
    centre = case.kind == "p_center"
    total = m + k + int(centre)
    lines.add(row, at, 1.0, 1.0, 1.0, n)
    pair = np.concatenate([each, each])
    lines.add(pair, np.concatenate([at, col]), np.repeat([1.0, -1.0], k), -math.inf, 0.0, k)
    if "n_open" in d:
        lines.add(np.zeros(m, int), np.arange(m), 1.0, d["n_open"], d["n_open"], 1)
    if "capacity" in d:
        lines.add(
            np.concatenate([col, np.arange(m)]),
            np.concatenate([at, np.arange(m)]),
            np.concatenate([d["load"][row], -d["capacity"]]),
            -math.inf,
            0.0,
            m,
        )
    if "must_open" in d:
        must = np.asarray(d["must_open"])
        lines.add(np.arange(must.size), must, 1.0, 1.0, 1.0, must.size)
    cost = np.concatenate([d.get("fixed", np.zeros(m)), weights[row] * d["cost"][row, col]])
    if case.kind == "set_cover":
        cost = np.repeat([1.0, 0.0], [m, k])
    if centre:
        longest = np.concatenate([d["cost"][row, col], -np.ones(n)])
        lines.add(
            np.concatenate([row, np.arange(n)]),
            np.concatenate([at, np.full(n, total - 1)]),
            longest,
            -math.inf,
            0.0,
            n,
        )
        cost = np.concatenate([np.zeros(m + k), [1.0]])
    whole = np.arange(total) < m + (k if "capacity" in d and not d.get("split") else 0)
    top = np.ones(total)
    top[m + k :] = float(np.max(d["cost"]))
    return cost, lines.matrix(total), *_sides(lines), whole, top


def _modular(row: Any, col: Any, weights: Any, m: int) -> Textbook:
    n, k, lines = weights.size, row.size, _Lines()
    sites, flow = np.arange(m), 2 * m + np.arange(k)
    lines.add(np.zeros(m, int), sites, 1.0, NEW, NEW, 1)
    lines.add(np.zeros(m, int), m + sites, 1.0, MODULES, MODULES, 1)
    both = np.concatenate([sites, sites])
    columns = np.concatenate([m + sites, sites])
    lines.add(both, columns, np.repeat([1.0, -MOST], m), -math.inf, 0.0, m)
    lines.add(both, columns, np.repeat([1.0, -LEAST], m), 0.0, math.inf, m)
    lines.add(row, flow, 1.0, -math.inf, weights, n)
    lines.add(
        np.concatenate([col, sites]),
        np.concatenate([flow, m + sites]),
        np.concatenate([np.ones(k), np.full(m, -float(SIZE))]),
        -math.inf,
        0.0,
        m,
    )
    total = 2 * m + k
    cost = np.concatenate([np.zeros(2 * m), -np.ones(k)])
    top = np.concatenate([np.ones(m), np.full(m, MOST), weights[row]])
    return cost, lines.matrix(total), *_sides(lines), np.arange(total) < 2 * m, top


def _closing(d: dict[str, Any]) -> Textbook:
    n, k, groups, lines = d["seats"].size, d["group"].size, d["own"].size, _Lines()
    every, at = np.arange(k), n + np.arange(k)
    lines.add(np.zeros(n, int), np.arange(n), 1.0, d["n_close"], d["n_close"], 1)
    lines.add(
        np.concatenate([d["group"], np.arange(groups)]),
        np.concatenate([at, d["own"]]),
        np.concatenate([np.ones(k), -np.ones(groups)]),
        0.0,
        0.0,
        groups,
    )
    pair, columns = np.concatenate([every, every]), np.concatenate([at, d["site"]])
    lines.add(pair, columns, 1.0, -math.inf, 1.0, k)
    lines.add(d["site"], at, d["pupils"][d["group"]], -math.inf, d["seats"], n)
    cost = np.concatenate([np.zeros(n), d["pair_cost"]])
    return cost, lines.matrix(n + k), *_sides(lines), np.ones(n + k, bool), np.ones(n + k)


LOADS = {
    "layout": ("layout.location", "highspy"),
    "spopt (PuLP, CBC)": ("spopt.locate", "pulp"),
    "OR-Tools (SCIP)": ("ortools.linear_solver.pywraplp",),
}
"""What each solver imports, before the clock starts."""

SOLVERS = {"layout": layout, "spopt (PuLP, CBC)": spopt, "OR-Tools (SCIP)": ortools}
