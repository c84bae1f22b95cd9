"""Plans made by simple rules, so that maps and exports can be tested without any model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.app.plan import Plan
from layout.core.standards import BANDS
from layout.core.text import sentence
from layout.inputs.study.study import (
    BorderProgramme,
    ClosureProgramme,
    CompulsoryProgramme,
    InputFile,
    Programmes,
    SiteProgramme,
    Study,
)
from layout.planning.contract import (
    ASSIGNMENT,
    CANDIDATES,
    CLOSURES,
    COUNTIES,
    COUNTY_MEASURES,
    DEFICITS,
    KINDERGARTEN_PLANS,
    REJECTED_SITES,
    RETAINED,
    SERVED,
    SITE_YEARS,
    SITES,
    LevelRun,
    ModelRun,
    empty,
)
from tests.worlds.fake_needs import fake_county_plans, fake_deficits
from tests.worlds.mini import mini_tables
from tests.worlds.study import make_study, points_of

COMPULSORY_BANDS = ("1-3", "4-6", "7-9")
KM_A_DEGREE = 105.0


def fake_study(tables: Mapping[str, pd.DataFrame] | None = None) -> Study:
    """A study made straight from tables, without any reading."""
    tables = _mini() if tables is None else tables
    return make_study(
        name="两县示例",
        language="zh",
        credit="示例数据 © 示例",
        programmes=Programmes(
            closures=ClosureProgramme(
                count=5, complete_by=date(2023, 8, 31), years=(2022, 2023), source="example"
            ),
            border=BorderProgramme(retain=4, width_m=3000, units=("451026", "451081")),
            kindergarten=SiteProgramme(sites=2, classes=26, places=780, year=2023),
            compulsory=CompulsoryProgramme(sites=1, year=2023),
        ),
        births={2021: 450},
        units=gpd.GeoDataFrame(tables["units"]).set_index("county_code"),
        border=gpd.GeoDataFrame(tables["border"]) if "border" in tables else None,
        settlements=_placed(tables["settlements"], "settlement_id"),
        schools=_placed(tables["schools"], "school_id"),
        inputs=(InputFile(name="schools", path="schools/schools.csv", sha256="0" * 64),),
    )


@cache
def _mini() -> Mapping[str, pd.DataFrame]:
    return mini_tables()


def _placed(table: pd.DataFrame, key: str) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(table, geometry=points_of(table))
    return frame.drop(columns=["lon", "lat"]).set_index(key).sort_index()


def fake_plan(
    study: Study | None = None,
    *,
    close: int = 5,
    kindergartens: int = 2,
    expansions: int = 1,
    compulsory: int = 1,
) -> Plan:
    """A plan by simple rules: the smallest village schools close, pupils go to the next one."""
    study = fake_study() if study is None else study
    schools = study.schools
    small = schools[
        schools["type_code"].isin(["211", "218"]) & schools["urban_rural_code"].eq("220")
    ]
    small = small[~small["border_flag"].astype(bool)]
    size = small.filter(regex=r"^pupils_g[1-6]$").sum(axis=1)
    order = size[size > 0].sort_values(kind="stable").index[:close]
    assignment = _assignment(study, set(order))
    today = Plan(name="today", study=study, assignment=_today(assignment))
    closures = _closures(study, assignment, order)
    sites = _sites(study, kindergartens=kindergartens, expansions=expansions, new=compulsory)
    return Plan(
        name=study.name,
        study=study,
        assignment=assignment,
        closures=closures,
        candidates=_candidates(study, order),
        retained=_retained(study),
        sites=sites,
        served=_served(study, assignment, sites),
        site_years=_site_years(sites),
        rejected_sites=_rejected_sites(study),
        deficits=fake_deficits(study, sites),
        kindergarten_plans=fake_county_plans(study, sites),
        counties=_counties(study, closures),
        runs=(
            ModelRun(
                model="closures",
                requested=close,
                achieved=len(order),
                objective=123456.0,
                bound=123456.0,
                gap=0.0,
                status="proven",
                levels=(
                    LevelRun(
                        level="added_pupil_seconds",
                        objective=123456.0,
                        bound=123456.0,
                        gap=0.0,
                        status="proven",
                    ),
                ),
            ),
            ModelRun(
                model="kindergarten",
                requested=kindergartens,
                achieved=kindergartens,
                objective=7754.0,
                bound=7945.0,
                gap=0.0246,
                status="gap",
            ),
        ),
        notes=(sentence("规程上限使 2 所新建园容纳不下 26 个班；其余班级以扩建公办园落实。"),),
        seconds={"travel": 1.5},
        baseline=today,
    )


def _assignment(study: Study, closed: set[str]) -> pd.DataFrame:
    """Send each settlement's bands to the nearest school of the band, then to the nearest open."""
    rows = []
    homes = np.c_[study.settlements.geometry.x, study.settlements.geometry.y]
    for band in COMPULSORY_BANDS:
        counts = study.schools[[f"pupils_{grade}" for grade in BANDS[band]]].sum(axis=1)
        offers = study.schools[counts > 0]
        places = np.c_[offers.geometry.x, offers.geometry.y]
        shut = offers.index.isin(list(closed))
        ids = offers.index.to_numpy()
        children = study.settlements[["age_5", "age_6", "age_7"]].sum(axis=1).to_numpy()
        for number, home in enumerate(study.settlements.index):
            pupils = int(children[number])
            if not pupils or not len(offers):
                continue
            away = np.hypot(*(places - homes[number]).T) * KM_A_DEGREE
            first = int(away.argmin())
            second = int(np.where(shut, np.inf, away).argmin())
            before, after = (_way(float(away[one])) for one in (first, second))
            rows.append(
                {
                    "settlement_id": home,
                    "band": band,
                    "pupils": pupils,
                    "from_school": ids[first],
                    "to_school": ids[second],
                    "mode": "stay" if first == second else after[0],
                    "mode_before": before[0],
                    "minutes_before": before[1],
                    "metres_before": before[2],
                    "baseline_minutes": before[1],
                    "minutes_after": after[1],
                    "metres_after": after[2],
                }
            )
    table = pd.DataFrame(rows, columns=list(ASSIGNMENT))
    # A group that no road leads to has no minutes; its cells must come out empty.
    table.loc[0, list(ASSIGNMENT[7:])] = np.inf
    return table


