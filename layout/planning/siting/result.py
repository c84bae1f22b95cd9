"""What a programme returns, and the model behind it solved."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from layout.core.errors import NoSolutionError
from layout.core.text import Sentence, sentence, tr
from layout.inputs.study.study import SiteProgramme
from layout.location import ModularChoice, ModularProblem, choose_modules
from layout.location.solver.highs import Effort
from layout.planning.contract import DEFICITS, KINDERGARTEN_PLANS, ModelRun, empty

__all__ = ["PLACE", "Result", "candidate_note", "idle_notes", "solved"]

PLACE = ["stage", "settlement_id", "school_id"]
"""Columns that say what a site is and where."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """The tables of one programme, what was proved of it, and its notes."""

    sites: pd.DataFrame
    served: pd.DataFrame
    site_years: pd.DataFrame
    rejected_sites: pd.DataFrame
    run: ModelRun
    notes: tuple[Sentence, ...]
    deficits: pd.DataFrame = field(default_factory=lambda: empty(DEFICITS))
    county_plans: pd.DataFrame = field(default_factory=lambda: empty(KINDERGARTEN_PLANS))


def solved(
    problem: ModularProblem, effort: Effort | None, programme: str, asked: SiteProgramme
) -> ModularChoice:
    """Solve the model of a programme.

    Parameters
    ----------
    problem, effort
        The model and its limits.
    programme, asked
        Name and numbers of the programme.

    Raises
    ------
    NoSolutionError
        Where nothing was found within the limits.
    """
    answer = choose_modules(problem, effort=effort)
    if answer is None:
        raise NoSolutionError(
            tr(
                "{programme} programme: no choice of {sites:site|sites} was found within the "
                "limits",
                programme=programme,
                sites=asked.sites,
            )
        )
    return answer


def idle_notes(sites: pd.DataFrame, word: Sentence) -> list[Sentence]:
    """Name the new sites that serve nobody.

    Parameters
    ----------
    sites
        Sites of one programme, as in a plan.
    word
        What such a site is called.
    """
    # New sites without anybody to serve.
    idle = sites[(sites["kind"] == "new") & (sites["pupils_served"] == 0)]
    if idle.empty:
        return []
    return [
        sentence(
            "{count:new site serves|new sites serve} nobody whom existing places leave over "
            "({word}); the programme asks for that many: {names}.",
            count=len(idle),
            word=word,
            names=idle["site_id"],
        )
    ]


def candidate_note(run: ModelRun, word: Sentence) -> Sentence:
    """Say among how many candidates new sites were chosen, and what any others could gain.

    Parameters
    ----------
    run
        Of a siting model; its ``candidates`` and ``beyond`` are known.
    word
        What such a site is called.
    """
    if not run.beyond:
        return sentence(
            "New sites ({word}) were chosen among {count:candidate|candidates}; no other "
            "settlements would serve the first goal better.",
            word=word,
            count=run.candidates,
        )
    return sentence(
        "New sites ({word}) were chosen among {count:candidate|candidates}; other settlements "
        "would serve the first goal better by at most {share}.",
        word=word,
        count=run.candidates,
        share=f"{run.beyond:.2%}",
    )
