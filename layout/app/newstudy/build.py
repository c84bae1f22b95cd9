"""A new study from OpenStreetMap: real places, schools and roads, modelled numbers.

OpenStreetMap tells where settlements, schools and roads are. How many children live there and who
attends which school it does not tell; these numbers are modelled, and the study says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from layout.app.newstudy.areas import Area
from layout.app.newstudy.attendance import (
    attendance_notes,
    spread_children,
    way_notes,
    ways_m,
)
from layout.app.newstudy.counts import people_of
from layout.app.newstudy.found import add_places, find_places, find_schools, with_quarters
from layout.app.newstudy.kinds import NO_SCHOOL
from layout.app.newstudy.met import Numbers, met
from layout.app.newstudy.model import (
    SHARE_PER_AGE,
    schools_of,
    settlements_of,
    with_numbers,
)
from layout.app.newstudy.notes import listed, read_notes
from layout.app.newstudy.people import (
    children_by_age,
    even_shares,
)
from layout.app.newstudy.rasterplaces import raster_places
from layout.app.newstudy.source import Source, no_objects
from layout.app.newstudy.studyfile import (
    Asked,
    Parts,
    may_close,
    number_notes,
    study_text,
)
from layout.app.newstudy.units import find_units, holder_of, with_roads
from layout.core.files import refusals_told, whole_folder
from layout.core.problems import refuse
from layout.core.progress import step
from layout.core.text import Language, sentence, tr, using
from layout.inputs.datum import choose_metre_crs, to_metres
from layout.network.roads import RoadNetwork, read_network
from layout.output.lists.geopackage import write_places
from layout.planning.belt import near_line

__all__ = ["Choices", "read_parts", "write_study"]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the maker of one or many studies chose, whatever their areas.

    Attributes
    ----------
    language
        Of the study's outputs, and of names where both are known.
    population, age_shares
        As for `layout.new_study`.
    year
        Of the data date.
    wanted
        Numbers of the programmes, where they can be met.
    width_m
        Of the border belt.
    small_school_pupils
        Override of the norm, or None.
    """

    language: Language
    population: str | Path | None = None
    age_shares: Mapping[int, float] | None = None
    year: int
    wanted: Numbers
    width_m: float
    small_school_pupils: int | None = None


def write_study(
    origin: Source, out: Path, choices: Choices, *, name: str, area: Area | None
) -> Parts:
    """Write a complete study folder; it appears whole, or not at all.

    Parameters
    ----------
    origin
        Where everything comes from.
    out
        Folder to make; one that is there is replaced.
    choices
        What its maker chose.
    name
        Name of the study.
    area
        What it covers; None for all of `origin`.

    Returns
    -------
    Parts
        Its tables.

    Raises
    ------
    InputError
        As for `layout.new_study`.
    """
    language = choices.language
    within = origin.area if area is None else area.shape
    with refusals_told(out), whole_folder(out) as folder:
        (folder / "roads").mkdir()
        with using(language), step(tr("Reading places and schools")):
            if area is not None:
                # Many areas of a level have no school: these are told before any work on roads.
                find_schools(origin, language=language, area=within)
            roads = origin.save_roads(folder / "roads", None if area is None else area.shape)
            parts, network = read_parts(
                origin, roads, language, within, choices.population, choices.age_shares
            )
        if not parts.settlements.filter(regex=r"^age_[0-9]+$").to_numpy().any():
            raise refuse("empty-extract:children", file=origin.name)
        with using(language), step(tr("Who goes to which school")):
            metres = ways_m(parts.settlements, parts.schools, network)
            attendance = spread_children(parts.settlements, parts.schools, metres)
            notes = way_notes(parts.settlements, metres) + attendance_notes(attendance)
        # Pupils are counted from the modelled attendance, so that both tables agree.
        with using(language):
            schools, empty = _with_pupils(with_numbers(parts.schools, attendance))
        parts = parts._replace(schools=schools, notes=(*parts.notes, *notes, *empty))
        asked = Asked(
            name=name,
            language=language,
            crs=choose_metre_crs(parts.settlements.geometry),
            year=choices.year,
            roads=f"roads/{roads.name}",
            width_m=choices.width_m,
            small_school_pupils=choices.small_school_pupils,
        )
        _write_tables(folder, parts, attendance)
        with using(language):
            _write_study(folder / "study.toml", parts, asked, choices.wanted)
    return parts


