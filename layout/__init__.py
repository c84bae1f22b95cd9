"""Plan where schools close, stay and open, with roads, settlements and pupils.

The public names are loaded when they are first used, so that ``import layout`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from layout.core.version import __version__

if TYPE_CHECKING:
    from layout import location
    from layout.app.compare import Comparison, compare
    from layout.app.datareport.checked import Check, check
    from layout.app.hearing import alternatives, border_sweep, frontier, sensitivity
    from layout.app.newstudy import new_study
    from layout.app.panel import panel
    from layout.app.plan import Plan
    from layout.app.saved import read_plan
    from layout.app.steps import assess, consolidate, make_plan, retain_border, site
    from layout.core.text import set_language
    from layout.demand.access import two_step
    from layout.inputs.study.study import Study
    from layout.network.roads import network as road_network
    from layout.network.travel import TravelMatrix, travel_matrix, with_closed, with_sites
    from layout.output.pictures import use_chinese_font

_HOME = {
    "Check": "layout.app.datareport.checked",
    "Comparison": "layout.app.compare",
    "Plan": "layout.app.plan",
    "Study": "layout.inputs.study.study",
    "TravelMatrix": "layout.network.travel",
    "alternatives": "layout.app.hearing",
    "assess": "layout.app.steps",
    "border_sweep": "layout.app.hearing",
    "check": "layout.app.datareport.checked",
    "compare": "layout.app.compare",
    "consolidate": "layout.app.steps",
    "frontier": "layout.app.hearing",
    "make_plan": "layout.app.steps",
    "new_study": "layout.app.newstudy",
    "panel": "layout.app.panel",
    "read_plan": "layout.app.saved",
    "retain_border": "layout.app.steps",
    "road_network": "layout.network.roads:network",
    "sensitivity": "layout.app.hearing",
    "set_language": "layout.core.text",
    "site": "layout.app.steps",
    "travel_matrix": "layout.network.travel",
    "two_step": "layout.demand.access",
    "use_chinese_font": "layout.output.pictures",
    "with_closed": "layout.network.travel",
    "with_sites": "layout.network.travel",
}
"""Where each public name lives; the name there follows a colon where it is another."""

__all__ = [
    "Check",
    "Comparison",
    "Plan",
    "Study",
    "TravelMatrix",
    "__version__",
    "alternatives",
    "assess",
    "border_sweep",
    "check",
    "compare",
    "consolidate",
    "frontier",
    "location",
    "make_plan",
    "new_study",
    "panel",
    "read_plan",
    "retain_border",
    "road_network",
    "sensitivity",
    "set_language",
    "site",
    "travel_matrix",
    "two_step",
    "use_chinese_font",
    "with_closed",
    "with_sites",
]


def __getattr__(name: str) -> Any:
    if name == "location":
        value: Any = import_module("layout.location")
    elif name in _HOME:
        module, _, attribute = _HOME[name].partition(":")
        value = getattr(import_module(module), attribute or name)
    else:
        raise AttributeError(f"module 'layout' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
