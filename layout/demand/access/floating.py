"""Accessibility: places per child within reach, where others reach for the same places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from layout.core.arrays import Floats
from layout.core.errors import InputError, Problem, UsageError
from layout.core.problems import problem
from layout.core.text import tr
from layout.network.travel import TravelMatrix

__all__ = ["Decay", "gaussian", "stepwise", "two_step"]


Decay = Callable[[Floats], Floats]
"""Weights, 0 or more, of routes by their minutes."""


def two_step(
    travel: TravelMatrix,
    supply: pd.Series,
    demand: pd.Series,
    *,
    catchment_minutes: float,
    decay: Decay | None = None,
) -> pd.Series:
    r"""Places per child by the two-step floating catchment area method.

    First each site's places are shared among the children who reach it; then each settlement adds
    up the shares of the sites that it reaches:

    .. math::

        R_j = \frac{S_j}{\sum_{i:\, t_{ij} \le T} D_i\, w(t_{ij})}, \qquad
        A_i = \sum_{j:\, t_{ij} \le T} R_j\, w(t_{ij})

    Parameters
    ----------
    travel
        Routes from settlements to sites; its cut-off must not lie within the catchment.
    supply
        Places by site label; sites that are not named have none.
    demand
        Children by settlement label; settlements that are not named have none.
    catchment_minutes
        T: the longest route, one way, door to door.
    decay
        w: weights of routes in minutes; without it every route within the catchment counts 1. See
        `stepwise` and `gaussian`.

    Returns
    -------
    pandas.Series
        Places per child by settlement, for all origins of `travel`; 0 where nothing is reached.
        A settlement without children gets the value that one child there would see. Sites that
        no child reaches add nothing, so that the sum of access times demand is the number of
        places at all others.

    Raises
    ------
    UsageError
        Where the catchment is not positive or reaches beyond the cut-off of `travel`, or `decay`
        gives weights that are negative or not finite.
    InputError
        For unknown or repeated labels and for NaN, negative or infinite numbers, together.

    Notes
    -----
    Luo and Wang (2003), *Environment and Planning B* 30; with weights, the enhanced method, Luo
    and Qi (2009), *Health & Place* 15. Only the pairs of the matrix are used: time and memory grow
    with them, not with settlements × sites.
    """
    if not 0 < catchment_minutes < np.inf:
        raise UsageError(tr("The catchment must be a positive number of minutes."))
    if catchment_minutes > travel.cutoff_minutes:
        raise UsageError(
            tr(
                "The catchment of {catchment} minutes reaches beyond the travel matrix, which "
                "ends at {cutoff}.",
                catchment=f"{catchment_minutes:g}",
                cutoff=f"{travel.cutoff_minutes:g}",
            )
        )
    problems: list[Problem] = []
    # Places by site and children by settlement, in the order of the matrix.
    supplied = _aligned(supply, travel.sites, "supply", problems)
    children = _aligned(demand, travel.origins, "demand", problems)
    if problems:
        raise InputError(*problems)
    # Pairs within the catchment, with the weight of each.
    near = np.flatnonzero(travel.minutes <= catchment_minutes)
    row, col = travel.row[near], travel.col[near]
    weight = _weights(travel.minutes[near].astype(np.float64), decay)
    # First step, by site: weighted children who reach it, and places for each of them.
    wanted = np.bincount(col, children[row] * weight, minlength=supplied.size)
    ratio = np.divide(supplied, wanted, out=np.zeros(supplied.size), where=wanted > 0)
    # Second step, by settlement: the sum over the sites that it reaches.
    access = np.bincount(row, ratio[col] * weight, minlength=children.size)
    return pd.Series(access, index=travel.origins, name="places_per_child")


def stepwise(weights: Mapping[float, float]) -> Decay:
    """Return a decay that falls in steps.

    Parameters
    ----------
    weights
        Weight up to each number of minutes, the bound included; 0 beyond the last. Luo and Qi
        (2009) take ``{10: 1, 20: 0.68, 30: 0.22}`` and, steeper, ``{10: 1, 20: 0.42, 30: 0.09}``.

    Returns
    -------
    Decay
        For `two_step`.

    Examples
    --------
    >>> stepwise({10: 1, 20: 0.68, 30: 0.22})(np.array([0.0, 10.0, 10.5, 31.0])).tolist()
    [1.0, 1.0, 0.68, 0.0]
    """
    # Bounds ascend; a bound itself belongs to the step that ends there.
    bounds = np.array(sorted(weights), dtype=np.float64)
    values = np.array([*(weights[bound] for bound in sorted(weights)), 0.0], dtype=np.float64)

    def decay(minutes: Floats) -> Floats:
        return np.asarray(values[np.searchsorted(bounds, minutes, side="left")])

    return decay


def gaussian(catchment_minutes: float) -> Decay:
    r"""Return a decay from 1 at the door to 0 at the edge of the catchment.

    .. math:: w(t) = \frac{e^{-(t/T)^2/2} - e^{-1/2}}{1 - e^{-1/2}} \quad (t \le T)

    Parameters
    ----------
    catchment_minutes
        T.

    Returns
    -------
    Decay
        For `two_step`; Dai (2010), *Health & Place* 16.
    """
    # Weight at the edge before it is shifted to zero.
    edge = np.exp(-0.5)

    def decay(minutes: Floats) -> Floats:
        bell = np.exp(-0.5 * (minutes / catchment_minutes) ** 2)
        return np.asarray(np.maximum((bell - edge) / (1.0 - edge), 0.0))

    return decay


def _weights(minutes: Floats, decay: Decay | None) -> Floats:
    if decay is None:
        return np.ones(minutes.size)
    weight = np.asarray(decay(minutes), dtype=np.float64)
    if weight.shape != minutes.shape or not (np.isfinite(weight) & (weight >= 0)).all():
        raise UsageError(tr("The decay must give one finite weight of 0 or more for each way."))
    return weight


def _aligned(values: pd.Series, labels: pd.Index, argument: str, problems: list[Problem]) -> Floats:
    """Numbers in the order of the labels, 0 where none is given; what is wrong is noted."""
    # Every kind of mistake in every label, reported together.
    numbers = values.to_numpy(dtype=np.float64)
    kinds = (
        (partial(problem, "unknown-label:travel"), ~values.index.isin(labels)),
        (partial(problem, "duplicate-label:travel"), values.index.duplicated()),
        (partial(problem, "nan:travel"), np.isnan(numbers)),
        (partial(problem, "negative:travel"), numbers < 0),
        (partial(problem, "infinite:travel"), np.isposinf(numbers)),
    )
    problems += [
        told(row=label, column=argument) for told, wrong in kinds for label in values.index[wrong]
    ]
    # The first value of a repeated label; a problem is noted for it anyway.
    first = values[~values.index.duplicated()]
    return first.reindex(labels, fill_value=0.0).to_numpy(dtype=np.float64)
