"""The columns of ``batch.csv``; what each holds is said by `layout.planning.schema`."""

from __future__ import annotations

from layout.planning.schema import BATCH, STATUSES

__all__ = ["COLUMNS", "STATUSES"]

COLUMNS: tuple[str, ...] = BATCH.names
"""One row for each study, sorted by name, see `layout.planning.schema.batch.BATCH`."""
