"""Who is served where once the modules are chosen, level by level."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.location.modular.instance import ModularProblem, instance_of, merged
from layout.location.modular.model import columns_of, level_model, with_modules
from layout.location.modular.pricing import sliced, widened
from layout.location.solver.highs import solve


def level_names(*, floors: bool, groups: bool) -> tuple[str, ...]:
    """The levels of a problem in order."""
    names = ("covered", "uneven", "travel") if groups else ("covered", "travel")
    return ("floors", *names) if floors else names


def serve_modules(problem: ModularProblem, modules: pd.Series) -> pd.DataFrame:
    """Serve the demand of the first period with the modules chosen.

    Parameters
    ----------
    problem
        Of whole amounts, costs and floors.
    modules
        Modules by site label.

    Returns
    -------
    pandas.DataFrame
        Columns demand, site, amount (whole, > 0): of all ways to serve the one that is best by
        the levels, one after the other.

    Raises
    ------
    ArithmeticError
        Where the solver gives flows that are not whole.
    """
    labels = problem.sites.sort_index().index
    instance = merged(instance_of(problem), later=True)
    fixed = modules.reindex(labels, fill_value=0).to_numpy(dtype=np.float64)
    kept: dict[str, float] = {}
    flow = np.zeros(0)
    for name in level_names(floors=instance.floor.size > 0, groups=instance.totals.size > 0):
        model = with_modules(instance, level_model(instance, name, kept), fixed)
        part, columns, _ = sliced(instance, model, fixed > 0)
        outcome = widened(solve(part), columns, model.cost.size)
        kept[name] = float(np.rint(outcome.objective))
        flow = outcome.solution[columns_of(instance).flow]
    # A vertex of a flow with its earlier levels at their best is whole.
    amount = np.rint(flow).astype(np.int64)
    if np.abs(flow - amount).max(initial=0.0) > 1e-6:
        raise ArithmeticError("the flow of the sites has no whole vertex")
    used = np.flatnonzero(instance.first & (amount > 0))
    demands = problem.demand.sort_index().index
    return pd.DataFrame(
        {
            "demand": demands.take(instance.row[used]),
            "site": labels.take(instance.col[used]),
            "amount": amount[used],
        }
    )
