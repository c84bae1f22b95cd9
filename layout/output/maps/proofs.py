"""How far the answer of a model is proved, in words that need no knowledge of the models."""

from __future__ import annotations

from layout.core.text import tr, words
from layout.planning.contract import LevelRun, ModelRun

__all__ = ["badge", "gap_text", "sentence_of"]


def gap_text(gap: float) -> str:
    """Return a gap as a percentage that never says nought where something is left."""
    return f"{gap:.2%}" if gap >= 0.00005 else "< 0.01%"


def badge(run: ModelRun) -> str:
    """Say in a few words whether there can be a better plan, and in what."""
    if run.status == "proven":
        return tr("Proved: no better plan")
    if run.status != "gap":
        return words.statuses()[run.status]
    return _open_goal(run)


def sentence_of(run: ModelRun) -> str:
    """Say how far the answer of a model is proved, goal by goal, and among which candidates."""
    told = _proof(run)
    if run.candidates is None or run.beyond is None:
        return told
    if run.beyond:
        among = tr(
            "Chosen among {count:candidate|candidates}; with any other place at most {share} "
            "better.",
            count=run.candidates,
            share=gap_text(run.beyond),
        )
    else:
        among = tr(
            "Chosen among {count:candidate|candidates}; no other place would be better.",
            count=run.candidates,
        )
    return tr("{proof} {among}", proof=told, among=among)


def _proof(run: ModelRun) -> str:
    # Levels are settled in order: those before the first open one are proved, none after it.
    settled = run.levels[: int(run.detail.get("levels_proven", 0))]
    goals = tr("; ").join(
        tr("({number}) {goal}", number=number, goal=_goal(level))
        for number, level in enumerate(settled, start=1)
    )
    if run.status == "proven" and settled:
        return tr(
            "Proved: no plan under these rules is better. What counted, in this order: {goals}.",
            goals=goals,
        )
    if run.status == "proven":
        return tr("Proved: no plan under these rules is better.")
    if run.status != "gap":
        return words.statuses()[run.status]
    if settled:
        return tr(
            "Proved that no plan does better in: {goals}. {open}; what counts after that is "
            "not proved.",
            goals=goals,
            open=_open_goal(run),
        )
    return tr("{open}.", open=_open_goal(run))


def _open_goal(run: ModelRun) -> str:
    """What may still be better, and by how much at the most."""
    level = next((level for level in run.levels if level.status != "proven"), None)
    if run.gap is None or run.bound is None:
        return tr("Not proved: a better plan may exist")
    gap = gap_text(run.gap)
    if level is None:
        return tr("Not fully proved: a plan better by at most {gap} may exist", gap=gap)
    if run.bound > level.objective:
        return tr(
            "Not fully proved: {goal} could be at most {gap} more", goal=_goal(level), gap=gap
        )
    return tr("Not fully proved: {goal} could be at most {gap} less", goal=_goal(level), gap=gap)


def _goal(level: LevelRun) -> str:
    return words.goals().get(level.level, level.level)
