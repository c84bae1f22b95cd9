"""Inhabitants of each settlement: counted from tags, a raster, the city, or an equal share."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.app.newstudy.cities import MOST_PER_KM2, capped, spread, without_villages
from layout.app.newstudy.model import equal_people
from layout.app.newstudy.people import (
    CITY_SHARE,
    EQUAL_SHARE,
    RASTER,
    TAGGED,
    RasterPeople,
    raster_people,
    tagged_people,
)
from layout.app.newstudy.rasterdoubts import raster_doubts
from layout.core.text import tr
from layout.inputs.datum import choose_metre_crs

__all__ = ["people_of"]


def people_of(
    places: gpd.GeoDataFrame, units: gpd.GeoDataFrame, population: str | Path | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Count the inhabitants of each place.

    Parameters
    ----------
    places
        Settlements; columns ``osm_id``, ``name``, ``place``, ``population``, ``county_code``,
        ``city``; points in EPSG:4326.
    units
        Columns ``county_code``, ``name``, geometry.
    population
        GeoTIFF with people per cell, or None.

    Returns
    -------
    table : DataFrame
        Columns settlement_id, people, source (`TAGGED`, `RASTER`, `EQUAL_SHARE`, `CITY_SHARE`),
        and raster_people where there is a raster.
    notes : tuple of str
        What the study should say about them.
    """
    # By place, shape (n,): the tag's number, NaN where there is none that can be read.
    tagged = np.array([tagged_people(text) for text in places["population"]])
    known = np.isfinite(tagged)
    if population is None:
        other, source = equal_people(places), EQUAL_SHARE
    else:
        source = RASTER
        raster = raster_people(
            Path(population),
            places.geometry,
            shapely.union_all(units.geometry.to_numpy()),
            crs=choose_metre_crs(places.geometry),
        )
        other = raster.by_settlement
    quarter = (places["city"] != "").to_numpy()
    known &= ~quarter
    people, cities = without_villages(places, units, np.where(known, tagged, other), known)
    people, cut = capped(places, units, people)
    if population is None:
        people = spread(places, people)
    sources = np.where(quarter & (population is None), CITY_SHARE, source)
    table = pd.DataFrame(
        {
            "settlement_id": places["osm_id"].to_numpy(),
            "people": people,
            "source": np.where(known, TAGGED, sources),
        }
    )
    rest = int((table["source"] == (EQUAL_SHARE if population is None else RASTER)).sum())
    notes = []
    if known.any():
        count = int(known.sum())
        notes.append(tr("Inhabitants of {count:place|places} are those of the tag.", count=count))
    notes += _city_notes(
        cities, cut, spread_over=places.loc[quarter, "city"].nunique() if population is None else 0
    )
    if population is None and rest:
        notes.append(
            tr(
                "Of {count:place|places} the number of inhabitants is NOT KNOWN: each stands "
                "with an "
                "equal share, the same number for every place of its kind.",
                count=rest,
            )
        )
    if population is None:
        return table, tuple(notes)
    table["raster_people"] = raster.by_settlement
    notes += [
        tr("Inhabitants of {count:place|places} are summed from the raster.", count=rest),
        _raster_note(raster),
        *raster_doubts(raster, tagged, places),
    ]
    return table, tuple(notes)


def _raster_note(raster: RasterPeople) -> str:
    """Say how many people the raster has, and where they count."""
    return tr(
        "The raster holds {inside:person|people} in the study, each counted at the nearest "
        "place, {far} of them over 5 km from it; {outside} more lie in the study's bounding "
        "box but outside its units and are not counted.",
        inside=f"{raster.inside:,.0f}",
        far=f"{raster.far:,.0f}",
        outside=f"{raster.outside:,.0f}",
    )


def _city_notes(whole: list[str], cut: list[str], *, spread_over: int) -> list[str]:
    """Say which cities count without their villages, which are cut, how many are spread out."""
    notes = []
    if whole:
        notes.append(
            tr(
                "The number of a city is that of its whole unit; the other places of the unit are "
                "taken out of it: {names}.",
                names=", ".join(whole),
            )
        )
    if cut:
        notes.append(
            tr(
                "The number of a city is more than the study's area can hold, as where an extract "
                "cuts it; it counts as {most} people for each square kilometre: {names}.",
                most=f"{MOST_PER_KM2:,.0f}",
                names=", ".join(cut),
            )
        )
    if spread_over:
        notes.append(
            tr(
                "The people of {count} cities and towns are spread evenly over their quarters.",
                count=spread_over,
            )
        )
    return notes
