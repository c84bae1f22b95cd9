"""The steps of a plan as people call them: each returns a `Plan`."""

from __future__ import annotations

from typing import Any

from layout.app.plan import Plan
from layout.inputs.study.study import Study
from layout.planning import assess as today
from layout.planning import border, siting
from layout.planning import consolidation as closures

__all__ = ["assess", "consolidate", "retain_border", "site"]


def assess(study: Study) -> Plan:
    """Describe the state as it is, see `layout.planning.assess`."""
    return Plan.of(today.assess(study))


def consolidate(study: Study, **levers: Any) -> Plan:
    """Close exactly N schools, see `layout.planning.consolidation`."""
    return Plan.of(closures.consolidate(study, **levers))


def retain_border(study: Study, **options: Any) -> Plan:
    """Judge the schools of the border belt, see `layout.planning.border`."""
    return Plan.of(border.retain_border(study, **options))


def site(study: Study, **options: Any) -> Plan:
    """Site one programme, see `layout.planning.siting`."""
    return Plan.of(siting.site(study, **options))
