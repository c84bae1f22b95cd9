"""Short names of array types for annotations, and a search in sorted keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Bools", "Floats", "Ints", "Objects", "in_sorted"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[Any]


def in_sorted(keys: Ints, among: Ints) -> Bools:
    """Tell which whole numbers are among others that are sorted; `numpy.isin` without a sort."""
    if not among.size:
        return np.zeros(keys.size, dtype=np.bool_)
    # Where each key would be; one beyond the end is compared with the last.
    at = np.minimum(np.searchsorted(among, keys), among.size - 1)
    return np.asarray(among[at] == keys, dtype=np.bool_)
