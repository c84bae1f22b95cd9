"""Batches side by side: who closes how many in each, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from layout.app.batch.saved import SavedBatch, read_batch
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.output.lists.headings import headings
from layout.output.province import DONE

__all__ = ["BatchComparison", "compare_batches"]

_MEASURES = (
    *("close_asked", "closed", "pupils_moved", "added_pupil_minutes", "kindergarten_sites"),
    *("kindergarten_classes", "kindergarten_places", "compulsory_sites", "places_short"),
)
_OWN = ("differ", "schools")
"""Columns that are no batch."""


@dataclass(frozen=True, eq=False, kw_only=True)
class BatchComparison:
    """What batches come to.

    Attributes
    ----------
    closures
        One row for each study (index study): the closures in each batch under its name, missing
        where it has no plan of the study; differ, those in the last batch less those in the first;
        schools, how many close in one batch and not in another, of studies that all have a plan of.
    sums
        Sums over all studies: measures in rows, batches in columns. ``studies`` counts those with
        a plan.
    """

    closures: pd.DataFrame
    sums: pd.DataFrame

    def closures_in_words(self) -> pd.DataFrame:
        """Return the closures with a last row for all studies together."""
        total = self.closures.sum(min_count=1).to_frame(tr("All studies together")).T
        table = pd.concat([self.closures, total]).map(_number)
        titles = {
            "differ": tr("Schools closed, last less first"),
            "schools": tr("Schools that not all of them close"),
        }
        return table.rename(columns=titles).rename_axis(tr("Study")).reset_index()

    def sums_in_words(self) -> pd.DataFrame:
        """Return the sums with measures in words."""
        titles = {**headings("studies"), "studies": tr("Studies with a plan")}
        table = self.sums.map(_number).rename(index=titles)
        return table.rename_axis("").reset_index()


def _number(value: float) -> str:
    return "–" if value != value else f"{value:,.1f}".removesuffix(".0")


def compare_batches(*folders: str | Path) -> BatchComparison:
    """Set batches side by side, study by study.

    Parameters
    ----------
    *folders
        What ``layout batch`` wrote, twice or more often.

    Returns
    -------
    BatchComparison

    Raises
    ------
    layout.core.errors.InputError
        A folder holds no batch, or a table of it cannot be read.
    layout.core.errors.UsageError
        Fewer than two folders.
    """
    if len(folders) < 2:
        raise UsageError(tr("A comparison of batches takes two of them, or more."))
    batches = [read_batch(folder) for folder in folders]
    tables = dict(zip(_names(batches), (batch.rows for batch in batches), strict=True))
    closed = {name: table.set_index("study")["closed"] for name, table in tables.items()}
    frame = pd.DataFrame(closed, dtype="float64").sort_index()
    first, *_, last = frame.columns
    studies = list(frame.index)
    frame["differ"] = frame[last] - frame[first]
    frame["schools"] = _schools(batches, studies)
    sums = {
        name: pd.Series(
            {
                "studies": (table["status"] == DONE).sum(),
                **{measure: table[measure].sum(min_count=1) for measure in _MEASURES},
            },
            dtype="float64",
        )
        for name, table in tables.items()
    }
    return BatchComparison(closures=frame, sums=pd.DataFrame(sums))


def _names(batches: Sequence[SavedBatch]) -> list[str]:
    """What each batch is called: its title; where two share one, its folder, then its number."""
    folders = [batch.root.resolve().name for batch in batches]
    for names in ([batch.name for batch in batches], folders):
        if len({*names, *_OWN}) == len(names) + len(_OWN):
            return names
    return [f"{at} {name}" for at, name in enumerate(folders, start=1)]


def _schools(batches: Sequence[SavedBatch], studies: Sequence[str]) -> pd.Series:
    """By study: the schools that close in one batch and not in every other."""
    counts: dict[str, int] = {}
    for study in studies:
        if not all(study in batch.done for batch in batches):
            continue
        read = [batch.study(study, ("closures",)).tables["closures"] for batch in batches]
        closed = [set(table["school_id"]) for table in read]
        counts[study] = len(set.union(*closed) - set.intersection(*closed))
    return pd.Series(counts, dtype="float64").reindex(list(studies))
