"""Which small schools close, where their pupils go, and when."""

from layout.consolidation.closing import (
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
