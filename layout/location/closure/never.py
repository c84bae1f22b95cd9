"""Sites that cannot close even as the only one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from layout.location.closure.single_site import alone
from layout.location.closure.tables import ClosureInput, read_instance, stranded
from layout.location.solver.highs import Effort

__all__ = ["never_alone"]


def never_alone(given: ClosureInput) -> tuple[Any, ...]:
    """List the candidates whose groups find no room together, all other sites being open.

    Parameters
    ----------
    given
        The problem; its number of closures and its levels after the first do not count.

    Returns
    -------
    tuple
        Labels, ascending. Quotas and covers are not looked at.

    Raises
    ------
    InputError
        All problems of the tables together.
    """
    instance, _ = read_instance(
        replace(given, n_close=None, levels=given.levels[:1], must_close=(), covers=None)
    )
    _, never = alone(instance, Effort())
    return tuple(instance.sites[np.asarray(never | stranded(instance), dtype=np.bool_)])
