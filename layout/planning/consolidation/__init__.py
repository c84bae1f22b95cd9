"""Which small schools close, where their pupils go, and when."""

from layout.planning.consolidation.candidates import DROPPABLE
from layout.planning.consolidation.consolidate import MODEL, consolidate
from layout.planning.consolidation.explain import explanations
from layout.planning.consolidation.forced import is_forced, with_forced
from layout.planning.consolidation.retention import with_prices
from layout.planning.consolidation.setting import Setting, build_setting
from layout.planning.consolidation.views import View, view_of

__all__ = [
    "DROPPABLE",
    "MODEL",
    "Setting",
    "View",
    "build_setting",
    "consolidate",
    "explanations",
    "is_forced",
    "view_of",
    "with_forced",
    "with_prices",
]
