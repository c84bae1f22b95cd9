"""Which sites to open when all that counts is one reduced cost for each."""

from __future__ import annotations

import numpy as np

from layout.core.arrays import Bools, Floats

__all__ = ["cheapest"]


def cheapest(reduced: Floats, *, may: Bools, must: Bools, n_open: int | None) -> Bools:
    """Choose the sites that make the sum of reduced costs least.

    Parameters
    ----------
    reduced
        Reduced cost of each site, shape (sites,).
    may, must
        Which sites may be open, and which must be, shape (sites,).
    n_open
        How many open; None where the costs decide.

    Returns
    -------
    numpy.ndarray
        True where a site opens, shape (sites,); among equals the first.
    """
    if n_open is None:
        return must | (may & (reduced < 0))
    # The p smallest; those that must open sort first, those that may not sort last.
    key = np.where(may, reduced, np.inf)
    key[must] = -np.inf
    chosen = np.zeros(reduced.size, dtype=bool)
    chosen[np.argsort(key, kind="stable")[:n_open]] = True
    return chosen
