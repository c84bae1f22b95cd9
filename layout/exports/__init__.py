"""A plan as files: map, workbook, GeoPackage, CSV tables and ``run.json``."""

from __future__ import annotations

from layout.exports.areas import areas_target, write_areas
from layout.exports.csvs import write_csv
from layout.exports.folder import check_format, check_target, save, save_infeasible, write_one
from layout.exports.frames import report_table, tables
from layout.exports.geopackage import write_geopackage
from layout.exports.runfile import run_record
from layout.exports.workbook import write_workbook

__all__ = [
    "areas_target",
    "check_format",
    "check_target",
    "report_table",
    "run_record",
    "save",
    "save_infeasible",
    "tables",
    "write_areas",
    "write_csv",
    "write_geopackage",
    "write_one",
    "write_workbook",
]
