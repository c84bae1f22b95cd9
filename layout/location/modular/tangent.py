"""What one relaxation bounds for other numbers of sites and modules than its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from layout.core.arrays import Floats, Ints
from layout.location.modular.instance import ModularProblem, instance_of, merged
from layout.location.modular.model import level_model
from layout.location.modular.pricing import priced
from layout.location.solver.highs import Effort

__all__ = ["Tangent", "tangent"]

_STEPS = 4
"""So many times the sites of the relaxation have their worth told one by one."""


@dataclass(frozen=True, kw_only=True)
class Tangent:
    """A bound below a level for all numbers of new sites n and of modules c.

    At the prices of a relaxation new sites are worth so much each, the best first, whatever their
    number: the bound is ``constant + module·c`` and the n least of `worth`, and `grown` where
    others may grow. Above the last of `worth` each further site counts as that.

    Attributes
    ----------
    level
        Which level it bounds.
    others
        Whether sites that exist take part; if not, it says nothing where these may grow.
    constant, module, grown, worth
        See above.
    kept, price
        Value of the level before that is kept, and by how much the bound falls for each unit that
        an answer has more of it.
    """

    level: str
    others: bool
    constant: float
    module: float
    grown: float
    worth: tuple[float, ...]
    kept: float = 0.0
    price: float = 0.0

    def at(self, sites: Ints, modules: Ints, others: Ints) -> Floats:
        """Return the bound for numbers; `others` is 1 where sites that exist may grow."""
        steps = np.concatenate([[0.0], np.cumsum(self.worth)])
        last = steps.size - 1
        # Sites beyond those told one by one count as the last of these.
        further = np.maximum(sites - last, 0) * (self.worth[-1] if self.worth else 0.0)
        told = steps[np.minimum(sites, last)] + further
        bound = self.constant + self.module * modules + told + self.grown * others
        return np.asarray(bound if self.others else np.where(others == 1, -np.inf, bound))


def tangent(
    problem: ModularProblem, modules: pd.Series, level: str, kept: Mapping[str, float]
) -> Tangent | None:
    """Relax a level, and tell what its prices bound at other numbers.

    Parameters
    ----------
    problem
        Of a given number of modules, without quotas or sites that must open.
    modules
        By site label, of a choice that keeps the level before.
    level
        ``floors`` or ``covered``, which counts negative.
    kept
        The level before it, with the value that is not exceeded.

    Returns
    -------
    Tangent or None
        None where there is no relaxed solution.
    """
    instance = merged(instance_of(problem))
    assert instance.modules is not None
    model = level_model(instance, level, kept)
    labels = problem.sites.sort_index().index
    start = modules.reindex(labels, fill_value=0).to_numpy(dtype=np.float64)
    prices = priced(instance, model, start, Effort()).prices
    if prices is None or not np.isfinite(prices.bound):
        return None
    # The first two rows count new sites and modules; the last keeps the level before.
    site, module = prices.dual[0], prices.dual[1]
    new, n_new = instance.new, instance.n_new
    worth = np.sort(prices.worth[new]) + site
    grown = float(np.minimum(prices.worth[~new], 0.0).sum())
    return Tangent(
        level=level,
        others=bool((~new).any()),
        constant=prices.bound - grown - float(worth[:n_new].sum()) - module * instance.modules,
        module=float(module),
        grown=grown,
        worth=tuple(worth[: _STEPS * n_new + _STEPS].tolist()),
        kept=next(iter(kept.values()), 0.0),
        price=-float(prices.dual[-1]) if kept else 0.0,
    )
