"""What gets a new site if a chosen one is impossible, and what that costs."""

from __future__ import annotations

import pandas as pd

from layout.location import ModularChoice, ModularProblem, runners_up

__all__ = ["with_runners_up"]

LARGE_SITES = 200
"""Candidates above which runners-up are not worked out where the children served lead."""


def with_runners_up(
    table: pd.DataFrame,
    problem: ModularProblem,
    answer: ModularChoice,
    homes: pd.Series,
    *,
    unit: float = 1.0,
) -> pd.DataFrame:
    """Add to each new site the settlement that would get it, and the loss at the leading level.

    Parameters
    ----------
    table
        By site label.
    problem, answer
        The model and its answer.
    homes
        The settlement of each candidate, by site label.
    unit
        What one unit of the leading level counts in the plan.

    Returns
    -------
    pandas.DataFrame
        The table with runner_up (a settlement, "" where there is none) and runner_up_loss, which
        is missing for sites that are not new. Both are left out where no floor leads and there
        are more than `LARGE_SITES` candidates: each site would take as long as the programme.
    """
    large = int(problem.sites["new"].sum()) > LARGE_SITES
    if problem.floors is None and large:
        return table.assign(runner_up="", runner_up_loss=float("nan"))
    others = runners_up(problem, answer)
    instead = homes.reindex(others["runner_up"]).fillna("")
    named = pd.Series(instead.to_numpy(), index=others.index, dtype="object")
    # Costs of whole children and modules: tiny remainders are the solver's.
    loss = (others["loss"] * unit).round(6).clip(lower=0.0)
    return table.assign(
        runner_up=named.reindex(table.index, fill_value=""),
        runner_up_loss=loss.reindex(table.index),
    )
