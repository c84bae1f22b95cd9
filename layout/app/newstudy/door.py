"""The door of `layout new`: one study from an extract or a place, or one for each of many areas."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from layout.app.levers import wrong_count, wrong_number
from layout.app.newstudy.areas import LEVELS, areas_of_file, areas_of_level, find_area
from layout.app.newstudy.build import Choices, write_study
from layout.app.newstudy.many import write_studies
from layout.app.newstudy.met import Numbers
from layout.app.newstudy.source import Place, of_extract, of_place
from layout.core.errors import UsageError
from layout.core.files import folder_place, path_of
from layout.core.standards import NORM_RANGES, Standards
from layout.core.text import LANGUAGES, Language, tr, using
from layout.core.text import language as current_language

__all__ = ["new_study"]


def new_study(
    source: str | Path | Place,
    out_dir: str | Path,
    *,
    name: str | None = None,
    language: Language | None = None,
    area: str | None = None,
    areas: str | Path | None = None,
    level: int | None = None,
    population: str | Path | None = None,
    age_shares: Mapping[int, float] | None = None,
    year: int = 2021,
    close: int = 2,
    kindergartens: int = 2,
    border_width_m: float | None = None,
    small_school_pupils: int | None = None,
) -> Path:
    """Write a complete study folder from an OpenStreetMap extract, or from a place online.

    With `areas` or `level` it writes one for each of many areas of the extract, which is read once.

    Places, schools, kindergartens (nodes and areas), administrative units, the national border
    and the roads are those of the extract. Children, attendance, classes and beds are modelled:
    a place's inhabitants are those of its population tag, else of a raster, else the same number
    for all places of its kind; a share of them is of each year of age; they go to the
    schools nearest by road that have room. The study is labelled ``modelled``, and
    ``settlements/population.csv`` says of every place where its number is from.

    Parameters
    ----------
    source
        ``.osm.pbf``, ``.osm`` or ``.osm.xml``; or a `Place`, which is downloaded.
    out_dir
        Folder to make; it must not exist, or be empty. Of many areas it holds a folder for each,
        and may be that of an earlier run: studies made of the same inputs are left as they are.
    name
        Name of the study, or of the list of many; by default that of the administrative area, else
        of the extract's file or of the place.
    language
        ``zh`` or ``en``: language of the study's outputs and of names where both are known; by
        default the one in which this package speaks at the moment.
    area
        Name of an administrative area of the extract or a file of polygons: only its places and
        schools are in the study, and the roads within 10 km of it.
    areas
        A file of polygons with a column ``name``: one study for each.
    level
        One study for each complete administrative area of this level (6 is a county in China), of
        those within `area` where it is given.
    population
        GeoTIFF with people per cell, as of WorldPop or GHSL.
    age_shares
        Share of the inhabitants that is of each age from 0 to 17; 1 % each by default.
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
        The study file; of many areas the list of their studies, for ``layout batch``. What became
        of each area is logged, and those without a study stand in the list with the reason.

    Raises
    ------
    InputError
        If the extract cannot be read, or holds no places or schools, there is no such area, or
        the raster cannot be read or holds nobody there; for a place as for
        `layout.network.roads.download`. Of many areas, if none gave a study.
    UsageError
        If `out_dir` is not empty, the language is unknown, a number is out of its range, or
        arguments do not go together.
    """
    out, many = path_of(out_dir), areas is not None or level is not None
    language = language or current_language()
    if language not in LANGUAGES:
        raise UsageError(tr("unknown language {language}", language=language))
    width = Standards().belt_width_m if border_width_m is None else border_width_m
    small = Standards().small_school_pupils if small_school_pupils is None else small_school_pupils
    wrong = [
        *wrong_count("year", year, 1980, 2150),
        *wrong_count("close", close, 0),
        *wrong_count("kindergartens", kindergartens, 0),
        *wrong_number("border_width_m", width, *NORM_RANGES["belt_width_m"]),
        *wrong_count("small_school_pupils", small, *NORM_RANGES["small_school_pupils"]),
    ]
    if level is not None:
        wrong += wrong_count("level", level, min(LEVELS), max(LEVELS))
    if areas is not None and (area is not None or level is not None):
        wrong.append(tr("Give --areas alone, or --level, with --area or without."))
    if many and isinstance(source, Place):
        wrong.append(tr("--areas and --level go with --osm."))
    if wrong:
        raise UsageError("\n".join(wrong))
    folder_place(out)
    if not many and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(tr("The folder {folder} is not empty; name a new one.", folder=out))
    choices = Choices(
        language=language,
        population=population,
        age_shares=age_shares,
        year=year,
        wanted=Numbers(close, kindergartens),
        width_m=width,
        small_school_pupils=small_school_pupils,
    )
    with using(language):
        origin = of_place(source) if isinstance(source, Place) else of_extract(path_of(source))
        found = None if area is None else find_area(origin, area, language=language)
        title = name or (found.name if found is not None else "") or origin.study_name
        if isinstance(source, Place) or not many:
            write_study(origin, out, choices, name=title, area=found)
            return out / "study.toml"
        if areas is not None:
            every = areas_of_file(Path(areas), language=language)
        else:
            within = None if found is None else found.shape
            every = areas_of_level(origin, level or 0, language=language, within=within)
    return write_studies(origin, Path(source), every, out, choices, title=title)
