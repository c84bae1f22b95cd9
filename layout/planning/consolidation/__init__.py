"""Which small schools close, where their pupils go, and when."""

from layout.planning.consolidation.candidates import DROPPABLE
from layout.planning.consolidation.consolidate import MODEL, consolidate
from layout.planning.consolidation.explain import explain, explanations

__all__ = ["DROPPABLE", "MODEL", "consolidate", "explain", "explanations"]
