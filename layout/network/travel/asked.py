"""What a caller asks for, checked: mode, points and cut-offs."""

from __future__ import annotations

from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.arrays import Floats
from layout.core.errors import UsageError, expect
from layout.core.text import tr
from layout.network.roads import Mode
from layout.network.roads.snap import check_points

__all__ = ["checked_mode", "cutoffs", "sorted_points"]


def checked_mode(mode: str) -> Mode:
    """Return a mode that is known.

    Parameters
    ----------
    mode
        ``walk``, ``bus`` or ``drive``.

    Raises
    ------
    UsageError
        For any other mode.
    """
    expect(str, mode=mode)
    if mode not in ("walk", "bus", "drive"):
        raise UsageError(tr("The mode is walk, bus or drive, not {mode}.", mode=mode))
    return cast("Mode", mode)


def sorted_points(points: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return points in the order of their labels.

    Parameters
    ----------
    points
        Points by label.

    Raises
    ------
    InputError
        They have no CRS, or one is no point.
    UsageError
        They are no such series, or two have the same label, or labels have no order.
    """
    expect(gpd.GeoSeries, points=points)
    check_points(points)
    if points.index.has_duplicates:
        repeated = str(points.index[points.index.duplicated()][0])
        raise UsageError(tr("Two points have the same label: {label}.", label=repeated))
    try:
        return points.sort_index()
    except TypeError as error:
        raise UsageError(tr("Labels of points are all texts or all numbers.")) from error


def cutoffs(cutoff: float | pd.Series, sites: pd.Index) -> Floats:
    """Return the cut-off of each site.

    Parameters
    ----------
    cutoff
        Minutes, for all sites or by label.
    sites
        Labels.

    Raises
    ------
    UsageError
        A cut-off is missing or no positive number.
    """
    expect((int, float, np.number, pd.Series), cutoff_minutes=cutoff)
    # Numbers of text, of thousands of digits or by labels that occur twice are none.
    try:
        values = (
            cutoff.reindex(sites).to_numpy(dtype=np.float64)
            if isinstance(cutoff, pd.Series)
            else np.full(len(sites), float(cutoff))
        )
    except (TypeError, ValueError, OverflowError):
        values = np.full(1, np.nan)
    if not (values > 0).all():
        raise UsageError(tr("The cut-off is a positive number of minutes for every site."))
    return values
