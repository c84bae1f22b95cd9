"""What a bureau needs around a plan: other numbers, other plans as good, other assumptions."""

from layout.app.hearing.alternatives import Alternatives, alternatives
from layout.app.hearing.frontier import Frontier, frontier
from layout.app.hearing.sensitivity import Sensitivity, sensitivity
from layout.app.hearing.sweep import WIDTHS_M, BorderSweep, border_sweep

__all__ = [
    "WIDTHS_M",
    "Alternatives",
    "BorderSweep",
    "Frontier",
    "Sensitivity",
    "alternatives",
    "border_sweep",
    "frontier",
    "sensitivity",
]
