"""Results kept on disk by their content: plain arrays, never code, and checked when read.

An entry's name is the SHA-256 of everything that its content depends on: bytes of the inputs,
parameters, versions, and the program that makes it. A changed input has another name, so an entry
is never out of date. Entries are uncompressed ``.npz`` files of numbers and text; nothing in
them is executed, unpickled or evaluated. An entry that is damaged, or cannot be read or written, is
treated as missing.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from layout.core.files import whole_file
from layout.core.version import __version__

__all__ = ["FORMAT", "LIMIT_BYTES", "Arrays", "folder", "key", "load", "off", "store"]

FORMAT = 1
"""Number of the layout of entries."""

LIMIT_BYTES = 2_000_000_000
"""All entries together; beyond it those used longest ago are deleted."""

MAKERS = ("core/cache.py", "core/standards.py", "inputs", "network")
"""Code of this package that makes entries; a change there gives them other names."""

LIBRARIES = (
    "geopandas", "numba", "numpy", "osmium", "pandas", "pyproj", "rasterio",
    "scipy", "shapely",
)  # fmt: skip

Arrays = Mapping[str, npt.NDArray[Any]]

_ENTRY = re.compile(r"layout-[a-z]+-[0-9a-f]{64}\.npz")
_REMAINS = re.compile(rf"\.{_ENTRY.pattern}\.[A-Za-z0-9_]+")
"""Folders in which a killed run was writing an entry."""

_PLAIN = frozenset("biufU")
_NO = frozenset({"", "0", "no", "off", "false"})

_off: ContextVar[bool] = ContextVar("layout_cache_off", default=False)


@contextmanager
def off() -> Iterator[None]:
    """Neither read nor write within a ``with`` block."""
    token = _off.set(True)
    try:
        yield
    finally:
        _off.reset(token)


def folder() -> Path | None:
    """Return where entries are kept, or None where the user wants none.

    Returns
    -------
    pathlib.Path or None
        ``LAYOUT_CACHE`` where it is set (``off`` for none), else the user's folder for caches:
        ``XDG_CACHE_HOME`` or ``~/.cache`` on Linux, ``~/Library/Caches`` on macOS,
        ``LOCALAPPDATA`` on Windows, and in it ``school-layout``.
    """
    wanted = os.environ.get("LAYOUT_CACHE")
    if _off.get() or (wanted is not None and wanted.strip().lower() in _NO):
        return None
    # A folder of the user's choice is taken as it is.
    if wanted is not None:
        return Path(wanted).expanduser()
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home
        return None
    return base / "school-layout"


def key(kind: str, *parts: str | bytes) -> str:
    """Name an entry by all that its content depends on.

    Parameters
    ----------
    kind
        What it is, in small letters.
    *parts
        Inputs and parameters; their order counts, and where each ends.

    Returns
    -------
    str
        The name of the entry's file.
    """
    digest = hashlib.sha256()
    for part in (str(FORMAT), *_makers(), *parts):
        raw = part if isinstance(part, bytes) else part.encode()
        # The length first, so that ("ab", "c") and ("a", "bc") differ.
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return f"layout-{kind}-{digest.hexdigest()}.npz"


@lru_cache(maxsize=1)
def _makers() -> tuple[str, ...]:
    """Versions of what computes, and the program itself."""
    here = Path(__file__).parent.parent
    program = hashlib.sha256()
    for name in MAKERS:
        for path in sorted([here / name, *(here / name).rglob("*.py")]):
            if path.is_file():
                program.update(path.read_bytes())
    return (
        __version__,
        *(f"{name} {version(name)}" for name in LIBRARIES),
        # The last bit of a number may differ between kinds of processor.
        platform.machine(),
        program.hexdigest(),
    )


def load(name: str) -> dict[str, npt.NDArray[Any]] | None:
    """Read an entry.

    Parameters
    ----------
    name
        What `key` returns.

    Returns
    -------
    dict or None
        Its arrays; None where there is no such entry, or one that is damaged or holds anything
        but plain arrays. Whether they are the arrays expected is for the caller to check.
    """
    where = folder()
    if where is None:
        return None
    path = where / name
    try:
        if not path.is_file() or path.stat().st_size > LIMIT_BYTES:
            return None
        with zipfile.ZipFile(path) as archive:
            size = path.stat().st_size
            members = archive.infolist()
            if sum(member.file_size for member in members) > size:
                return None  # compressed, as no entry of ours is: it might inflate without end
            arrays = {
                member.filename.removesuffix(".npy"): _array(archive.read(member))
                for member in members
            }
        # The time of the last use decides which entries are deleted first.
        os.utime(path)
    except (OSError, zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError):
        return None
    return arrays


def _array(raw: bytes) -> npt.NDArray[Any]:
    """Read one array; it is never larger than its bytes, whatever its header states."""
    stream = io.BytesIO(raw)
    form = np.lib.format.read_magic(stream)
    if form != (1, 0):
        raise ValueError("not written by this program")
    # Whole numbers, decimals, truth values and text only, row by row, of two axes at most.
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.kind not in _PLAIN or fortran or len(shape) > 2:
        raise ValueError("not a plain array")
    return np.frombuffer(raw, dtype=dtype, offset=stream.tell()).reshape(shape).copy()


def store(name: str, arrays: Arrays) -> None:
    """Write an entry, whole or not at all, and delete the oldest ones beyond the limit.

    Parameters
    ----------
    name
        What `key` returns.
    arrays
        Numbers, truth values or text by name. Where they cannot be written, nothing happens.
    """
    where = folder()
    if where is None:
        return
    try:
        # For its owner alone: entries are made from data that may be private.
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        with whole_file(where / name, mode=0o600) as partial:
            # Row by row, as `_array` demands.
            rows = {title: np.ascontiguousarray(array) for title, array in arrays.items()}
            np.savez(partial, allow_pickle=False, **rows)
        _make_room(where)
    except OSError:
        return


def _make_room(where: Path) -> None:
    """Delete our own entries that were used longest ago, until the rest fits."""
    # Bytes by entry, and by folder that a killed run has left; other files are not touched.
    ours = {
        path: sum(part.stat().st_size for part in (path, *path.glob("*")))
        for path in where.iterdir()
        if (_REMAINS.fullmatch(path.name) and path.is_dir())
        or (_ENTRY.fullmatch(path.name) and path.is_file())
    }
    total = 0
    # From the one used last on, keep what fits within the limit.
    for path in sorted(ours, key=lambda path: (path.stat().st_mtime_ns, path), reverse=True):
        total += ours[path]
        if total <= LIMIT_BYTES:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
