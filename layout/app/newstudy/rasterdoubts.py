"""Whether a population raster can be what it is taken for: people per cell, all around."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from layout.app.newstudy.people import RasterPeople
from layout.core.arrays import Floats
from layout.core.text import tr

__all__ = ["raster_doubts"]

DOUBTED_RATIO = 5.0
"""Tags and raster that differ by more than this, at the middle one of the places, do not agree."""

MOST_PER_KM2 = 50_000.0
"""More people than this on a square kilometre live in a few quarters of a few cities."""

_LEAST_PLACES = 3
_SHOWN_NAMES = 5


def raster_doubts(
    raster: RasterPeople, tagged: Floats, places: gpd.GeoDataFrame
) -> tuple[str, ...]:
    """Say what makes a raster doubtful.

    Parameters
    ----------
    raster
        People by place, and what the raster is like.
    tagged
        People by place as tagged, NaN where they are not, shape (n,).
    places
        Column ``name``, in the same order.

    Returns
    -------
    tuple of str
        Sentences: totals of tags and of the raster where both are known, and whether they agree;
        cells too full; cells taken as missing; places beside the raster.
    """
    notes: list[str] = []
    both = np.isfinite(tagged) & (raster.by_settlement > 0)
    if both.sum() >= _LEAST_PLACES:
        ratio = float(np.median(raster.by_settlement[both] / tagged[both]))
        totals = {
            "count": int(both.sum()),
            "tagged": f"{tagged[both].sum():,.0f}",
            "counted": f"{raster.by_settlement[both].sum():,.0f}",
        }
        if 1 / DOUBTED_RATIO <= ratio <= DOUBTED_RATIO:
            notes.append(
                tr(
                    "At {count:place|places} with a tag the tags say {tagged:person|people}, "
                    "the raster {counted}.",
                    **totals,
                )
            )
        else:
            notes.append(
                tr(
                    "WARNING: at {count} places with a tag the tags say {tagged} people, the "
                    "raster {counted}, usually {ratio} times as many. Does it hold people per "
                    "cell, and not per square kilometre or hectare?",
                    ratio=f"{ratio:.3g}",
                    **totals,
                )
            )
    if raster.most_per_km2 > MOST_PER_KM2:
        notes.append(
            tr(
                "WARNING: the fullest cell of the raster has {people} people per square "
                "kilometre. Does it hold people per cell, and is its missing value declared?",
                people=f"{raster.most_per_km2:,.0f}",
            )
        )
    if raster.filled:
        notes.append(
            tr(
                "{count:cell holds the greatest number of its type|cells hold the greatest "
                "number of their type} and no missing value is declared; taken as missing.",
                count=raster.filled,
            )
        )
    beside = places["name"].to_numpy()[raster.beside]
    if len(beside):
        names = ", ".join(str(name) for name in beside[:_SHOWN_NAMES])
        notes.append(
            tr(
                "WARNING: {count:place|places} lie beside the raster or where it holds no "
                "number: {names}{more}.",
                count=len(beside),
                names=names,
                more=" …" if len(beside) > _SHOWN_NAMES else "",
            )
        )
    return tuple(notes)
