"""The files of the data report, each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layout.app.datareport.page import page
from layout.app.datareport.workbook import workbook
from layout.core.files import file_place, refusals_told, whole_file
from layout.core.show import printable
from layout.inputs.study.study import Examination

__all__ = ["check_report", "write_report"]

_FILES = ("problems.html", "problems.xlsx")


def check_report(folder: Path) -> None:
    """Find out whether `write_report` could write its files, before the study is read.

    Raises
    ------
    InputError
        If it could not.
    """
    for name in _FILES:
        file_place(folder / name)


def write_report(
    held: Examination, folder: Path, *, title: str, places: Sequence[tuple[str, ...]] = ()
) -> tuple[Path, Path]:
    """Write ``problems.html`` and ``problems.xlsx`` into a folder, in this context's language.

    Parameters
    ----------
    held
        The study as read, with problems and how its columns were matched.
    folder
        Made if missing; other files in it stay.
    title
        Name of the study file.
    places
        As `layout.app.datareport.roads.RoadReport` has them, where the roads were read.

    Returns
    -------
    tuple of pathlib.Path
        The page and the workbook.

    Raises
    ------
    InputError
        If the files cannot be written.
    """
    contents = (page(held, title=printable(title)).encode("utf-8"), workbook(held, places))
    with refusals_told(folder):
        for name, content in zip(_FILES, contents, strict=True):
            with whole_file(folder / name) as partial:
                partial.write_bytes(content)
    return folder / _FILES[0], folder / _FILES[1]
