"""Short names of array types for annotations, a search in sorted keys, and tables as a key."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Bools", "Floats", "Ints", "Keyed", "Objects", "in_sorted"]

T = TypeVar("T")

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Keyed(Generic[T]):
    """What a remembered result is made from; equal where it is of the same tables and values.

    Tables are the same as objects. They live as long as the result is remembered, so that no other
    object takes their identity.
    """

    given: T
    tables: tuple[object, ...]
    values: tuple[Hashable, ...]

    def __eq__(self, other: object) -> bool:
        """Whether the other is of the same tables and equal values."""
        return isinstance(other, Keyed) and self._key() == other._key()

    def __hash__(self) -> int:
        """Equal where the keys are."""
        return hash(self._key())

    def _key(self) -> tuple[Hashable, ...]:
        return (*map(id, self.tables), *self.values)


def in_sorted(keys: Ints, among: Ints) -> Bools:
    """Tell which whole numbers are among others that are sorted; `numpy.isin` without a sort."""
    if not among.size:
        return np.zeros(keys.size, dtype=np.bool_)
    # Where each key would be; one beyond the end is compared with the last.
    at = np.minimum(np.searchsorted(among, keys), among.size - 1)
    return np.asarray(among[at] == keys, dtype=np.bool_)
