"""What a kindergarten programme is told by: whom it serves, and what comes after."""

from __future__ import annotations

import pandas as pd

from layout.core.text import Sentence, marked, sentence
from layout.inputs.study.study import SiteProgramme, Study
from layout.planning.siting.kindergarten.need import Need, outlook
from layout.planning.siting.levers import UNTIL
from layout.planning.siting.result import idle_notes

__all__ = ["HALF_NOTES", "kindergarten_notes"]

_HALF = marked(
    "Of {sites:new kindergarten|new kindergartens} {count:opens|open} less than half full "
    "(children / places): {names}."
)
_HALF_FLOORS = marked(
    "Of {sites:new kindergarten|new kindergartens} {count:opens|open} less than half full "
    "(children / places): {names}. This is the price of the floors of the public share; "
    "floors=False builds where most children are."
)
HALF_NOTES = frozenset({_HALF, _HALF_FLOORS})
"""Messages of the notes, all of which a programme that is sited again says anew."""


def kindergarten_notes(
    study: Study, programme: SiteProgramme, need: Need, sites: pd.DataFrame, *, floors: bool
) -> tuple[Sentence, ...]:
    """Say what the kindergarten numbers reach, at which price, and what comes after.

    Parameters
    ----------
    study, programme
        The study and the programme's numbers.
    need, sites
        Whom existing places leave over, and the sites as in a plan.
    floors
        Whether floors of the public share came first.
    """
    norms, left = study.standards, int(need.left.sum())
    served = int(sites["pupils_served"].sum())
    notes = []
    planned = int(sites["places"].sum())
    if programme.places and programme.places != planned:
        notes.append(
            sentence(
                "The programme names {asked:kindergarten place|kindergarten places}; at {size} "
                "a class the plan has {planned}.",
                asked=programme.places,
                size=norms.class_size_preschool,
                planned=planned,
            )
        )
    notes.append(
        sentence(
            "Kindergartens in {year}: {children:child wants|children want} a place, {left} of "
            "them find none within reach today; the programme serves {served} of these, {rest} "
            "stay without.",
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
    notes += _half_full(sites, floors=floors)
    notes += idle_notes(sites, sentence("kindergarten"))
    notes += _outlook(study, programme, int(need.places.sum()) + planned)
    return tuple(notes)


def _half_full(sites: pd.DataFrame, *, floors: bool) -> list[Sentence]:
    """New sites that open less than half full, and why they are built all the same."""
    new = sites[sites["kind"] == "new"]
    few = new[2 * new["pupils_served"] < new["places"]]
    if few.empty:
        return []
    return [
        sentence(
            _HALF_FLOORS if floors else _HALF,
            count=len(few),
            sites=len(new),
            names=[
                sentence(
                    "{site} ({children}/{places})",
                    site=row["site_id"],
                    children=row["pupils_served"],
                    places=row["places"],
                )
                for row in few.to_dict("records")
            ],
        )
    ]


def _outlook(study: Study, programme: SiteProgramme, places: int) -> list[Sentence]:
    """Places against children by year; one year alone has no outlook."""
    table = outlook(study, programme.year, places, UNTIL)
    if len(table) < 2:
        return []
    years = [
        sentence(
            "{year}: {children} / {places} ({surplus})",
            year=int(year),
            children=row.children,
            places=row.places,
            surplus=f"{row.surplus:+d}",
        )
        for year, row in zip(table.index, table.itertuples(index=False), strict=True)
    ]
    return [
        sentence(
            "Children of kindergarten age who want a place / places existing and new (surplus) by "
            "year: {years}.",
            years=years,
        )
    ]
