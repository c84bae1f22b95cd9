"""What a bureau needs around a plan: other numbers, other plans as good, other assumptions."""

from layout.app.hearing.frontier import Frontier, frontier
from layout.app.hearing.sensitivity import Sensitivity, sensitivity

__all__ = ["Frontier", "Sensitivity", "frontier", "sensitivity"]
