"""Which small schools close, where their pupils go, and when."""

from layout.planning.consolidation.consolidate import (
    MODEL,
    consolidate,
    explain,
    explanations,
)

__all__ = [
    "MODEL",
    "consolidate",
    "explain",
    "explanations",
]
