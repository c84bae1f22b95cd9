"""Small values of a study: a file that it was read from, its levers, the schools they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

__all__ = ["ConsolidateOptions", "InputFile", "named_schools"]


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """One file that the study was read from; `path` is relative to the study file's folder.

    For a table of a database `path` is its address without password, and the hash that of its rows.
    """

    name: str
    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ConsolidateOptions:
    """Levers of a consolidation run that a scenario file may set; school ids in tuples."""

    close: int | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    must_close: tuple[str, ...] = ()
    close_uncertain: bool = False
    time_limit_s: float | None = None


def named_schools(
    texts: Iterable[str], names: pd.Series
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Find the schools that somebody names, by identifier or by a name that only one has.

    Parameters
    ----------
    texts
        Identifiers and names.
    names
        Name of each school by its identifier.

    Returns
    -------
    ids : tuple of str
        Sorted identifiers.
    unknown : tuple of str
        The texts that name no school, or several, in their order.
    """
    ids: set[str] = set()
    unknown = []
    for text in (str(text).strip() for text in texts):
        namesakes = [text] if text in names.index else list(names.index[names == text])
        if len(namesakes) == 1:
            ids.add(str(namesakes[0]))
        else:
            unknown.append(text)
    return tuple(sorted(ids)), tuple(unknown)
