"""The schema of the result: what every column of every table holds, in which unit and codes.

The contract's tuples of names, the files and the page ``docs/output-format.md`` follow from it.
Meanings are English here and said in the reader's language by `layout.core.text.tr`.
"""

from __future__ import annotations

from collections.abc import Mapping

from layout.core.text import Sentence, sentence, tr
from layout.planning.schema.batch import BATCH, COUNTY_SUMS, PROVINCE, STATUSES
from layout.planning.schema.columns import PROGRAMMES, Kind, OutColumn, OutTable
from layout.planning.schema.counties import COUNTIES, COUNTY_MEASURES
from layout.planning.schema.layers import (
    BELT_LAYER,
    CATCHMENTS_LAYER,
    FLOWS_LAYER,
    MOVED_LAYER,
    SCHOOLS_LAYER,
    ZONES,
)
from layout.planning.schema.needs import DEFICITS, KINDERGARTEN_PLANS
from layout.planning.schema.schools import ASSIGNMENT, CANDIDATES, CLOSURES, RETAINED
from layout.planning.schema.sites import REJECTED_SITES, SERVED, SITE_YEARS, SITES

__all__ = [
    "BATCH",
    "BELT_LAYER",
    "CATCHMENTS_LAYER",
    "COUNTY_MEASURES",
    "COUNTY_SUMS",
    "FLOWS_LAYER",
    "MOVED_LAYER",
    "PROGRAMMES",
    "PROVINCE",
    "SCHOOLS_LAYER",
    "STATUSES",
    "TABLES",
    "ZONES",
    "Kind",
    "OutColumn",
    "OutTable",
    "code_sentence",
    "code_words",
]

TABLES: Mapping[str, OutTable] = {
    "closures": CLOSURES,
    "candidates": CANDIDATES,
    "assignment": ASSIGNMENT,
    "retained": RETAINED,
    "sites": SITES,
    "served": SERVED,
    "site_years": SITE_YEARS,
    "rejected_sites": REJECTED_SITES,
    "deficits": DEFICITS,
    "kindergarten_plans": KINDERGARTEN_PLANS,
    "counties": COUNTIES,
}
"""Every table by the name of its CSV file; the files of today are those that are written."""


def code_words(table: str, column: str) -> dict[str, str]:
    """Return the codes of a column in the reader's language, see `OutColumn.codes`."""
    return {code: tr(meaning) for code, meaning in _codes(table, column).items()}


def code_sentence(table: str, column: str, code: str) -> Sentence:
    """Return what a code of a column means, to be put into words when it is shown."""
    return sentence(_codes(table, column)[code])


def _codes(table: str, column: str) -> Mapping[str, str]:
    return next(one.codes for one in TABLES[table].columns if one.name == column)
