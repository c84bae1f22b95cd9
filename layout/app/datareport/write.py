"""The files of the data report, each whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layout.app.datareport.page import page
from layout.app.datareport.workbook import workbook
from layout.core.errors import InputError, Problem
from layout.core.text import tr
from layout.inputs.study.study import Examination

__all__ = ["write_report"]


def write_report(
    held: Examination, folder: Path, *, title: str, places: Sequence[tuple[str, ...]] = ()
) -> tuple[Path, Path]:
    """Write ``problems.html`` and ``problems.xlsx`` into a folder, in this context's language.

    Parameters
    ----------
    held
        What reading a study brought to light.
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
    contents = {
        "problems.html": page(held, title=title).encode("utf-8"),
        "problems.xlsx": workbook(held, places),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            part = folder / f".{name}.part"
            part.write_bytes(content)
            part.replace(folder / name)
    except OSError as error:
        raise InputError(
            Problem(
                code="cannot-write",
                file=str(folder),
                reason=tr("It cannot be written: {error}", error=error.strerror or str(error)),
                remedy=tr(
                    "Check free space and permissions, and close the files in other programs."
                ),
            )
        ) from error
    return folder / "problems.html", folder / "problems.xlsx"
