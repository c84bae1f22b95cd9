"""Travel matrices along straight lines, for tests that need no roads."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix

Floats = npt.NDArray[np.float64]

DETOUR = 1.3
METRES_A_MINUTE = {"walk": 4000 / 60, "bus": 25_000 / 60}


def straight_matrix(
    study: Study,
    mode: Literal["walk", "bus"],
    *,
    sites: gpd.GeoSeries | None = None,
    cutoff_minutes: float = 60.0,
) -> TravelMatrix:
    """Every pair within the cut-off, 1.3 times the straight line, by bus after a wait."""
    origins = study.settlements.geometry.sort_index()
    goals = (study.schools.geometry if sites is None else sites).sort_index()
    at, to = origins.to_crs(study.crs), goals.to_crs(study.crs)
    metres = DETOUR * np.hypot(
        at.x.to_numpy()[:, None] - to.x.to_numpy(), at.y.to_numpy()[:, None] - to.y.to_numpy()
    )
    minutes = metres / METRES_A_MINUTE[mode]
    if mode == "bus":
        minutes += study.standards.bus_wait_minutes
    return matrix_of(
        mode,
        minutes,
        metres,
        origins=origins.index,
        sites=goals.index,
        cutoff_minutes=cutoff_minutes,
    )


def matrix_of(
    mode: Literal["walk", "bus"],
    minutes: Floats,
    metres: Floats,
    *,
    origins: pd.Index,
    sites: pd.Index,
    cutoff_minutes: float,
) -> TravelMatrix:
    """Keep the finite pairs within the cut-off; rows are origins, columns sites, both sorted."""
    row, col = np.nonzero(np.isfinite(minutes) & (minutes <= cutoff_minutes))
    return TravelMatrix(
        mode=mode,
        cutoff_minutes=cutoff_minutes,
        origins=origins,
        sites=sites,
        row=row.astype(np.int32),
        col=col.astype(np.int32),
        minutes=minutes[row, col].astype(np.float32),
        metres=metres[row, col].astype(np.float32),
        origin_status=pd.Series("ok", index=origins),
        site_status=pd.Series("ok", index=sites),
    )
