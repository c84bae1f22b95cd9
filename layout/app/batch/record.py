"""The record of a result: how a task ended, its key, and a seal by which damage shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layout.core.files import small_file
from layout.output.lists import PROGRAM, as_json

__all__ = ["RECORD", "hashes_of", "sealed", "standing"]

RECORD = "task.json"
"""What a result's folder has beside the files of a plan."""
_RUN = "run.json"
_MOST_BYTES = 200_000_000


def sealed(record: Mapping[str, Any], folder: Path | None = None) -> str:
    """Return a record as it is written: with the hash of each file beside it, and of itself.

    Parameters
    ----------
    record
        How a task ended, ready for JSON.
    folder
        What it came to; None where the record is all.
    """
    files = {} if folder is None else hashes_of(folder)
    whole = {**record, "program": PROGRAM, "files": files}
    return as_json({**whole, "seal": _seal(whole)})


def standing(target: Path, key: str) -> dict[str, Any] | None:
    """Return the record of a result that stands whole at a path; None where there is none.

    Parameters
    ----------
    target
        Folder of a result, or file of costs.
    key
        That of the result; one of another key does not count.
    """
    path = target / RECORD if target.is_dir() else target
    try:
        record = json.loads(small_file(path, most_bytes=_MOST_BYTES))
        if not isinstance(record, dict) or record.get("key") != key:
            return None
        if record.pop("seal", None) != _seal(record):
            return None
        # What somebody laid beside them does no harm.
        if not record["files"].items() <= hashes_of(target).items():
            return None
    except (OSError, ValueError, RecursionError):
        return None
    return record


def hashes_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a result by its path, without the seconds it took.

    Of a workbook it is told that it is there, of a GeoPackage its size.

    Parameters
    ----------
    folder
        The folder; a file has none.
    """
    return {
        path.relative_to(folder).as_posix(): _hash(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / RECORD
    }


def _hash(path: Path) -> str:
    if path.name == _RUN:
        record = json.loads(small_file(path, most_bytes=_MOST_BYTES))
        if not isinstance(record, dict):
            raise ValueError(_RUN)
        return _seal({name: said for name, said in record.items() if name != "seconds"})
    if path.suffix == ".xlsx":
        # Somebody's notes may stand in it, and nothing reads it.
        return ""
    if path.suffix == ".gpkg":
        # Programs that open one write a mark into its head.
        return str(path.stat().st_size)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _seal(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(as_json(record).encode()).hexdigest()
