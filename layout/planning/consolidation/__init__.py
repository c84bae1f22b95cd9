"""Which small schools close, where their pupils go, and when."""

from layout.planning.consolidation.candidates import DROPPABLE
from layout.planning.consolidation.consolidate import MODEL, consolidate
from layout.planning.consolidation.explain import explain, explanations
from layout.planning.consolidation.forced import is_forced, with_forced
from layout.planning.consolidation.retention import with_prices
from layout.planning.consolidation.setting import build_setting

__all__ = [
    "DROPPABLE",
    "MODEL",
    "build_setting",
    "consolidate",
    "explain",
    "explanations",
    "is_forced",
    "with_forced",
    "with_prices",
]
