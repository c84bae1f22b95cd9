"""The plan as layers for a geographic information system: what each holds, and where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layout.core.arrays import Ints, Objects
from layout.core.text import tr, words
from layout.output.lists.frames import rounded
from layout.output.lists.zones import place_names, zones
from layout.output.maps.geometry import WGS84, belt_area
from layout.planning import schema
from layout.planning.belt import belt_width_m
from layout.planning.catchments import State, areas_of
from layout.planning.contract import Land, PlanTables
from layout.planning.final import final_state

__all__ = ["LAYERS", "PLACED", "Layer", "layer_of", "layers", "tints", "title_of", "typed"]

Tables = Mapping[str, pd.DataFrame]
Shape = Literal["Point", "LineString", "MultiPolygon"]
SIMPLIFY_M = 25.0
"""Tolerance of the edges of catchments."""

PLACED = ("schools", "settlements_moved", "flows", "catchments", "belt", "zones")
"""Layers that are no table of the plan, and can be exported like one."""
LAYERS: Mapping[str, tuple[Shape, schema.OutTable]] = {
    "schools": ("Point", schema.SCHOOLS_LAYER),
    "settlements_moved": ("Point", schema.MOVED_LAYER),
    "sites": ("Point", schema.TABLES["sites"]),
    "counties": ("MultiPolygon", schema.TABLES["counties"]),
    "catchments": ("MultiPolygon", schema.CATCHMENTS_LAYER),
    "flows": ("LineString", schema.FLOWS_LAYER),
    "belt": ("MultiPolygon", schema.BELT_LAYER),
}
"""Layers of ``plan.gpkg`` by name: what they are drawn as, and what their columns hold."""

_TABLES: Mapping[str, tuple[Shape, schema.OutTable]] = {
    **{name: ("Point", table) for name, table in schema.TABLES.items()},
    **{
        name: ("MultiPolygon", schema.TABLES[name])
        for name in ("deficits", "kindergarten_plans", "counties")
    },
    **LAYERS,
    "zones": ("Point", schema.ZONES),
}


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer.

    Attributes
    ----------
    name, shape, schema
        Its name, what it is drawn as, and what its columns hold.
    frame
        Its rows in EPSG:4326.
    """

    name: str
    shape: Shape
    schema: schema.OutTable
    frame: gpd.GeoDataFrame

    @property
    def title(self) -> str:
        """Its name for readers."""
        return title_of(self.name)


def title_of(name: str) -> str:
    """Return the name of a table or layer for readers."""
    return {
        **words.tables(),
        "schools": tr("Schools"),
        "studies": tr("Studies"),
        "settlements_moved": tr("Settlements whose pupils change school"),
        "sites": tr("New sites and expansions"),
        "flows": tr("Who changes to which school"),
        "catchments": tr("Catchments"),
        "belt": tr("Border belt"),
        "zones": tr("Enrolment zones"),
    }[name]


def layers(plan: PlanTables, frames: Tables) -> list[Layer]:
    """Return the layers of ``plan.gpkg`` in EPSG:4326, in order.

    Catchments are there where the plan has its land, the belt where the study has one. The border
    line is never among them: it is a means to measure, not an approved depiction.
    """
    made = (layer_of(plan, name, frames) for name in LAYERS)
    return [layer for layer in made if layer is not None]


def layer_of(plan: PlanTables, name: str, frames: Tables) -> Layer | None:
    """Return one layer or table with its places; None where the plan has none.

    Parameters
    ----------
    plan, name
        The plan, and a table of it or one of `PLACED`.
    frames
        The tables of the plan as they are written.
    """
    shape, table = _TABLES[name]
    frame: gpd.GeoDataFrame | None
    if name == "schools":
        frame = _schools(plan)
    elif name == "settlements_moved":
        frame = _settlements(plan, frames["assignment"])
    elif name == "catchments":
        frame = None if plan.land is None or not plan.land.bands else _catchments(plan, plan.land)
    elif name == "flows":
        frame = _flows(plan)
    elif name == "belt":
        frame = _belt(plan)
    elif name == "zones":
        frame = _at_home(plan, zones(plan))
    elif name == "counties":
        frame = _counties(plan, frames["counties"])
    else:
        frame = _placed(plan, name, frames[name])
    return None if frame is None else Layer(name, shape, table, typed(frame, table))


