"""Measures by county, before and after a plan, from the plan's tables alone."""

from layout.planning.counties.notes import COUNTY_NOTES, county_notes
from layout.planning.counties.table import county_table

__all__ = ["COUNTY_NOTES", "county_notes", "county_table"]
