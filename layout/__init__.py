"""Plan where schools close, stay and open, with roads, settlements and pupils.

The public names are loaded when they are first used, so that ``import layout`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layout import location
    from layout.app.plan import Plan, compare
    from layout.app.steps import assess, consolidate, retain_border, site
    from layout.core.text import set_language
    from layout.inputs.study.study import Study
    from layout.network.travel import TravelMatrix, travel_matrix

__version__ = "0.1.0"

__all__ = [
    "Plan",
    "Study",
    "TravelMatrix",
    "__version__",
    "assess",
    "compare",
    "consolidate",
    "location",
    "retain_border",
    "set_language",
    "site",
    "travel_matrix",
]

_HOME = {
    "Plan": "layout.app.plan",
    "Study": "layout.inputs.study.study",
    "TravelMatrix": "layout.network.travel",
    "assess": "layout.app.steps",
    "compare": "layout.app.plan",
    "consolidate": "layout.app.steps",
    "retain_border": "layout.app.steps",
    "set_language": "layout.core.text",
    "site": "layout.app.steps",
    "travel_matrix": "layout.network.travel",
}


def __getattr__(name: str) -> Any:
    if name == "location":
        return import_module("layout.location")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'layout' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
