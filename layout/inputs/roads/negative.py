"""Negative ids in OpenStreetMap's XML: what an editor has drawn and never uploaded."""

from __future__ import annotations

import bz2
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from xml.parsers import expat

from layout.inputs.safety.xml import check_tag

__all__ = ["positive_ids"]

_CHUNK = 1 << 22
_NEGATIVE = re.compile(
    rb"""(<(?:node|way|relation|nd|member)\b[^<>]*?\s(?:id|ref)\s*=\s*["'])-(\d{1,15})(?=["'])"""
)
_BEYOND = 1 << 36
"""Added to a negative id without its sign: five times all ids that OpenStreetMap has given."""


@contextmanager
def positive_ids(path: Path) -> Iterator[Path]:
    """Give an extract without negative ids, which osmium does not look up.

    Parameters
    ----------
    path
        XML, plain or packed.

    Yields
    ------
    Path
        The file itself, or a plain copy with other ids in their place until the block ends.

    Raises
    ------
    ValueError
        A tag does not end.
    """
    if not any(_NEGATIVE.search(piece) for piece in _pieces(path)):
        yield path
        return
    with TemporaryDirectory(prefix="layout-") as folder:
        copy = Path(folder).resolve() / "extract.osm"
        with copy.open("wb") as stream:
            for piece in _pieces(path):
                stream.write(_NEGATIVE.sub(_positive, piece))
        yield copy


def _positive(match: re.Match[bytes]) -> bytes:
    return match[1] + str(_BEYOND + int(match[2])).encode("ascii")


def _pieces(path: Path) -> Iterator[bytes]:
    """The text in pieces that end behind a tag; raises ValueError where one does not end."""
    rest, fed = b"", 0
    parser = expat.ParserCreate()
    with _opened(path) as stream:
        while chunk := stream.read(_CHUNK):
            # What is damaged is told by the library that reads it.
            with suppress(expat.ExpatError, LookupError):
                parser.Parse(chunk, False)
                fed += len(chunk)
                check_tag(parser, fed=fed)
            piece, end, rest = (rest + chunk).rpartition(b">")
            yield piece + end
    yield rest


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile | bz2.BZ2File:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return gzip.open(path)
    return bz2.open(path) if suffix == ".bz2" else path.open("rb")
