"""`Study`: all validated inputs of one planning job together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
from pydantic import ValidationError

from layout.core.errors import InputError, Problem
from layout.core.files import path_of
from layout.core.show import as_html, as_text
from layout.core.standards import Standards
from layout.core.text import adopt_language, chosen_language, tr, using, words
from layout.inputs.roads.file import Roads
from layout.inputs.roads.words import RoadWords
from layout.inputs.safety.paths import sha256_of
from layout.inputs.study.file import (
    BorderProgramme,
    ClosureProgramme,
    CompulsoryProgramme,
    Programmes,
    SiteProgramme,
    StudyFile,
    merged,
    parse_study,
    read_toml,
)
from layout.inputs.study.final import final_tables
from layout.inputs.study.gathering import Inputs, height_of, roads_of
from layout.inputs.study.keys import sets_key
from layout.inputs.study.parts import ConsolidateOptions, InputFile, options_of
from layout.inputs.study.positions import DatumRecord
from layout.inputs.study.reading import read_inputs
from layout.inputs.tables import Reading

__all__ = [
    "BorderProgramme",
    "ClosureProgramme",
    "CompulsoryProgramme",
    "ConsolidateOptions",
    "Examination",
    "InputFile",
    "Programmes",
    "SiteProgramme",
    "Study",
    "examine",
    "examine_again",
    "with_problems",
]

Provenance = Literal["modelled", "observed"]


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
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
    whole
        The study that this is one county of, see `layout.inputs.study.part`; None otherwise.
    parcels
        Areas offered for building by parcel_id: name, stage ("" for any), area_m2; EPSG:4326. None
        where the study has no such layer, and a school may then be built anywhere.
    exclusions
        Areas where nothing may be built: kind, of `layout.inputs.tables.EXCLUSION_KINDS`, and
        name; EPSG:4326. None where the study has no such layer.
    townships, rivers
        Only drawn: areas by township_code with name, and lines with name; EPSG:4326, or None.
    attendance
        Columns settlement_id, grade, school_id, pupils; None where it is to be inferred.
    attendance_inferred
        Whether attendance was modelled from margins rather than given.
    roads
        The road file with its layer and its hash, or the rows of a database as they were read.
    roads_datum, road_words, height_file
        ``WGS 84``, or ``GCJ-02`` or ``BD-09`` where the road file is shifted; what its columns
        mean; height model (GeoTIFF, metres) that speeds by slope follow, None where there is none.
    inputs, warnings
        Files read, with SHA-256; problems that did not stop the reading.
    datums
        For each table of points the datum declared and detected, and what was decided.
    scenario, options
        Name of the scenario ("" for the base plan) and its levers.
    config
        The study file as plain data, its scenario laid over it.
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
    roads: Roads
    inputs: tuple[InputFile, ...]
    whole: Study | None = None
    parcels: gpd.GeoDataFrame | None = None
    exclusions: gpd.GeoDataFrame | None = None
    townships: gpd.GeoDataFrame | None = None
    rivers: gpd.GeoDataFrame | None = None
    roads_datum: str = "WGS 84"
    road_words: RoadWords = field(default_factory=RoadWords)
    height_file: Path | None = None
    attendance_inferred: bool = False
    warnings: tuple[Problem, ...] = ()
    datums: tuple[DatumRecord, ...] = ()
    scenario: str = ""
    options: ConsolidateOptions = field(default_factory=ConsolidateOptions)
    config: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        with using(chosen_language(None, default=self.language)):
            return as_text(self.name, self._shown())

    def _repr_html_(self) -> str:
        with using(chosen_language(None, default=self.language)):
            return as_html(self.name, self._shown())

    def _shown(self) -> list[tuple[str, str]]:
        asked = [name for key, name in words.models().items() if getattr(self.programmes, key)]
        layers = ((tr("Parcels"), self.parcels), (tr("Exclusion areas"), self.exclusions))
        modelled = tr("modelled") if self.provenance == "modelled" else tr("observed")
        return [
            (tr("Scenario"), self.scenario or "–"),
            (tr("Counties"), f"{len(self.units):,}"),
            (tr("Settlements"), f"{len(self.settlements):,}"),
            (tr("Schools"), f"{len(self.schools):,}"),
            *((title, f"{len(areas):,}") for title, areas in layers if areas is not None),
            (tr("Programmes"), tr(", ").join(asked) or "–"),
            (tr("Origin of the data"), f"{modelled}, {self.data_date}"),
            (tr("Warnings"), f"{len(self.warnings):,}"),
        ]

    @classmethod
    def read(cls, path: str | Path, scenario: str | Path | None = None) -> Study:
        """Read and check a study; all problems of all files are raised together.

        Parameters
        ----------
        path
            Study file (TOML); inputs are named relative to it.
        scenario
            Partial study file that is laid over it.

        Returns
        -------
        Study
            The validated study; what is merely doubtful is in ``warnings``.

        Raises
        ------
        InputError
            With every problem of the study file and of all tables.
        """
        examined = examine(path, scenario)
        if examined.study is None:
            raise InputError(*examined.problems)
        return examined.study

    def with_options(self, **changes: Any) -> Study:
        """Return the same study with other levers.

        Parameters
        ----------
        **changes
            Fields of `ConsolidateOptions`.

        Returns
        -------
        Study
            A new study that shares the tables; its norms have the speeds that the levers set.
        """
        options = replace(self.options, **changes)
        return replace(self, options=options, standards=options.norms(self.standards))


@dataclass(frozen=True, eq=False, kw_only=True)
class Examination:
    """What reading a study has shown, whether or not it can be used.

    Parameters
    ----------
    study
        The study; None where there are errors.
    problems
        Everything found, errors, warnings and notes.
    readings
        What was understood of each table.
    tables
        The tables as text under our names of columns, by name, as far as they could be read.
    language
        Language of the study's outputs.
    """

    study: Study | None
    problems: tuple[Problem, ...]
    readings: tuple[Reading, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    language: Literal["zh", "en"] = "zh"


def examine(path: str | Path, scenario: str | Path | None = None) -> Examination:
    """Read and check a study without stopping at what is wrong.

    Parameters
    ----------
    path
        Study file (TOML); inputs are named relative to it.
    scenario
        Partial study file that is laid over it.

    Returns
    -------
    Examination
        The study where it can be used, and all problems of all files.
    """
    path = path_of(path)
    config_files = {"study": path}
    # Name and tables of the scenario, which is blamed for what it sets.
    over = None
    try:
        data = read_toml(path, file=path.name)
        if scenario is not None:
            config_files["scenario"] = path_of(scenario)
            changes = read_toml(config_files["scenario"], file=config_files["scenario"].name)
            data, over = merged(data, changes), (config_files["scenario"].name, changes)
        config = parse_study(data, file=path.name, over=over)
    except InputError as error:
        return Examination(study=None, problems=error.problems)
    return _examined(config, data, config_files, over)


def examine_again(config: str, path: Path) -> Examination:
    """Read and check the inputs of a study whose merged file was kept, see `Study.config`.

    Parameters
    ----------
    config
        The study file with its scenario, as JSON. It may come from anywhere, so no file and no
        address is taken from it.
    path
        The study file as it is now; where the inputs are, and how they are written, is what it
        says.
    """
    kept = json.loads(config)
    try:
        here = read_toml(path, file=path.name)
        data = {**kept, **{name: here.get(name, {}) for name in _PLACES if name in here}}
        parse_study(here, file=path.name)
        text = json.dumps(data, default=str)
        return _examined(StudyFile.model_validate_json(text), data, {"study": path})
    except InputError as error:
        return Examination(study=None, problems=error.problems)
    except ValidationError:
        # Kept by another version, it may have keys that this one does not know.
        return Examination(study=None, problems=())


_PLACES = ("inputs", "columns", "constants", "split", "encodings", "datum")
"""Parts of a study file that say where its tables are and how they are written."""


def _examined(
    config: StudyFile,
    data: Mapping[str, Any],
    config_files: Mapping[str, Path],
    over: tuple[str, Mapping[str, Any]] | None = None,
) -> Examination:
    path = config_files["study"]
    # From here on problems are put into words in the language of the study.
    adopt_language(config.study.language)
    inputs = read_inputs(config, path.parent, file=path.name)
    if over is not None:
        # What the scenario sets is wrong in the scenario's file.
        inputs.problems[:] = [
            replace(one, file=over[0])
            if one.file == path.name and sets_key(over[1], one.column)
            else one
            for one in inputs.problems
        ]
    wrong = any(problem.severity == "error" for problem in inputs.problems)
    return Examination(
        study=None if wrong else _assembled(config, data, inputs, config_files),
        problems=tuple(inputs.problems),
        readings=tuple(inputs.readings),
        tables=inputs.raws,
        language=config.study.language,
    )


def with_problems(held: Examination, problems: Iterable[Problem]) -> Examination:
    """Add problems that were found after reading.

    Parameters
    ----------
    held
        What reading has shown.
    problems
        What was found since, as on the roads.

    Returns
    -------
    Examination
        With all problems; without the study where one of them is an error.
    """
    more = tuple(problems)
    wrong = any(problem.severity == "error" for problem in more)
    return replace(held, study=None if wrong else held.study, problems=(*held.problems, *more))


def _assembled(
    config: StudyFile, data: Mapping[str, Any], inputs: Inputs, config_files: Mapping[str, Path]
) -> Study:
    """Put the checked parts together."""
    section = config.study
    # Study file and scenario are inputs like the rest, recorded with their hashes.
    files = [
        InputFile(name=name, path=file.name, sha256=sha256_of(file))
        for name, file in config_files.items()
    ]
    files += [
        InputFile(name=name, path=path, sha256=inputs.hashes[name])
        for name, path in inputs.files.items()
    ]
    options = options_of(config.consolidate, inputs.sheets["schools"])
    return Study(
        name=section.name,
        root=inputs.root.resolve(),
        crs=section.crs,
        data_date=section.data_date,
        children_year=section.children_year,
        provenance=section.provenance,
        language=section.language,
        credit=section.credit,
        standards=options.norms(Standards(**dict(config.standards))),
        programmes=config.programmes,
        # By year, whatever their order in the file.
        births=dict(sorted(config.demography.births.items())),
        migration=config.demography.migration,
        **final_tables(inputs),
        roads=roads_of(inputs),
        roads_datum=inputs.roads_datum,
        road_words=inputs.road_words,
        height_file=height_of(inputs),
        inputs=tuple(files),
        warnings=tuple(inputs.problems),
        datums=tuple(inputs.datums),
        scenario=config.scenario.name if config.scenario else "",
        options=options,
        config=data,
    )
