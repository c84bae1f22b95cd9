"""A study of two counties, four townships and eight primary schools, on disk, to be spoilt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd

from layout.core.errors import Problem
from layout.inputs.study.study import Examination, examine

DATA = Path(__file__).parent / "data" / "eight_schools"
Told = tuple[str, str, str | None, str]


def written(folder: Path, **changes: Callable[[pd.DataFrame], pd.DataFrame]) -> Path:
    """Copy the study; functions by table change what its files hold. Returns the study file."""
    study = folder / "eight"
    shutil.copytree(DATA, study)
    for name, change in changes.items():
        if name in ("units", "roads"):
            layer = change(gpd.read_file(study / f"{name}.geojson"))
            (study / f"{name}.geojson").unlink()
            layer.to_file(study / f"{name}.gpkg", layer=name)
            put(study / "study.toml", f"{name}.geojson", f"{name}.gpkg")
        else:
            change(sheet(study, name)).to_csv(study / f"{name}.csv", index=False)
    return study / "study.toml"


def sheet(folder: Path, name: str) -> pd.DataFrame:
    """One of the tables as text."""
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def put(study: Path, old: str, new: str) -> None:
    """Change the study file."""
    text = study.read_text(encoding="utf-8")
    assert old in text
    study.write_text(text.replace(old, new), encoding="utf-8")


def add(study: Path, lines: str) -> None:
    """Add lines at the end of the study file."""
    text = study.read_text(encoding="utf-8")
    study.write_text(f"{text}\n{lines}\n", encoding="utf-8")


def into_workbook(study: Path, *names: str, formats: Mapping[str, str] | None = None) -> Path:
    """Put tables into sheets of book.xlsx, numbers as numbers; formats by column."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name in names:
        page = book.create_sheet(name)
        table = sheet(study.parent, name)
        for at, column in enumerate(table, start=1):
            page.cell(1, at, column)
            for row, text in enumerate(table[column], start=2):
                page.cell(row, at, text or None)
                if formats and column in formats:
                    page.cell(row, at, int(text)).number_format = formats[column]
        text = study.read_text(encoding="utf-8")
        study.write_text(text.replace(f"{name}.csv", f"book.xlsx|{name}"), encoding="utf-8")
    path = study.parent / "book.xlsx"
    book.save(path)
    return path


def told(study: Path | Examination, *severities: str) -> list[Told]:
    """Code, file with sheet, row and column of each problem, errors and warnings by default."""
    seen = study if isinstance(study, Examination) else examine(study)
    wanted = severities or ("error", "warning")
    return [_short(one) for one in seen.problems if one.severity in wanted]


def _short(one: Problem) -> Told:
    place = f"{one.file}|{one.sheet}" if one.sheet else one.file
    return one.code, place, one.row, one.column or ",".join(one.columns)