def typed(frame: gpd.GeoDataFrame, table: schema.OutTable) -> gpd.GeoDataFrame:
    """Return a layer whose columns have their kinds also where it has no rows.

    Nothing else shows then that a column holds text, and codes would become numbers.
    """
    if len(frame):
        return frame
    kinds = {"text": "str", "code": "str", "list": "str", "bool": "bool", "integer": "int64"}
    return frame.astype(
        {one.name: kinds.get(one.kind, "float64") for one in table.columns if one.name in frame}
    )


def _frame(table: pd.DataFrame, geometry: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=geometry, crs=WGS84)


def _placed(plan: PlanTables, name: str, table: pd.DataFrame) -> gpd.GeoDataFrame:
    """A table with geometry: sites by their own coordinates, others by those of the study."""
    if name in ("sites", "rejected_sites"):
        degrees = (table[axis].astype("float64") for axis in ("lon", "lat"))
        return _frame(table, gpd.points_from_xy(*degrees))
    if name == "site_years":
        sites = plan.sites.drop_duplicates("site_id").set_index("site_id").loc[table["site_id"]]
        return _frame(table, gpd.points_from_xy(sites["lon"], sites["lat"]))
    if name in ("assignment", "served"):
        return _at_home(plan, table)
    study = plan.study
    key = "school_id" if name in ("closures", "candidates", "retained") else "county_code"
    located = study.schools if key == "school_id" else study.units
    return _frame(table, located.geometry.to_crs(WGS84).reindex(table[key]).to_numpy())


def _at_home(plan: PlanTables, table: pd.DataFrame) -> gpd.GeoDataFrame:
    homes = plan.study.settlements.geometry.to_crs(WGS84)
    return _frame(table, homes.reindex(table["settlement_id"]).to_numpy())


def _catchments(plan: PlanTables, land: Land) -> gpd.GeoDataFrame:
    """Areas of all bands and both states; schools without an area have an empty geometry."""
    states: tuple[State, ...] = ("before", "after")
    parts = [areas_of(faces, state) for faces in land.bands.values() for state in states]
    # Edges in common, simplified alike on both sides.
    for part in parts:
        there = ~part.is_empty
        simple = shapely.coverage_simplify(part.geometry[there].to_numpy(), SIMPLIFY_M)
        part.loc[there, "geometry"] = simple
        part["tint"] = -1
        schools = there & (part["school_id"] != "")
        part.loc[schools, "tint"] = tints(part.geometry[schools].to_numpy())
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True)).to_crs(WGS84)
    names = place_names(plan)
    table.insert(2, "name", [names.get(str(code), "") for code in table["school_id"]])
    return table


def tints(areas: Objects) -> Ints:
    """Number colours so that areas side by side differ: the first that no neighbour has.

    Parameters
    ----------
    areas
        Polygons without gap or overlap, shape (n,).

    Returns
    -------
    numpy.ndarray
        A number from 0 for each, shape (n,).
    """
    # Pairs of areas that touch, both ways; those with most neighbours choose first.
    one, other = shapely.STRtree(areas).query(areas, predicate="intersects")
    apart = one != other
    beside: list[list[int]] = [[] for _ in areas]
    for here, there in zip(one[apart].tolist(), other[apart].tolist(), strict=True):
        beside[here].append(there)
    chosen = np.full(len(areas), -1, dtype=np.int64)
    for here in sorted(range(len(areas)), key=lambda place: (-len(beside[place]), place)):
        taken = {int(chosen[there]) for there in beside[here]}
        chosen[here] = next(tint for tint in range(len(areas)) if tint not in taken)
    return chosen


def _schools(plan: PlanTables) -> gpd.GeoDataFrame:
    # Schools by id, in degrees; pupils of all grades today.
    schools = plan.study.schools.sort_index().to_crs(WGS84)
    pupils = schools[[c for c in schools if str(c).startswith("pupils_")]].sum(axis=1)
    # Pupils who change school: gained and lost by school.
    state = final_state(plan)
    moved = state[state["from_school"] != state["to_school"]]
    gained = moved.groupby("to_school")["pupils"].sum().reindex(schools.index, fill_value=0)
    lost = moved.groupby("from_school")["pupils"].sum().reindex(schools.index, fill_value=0)
    # Rows of the plan's tables in the order of the schools, missing where there is none.
    retained = plan.retained.set_index("school_id").reindex(schools.index)
    closures = plan.closures.set_index("school_id").reindex(schools.index)
    closed = schools.index.isin(plan.closed)
    table = pd.DataFrame(
        {
            "school_id": schools.index.astype("str"),
            "name": schools["name"].to_numpy(),
            "type_code": schools["type_code"].to_numpy(),
            "county_code": schools["county_code"].to_numpy(),
            "township_code": schools["township_code"].to_numpy(),
            "status": np.where(closed, "closed", np.where(gained > 0, "receiver", "open")),
            "year": closures["year"].astype("Int64").to_numpy(),
            "pupils_before": pupils.astype("int64").to_numpy(),
            "pupils_after": (pupils + gained - lost).astype("int64").to_numpy(),
            "belt": retained["belt"].astype("object").fillna("").to_numpy(),
            "protected": retained["protected"].eq(True).to_numpy(),
        }
    )
    return _frame(rounded(table), schools.geometry.to_numpy())


