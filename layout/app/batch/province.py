"""The result of a whole batch: the lists of all studies together, with their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from layout.app.batch.counties import WGS84, county_table, land_of_study, twice_told
from layout.app.batch.proof import proofs_of, unit_of
from layout.app.batch.saved import LISTS, SavedBatch, SavedStudy, read_batch
from layout.core.progress import step
from layout.core.text import (
    Sentence,
    chosen_language,
    sentence,
    tr,
    using,
)
from layout.output.province import DONE, Province, write_book, write_package, write_page
from layout.planning.contract import empty
from layout.planning.schema import BATCH, PROVINCE

__all__ = ["read_province", "save_province"]

_NO_DATE = date(2021, 9, 1)
"""Day of a batch without any plan: files need one, and no clock."""


def save_province(
    batch_folder: str | Path,
    into: str | Path,
    *,
    language: str | None = None,
    files: Mapping[str, Path] | None = None,
) -> None:
    """Write the page, the workbook and the GeoPackage of a finished batch.

    Parameters
    ----------
    batch_folder
        The folder of the batch, with ``batch.csv``, ``batch.json`` and ``studies``.
    into
        A folder that exists and has no such files; the page's links lead from the batch's folder.
    language
        ``zh`` or ``en``; by default the one chosen, else that of the batch.
    files
        As for `read_province`.

    Raises
    ------
    layout.core.errors.InputError
        The folder holds no batch, or a table of it cannot be read.
    OSError
        If a file cannot be written.
    """
    province = read_province(batch_folder, files=files)
    target = Path(into)
    first = chosen_language(language, default=province.language)
    with using(first):
        with step(tr("Writing the map of all studies")):
            write_page(province, target / "index.html", language=first)
        with step(tr("Writing the workbook of all studies")):
            write_book(province, target / "province.xlsx")
        with step(tr("Writing the GeoPackage of all studies")):
            write_package(province, target / "province.gpkg")


def read_province(folder: str | Path, *, files: Mapping[str, Path] | None = None) -> Province:
    """Put the results of all studies of a batch together; nothing is solved.

    Parameters
    ----------
    folder
        What ``layout batch`` wrote.
    files
        Study file of each study by name, as far as they are known: the land of one without a plan
        is read from there.

    Returns
    -------
    Province

    Raises
    ------
    layout.core.errors.InputError
        The folder holds no batch, or a table of it cannot be read.
    """
    batch = read_batch(folder)
    read = {name: batch.study(name, (*LISTS, "counties")) for name in batch.done}
    places = {name: batch.places(name) for name in batch.done}
    schools = {name: points for name, (points, _) in places.items()}
    family = _families(batch.rows)
    land = {name: counties for name, (_, counties) in places.items()}
    land |= _land_without_plan(batch, family, land, files or {})
    lists = {name: _together(read, name) for name in LISTS}
    rows, differ = _counted(batch.rows, lists)
    counties = county_table(
        rows,
        family=family,
        lists=lists,
        land=land,
        measures={name: one.tables["counties"] for name, one in read.items()},
    )
    about = [_about(one) for one in read.values()]
    told = batch.record.get("shared")
    shared = told if isinstance(told, dict) else None
    modelled = any(one.modelled for one in about)
    return Province(
        name=batch.name,
        provenance="modelled" if modelled else "observed",
        data_date=max((one.data_date for one in about), default=_NO_DATE),
        credit=" · ".join(dict.fromkeys(one.credit for one in about if one.credit)),
        language=batch.language,
        studies=_outlined(rows, counties),
        counties=counties.drop(columns="family"),
        closures=_placed(lists["closures"], schools),
        retained=_placed(lists["retained"], schools),
        sites=lists["sites"],
        deficits=lists["deficits"],
        sharing=tuple(proofs_of(batch.record)),
        unit=unit_of(shared),
        notes=(*_notes(batch, counties, lists["deficits"]), *differ, *twice_told(counties)),
        links=dict(_links(batch)),
        county_links=dict(_county_links(batch, counties)),
    )


@dataclass(frozen=True, kw_only=True)
class _About:
    modelled: bool
    data_date: date
    credit: str


def _about(study: SavedStudy) -> _About:
    record = study.record
    return _About(
        modelled=record["provenance"] == "modelled",
        data_date=date.fromisoformat(record["data_date"]),
        credit=str(record["config"].get("study", {}).get("credit", "")),
    )


def _families(rows: pd.DataFrame) -> dict[str, str]:
    """By study what it is a part of, else itself: a part is named NAME-CODE."""
    return {
        study: study.removesuffix(f"-{unit}") if unit else study
        for study, unit in zip(rows["study"], rows["unit"], strict=True)
    }


def _land_without_plan(
    batch: SavedBatch,
    family: Mapping[str, str],
    known: Mapping[str, gpd.GeoDataFrame],
    files: Mapping[str, Path],
) -> dict[str, gpd.GeoDataFrame]:
    """Counties of the studies without a plan, as other parts or their own files say."""
    land: dict[str, gpd.GeoDataFrame] = {}
    by_file: dict[Path, gpd.GeoDataFrame | None] = {}
    for study, unit in zip(batch.rows["study"], batch.rows["unit"], strict=True):
        if study in known:
            continue
        parts = [counties for name, counties in known.items() if family[name] == family[study]]
        told = next((counties for counties in parts if unit in counties.index), None)
        path = files.get(study)
        if told is None and path is not None:
            if path not in by_file:
                by_file[path] = land_of_study(path)
            told = by_file[path]
        if told is not None:
            land[study] = told
    return land


def _together(read: Mapping[str, SavedStudy], name: str) -> pd.DataFrame:
    """One list of all studies, each row under the name of its study."""
    columns = PROVINCE[name].names
    parts = [one.tables[name].assign(study=study) for study, one in read.items()]
    # A column of an empty part has no kind of its own.
    parts = [part for part in parts if len(part)]
    if not parts:
        return empty(columns)
    return pd.concat(parts, ignore_index=True).reindex(columns=list(columns))


def _counted(
    rows: pd.DataFrame, lists: Mapping[str, pd.DataFrame]
) -> tuple[pd.DataFrame, list[Sentence]]:
    """The rows with what the lists hold, and a note where they said something else."""
    done, sites, short = rows["status"] == DONE, lists["sites"], lists["deficits"]
    young = sites[sites["programme"] == "kindergarten"]
    counts = {
        "closed": lists["closures"].groupby("study").size(),
        "kindergarten_sites": young.groupby("study").size(),
        "kindergarten_classes": young.groupby("study")["classes"].sum(),
        "kindergarten_places": young.groupby("study")["places"].sum(),
        "compulsory_sites": sites[sites["programme"] == "compulsory"].groupby("study").size(),
        "deficits": (short["unserved"] > 0).groupby(short["study"]).sum(),
        "places_short": short.groupby("study")["unserved"].sum(),
    }
    counted = {
        name: rows["study"].map(count).fillna(0).where(done) for name, count in counts.items()
    }
    # Who has no row of deficits has not looked for any.
    looked = rows["study"].isin(short["study"])
    counted |= {name: counted[name].where(looked) for name in ("deficits", "places_short")}
    wrong = pd.DataFrame(
        {name: done & ~_same(rows[name], value) for name, value in counted.items()}
    )
    names = tuple(rows.loc[wrong.any(axis=1), "study"])
    told = sentence(
        "batch.csv says other numbers than the lists of these studies; the lists count: {studies}.",
        studies=names,
    )
    # Whole numbers, though some of them are not known.
    whole = {column.name: "Int64" for column in BATCH.columns if column.kind == "integer"}
    return rows.assign(**counted).astype(whole), [told] if names else []


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    return one.eq(other).fillna(False) | (one.isna() & other.isna())


def _placed(table: pd.DataFrame, schools: Mapping[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """A list with the county and the place of each school."""
    known = [
        schools[study].loc[school] if school in schools[study].index else None
        for study, school in zip(table["study"], table["school_id"], strict=True)
    ]
    codes = pd.Series([None if one is None else one["county_code"] for one in known], dtype="str")
    points = gpd.GeoSeries([None if one is None else one["geometry"] for one in known], crs=WGS84)
    # A list that names the county keeps it.
    table = table.assign(county_code=table["county_code"].astype("str").fillna(codes))
    return gpd.GeoDataFrame(table, geometry=points, crs=WGS84)


def _outlined(rows: pd.DataFrame, counties: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The studies with their outlines."""
    known = counties[counties.geometry.notna()]
    outlines = {
        study: shapely.union_all(part.geometry.to_numpy()) for study, part in known.groupby("study")
    }
    shapes = gpd.GeoSeries([outlines.get(study) for study in rows["study"]], crs=WGS84)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=WGS84)


