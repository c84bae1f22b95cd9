"""Zip files, checked before anything is inflated, and layers: read from a private copy alone.

A library that reads layers looks for further files beside one, and writes some. In a folder that
holds a copy of the file and of the parts that were checked there is nothing else to look for, and
nothing that it writes is left beside the input.
"""

from __future__ import annotations

import lzma
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from layout.core.errors import InputError
from layout.core.problems import refuse
from layout.inputs.safety.contents import LAYER_SUFFIXES, check_layer_file
from layout.inputs.safety.limits import MAX_BYTES, MAX_INFLATED
from layout.inputs.safety.paths import PART_SUFFIXES, Source, parts_of, split_layer

__all__ = ["BROKEN", "check_archive", "unpacked"]

MAX_RATIO = 200
RATIO_FROM = 20_000_000
"""Small sheets may well be packed to a hundredth; a zip bomb has a high ratio and a large size."""
WILD_RATIO = 500
WILD_FROM = 1_000_000
MAX_MEMBERS = 10_000

_NESTED = re.compile(r"\.(?:zip|7z|rar|gz|bz2|xz|tar|tgz|zst)$", re.IGNORECASE)
_DRIVE = re.compile(r"^[A-Za-z]:")
_SPECIAL = re.compile(r"[^\w .,+()\[\]（）-]")
"""Signs that could make an address of a path."""
_private: set[Path] = set()
"""Folders of copies that are being read."""
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
    """Give the file to read: the source itself, a layer's private copy, or a member of a zip.

    Parameters
    ----------
    source
        File and layer; for an archive the layer is ``member`` or ``member|layer``.
    suffixes
        Kinds of file that may be read from an archive.
    file
        Name of the input, for the problems.

    Yields
    ------
    Source
        A file on disk and its layer. A layer lies in a folder of its own, with no files but its
        own parts, until the block ends; its content was checked.

    Raises
    ------
    InputError
        As for `check_archive`, `parts_of` and `check_layer_file`; codes ``zip-choice``,
        ``too-large`` and ``cannot-read``.
    """
    path, layer = source
    suffix = path.suffix.lower()
    if path.parent in _private or suffix not in (".zip", *LAYER_SUFFIXES):
        yield source
        return
    with TemporaryDirectory(prefix="layout-") as made:
        folder = Path(made).resolve()
        if suffix == ".zip":
            path, layer = _member(path, layer, folder, suffixes, file)
        else:
            path = _copy(path, folder, file)
        if path.suffix in LAYER_SUFFIXES:
            check_layer_file(path, layer, file=file)
        _private.add(folder)
        try:
            yield path, layer
        finally:
            _private.discard(folder)


def _copy(path: Path, folder: Path, file: str) -> Path:
    """Copy a file with its parts, endings in lower case; return the copy."""
    stem = _SPECIAL.sub("_", path.stem)
    try:
        parts = parts_of(path, file=file)
        size = sum(part.stat().st_size for part in parts.values())
        if size > MAX_BYTES:
            raise refuse("too-large:file", file=file, megabytes=size // 1_000_000)
        for ending, part in parts.items():
            shutil.copyfile(part, folder / f"{stem}{ending}")
    except OSError as error:
        reason = error.strerror or str(error)
        raise refuse("cannot-read", file=file, error=reason) from error
    return folder / f"{stem}{path.suffix.lower()}"


def _member(path: Path, layer: str, folder: Path, suffixes: tuple[str, ...], file: str) -> Source:
    """Unpack the member that is wanted, with the parts of a shapefile; return it and its layer."""
    members = check_archive(path, file=file)
    wanted, _, inner = layer.partition("|")
    chosen = _choose(members, wanted.strip(), suffixes, file)
    # All members with its name but another ending: the parts of a shapefile belong together.
    stem, ending = PurePosixPath(chosen).with_suffix(""), _ending(PurePosixPath(chosen))
    with zipfile.ZipFile(path) as archive:
        for member in members:
            name = PurePosixPath(_name_of(member).replace("\\", "/"))
            if name.with_suffix("") == stem and _ending(name) in (ending, *PART_SUFFIXES):
                _inflate(archive, member, folder / f"member{_ending(name)}", file)
    return folder / f"member{ending}", split_layer(inner)[0]


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