def _settlements(plan: PlanTables, table: pd.DataFrame) -> gpd.GeoDataFrame:
    # Groups that change school, and their settlements row by row.
    table = table[table["from_school"] != table["to_school"]].reset_index(drop=True)
    settlements = plan.study.settlements.to_crs(WGS84).reindex(table["settlement_id"])
    table.insert(1, "name", settlements["name"].to_numpy())
    table.insert(2, "county_code", settlements["county_code"].to_numpy())
    return _frame(rounded(table), settlements.geometry.to_numpy())


def _counties(plan: PlanTables, measures: pd.DataFrame) -> gpd.GeoDataFrame:
    # Counties in the order of their codes; a county without a row has missing measures.
    units = plan.study.units.to_crs(WGS84).sort_index()
    table = measures.set_index("county_code").reindex(units.index)
    table["name"] = units["name"].to_numpy()
    table.insert(0, "county_code", units.index.astype("str"))
    return _frame(rounded(table.reset_index(drop=True)), units.geometry.to_numpy())


def _flows(plan: PlanTables) -> gpd.GeoDataFrame:
    """Straight lines from settlements to the schools that their pupils change to."""
    state = final_state(plan)
    moved = state[state["from_school"] != state["to_school"]].reset_index(drop=True)
    names, homes = place_names(plan), plan.study.settlements.to_crs(WGS84)
    # Whom the assignment moves leaves a school that closes; all others are served by a site.
    keys = ["settlement_id", "band", "from_school", "to_school"]
    assigned = pd.MultiIndex.from_frame(plan.assignment[keys])
    closure = pd.MultiIndex.from_frame(moved[keys]).isin(assigned)
    # Ends of the lines in degrees, shape (n, 2): settlements, then schools and sites.
    home = homes.geometry.reindex(moved["settlement_id"])
    ends = _points_of(plan).reindex(moved["to_school"])
    lines = shapely.linestrings(
        np.stack([np.c_[home.x, home.y], ends[["x", "y"]].to_numpy(dtype="float64")], axis=1)
    )
    table = pd.DataFrame(
        {
            "settlement_id": moved["settlement_id"],
            "settlement": homes["name"].reindex(moved["settlement_id"]).to_numpy(),
            "band": moved["band"],
            "pupils": moved["pupils"],
            "from_school": moved["from_school"],
            "from_name": _named(moved["from_school"], names),
            "to_school": moved["to_school"],
            "to_name": _named(moved["to_school"], names),
            "why": np.where(closure, "closure", "site"),
            "mode": moved["mode"],
            "minutes": moved["minutes_after"],
            "metres": moved["metres_after"],
        }
    )
    return _frame(rounded(table), lines)


def _named(codes: Iterable[object], names: Mapping[str, str]) -> list[str]:
    return [names.get(str(code), "") for code in codes]


def _points_of(plan: PlanTables) -> pd.DataFrame:
    """Longitude and latitude of schools and new sites by identifier, columns x and y."""
    schools = plan.study.schools.geometry.to_crs(WGS84)
    new = plan.sites[plan.sites["kind"] == "new"]
    return pd.concat(
        [
            pd.DataFrame({"x": schools.x, "y": schools.y}),
            pd.DataFrame({"x": new["lon"], "y": new["lat"]}).set_axis(new["site_id"]),
        ]
    )


def _belt(plan: PlanTables) -> gpd.GeoDataFrame | None:
    area = belt_area(plan.study)
    if area is None:
        return None
    return _frame(pd.DataFrame({"width_m": [belt_width_m(plan.study)]}), area.to_numpy())