def _way(km: float) -> tuple[str, float, float]:
    """Mode, minutes and metres of a way: on foot up to two kilometres, else by bus."""
    return ("walk", km * 15, km * 1000) if km <= 2 else ("bus", km * 4, km * 1000)


def _today(assignment: pd.DataFrame) -> pd.DataFrame:
    return assignment.assign(
        to_school=assignment["from_school"],
        mode="stay",
        minutes_after=assignment["minutes_before"],
        metres_after=assignment["metres_before"],
    )


def _closures(study: Study, assignment: pd.DataFrame, closed: Sequence[str]) -> pd.DataFrame:
    rows = []
    for number, school in enumerate(closed):
        held = study.schools.loc[school]
        moved = assignment[assignment["from_school"] == school]
        added = (moved["minutes_after"] - moved["minutes_before"]).clip(lower=0)
        rows.append(
            {
                "school_id": school,
                "name": held["name"],
                "county_code": held["county_code"],
                "township_code": held["township_code"],
                "township": "示例镇",
                "pupils": int(moved["pupils"].sum()),
                "year": 2022 + number % 2,
                "reason": "学生少于 100 人，接收学校就近且有空余学位。",
                "gate_a": ("pass", "unknown")[number % 2],
                "gate_b": "pass",
                "gate_c": "pass",
                "gate_d": "pass",
                "receivers": ";".join(sorted(set(moved["to_school"]))),
                "added_minutes_mean": float(added.mean()),
                "added_minutes_max": float(added.max()),
                "share_over_limit": 0.123456,
                "replaces_if_kept": "",
                "added_if_kept": 12.5 * number,
            }
        )
    return pd.DataFrame(rows, columns=list(CLOSURES))


