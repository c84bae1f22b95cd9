"""What each table must hold, and the list of problems when it does not."""

from __future__ import annotations

from layout.tables.check import check_table, schema_of
from layout.tables.columns import (
    AGES,
    ATTENDANCE,
    BORDER,
    SCHOOL_TYPES,
    SCHOOLS,
    SETTLEMENTS,
    UNITS,
    Column,
    Table,
)
from layout.tables.cross import (
    attendance_problems,
    margin_problems,
    place_problems,
    reference_problems,
    school_problems,
)

__all__ = [
    "AGES",
    "ATTENDANCE",
    "BORDER",
    "SCHOOLS",
    "SCHOOL_TYPES",
    "SETTLEMENTS",
    "UNITS",
    "Column",
    "Table",
    "attendance_problems",
    "check_table",
    "margin_problems",
    "place_problems",
    "reference_problems",
    "schema_of",
    "school_problems",
]
