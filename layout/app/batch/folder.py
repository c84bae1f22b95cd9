"""The folder of a batch: what is in it, whose it is, and one run at a time."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from layout.app.batch.province import save_province
from layout.app.batch.saved import RECORD, ROWS, STUDIES
from layout.core.files import claimed, folder_place, refusals_told, small_file, whole_file
from layout.core.problems import refuse
from layout.core.text import Language
from layout.output.lists import PROGRAM, as_json, write_csv
from layout.planning.schema import BATCH

__all__ = ["BatchFolder", "batch_folder"]

SECONDS, REFUSAL = "seconds.json", "infeasible.json"
_MOST_BYTES = 200_000_000
_ASIDE = re.compile(
    r"\.(new-|((batch|seconds|infeasible|[0-9a-f]{64})\.json|batch\.csv)\.)[a-z0-9_]{8}"
)
"""Folders in which a file is written before it takes its place."""


@dataclass(frozen=True, kw_only=True)
class BatchFolder:
    """Where the parts of a batch's result are.

    Attributes
    ----------
    path
        The folder, links followed.
    """

    path: Path

    def study(self, name: str) -> Path:
        """Return the folder of a study's result."""
        return self.path / STUDIES / name

    def costs(self, key: str) -> Path:
        """Return the file of an answered question of costs."""
        return self.path / "costs" / f"{key}.json"

    @contextmanager
    def for_one_run(self) -> Iterator[None]:
        """Make the folder, and keep other runs away from it within a block.

        Raises
        ------
        InputError
            Code ``batch-running``, or ``cannot-write``.
        """
        with refusals_told(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        with claimed(self.path) as free:
            if not free:
                raise refuse("batch-running", file=str(self.path))
            self._swept()
            yield

    def _swept(self) -> None:
        """Remove what a run that was killed had begun to write, and an earlier refusal."""
        with refusals_told(self.path):
            for left in (*self.path.glob(".*"), *self.path.glob("costs/.*")):
                if left.is_dir() and _ASIDE.fullmatch(left.name):
                    shutil.rmtree(left, ignore_errors=True)
            (self.path / REFUSAL).unlink(missing_ok=True)

    def write_table(self, rows: list[Mapping[str, Any]]) -> None:
        """Write ``batch.csv``, one row for each study."""
        table = pd.DataFrame(rows).reindex(columns=list(BATCH.names))
        for column in BATCH.columns:
            if column.kind == "integer":
                table[column.name] = table[column.name].astype("Int64")
            elif column.kind == "number":
                table[column.name] = table[column.name].astype("float64")
            else:
                texts = table[column.name].astype(object)
                table[column.name] = texts.where(texts.notna(), "").astype(str)
        with refusals_told(self.path):
            write_csv(table, self.path / ROWS)

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write ``batch.json``: the list, the versions, what was shared out and is proved."""
        self._write(RECORD, {**record, "program": PROGRAM})

    def write_refusal(self, diagnosis: Mapping[str, Any]) -> None:
        """Write ``infeasible.json``: why the closures cannot be had, and how many can."""
        self._write(REFUSAL, {**diagnosis, "program": PROGRAM})

    def write_province(self, files: Mapping[str, Path], language: Language) -> None:
        """Write the page and the lists of all studies together.

        Parameters
        ----------
        files
            Study file of each study.
        language
            That they are written in.
        """
        # Each file takes its place at once, when all are there.
        with refusals_told(self.path), TemporaryDirectory(prefix=".new-", dir=self.path) as aside:
            save_province(self.path, aside, language=language, files=files)
            for path in sorted(Path(aside).iterdir()):
                path.chmod(0o644)
                path.replace(self.path / path.name)

    def write_seconds(self, seconds: Mapping[str, Any]) -> None:
        """Add to ``seconds.json``, which alone differs from run to run."""
        self._write(SECONDS, {**(_read(self.path / SECONDS) or {}), **seconds})

    def _write(self, name: str, record: Mapping[str, Any]) -> None:
        with refusals_told(self.path), whole_file(self.path / name) as partial:
            partial.write_text(as_json(record), encoding="utf-8", newline="\n")


def batch_folder(out_dir: str | Path) -> BatchFolder:
    """Return the folder of a batch if one may be put, or gone on with, there.

    Parameters
    ----------
    out_dir
        The folder; it need not be there.

    Raises
    ------
    layout.core.errors.InputError
        It is a file, holds something else, or cannot be written.
    """
    target = folder_place(out_dir)
    if target.exists() and not target.is_dir():
        raise refuse("output-folder:file", file=str(target))
    if target.exists():
        with refusals_told(target):
            names = sorted(entry.name for entry in target.iterdir())
        if names and not _is_batch(target):
            few = ", ".join(names[:5]) + ("…" if len(names) > 5 else "")
            raise refuse("output-folder", file=str(target), names=few)
    return BatchFolder(path=target)


def _is_batch(folder: Path) -> bool:
    """Whether this program put a batch there."""
    return (_read(folder / RECORD) or {}).get("program") == PROGRAM


def _read(path: Path) -> dict[str, Any] | None:
    """A record of ours; None where there is none."""
    try:
        record = json.loads(small_file(path, most_bytes=_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
