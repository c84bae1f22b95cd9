"""The file of an OpenStreetMap extract: which may be opened, and how damage is reported."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from layout.core.errors import InputError
from layout.core.files import is_ordinary
from layout.core.problems import refuse
from layout.core.text import sentence
from layout.inputs.roads.negative import positive_ids
from layout.inputs.roads.pbf import check_packed
from layout.inputs.safety.guarded import Crashed, Endless, guarded
from layout.inputs.safety.xml import check_xml

if TYPE_CHECKING:
    import osmium

__all__ = ["in_our_words", "is_osm", "opened"]

ENDINGS = {
    ".pbf": "pbf",
    **{
        f"{kind}{packed}": f"osm{packed}"
        for kind in (".osm", ".osm.xml")
        for packed in ("", ".gz", ".bz2")
    },
}
"""Formats as osmium names them, by the end of the file's name; the longest that fits counts."""

_DAMAGED = (RuntimeError, ValueError, MemoryError, OSError, EOFError, zlib.error)
_CHILD = Path(__file__).with_name("osm_child.py")


def is_osm(path: Path) -> bool:
    """Tell by its name whether a file is an OpenStreetMap extract.

    Parameters
    ----------
    path
        Any path.
    """
    return path.name.lower().endswith(tuple(ENDINGS))


@contextmanager
def opened(path: Path) -> Iterator[osmium.io.File]:
    """Give the file to osmium with its format named; errors of osmium become problems.

    osmium would fetch a path that looks like an address, so only existing files are passed on.
    """
    import osmium

    if not is_ordinary(path):
        raise refuse("missing-file", file=path.name)
    name = path.name.lower()
    kind = next((ENDINGS[end] for end in ENDINGS if name.endswith(end)), None)
    if kind is None:
        raise refuse("osm-format", file=path.name)
    check_packed(path, kind=kind, file=path.name)
    if kind == "pbf":
        about = path.stat()
        _rehearsed(path.resolve(), path.name, about.st_mtime_ns, about.st_size)
        with in_our_words(path):
            # An absolute path cannot be taken for an address or for standard input.
            yield osmium.io.File(str(path.resolve()), kind)
        return
    check_xml(path)
    with in_our_words(path), positive_ids(path) as readable:
        yield osmium.io.File(str(readable.resolve()), kind if readable == path else "osm")


@lru_cache(maxsize=64)
def _rehearsed(path: Path, file: str, *_state: int) -> None:
    """Read an extract once apart, where neither its damage nor its size does harm."""
    try:
        guarded(_CHILD, path, file=file)
    except Endless as error:
        detail = sentence("reading it does not come to an end")
        raise refuse("osm-unreadable", file=file, detail=detail) from error
    except Crashed as error:
        detail = sentence("its inner structure is damaged")
        raise refuse("osm-unreadable", file=file, detail=detail) from error


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """Turn osmium's errors about damaged data, or tags that are not UTF-8, into a problem."""
    import osmium

    try:
        yield
    except InputError:
        raise
    except (*_DAMAGED, osmium.InvalidLocationError) as error:
        raise refuse("osm-unreadable", file=path.name, detail=error) from error
