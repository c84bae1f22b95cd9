"""Reading the arguments of `modular_cover`, and counting why there is no solution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from layout.core.errors import InputError, Problem
from layout.core.problems import problem
from layout.core.text import tr
from layout.location.labelled.arguments import refuse_far
from layout.location.labelled.costs import (
    Costs,
    Numbers,
    is_whole,
    read_costs,
    read_count,
    read_numbers,
)
from layout.location.labelled.units import unit_of
from layout.location.modular.instance import Instance


def read_modular(
    cost: pd.DataFrame,
    weights: Numbers,
    limit: Numbers,
    *,
    n_new: int,
    modules: int,
    min_modules: Numbers,
    max_modules: Numbers,
    module_size: float,
    existing: pd.DataFrame | pd.Series | Mapping[Any, float] | None,
) -> tuple[Instance, Costs]:
    """Refuse what has no meaning, all together; then positions for labels."""
    problems: list[Problem] = []
    costs = read_costs(cost, problems, demands=weights)
    # All arrays in ascending label order, demands or sites.
    demands, sites = costs.demands, costs.sites
    weight = read_numbers(weights, demands, costs.given_demands, problems, argument="weights")
    reach = read_numbers(
        limit, demands, costs.given_demands, problems, argument="limit", infinite=True
    )
    # Existing sites: how many modules may be added to each; all others are new.
    room = _room(existing, problems)
    new = ~np.asarray(sites.isin(pd.Series(room, dtype=object).index), dtype=bool)
    limits = {
        name: read_numbers(numbers, sites, costs.given_sites, problems, argument=name, default=0.0)
        for name, numbers in (("min_modules", min_modules), ("max_modules", max_modules))
    }
    added = read_numbers(room, sites, costs.given_sites, problems, argument="existing", default=0.0)
    one_module = _module(module_size, sites, problems)
    for label in sites[new & (limits["min_modules"] > limits["max_modules"])]:
        problems.append(problem("least-above-most", row=label, column="min_modules"))
    count = read_count(n_new, problems, argument="n_new")
    total = read_count(modules, problems, argument="modules")
    if problems:
        raise InputError(*problems)
    # Pairs within the limit with any demand, by demand, then site.
    within = costs.within(reach)
    within = within.where(weight[within.row] > 0)
    order = np.lexsort((within.col, within.row))
    # Exact multiples: demands and modules share a unit, costs have their own.
    sizes = np.array([one_module])
    cost_unit, load_unit = unit_of(within.cost), unit_of(weight, sizes)
    refuse_far(cost=(within.cost, cost_unit), weights=(weight, load_unit))
    refuse_far(module_size=(sizes, load_unit))
    weight, one_module = weight / load_unit, one_module / load_unit
    row = within.row[order]
    instance = Instance(
        amount=weight,
        group=np.zeros(weight.size, dtype=np.int64),
        totals=np.zeros(0),
        new=new,
        least=np.where(new, np.maximum(1.0, np.ceil(limits["min_modules"])), 0.0),
        most=np.floor(np.where(new, limits["max_modules"], added)),
        size=np.full(new.size, one_module),
        row=row,
        col=within.col[order],
        cost=within.cost[order] / cost_unit,
        part=weight[row],
        n_new=count,
        modules=total,
        whole=is_whole(weight, np.array([one_module])),
        period=np.zeros(weight.size, dtype=np.int64),
        floor=np.zeros(0),
        must=np.zeros(new.size, dtype=bool),
        capped=np.full(new.size, -1, dtype=np.int64),
        quota=np.zeros(0),
        cost_unit=cost_unit,
        load_unit=load_unit,
    )
    return instance, costs


def _module(module_size: float, sites: pd.Index, problems: list[Problem]) -> float:
    """How much one module serves."""
    size = read_numbers(module_size, sites[:1], sites[:1], problems, argument="module_size")
    if size.size and size[0] == 0:
        problems.append(problem("zero", column="module_size"))
    return float(size[0]) if size.size else 1.0


def _room(existing: Any, problems: list[Problem]) -> Any:
    """How many modules may be added, by label of an existing site."""
    if isinstance(existing, pd.DataFrame):
        if "max_modules" in existing.columns:
            return existing["max_modules"]
        problems.append(problem("missing-column:argument", column="max_modules"))
        return None
    if existing is None or isinstance(existing, (pd.Series, Mapping)):
        return existing
    kind = type(existing).__name__
    problems.append(problem("wrong-kind:numbers", column="existing", kind=kind))
    return None


def modular_reasons(instance: Instance) -> tuple[str, ...]:
    """Why there cannot be a solution, where counting alone tells it."""
    n_sites, n_new = int(instance.new.sum()), instance.n_new
    if n_new > n_sites:
        return (
            tr(
                "{wanted:site is|sites are} to open, but only {free} may",
                wanted=n_new,
                free=n_sites,
            ),
        )
    # Fewest modules that the new sites need together.
    fewest = np.sort(instance.least[instance.new])[:n_new].sum()
    if instance.modules is None:
        return ()
    if fewest > instance.modules:
        return (
            tr(
                "{count:new site needs|new sites need} at least {fewest:module|modules}, but "
                "there are {modules}",
                count=n_new,
                fewest=f"{fewest:g}",
                modules=instance.modules,
            ),
        )
    # Most modules that the new sites and the existing ones can hold.
    largest = np.sort(instance.most[instance.new])[::-1][:n_new].sum()
    grown = instance.most[~instance.new].sum()
    if largest + grown < instance.modules:
        return (
            tr(
                "{modules:module does|modules do} not fit: {count:new site holds|new sites "
                "hold} at most {largest}, and {grown} may be added elsewhere",
                modules=instance.modules,
                count=n_new,
                largest=f"{largest:g}",
                grown=f"{grown:g}",
            ),
        )
    return ()
