"""Files and folders that appear whole or not at all: written aside, then put in place."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from layout.core.errors import expect
from layout.core.problems import refuse
from layout.core.text import tr

if sys.platform != "win32":
    import fcntl

__all__ = [
    "claimed",
    "file_place",
    "folder_place",
    "is_ordinary",
    "path_of",
    "refusals_told",
    "small_file",
    "whole_file",
    "whole_folder",
]

_EARLIER = "result"
_LONGEST_NAME = 255
MOST_BYTES = 8_000_000
"""No study file is larger."""


def small_file(path: str | Path, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a file that somebody named, if it is an ordinary one of no more than some size.

    A pipe would never end, nor would some devices.

    Parameters
    ----------
    path
        Any text; nothing need be there.
    most_bytes
        How large it may be.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        There is no such file, it may not be opened, or is a folder, pipe or device, or too large;
        the path is none or leads in a circle.
    """
    try:
        # Opened without waiting for the other end of a pipe, then looked at.
        number = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
    except ValueError as error:
        # A character that no path has.
        raise OSError(errno.EINVAL, tr("this is no path"), str(path)) from error
    with os.fdopen(number, "rb") as stream:
        status = os.fstat(number)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, tr("this is no ordinary file"), str(path))
        if status.st_size > most_bytes:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return stream.read(most_bytes)


def is_ordinary(path: str | Path) -> bool:
    """Tell whether a file is there, and ordinary; what is no path, or too long a one, is not.

    Parameters
    ----------
    path
        Any text.
    """
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def path_of(path: str | Path) -> Path:
    """Return what somebody gave for a path as one.

    Raises
    ------
    layout.core.errors.UsageError
        It is neither a text nor a path.
    """
    expect((str, Path), path=path)
    return Path(path)


def file_place(path: str | Path) -> Path:
    """Find out whether `whole_file` could write a file, before the work that fills it.

    Parameters
    ----------
    path
        The file; neither it nor its folder need be there.

    Returns
    -------
    pathlib.Path
        The same path.

    Raises
    ------
    layout.core.errors.InputError
        Code ``cannot-write``: the path is none, leads in a circle or is too long; there is a folder
        or a device; the folder, or the nearest one that is there, cannot be written to.
    """
    with refusals_told(path_of(path)):
        target = _real(path)
        if target.exists() and not target.is_file():
            raise OSError(errno.EINVAL, tr("this is no ordinary file"), str(target))
        _try_beside(target, f".{target.name}.")
    return Path(path)


def folder_place(path: str | Path) -> Path:
    """Find out whether `whole_folder` could write a folder, before the work that fills it.

    Parameters
    ----------
    path
        The folder; it need not be there.

    Returns
    -------
    pathlib.Path
        The same path, links followed: a link must not be replaced by a folder.

    Raises
    ------
    layout.core.errors.InputError
        Code ``cannot-write``, as for `file_place`; a disk is mounted there, so that the folder
        cannot be replaced.
    """
    with refusals_told(path_of(path)):
        target = _real(path)
        # What is there is set aside first, which changes the folder itself as well.
        if target.is_dir() and not os.access(target, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))
        _try_beside(target, f".{target.name}.new-")
    return target


def _real(path: str | Path) -> Path:
    """The path without links; an OSError where there is none."""
    try:
        real = Path(path).resolve()
        # GDAL takes names as UTF-8 alone.
        str(real).encode()
    except ValueError as error:
        # A character that no path has, or bytes that are no text.
        raise OSError(errno.EINVAL, tr("this is no path"), str(path)) from error
    except RuntimeError as error:
        # Links that lead to each other.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error
    # GDAL leaves line ends out of a name, and would write another file.
    if any(unicodedata.category(letter) == "Cc" for letter in str(real)):
        raise OSError(errno.EINVAL, tr("there are control characters in the path"), str(path))
    return real


def _try_beside(target: Path, prefix: str) -> None:
    """Make what will be written first, and remove it again; an OSError where that fails."""
    if _is_mounted(target):
        reason = tr("a disk is mounted there, which nothing can replace; name a folder inside it")
        raise OSError(errno.EBUSY, reason, str(target))
    folder = next(one for one in target.parents if one.exists())
    for part in target.relative_to(folder).parts:
        if len(os.fsencode(part)) > _LONGEST_NAME:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(target))
    # In a folder for all, as for temporary files, only its owner may replace a file.
    if target.exists() and hasattr(os, "geteuid"):
        owners = (0, folder.stat().st_uid, target.stat().st_uid)
        if folder.stat().st_mode & stat.S_ISVTX and os.geteuid() not in owners:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(target))
    made = Path(mkdtemp(prefix=prefix, dir=folder))
    # Another run that begins to write there may have removed it as left behind.
    with suppress(FileNotFoundError):
        made.rmdir()


