"""What a new study says of the objects that were read: left out, added, mapped in part, unknown."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import geopandas as gpd

from layout.app.newstudy.kinds import UNKNOWN
from layout.app.newstudy.model import names_of
from layout.core.standards import GRADES_OF_TYPE, STAGES
from layout.core.text import tr

__all__ = ["listed", "read_notes"]

MOST_NAMES = 12


def read_notes(
    places: gpd.GeoDataFrame,
    schools: gpd.GeoDataFrame,
    others: gpd.GeoDataFrame,
    *,
    outside: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    added: tuple[int, int, int],
    language: str,
) -> tuple[str, ...]:
    """Put into words what was read and how.

    Parameters
    ----------
    places, schools
        In the study; columns ``name``, ``name_<language>``, ``osm_id``, ``whole``, and of schools
        ``type_code``, ``type_by``.
    others
        Objects that are no schools of children.
    outside
        Places and schools outside all units.
    added
        How many islands or localities near a school, islands with people, and places at schools
        were added.
    language
        Of the names.

    Returns
    -------
    tuple of str
        One sentence for each fact that holds.
    """
    names = partial(_names, language=language)
    unknown = schools[(schools["type_by"] == "unknown") & (schools["type_code"] == UNKNOWN)]
    places_out, schools_out = outside
    notes = []
    if len(others):
        notes.append(
            tr(
                "{count:object is no school of children and is|objects are no schools of "
                "children and are} left out: {names}.",
                count=len(others),
                names=names(others),
            )
        )
    if len(unknown):
        notes.append(
            tr(
                "Of {count:school|schools} neither tag nor name tells the kind: NOT KNOWN, taken "
                "as "
                "schools of grades 1 to 9, which no programme closes: {names}.",
                count=len(unknown),
                names=names(unknown),
            )
        )
    notes += _missing_stages(schools)
    notes += [
        tr(
            "{count:area is|areas are} crossed, cut or not closed; each stands at a point of "
            "it: {names}.",
            count=len(partly),
            names=names(partly),
        )
        for table in (places, schools)
        if len(partly := table[~table["whole"].astype(bool)])
    ]
    if len(places_out):
        notes.append(
            tr(
                "{count:place lies outside all units and is|places lie outside all units and "
                "are} left out: {names}.",
                count=len(places_out),
                names=names(places_out),
            )
        )
    if len(schools_out):
        notes.append(
            tr(
                "{count:school lies outside all units and is|schools lie outside all units and "
                "are} left out: {names}.",
                count=len(schools_out),
                names=names(schools_out),
            )
        )
    return (*notes, *_added(*added))


def _missing_stages(schools: gpd.GeoDataFrame) -> list[str]:
    """Say which stages no school teaches."""
    stages = {
        "preschool": tr("kindergarten"),
        "primary": tr("primary"),
        "junior": tr("junior"),
        "senior": tr("senior"),
    }
    taught = {grade for code in schools["type_code"] for grade in GRADES_OF_TYPE[code]}
    missing = [stages[stage] for stage, grades in STAGES.items() if not taught & set(grades)]
    if not missing:
        return []
    return [
        tr(
            "No school of these stages is tagged: {stages}. Their children stand as in no school.",
            stages=", ".join(missing),
        )
    ]


def _added(nearby: int, islands: int, at_schools: int) -> list[str]:
    """Say which settlements stand for want of others."""
    notes = []
    if nearby:
        notes.append(
            tr(
                "{count:island or locality counts as a settlement|islands and localities count "
                "as settlements}, since a school has no other.",
                count=nearby,
            )
        )
    if islands:
        notes.append(
            tr(
                "{count:island without another settlement counts as a settlement|islands "
                "without another settlement count as settlements}, since the tag says how many "
                "people live there.",
                count=islands,
            )
        )
    if at_schools:
        notes.append(
            tr(
                "{count:school has|schools have} no settlement within 2 km: one of modelled "
                "size stands at each, or at those within 1 km of each other.",
                count=at_schools,
            )
        )
    return notes


def _names(rows: gpd.GeoDataFrame, language: str) -> str:
    return listed(names_of(rows, language).where(lambda name: name != "", rows["osm_id"]))


def listed(names: Iterable[str]) -> str:
    """Return the first `MOST_NAMES` names, and how many more there are."""
    every = list(names)
    rest = len(every) - MOST_NAMES
    text = ", ".join(every[:MOST_NAMES])
    return text if rest <= 0 else tr("{names} and {count} more", names=text, count=rest)
