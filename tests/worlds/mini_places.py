"""Where the small study lies: two counties, twelve townships, their settlements and roads."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString

WEST, SOUTH, SIDE = 105.9, 23.0, 0.2
COUNTIES = (("451026", "那坡县"), ("451081", "靖西市"))
TOWN_NAMES = [
    "城厢",
    "坡荷",
    "龙合",
    "百省",
    "平孟",
    "德隆",
    "新靖",
    "化峒",
    "湖润",
    "安德",
    "龙邦",
    "渠洋",
]
VILLAGE_NAMES = [
    "弄平",
    "弄合",
    "那孟",
    "那桑",
    "岩信",
    "上华",
    "下华",
    "百林",
    "念井",
    "规弄",
    "古龙",
    "三合",
    "大莫",
    "巴纳",
]
KM_LON, KM_LAT = 1 / 102.3, 1 / 110.8
REMOTE_TOWN = 11


@dataclass(frozen=True)
class Town:
    """A township: number, codes and its seat in degrees."""

    number: int
    code: str
    name: str
    county: str
    x: float
    y: float


def towns() -> list[Town]:
    """Three columns by two rows of townships in each county."""
    towns = []
    for number in range(12):
        county, place = divmod(number, 6)
        row, column = divmod(place, 3)
        code = COUNTIES[county][0]
        x = WEST + county * SIDE + (column + 0.5) * SIDE / 3
        y = SOUTH + SIDE * (0.74 if row == 0 else 0.24)
        kind = "001" if place == 0 else f"{100 + place}"
        towns.append(Town(number, f"{code}{kind}", TOWN_NAMES[number] + "镇", code, x, y))
    return towns


def settlements_of(towns: list[Town], rng: np.random.Generator) -> pd.DataFrame:
    """Three blocks in each seat, six villages a township, two or three hamlets a village."""
    rows: list[dict[str, object]] = []
    for town in towns:
        seat = f"{town.code}001"
        size = {0: 20, 6: 20, REMOTE_TOWN: 2}.get(town.number, 9)
        for block in range(3):
            x, y = town.x + (block - 1) * 0.5 * KM_LON, town.y + 0.1 * KM_LAT * (block % 2)
            kind = "neighbourhood" if block == 0 else "block"
            name = f"{town.name}社区{'' if block == 0 else f'{block}组'}"
            rows.append(_settlement(town, seat, block, name, kind, x, y, size, rng, village=-1))
        for village in range(6):
            angle = np.pi * (0.25 + village) / 3
            reach = rng.uniform(0.75, 1.1)
            x = town.x + 2.6 * reach * np.cos(angle) * KM_LON
            y = town.y + 4.1 * reach * np.sin(angle) * KM_LAT
            name = VILLAGE_NAMES[(town.number * 5 + village) % len(VILLAGE_NAMES)]
            mean = 0.9 if town.number == REMOTE_TOWN else 2.4
            code = f"{town.code}{200 + village}"
            rows.append(_settlement(town, code, 0, name, "village", x, y, mean, rng, village))
            for hamlet in range(2 + (town.number + village) % 2):
                turn = rng.uniform(0, 2 * np.pi)
                far = rng.uniform(0.4, 1.0)
                hx, hy = x + far * np.cos(turn) * KM_LON, y + far * np.sin(turn) * KM_LAT
                shown = f"{name}{hamlet + 1}屯"
                serial = hamlet + 1
                rows.append(
                    _settlement(
                        town, code, serial, shown, "hamlet", hx, hy, mean * 0.7, rng, village
                    )
                )
    return pd.DataFrame(rows)


def _settlement(
    town: Town,
    village_code: str,
    serial: int,
    name: str,
    kind: str,
    x: float,
    y: float,
    mean: float,
    rng: np.random.Generator,
    village: int,
) -> dict[str, object]:
    low, high = SOUTH + 0.002, SOUTH + SIDE - 0.002
    row: dict[str, object] = {
        "settlement_id": f"{village_code}{serial:02d}",
        "name": name,
        "kind": kind,
        "urban": village < 0,
        "village_code": village_code,
        "township_code": town.code,
        "county_code": town.county,
        "lon": round(float(x), 6),
        "lat": round(float(np.clip(y, low, high)), 6),
    }
    row |= {f"age_{age}": int(rng.poisson(mean * (0.8 + 0.015 * age))) for age in range(18)}
    return row | {"town": town.number, "village": village}


def roads_of(
    towns: list[Town], settlements: pd.DataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Secondary roads between seats, branches to villages, tracks to hamlets, one stray track."""
    lines: list[LineString] = []
    classes: list[str] = []
    oneway: list[str] = []

    def add(a: tuple[float, float], b: tuple[float, float], kind: str, one: str = "no") -> None:
        middle = []
        for share in (0.25, 0.5, 0.75):
            jitter = rng.uniform(-0.15, 0.15, 2)
            x = a[0] + share * (b[0] - a[0]) + jitter[0] * KM_LON
            middle.append((x, a[1] + share * (b[1] - a[1]) + jitter[1] * KM_LAT))
        coordinates = [(round(x, 6), round(y, 6)) for x, y in [a, *middle, b]]
        lines.append(LineString(coordinates))
        classes.append(kind)
        oneway.append(one)

    seats = [(town.x, town.y) for town in towns]
    for i, j in _neighbours(towns):
        add(seats[i], seats[j], "secondary" if i % 6 and j % 6 else "primary")
    for town in towns:
        here = settlements[settlements["town"] == town.number]
        places = here[here["village"] >= 0]
        hubs: list[tuple[float, float]] = []
        for _, group in places.groupby("village"):
            hub = (group.iloc[0]["lon"], group.iloc[0]["lat"])
            hubs.append(hub)
            add(seats[town.number], hub, "tertiary")
            for hamlet in group.iloc[1:].itertuples():
                kind = "track" if hamlet.Index % 3 == 0 else "unclassified"
                add(hub, (hamlet.lon, hamlet.lat), kind)
        for a, b in pairwise(hubs):
            add(a, b, "unclassified")
        for block in here[here["village"] < 0].itertuples():
            add(seats[town.number], (block.lon, block.lat), "residential")
        east = (town.x + 0.9 * KM_LON, town.y + 0.5 * KM_LAT)
        west = (town.x - 0.9 * KM_LON, town.y + 0.5 * KM_LAT)
        add(seats[town.number], east, "residential")
        add(seats[town.number], west, "residential")
        add(east, west, "residential", "yes" if town.number % 6 == 0 else "no")
    stray = (WEST + 0.012, SOUTH + 0.19)
    add(stray, (stray[0] + 0.004, stray[1] + 0.002), "track")
    return gpd.GeoDataFrame({"highway": classes, "oneway": oneway}, geometry=lines, crs="EPSG:4326")


def _neighbours(towns: list[Town]) -> list[tuple[int, int]]:
    """Pairs of townships side by side or one above the other."""
    step_x, step_y = SIDE / 3 * 1.1, SIDE * 0.6
    return [
        (a.number, b.number)
        for a in towns
        for b in towns
        if a.number < b.number
        and abs(a.x - b.x) < step_x
        and abs(a.y - b.y) < step_y
        and (abs(a.x - b.x) < 1e-9 or abs(a.y - b.y) < 1e-9)
    ]