def _is_mounted(path: Path) -> bool:
    """Whether another disk, or another folder, is mounted at a path."""
    if path.is_mount():
        return True
    # A folder of the same disk that is mounted a second time shows in the list of mounts alone.
    try:
        mounts = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return False
    places = (line.split(b" ")[4] for line in mounts if line.count(b" ") > 4)
    return os.fsencode(path) in (re.sub(rb"\\([0-7]{3})", _octal, place) for place in places)


def _octal(escaped: re.Match[bytes]) -> bytes:
    return bytes([int(escaped[1], 8)])


@contextmanager
def whole_file(path: str | Path, *, mode: int = 0o644) -> Iterator[Path]:
    """Give a new file to write in a ``with`` block; it is put in place at the end of the block.

    Parameters
    ----------
    path
        The file; its folder is made where it is missing. An earlier file stays until the new one
        is complete, and for good where the block raises.
    mode
        Permissions of the file.

    Yields
    ------
    pathlib.Path
        A file of the same name, not there yet, in a folder of its own.

    Raises
    ------
    OSError
        If the folder cannot be written to, or something else than a file has this name.
    """
    # A link keeps leading to its file; a device or a folder is never replaced.
    target = _real(path)
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, tr("this is no ordinary file"), str(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, since a file is replaced at once only within one file system.
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as aside:
        partial = Path(aside) / target.name
        yield partial
        partial.chmod(mode)
        partial.replace(target)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give a new folder to fill in a ``with`` block; it is put in place at the end of the block.

    A killed run leaves a folder beside the target, never half a result in it. The next run removes
    such folders, and puts back an earlier result that was being replaced. Runs to one target at the
    same time leave each other's folders alone; the last one's result stays.

    Parameters
    ----------
    path
        The folder; an earlier one is replaced, and stays where the block raises.

    Yields
    ------
    pathlib.Path
        An empty folder.

    Raises
    ------
    OSError
        If the folder beside cannot be written to.
    """
    target = Path(path)
    new, old = f".{target.name}.new-", f".{target.name}.old-"
    target.parent.mkdir(parents=True, exist_ok=True)
    _mend(target, new, old)
    fresh = Path(mkdtemp(prefix=new, dir=target.parent))
    with claimed(fresh):
        try:
            yield fresh
            # `mkdtemp` makes folders for their owner alone.
            fresh.chmod(0o755)
            _swap(target, fresh, old)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def claimed(folder: Path) -> Iterator[bool]:
    """Claim a folder for a block and say whether it was free; a killed process claims nothing.

    Parameters
    ----------
    folder
        A folder that is there.

    Notes
    -----
    Where the system has no such locks (Windows, some network disks) every folder is free.
    """
    if sys.platform == "win32":
        yield True
        return
    try:
        number = os.open(folder, os.O_RDONLY)
    except OSError:
        # Removed since it was listed, or somebody else's.
        yield True
        return
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        except OSError as error:
            free = not isinstance(error, BlockingIOError)
        yield free
    finally:
        os.close(number)


def _mend(target: Path, new: str, old: str) -> None:
    """Remove what killed runs left beside a folder, and put back what they had set aside."""
    for entry in sorted(target.parent.iterdir()):
        if not entry.name.startswith((new, old)):
            continue
        with claimed(entry) as left_behind:
            if not left_behind:
                continue
            # Killed between setting aside and putting in place: the earlier result is the only one.
            if entry.name.startswith(old) and not target.exists() and (entry / _EARLIER).exists():
                (entry / _EARLIER).rename(target)
            shutil.rmtree(entry, ignore_errors=True)


def _swap(target: Path, fresh: Path, old: str) -> None:
    """Put a folder in the place of another one, which is set aside first and then removed."""
    aside = Path(mkdtemp(prefix=old, dir=target.parent))
    with claimed(aside):
        try:
            # Nothing is there the first time, or another run has just set it aside.
            with suppress(FileNotFoundError):
                target.rename(aside / _EARLIER)
            fresh.rename(target)
        finally:
            # Where even this fails, the next run finds the earlier result and puts it back.
            if not target.exists() and (aside / _EARLIER).exists():
                (aside / _EARLIER).rename(target)
            shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def refusals_told(target: Path) -> Iterator[None]:
    """Turn what the operating system refuses within a block into a problem with its remedy.

    Parameters
    ----------
    target
        The file or folder that is written.

    Raises
    ------
    InputError
        Code ``cannot-write``, where the block raises an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise refuse("cannot-write", file=str(target), error=reason) from error
