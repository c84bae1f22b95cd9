"""Small values of a study: a file that it was read from, its levers, the schools they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from layout.core.standards import BANDS, Standards
from layout.inputs.study.file import ConsolidateSection

__all__ = [
    "OBJECTIVES",
    "PREFERRED",
    "ConsolidateOptions",
    "InputFile",
    "named_schools",
    "offering",
    "options_of",
]

OBJECTIVES: tuple[str, ...] = ("minutes", "metres", "bus_seats")
"""What the leading level of a consolidation may count."""

PREFERRED: tuple[str, ...] = ("complete", "centre")
"""Receivers that may be preferred: complete primaries, or schools that run teaching points."""


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
    """Levers of a consolidation run that a scenario file may set; school ids in tuples.

    Attributes
    ----------
    close, keep, must_close
        How many schools close; schools that stay, and that close in any case.
    forbid_receiver
        Schools that receive nobody.
    quota
        The most schools that may close by code of a county or township, sorted by code.
    drop
        Rules to leave out.
    close_uncertain
        Whether schools may close that the belt's geometry leaves uncertain.
    belt_m
        Width of the border belt in metres, in place of the programme's.
    belt_official
        Whether the official list protects its schools; if not, geometry alone decides.
    objective
        What the leading level counts, of `OBJECTIVES`.
    across_counties
        Whether a group may go to a school of another county.
    max_receivers
        The most schools that the pupils of one closed school are spread over.
    prefer_receivers
        Kind of school that is preferred as a receiver, of `PREFERRED`.
    min_receiver_pupils
        Schools with fewer pupils today receive nobody.
    time_limit_s
        Clock limit of the solver in seconds.
    walk_kmh, bus_speed_factor
        Walking speed on the flat and factor on the speeds of school buses, over the norms.
    """

    close: int | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    must_close: tuple[str, ...] = ()
    forbid_receiver: tuple[str, ...] = ()
    quota: tuple[tuple[str, int], ...] = ()
    close_uncertain: bool = False
    belt_m: float | None = None
    belt_official: bool = True
    objective: str = "minutes"
    across_counties: bool = False
    max_receivers: int | None = None
    prefer_receivers: str | None = None
    min_receiver_pupils: int | None = None
    time_limit_s: float | None = None
    walk_kmh: float | None = None
    bus_speed_factor: float | None = None

    def norms(self, standards: Standards) -> Standards:
        """Return norms with the speeds that the levers set.

        Parameters
        ----------
        standards
            Norms of the study.
        """
        speeds = {"walk_kmh": self.walk_kmh, "bus_speed_factor": self.bus_speed_factor}
        given = {name: float(value) for name, value in speeds.items() if value is not None}
        return replace(standards, **given) if given else standards  # type: ignore[arg-type]


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


def options_of(section: ConsolidateSection, schools: pd.DataFrame) -> ConsolidateOptions:
    """Take the levers of a study file, schools by their identifiers.

    Parameters
    ----------
    section
        ``[consolidate]``; its keys are the levers' names.
    schools
        Columns ``school_id`` and ``name``.
    """
    names = schools.set_index("school_id")["name"]
    given = section.model_dump()
    for key in ("keep", "must_close", "forbid_receiver"):
        given[key] = named_schools(given[key], names)[0]
    given["drop"] = tuple(given["drop"])
    given["quota"] = tuple(sorted(given["quota"].items()))
    return ConsolidateOptions(**given)


def offering(schools: pd.DataFrame, band: str) -> pd.Index:
    """Return the schools that teach a band: classes or pupils in one of its grades.

    Parameters
    ----------
    schools
        The study's schools.
    band
        One of `layout.core.standards.BANDS`.

    Returns
    -------
    pandas.Index
        In the order of the table; multigrade classes show by their pupils. No special schools.
    """
    columns = [f"{kind}_{grade}" for grade in BANDS[band] for kind in ("classes", "pupils")]
    special = schools["type_code"].str.startswith("5")
    return schools.index[(schools[columns] > 0).any(axis=1) & ~special]