def _with_pupils(schools: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The schools that have pupils, all where none has any; and what to say of the others."""
    empty = schools.filter(regex=r"^pupils_").sum(axis=1) == 0
    if empty.all() or not empty.any():
        return schools, ()
    note = tr(
        "{count:school is|schools are} left out, since fewer children live there than there are "
        "schools: "
        "{names}.",
        count=int(empty.sum()),
        names=listed(schools.loc[empty, "name"]),
    )
    return schools[~empty].reset_index(drop=True), (note,)


def _write_study(file: Path, parts: Parts, asked: Asked, wanted: Numbers) -> None:
    """Write the study file with the numbers of its programmes that can be met."""
    # No more closures than candidates; then as many as the models can meet.
    possible = may_close(parts, asked)
    first = Numbers(min(wanted.close, possible), wanted.kindergartens)
    file.write_text(study_text(parts, asked, first), encoding="utf-8")
    with step(tr("Numbers that can be met")):
        numbers = met(file, first)
    notes = number_notes(wanted, numbers, possible)
    parts = parts._replace(notes=(*parts.notes, *notes))
    file.write_text(study_text(parts, asked, numbers), encoding="utf-8")


def read_parts(
    source: Source,
    roads: Path,
    language: str,
    within: shapely.Geometry | None,
    population: str | Path | None,
    age_shares: Mapping[int, float] | None,
) -> tuple[Parts, RoadNetwork]:
    """Read the source and its roads; tie places and schools to units and townships.

    Parameters
    ----------
    source, roads
        Where objects come from, and the file of its roads.
    language, population, age_shares
        As for `layout.new_study`.
    within
        The area, EPSG:4326; everything where None.

    Returns
    -------
    Parts, RoadNetwork
        Tables of the study, of the schools all but numbers of pupils and classes.
    """
    schools = find_schools(source, language=language, area=within)
    others = schools[schools["type_code"] == NO_SCHOOL]
    schools = schools[schools["type_code"] != NO_SCHOOL].reset_index(drop=True)
    if schools.empty:
        raise no_objects(source, sentence("schools or kindergartens"), within=within)
    places = find_places(source, language=language, area=within)
    by_raster: tuple[str, ...] = ()
    if places.empty and population is not None:
        places, note = raster_places(Path(population), schools, language=language, area=within)
        by_raster = (note,)
    places = with_quarters(places, source, language=language, area=within)
    places, added = add_places(places, schools, source, language=language, area=within)
    units, townships, notes = find_units(source, places, schools, language=language, area=within)
    network = read_network(roads, crs=choose_metre_crs(places.geometry))
    units, roadless = with_roads(units, network)
    # What lies outside all units is in no part of the study.
    places, places_out = _within_units(places, units)
    schools, schools_out = _within_units(schools, units)
    if schools.empty or places.empty:
        raise no_objects(source, sentence("schools or kindergartens"), within=within)
    places = places.assign(county_code=holder_of(places.geometry, units))
    notes += (
        by_raster
        + roadless
        + read_notes(
            places,
            schools,
            others,
            outside=(places_out, schools_out),
            added=added,
            language=language,
        )
    )
    people, more = people_of(places, units, population)
    # Children by age, shape (places,) each, and the columns that tie places and schools to units.
    shares = age_shares or even_shares(SHARE_PER_AGE)
    children = children_by_age(people["people"].to_numpy("float64"), shares)
    settlements = settlements_of(places, children, language)
    schools = schools_of(schools, places, settlements, language)
    people.insert(1, "name", settlements["name"].to_numpy())
    for table in (settlements, schools):
        table["county_code"] = holder_of(table.geometry, units)
        table["township_code"] = holder_of(table.geometry, townships)
    named = townships.set_index("county_code")["name"]
    settlements["township"] = settlements["township_code"].map(named)
    border, crs = source.border(), choose_metre_crs(units.geometry)
    if not border.empty:
        # An extract of a whole country has all of its border.
        border = near_line(border, units, crs=crs)
    if not border.empty:
        km = to_metres(border.geometry, crs).length.sum() / 1000
        more = (*more, tr("National border near the study: {km} km.", km=f"{km:,.1f}"))
    return Parts(units, settlements, schools, border, people, (*notes, *more)), network


def _within_units(
    objects: gpd.GeoDataFrame, units: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The objects inside any unit, and the others."""
    inside = shapely.intersects(
        shapely.union_all(units.geometry.to_numpy()), objects.geometry.to_numpy()
    )
    return objects[inside].reset_index(drop=True), objects[~inside]


def _write_tables(folder: Path, parts: Parts, attendance: pd.DataFrame) -> None:
    for name in ("boundaries", "settlements", "schools"):
        (folder / name).mkdir()
    # GeoPackage writes the time of writing into the file; a fixed one gives the same bytes.
    date_before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2021-09-01T00:00:00Z"})
    try:
        for name, table in (("units", parts.units), ("border", parts.border)):
            if name == "units" or not table.empty:
                path = folder / "boundaries" / f"{name}.gpkg"
                write_places(table, path, layer=name, driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": date_before})
    for table, file in ((parts.settlements, "settlements"), (parts.schools, "schools")):
        # Degrees to 7 decimals, about a centimetre.
        flat = pd.DataFrame(table.drop(columns="geometry"))
        flat["lon"], flat["lat"] = table.geometry.x.round(7), table.geometry.y.round(7)
        flat.to_csv(folder / file / f"{file}.csv", index=False, lineterminator="\n")
    attendance.to_csv(folder / "schools/attendance.csv", index=False, lineterminator="\n")
    parts.people.to_csv(
        folder / "settlements/population.csv", index=False, lineterminator="\n", float_format="%.3f"
    )
