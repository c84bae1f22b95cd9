"""The study file (TOML): its keys and types, scenarios laid over it, all errors together."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, create_model

from layout.core.errors import InputError
from layout.core.files import small_file
from layout.core.problems import refuse
from layout.core.standards import NORM_RANGES, Standards
from layout.inputs.roads.tables import WAY_TAGS
from layout.inputs.roads.words import JOIN_M, OPEN_CLASSES
from layout.inputs.study.keys import key_problems
from layout.inputs.study.ranges import (
    LEVER_RANGES,
    STRICT,
    Constant,
    Count,
    Day,
    Long,
    Plain,
    Short,
    Within,
    Year,
)

__all__ = [
    "BorderProgramme",
    "ClosureProgramme",
    "CompulsoryProgramme",
    "Programmes",
    "SiteProgramme",
    "StudyFile",
    "merged",
    "parse_study",
    "read_toml",
]

_NESTED = 10_000_000
"""Of dots and brackets, squared and summed over the lines: three thousand numbers on one line."""

Encoding = Literal["UTF-8", "GBK", "GB18030", "GB2312", "BIG5", "UTF-16"]
# Tags that a column of road lines may hold, and classes that a road may have.
RoadTag = Literal[*WAY_TAGS]  # type: ignore[valid-type]
RoadClass = Literal[*OPEN_CLASSES]  # type: ignore[valid-type]


class _Strict(BaseModel):
    model_config = STRICT


class DatumChecked(_Strict):
    """``datum_checked``: who looked at the positions on a map and found them right, and when."""

    name: Annotated[Short, Field(min_length=1)]
    date: dt.date


class StudySection(_Strict):
    """``[study]``: what the study is and which systems it counts in."""

    name: Annotated[Short, Field(min_length=1)]
    crs: str
    data_date: Day
    children_year: Year
    provenance: Literal["modelled", "observed"]
    language: Literal["zh", "en"] = "zh"
    credit: Long = ""
    datum_checked: DatumChecked | None = None


class DatumSection(_Strict):
    """``[datum]``: WGS 84, CGCS2000, GCJ-02, BD-09; of a table's lon and lat also EPSG:…."""

    settlements: str | None = None
    schools: str | None = None
    roads: str | None = None
    units: str | None = None
    border: str | None = None
    parcels: str | None = None
    exclusions: str | None = None
    townships: str | None = None
    rivers: str | None = None


class InputsSection(_Strict):
    """``[inputs]``: files relative to the study file, or tables of a database."""

    units: str
    border: str | None = None
    settlements: str
    schools: str
    attendance: str | None = None
    roads: str
    height: str | None = None
    parcels: str | None = None
    exclusions: str | None = None
    townships: str | None = None
    rivers: str | None = None


class ColumnsSection(_Strict):
    """``[columns.schools]`` …: headers of a file by the names of the study format."""

    units: dict[str, str] = {}
    settlements: dict[str, str] = {}
    schools: dict[str, str] = {}
    attendance: dict[str, str] = {}
    parcels: dict[str, str] = {}
    exclusions: dict[str, str] = {}
    townships: dict[str, str] = {}
    rivers: dict[str, str] = {}
    roads: dict[RoadTag, str] = {}


class ValuesSection(_Strict):
    """``[values.roads.highway]`` …: what a value of a column of the road lines means, by tag."""

    roads: dict[RoadTag, dict[str, str]] = {}


class RoadsSection(_Strict):
    """``[roads]``: class of lines without a known one; ends that miss by at most ``join_m``."""

    other_class: RoadClass | None = None
    join_m: Annotated[float, Within(0.0, 50.0)] = JOIN_M


class ConstantsSection(_Strict):
    """``[constants.schools]`` …: one value for all rows, for a column that the file lacks."""

    settlements: dict[str, Constant] = {}
    schools: dict[str, Constant] = {}
    attendance: dict[str, Constant] = {}


class SplitSection(_Strict):
    """``[split]``: totals of a file without numbers by grade, to be spread evenly over grades."""

    schools: list[Literal["pupils_total", "classes_total"]] = []


