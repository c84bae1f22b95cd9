"""The command ``layout check`` in this process, and a small study to spoil."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from layout.app.cli.command import main

Capture = pytest.CaptureFixture[str]
SPOILING = [
    pytest.mark.slow,
    # What is written to spoil a study is cut by the format on purpose.
    pytest.mark.filterwarnings("ignore:Normalized"),
    pytest.mark.filterwarnings("ignore:Duplicate name"),
    pytest.mark.filterwarnings("ignore:Column names longer"),
]
"""Marks of the files of tests that spoil layers and workbooks."""

SCHOOLS, SETTLEMENTS = "schools/schools.csv", "settlements/settlements.csv"
ATTENDANCE, UNITS = "schools/attendance.csv", "boundaries/counties.gpkg"


@dataclass(frozen=True)
class Told:
    """What the command said and with which code it left."""

    code: int
    out: str
    err: str

    def says(self, *parts: str) -> bool:
        """Whether one and the same problem names all the parts."""
        blocks: list[str] = []
        for line in self.err.splitlines():
            if line.startswith(("error", "warning", "note")):
                blocks.append(line)
            elif blocks:
                blocks[-1] += "\n" + line
        return any(all(part in block for part in parts) for block in blocks)


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def check(study: Path, capsys: pytest.CaptureFixture[str], *more: str) -> Told:
    """Run the check, and hold it to writing nothing."""
    folder = study.parent.parent
    before = contents(folder)
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["check", str(study), "--lang", "en", *more])
    said = capsys.readouterr()
    if "--report" not in more:
        assert contents(folder) == before
    assert "Traceback" not in said.err
    return Told(int(left.value.code or 0), said.out, said.err)


def copied(mini_path: Path, folder: Path, *, attendance: bool = False) -> Path:
    """Copy the small study, by default without attendance, whose reading takes longest."""
    shutil.copytree(mini_path.parent, folder / "study")
    study = folder / "study" / mini_path.name
    if not attendance:
        edit(study, 'attendance = "schools/attendance.csv"\n', "")
    return study


def edit(study: Path, old: str, new: str) -> None:
    """Change the study file."""
    text = study.read_text(encoding="utf-8")
    assert old in text
    study.write_text(text.replace(old, new, 1), encoding="utf-8")


def table(study: Path, name: str = SCHOOLS) -> pd.DataFrame:
    """Read one of the study's tables as text."""
    return pd.read_csv(study.parent / name, dtype=str, keep_default_na=False)


def spoil(study: Path, name: str, *cells: tuple[int, str, str]) -> None:
    """Change cells; rows are counted as in the file."""
    held = table(study, name)
    for row, column, value in cells:
        held.loc[row - 2, column] = value
    held.to_csv(study.parent / name, index=False, lineterminator="\n")
