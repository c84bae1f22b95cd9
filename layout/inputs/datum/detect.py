"""Which datum a set of points is in, judged by how they lie on the roads.

Schools and villages lie beside roads; points in the wrong datum lie anywhere. On a map one sees it
at once. Here it is a statistical test with a confidence, built so that neither dense streets nor
hamlets far from any road are taken for a shift:

* the fit of a point is ``s(d) = 1 / (1 + (d / 30 m)²)``, d its distance to the nearest road, so a
  point far off counts nothing, wherever it is;
* a datum must have a *peak*: the points fit better there than at 16 places 120 m and 220 m around
  (dense streets and trends of the terrain look the same at all 17);
* it must fit better than the declared one on the mean of all points (a table in another datum), or
  on some points more often than it does around its peak (a table of mixed origin);
* neighbours are not independent observations: means are tested by Student's t over cells of one
  kilometre, with errors clustered by cell;
* several hypotheses are tested, so each may spend only a part of the error (Bonferroni, weighted).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy import special

from layout.core.arrays import Bools, Floats, Ints
from layout.inputs.datum.reference import REACH_M, Reference
from layout.inputs.datum.shifts import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    in_china,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

__all__ = [
    "DATUMS",
    "REFERENCE_BD09",
    "REFERENCE_GCJ02",
    "SWAPPED",
    "DatumFinding",
    "detect_datum",
    "from_wgs84",
    "in_wgs84",
]

Shift = Callable[[Floats, Floats], tuple[Floats, Floats]]


def _same(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return lon, lat


DATUMS: Mapping[str, tuple[Shift, Shift]] = MappingProxyType(
    {
        "WGS 84": (_same, _same),
        "GCJ-02": (gcj02_to_wgs84, wgs84_to_gcj02),
        "BD-09": (bd09_to_wgs84, wgs84_to_bd09),
    }
)
"""The way to WGS 84 and the way back; CGCS2000 is taken as WGS 84."""

REFERENCE_GCJ02, REFERENCE_BD09 = "reference GCJ-02", "reference BD-09"
"""The points are right and the reference is shifted."""

SWAPPED = "swapped axes"

SCALE_M = 30.0
NEAR_M = 50.0
CELL_M = 1_000.0
CLEARLY = 0.4
"""A point fits clearly better in one datum if s differs by this: at 0 m against over 25 m."""

ROWS_FROM = 0.9
"""Below this confidence nothing is reported, so the single points are not looked at."""

SAMPLE = 400
"""Points tested at most; of more points every n-th, sorted by place."""

MIXED_P = 0.001
"""A table is mixed where this level says that some of its points are as declared."""

BETTER_P = 0.1
"""A datum of all points must fit better than the declared one at this level, beside its peak."""

WHOLE, PART, REFERENCE = 0.3, 0.15, 0.05
"""Shares of the error that the tests may spend: two datums of all points, two of some, and two of
the reference; they add up to one, as Bonferroni's correction asks."""

# Offsets of the 16 places around a point, metres east and north, shape (16, 2); the two rings
# are turned against each other so that no two places lie in one direction.
_ANGLES = np.arange(8) * np.pi / 4
_RING = np.concatenate(
    [
        radius * np.column_stack([np.cos(_ANGLES + turn), np.sin(_ANGLES + turn)])
        for radius, turn in ((120.0, 0.0), (220.0, np.pi / 8))
    ]
)


@dataclass(frozen=True, kw_only=True)
class DatumFinding:
    """What the points say about their datum.

    Parameters
    ----------
    declared
        Datum as declared: ``WGS 84``, ``GCJ-02`` or ``BD-09``.
    detected
        The one that fits: one of these, `REFERENCE_GCJ02`, `REFERENCE_BD09`, `SWAPPED`, or ""
        where the points do not show it.
    confidence
        1 − p of the test, after Bonferroni's correction; 0 where nothing is detected.
    shift_m
        Median distance between the points as declared and as detected; 0 where they agree.
    mixed
        Whether some points are as declared and some as detected.
    share
        Estimated share of points that are as detected.
    rows
        Positions of the points that fit clearly better as detected, where that is another datum
        and at least `ROWS_FROM` sure.
    points
        How many points were given.
    near_declared, near_detected
        Share of the tested points within 50 m of the reference.
    """

    declared: str
    detected: str = ""
    confidence: float = 0.0
    shift_m: float = 0.0
    mixed: bool = False
    share: float = 0.0
    rows: tuple[int, ...] = ()
    points: int = 0
    near_declared: float = 0.0
    near_detected: float = 0.0


