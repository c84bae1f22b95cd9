"""What each table must contain, and the problems of one that does not."""

from __future__ import annotations

from layout.inputs.tables.check import check_table, schema_of
from layout.inputs.tables.columns import (
    AGES,
    ATTENDANCE,
    EXCLUSION_KINDS,
    EXCLUSIONS,
    PARCEL_STAGES,
    PARCELS,
    RIVERS,
    SCHOOL_TYPES,
    SCHOOLS,
    SETTLEMENTS,
    TOWNSHIPS,
    UNITS,
    Column,
    Table,
)
from layout.inputs.tables.complete import (
    area_problems,
    birth_problems,
    code_problems,
    county_problems,
    flag_problems,
    township_problems,
)
from layout.inputs.tables.constants import (
    of_constants,
    spread_columns,
    with_constants,
    with_spread_totals,
)
from layout.inputs.tables.coverage import coverage_problems
from layout.inputs.tables.cross import (
    attendance_problems,
    margin_problems,
    reference_problems,
    school_problems,
)
from layout.inputs.tables.places import place_problems
from layout.inputs.tables.reading import ColumnRead, Reading, Sheet, understand
from layout.inputs.tables.spoken import renewed_codes, spoken_values
from layout.inputs.tables.totals import total_problems

__all__ = [
    "AGES",
    "ATTENDANCE",
    "EXCLUSIONS",
    "EXCLUSION_KINDS",
    "PARCELS",
    "PARCEL_STAGES",
    "RIVERS",
    "SCHOOLS",
    "SCHOOL_TYPES",
    "SETTLEMENTS",
    "TOWNSHIPS",
    "UNITS",
    "Column",
    "ColumnRead",
    "Reading",
    "Sheet",
    "Table",
    "area_problems",
    "attendance_problems",
    "birth_problems",
    "check_table",
    "code_problems",
    "county_problems",
    "coverage_problems",
    "flag_problems",
    "margin_problems",
    "of_constants",
    "place_problems",
    "reference_problems",
    "renewed_codes",
    "schema_of",
    "school_problems",
    "spoken_values",
    "spread_columns",
    "total_problems",
    "township_problems",
    "understand",
    "with_constants",
    "with_spread_totals",
]
