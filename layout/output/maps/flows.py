"""Who goes where, by band: the settlements of each school today and in the plan, packed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from layout.output.maps.areas import places_of
from layout.output.maps.embed import integers
from layout.output.maps.packed import pack
from layout.planning.catchments import allocated
from layout.planning.contract import PlanTables

__all__ = ["packed_flows"]

MODES = ("walk", "bus", "board")
"""Modes by position; -1 where none is known. The school -1 is that of children without a place."""
TENTHS = 10
"""Minutes are kept as whole tenths."""


def packed_flows(plan: PlanTables, bands: Iterable[str]) -> str:
    """Return who goes where in each band as text that the page unpacks; "" without any pupils.

    Parameters
    ----------
    plan
        The plan; without its land it tells of the compulsory bands alone.
    bands
        Bands to pack.
    """
    place = places_of(plan)
    homes = plan.study.settlements.sort_index().index
    planned = set(plan.assignment["band"])
    held: dict[str, Any] = {}
    for band in bands:
        if plan.land is not None and band in plan.land.bands:
            groups = plan.land.bands[band].groups
        elif plan.land is None and band in planned:
            groups = allocated(plan, band)
        else:
            continue
        held[band] = _parts(groups, homes, place)
    return pack(held) if held else ""


def _parts(groups: pd.DataFrame, homes: pd.Index, place: pd.Index) -> dict[str, Any]:
    """Rows of both states once, then those of today and of the plan alone."""
    mode = pd.Index(MODES).get_indexer(pd.Index(groups["mode"]))
    rows = pd.DataFrame(
        {
            "state": groups["state"],
            "settlement": homes.get_indexer(pd.Index(groups["settlement_id"])),
            "school": place.get_indexer(pd.Index(groups["school_id"], dtype="str")),
            "pupils": groups["pupils"],
            "minutes": (groups["minutes"] * TENTHS).round().fillna(-1).astype(np.int64),
            "mode": mode,
        }
    )
    before, after = (
        rows[rows["state"] == state].drop(columns="state") for state in ("before", "after")
    )
    one = before.merge(after, how="outer", indicator="of")
    one = one.sort_values(["settlement", "school"], kind="stable")
    parts = {"both": "both", "before": "left_only", "after": "right_only"}
    return {name: _columns(one[one["of"] == code]) for name, code in parts.items()}


def _columns(rows: pd.DataFrame) -> dict[str, list[int | None]]:
    names = ("settlement", "school", "pupils", "minutes", "mode")
    return {name: integers(rows[name]) for name in names}
