"""A new study from an OpenStreetMap extract: real places, schools and roads, modelled numbers.

The extract tells where settlements, schools and roads are. How many children live there and who
attends which school it does not tell; these numbers are modelled, and the study says so.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from layout.datum import WGS84, choose_metre_crs, to_metres
from layout.errors import InputError, Problem, UsageError
from layout.newstudy.model import (
    PLACE_PEOPLE,
    names_of,
    schools_of,
    settlements_of,
    spread_children,
    with_numbers,
)
from layout.progress import step
from layout.readers import osm
from layout.standards import Standards
from layout.text import LANGUAGES, Language, tr, using
from layout.text import language as current_language

__all__ = ["new_study"]

_log = logging.getLogger(__name__)

UNIT_LEVELS = (6, 5, 7, 8, 4)
"""Administrative levels to try for counties, in this order; 6 is a county in China."""

HULL_MARGIN_M = 2_000.0


class _Parts(NamedTuple):
    """What the extract holds, as far as a study needs it; EPSG:4326."""

    units: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    schools: gpd.GeoDataFrame
    border: gpd.GeoDataFrame
    notes: tuple[str, ...]


def new_study(
    osm_path: str | Path,
    out_dir: str | Path,
    *,
    name: str | None = None,
    language: Language | None = None,
    year: int = 2021,
    close: int = 2,
    kindergartens: int = 2,
    border_width_m: float | None = None,
    small_school_pupils: int | None = None,
) -> Path:
    """Write a complete study folder from an OpenStreetMap extract.

    Places, schools, kindergartens (nodes and areas), administrative units, the national border
    and the roads are those of the extract. Children, attendance, classes and beds are modelled:
    1 % of a place's inhabitants are of each year of age, they are split evenly over the schools
    nearest to their place, and the study is labelled ``modelled``.

    Parameters
    ----------
    osm_path
        ``.osm.pbf``, ``.osm`` or ``.osm.xml``.
    out_dir
        Folder to make; it must not exist, or be empty.
    name
        Name of the study; by default that of the extract's file.
    language
        ``zh`` or ``en``: language of the study's outputs and of names where both are known; by
        default the one in which this package speaks at the moment.
    year
        Year of the data date, 1 September.
    close, kindergartens
        Numbers of the two programmes that the study file starts with.
    border_width_m
        Width of the border belt; by default that of the norms where the extract holds a national
        border. 0 means that no school is protected by distance.
    small_school_pupils
        Override of the norm.

    Returns
    -------
    Path
        The study file.

    Raises
    ------
    InputError
        If the extract cannot be read, or holds no places or schools.
    UsageError
        If `out_dir` is not empty, or the language is unknown.
    """
    source, out = Path(osm_path), Path(out_dir)
    language = language or current_language()
    if language not in LANGUAGES:
        raise UsageError(tr("unknown language {language}", language=language))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(tr("The folder {folder} is not empty; name a new one.", folder=out))
    with using(language), step(tr("Reading the extract")):
        parts = _read(source, language)
    attendance = spread_children(parts.settlements, parts.schools)
    parts = parts._replace(schools=with_numbers(parts.schools, attendance))
    width = Standards().belt_width_m if border_width_m is None else border_width_m
    norms = {} if small_school_pupils is None else {"small_school_pupils": small_school_pupils}
    crs = choose_metre_crs(parts.settlements.geometry)
    with using(language):
        text = _study_text(
            parts,
            name=name or source.name.split(".")[0],
            language=language,
            crs=crs,
            year=year,
            roads=f"roads/{source.name}",
            programmes=_programmes(parts, crs, year, close, kindergartens, width),
            norms=norms,
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=out.parent))
    try:
        _write_tables(made, parts, attendance)
        (made / "roads").mkdir()
        shutil.copyfile(source, made / "roads" / source.name)
        (made / "study.toml").write_text(text, encoding="utf-8")
        made.chmod(0o755)
        if out.exists():
            out.rmdir()
        made.rename(out)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return out / "study.toml"


def _read(source: Path, language: str) -> _Parts:
    """Read the extract and tie places and schools to units and townships."""
    places = osm.read_points(
        source, {"place": list(PLACE_PEOPLE)}, languages=(language,), keep=("population",)
    )
    places = places[places["osm_id"].str.startswith("n")].reset_index(drop=True)
    schools = osm.read_points(
        source,
        {"amenity": ["school", "kindergarten"]},
        languages=(language,),
        keep=("isced:level", "operator:type"),
    )
    for found, what in (
        (places, tr("places (towns, villages or hamlets)")),
        (schools, tr("schools or kindergartens")),
    ):
        if found.empty:
            raise InputError(
                Problem(
                    code="empty-extract",
                    file=source.name,
                    reason=tr("The extract holds no {what}.", what=what),
                    remedy=tr("Use an extract that is not limited to roads."),
                )
            )
    units, townships, notes = _units(source, places, language)
    settlements = settlements_of(places, language)
    schools = schools_of(schools, places, settlements, language)
    for table in (settlements, schools):
        table["county_code"] = _holder(table.geometry, units)
        table["township_code"] = _holder(table.geometry, townships)
    return _Parts(units, settlements, schools, osm.read_border(source), notes)


def _units(
    source: Path, places: gpd.GeoDataFrame, language: str
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, tuple[str, ...]]:
    """Find the counties and, one level or more below them, the townships.

    A level serves as counties if its complete areas hold four fifths of the places. Where none
    does, one unit stands for all: the hull of the places, with a margin.
    """
    for level in UNIT_LEVELS:
        units = _areas(source, places, level, language)
        if units is not None:
            break
    else:
        units = _hull(places)
        note = tr(
            "The extract holds no complete administrative areas: one unit stands for all, the "
            "hull of the places with a margin of 2 km."
        )
        _log.warning(note)
        return units, units, (note,)
    for finer in range(level + 1, 11):
        townships = _areas(source, places, finer, language)
        if townships is not None and len(townships) > len(units):
            return units, townships, ()
    return units, units, ()


def _areas(
    source: Path, places: gpd.GeoDataFrame, level: int, language: str
) -> gpd.GeoDataFrame | None:
    """Areas of one level that hold places; None where they leave out more than a fifth."""
    areas = osm.read_boundaries(source, admin_level=level, languages=(language,))
    if areas.empty:
        return None
    held = places.sjoin(areas[["geometry"]], predicate="intersects")
    if held.index.nunique() < 0.8 * len(places):
        return None
    areas = areas.iloc[np.unique(held["index_right"])]
    made = gpd.GeoDataFrame(
        {"county_code": areas["osm_id"].to_numpy(), "name": names_of(areas, language).to_numpy()},
        geometry=areas.geometry.to_numpy(),
        crs=WGS84,
    )
    return made.sort_values("county_code", ignore_index=True)


def _hull(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    points = to_metres(places.geometry, choose_metre_crs(places.geometry))
    hull = gpd.GeoSeries(
        [points.union_all().convex_hull.buffer(HULL_MARGIN_M)], crs=points.crs
    ).to_crs(WGS84)
    return gpd.GeoDataFrame({"county_code": ["all"], "name": [tr("Whole area")]}, geometry=hull)


def _holder(points: gpd.GeoSeries, areas: gpd.GeoDataFrame) -> pd.Series[str]:
    """Code of the area that holds each point, or of the nearest one; lowest code on a tie."""
    distance = np.array([shapely.distance(points.to_numpy(), shape) for shape in areas.geometry])
    holder: pd.Series[str] = areas["county_code"].iloc[distance.argmin(axis=0)]
    return holder.set_axis(points.index)


def _write_tables(folder: Path, parts: _Parts, attendance: pd.DataFrame) -> None:
    for name in ("boundaries", "settlements", "schools"):
        (folder / name).mkdir()
    held = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2021-09-01T00:00:00Z"})
    try:
        parts.units.to_file(folder / "boundaries/units.gpkg", layer="units", driver="GPKG")
        if not parts.border.empty:
            parts.border.to_file(folder / "boundaries/border.gpkg", layer="border", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": held})
    for table, file in ((parts.settlements, "settlements"), (parts.schools, "schools")):
        flat = pd.DataFrame(table.drop(columns="geometry"))
        flat["lon"], flat["lat"] = table.geometry.x.round(7), table.geometry.y.round(7)
        flat.to_csv(folder / file / f"{file}.csv", index=False, lineterminator="\n")
    attendance.to_csv(folder / "schools/attendance.csv", index=False, lineterminator="\n")


def _programmes(
    parts: _Parts,
    crs: str,
    year: int,
    close: int,
    kindergartens: int,
    width_m: float,
) -> str:
    """Write the programmes' part of the study file."""
    lines = [
        "[programmes.closures]",
        f"count = {close}",
        f"complete_by = {date(year + 2, 8, 31).isoformat()}",
        f"years = [{year + 1}, {year + 2}]",
        "",
        "[programmes.kindergarten]",
        f"sites = {kindergartens}",
        f"classes = {6 * kindergartens}",
        f"places = {6 * kindergartens * Standards().class_size_preschool}",
        f"year = {year + 2}",
    ]
    if not parts.border.empty:
        line = to_metres(parts.border.geometry, crs).union_all()
        compulsory = parts.schools[parts.schools["type_code"] != "111"]
        inside = to_metres(compulsory.geometry, crs).distance(line) <= width_m
        units = sorted(parts.units["county_code"])
        lines += [
            "",
            "[programmes.border]",
            f"retain = {int(inside.sum()) if width_m > 0 else 0}",
            f"width_m = {width_m:g}",
            f"units = {json.dumps(units)}",
        ]
    return "\n".join(lines)