class EncodingsSection(_Strict):
    """``[encodings]``: how the text of a CSV file or shapefile is encoded."""

    units: Encoding | None = None
    border: Encoding | None = None
    settlements: Encoding | None = None
    schools: Encoding | None = None
    attendance: Encoding | None = None
    parcels: Encoding | None = None
    exclusions: Encoding | None = None
    townships: Encoding | None = None
    rivers: Encoding | None = None
    roads: Encoding | None = None


class ClosureProgramme(_Strict):
    """``[programmes.closures]``: how many small schools are to close, and until when."""

    count: Count
    complete_by: Day
    # TOML has lists only; strict would demand a tuple.
    years: Annotated[tuple[Year, ...], Field(strict=False, min_length=1)]
    source: Long = ""


class BorderProgramme(_Strict):
    """``[programmes.border]``: the belt in which schools are retained; width in metres."""

    retain: Count
    width_m: Annotated[float, Within(*NORM_RANGES["belt_width_m"])]
    units: Annotated[tuple[str, ...], Field(strict=False)]
    source: Long = ""


class SiteProgramme(_Strict):
    """``[programmes.kindergarten]`` and ``[programmes.compulsory]``: new sites of one stage.

    Classes or places are 0 where the programme names none.
    """

    sites: Count
    year: Year
    classes: Count = 0
    places: Annotated[int, Within(0, 10_000_000)] = 0
    source: Long = ""


class CompulsoryProgramme(SiteProgramme):
    """``[programmes.compulsory]``: also how many existing schools grow; none where not named."""

    expansions: Count = 0


class PublicShare(_Strict):
    """``[programmes.public_share]``: the least public share of kindergarten children by county."""

    share: Annotated[float, Within(0.0, 1.0)] | None = None
    stand_in: bool = False
    note: Long = ""
    source: Long = ""


class Programmes(_Strict):
    """``[programmes]``: what the policy asks; None where a study has no such programme.

    Those that no model reads yet are tables of plain values.
    """

    closures: ClosureProgramme | None = None
    border: BorderProgramme | None = None
    kindergarten: SiteProgramme | None = None
    compulsory: CompulsoryProgramme | None = None
    senior_high: dict[str, Plain] | None = None
    vocational: dict[str, Plain] | None = None
    special_school: dict[str, Plain] | None = None
    resource_centre: dict[str, Plain] | None = None
    resource_room: dict[str, Plain] | None = None
    demonstration_city: dict[str, Plain] | None = None
    demonstration_region: dict[str, Plain] | None = None
    public_share: PublicShare | None = None
    enrolment_rates: dict[str, Plain] | None = None
    progress: dict[str, Plain] | None = None


class DemographySection(_Strict):
    """``[demography]``: births by calendar year, yearly net migration as a share."""

    # Keys in TOML are text, so years are converted.
    births: dict[Annotated[Year, Field(strict=False)], Annotated[int, Within(0, 100_000_000)]] = {}
    migration: Annotated[float, Within(-0.9, 0.9)] = 0.0


class ScenarioSection(_Strict):
    """``[scenario]``."""

    name: Annotated[Short, Field(min_length=1)]


class ConsolidateSection(_Strict):
    """``[consolidate]``: levers of the consolidation."""

    close: Annotated[int, Within(*LEVER_RANGES["close"])] | None = None
    drop: list[
        Literal["belt", "gates", "places", "beds", "meals", "walking", "limits", "township"]
    ] = []
    keep: list[str] = []
    must_close: list[str] = []
    forbid_receiver: list[str] = []
    quota: dict[str, Count] = {}
    close_uncertain: bool = False
    belt_m: Annotated[float, Within(*LEVER_RANGES["belt_m"])] | None = None
    belt_official: bool = True
    objective: Literal["minutes", "metres", "bus_seats"] = "minutes"
    across_counties: bool = False
    max_receivers: Annotated[int, Within(*LEVER_RANGES["max_receivers"])] | None = None
    prefer_receivers: Literal["complete", "centre"] | None = None
    min_receiver_pupils: Annotated[int, Within(*LEVER_RANGES["min_receiver_pupils"])] | None = None
    time_limit_s: Annotated[float, Within(*LEVER_RANGES["time_limit_s"])] | None = None
    walk_kmh: Annotated[float, Within(*LEVER_RANGES["walk_kmh"])] | None = None
    bus_speed_factor: Annotated[float, Within(*LEVER_RANGES["bus_speed_factor"])] | None = None


