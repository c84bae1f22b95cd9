"""Measures by county, before and after a plan, from the plan's tables alone."""

from layout.planning.counties.table import (
    county_table,
)

__all__ = [
    "county_table",
]
