"""Detection rate and false alarms of the datum test, as a Markdown table.

``python benchmarks/datum.py [EXTRACT.osm.pbf]`` measures on the roads and points of the Baise study
(modelled: its schools were put beside its roads, which flatters the test) and on those of a real
extract, moved to 106.6° E 23.9° N without turning or stretching, so that roads and points are real
and only their place on earth is not.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.inputs.datum import Reference, detect_datum, from_wgs84, reference_of
from layout.inputs.roads import osm
from layout.inputs.roads.coordinates import road_coordinates
from layout.inputs.roads.file import RoadSource
from layout.inputs.study.positions import REFUSE, WARN

Floats = npt.NDArray[np.float64]
TRIALS = {20: 100, 200: 40, 2_000: 10}
"""Trials by number of points."""
TO = (106.6, 23.9)
MIXED_SHARE = 0.3


def moved(lonlat: Floats, middle: Floats) -> Floats:
    """Move degrees so that `middle` comes to `TO`, lengths kept."""
    squeeze = np.cos(np.radians(middle[1])) / np.cos(np.radians(TO[1]))
    return np.array(TO) + (lonlat - middle) * np.array([squeeze, 1.0])


def baise(study: Path) -> Iterator[tuple[str, Floats, Reference]]:
    """Modelled points and roads."""
    roads = reference_of(*road_coordinates(RoadSource(study / "roads/baise.osm.pbf")))
    for name in ("schools", "settlements"):
        table = pd.read_csv(study / name / f"{name}.csv", usecols=["lon", "lat"])
        yield f"Baise, modelled {name}", table[["lon", "lat"]].to_numpy(), roads


def real(extract: Path) -> Iterator[tuple[str, Floats, Reference]]:
    """Real points and roads, moved."""
    lonlat, owner = road_coordinates(extract)
    middle = np.median(lonlat, axis=0)
    roads = reference_of(moved(lonlat, middle), owner)
    kinds: dict[str, osm.TagFilters] = {
        "schools and kindergartens": {"amenity": ["school", "kindergarten"]},
        "places": {"place": True},
        "shops, offices, amenities": {"amenity": True, "shop": True, "office": True},
        "buildings": {"building": True},
    }
    for name, filters in kinds.items():
        found = osm.read_points(extract, filters).geometry
        points = np.column_stack([found.x, found.y])
        yield f"Liechtenstein, {name}", moved(points, middle), roads


def rates(points: Floats, roads: Reference, size: int, shifted: str, share: float) -> list[float]:
    """Shares of trials refused rightly, warned of rightly, and told wrongly; CPU milliseconds."""
    random = np.random.default_rng(0)
    refused = warned = wrong = 0
    start = time.process_time()
    trials = TRIALS[size]
    for _ in range(trials):
        chosen = points[random.choice(len(points), size, replace=False)].copy()
        other = np.arange(size) < round(share * size)
        if other.any():
            chosen[other] = np.column_stack(from_wgs84(*chosen[other].T, shifted))
        found = detect_datum(*chosen.T, roads)
        told = found.detected not in ("", "WGS 84")
        right = found.detected == shifted and found.mixed == (share < 1)
        refused += told and right and found.confidence >= REFUSE
        warned += told and right and WARN <= found.confidence < REFUSE
        wrong += told and not right and found.confidence >= REFUSE
    spent = (time.process_time() - start) / trials * 1000
    return [refused / trials, warned / trials, wrong / trials, spent]


def main(extract: Path | None) -> None:
    """Print one table."""
    print("| points | n | truth | refused | warned | told as another | CPU ms |")
    print("|---|---:|---|---:|---:|---:|---:|")
    sources = [*baise(Path("data")), *(real(extract) if extract else ())]
    for name, points, roads in sources:
        for size in TRIALS:
            if size > len(points):
                continue
            for truth, share in (("WGS 84", 0.0), ("GCJ-02", 1.0), ("BD-09", 1.0)):
                print(_row(name, size, truth, rates(points, roads, size, truth, share)))
            part = rates(points, roads, size, "GCJ-02", MIXED_SHARE)
            print(_row(name, size, f"{MIXED_SHARE:.0%} GCJ-02", part), flush=True)


def _row(name: str, size: int, truth: str, found: list[float]) -> str:
    refused, warned, wrong, spent = found
    return (
        f"| {name} | {size:,} | {truth} | {refused:.0%} | {warned:.0%} | {wrong:.0%} "
        f"| {spent:.0f} |"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
