"""A study read and checked, whether or not it can be used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from layout.app.datareport.listing import is_light, problem_cells, problem_titles, severities
from layout.app.datareport.nearby import nearby_problems
from layout.app.datareport.roads import road_report
from layout.app.datareport.write import write_report
from layout.app.shown import ShownTable
from layout.core.files import path_of
from layout.core.text import chosen_language, tr, using
from layout.inputs.study.study import Examination, Study, examine, with_problems

__all__ = ["Check", "check"]

COLUMNS = ("severity", "kind", "file", "sheet", "row", "column", "value", "reason", "remedy")
SEVERITIES = ("error", "warning", "note")


class Check(ShownTable):
    """What is wrong or doubtful in a study, see `check`.

    Attributes
    ----------
    seen
        The study as read, with problems and how its columns were matched.
    title
        Name of the study file.
    pieces, places
        As `layout.app.datareport.roads.RoadReport` has them; None and empty where the roads were
        not read.
    """

    SHOWN_ROWS = 100
    _metadata = ["seen", "title", "pieces", "places"]  # noqa: RUF012 - the name pandas looks for
    seen: Examination
    title: str
    pieces: pd.DataFrame | None
    places: list[tuple[str, ...]]

    @property
    def study(self) -> Study | None:
        """The study; None where it has errors."""
        return self.seen.study

    def in_words(self) -> pd.DataFrame:
        """Return the problems in words, without the columns that nothing stands in."""
        table = pd.DataFrame(self).head(self.SHOWN_ROWS)
        table = table.loc[:, (table != "").any() | table.empty]
        with using(chosen_language(None, default=self.seen.language)):
            table["severity"] = table["severity"].map(severities())
            return table.rename(columns=dict(zip(COLUMNS, problem_titles(), strict=True)))

    def nothing(self) -> str:
        """Return what is said of a study in order."""
        with using(chosen_language(None, default=self.seen.language)):
            return tr("Nothing is wrong or doubtful.")

    def save(self, folder: str | Path) -> tuple[Path, Path]:
        """Write the data report: ``problems.html`` and ``problems.xlsx``.

        Parameters
        ----------
        folder
            Made if missing; other files in it stay.

        Returns
        -------
        tuple of pathlib.Path
            The page and the workbook.

        Raises
        ------
        layout.core.errors.InputError
            If the files cannot be written.
        """
        with using(chosen_language(None, default=self.seen.language)):
            return write_report(self.seen, path_of(folder), title=self.title, places=self.places)


def check(
    path: str | Path, scenario: str | Path | None = None, *, roads: bool | None = None
) -> Check:
    """Read a study and list what is wrong or doubtful in it; nothing is raised.

    Parameters
    ----------
    path
        Study file (TOML).
    scenario
        Partial study file that is laid over it.
    roads
        Whether the roads are read too; by default where their file is small.

    Returns
    -------
    Check
        One row for each problem, errors first: severity (``error``, ``warning``, ``note``), kind
        (its code), file, sheet, row (or the identifier), column, value, reason and remedy, the
        last two in the reader's language. ``study`` is the study, None where there is an error;
        ``save(folder)`` writes the data report.
    """
    seen = examine(path, scenario)
    pieces: pd.DataFrame | None = None
    places: list[tuple[str, ...]] = []
    if seen.study is not None:
        more = nearby_problems(seen.study)
        if is_light(seen.study) if roads is None else roads:
            problems, places, pieces = road_report(seen.study)
            more += problems
        seen = with_problems(seen, more)
    worst_first = sorted(seen.problems, key=lambda problem: SEVERITIES.index(problem.severity))
    with using(chosen_language(None, default=seen.language)):
        cells = [problem_cells(problem) for problem in worst_first]
    table = Check(cells, columns=[*COLUMNS], dtype="str")
    table["severity"] = [problem.severity for problem in worst_first]
    table.seen, table.title = seen, Path(path).name
    table.pieces, table.places = pieces, places
    return table
