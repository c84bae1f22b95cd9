"""A plan as files: map, workbook, GeoPackage, CSV tables and ``run.json``."""

from __future__ import annotations

from layout.output.lists.areas import areas_target, write_areas
from layout.output.lists.csvs import FORMULA_STARTS, csv_target, write_csv, write_table
from layout.output.lists.datums import DATUMS, check_datum
from layout.output.lists.export import EXPORTED, FORMATS, LAND, check_export, export
from layout.output.lists.folder import check_target, fill, fill_infeasible, save, save_infeasible
from layout.output.lists.frames import CONTRACT, tables
from layout.output.lists.geopackage import write_geopackage
from layout.output.lists.runfile import CHANGED, PROGRAM, as_json, run_record, versions
from layout.output.lists.workbook import write_workbook

__all__ = [
    "CHANGED",
    "CONTRACT",
    "DATUMS",
    "EXPORTED",
    "FORMATS",
    "FORMULA_STARTS",
    "LAND",
    "PROGRAM",
    "areas_target",
    "as_json",
    "check_datum",
    "check_export",
    "check_target",
    "csv_target",
    "export",
    "fill",
    "fill_infeasible",
    "run_record",
    "save",
    "save_infeasible",
    "tables",
    "versions",
    "write_areas",
    "write_csv",
    "write_geopackage",
    "write_table",
    "write_workbook",
]
