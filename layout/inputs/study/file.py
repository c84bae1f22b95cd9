"""The study file (TOML): its keys and types, scenarios laid over it, all errors together."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from layout.core.errors import InputError, Problem
from layout.core.problems import problem, refuse
from layout.core.standards import BUS_SPEED_FACTORS, Standards
from layout.inputs.safety.address import without_password

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

Count = Annotated[int, Field(ge=0)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Encoding = Literal["UTF-8", "GBK", "GB18030", "GB2312", "BIG5", "UTF-16"]
# Values of programmes that no model reads yet.
Plain = str | int | float | bool | dt.date | list[str | int | float]


class _Strict(BaseModel):
    # Unknown keys are errors, and no value is converted: "84" is no number.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DatumChecked(_Strict):
    """``datum_checked``: who looked at the positions on a map and found them right, and when."""

    name: Annotated[str, Field(min_length=1)]
    date: dt.date


class StudySection(_Strict):
    """``[study]``: what the study is and which systems it counts in."""

    name: Annotated[str, Field(min_length=1)]
    crs: str
    data_date: dt.date
    children_year: Year
    provenance: Literal["modelled", "observed"]
    language: Literal["zh", "en"] = "zh"
    credit: str = ""
    datum_checked: DatumChecked | None = None


class DatumSection(_Strict):
    """``[datum]``: WGS 84, CGCS2000, GCJ-02, BD-09; of a table's lon and lat also EPSG:…."""

    settlements: str | None = None
    schools: str | None = None
    roads: str | None = None
    parcels: str | None = None
    exclusions: str | None = None


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


class ColumnsSection(_Strict):
    """``[columns.schools]`` …: headers of a file by the names of the study format."""

    units: dict[str, str] = {}
    settlements: dict[str, str] = {}
    schools: dict[str, str] = {}
    attendance: dict[str, str] = {}
    parcels: dict[str, str] = {}
    exclusions: dict[str, str] = {}


class EncodingsSection(_Strict):
    """``[encodings]``: how the text of a CSV file or shapefile is encoded."""

    units: Encoding | None = None
    border: Encoding | None = None
    settlements: Encoding | None = None
    schools: Encoding | None = None
    attendance: Encoding | None = None
    parcels: Encoding | None = None
    exclusions: Encoding | None = None


class ClosureProgramme(_Strict):
    """``[programmes.closures]``: how many small schools are to close, and until when."""

    count: Count
    complete_by: dt.date
    # TOML has lists only; strict would demand a tuple.
    years: Annotated[tuple[Year, ...], Field(strict=False, min_length=1)]
    source: str = ""


class BorderProgramme(_Strict):
    """``[programmes.border]``: the belt in which schools are retained; width in metres."""

    retain: Count
    width_m: Annotated[float, Field(ge=0)]
    units: Annotated[tuple[str, ...], Field(strict=False)]
    source: str = ""


class SiteProgramme(_Strict):
    """``[programmes.kindergarten]`` and ``[programmes.compulsory]``: new sites of one stage.

    Classes or places are 0 where the programme names none.
    """

    sites: Count
    year: Year
    classes: Count = 0
    places: Count = 0
    source: str = ""


class CompulsoryProgramme(SiteProgramme):
    """``[programmes.compulsory]``: also how many existing schools grow; none where not named."""

    expansions: Count = 0


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
    public_share: dict[str, Plain] | None = None
    enrolment_rates: dict[str, Plain] | None = None
    progress: dict[str, Plain] | None = None


class DemographySection(_Strict):
    """``[demography]``: births by calendar year, yearly net migration as a share."""

    # Keys in TOML are text, so years are converted.
    births: dict[Annotated[int, Field(strict=False, ge=1900, le=2200)], Count] = {}
    migration: Annotated[float, Field(gt=-1, lt=1)] = 0.0


class ScenarioSection(_Strict):
    """``[scenario]``."""

    name: Annotated[str, Field(min_length=1)]


class ConsolidateSection(_Strict):
    """``[consolidate]``: levers of the consolidation."""

    close: Count | None = None
    drop: list[
        Literal["belt", "gates", "places", "beds", "meals", "walking", "limits", "township"]
    ] = []
    keep: list[str] = []
    must_close: list[str] = []
    forbid_receiver: list[str] = []
    quota: dict[str, Count] = {}
    close_uncertain: bool = False
    belt_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    belt_official: bool = True
    objective: Literal["minutes", "metres", "bus_seats"] = "minutes"
    across_counties: bool = False
    max_receivers: Annotated[int, Field(ge=1)] | None = None
    prefer_receivers: Literal["complete", "centre"] | None = None
    min_receiver_pupils: Count | None = None
    time_limit_s: Annotated[float, Field(gt=0)] | None = None
    walk_kmh: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    bus_speed_factor: (
        Annotated[float, Field(ge=BUS_SPEED_FACTORS[0], le=BUS_SPEED_FACTORS[1])] | None
    ) = None


