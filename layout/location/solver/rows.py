"""The rows of a sparse constraint matrix, collected block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from layout.core.arrays import Floats, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Rows:
    """Collects the rows of a sparse constraint matrix as triplets, then builds it once."""

    def __init__(self) -> None:
        self._rows: list[Ints] = []
        self._columns: list[Ints] = []
        self._values: list[Floats] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self.count = 0

    def add(
        self,
        row: NDArray[Any],
        column: NDArray[Any],
        value: NDArray[Any] | float,
        *,
        lower: NDArray[Any] | float,
        upper: NDArray[Any] | float,
        n_rows: int,
    ) -> slice:
        """Append `n_rows` rows whose entries are (row within the block, column, value)."""
        first = self.count
        self._rows.append(np.asarray(row, dtype=np.int64) + first)
        self._columns.append(np.asarray(column, dtype=np.int64))
        self._values.append(np.broadcast_to(np.asarray(value, dtype=float), np.shape(row)))
        self._lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (n_rows,)))
        self._upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (n_rows,)))
        self.count += n_rows
        return slice(first, self.count)

    def build(self, n_columns: int) -> tuple[sparse.csr_matrix, Floats, Floats]:
        """The matrix (duplicates added up), the lower and the upper sides."""
        join: Callable[[list[Any]], NDArray[Any]] = lambda parts: (  # noqa: E731
            np.concatenate(parts) if parts else np.empty(0)
        )
        matrix = sparse.csr_matrix(
            (join(self._values), (join(self._rows), join(self._columns))),
            shape=(self.count, n_columns),
        )
        return matrix, join(self._lower), join(self._upper)
