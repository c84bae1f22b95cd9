"""`Study`: all validated inputs of one planning job together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from layout.errors import Problem
from layout.standards import Standards

__all__ = [
    "BorderProgramme",
    "ClosureProgramme",
    "ConsolidateOptions",
    "InputFile",
    "Programmes",
    "SiteProgramme",
    "Study",
]

Provenance = Literal["modelled", "observed"]


@dataclass(frozen=True, kw_only=True)
class ClosureProgramme:
    """How many small schools are to close, and until when."""

    count: int
    complete_by: date
    years: tuple[int, ...]
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class BorderProgramme:
    """The belt along the border in which schools are retained; width in metres."""

    retain: int
    width_m: float
    units: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class SiteProgramme:
    """A number of new sites of one stage; 0 where the programme names no classes or places."""

    sites: int
    year: int
    classes: int = 0
    places: int = 0
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Programmes:
    """What the policy asks; None where a study has no such programme.

    ``others`` holds the remaining programmes as tables of plain values, by name.
    """

    closures: ClosureProgramme | None = None
    border: BorderProgramme | None = None
    kindergarten: SiteProgramme | None = None
    compulsory: SiteProgramme | None = None
    others: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """One file that the study was read from; `path` is relative to the study file's folder."""

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


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """All validated inputs of one planning job; see the study format for the columns.

    Parameters
    ----------
    name, credit, language, provenance
        Title, attribution shown on maps, language of outputs, ``modelled`` or ``observed``.
    root
        Folder of the study file.
    crs
        Projected CRS in metres for all distances, as ``EPSG:4507``.
    data_date, children_year
        Day of the school data; year of the census of children (1 November).
    standards, programmes, births, migration
        Norms in force; programmes; births by calendar year; yearly net migration as a share.
    units, border, settlements, schools
        Tables in EPSG:4326, indexed by their id, sorted by it.
    attendance
        Columns settlement_id, grade, school_id, pupils; None where it is to be inferred.
    attendance_inferred
        Whether attendance was modelled from margins rather than given.
    roads_file
        The road file.
    inputs, warnings
        Files read, with SHA-256; problems that did not stop the reading.
    scenario, options
        Name of the scenario ("" for the base plan) and its levers.
    """

    name: str
    root: Path
    crs: str
    data_date: date
    children_year: int
    provenance: Provenance
    language: Literal["zh", "en"]
    credit: str
    standards: Standards
    programmes: Programmes
    births: Mapping[int, int]
    migration: float
    units: gpd.GeoDataFrame
    border: gpd.GeoDataFrame | None
    settlements: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    attendance: pd.DataFrame | None
    roads_file: Path
    inputs: tuple[InputFile, ...]
    attendance_inferred: bool = False
    warnings: tuple[Problem, ...] = ()
    scenario: str = ""
    options: ConsolidateOptions = field(default_factory=ConsolidateOptions)

    def with_options(self, **changes: Any) -> Study:
        """Return the same study with other levers.

        Parameters
        ----------
        **changes
            Fields of `ConsolidateOptions`.

        Returns
        -------
        Study
            A new study that shares the tables.
        """
        return replace(self, options=replace(self.options, **changes))