# Least and greatest value of norms by their unit; of all others, from 0.
_LIMITS: dict[str, tuple[float, float]] = {"share": (0, 1), "factor": BUS_SPEED_FACTORS}


def _standards_model() -> type[BaseModel]:
    """Build the section ``[standards]`` from the fields of `Standards`."""
    # Type with limits and default of each norm; a share is at most 1.
    norms: dict[str, Any] = {}
    for norm in fields(Standards):
        least, top = _LIMITS.get(norm.metadata["unit"], (0, None))
        kind: Any = type(norm.default)
        limits = Field(ge=least, le=top, allow_inf_nan=False if kind is float else None)
        norms[norm.name] = (Annotated[kind, limits], norm.default)
    model: type[BaseModel] = create_model("StandardsSection", __base__=_Strict, **norms)
    return model


StandardsSection = _standards_model()


class StudyFile(_Strict):
    """The whole study file after scenarios were laid over it."""

    study: StudySection
    inputs: InputsSection
    columns: ColumnsSection = ColumnsSection()
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
        If the file is missing, is not UTF-8 or not TOML.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise refuse("missing-file:study", file=file, path=path) from error
    except UnicodeDecodeError as error:
        raise refuse("encoding:study", file=file) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Brackets nested by the thousand exceed Python's recursion and are no syntax error.
        raise refuse("toml", file=file, error=error) from error


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
        raise InputError(*_in_words(errors, file, over)) from errors


def _in_words(
    errors: ValidationError, file: str, over: tuple[str, Mapping[str, Any]] | None
) -> list[Problem]:
    problems: dict[str, Problem] = {}
    for error in errors.errors(include_url=False):
        # Keys of dictionaries and branches of unions come as further parts of the place.
        place = [str(part) for part in error["loc"] if part != "[key]"]
        key = ".".join(part for part in place if part not in _BRANCHES)
        # Whole tables are not shown, nor passwords; of several errors of one key the first counts.
        hidden = error["type"] == "missing" or isinstance(error["input"], dict)
        shown = "" if hidden else without_password(str(error["input"]))
        blamed = over[0] if over is not None and sets_key(over[1], key) else file
        problems.setdefault(key, _in_our_words(error, file=blamed, column=key, value=shown))
    return list(problems.values())


def sets_key(tree: Mapping[str, Any], key: str) -> bool:
    """Whether a tree of tables has a dotted key."""
    first, _, rest = key.partition(".")
    if first not in tree:
        return False
    return not rest or not isinstance(tree[first], Mapping) or sets_key(tree[first], rest)


@cache
def _known_keys(model: type[BaseModel], prefix: str = "") -> tuple[str, ...]:
    """Every dotted key of a model and of the models in it."""
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        # A section, or one of the members of an optional one.
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                keys += _known_keys(part, f"{prefix}{name}.")
    return tuple(keys)


# What pydantic adds to the place of an error for a branch of a union.
_BRANCHES = frozenset({"str", "int", "float", "bool", "date", "list[union[str,int,float]]"})


def _in_our_words(error: Any, **place: Any) -> Problem:
    """One of pydantic's errors as a problem."""
    # The context of an error has the limit as ge, le, gt or lt.
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "missing" and place["column"] == "inputs.roads":
        return problem("missing-key:roads", **place)
    if kind == "missing":
        return problem("missing-key", **place)
    if kind == "extra_forbidden":
        nearest = get_close_matches(place["column"], _known_keys(StudyFile), n=1, cutoff=0.75)
        if nearest:
            return problem("unknown-key:near", near=nearest[0], **place)
        return problem("unknown-key", **place)
    if kind == "literal_error":
        choices = limits["expected"].replace("'", "").replace(" or ", ", ")
        return problem("unknown-value", choices=choices, **place)
    if "ge" in limits:
        return problem("out-of-range:below", limit=limits["ge"], **place)
    if "le" in limits:
        return problem("out-of-range:above", limit=limits["le"], **place)
    if "gt" in limits:
        return problem("out-of-range:not-above", limit=limits["gt"], **place)
    if "lt" in limits:
        return problem("out-of-range:not-below", limit=limits["lt"], **place)
    if kind.startswith("date"):
        return problem("wrong-kind:date", **place)
    if kind.startswith("string"):
        return problem("wrong-kind:text", **place)
    if kind.startswith("int"):
        return problem("wrong-kind:whole", **place)
    if kind.startswith(("float", "finite")):
        return problem("wrong-kind:number", **place)
    if kind.startswith("bool"):
        return problem("wrong-kind:yes-or-no", **place)
    return problem("wrong-kind", **place)
