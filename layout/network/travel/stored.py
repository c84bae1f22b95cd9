"""A travel matrix as plain arrays and back, for the cache on disk."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.core.cache import Arrays
from layout.network.roads import Mode
from layout.network.travel.table import TravelMatrix

__all__ = ["from_arrays", "parts_of", "to_arrays"]

_STATUSES = ("ok", "too_far", "unreachable")
_DTYPES = {
    "row": np.int32,
    "col": np.int32,
    "minutes": np.float32,
    "metres": np.float32,
    "origin_status": np.int8,
    "site_status": np.int8,
    "cutoff": np.float64,
}


def parts_of(shapes: gpd.GeoSeries) -> tuple[str | bytes, ...]:
    """Return what routes depend on of their points, for the name of an entry: CRS, labels, shapes.

    Parameters
    ----------
    shapes
        Points or counties by label.
    """
    # Length before text, so that no two lists of labels read the same.
    labels = "\n".join(f"{len(str(label))} {label}" for label in shapes.index)
    return str(shapes.crs), labels, b"".join(shapes.to_wkb().to_numpy())


def to_arrays(matrix: TravelMatrix) -> dict[str, npt.NDArray[Any]]:
    """Write a matrix as arrays; its labels and its mode are for the caller to keep.

    Parameters
    ----------
    matrix
        The routes.
    """
    # Codes of the statuses, by position in `_STATUSES`.
    codes = [
        pd.Index(_STATUSES).get_indexer(pd.Index(status)).astype(np.int8)
        for status in (matrix.origin_status, matrix.site_status)
    ]
    return {
        "row": matrix.row,
        "col": matrix.col,
        "minutes": matrix.minutes,
        "metres": matrix.metres,
        "origin_status": codes[0],
        "site_status": codes[1],
        "cutoff": np.array([matrix.cutoff_minutes]),
    }


def from_arrays(
    arrays: Arrays, *, mode: Mode, origins: pd.Index, sites: pd.Index
) -> TravelMatrix | None:
    """Make a matrix of arrays.

    Parameters
    ----------
    arrays
        What `to_arrays` wrote, or anything.
    mode, origins, sites
        Mode and sorted labels.

    Returns
    -------
    TravelMatrix or None
        None where these are not the arrays of a matrix of these points.
    """
    if {name: values.dtype for name, values in arrays.items()} != _DTYPES:
        return None
    # Shapes, then ranges: a file of another version is no matrix, and is made again.
    pairs = len(arrays["row"])
    sizes = {"origin_status": len(origins), "site_status": len(sites), "cutoff": 1}
    if any(values.shape != (sizes.get(name, pairs),) for name, values in arrays.items()):
        return None
    # One number for each pair, ascending where pairs are sorted and unique.
    key = arrays["row"].astype(np.int64) * max(len(sites), 1) + arrays["col"]
    fits = (
        ((arrays["row"] >= 0) & (arrays["row"] < len(origins))).all()
        and ((arrays["col"] >= 0) & (arrays["col"] < len(sites))).all()
        and (np.diff(key) > 0).all()
        and all((np.isfinite(arrays[n]) & (arrays[n] >= 0)).all() for n in ("minutes", "metres"))
        and all(
            ((arrays[n] >= 0) & (arrays[n] < len(_STATUSES))).all()
            for n in ("origin_status", "site_status")
        )
    )
    if not fits:
        return None
    statuses = [
        pd.Series(np.array(_STATUSES)[arrays[name]], index=index, name="status", dtype="str")
        for name, index in (("origin_status", origins), ("site_status", sites))
    ]
    return TravelMatrix(
        mode=mode,
        cutoff_minutes=float(arrays["cutoff"][0]),
        origins=origins,
        sites=sites,
        row=arrays["row"],
        col=arrays["col"],
        minutes=arrays["minutes"],
        metres=arrays["metres"],
        origin_status=statuses[0],
        site_status=statuses[1],
    )
