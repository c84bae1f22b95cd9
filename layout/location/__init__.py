"""Location models on labelled costs: no geography, no schools.

Every answer says what was proved about it, and is checked from scratch outside the solver.
"""

from layout.location.center import p_center
from layout.location.closure import ClosureSolution, close_sites
from layout.location.cover import max_cover, set_cover
from layout.location.modular import (
    ModularChoice,
    ModularSolution,
    choose_modules,
    modular_cover,
)
from layout.location.modular_instance import ModularProblem
from layout.location.pmedian import p_median
from layout.location.result import LevelResult, Solution
from layout.location.serving import serve
from layout.location.watch import Progress

__all__ = [
    "ClosureSolution",
    "LevelResult",
    "ModularChoice",
    "ModularProblem",
    "ModularSolution",
    "Progress",
    "Solution",
    "choose_modules",
    "close_sites",
    "max_cover",
    "modular_cover",
    "p_center",
    "p_median",
    "serve",
    "set_cover",
]
