"""Write the tables of speeds in docs/travel.md from the norms and classes that routing uses.

Run ``python -m tools.travel_speeds`` after changing a norm or a class of road.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np

from layout.core.standards import Standards
from layout.inputs.rasters.height import RUN_M
from layout.network.roads.classes import BUS_WIDTH_M, DESIGN_KMH, NARROW_M, STEEP_PERCENT, WALK_ONLY
from layout.network.roads.slope import STEEPEST, child_kmh, tobler_kmh
from layout.network.roads.snap import ISLAND_DETOUR_M, ISLAND_KM, ISLAND_SHARE
from layout.network.roads.speed import SHARP_RADIUS_M, SHARP_RUN_M

PAGE = Path(__file__).resolve().parent.parent / "docs" / "travel.md"
BEGIN = "<!-- made by python -m tools.travel_speeds -->"
END = "<!-- end -->"

NORMS = (
    "walk_kmh",
    "walk_limit_m",
    "bus_wait_minutes",
    "bus_cap_sharp_kmh",
    "bus_cap_kmh",
    "bus_cap_expressway_kmh",
    "bus_speed_factor",
    "snap_limit_m",
)
CONSTANTS = (
    (
        "sharp bend: mean radius, within as many metres of road, under",
        SHARP_RADIUS_M,
        "m",
        "limit radius at 30 km/h, JTG B01-2014",
    ),
    (
        "metres of road driven at the cap before and after it",
        SHARP_RUN_M,
        "m",
        "braking from 40 km/h",
    ),
    (
        "steep: gradient (tag `incline`, or by the height model) from",
        STEEP_PERCENT,
        "%",
        "class III, JTG B01-2014",
    ),
    ("gradient by the height model: over a run of at least", RUN_M, "m", "planner's default"),
    ("on foot: steepest slope that counts", STEEPEST * 100, "%", "planner's default"),
    ("narrow: width under", NARROW_M, "m", "class IV, single lane, JTG B01-2014"),
    ("closed to buses: width under", BUS_WIDTH_M, "m", "greatest width of a bus, GB 1589"),
    (
        "detour to leave a piece of road that leads nowhere",
        ISLAND_DETOUR_M,
        "m",
        "planner's default",
    ),
    ("it leads nowhere: road under", ISLAND_KM, "km", "planner's default"),
    ("and under this share of the largest piece", ISLAND_SHARE, "", "planner's default"),
)
SLOPES_PERCENT = (-30, -20, -10, -5, 0, 5, 10, 20, 30)


def tables() -> str:
    """Return the tables as Markdown."""
    norms = {norm.name: norm for norm in fields(Standards)}
    lines = ["| norm | value | unit | source | |", "|---|---:|---|---|---|"]
    for name in NORMS:
        told = norms[name].metadata
        lines.append(
            f"| `{name}` | {norms[name].default:g} | {told['unit']} | {told['source']} "
            f"| {told['confidence']} |"
        )
    lines += ["", "| fixed | value | unit | source |", "|---|---:|---|---|"]
    lines += [
        f"| {name} | {value:g} | {unit} | {source} |" for name, value, unit, source in CONSTANTS
    ]
    norms_now = Standards()
    lines += ["", "| class (`highway`) | design speed, km/h | school bus, km/h | on foot |"]
    lines.append("|---|---:|---:|---|")
    for name, kmh in DESIGN_KMH.items():
        fast = name.startswith("motorway")
        cap = norms_now.bus_cap_expressway_kmh if fast else norms_now.bus_cap_kmh
        foot = "no" if fast or name == "busway" else f"{norms_now.walk_kmh:g} km/h"
        lines.append(f"| `{name}` | {kmh:g} | {min(kmh, cap):g} | {foot} |")
    walked = ", ".join(f"`{name}`" for name in sorted(WALK_ONLY))
    lines.append(f"| {walked} | – | – | {norms_now.walk_kmh:g} km/h |")
    slopes = np.array(SLOPES_PERCENT) / 100
    lines += ["", "| slope, with a height model | Tobler 1993, km/h | a child on foot, km/h |"]
    lines.append("|---:|---:|---:|")
    lines += [
        f"| {percent} % | {grown:.2f} | {child:.2f} |"
        for percent, grown, child in zip(
            SLOPES_PERCENT,
            tobler_kmh(slopes),
            child_kmh(slopes, flat_kmh=norms_now.walk_kmh),
            strict=True,
        )
    ]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return the page with its tables as they are now.

    Parameters
    ----------
    text
        The page.
    """
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
