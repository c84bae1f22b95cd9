"""What a kindergarten programme is told by: readings of its numbers, whom it serves."""

from __future__ import annotations

import pandas as pd

from layout.core.text import Sentence, sentence
from layout.inputs.study.study import SiteProgramme, Study
from layout.planning.siting.kindergarten.ceilings import Reading
from layout.planning.siting.kindergarten.need import Need, outlook
from layout.planning.siting.levers import UNTIL
from layout.planning.siting.result import idle_notes

__all__ = ["kindergarten_notes"]


def kindergarten_notes(
    study: Study, programme: SiteProgramme, read: Reading, need: Need, sites: pd.DataFrame
) -> tuple[Sentence, ...]:
    """Say how the kindergarten numbers were read, what they reach and what comes after."""
    norms, left = study.standards, int(need.left.sum())
    served = int(sites["pupils_served"].sum())
    notes = []
    if read.with_expansions and read.classes is not None:
        notes += _conflict(study, read, read.classes, sites)
    planned = int(sites["places"].sum())
    if programme.places and programme.places != planned:
        notes.append(
            sentence(
                "The programme names {asked} kindergarten places; at {size} a class the plan has "
                "{planned}.",
                asked=programme.places,
                size=norms.class_size_preschool,
                planned=planned,
            )
        )
    notes.append(
        sentence(
            "Kindergartens in {year}: {children} children want a place, {left} of them find none "
            "within reach today; the programme serves {served} of these, {rest} stay without.",
            year=programme.year,
            children=int(need.demand.sum()),
            left=left,
            served=served,
            rest=left - served,
        )
    )
    if planned > served:
        notes.append(
            sentence(
                "{idle} of the {planned} new kindergarten places find no child within reach who "
                "has none; their classes stand in the counties with most children left over.",
                idle=planned - served,
                planned=planned,
            )
        )
    notes += idle_notes(sites, sentence("kindergarten"))
    notes += _outlook(study, programme, int(need.places.sum()) + planned)
    return tuple(notes)


def _conflict(study: Study, read: Reading, classes: int, sites: pd.DataFrame) -> list[Sentence]:
    size, most = study.standards.class_size_preschool, read.most
    new, added = sites[sites["kind"] == "new"], sites[sites["kind"] == "expansion"]
    # Classes of one site if the ceiling did not hold.
    giant = -(-classes // read.sites)
    return [
        sentence(
            "{classes} classes in {sites} new kindergartens are {mean} classes and {children} "
            "children each; the norm's ceiling is {most} classes and {ceiling} children. Within "
            "the ceiling the classes need at least {least} kindergartens.",
            classes=classes,
            sites=read.sites,
            mean=f"{classes / read.sites:.1f}",
            children=round(classes * size / read.sites),
            most=most,
            ceiling=study.standards.kindergarten_max_children,
            least=-(-classes // most),
        ),
        sentence(
            "Reading used: {sites} new kindergartens of at most {most} classes with {new_classes} "
            "classes together, and {added_classes} classes added at {schools} existing public "
            "kindergartens under the same ceiling: {classes} classes and {places} places.",
            sites=len(new),
            most=most,
            new_classes=int(new["classes"].sum()),
            added_classes=int(added["classes"].sum()),
            schools=len(added),
            classes=int(sites["classes"].sum()),
            places=int(sites["places"].sum()),
        ),
        sentence(
            "Other readings: {sites} new kindergartens of up to {giant} classes ({giant_children} "
            "children) if the ceiling were relaxed; or {least} new kindergartens within the "
            "ceiling and no expansions.",
            sites=read.sites,
            giant=giant,
            giant_children=giant * size,
            least=-(-classes // most),
        ),
    ]


def _outlook(study: Study, programme: SiteProgramme, places: int) -> list[Sentence]:
    """Places against children by year; one year alone has no outlook."""
    table = outlook(study, programme.year, places, UNTIL)
    if len(table) < 2:
        return []
    years = "; ".join(
        f"{year}: {row.children} / {row.places} ({row.surplus:+d})"
        for year, row in zip(table.index, table.itertuples(index=False), strict=True)
    )
    return [
        sentence(
            "Children of kindergarten age who want a place / places existing and new (surplus) by "
            "year: {years}.",
            years=years,
        )
    ]
