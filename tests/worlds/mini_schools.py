"""Schools of the small study, who goes where, and numbers that fit both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from layout.core.standards import AGE_OF_GRADE, GRADES, GRADES_OF_TYPE, RURAL_CODES
from tests.worlds.mini_places import KM_LAT, KM_LON, REMOTE_TOWN, SOUTH, Town


def schools_of(
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


def attendance_of(
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


def filled(
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
