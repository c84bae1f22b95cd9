"""Units in which a model is solved, so that the caller's do not decide what is proved.

A solver's tolerances are absolute. Costs in radians or weights as shares lie below them, and
anything within a tolerance counts as optimal. Numbers are therefore divided by a power of two,
which changes no digit: the choice is the same in any unit.
"""

from __future__ import annotations

import math

import numpy as np

from layout.core.arrays import Floats
from layout.location.labelled.costs import is_whole

_TYPICAL_BITS = 7
"""In the unit of the model a typical number lies between 2**7 and 2**8."""
_BITS = (-1074, 1000)
"""Least and greatest exponent of a unit: those of the smallest number, and of a large one."""
_SPREAD = 2.0**64
"""A number so many times the unit of the model drowns all others in any sum."""


def unit_of(*arrays: Floats) -> float:
    """Return the power of two to divide numbers by.

    Parameters
    ----------
    arrays
        Numbers in one unit of the caller's, each of any shape.

    Returns
    -------
    float
        1 where all are whole and sums are exact, or none is positive; otherwise so that the
        median of the positive ones lies between 128 and 256.
    """
    if is_whole(*arrays):
        return 1.0
    numbers = np.concatenate([np.ravel(array) for array in arrays])
    positive = numbers[(numbers > 0) & np.isfinite(numbers)]
    if not positive.size:
        return 1.0
    # The median: a few forbidding costs do not make the others small.
    bits = math.frexp(float(np.median(positive)))[1] - 1 - _TYPICAL_BITS
    return math.ldexp(1.0, min(max(bits, _BITS[0]), _BITS[1]))


def too_far(array: Floats, unit: float) -> float | None:
    """Return the largest number where it cannot be weighed against the others, else None.

    Parameters
    ----------
    array
        Numbers in one unit of the caller's.
    unit
        What `unit_of` returned.
    """
    largest = float(array.max(initial=0.0))
    # Compared in the caller's unit, since the quotient may be no number any more.
    return largest if largest / _SPREAD > unit else None
