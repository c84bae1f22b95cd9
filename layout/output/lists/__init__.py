"""A plan as files: map, workbook, GeoPackage, CSV tables and ``run.json``."""

from __future__ import annotations

from layout.output.lists.areas import areas_target, write_areas
from layout.output.lists.csvs import write_csv
from layout.output.lists.folder import check_format, check_target, save, save_infeasible, write_one
from layout.output.lists.frames import tables
from layout.output.lists.geopackage import write_geopackage
from layout.output.lists.runfile import run_record
from layout.output.lists.workbook import write_workbook

__all__ = [
    "areas_target",
    "check_format",
    "check_target",
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
