"""What a programme of compulsory schools is told by."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from layout.core.text import Sentence, marked, sentence
from layout.inputs.study.study import CompulsoryProgramme, Study
from layout.planning.siting.compulsory.chosen import Chosen
from layout.planning.siting.compulsory.growing import Grown
from layout.planning.siting.compulsory.overflow import Overflow
from layout.planning.siting.compulsory.problem import most_places
from layout.planning.siting.compulsory.years import COMPULSORY_YEAR_NOTES
from layout.planning.siting.result import idle_notes

__all__ = ["COMPULSORY_NOTES", "compulsory_notes"]

_GROWN = marked(
    "{count:existing school grows|existing schools grow} by {classes:class|classes}: "
    "{stay:pupil over the class places gets a place at the own school|pupils over the class "
    "places get a place at their own school} and {come:comes|come} on foot from other full "
    "schools; no other choice of {count} would relieve more than {most}."
)
_NOT_GROWN = marked(
    "The programme names no number of existing schools to expand, so none is expanded."
)
_NOTHING = marked(
    "Counties that get no school of the programme, with their pupils over the class places and the "
    "most that one school there could relieve: {counties}. Each new school relieves {least} or "
    "more; where others relieve as many, counties' shares are evened out first, then travel counts."
)
COMPULSORY_NOTES = frozenset({_GROWN, _NOT_GROWN, _NOTHING}) | COMPULSORY_YEAR_NOTES
"""Messages of the notes that a programme may say and, sited again, no more."""


def compulsory_notes(
    study: Study,
    programme: CompulsoryProgramme,
    over: Overflow,
    sites: pd.DataFrame,
    chosen: Chosen,
    grown: Grown,
) -> tuple[Sentence, ...]:
    """Say where pupils outnumber class places and what the schools relieve.

    Parameters
    ----------
    study, programme
        The study and the programme's numbers.
    over
        The overflow.
    sites
        The programme's sites, as in a plan.
    chosen, grown
        New schools, and those that grow.
    """
    new = sites[sites["kind"] == "new"]
    total, served = int(over.pools["over"].sum()), int(new["pupils_served"].sum())
    note = sentence(
        "Compulsory schools in {year}: {total:pupil|pupils} over the class places of "
        "{schools:school|schools}; {primary} new primary and {junior:new junior school|new "
        "junior schools} take {served} of them, {rest} stay.",
        year=programme.year,
        total=total,
        schools=over.pools["school_id"].nunique(),
        primary=int((new["stage"] == "primary").sum()),
        junior=int((new["stage"] == "junior").sum()),
        served=served,
        rest=total - served,
    )
    return (
        note,
        _growth(grown),
        *_nothing(study, over, sites, chosen),
        *idle_notes(sites, sentence("compulsory school")),
    )


def _growth(grown: Grown) -> Sentence:
    """What schools that grow relieve, or that none does."""
    if grown.answer is None:
        return sentence(_NOT_GROWN)
    come = int(grown.flows["amount"].sum())
    return sentence(
        _GROWN,
        count=len(grown.sites),
        classes=int(grown.sites["classes"].sum()),
        stay=int(grown.sites["pupils_served"].sum()) - come,
        come=come,
        most=int(grown.answer.levels[0].bound),
    )


def _nothing(
    study: Study, over: Overflow, sites: pd.DataFrame, chosen: Chosen
) -> Iterator[Sentence]:
    """Counties without a school of the programme, and why."""
    by_county = over.pools.groupby("county_code")["over"].sum()
    without = by_county[~by_county.index.isin(sites["county_code"])]
    new = sites[sites["kind"] == "new"]
    if without.empty or new.empty:
        return
    # What one school could take in each settlement, by stage; the most of each county.
    around = chosen.around
    stage = over.pools["stage"].reindex(around["pool"]).to_numpy()
    near = around.groupby([around["settlement_id"], stage])["pupils"].sum()
    room = most_places(study.standards).reindex(near.index.get_level_values(1)).to_numpy()
    county = study.settlements["county_code"].reindex(near.index.get_level_values(0)).to_numpy()
    most = near.clip(upper=room).groupby(county).max().reindex(without.index, fill_value=0)
    names = zip(study.units["name"].reindex(without.index), without, most, strict=True)
    yield sentence(
        _NOTHING,
        counties=[f"{name} {count} / {one}" for name, count, one in names],
        least=int(new["pupils_served"].min()),
    )
