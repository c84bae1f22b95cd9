"""Tables as large as a prefecture's, for size and speed of maps and exports."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, box

from layout.core.standards import GRADES
from tests.worlds.mini import Tables

SURNAMES = "岩那巴弄古龙百林念三大上下坡平安德化湖渠新城凌云乐业田西隆隆靖"
PLACES = "平合孟桑信华井弄龙合莫纳屯峒润邦洋厢荷省隆州州村坪坝寨塘沟岭"
TYPES = ("111", "211", "218", "211", "111", "311", "312", "342", "361", "514")
SHARES = (0.3, 0.2, 0.24, 0.1, 0.04, 0.06, 0.03, 0.015, 0.01, 0.005)


def city_tables(
    *,
    settlements: int = 13_000,
    schools: int = 2_500,
    units: gpd.GeoDataFrame | None = None,
    border: gpd.GeoDataFrame | None = None,
) -> Tables:
    """Settlements and schools strewn over twelve counties, the same every time."""
    rng = np.random.default_rng(7)
    units = _grid() if units is None else units
    if border is None:
        west, south, east, _ = units.total_bounds
        line = LineString([(west - 0.05, south), (east + 0.05, south)])
        border = gpd.GeoDataFrame({"name": ["border"]}, geometry=[line], crs="EPSG:4326")
    homes = _strewn(units, settlements, rng)
    homes.insert(0, "settlement_id", [f"{c}{i:08d}" for i, c in enumerate(homes["county_code"])])
    homes["name"] = [_name(rng) + "屯" for _ in range(len(homes))]
    homes["kind"], homes["urban"] = "hamlet", False
    for age in range(18):
        homes[f"age_{age}"] = rng.poisson(3.4, len(homes))
    places = _strewn(units, schools, rng)
    kinds = rng.choice(TYPES, len(places), p=SHARES)
    places.insert(0, "school_id", [f"{k[0]}145{i:06d}" for i, k in enumerate(kinds)])
    places["name"] = [_name(rng) + _school_word(kind) for kind in kinds]
    places["type_code"] = kinds
    places["urban_rural_code"] = np.where(rng.random(len(places)) < 0.8, "220", "121")
    for grade in GRADES:
        places[f"pupils_{grade}"] = [_pupils(kind, grade, rng) for kind in kinds]
    for grade in GRADES:
        places[f"classes_{grade}"] = -(-places[f"pupils_{grade}"] // 40)
    places["classes_mixed"] = 0
    edge = border.to_crs("EPSG:4507").geometry.union_all()
    away = gpd.GeoSeries.from_xy(places["lon"], places["lat"], crs="EPSG:4326")
    places["border_flag"] = away.to_crs("EPSG:4507").distance(edge) < 2800
    return {"units": units, "border": border, "settlements": homes, "schools": places}


def _grid() -> gpd.GeoDataFrame:
    boxes = [
        box(104.5 + 0.8 * i, 23.0 + 0.6 * j, 105.3 + 0.8 * i, 23.6 + 0.6 * j)
        for j in range(3)
        for i in range(4)
    ]
    codes = [f"4510{20 + place}" for place in range(12)]
    names = [f"示例县{place + 1}" for place in range(12)]
    return gpd.GeoDataFrame({"county_code": codes, "name": names}, geometry=boxes, crs="EPSG:4326")


def _strewn(units: gpd.GeoDataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    share = units.geometry.to_crs("EPSG:4507").area
    counts = np.floor(share / share.sum() * count).astype(int)
    rows = []
    for unit, number in zip(units.itertuples(), counts, strict=True):
        west, south, east, north = unit.geometry.bounds
        points = gpd.GeoSeries.from_xy(
            rng.uniform(west, east, number * 4), rng.uniform(south, north, number * 4)
        )
        inside = points[points.within(unit.geometry)].iloc[:number]
        rows.append(
            pd.DataFrame(
                {
                    "county_code": unit.county_code,
                    "township_code": unit.county_code + "100",
                    "village_code": unit.county_code + "100200",
                    "lon": inside.x.round(6).to_numpy(),
                    "lat": inside.y.round(6).to_numpy(),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _name(rng: np.random.Generator) -> str:
    return str(rng.choice(list(SURNAMES))) + str(rng.choice(list(PLACES)))


def _school_word(kind: str) -> str:
    words = {"1": "幼儿园", "211": "小学", "218": "教学点", "31": "中学", "34": "高中"}
    return next((word for code, word in words.items() if kind.startswith(code)), "学校")


def _pupils(kind: str, grade: str, rng: np.random.Generator) -> int:
    stage = {"1": "k", "2": "g", "3": "g", "5": "g"}[kind[0]]
    if not grade.startswith(stage):
        return 0
    number = int(grade[1:])
    if kind in {"211", "218"} and (number > 6 or (kind == "218" and number > 3)):
        return 0
    if kind == "311" and not 7 <= number <= 9:
        return 0
    return int(rng.poisson(6 if kind == "218" else 20))
