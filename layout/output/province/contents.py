"""What the result of many studies is made of, and its sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd

from layout.core.text import Language, Sentence

__all__ = ["DONE", "SHORT", "Province", "Total", "totals"]

DONE = "done"
"""Status of a study that has a plan."""
SHORT = ("places_short_kindergarten", "places_short_compulsory")
"""Measures of what a county lacks."""
_PROGRAMMES = ("kindergarten", "compulsory")


@dataclass(frozen=True, eq=False, kw_only=True)
class Province:
    """The result of many studies, all of them under the name that the batch gives them.

    Attributes
    ----------
    name, provenance, data_date, credit
        Title of the batch, and what its data are: ``modelled`` where any study's are, the latest
        day, all sources.
    language
        ``zh`` or ``en``: the one that the batch was run in.
    studies
        One row for each study, columns of `layout.planning.schema.BATCH`; geometry is its outline
        in EPSG:4326, None where that is not known.
    counties
        Columns of the schema's `PROVINCE`, with the county's land as geometry.
    closures, retained
        The studies' lists, with the place of each school as geometry.
    sites, deficits
        The studies' lists.
    sharing
        What was proved of the numbers that the studies share.
    unit
        What the sharing counts, in which one closure more or less costs.
    notes
        What a reader has to know before the sums.
    links
        Page of each study that has one, relative to the province's folder.
    county_links
        The same of each county, by study and county_code.
    """

    name: str
    provenance: str
    data_date: date
    credit: str
    language: Language
    studies: gpd.GeoDataFrame
    counties: gpd.GeoDataFrame
    closures: gpd.GeoDataFrame
    retained: gpd.GeoDataFrame
    sites: pd.DataFrame
    deficits: pd.DataFrame
    sharing: tuple[Sentence, ...]
    unit: Sentence
    notes: tuple[Sentence, ...]
    links: Mapping[str, str]
    county_links: Mapping[tuple[str, str], str]


@dataclass(frozen=True, kw_only=True)
class Total:
    """One sum over all studies; `asked` is what was to be reached, None where nothing was."""

    value: float
    asked: float | None = None


def totals(province: Province) -> dict[str, Total]:
    """Return the sums of the province, by name.

    Parameters
    ----------
    province
        The result.

    Returns
    -------
    dict of Total
        ``studies`` with a plan; ``closed``, ``pupils_moved``, ``added_pupil_minutes`` a day;
        sites, classes and places of both programmes, ``other_sites``; what the counties lack
        after the plan, as they measure it themselves, see `SHORT`.
    """
    table, sites = province.studies, province.sites
    sums = {
        "studies": Total(value=float((table["status"] == DONE).sum()), asked=float(len(table))),
        "closed": Total(
            value=float(len(province.closures)), asked=float(table["close_asked"].sum())
        ),
        "pupils_moved": Total(value=float(table["pupils_moved"].sum())),
        "added_pupil_minutes": Total(value=float(table["added_pupil_minutes"].sum())),
    }
    for programme in _PROGRAMMES:
        own = sites[sites["programme"] == programme]
        sums[f"{programme}_sites"] = Total(value=float(len(own)))
        for column in ("classes", "places"):
            sums[f"{programme}_{column}"] = Total(value=float(own[column].sum()))
    others = ~sites["programme"].isin(_PROGRAMMES)
    sums["other_sites"] = Total(value=float(others.sum()))
    for name in SHORT:
        short = province.counties[f"{name}_after"]
        if short.notna().any():
            sums[name] = Total(value=float(short.sum()))
    return sums
