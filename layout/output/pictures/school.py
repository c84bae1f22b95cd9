"""The catchment of one school: whose children go there, from where, how far."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.errors import UsageError
from layout.core.text import tr
from layout.output.lists.styles import AREA_COLOURS, COLOURS
from layout.output.pictures.ground import Kind, counties, fill, legend, lines, notes, points
from layout.output.pictures.maps import View, coloured
from layout.planning.contract import PlanTables

__all__ = ["draw_school"]

_CLASSES = ((15, "#2c7fb8"), (30, "#7fcdbb"), (60, "#fdae61"), (np.inf, "#d7191c"))
"""Up to so many minutes one way, and the colour."""
_MARGIN_M = 1000.0


def draw_school(axes: Any, beside: Any, plan: PlanTables, view: View) -> None:
    """Draw the area of one school or site, its settlements by their minutes, and lines to it."""
    if plan.land is None or view.band not in plan.land.bands:
        raise UsageError(tr("This plan has no catchments of this band."))
    faces = plan.land.bands[view.band]
    _, there = coloured(faces, view.state)
    own = there[there["school_id"] == view.school]
    place, name = _place(plan, view.school)
    pupils = faces.groups[
        (faces.groups["state"] == view.state) & (faces.groups["school_id"] == view.school)
    ].sort_values(["pupils", "settlement_id"], ascending=[False, True])
    settlements = plan.study.settlements.to_crs(plan.study.crs).loc[list(pupils["settlement_id"])]
    whole = shapely.union_all([place, *settlements.geometry, *own.geometry])
    counties(axes, plan, names=False, around=whole.buffer(_MARGIN_M).bounds)
    fill(axes, there, "#f7f8fa", edge="#c5cdd6", width=0.4, order=1.2)
    fill(axes, own, AREA_COLOURS[0], edge="#3d4852", width=1.2, order=1.4)
    # Shape (n, 2, 2): home and school, each east and north.
    homes = np.c_[settlements.geometry.x, settlements.geometry.y]
    ends = np.stack([homes, np.tile([place.x, place.y], (len(homes), 1))], axis=1)
    widths = np.clip(np.sqrt(pupils["pupils"].to_numpy(dtype="float64")) / 3, 0.6, 3)
    lines(axes, ends, widths, Kind("line", COLOURS["flow"], 1, ""))
    kinds = [Kind("s", COLOURS["receiver"], 70, name)]
    points(axes, gpd.GeoSeries([place]), kinds[0], order=7)
    minutes = pupils["minutes"].to_numpy()
    least = -np.inf
    for most, colour in _CLASSES:
        rows = (minutes > least) & (minutes <= most)
        count = int(pupils["pupils"].to_numpy()[rows].sum())
        said = tr(
            "up to {minutes} minutes one way: {count:pupil|pupils}", minutes=most, count=count
        )
        if np.isinf(most):
            said = tr(
                "over {minutes} minutes one way: {count:pupil|pupils}", minutes=least, count=count
            )
        _settlements(axes, settlements, rows, kinds, Kind("o", colour, 42, said))
        least = most
    count = int(pupils["pupils"].to_numpy()[np.isnan(minutes)].sum())
    said = tr("way not known: {count:pupil|pupils}", count=count)
    _settlements(axes, settlements, np.isnan(minutes), kinds, Kind("o", "#9aa5b1", 42, said))
    top = legend(beside, kinds)
    notes(beside, _rows(settlements["name"], pupils), top=top)


def _settlements(
    axes: Any, settlements: gpd.GeoDataFrame, rows: Any, kinds: list[Kind], kind: Kind
) -> None:
    """Draw some of the settlements, and keep what their symbol says."""
    if rows.any():
        points(axes, settlements.geometry[rows], kind, order=6)
        kinds.append(kind)


def _place(plan: PlanTables, school: str) -> tuple[Any, str]:
    """Point of a school or site in the metres of the study, and its name."""
    schools = plan.study.schools
    if school in schools.index:
        return schools.to_crs(plan.study.crs).geometry[school], str(schools.loc[school, "name"])
    row = plan.sites[plan.sites["site_id"] == school].iloc[0]
    point = gpd.GeoSeries(gpd.points_from_xy([row["lon"]], [row["lat"]]), crs="EPSG:4326")
    return point.to_crs(plan.study.crs).iloc[0], str(row["name"])


def _rows(names: pd.Series, pupils: pd.DataFrame) -> list[str]:
    """One line for each settlement, those with most pupils first."""
    total = tr("Pupils: {count}", count=f"{int(pupils['pupils'].sum()):,}")
    return [
        total,
        *(
            tr("{place}: {count:pupil|pupils}", place=name, count=count)
            if np.isnan(minutes)
            else tr(
                "{place}: {count:pupil|pupils}, {minutes} minutes",
                place=name,
                count=count,
                minutes=f"{minutes:.0f}",
            )
            for name, count, minutes in zip(names, pupils["pupils"], pupils["minutes"], strict=True)
        ),
    ]
