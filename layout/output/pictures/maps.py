"""Maps for print: what closes, what stays by the border, what is built, who goes where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.errors import UsageError
from layout.core.text import tr, words
from layout.output.lists.frames import rounded
from layout.output.lists.layers import tints
from layout.output.lists.styles import AREA_COLOURS, COLOURS, NO_PLACE
from layout.output.lists.zones import place_names
from layout.output.maps.geometry import WGS84
from layout.output.pictures.ground import (
    Kind,
    counties,
    fill,
    legend,
    lines,
    notes,
    numbers,
    points,
)
from layout.planning.belt import belt_width_m, border_units
from layout.planning.catchments import State, areas_of
from layout.planning.contract import Faces, PlanTables

__all__ = [
    "View",
    "coloured",
    "draw_catchments",
    "draw_closures",
    "draw_county",
    "draw_retained",
    "draw_sites",
]

SIMPLIFY_M = 100.0
"""Tolerance of the edges of catchments; they stay common to both sides."""


@dataclass(frozen=True)
class View:
    """What a map shows: band and state of its catchments; one county or school by code, or all."""

    band: str = "1-3"
    state: State = "after"
    county: str = ""
    school: str = ""

    @property
    def only(self) -> tuple[str, ...]:
        """Codes of the counties that it is of; none for all."""
        return (self.county,) if self.county else ()


def _schools(plan: PlanTables) -> gpd.GeoDataFrame:
    return plan.study.schools.sort_index().to_crs(plan.study.crs)


def _sites(plan: PlanTables, view: View) -> gpd.GeoDataFrame:
    """Sites in the metres of the study, in the order of the lists."""
    table = plan.sites.sort_values(["stage", "county_code", "township_code", "site_id"])
    if view.county:
        table = table[table["county_code"] == view.county]
    places = gpd.points_from_xy(table["lon"].astype("float64"), table["lat"].astype("float64"))
    frame = gpd.GeoDataFrame(table, geometry=places, crs=WGS84)
    return frame.to_crs(plan.study.crs).reset_index(drop=True)


def _closed(plan: PlanTables, view: View) -> pd.DataFrame:
    table = plan.closures.sort_values(["county_code", "township_code", "school_id"])
    return table[table["county_code"] == view.county] if view.county else table


def draw_closures(axes: Any, beside: Any, plan: PlanTables, view: View) -> None:
    """Draw the schools that close by year, and where their pupils go."""
    schools, table = _schools(plan), _closed(plan, view)
    closing = schools.geometry.loc[list(table["school_id"])]
    counties(axes, plan, only=view.only, beside=closing)
    shades = ("#d55e00", "#8c2d04", "#f28e2b", "#5a1a00")
    years = sorted(set(table["year"]))
    kinds = []
    for year, colour in zip(years, shades * len(years), strict=False):
        mine = table.loc[table["year"] == year, "school_id"]
        said = tr("closes, shut from autumn {year}: {count}", year=int(year), count=len(mine))
        kinds.append(Kind("X", colour, 60, said))
        points(axes, schools.geometry.loc[list(mine)], kinds[-1], order=6)
    receivers = _flows(axes, plan, schools, set(table["school_id"]))
    kinds.append(
        Kind("s", COLOURS["receiver"], 26, tr("receives pupils: {count}", count=len(receivers)))
    )
    points(axes, schools.geometry.loc[receivers], kinds[-1])
    kinds.append(Kind("line", COLOURS["flow"], 1, tr("who changes to which school, straight line")))
    top = legend(beside, [*kinds, _belt_kind(plan)])
    if view.county:
        numbers(axes, closing)
        notes(beside, _numbered(list(table["name"])), top=top)
        return
    count = table.groupby("county_code").agg(
        schools=("school_id", "size"), pupils=("pupils", "sum")
    )
    rows = [
        tr(
            "{county}: {schools:school|schools}, {pupils:pupil|pupils}",
            county=name,
            schools=row["schools"],
            pupils=row["pupils"],
        )
        for code, name in plan.study.units["name"].items()
        if code in count.index
        for row in [count.loc[code]]
    ]
    notes(beside, rows, top=top)


def _flows(axes: Any, plan: PlanTables, schools: gpd.GeoDataFrame, closed: set[str]) -> list[str]:
    """Draw lines from closed schools to receivers, wide by pupils; return the receivers."""
    moved = plan.assignment[plan.assignment["from_school"].isin(closed)]
    moved = moved[moved["from_school"] != moved["to_school"]]
    pupils = moved.groupby(["from_school", "to_school"])["pupils"].sum().reset_index()
    ends = [schools.geometry.loc[list(pupils[name])] for name in ("from_school", "to_school")]
    # Shape (n, 2, 2): closed school and receiver, each east and north.
    xy = (
        np.stack([np.c_[end.x, end.y] for end in ends], axis=1)
        if len(pupils)
        else np.empty((0, 2, 2))
    )
    widths = np.clip(np.sqrt(pupils["pupils"].to_numpy(dtype="float64")) / 3, 0.6, 3)
    lines(axes, xy, widths, Kind("line", COLOURS["flow"], 1, ""))
    return sorted(set(pupils["to_school"]))


def draw_retained(axes: Any, beside: Any, plan: PlanTables, view: View) -> None:
    """Draw the border belt of its counties and the schools in it, nearest first."""
    if plan.retained.empty:
        raise UsageError(tr("This plan judges no border schools."))
    codes = [code for code in border_units(plan.study) if code in plan.study.units.index]
    counties(axes, plan, only=view.only or codes)
    schools = _schools(plan)
    rank = plan.retained["belt"].map({"in": 0, "uncertain": 1}).fillna(2).rename("rank")
    table = plan.retained.assign(rank=rank).sort_values(["rank", "distance_m", "school_id"])
    if view.county:
        table = table[schools["county_code"].reindex(table["school_id"]).to_numpy() == view.county]
    kept = table["protected"].astype(bool)
    shown = table[kept]
    said = tr("other school of the border counties: {count}", count=int((~kept).sum()))
    other = Kind("o", COLOURS["open"], 9, said)
    points(axes, schools.geometry.loc[list(table.loc[~kept, "school_id"])], other, order=4)
    kinds = [*_draw_kept(axes, shown, schools), other]
    numbers(axes, schools.geometry.loc[list(shown["school_id"])])
    top = legend(beside, [*kinds, _belt_kind(plan)])
    rows = [
        tr("{number}  {school}, {km} km", number=place, school=name, km=f"{metres / 1000:.1f}")
        for place, (name, metres) in enumerate(
            zip(shown["name"], shown["distance_m"], strict=True), start=1
        )
    ]
    notes(beside, rows, top=top, size=7.5)


def _draw_kept(axes: Any, kept: pd.DataFrame, schools: gpd.GeoDataFrame) -> list[Kind]:
    """Draw the schools that the belt protects, those in doubt apart, and return their kinds."""
    doubtful = kept["belt"].eq("uncertain") & ~kept["official"].astype(bool)
    parts = kept[~doubtful], kept[doubtful]
    sure, doubt = map(len, parts)
    kinds = (
        Kind("D", COLOURS["belt_in"], 34, tr("retained in the border belt: {count}", count=sure)),
        Kind(
            "D",
            COLOURS["belt_uncertain"],
            34,
            tr("in doubt, retained until it is sure: {count}", count=doubt),
        ),
    )
    for rows, kind in zip(parts, kinds, strict=True):
        points(axes, schools.geometry.loc[list(rows["school_id"])], kind, order=6)
    return [kind for rows, kind in zip(parts, kinds, strict=True) if len(rows)]


def draw_sites(axes: Any, beside: Any, plan: PlanTables, view: View) -> None:
    """Draw what is built and added; new sites are numbered."""
    counties(axes, plan, only=view.only, beside=_sites(plan, view).geometry)
    new, kinds = _draw_sites(axes, plan, view)
    numbers(axes, new.geometry)
    top = legend(beside, kinds)
    notes(beside, _site_rows(new), top=top)


def _draw_sites(axes: Any, plan: PlanTables, view: View) -> tuple[gpd.GeoDataFrame, list[Kind]]:
    sites = _sites(plan, view)
    new, small = sites["kind"] == "new", sites["stage"] == "preschool"
    parts = (
        (new & small, "*", COLOURS["new"], 150, tr("new kindergarten: {count}")),
        (new & ~small, "P", "#882255", 90, tr("new school: {count}")),
        (~new, "^", COLOURS["expansion"], 30, tr("expansion: {count}")),
    )
    kinds = []
    for rows, marker, colour, size, said in parts:
        if rows.any():
            kinds.append(Kind(marker, colour, size, said.format(count=int(rows.sum()))))
            points(axes, sites.geometry[rows], kinds[-1], order=6 if marker != "^" else 5)
    return sites[new].reset_index(drop=True), kinds


def _site_rows(new: gpd.GeoDataFrame, *, first: int = 1) -> list[str]:
    return [
        tr(
            "{number}  {site}, {classes:class|classes}",
            number=place,
            site=name,
            classes=int(classes),
        )
        for place, (name, classes) in enumerate(
            zip(new["name"], new["classes"], strict=True), start=first
        )
    ]


def _numbered(names: Sequence[object]) -> list[str]:
    return [f"{place}  {name}" for place, name in enumerate(names, start=1)]


def _belt_kind(plan: PlanTables) -> Kind:
    return Kind(
        "area", "#ffe9a8", 1, tr("border belt, {km} km", km=f"{belt_width_m(plan.study) / 1000:g}")
    )


def draw_catchments(axes: Any, beside: Any, plan: PlanTables, view: View) -> None:
    """Draw whose children go to which school in one band and state."""
    areas = _areas(axes, plan, view)
    closed = plan.closed if view.state == "after" else pd.Index([])
    schools = _schools(plan)
    counties(axes, plan, only=view.only, beside=schools.geometry.loc[list(closed)])
    open_ = [code for code in areas["school_id"] if code in schools.index and code not in closed]
    kinds = [Kind("o", "#3d4852", 10, tr("school with pupils of this band"))]
    points(axes, schools.geometry.loc[open_], kinds[0], order=4.5)
    if view.state == "after":
        new = _sites(plan, view)
        new = new[(new["kind"] == "new") & new["site_id"].isin(areas["school_id"])]
        if len(new):
            kinds.append(Kind("*", COLOURS["new"], 130, tr("new site: {count}", count=len(new))))
            points(axes, new.geometry, kinds[-1], order=6)
        had = set(_before(plan, view.band))
        gone = [code for code in closed if code in had]
        if gone:
            kinds.append(Kind("X", COLOURS["closed"], 40, tr("closes: {count}", count=len(gone))))
            points(axes, schools.geometry.loc[gone], kinds[-1], order=6)
    shades = tr("catchments; colours only keep neighbours apart")
    kinds.append(Kind("area", AREA_COLOURS[0], 1, shades))
    if (areas["school_id"] == "").any():
        kinds.append(Kind("area", NO_PLACE, 1, tr("children without a place")))
    top = legend(beside, kinds)
    with_place = areas[areas["school_id"] != ""]
    without = int(areas.loc[areas["school_id"] == "", "pupils"].sum())
    notes(
        beside,
        [
            tr("Schools: {count}", count=f"{len(with_place):,}"),
            tr("Pupils: {count}", count=f"{int(with_place['pupils'].sum()):,}"),
            *([tr("Children without a place: {count}", count=f"{without:,}")] if without else []),
            tr("In several pieces: {count}", count=int(with_place["detached"].sum())),
        ],
        top=top,
        size=9,
    )


def _before(plan: PlanTables, band: str) -> list[str]:
    """Schools that have pupils of a band today."""
    assert plan.land is not None
    groups = plan.land.bands[band].groups
    return sorted(set(groups.loc[groups["state"] == "before", "school_id"]))


@lru_cache(maxsize=2)
def coloured(faces: Faces, state: State) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return areas of a band and state, and those that are there, simplified, with their colours.

    Kept, since a map of each county asks for the same ones.
    """
    areas = areas_of(faces, state)
    there = areas[~areas.is_empty].reset_index(drop=True)
    there = there.assign(geometry=shapely.coverage_simplify(there.geometry.to_numpy(), SIMPLIFY_M))
    shades = [AREA_COLOURS[tint % len(AREA_COLOURS)] for tint in tints(there.geometry.to_numpy())]
    return areas, there.assign(colour=np.where(there["school_id"] == "", NO_PLACE, shades))


