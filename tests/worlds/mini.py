"""A small study with every kind of table, written to disk: two counties on a border.

Twelve townships with their villages, hamlets and seats, schools of every type, attendance that
balances both ways, and roads as lines. All of it follows from the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from shapely.geometry import LineString, Point, box

from layout.core.standards import AGE_OF_GRADE, GRADES, GRADES_OF_TYPE, RURAL_CODES

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
TODAY = 2021

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Town:
    """A township: number, codes and its seat in degrees."""

    number: int
    code: str
    name: str
    county: str
    x: float
    y: float


def write_mini_study(
    folder: Path,
    *,
    seed: int = 0,
    attendance: bool = True,
    change: Callable[[Tables], None] | None = None,
) -> Path:
    """Write the small study and return the path of its study file.

    Parameters
    ----------
    folder
        Made if missing; every file lands in it.
    seed
        Same seed, same bytes.
    attendance
        False leaves the attendance table out.
    change
        Called with the tables (units, border, settlements, schools, attendance, roads) before
        they are written; it may change them in place or replace them.
    """
    tables = mini_tables(seed=seed)
    if change is not None:
        change(tables)
    for name in ("boundaries", "settlements", "schools", "roads"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2021-09-01T00:00:00Z"})
    try:
        for name, file in (
            ("units", "boundaries/counties.gpkg"),
            ("border", "boundaries/border.gpkg"),
            ("roads", "roads/roads.gpkg"),
        ):
            layer = "counties" if name == "units" else name
            tables[name].to_file(folder / file, layer=layer, driver="GPKG", engine="pyogrio")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    for name, file in (
        ("settlements", "settlements/settlements.csv"),
        ("schools", "schools/schools.csv"),
        ("attendance", "schools/attendance.csv"),
    ):
        if name != "attendance" or attendance:
            tables[name].to_csv(folder / file, index=False, lineterminator="\n", encoding="utf-8")
    path = folder / "mini.toml"
    line = 'attendance = "schools/attendance.csv"\n' if attendance else ""
    retain = int(tables["schools"]["border_flag"].sum())
    path.write_text(STUDY.format(attendance=line, retain=retain), encoding="utf-8")
    return path


def mini_tables(*, seed: int = 0) -> Tables:
    """All tables of the small study, as they are written."""
    rng = np.random.default_rng(seed)
    towns = _towns()
    settlements = _settlements(towns, rng)
    schools = _schools(towns, settlements, rng)
    attendance = _attendance(settlements, schools, rng)
    schools = _fill_schools(schools, attendance, rng)
    roads = _roads(towns, settlements, rng)
    units = gpd.GeoDataFrame(
        {
            "county_code": [code for code, _ in COUNTIES],
            "name": [name for _, name in COUNTIES],
        },
        geometry=[
            box(WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE) for i in range(2)
        ],
        crs="EPSG:4326",
    )
    lon = np.linspace(WEST - 0.02, WEST + 2 * SIDE + 0.02, 45)
    line = LineString([(x, SOUTH - 0.0008 + 0.0004 * (i % 2)) for i, x in enumerate(lon)])
    border = gpd.GeoDataFrame({"name": ["border"]}, geometry=[line], crs="EPSG:4326")
    return {
        "units": units,
        "border": border,
        "settlements": settlements.drop(columns=["town", "village"]),
        "schools": schools,
        "attendance": attendance,
        "roads": roads,
    }


def _towns() -> list[Town]:
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


def _settlements(towns: list[Town], rng: np.random.Generator) -> pd.DataFrame:
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


def _schools(
    towns: list[Town], settlements: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Identity and place of every school; the numbers follow from attendance."""
    rows: list[dict[str, object]] = []

    def add(
        town: Town, type_code: str, name: str, x: float, y: float, *, village: int = -1
    ) -> None:
        seat = village < 0
        urban = "121" if seat and town.number % 6 == 0 else "210" if seat else "220"
        rows.append(
            {
                "school_id": f"{type_code[0]}145{len(rows) + 1:06d}",
                "name": name,
                "type_code": type_code,
                "urban_rural_code": urban,
                "ownership": "public",
                "centre_school_id": "",
                "county_code": town.county,
                "township_code": town.code,
                "village_code": f"{town.code}{'001' if seat else 200 + village}",
                "lon": round(float(x), 6),
                "lat": round(float(y), 6),
                "town": town.number,
                "village": village,
            }
        )

    def near(town: Town, east_km: float, north_km: float) -> tuple[float, float]:
        return town.x + east_km * KM_LON, town.y + north_km * KM_LAT

    for town in towns:
        seat = town.number % 6 == 0
        through = town.number in (4, 10)
        add(
            town,
            "312" if through else "211",
            f"{town.name}{'九年一贯制学校' if through else '中心小学'}",
            *near(town, 0.2, 0.25),
        )
        if town.number in (0, 2, 6, 8, 9):
            add(town, "311", f"{town.name}初级中学", *near(town, -0.4, 0.3))
        add(town, "111", f"{town.name}中心幼儿园", *near(town, 0.1, -0.2))
        if seat:
            add(town, "111", f"{town.name}阳光幼儿园", *near(town, -0.6, -0.2))
            rows[-1]["ownership"] = "inclusive" if town.number else "private"
            add(town, "342", f"{town.name}高级中学", *near(town, 0.8, 0.4))
        if town.number == 0:
            add(town, "361", "那坡县职业技术学校", *near(town, 0.9, -0.4))
        if town.number == 6:
            add(town, "514", "靖西市特殊教育学校", *near(town, -0.9, 0.5))
        for village in range(6):
            if (town.number + village) % 2 and village not in (1, 4):
                continue
            if town.number == REMOTE_TOWN and village in (1, 3):
                continue
            home = settlements.query("town == @town.number and village == @village").iloc[0]
            point = (town.number * 3 + village) % 5 in (0, 3)
            label = "教学点" if point else "小学"
            add(
                town,
                "218" if point else "211",
                f"{town.name}{home['name']}{label}",
                home["lon"] + rng.uniform(-0.2, 0.2) * KM_LON,
                home["lat"] + rng.uniform(-0.2, 0.2) * KM_LAT,
                village=village,
            )
    schools = pd.DataFrame(rows)
    centre = schools[(schools["village"] < 0) & schools["type_code"].isin(["211", "312"])]
    by_town = centre.set_index("town")["school_id"]
    points = schools["type_code"] == "218"
    schools.loc[points, "centre_school_id"] = schools.loc[points, "town"].map(by_town)
    return schools


