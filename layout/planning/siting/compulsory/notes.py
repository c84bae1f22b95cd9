"""What a programme of compulsory schools is told by."""

from __future__ import annotations

import pandas as pd

from layout.core.text import Sentence, sentence
from layout.inputs.study.study import SiteProgramme, Study
from layout.planning.siting.compulsory.overflow import Overflow
from layout.planning.siting.result import idle_notes

__all__ = ["compulsory_notes"]


def compulsory_notes(
    study: Study, programme: SiteProgramme, over: Overflow, sites: pd.DataFrame
) -> tuple[Sentence, ...]:
    """Say where pupils outnumber class places and what the new schools relieve."""
    total, served = int(over.pools["over"].sum()), int(sites["pupils_served"].sum())
    note = sentence(
        "Compulsory schools in {year}: {total} pupils over the class places of {schools} schools; "
        "{primary} new primary and {junior} new junior schools take {served} of them, {rest} stay.",
        year=programme.year,
        total=total,
        schools=over.pools["school_id"].nunique(),
        primary=int((sites["stage"] == "primary").sum()),
        junior=int((sites["stage"] == "junior").sum()),
        served=served,
        rest=total - served,
    )
    return (note, *idle_notes(sites, sentence("compulsory school")))