def _areas(axes: Any, plan: PlanTables, view: View) -> gpd.GeoDataFrame:
    """Fill the areas of the view so that neighbours differ; return those that it shows."""
    if plan.land is None or view.band not in plan.land.bands:
        raise UsageError(tr("This plan has no catchments of this band."))
    areas, there = coloured(plan.land.bands[view.band], view.state)
    if view.county:
        shape = plan.study.units.to_crs(plan.study.crs).geometry.loc[view.county]
        there = there[there.intersects(shape.buffer(-200))]
        there = there.assign(geometry=there.intersection(shape))
        areas = areas[areas["school_id"].isin(there["school_id"])]
    fill(axes, there, list(there["colour"]), edge="#7b8794", width=0.3, order=1.2)
    return areas


def draw_county(axes: Any, beside: Any, plan: PlanTables, view: View) -> None:
    """Draw all that happens in one county over its catchments, numbered."""
    shades = []
    if plan.land is not None and view.band in plan.land.bands:
        _areas(axes, plan, view)
        said = tr("catchments of {band}", band=words.bands()[view.band])
        shades.append(Kind("area", AREA_COLOURS[0], 1, said))
    if view.county in border_units(plan.study):
        shades.append(_belt_kind(plan))
    counties(axes, plan, only=view.only, names=False)
    schools, table = _schools(plan), _closed(plan, view)
    receivers = _flows(axes, plan, schools, set(table["school_id"]))
    inside = schools[schools["county_code"] == view.county]
    kinds = [
        Kind("o", COLOURS["open"], 9, tr("other school")),
        Kind("s", COLOURS["receiver"], 30, tr("receives pupils: {count}", count=len(receivers))),
        Kind("X", COLOURS["closed"], 70, tr("closes: {count}", count=len(table))),
    ]
    points(axes, inside.geometry, kinds[0], order=4)
    points(axes, schools.geometry.loc[receivers], kinds[1])
    points(axes, schools.geometry.loc[list(table["school_id"])], kinds[2], order=6)
    kept = plan.retained[plan.retained["protected"].astype(bool)]
    kinds += _draw_kept(axes, kept[kept["school_id"].isin(inside.index)], schools)
    new, more = _draw_sites(axes, plan, view)
    both = [*schools.geometry.loc[list(table["school_id"])], *new.geometry]
    numbers(axes, gpd.GeoSeries(both, crs=plan.study.crs))
    top = legend(beside, [*kinds, *more, *shades])
    years = [
        tr(
            "{number}  {school}, closes {year} → {receivers}",
            number=place,
            school=name,
            year=int(year),
            receivers=_named(plan, codes),
        )
        for place, (name, year, codes) in enumerate(
            zip(table["name"], table["year"], rounded(table)["receivers"], strict=True), start=1
        )
    ]
    notes(beside, [*years, *_site_rows(new, first=len(table) + 1)], top=top)


def _named(plan: PlanTables, codes: object) -> str:
    names = place_names(plan)
    return tr(", ").join(names.get(code.strip(), code) for code in str(codes).split(";"))


def title_of(what: str, plan: PlanTables, view: View) -> str:
    """Return the title of a map."""
    where = str(plan.study.units["name"].loc[view.county]) if view.county else ""
    where = place_names(plan)[view.school] if view.school else where
    band = words.bands().get(view.band, view.band)
    titles = {
        "closures": tr("Schools that close and where their pupils go"),
        "retained": tr("Schools retained by the border"),
        "sites": tr("New sites and expansions"),
        "catchments": tr(
            "Catchments of {band}, {state}",
            band=band,
            state=tr("today") if view.state == "before" else tr("under the plan"),
        ),
        "county": tr("School layout plan"),
    }
    return f"{where} · {titles[what]}" if where else titles[what]
