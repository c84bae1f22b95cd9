"""The counties of all studies: what closes, is built and is missing in each, and their land."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from layout.core.errors import InputError
from layout.core.text import Sentence, sentence
from layout.inputs.safety.address import is_address
from layout.inputs.study.boundaries import read_units
from layout.inputs.study.file import parse_study, read_toml
from layout.inputs.study.finding import find_input
from layout.inputs.study.gathering import Inputs
from layout.output.province import DONE
from layout.planning.schema import COUNTY_SUMS, PROVINCE

__all__ = ["county_table", "land_of_study", "twice_told"]

WGS84 = "EPSG:4326"
_KEYS = ["family", "county_code"]


def land_of_study(path: Path) -> gpd.GeoDataFrame | None:
    """Read the counties of a study that has no plan, as far as its files let it.

    Parameters
    ----------
    path
        The study file.

    Returns
    -------
    geopandas.GeoDataFrame or None
        Name and land by county_code in EPSG:4326; None where they cannot be read.
    """
    inputs = Inputs(root=path.parent, study_file=path.name)
    try:
        config = parse_study(read_toml(path, file=path.name), file=path.name)
        named = config.inputs.units
        if is_address(named):
            return None
        found = find_input(path.parent, "units", named, file=path.name)
        inputs.sources["units"], inputs.files["units"], _ = found
        read_units(inputs, config)
    except InputError:
        return None
    return None if inputs.units is None else inputs.units[["name", "geometry"]]


def county_table(
    rows: pd.DataFrame,
    *,
    family: Mapping[str, str],
    lists: Mapping[str, pd.DataFrame],
    land: Mapping[str, gpd.GeoDataFrame],
    measures: Mapping[str, pd.DataFrame],
) -> gpd.GeoDataFrame:
    """Put the counties of all studies into one table.

    Parameters
    ----------
    rows
        ``batch.csv``.
    family
        By study what it is a part of: parts of one study share their counties, so that each county
        stands once, with the sums of all parts.
    lists
        Closures, sites and deficits of all studies.
    land, measures
        By study the land of its counties, and its table of counties.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of the schema's ``PROVINCE["counties"]``, family and geometry (EPSG:4326, None
        where it is not known); without a plan there are no numbers.
    """
    names = list(PROVINCE["counties"].names)
    frame = _rows(rows, land).assign(family=lambda table: table["study"].map(family))
    sums = _sums(lists, family)
    frame = pd.concat([frame, _elsewhere(frame, sums, lists, land)], ignore_index=True)
    frame = frame.sort_values(["county_code", "study"], ignore_index=True)
    # Where a plan says nothing of a county, nothing is done there.
    own = sums.reindex(pd.MultiIndex.from_frame(frame[_KEYS])).reset_index(drop=True)
    done = frame["status"] == DONE
    own = own.mask(own.isna() & done.to_numpy()[:, None], 0).astype("Int64")
    told = [table.assign(study=study) for study, table in measures.items()]
    keys = ["study", "county_code"]
    more = pd.concat(told).drop(columns=["name", "closed"]) if told else pd.DataFrame(columns=keys)
    whole = (
        frame.join(own)
        .merge(more, on=keys, how="left")
        .reindex(columns=[*names, "family", "geometry"])
    )
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=WGS84)


def _rows(rows: pd.DataFrame, land: Mapping[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """One row for each county of each study; a part has its own county alone."""
    found = []
    for study, unit, status in zip(rows["study"], rows["unit"], rows["status"], strict=True):
        known = land.get(study)
        codes = [unit] if unit else [] if known is None else list(known.index)
        for code in codes:
            found.append(
                {"study": study, "county_code": code, "status": status, **_of(known, code)}
            )
    return pd.DataFrame(found, columns=["study", "county_code", "status", "name", "geometry"])


def _of(known: gpd.GeoDataFrame | None, code: str) -> dict[str, object]:
    if known is None or code not in known.index:
        return {"name": code, "geometry": None}
    return {"name": known.at[code, "name"], "geometry": known.at[code, "geometry"]}


def _sums(lists: Mapping[str, pd.DataFrame], family: Mapping[str, str]) -> pd.DataFrame:
    """Sums by family and county, columns `COUNTY_SUMS`."""
    parts: dict[str, pd.Series] = {}

    def add(table: pd.DataFrame, count: str, **columns: str) -> None:
        grouped = table.groupby([table["study"].map(family).rename("family"), "county_code"])
        if count:
            parts[count] = grouped.size()
        parts.update({name: grouped[column].sum() for name, column in columns.items()})

    add(lists["closures"], "closed", pupils_closed="pupils")
    sites = lists["sites"]
    for programme in ("kindergarten", "compulsory"):
        add(
            sites[sites["programme"] == programme],
            f"{programme}_sites",
            **{f"{programme}_{column}": column for column in ("classes", "places")},
        )
    add(sites[~sites["programme"].isin(["kindergarten", "compulsory"])], "other_sites")
    table = pd.DataFrame(parts, columns=list(COUNTY_SUMS)).fillna(0).astype("int64")
    return table.rename_axis(index=_KEYS)


def _elsewhere(
    frame: pd.DataFrame,
    sums: pd.DataFrame,
    lists: Mapping[str, pd.DataFrame],
    land: Mapping[str, gpd.GeoDataFrame],
) -> pd.DataFrame:
    """Counties that the lists name and no row has, as those of pupils from beyond a part."""
    known = pd.MultiIndex.from_frame(frame[_KEYS])
    found = []
    for family, code in sums.index.difference(known):
        named = [
            study
            for table in lists.values()
            for study in table.loc[table["county_code"] == code, "study"]
            if frame.loc[frame["study"] == study, "family"].eq(family).any()
        ]
        study = min(named, default=family)
        found.append(
            {
                "study": study,
                "county_code": code,
                "status": DONE,
                "family": family,
                **_of(land.get(study), code),
            }
        )
    return pd.DataFrame(found, columns=frame.columns)


def twice_told(counties: pd.DataFrame) -> list[Sentence]:
    """Tell of the counties that are in several studies, whose sums would hold them twice.

    Parameters
    ----------
    counties
        As of `county_table`.
    """
    several = counties.groupby("county_code")["family"].transform("nunique") > 1
    return [
        sentence(
            "{county} ({code}) is in several studies: {studies}. Each counts it, and so the sums "
            "of all studies hold it several times.",
            county=str(rows["name"].iloc[0]),
            code=str(code),
            studies=tuple(rows["study"]),
        )
        for code, rows in counties[several].groupby("county_code")
    ]
