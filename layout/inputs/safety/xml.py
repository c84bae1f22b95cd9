"""A check of an XML file before it is parsed: a document type is refused.

A document type can define entities that grow a thousandfold or name other files. None of the
formats read here needs one, so its mere presence is an error.
"""

from __future__ import annotations

import bz2
import gzip
import zipfile
import zlib
from pathlib import Path
from typing import IO
from xml.parsers import expat

from layout.core.problems import refuse
from layout.core.text import sentence

__all__ = ["check_members", "check_tag", "check_xml"]

LONGEST_TAG = 10_000_000
"""Bytes of one tag or comment, which a parser that is fed in pieces begins anew with each."""

PROLOG_LIMIT = 1_000_000
"""Bytes within which the root element must begin; no road data have a longer prolog."""

_CHUNK = 65_536
_LOOK = 1024


class _Stop(Exception):
    """Raised inside the parser's callbacks to end the parsing."""

    def __init__(self, finding: str) -> None:
        super().__init__(finding)
        self.finding = finding


def check_xml(path: Path, *, file: str | None = None) -> None:
    """Refuse an XML file that has a document type or no root element.

    Only the prolog is read, so the answer takes milliseconds whatever the size of the file.

    Parameters
    ----------
    path
        The file.
    file
        Its name for the problems; the file's own name where not given.

    Raises
    ------
    InputError
        Code ``xml-doctype`` or ``xml-malformed``.
    """
    try:
        with _opened(path) as stream:
            finding = _finding(stream)
    except (OSError, EOFError, zlib.error) as error:
        finding = str(error)
    name = file or path.name
    if finding == "doctype":
        raise refuse("xml-doctype", file=name)
    if finding != "root":
        raise refuse("xml-malformed", file=name, value=finding)


def check_members(archive: zipfile.ZipFile, *, file: str) -> None:
    """Refuse a workbook with a document type in any of its parts, also in those nobody reads.

    Parameters
    ----------
    archive
        The workbook; its sizes were checked.
    file
        Its name, for the problems.

    Raises
    ------
    InputError
        Code ``xml-doctype``.
    """
    for member in archive.infolist():
        with archive.open(member) as stream:
            if _is_markup(stream.read(_LOOK)):
                stream.seek(0)
                if _finding(stream) == "doctype":
                    raise refuse("xml-doctype:workbook", file=file, value=member.filename)


def check_tag(parser: expat.XMLParserType, *, fed: int) -> None:
    """Refuse a tag or comment that does not end.

    Parameters
    ----------
    parser
        What has been fed.
    fed
        How many bytes.

    Raises
    ------
    ValueError
        What the parser has not come to the end of is too long.
    """
    if fed - parser.CurrentByteIndex > LONGEST_TAG:
        raise ValueError(sentence("a tag in it does not end"))


def _is_markup(head: bytes) -> bool:
    """Whether a file begins as XML does, in any encoding that expat reads."""
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile | bz2.BZ2File:
    """The file, unpacked where its name says that it is packed."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return gzip.open(path)
    return bz2.open(path) if suffix == ".bz2" else path.open("rb")


def _finding(stream: IO[bytes] | gzip.GzipFile | bz2.BZ2File) -> str:
    """Return ``root``, ``doctype`` or what is wrong, whichever comes first in the file."""
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise _Stop("doctype")

    def root(*_: object) -> None:
        raise _Stop("root")

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    try:
        for _ in range(PROLOG_LIMIT // _CHUNK + 1):
            chunk = stream.read(_CHUNK)
            # An empty chunk says that the file ends.
            parser.Parse(chunk, not chunk)
            if not chunk:
                break
    except _Stop as stop:
        return stop.finding
    except (expat.ExpatError, LookupError, ValueError) as error:
        # The declaration may also name an encoding that does not exist or that expat cannot read.
        return str(error)
    return "no root element"
