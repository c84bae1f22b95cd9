"""A whole batch: its list is read, closures are shared out, every study is planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from layout.app.batch.folder import BatchFolder, batch_folder
from layout.app.batch.hands import Hands
from layout.app.batch.listing import Listed, Listing
from layout.app.batch.proof import proofs_of, unit_of
from layout.app.batch.running import Job, Running
from layout.app.batch.share import Shared
from layout.app.batch.sharing import shared_closures, shared_kindergartens, with_closures
from layout.app.batch.sites import SharedSites
from layout.core.text import marked, tr, using
from layout.core.version import __version__
from layout.output.province.names import short_names
from layout.planning.schema import STATUSES

__all__ = ["ATTEMPTS", "Batch", "run_batch"]

_SHOWN = {
    "study": marked("Study"),
    "title": marked("Name"),
    "status": marked("Status"),
    "close_asked": marked("Closures asked"),
    "closed": marked("Schools closed"),
    "sites_asked": marked("New kindergartens"),
    "classes_asked": marked("Their classes and those of such as grow"),
    "one_less": marked("One less saves ({unit})"),
    "one_more": marked("One more costs ({unit})"),
}
_OF_CLOSURES, _OF_SITES = ("one_less", "one_more"), ("sites_asked", "classes_asked")
"""Columns of what is shared out."""
ATTEMPTS = 3
"""How often a task is tried whose process, or machine, is lost."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What became of a batch.

    Attributes
    ----------
    path
        Its folder.
    table
        ``batch.csv``: one row for each study.
    shared
        How closures were shared out; None where each study closes its own number.
    sites
        How kindergartens were shared out; None where each study builds its own number.
    exit_code
        0 where every study has a plan, else that of the first that has none.
    """

    path: Path
    table: pd.DataFrame
    shared: Shared | None
    sites: SharedSites | None
    exit_code: int

    def in_words(self) -> pd.DataFrame:
        """Return who closes how many, and what one more or less would cost, in words."""
        # What is not shared out is not in the table.
        absent = (*(() if self.shared else _OF_CLOSURES), *(() if self.sites else _OF_SITES))
        table = self.table.reindex(columns=[name for name in _SHOWN if name not in absent])
        # Parts of one study are called after it; their counties tell them apart.
        titles = table["title"].fillna("")
        table["title"] = short_names(list(titles.where(titles != "", table["study"])))
        table["status"] = table["status"].map(lambda code: tr(STATUSES[code]))
        for name in table.columns.drop(["study", "title", "status"]):
            table[name] = table[name].map(_whole)
        unit = unit_of(None if self.shared is None else self.shared.as_data())
        return table.rename(columns={name: tr(said, unit=unit) for name, said in _SHOWN.items()})

    def sentences(self) -> list[str]:
        """Return how many studies have a plan, and what went wrong in the others."""
        bad = self.table[self.table["exit_code"] != 0]
        done = len(self.table) - len(bad)
        counts = {"done": done, "count": len(self.table)}
        return [
            *map(str, proofs_of(_record_of(self.shared, self.sites))),
            tr("{done} of {count:study|studies} with a plan.", **counts),
            *(
                tr("{name}: {message}", name=name, message=message)
                for name, message in zip(bad["study"], bad["message"].fillna(""), strict=True)
            ),
        ]


def run_batch(
    listing: Listing,
    out: str | Path,
    *,
    hands: Callable[[], Hands],
    attempts: int = ATTEMPTS,
    retry: bool = False,
    memory_bytes: int | None = None,
    told: Callable[[str], None],
) -> Batch:
    """Plan all studies of a list, as far as that was not done before.

    Parameters
    ----------
    listing
        The list, see `layout.app.batch.listing`.
    out
        The folder; one of an earlier run is gone on with.
    hands
        Makes those who carry the tasks out, once it is known that there is something to do.
    attempts
        How often a task is tried whose process is lost.
    retry
        Whether studies without a plan are tried again though nothing has changed.
    memory_bytes
        The most memory that one study may take; None for no limit.
    told
        Takes a sentence for each task that ended.

    Returns
    -------
    Batch

    Raises
    ------
    layout.core.errors.InputError
        The folder cannot be used, or a study that takes part in the
        sharing cannot be read.
    layout.core.errors.InfeasibleError
        The closures that are to be shared out cannot be had.
    """
    folder = batch_folder(out)
    with using(listing.language), closing(hands()) as who, folder.for_one_run():
        running = Running(
            hands=who, attempts=attempts, retry=retry, memory_bytes=memory_bytes, told=told
        )
        return _Whole(listing=listing, folder=folder, running=running).run()


@dataclass(frozen=True, kw_only=True)
class _Whole:
    """One run of a batch."""

    listing: Listing
    folder: BatchFolder
    running: Running

    def run(self) -> Batch:
        """Share out, plan, and write what there is after each study."""
        shared, sites = None, None
        self.folder.write_record(self._record(shared, sites, complete=False))
        if self.listing.close is not None:
            shared = shared_closures(self.listing, self.folder, self.running)
            # Known before the plans are made, which takes longest.
            self.folder.write_record(self._record(shared, sites, complete=False))
        if self.listing.kindergarten is not None:
            sites = shared_kindergartens(self.listing, self.folder, self.running, shared)
            self.folder.write_record(self._record(shared, sites, complete=False))
        rows = {one.task.name: self._waiting(one, shared, sites) for one in self.listing.studies}

        def each(name: str, record: Mapping[str, Any]) -> None:
            rows[name] = {**rows[name], **_row(record)}
            self.folder.write_table(list(rows.values()))

        self.folder.write_table(list(rows.values()))
        jobs = [self._job(one, shared, sites) for one in self.listing.studies]
        records = self.running.run(jobs, each)
        self.folder.write_record(self._record(shared, sites, complete=True))
        files = {one.task.name: Path(one.task.study) for one in self.listing.studies}
        self.folder.write_province(files, self.listing.language)
        self.folder.write_seconds(self.running.seconds)
        codes = [records[name]["exit_code"] for name in rows]
        return Batch(
            path=self.folder.path,
            table=pd.DataFrame(list(rows.values())),
            shared=shared,
            sites=sites,
            exit_code=next((code for code in codes if code), 0),
        )

    def _job(self, one: Listed, shared: Shared | None, sites: SharedSites | None) -> Job:
        """The task of a study, with its share of what is shared out."""
        task = with_closures(one, shared)
        if sites is not None:
            numbers = dict(zip(("sites", "classes"), sites.numbers[task.name], strict=True))
            task = replace(task, programmes={"kindergarten": numbers})
        return Job(task=task, place=lambda _: self.folder.study(task.name))

    def _waiting(
        self, one: Listed, shared: Shared | None, sites: SharedSites | None
    ) -> dict[str, Any]:
        """The row of a study that was not planned yet."""
        name = one.task.name
        row: dict[str, Any] = {
            "study": name,
            "unit": one.task.unit or "",
            "status": "waiting",
            "exit_code": 0,
        }
        if shared is not None:
            row |= {
                "close_asked": shared.numbers[name],
                "least": one.least,
                "most": one.most,
                "one_less": shared.one_less[name],
                "one_more": shared.one_more[name],
            }
        if sites is not None:
            row["sites_asked"], row["classes_asked"] = sites.numbers[name]
        return row

    def _record(
        self, shared: Shared | None, sites: SharedSites | None, *, complete: bool
    ) -> dict[str, Any]:
        """What ``batch.json`` says."""
        return {
            "name": self.listing.title,
            "language": self.listing.language,
            "version": __version__,
            "list": self.listing.data,
            **_record_of(shared, sites),
            "complete": complete,
        }


def _record_of(shared: Shared | None, sites: SharedSites | None) -> dict[str, Any]:
    """What was shared out, as data."""
    return {
        "shared": None if shared is None else shared.as_data(),
        "shared_kindergartens": None if sites is None else sites.as_data(),
    }


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a task's record says in ``batch.csv``."""
    said = {name: record[name] for name in ("status", "exit_code", "key")}
    # The first of several lines: all of them stand in the record of the task.
    return {**said, "message": record["message"].split("\n")[0], **record.get("row", {})}


def _whole(number: Any) -> str:
    """A number as it is shown; nothing where it is not known."""
    return "" if pd.isna(number) else f"{number:,.0f}"
