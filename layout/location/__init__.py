"""Location models on labelled costs: no geography, no schools.

Every solution says what was proved about it, and is checked from scratch outside the solver.
"""

from layout.location.closure.close_sites import ClosureSolution, close_sites
from layout.location.covering.cover import max_cover, set_cover
from layout.location.covering.p_center import p_center
from layout.location.labelled.results import LevelResult, Solution
from layout.location.median.p_median import p_median
from layout.location.modular.instance import ModularProblem
from layout.location.modular.modular_cover import (
    ModularChoice,
    ModularSolution,
    choose_modules,
    modular_cover,
    most_covered,
)
from layout.location.modular.runners import runners_up
from layout.location.modular.serving import serve_modules
from layout.location.solver.watch import Progress
from layout.location.transport import serve

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
    "most_covered",
    "p_center",
    "p_median",
    "runners_up",
    "serve",
    "serve_modules",
    "set_cover",
]
