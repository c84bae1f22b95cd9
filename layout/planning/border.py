"""Retention in the border belt: which schools it keeps, and what that costs the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from layout.core.errors import InfeasibleError
from layout.core.progress import step
from layout.core.text import Sentence, sentence, tr
from layout.planning.belt import belt_table, belt_width_m, protected_by_belt
from layout.planning.consolidation import MODEL, consolidate
from layout.planning.contract import PlanTables, renewed_notes

__all__ = ["WITHOUT_RETENTION", "BorderStudy", "border_alternative", "retain_border"]

WITHOUT_RETENTION = "without_retention"
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, eq=False, kw_only=True)
class BorderStudy:
    """A plan with retention beside the plan without it.

    Attributes
    ----------
    retained
        Every compulsory school of the border counties, columns of
        `layout.planning.contract.RETAINED`.
    without
        The plan that the same study gives when the belt protects nothing; None where none exists.
    closed_without
        Retained schools that would close without the belt, sorted.
    seconds_with, seconds_without
        Pupil-seconds added a day by each plan; None where a plan closes nothing.
    """

    retained: pd.DataFrame
    without: PlanTables | None
    closed_without: tuple[str, ...]
    seconds_with: float | None
    seconds_without: float | None

    @property
    def price_seconds(self) -> float | None:
        """What retention adds to the travel of all pupils, in pupil-seconds a day."""
        if self.seconds_with is None or self.seconds_without is None:
            return None
        return self.seconds_with - self.seconds_without


def retain_border(plan: PlanTables) -> PlanTables:
    """Judge every school of the border counties, and set the plan without retention beside it.

    Parameters
    ----------
    plan
        The plan to complete, with its study and its ways.

    Returns
    -------
    PlanTables
        The plan with ``retained`` filled, notes on what it means, and the plan without
        retention under ``alternatives["without_retention"]``.
    """
    judged = border_alternative(plan)
    alternatives = dict(plan.alternatives)
    if judged.without is not None:
        alternatives[WITHOUT_RETENTION] = judged.without
    return replace(
        plan,
        retained=judged.retained,
        notes=renewed_notes(plan.notes, border_notes(plan, judged)),
        alternatives=alternatives,
    )


def border_alternative(plan: PlanTables) -> BorderStudy:
    """Solve the plan's closures again with the belt left out.

    Parameters
    ----------
    plan
        The plan with retention, from `consolidate`, or one without closures.

    Returns
    -------
    BorderStudy
        Without an alternative where the plan already leaves the belt out, or closes nothing.
    """
    study, options = plan.study, plan.study.options
    retained = belt_table(study)
    run = plan.run_of(MODEL)
    without: PlanTables | None = None
    if run is not None and "belt" not in options.drop:
        with step(tr("The same plan without the border belt")):
            without = _without_belt(plan, run.achieved)
    # The belt protects these now, and they close where it does not.
    protected = protected_by_belt(retained)
    closed = sorted(protected & set(without.closed)) if without is not None else []
    other = None if without is None else without.run_of(MODEL)
    return BorderStudy(
        retained=retained,
        without=without,
        closed_without=tuple(closed),
        seconds_with=None if run is None else run.detail["added_pupil_seconds"],
        seconds_without=None if other is None else other.detail["added_pupil_seconds"],
    )


def border_notes(plan: PlanTables, judged: BorderStudy) -> tuple[Sentence, ...]:
    """What retention means, in sentences.

    Parameters
    ----------
    plan
        The plan with retention.
    judged
        From `border_alternative`.

    Returns
    -------
    tuple of Sentence
        Numbers against the programme, doubtful schools, schools that would close, the price.
    """
    table, study = judged.retained, plan.study
    if table.empty:
        return ()
    official = table["official"].astype(bool)
    notes = [
        sentence(
            "Border belt of {width} m: {official:school|schools} on the official list, "
            "{inside} inside by geometry, {uncertain} whose uncertainty spans its edge.",
            width=f"{belt_width_m(study):.0f}",
            official=int(official.sum()),
            inside=int((table["belt"] == "in").sum()),
            uncertain=int((table["belt"] == "uncertain").sum()),
        )
    ]
    if belt_width_m(study) > 0 and np.isinf(table["distance_m"]).all():
        notes.append(
            sentence(
                "No part of the border line runs along the counties; geometry protects nobody."
            )
        )
    if not study.options.belt_official:
        notes.append(
            sentence("The official list protects nobody in this plan: geometry alone decides.")
        )
    programme = study.programmes.border
    if programme is not None and programme.retain != int(official.sum()):
        notes.append(
            sentence(
                "The programme retains {retain:school|schools}, the official list holds "
                "{official}.",
                retain=programme.retain,
                official=int(official.sum()),
            )
        )
    # Neither the official list nor geometry decides on these.
    doubtful = table[table["rule"].isin(["uncertain_kept", "uncertain_open"])]
    if len(doubtful):
        columns = (doubtful[name] for name in ("name", "distance_m", "uncertainty_m"))
        notes.append(
            sentence(
                "To be decided, as geometry alone cannot tell: {schools}.",
                schools=[
                    sentence(
                        "{name} ({distance} ± {error} m)",
                        name=name,
                        distance=f"{metres:.0f}",
                        error=f"{error:.0f}",
                    )
                    for name, metres, error in zip(*columns, strict=True)
                ],
            )
        )
    apart = table[official & (table["belt"] == "out")]
    if len(apart):
        notes.append(
            sentence(
                "On the official list, but outside the belt by geometry: {schools}.",
                schools=apart["name"],
            )
        )
    return (*notes, *_price_notes(judged))


def _price_notes(judged: BorderStudy) -> list[Sentence]:
    """What would happen without retention."""
    if judged.without is None:
        return []
    names = judged.retained.set_index("school_id")["name"]
    notes = []
    if judged.closed_without:
        notes.append(
            sentence(
                "Without retention {count} of the protected schools would close: {schools}.",
                count=len(judged.closed_without),
                schools=names[list(judged.closed_without)],
            )
        )
    else:
        notes.append(sentence("Without retention none of the protected schools would close."))
    if judged.price_seconds is not None:
        notes.append(
            sentence(
                "Added travel with retention {kept} and without it {dropped} pupil-minutes a day: "
                "retention costs {price}.",
                kept=_minutes(judged.seconds_with),
                dropped=_minutes(judged.seconds_without),
                price=_minutes(judged.price_seconds),
            )
        )
    return notes


def _without_belt(plan: PlanTables, count: int) -> PlanTables | None:
    """The same number of closures, the belt left out; None where even that is not possible."""
    levers = plan.study.options
    study = plan.study.with_options(close=count, drop=tuple(sorted({*levers.drop, "belt"})))
    try:
        other = consolidate(study, ways=plan.ways(), baseline=plan.baseline)
    except InfeasibleError:
        return None
    return replace(other, name=f"{plan.name} · {WITHOUT_RETENTION}")


def _minutes(seconds: float | None) -> str:
    return f"{(seconds or 0.0) / SECONDS_PER_MINUTE:.0f}"
