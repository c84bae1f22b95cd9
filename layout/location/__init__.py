"""Location models on labelled costs: no geography, no schools.

Every answer says what was proved about it, and is checked from scratch outside the solver.
"""

from layout.location.closure import ClosureSolution, close_sites
from layout.location.result import LevelResult, Solution

__all__ = ["ClosureSolution", "LevelResult", "Solution", "close_sites"]
