"""Zip files: checked before anything is inflated, and unpacked aside while they are read."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from layout.core.errors import InputError
from layout.core.problems import refuse
from layout.inputs.safety.paths import Source, split_layer

__all__ = ["BROKEN", "check_archive", "unpacked"]

MAX_INFLATED = 300_000_000
MAX_RATIO = 200
RATIO_FROM = 20_000_000
"""Small sheets may well be packed to a hundredth; a zip bomb has a high ratio and a large size."""
WILD_RATIO = 500
WILD_FROM = 1_000_000
MAX_MEMBERS = 10_000

_NESTED = re.compile(r"\.(?:zip|7z|rar|gz|bz2|xz|tar|tgz|zst)$", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")
_UTF8_FLAG, _SECRET_FLAG = 0x800, 0x1
_CHUNK = 1 << 20
# A damaged table of contents can also point before the beginning of the file.
BROKEN = (
    *(zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, lzma.LZMAError),
    *(OSError, ValueError, RuntimeError),
)


def check_archive(path: Path, *, file: str, workbook: bool = False) -> list[zipfile.ZipInfo]:
    """Refuse archives that are unsafe to open, by their table of contents alone.

    Parameters
    ----------
    path
        A zip file or a workbook, which is one.
    file
        Its name, for the problems.
    workbook
        Whether other archives may be inside, as in a workbook with embedded files.

    Returns
    -------
    list of zipfile.ZipInfo
        The members that are files.

    Raises
    ------
    InputError
        Codes ``zip``, ``inflates``, ``zip-member``, ``zip-nested``, ``password``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.filename.endswith("/")]
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise refuse("zip", file=file, error=error) from error
    _check_sizes(members, file)
    seen: set[str] = set()
    for member in members:
        name = _name_of(member)
        # Packers on Windows write backslashes.
        parts = PurePosixPath(name.replace("\\", "/"))
        if ".." in parts.parts or parts.is_absolute() or _DRIVE.match(name):
            raise refuse("zip-member:outside", file=file, value=name)
        if name.casefold() in seen:
            raise refuse("zip-member:twice", file=file, value=name)
        seen.add(name.casefold())
        if member.flag_bits & _SECRET_FLAG:
            raise refuse("password", file=file, value=name)
        if not workbook and _NESTED.search(name):
            raise refuse("zip-nested", file=file, value=name)
    return members


def _check_sizes(members: list[zipfile.ZipInfo], file: str) -> None:
    # Bytes as the table of contents states them.
    inflated = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    ratio = inflated / packed
    if (
        inflated > MAX_INFLATED
        or (inflated > RATIO_FROM and ratio > MAX_RATIO)
        or (inflated > WILD_FROM and ratio > WILD_RATIO)
        or len(members) > MAX_MEMBERS
    ):
        raise refuse("inflates", file=file, megabytes=inflated // 1_000_000)


def _name_of(member: zipfile.ZipInfo) -> str:
    """Name of a member; Chinese Windows packs names in GBK without saying so."""
    if member.flag_bits & _UTF8_FLAG:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


@contextmanager
def unpacked(source: Source, *, suffixes: tuple[str, ...], file: str) -> Iterator[Source]:
    """Give the file to read: the source itself, or the one wanted within a zip archive.

    Parameters
    ----------
    source
        File and layer; for an archive the layer is ``member`` or ``member|layer``.
    suffixes
        Kinds of file that may be read from an archive.
    file
        Name of the archive, for the problems.

    Yields
    ------
    Source
        A file on disk and its layer. A member of an archive lies in a folder of its own, with
        those that share its name (the parts of a shapefile), until the block ends.
    """
    path, layer = source
    if path.suffix.lower() != ".zip":
        yield source
        return
    members = check_archive(path, file=file)
    wanted, _, inner = layer.partition("|")
    chosen = _choose(members, wanted.strip(), suffixes, file)
    # All members with its name but another ending: the parts of a shapefile belong together.
    stem = PurePosixPath(chosen).with_suffix("")
    with TemporaryDirectory(prefix="layout-") as folder:
        with zipfile.ZipFile(path) as archive:
            for member in members:
                name = PurePosixPath(_name_of(member).replace("\\", "/"))
                if name.with_suffix("") == stem:
                    _inflate(archive, member, Path(folder) / f"member{_ending(name)}", file)
        yield Path(folder) / f"member{_ending(PurePosixPath(chosen))}", split_layer(inner)[0]


def _ending(name: PurePosixPath) -> str:
    """Ending by which the kind of a file is known, with both parts of ``.osm.xml``."""
    return "".join(
        name.suffixes[-2:] if name.stem.lower().endswith(".osm") else [name.suffix]
    ).lower()


def _choose(
    members: list[zipfile.ZipInfo], wanted: str, suffixes: tuple[str, ...], file: str
) -> str:
    names = [_name_of(member).replace("\\", "/") for member in members]
    # Members of a readable kind that are wanted, by path or by name alone.
    fit = [
        name
        for name in names
        if name.lower().endswith(tuple(s for s in suffixes if s != ".zip"))
        and not name.startswith("__MACOSX/")
        and (not wanted or wanted in (name, PurePosixPath(name).name))
    ]
    if len(fit) == 1:
        return fit[0]
    raise refuse(
        "zip-choice:several" if fit else "zip-choice",
        file=file,
        value=wanted,
        choices=", ".join(names[:8]),
    )


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, out: Path, file: str) -> None:
    """Write a member to a file; its size is counted, for the stated one may be wrong."""
    written = 0
    try:
        with archive.open(member) as packed, out.open("wb") as stream:
            while chunk := packed.read(_CHUNK):
                written += len(chunk)
                if written > MAX_INFLATED:
                    raise refuse("inflates", file=file, megabytes=written // 1_000_000)
                stream.write(chunk)
    except InputError:  # a ValueError too, as some of `BROKEN` are
        raise
    except BROKEN as error:
        raise refuse("zip", file=file, error=error) from error