def _standards_model() -> type[BaseModel]:
    """Build the section ``[standards]`` from the fields of `Standards`."""
    # Type with range and default of each norm.
    norms: dict[str, Any] = {
        norm.name: (Annotated[type(norm.default), Within(*NORM_RANGES[norm.name])], norm.default)
        for norm in fields(Standards)
    }
    model: type[BaseModel] = create_model("StandardsSection", __base__=_Strict, **norms)
    return model


StandardsSection = _standards_model()


class StudyFile(_Strict):
    """The whole study file after scenarios were laid over it."""

    study: StudySection
    inputs: InputsSection
    columns: ColumnsSection = ColumnsSection()
    constants: ConstantsSection = ConstantsSection()
    split: SplitSection = SplitSection()
    values: ValuesSection = ValuesSection()
    roads: RoadsSection = RoadsSection()
    encodings: EncodingsSection = EncodingsSection()
    datum: DatumSection = DatumSection()
    programmes: Programmes = Programmes()
    standards: StandardsSection = StandardsSection()  # type: ignore[valid-type]
    demography: DemographySection = DemographySection()
    scenario: ScenarioSection | None = None
    consolidate: ConsolidateSection = ConsolidateSection()


def read_toml(path: Path, *, file: str) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path
        Study or scenario file.
    file
        Its name, for the problems.

    Returns
    -------
    dict
        Its tables.

    Raises
    ------
    InputError
        If the file is missing, cannot be read, is not UTF-8 or not TOML.
    """
    try:
        data = small_file(path)
        # Reading takes the square of the parts of a name and of nested lists, each on one line.
        if sum((line.count(b".") + line.count(b"[")) ** 2 for line in data.split(b"\n")) > _NESTED:
            raise refuse("toml:nested", file=file)
        return tomllib.loads(data.decode("utf-8-sig"))
    except InputError:  # a ValueError too
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise refuse("missing-file:study", file=file, path=path) from error
    except OSError as error:
        # Locked, a pipe, too large, no path at all, or one that leads in a circle.
        reason = error.strerror or str(error)
        raise refuse("cannot-read", file=file, error=reason) from error
    except UnicodeDecodeError as error:
        raise refuse("encoding:study", file=file) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Brackets nested by the thousand exceed Python's recursion and are no syntax error.
        raise refuse("toml", file=file, error=error) from error
    except ValueError as error:
        # Nor are numbers of thousands of digits, and days that no calendar has.
        raise refuse("toml:number", file=file) from error


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one tree of tables over another.

    Parameters
    ----------
    base, over
        Where both hold a table it is merged in turn; anything else of `over` replaces.

    Returns
    -------
    dict
        A new tree.
    """
    out = dict(base)
    for key, value in over.items():
        below = out.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            out[key] = merged(below, value)
        else:
            out[key] = value
    return out


def parse_study(
    data: Mapping[str, Any], *, file: str, over: tuple[str, Mapping[str, Any]] | None = None
) -> StudyFile:
    """Check the tables of a study file.

    Parameters
    ----------
    data
        Tables of the study file, scenario merged in.
    file
        Name of the study file, for the problems.
    over
        Name and tables of the scenario that was merged in, which is blamed for what it sets.

    Returns
    -------
    StudyFile
        The same, typed.

    Raises
    ------
    InputError
        With one problem for each key that is missing, unknown or of a wrong kind.
    """
    try:
        return StudyFile.model_validate(dict(data))
    except ValidationError as errors:
        raise InputError(*key_problems(errors, StudyFile, file=file, over=over)) from errors
