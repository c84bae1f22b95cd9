"""The closure model on a study, with levers as words."""

from __future__ import annotations

from typing import Any

from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel, study_travel
from layout.planning import consolidation
from layout.planning.contract import PlanTables


def closing(study: Study, *, ways: StudyTravel | None = None, **levers: Any) -> PlanTables:
    """The plan that a study's options ask for, with some of them changed; not verified yet."""
    ways = study_travel(study) if ways is None else ways
    return consolidation.consolidate(study.with_options(**levers), ways=ways)