def in_wgs84(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """Convert degrees of a datum to WGS 84.

    Parameters
    ----------
    lon, lat
        Floats, shape (n,).
    datum
        A key of `DATUMS`.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in degrees.
    """
    return DATUMS[datum][0](lon, lat)


def from_wgs84(lon: Floats, lat: Floats, datum: str) -> tuple[Floats, Floats]:
    """Convert degrees of WGS 84 to a datum.

    Parameters
    ----------
    lon, lat
        Floats, shape (n,).
    datum
        A key of `DATUMS`.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in degrees.
    """
    return DATUMS[datum][1](lon, lat)


def detect_datum(
    lon: Floats, lat: Floats, reference: Reference, *, declared: str = "WGS 84"
) -> DatumFinding:
    """Find the datum in which points fit a reference in WGS 84.

    Parameters
    ----------
    lon, lat
        Floats as in the table, shape (n,); their order does not matter.
    reference
        Roads, or else places that the points should be near.
    declared
        Datum that the table claims.

    Returns
    -------
    DatumFinding
        With the datum that fits best and how sure that is. Points outside China and fewer than
        five points are never judged, except for swapped axes.
    """
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    count = len(lon)
    swapped = _swapped(lon, lat, reference)
    # Where most axes are swapped, the datum cannot be judged.
    if len(swapped) * 2 > count:
        share = len(swapped) / count
        return DatumFinding(
            declared=declared,
            detected=SWAPPED,
            confidence=1.0,
            mixed=share < 1,
            share=share,
            rows=swapped,
            points=count,
        )
    kept = np.flatnonzero(in_china(lon, lat))
    if len(kept) < 5:
        return DatumFinding(declared=declared, points=count)
    # A sample spread over the area: sorted by place, then every n-th.
    order = kept[np.lexsort((lat[kept], lon[kept]))]
    sample = order[:: -(-len(order) // SAMPLE)]
    # Fit by hypothesis, shape (17, sampled points), and each point's cell of one kilometre.
    places = _places(lon[sample], lat[sample], reference, declared)
    fit = _fits(places, reference)
    cells = np.unique(np.floor(places[declared] / CELL_M), axis=0, return_inverse=True)[1].ravel()
    judged = _judged(fit, cells, declared)
    near = {name: float((values[0] >= _score(NEAR_M)).mean()) for name, values in fit.items()}
    if judged.detected in ("", declared):
        return DatumFinding(
            declared=declared,
            detected=judged.detected,
            confidence=judged.confidence,
            share=float(judged.detected == declared),
            points=count,
            near_declared=near[declared],
            near_detected=near[declared],
        )
    # The sample decides; which rows are concerned is looked up for all points.
    every = _places(lon[kept], lat[kept], reference, declared)
    better = np.zeros(len(kept), dtype=bool)
    if judged.confidence >= ROWS_FROM:
        two = {name: every[name] for name in (declared, judged.detected)}
        gain = _fits(two, reference, ring=False)
        better = gain[judged.detected][0] - gain[declared][0] > CLEARLY
    # Metres east and north between the two readings of each point.
    move = every[judged.detected] - every[declared]
    return DatumFinding(
        declared=declared,
        detected=judged.detected,
        confidence=judged.confidence,
        shift_m=float(np.median(np.hypot(*move.T))),
        mixed=judged.mixed,
        share=judged.share,
        rows=tuple(kept[better].tolist()),
        points=count,
        near_declared=near[declared],
        near_detected=near[judged.detected],
    )


def _swapped(lon: Floats, lat: Floats, reference: Reference) -> tuple[int, ...]:
    """Points out of reach of the reference that are within it with their axes swapped."""
    low, high = reference.low - REACH_M, reference.high + REACH_M

    def within(xy: Floats) -> Bools:
        return np.asarray(((xy >= low) & (xy <= high)).all(axis=1))

    turned = ~within(reference.flat(lon, lat)) & within(reference.flat(lat, lon))
    return tuple(np.flatnonzero(turned).tolist())


def _places(lon: Floats, lat: Floats, reference: Reference, declared: str) -> dict[str, Floats]:
    """Where the points would be, in the flat frame, under each hypothesis."""
    places = {name: reference.flat(*in_wgs84(lon, lat, name)) for name in DATUMS}
    if declared == "WGS 84":
        # Points of WGS 84 declared as GCJ-02 lie just as right ones on roads of GCJ-02, so
        # with any other declaration this is no hypothesis of its own.
        places[REFERENCE_GCJ02] = reference.flat(*wgs84_to_gcj02(lon, lat))
        places[REFERENCE_BD09] = reference.flat(*wgs84_to_bd09(lon, lat))
    return places


def _score(distance_m: Floats | float) -> Floats:
    return np.asarray(1.0 / (1.0 + (np.asarray(distance_m) / SCALE_M) ** 2))


def _fits(
    places: Mapping[str, Floats], reference: Reference, *, ring: bool = True
) -> dict[str, Floats]:
    """Fit at each hypothesis' place (row 0) and around it (other rows), shape (17 or 1, n)."""
    # By hypothesis metres east and north, shape (17 or 1, points, 2).
    around = np.concatenate([np.zeros((1, 2)), _RING]) if ring else np.zeros((1, 2))
    spread = {name: xy + around[:, None, :] for name, xy in places.items()}
    # One index of the roads around all of them serves every hypothesis.
    near = reference.near(np.concatenate([xy.reshape(-1, 2) for xy in spread.values()]))
    return {
        name: _score(near.distance_m(xy.reshape(-1, 2))).reshape(len(around), -1)
        for name, xy in spread.items()
    }


@dataclass(frozen=True)
class _Judgement:
    detected: str
    confidence: float
    mixed: bool = False
    share: float = 0.0


def _judged(fit: Mapping[str, Floats], cells: Ints, declared: str) -> _Judgement:
    """Test every other hypothesis as the datum of all points and as that of some."""
    as_is = fit[declared]
    best, best_p = "", 1.0
    for name in fit:
        if name == declared:
            continue
        # Row 0 is the fit at the place itself, the other rows are around it.
        peak = _p_positive(fit[name][0] - fit[name][1:].mean(axis=0), cells)
        better = _p_positive(fit[name][0] - as_is[0], cells)
        some = _p_positive(_some(fit[name], as_is), cells)
        of_points = name in DATUMS
        # Divided by its share of the error, each p is comparable with the others.
        whole = peak / (WHOLE if of_points else REFERENCE) if better < BETTER_P else 1.0
        part = some / PART if of_points else 1.0
        if min(whole, part) < best_p:
            best, best_p = name, min(whole, part)
    as_declared = _p_positive(as_is[0] - as_is[1:].mean(axis=0), cells)
    # No other datum fits better: say whether the declared one has a peak itself.
    if not best or best_p >= max(as_declared, 0.5):
        sure = as_declared < 0.5
        return _Judgement(declared if sure else "", 1.0 - as_declared if sure else 0.0)
    # Points that gain by the other datum, and points that would lose by it.
    there, rest = _some(fit[best], as_is), _some(as_is, fit[best])
    forward, backward = max(0.0, float(there.mean())), max(0.0, float(rest.mean()))
    mixed = _p_positive(rest, cells) < MIXED_P
    share = forward / (forward + backward) if mixed else 1.0
    return _Judgement(best, 1.0 - best_p, mixed, share)


def _some(other: Floats, declared: Floats) -> Floats:
    """How much better each point fits there than as declared, beyond what chance gives."""
    gain = np.maximum(0.0, other - declared[0])
    beyond: Floats = gain[0] - gain[1:].mean(axis=0)
    return beyond


def _p_positive(values: Floats, cells: Ints) -> float:
    """One-sided p of a mean above zero, Student's t with errors clustered by cell."""
    count = int(cells.max()) + 1
    if count < 3:
        return 1.0
    mean = float(values.mean())
    # Sums of residuals by cell; their squares give the clustered standard error of the mean.
    sums = np.bincount(cells, values - mean)
    error = float(np.sqrt((sums**2).sum() * count / (count - 1))) / len(values)
    if error == 0.0:
        return 0.0 if mean > 0 else 1.0
    return float(special.stdtr(count - 1, -mean / error))
