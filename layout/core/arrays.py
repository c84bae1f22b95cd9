"""Short names of array types for annotations, a search in sorted keys, and tables as a key."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

__all__ = ["Bools", "Floats", "Ints", "Keyed", "Objects", "in_sorted"]

T = TypeVar("T")

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Keyed(Generic[T]):
    """What a remembered result is made from; equal where all of it is the same.

    Attributes
    ----------
    given
        What the result is made from.
    same
        Parts of it that never change, compared as objects. They live as long as the result is
        remembered, so that no other object takes their identity.
    tables
        Parts that somebody may have changed since, compared by what is in them; None for none.
    values
        Parts compared by value.
    """

    given: T
    same: tuple[object, ...] = ()
    tables: tuple[pd.DataFrame | None, ...] = ()
    values: tuple[Hashable, ...] = ()

    def __eq__(self, other: object) -> bool:
        """Whether the other is of the same parts."""
        return isinstance(other, Keyed) and self._key == other._key

    def __hash__(self) -> int:
        """Equal where the keys are."""
        return hash(self._key)

    @cached_property
    def _key(self) -> tuple[Hashable, ...]:
        return (*map(id, self.same), *map(_contents, self.tables), *self.values)


def _contents(table: pd.DataFrame | None) -> bytes:
    """A digest of the names, the rows and the places of a table."""
    digest = hashlib.sha256()
    if table is None:
        return digest.digest()
    places = [name for name in table.columns if str(table[name].dtype) == "geometry"]
    plain = pd.DataFrame(table.drop(columns=places))
    digest.update("\n".join(map(str, table.columns)).encode())
    digest.update(pd.util.hash_pandas_object(plain).to_numpy().tobytes())
    for name in places:
        digest.update(b"".join(shapely.to_wkb(table[name].to_numpy())))
    return digest.digest()


def in_sorted(keys: Ints, among: Ints) -> Bools:
    """Tell which whole numbers are among others that are sorted; `numpy.isin` without a sort."""
    if not among.size:
        return np.zeros(keys.size, dtype=np.bool_)
    # Where each key would be; one beyond the end is compared with the last.
    at = np.minimum(np.searchsorted(among, keys), among.size - 1)
    return np.asarray(among[at] == keys, dtype=np.bool_)