def _study_text(
    parts: _Parts,
    *,
    name: str,
    language: str,
    crs: str,
    year: int,
    roads: str,
    programmes: str,
    norms: dict[str, int],
) -> str:
    """Write the study file; JSON's way of writing text is valid in TOML."""
    births = int(parts.settlements["age_0"].sum())

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    comments = [
        tr("Places, schools and roads: OpenStreetMap. Children and attendance: modelled."),
        *parts.notes,
    ]
    credit = tr("© OpenStreetMap contributors (ODbL); numbers of children and pupils modelled")
    lines = [
        "\n".join(f"# {comment}" for comment in comments),
        "[study]",
        f"name = {quoted(name)}",
        f"crs = {quoted(crs)}",
        f"data_date = {year}-09-01",
        f"children_year = {year}",
        'provenance = "modelled"',
        f"language = {quoted(language)}",
        f"credit = {quoted(credit)}",
        "",
        "[inputs]",
        'units = "boundaries/units.gpkg|units"',
        *(['border = "boundaries/border.gpkg|border"'] if len(parts.border) else []),
        'settlements = "settlements/settlements.csv"',
        'schools = "schools/schools.csv"',
        'attendance = "schools/attendance.csv"',
        f"roads = {quoted(roads)}",
        "",
        programmes,
        "",
        "[demography]",
        f"births = {{ {', '.join(f'{year + later} = {births}' for later in range(1, 4))} }}",
    ]
    if norms:
        lines += ["", "[standards]", *(f"{key} = {value}" for key, value in norms.items())]
    return "\n".join(lines) + "\n"
