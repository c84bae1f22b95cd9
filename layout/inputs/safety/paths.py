"""Which files may be opened: plain files inside the study's folder, of the kinds expected."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from layout.core.errors import InputError
from layout.core.problems import refuse
from layout.inputs.safety.address import without_password

__all__ = ["Source", "locate", "sha256_of", "split_layer"]

_REMOTE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:|/vsi|\\\\|\{|<)", re.IGNORECASE)
_CHUNK = 1 << 20
_LONGEST_NAME, _LONGEST_PATH = 255, 4096
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")

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


def sha256_of(path: Path) -> str:
    """Hash a file, a shapefile with all its parts.

    Parameters
    ----------
    path
        An existing file.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    digest = hashlib.sha256()
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = [path.with_suffix(suffix) for suffix in _SHAPEFILE_PARTS]
    # In a fixed order; a part that is missing adds nothing.
    for part in parts:
        if part.is_file():
            with part.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()
