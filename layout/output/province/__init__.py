"""The result of many studies: one page, one workbook, one GeoPackage."""

from layout.output.province.contents import DONE, Province, Total, totals
from layout.output.province.package import PACKAGED, write_package
from layout.output.province.page import write_page
from layout.output.province.workbook import write_book

__all__ = [
    "DONE",
    "PACKAGED",
    "Province",
    "Total",
    "totals",
    "write_book",
    "write_package",
    "write_page",
]