def _candidates(study: Study, closed: Sequence[str]) -> pd.DataFrame:
    judged = study.schools[study.schools["type_code"].isin(["211", "218"])]
    flag = judged["border_flag"].astype(bool).to_numpy()
    shut = judged.index.isin(closed)
    table = pd.DataFrame(
        {
            "school_id": judged.index,
            "name": judged["name"].to_numpy(),
            "county_code": judged["county_code"].to_numpy(),
            "pupils": judged.filter(regex=r"^pupils_g[1-9]$").sum(axis=1).to_numpy(),
            "candidate": ~flag,
            "rule": np.where(flag, "belt", ""),
            "closed": shut,
            "if_forced": np.where(flag, "", np.where(shut, "kept", "closed")),
            "closes_then": "",
            "added": np.where(flag, np.nan, 37.5),
        }
    )
    return table[list(CANDIDATES)]


def _retained(study: Study) -> pd.DataFrame:
    held = study.schools[study.schools["type_code"].isin(["211", "218", "312"])]
    south = study.units.total_bounds[1]
    distance = (held.geometry.y - south) * 110_800
    flag = held["border_flag"].astype(bool)
    belt = np.where(
        (distance - 3000).abs() <= 200, "uncertain", np.where(distance < 3000, "in", "out")
    )
    table = pd.DataFrame(
        {
            "school_id": held.index,
            "name": held["name"].to_numpy(),
            "official": flag.to_numpy(),
            "distance_m": distance.to_numpy(),
            "uncertainty_m": 200.0,
            "belt": belt,
            "protected": (flag | (belt != "out")).to_numpy(),
            "rule": np.where(flag, "official", "outside"),
            "price": float("nan"),
        }
    )
    return table[list(RETAINED)]


