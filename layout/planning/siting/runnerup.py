"""What gets a new site if a chosen one is impossible, and what that costs."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from layout.location import ModularChoice, ModularProblem, runners_up

__all__ = ["relabelled", "with_runners_up"]

LARGE_SITES = 200
"""Candidates above which runners-up are not worked out where the children served lead."""


def with_runners_up(
    table: pd.DataFrame,
    problem: ModularProblem,
    answer: ModularChoice,
    homes: pd.Series,
    labels: pd.Series | None = None,
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
    labels
        By site label of `problem` the one of `table`; the same where not given.
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
    if labels is not None:
        named, loss = (one.set_axis(labels.reindex(one.index)) for one in (named, loss))
    return table.assign(
        runner_up=named.reindex(table.index, fill_value=""),
        runner_up_loss=loss.reindex(table.index),
    )


def relabelled(
    problem: ModularProblem, answer: ModularChoice, wider: ModularProblem
) -> tuple[ModularProblem, ModularChoice, pd.Series, pd.Series]:
    """Say an answer in the labels of a problem with more candidates.

    Parameters
    ----------
    problem, answer
        A problem and its answer; sites have the columns settlement_id and school_id.
    wider
        The same with more candidates.

    Returns
    -------
    tuple
        The wider problem, the answer in its labels, the settlement of each of its candidates, and
        by its labels those of `problem`.
    """
    place = ["settlement_id", "school_id"]
    own = pd.MultiIndex.from_frame(problem.sites[place])
    theirs = pd.MultiIndex.from_frame(wider.sites[place])
    at = own.get_indexer(theirs)
    labels = pd.Series(problem.sites.index[at], index=wider.sites.index)[at >= 0]
    modules = answer.modules.reindex(labels).set_axis(labels.index).dropna().astype("int64")
    choice = replace(answer, modules=modules)
    return wider, choice, wider.sites["settlement_id"], labels