def _links(batch: SavedBatch) -> Iterable[tuple[str, str]]:
    """Pages that stand in the folders: of the plan, else of the best that could be had."""
    for study in batch.rows["study"]:
        for page in ("index.html", "offer/index.html"):
            if (batch.folder(study) / page).is_file():
                yield study, f"studies/{study}/{page}"
                break


def _county_links(
    batch: SavedBatch, counties: pd.DataFrame
) -> Iterable[tuple[tuple[str, str], str]]:
    """Maps of one county, which stand beside the page of its plan."""
    for study, code in zip(counties["study"], counties["county_code"], strict=True):
        if (batch.folder(study) / "counties" / f"{code}.html").is_file():
            yield (study, code), f"studies/{study}/counties/{code}.html"


def _notes(
    batch: SavedBatch, counties: gpd.GeoDataFrame, deficits: pd.DataFrame
) -> Iterable[Sentence]:
    rows = batch.rows
    failed = [name for name in rows["study"] if name not in set(batch.done)]
    if failed:
        yield sentence("Without a plan, and so in no sum: {studies}.", studies=tuple(failed))
    uncounted = [name for name in batch.done if name not in set(deficits["study"])]
    if uncounted:
        yield sentence(
            "These studies plan no kindergartens: children short of a place there are those of the "
            "year of their data, and in no list of deficits: {studies}.",
            studies=tuple(uncounted),
        )
    drawn = set(counties.loc[counties.geometry.notna(), "study"])
    absent = tuple(name for name in rows["study"] if name not in drawn)
    if absent:
        yield sentence("The land of these studies is not known: {studies}.", studies=absent)