def _sites(study: Study, *, kindergartens: int, expansions: int, new: int) -> pd.DataFrame:
    homes = study.settlements.iloc[:: max(1, len(study.settlements) // 40)]
    gardens = study.schools[study.schools["type_code"] == "111"]
    rows = []
    for number in range(kindergartens):
        home = homes.iloc[number % len(homes)]
        rows.append(
            ("kindergarten", f"K{number:03d}", f"{home['name']}公办幼儿园", "new", home, 12, 360)
        )
    for number in range(expansions):
        garden = gardens.iloc[number % len(gardens)]
        rows.append(("kindergarten", garden.name, f"{garden['name']}", "expansion", garden, 2, 60))
    for number in range(new):
        home = homes.iloc[-1 - number % len(homes)]
        rows.append(("compulsory", f"C{number:03d}", f"{home['name']}小学", "new", home, 12, 540))
    table = [
        {
            "programme": programme,
            "site_id": site,
            "name": name,
            "kind": kind,
            "stage": "preschool" if programme == "kindergarten" else "primary",
            "school_id": site if kind == "expansion" else "",
            "settlement_id": place.name if kind == "new" else "",
            "county_code": place["county_code"],
            "township_code": place["township_code"],
            "township": "示例镇",
            "year": 2023,
            "classes": classes,
            "places": places,
            "pupils_served": 4 if programme == "kindergarten" else 1,
            "reason": sentence(
                "{near} children without a place live within reach; it serves {served} of them",
                near=9,
                served=4,
            ),
            "runner_up": study.settlements.index[-1] if kind == "new" else "",
            "runner_up_loss": 1.5 if kind == "new" else float("nan"),
            "pupils_lost": 1,
            "lon": place["geometry"].x,
            "lat": place["geometry"].y,
        }
        for programme, site, name, kind, place, classes, places in rows
    ]
    return pd.DataFrame(table, columns=list(SITES))


def _served(study: Study, assignment: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Every site serves some children of one settlement; a school loses a part of its group."""
    rows = []
    groups = assignment[assignment["band"] == "1-3"].sort_values("pupils", ascending=False)
    for number, (programme, site) in enumerate(
        zip(sites["programme"], sites["site_id"], strict=True)
    ):
        if programme == "kindergarten":
            home = study.settlements.index[number]
            rows.append((programme, site, home, "preschool", 4, "", "walk", 6.0, 480.0))
        else:
            group = groups.iloc[number]
            home, school = group["settlement_id"], group["to_school"]
            rows.append((programme, site, home, "1-3", 1, school, "bus", 12.0, 6000.0))
    return pd.DataFrame(rows, columns=list(SERVED))


def _site_years(sites: pd.DataFrame) -> pd.DataFrame:
    """Fewer children every year, and with fewer births."""
    mine = sites[sites["programme"] == "kindergarten"]
    rows = [
        (site, 2023 + later, births, max(0, 4 - later - shift), places)
        for site, places in zip(mine["site_id"], mine["places"], strict=True)
        for later in range(2)
        for shift, births in enumerate(("high", "middle", "low"))
    ]
    return pd.DataFrame(rows, columns=list(SITE_YEARS))


def _rejected_sites(study: Study) -> pd.DataFrame:
    """One settlement by the river, one beside a parcel that is too small, one without any."""
    why = [("excluded", "flood", "河滩", ""), ("too_small", "", "", "P1")]
    why.append(("outside_parcels", "", "", ""))
    rows = [
        (
            *("kindergarten", "preschool", home, study.settlements.at[home, "name"]),
            *(study.settlements.at[home, "county_code"], *told),
            *(point.x, point.y),
        )
        for (home, point), told in zip(study.settlements.geometry.items(), why, strict=False)
    ]
    return pd.DataFrame(rows, columns=list(REJECTED_SITES))


def _counties(study: Study, closures: pd.DataFrame) -> pd.DataFrame:
    rows = []
    closed = closures.groupby("county_code").size()
    for number, (code, unit) in enumerate(study.units.iterrows()):
        row: dict[str, object] = {"county_code": code, "name": unit["name"]}
        row["closed"] = int(closed.get(code, 0))
        for place, measure in enumerate(COUNTY_MEASURES):
            share = measure.startswith("coverage") or measure.endswith("share")
            for shift, when in enumerate(("before", "after")):
                value = (number * 7 + place * 3 + shift * 2) % 40
                row[f"{measure}_{when}"] = value / 40 if share else float(value)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(COUNTIES))


def only(plan: Plan, parts: Collection[str]) -> Plan:
    """The same plan for a study that has only these of its optional parts."""
    study, sites = plan.study, plan.sites
    programmes = {
        name: value if name in parts else None for name, value in vars(study.programmes).items()
    }
    study = replace(
        study,
        programmes=Programmes(**programmes),
        border=study.border if "border" in parts else None,
        attendance_inferred="attendance" not in parts,
    )
    return replace(
        plan,
        study=study,
        closures=plan.closures if "closures" in parts else empty(CLOSURES),
        candidates=plan.candidates if "closures" in parts else empty(CANDIDATES),
        retained=plan.retained if "border" in parts else empty(RETAINED),
        sites=sites[sites["programme"].isin(list(parts))].reset_index(drop=True),
        served=plan.served[plan.served["programme"].isin(list(parts))].reset_index(drop=True),
        site_years=plan.site_years if "kindergarten" in parts else empty(SITE_YEARS),
        rejected_sites=(plan.rejected_sites if "kindergarten" in parts else empty(REJECTED_SITES)),
        deficits=plan.deficits if "kindergarten" in parts else empty(DEFICITS),
        kindergarten_plans=(
            plan.kindergarten_plans if "kindergarten" in parts else empty(KINDERGARTEN_PLANS)
        ),
        runs=tuple(run for run in plan.runs if run.model in parts),
    )


def renamed(plan: Plan, name: str) -> Plan:
    """The same plan in which every name that a user may type is the given one."""
    study = plan.study
    study = replace(
        study,
        name=name,
        credit=name,
        scenario=name,
        units=study.units.assign(name=name),
        settlements=study.settlements.assign(name=name),
        schools=study.schools.assign(name=name),
    )
    return replace(
        plan,
        name=name,
        study=study,
        closures=plan.closures.assign(name=name, township=name, reason=name),
        candidates=plan.candidates.assign(name=name),
        retained=plan.retained.assign(name=name, rule=name),
        sites=plan.sites.assign(name=name, township=name, reason=name),
        deficits=plan.deficits.assign(township=name),
        kindergarten_plans=plan.kindergarten_plans.assign(name=name),
        counties=plan.counties.assign(name=name),
        notes=(sentence(name),),
    )