def _attendance(
    settlements: pd.DataFrame, schools: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Send every child to a school of its township or county; the rest stands without a school."""
    rows: list[tuple[str, str, str, int]] = []
    held = list(schools.itertuples())
    for home in settlements.itertuples():
        for grade in GRADES:
            children = int(getattr(home, f"age_{AGE_OF_GRADE[grade] - 1}"))
            for school, pupils in _places_of(home, grade, children, held, rng).items():
                if pupils:
                    rows.append((home.settlement_id, grade, school, pupils))
    table = pd.DataFrame(rows, columns=["settlement_id", "grade", "school_id", "pupils"])
    return table.sort_values(["settlement_id", "grade", "school_id"], ignore_index=True)


def _places_of(
    home: Any, grade: str, children: int, schools: list[Any], rng: np.random.Generator
) -> dict[str, int]:
    """How the children of one settlement and grade are spread over schools ("" = none)."""
    town, village = home.town, home.village
    seat = [s for s in schools if s.village < 0 and s.county_code == home.county_code]
    out = {"": children}

    def send(school: str, pupils: int) -> None:
        out[school] = out.get(school, 0) + pupils
        out[""] -= pupils

    if grade.startswith("k"):
        gardens = [s.school_id for s in seat if s.type_code == "111" and s.town == town]
        going = int(rng.binomial(children, 0.75 if village < 0 else 0.3))
        for place, school in enumerate(sorted(gardens)):
            send(school, going // len(gardens) + (place < going % len(gardens)))
    elif AGE_OF_GRADE[grade] <= 11:
        own = [s for s in schools if s.town == town and s.village == village]
        top = 3 if village % 2 else 4
        if village >= 0 and own and (own[0].type_code == "211" or int(grade[1:]) <= top):
            send(own[0].school_id, children)
        if out[""]:
            central = [s for s in seat if s.type_code in ("211", "312") and s.town == town]
            special = next(s.school_id for s in schools if s.type_code == "514")
            if village < 0 and home.county_code == "451081" and out[""] > 8:
                send(special, 1)
            send(central[0].school_id, out[""])
    elif AGE_OF_GRADE[grade] <= 14:
        juniors = [s for s in seat if s.type_code in ("311", "312")]
        send(min(juniors, key=lambda s: abs(s.town - town)).school_id, children)
    else:
        senior = next(s.school_id for s in seat if s.type_code == "342")
        trade = next(s.school_id for s in schools if s.type_code == "361")
        send(senior, int(rng.binomial(children, 0.6)))
        send(trade, int(rng.binomial(out[""], 0.4)))
    return out


def _fill_schools(
    schools: pd.DataFrame, attendance: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Pupils from attendance; classes, beds, staff and areas that fit them more or less well."""
    enrolled = attendance[attendance["school_id"] != ""]
    pupils = enrolled.pivot_table(
        index="school_id", columns="grade", values="pupils", aggfunc="sum", fill_value=0
    )
    pupils = pupils.reindex(index=schools["school_id"], columns=list(GRADES), fill_value=0)
    rows = []
    for number, school in enumerate(schools.itertuples()):
        counts = {grade: int(pupils.loc[school.school_id, grade]) for grade in GRADES}
        rows.append(_numbers(school, counts, number, rng))
    filled = pd.concat([schools, pd.DataFrame(rows)], axis=1)
    small = filled["village"] >= 0
    flag = filled["lat"] < SOUTH + 2.9 * KM_LAT
    wrong = filled.index[flag & small & filled["urban_rural_code"].isin(RURAL_CODES)][:1]
    filled["border_flag"] = flag & ~filled.index.isin(wrong)
    survey = np.full(len(filled), np.nan)
    survey[np.flatnonzero(small)[::4]] = 0.2
    survey[np.flatnonzero(small)[1::6]] = 0.7
    filled["survey_opposed_share"] = survey
    filled["survey_date"] = np.where(np.isnan(survey), "", "2021-06-15")
    gardens = filled.index[filled["type_code"] == "111"]
    filled["demonstration"] = ""
    filled.loc[gardens[0], "demonstration"] = "region"
    filled.loc[gardens[3], "demonstration"] = "city"
    return filled.drop(columns=["town", "village"])


def _numbers(
    school: object, counts: dict[str, int], number: int, rng: np.random.Generator
) -> dict[str, object]:
    kind = str(school.type_code)  # type: ignore[attr-defined]
    seat = school.village < 0  # type: ignore[attr-defined]
    total = sum(counts.values())
    row: dict[str, object] = {f"pupils_{grade}": counts[grade] for grade in GRADES}
    sizes = {"k": 30, "p": 45, "j": 50, "s": 50}
    crowded = number == 0
    for grade in GRADES:
        age = AGE_OF_GRADE[grade]
        size = sizes["k" if age < 6 else "p" if age < 12 else "j" if age < 15 else "s"]
        needed = -(-counts[grade] // size)
        if crowded and counts[grade]:
            needed = max(1, counts[grade] // 58)
        spare = 1 if seat and counts[grade] and number % 3 == 1 else 0
        row[f"classes_{grade}"] = 0 if kind == "218" else needed + spare
    row["classes_mixed"] = -(-total // 30) + (number % 2) if kind == "218" else 0
    boards = kind in {"311", "312", "342", "361"} or (kind == "211" and seat)
    can = sum(counts[grade] for grade in GRADES if AGE_OF_GRADE[grade] >= 9)
    boarders = int(can * 0.3) if boards else 0
    classes = sum(int(row[f"classes_{grade}"]) for grade in GRADES) + int(row["classes_mixed"])
    assert all(counts[grade] == 0 or grade in GRADES_OF_TYPE[kind] for grade in GRADES)
    return row | {
        "boarders": boarders,
        "beds": boarders + (20 * (number % 4) if boards else 0),
        "teachers": max(1, -(-total // 17), classes),
        "site_area_m2": 2000 + 400 * classes,
        "floor_area_m2": 300 + 120 * classes,
        "dormitory_area_m2": boarders * 4,
        "canteen": bool(seat),
        "integrated_pupils": int(rng.integers(0, 9)) if kind == "211" and seat else 0,
    }


def _roads(
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


def points_of(frame: pd.DataFrame) -> gpd.GeoSeries:
    """Points of a table with columns lon and lat."""
    return gpd.GeoSeries(
        [Point(xy) for xy in zip(frame["lon"], frame["lat"], strict=True)],
        index=frame.index,
        crs="EPSG:4326",
    )


STUDY = """\
[study]
name = "两县示例"
crs = "EPSG:4507"
data_date = 2021-09-01
children_year = 2020
provenance = "modelled"
language = "zh"
credit = "示例数据"

[inputs]
units = "boundaries/counties.gpkg|counties"
border = "boundaries/border.gpkg|border"
settlements = "settlements/settlements.csv"
schools = "schools/schools.csv"
{attendance}roads = "roads/roads.gpkg"

[programmes.closures]
count = 5
complete_by = 2023-08-31
years = [2022, 2023]
source = "example"

[programmes.border]
retain = {retain}
width_m = 3000
units = ["451026", "451081"]
source = "example"

[programmes.kindergarten]
sites = 2
classes = 26
places = 780
year = 2023
source = "example"

[programmes.compulsory]
sites = 1
year = 2023
source = "example"

[demography]
births = {{ 2021 = 450, 2022 = 420, 2023 = 400 }}
migration = 0.0
"""
