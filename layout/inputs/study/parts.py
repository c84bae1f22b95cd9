"""Small values of a study: a file that it was read from, and the levers of its scenario."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ConsolidateOptions", "InputFile"]


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
