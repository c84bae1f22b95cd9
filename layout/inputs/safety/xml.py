"""A check of an XML file before it is parsed: a document type is refused.

A document type can define entities that grow a thousandfold or name other files. None of the
formats read here needs one, so its mere presence is an error.
"""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import IO
from xml.parsers import expat

from layout.core.problems import refuse

__all__ = ["check_xml"]

PROLOG_LIMIT = 1_000_000
"""Bytes within which the root element must begin; no road data have a longer prolog."""

_CHUNK = 65_536


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
    finding = _finding(path)
    name = file or path.name
    if finding == "doctype":
        raise refuse("xml-doctype", file=name)
    if finding != "root":
        raise refuse("xml-malformed", file=name, value=finding)


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile | bz2.BZ2File:
    """The file, unpacked where its name says that it is packed."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return gzip.open(path)
    return bz2.open(path) if suffix == ".bz2" else path.open("rb")


def _finding(path: Path) -> str:
    """Return ``root``, ``doctype`` or what is wrong, whichever comes first in the file."""
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        raise _Stop("doctype")

    def root(*_: object) -> None:
        raise _Stop("root")

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    try:
        with _opened(path) as stream:
            for _ in range(PROLOG_LIMIT // _CHUNK + 1):
                chunk = stream.read(_CHUNK)
                # An empty chunk says that the file ends.
                parser.Parse(chunk, not chunk)
                if not chunk:
                    break
    except _Stop as stop:
        return stop.finding
    except (expat.ExpatError, LookupError, ValueError, OSError, EOFError) as error:
        # The declaration may also name an encoding that does not exist or that expat cannot read.
        return str(error)
    return "no root element"
