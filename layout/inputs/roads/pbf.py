"""Packed extracts of OpenStreetMap: how large they are once unpacked, told before they are read."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from pathlib import Path

from layout.core.problems import refuse

__all__ = ["check_packed"]

MAX_RATIO = 20
"""Real extracts unpack to three times their size as ``.osm.pbf``, to fifteen as packed XML."""
MAX_RATIO_XML = 60
RATIO_FROM = 20_000_000
"""Bytes below which nothing can do harm, whatever they were packed from."""

_CHUNK = 1 << 20
_MOST_HEADER = 64 << 10
_MOST_BLOCK = 32 << 20
"""Limits of the format itself."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_DATASIZE, _RAW_SIZE = 3, 2


class _Cut(Exception):
    """The file ends, or is nonsense, where a field should be; whoever reads it will say so."""


def check_packed(path: Path, *, kind: str, file: str) -> None:
    """Refuse an extract that unpacks beyond reason.

    Parameters
    ----------
    path
        The extract.
    kind
        Its format: ``pbf``, ``osm``, ``osm.gz`` or ``osm.bz2``.
    file
        Its name, for the problems.

    Raises
    ------
    InputError
        Code ``inflates``.
    """
    if kind == "pbf":
        size, ratio = _size_of_blocks(path), MAX_RATIO
    elif kind in ("osm.gz", "osm.bz2"):
        size, ratio = _size_of_text(path, kind), MAX_RATIO_XML
    else:
        return
    if size > max(RATIO_FROM, ratio * path.stat().st_size):
        raise refuse("inflates:roads", file=file, megabytes=size // 1_000_000)


def _size_of_text(path: Path, kind: str) -> int:
    """Unpack a file without keeping anything, up to what is too much."""
    most, size = max(RATIO_FROM, MAX_RATIO_XML * path.stat().st_size), 0
    try:
        with gzip.open(path) if kind == "osm.gz" else bz2.open(path) as stream:
            while size <= most and (chunk := stream.read(_CHUNK)):
                size += len(chunk)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        # Damage is told by whoever reads it.
        return size
    return size


def _size_of_blocks(path: Path) -> int:
    """Sum what the blocks of a ``.osm.pbf`` say of their size; none is unpacked."""
    size = 0
    with path.open("rb") as stream:
        try:
            while prefix := stream.read(4):
                header = stream.read(min(int.from_bytes(prefix, "big"), _MOST_HEADER))
                length = _fields(header).get(_DATASIZE, 0)
                if not 0 < length <= _MOST_BLOCK:
                    break
                size += max(_fields(stream.read(length)).get(_RAW_SIZE, 0), length)
        except _Cut:
            pass
    return size


def _fields(data: bytes) -> dict[int, int]:
    """Numbers of a message by field; of the others, nothing."""
    fields: dict[int, int] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            fields[number], at = _varint(data, at)
        elif kind == _BYTES:
            length, at = _varint(data, at)
            at += length
        elif kind in (_FIXED32, _FIXED64):
            at += 4 if kind == _FIXED32 else 8
        else:
            raise _Cut
    return fields


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise _Cut
