"""Which files may be opened: plain files inside the study's folder, of the kinds expected."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from layout.core.errors import InputError
from layout.core.problems import refuse
from layout.inputs.safety.address import without_password

__all__ = ["PART_SUFFIXES", "Source", "locate", "parts_of", "sha256_of", "split_layer"]

_REMOTE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|/vsi|\\\\|\{|<)", re.IGNORECASE)
_CHUNK = 1 << 20
PART_SUFFIXES = (".shx", ".dbf", ".prj", ".cpg")
"""Parts of a shapefile beside the ``.shp`` that are read; indices and notes are not."""
_WAL, _JOURNAL = "-wal", "-journal"
_HOT_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
"""How SQLite begins the journal of a change that was not finished."""
_LONGEST_NAME, _LONGEST_PATH = 255, 4096

Source = tuple[Path, str]
"""A file and the name of a layer or sheet in it ("" for the first)."""


def split_layer(text: str) -> tuple[str, str]:
    """Split ``file|layer`` as written in a study file.

    Parameters
    ----------
    text
        Path, with a layer or sheet after a bar where wanted.

    Returns
    -------
    tuple of str
        Path and layer; the layer is "" where none is named.
    """
    path, _, layer = text.partition("|")
    return path.strip(), layer.strip()


def locate(root: Path, text: str, *, suffixes: tuple[str, ...], file: str, key: str) -> Source:
    """Find an input file inside the study's folder.

    Parameters
    ----------
    root
        Folder of the study file.
    text
        Path as written, relative to `root`; a layer may follow a bar.
    suffixes
        Endings of the kinds of file that can be read here, lower case.
    file, key
        Study file and key, for the problem.

    Returns
    -------
    Source
        Absolute path and layer.

    Raises
    ------
    InputError
        If the path is an address or leads out of the folder, is of another kind, or is missing.
    """
    name, layer = split_layer(text)

    place: dict[str, Any] = {"file": file, "column": key, "value": without_password(text)}
    if _REMOTE.match(name):
        raise refuse("not-a-path", **place)
    base = root.resolve()
    missing = {**place, "path": without_password(name)}
    try:
        # Links are followed first, so that none leads out of the folder.
        path = (base / name).resolve()
        there = path.is_file()
    except ValueError as error:
        # A character that no path has.
        raise refuse("not-a-path", **place) from error
    except (OSError, RuntimeError) as error:
        # Links that lead to each other, or a name of endless length.
        raise _missing(base / name, base, missing) from error
    if not path.is_relative_to(base):
        raise refuse("outside-folder", **place)
    if not path.name.lower().endswith(suffixes):
        raise refuse("file-kind", choices=", ".join(suffixes), **place)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise refuse("not-a-file", **place)
    if not there:
        raise _missing(path, base, missing)
    return path, layer


def _missing(path: Path, base: Path, place: dict[str, Any]) -> InputError:
    """Name the files that are there where one is missing."""
    # A name of endless length has no folder that can be looked at.
    short = len(path.name) < _LONGEST_NAME and len(str(path)) < _LONGEST_PATH
    if short and path.parent.is_dir():
        present = sorted(item.name for item in path.parent.iterdir() if item.is_file())[:8]
        if present:
            return refuse("missing-file:files", files=", ".join(present), **place)
    folder = path.parent.relative_to(base).as_posix() if short else "…"
    return refuse("missing-file:folder", folder=folder, **place)


def parts_of(path: Path, *, file: str) -> dict[str, Path]:
    """Find the files that belong to an input: a shapefile's parts, what SQLite has yet to write.

    Nothing else beside an input is ever read, and no link leads away from it.

    Parameters
    ----------
    path
        An existing file.
    file
        Its name, for the problems.

    Returns
    -------
    dict
        Files by the ending that they have beside the input's stem, in lower case; the input
        itself first. Endings may be written in any letter case.

    Raises
    ------
    InputError
        Codes ``outside-folder`` and ``not-a-file`` where a part is a link that leads out of the
        input's folder, a pipe or a device; ``unfinished`` where a change was not finished.
    """
    suffix = path.suffix.lower()
    parts = {suffix: path}
    if suffix == ".gpkg":
        # SQLite itself looks for these names alone.
        beside = {suffix + _WAL: path.with_name(path.name + _WAL)}
        journal = _part(path.with_name(path.name + _JOURNAL), path, file)
        if journal is not None and _begins(journal, _HOT_JOURNAL):
            raise refuse("unfinished", file=file, name=journal.name)
    elif suffix == ".shp":
        beside = {ending: _any_case(path, ending) for ending in PART_SUFFIXES}
    else:
        beside = {}
    for ending, other in beside.items():
        if (part := _part(other, path, file)) is not None:
            parts[ending] = part
    return parts


def _any_case(path: Path, suffix: str) -> Path:
    """The file of an ending; as it is written where only letter case differs."""
    part = path.with_name(path.stem + suffix)
    if not part.exists():
        alike = (item for item in path.parent.iterdir() if item.name.lower() == part.name.lower())
        part = min(alike, default=part)
    return part


def _part(part: Path, path: Path, file: str) -> Path | None:
    """Return a part as an ordinary file; None where there is none."""
    if not part.exists():
        return None
    if not part.resolve().is_relative_to(path.parent.resolve()):
        raise refuse("outside-folder:part", file=file, value=part.name)
    if not part.is_file():
        raise refuse("not-a-file", file=file, value=part.name)
    return part


def _begins(path: Path, magic: bytes) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(magic)) == magic


def sha256_of(path: Path, *, file: str = "") -> str:
    """Hash a file with all its parts.

    Parameters
    ----------
    path
        An existing file.
    file
        Its name, for the problems.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.

    Raises
    ------
    InputError
        As for `parts_of`; code ``cannot-read`` where the system does not let it be opened.
    """
    digest = hashlib.sha256()
    try:
        # In a fixed order; a part that is missing adds nothing.
        for part in parts_of(path, file=file or path.name).values():
            with part.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
    except OSError as error:
        reason = error.strerror or str(error)
        raise refuse("cannot-read", file=file or path.name, error=reason) from error
    return digest.hexdigest()
