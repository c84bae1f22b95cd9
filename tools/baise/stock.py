"""The schools table: names, classes, beds, staff, surveys, from places and attendance."""

import numpy as np
import pandas as pd

from tools.baise.settle import numeral, short_name
from tools.baise.sources import Sources
from tools.baise.terrain import Bools, Floats, Ints
from tools.baise.world import World

GRADES = (
    *("k1", "k2", "k3"),
    *("g1", "g2", "g3", "g4", "g5", "g6"),
    *("g7", "g8", "g9", "g10", "g11", "g12"),
)
TITLES = {
    "urban": "小学",
    "centre": "中心小学",
    "lesser": "小学",
    "village": "小学",
    "point": "教学点",
    "junior": "初级中学",
    "nine": "九年一贯制学校",
    "senior": "高级中学",
    "vocational": "中等职业学校",
    "special": "特殊教育学校",
    "kindergarten": "幼儿园",
    "attached": "小学附设幼儿班",
}
SURVEYED_COUNTIES = 5
MIXED_UP_TO = 20
FULL_HOUSES = 0.88
FREE_BEDS = (0.03, 0.08)
CANTEEN_FROM = 60
SMALL_DAY_SCHOOL = 100
UNLIKE_THEIR_SIZE = 0.05
NOT_SAID = 0.065


def identifiers(type_codes: pd.Series) -> list[str]:
    """Ten-digit identifiers: type, province 45, serial within the type."""
    serial = type_codes.groupby(type_codes).cumcount() + 1
    return [f"{code}45{number:05d}" for code, number in zip(type_codes, serial, strict=True)]


def school_names(schools: pd.DataFrame, sources: Sources, world: World) -> list[str]:
    """Names from real townships, villages and neighbourhoods; a number where one repeats."""
    frame = world.settlements
    towns = sources.townships.township_name.tolist()
    villages = sources.villages.village_name.tolist()
    base = []
    rows = frame.iloc[schools.settlement.to_numpy()]
    parts = (rows.township.tolist(), rows.village.tolist(), rows.kind, rows["name"], schools.role)
    for town_at, village_at, kind, own_name, role in zip(*parts, strict=True):
        town, village = towns[town_at], short_name(villages[village_at])
        plain = village.removesuffix("社区").removesuffix("虚拟")
        plain = plain.removesuffix("村") if len(plain) > 2 else plain
        if role in ("centre", "junior", "nine", "senior", "vocational", "special"):
            base.append(f"{town}|{TITLES[role]}")
        elif kind == "hamlet":
            base.append(f"{town}{own_name}|{TITLES[role]}")
        else:
            base.append(f"{town}{plain}|{TITLES[role]}")
    names = pd.Series(base)
    count = names.groupby(names).cumcount()
    repeated = names.groupby(names).transform("size") > 1
    number = [
        f"第{numeral(int(k) + 1)}" if again else ""
        for k, again in zip(count, repeated, strict=True)
    ]
    return [name.replace("|", mark) for name, mark in zip(base, number, strict=True)]


def pupils_table(flows: pd.DataFrame, number: int) -> pd.DataFrame:
    """Pupils of every school by grade, zero where none."""
    wide = flows[flows.school >= 0].pivot_table(
        index="school", columns="grade", values="pupils", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(index=range(number), columns=list(GRADES), fill_value=0)
    return wide.astype(np.int64)


def class_table(
    schools: pd.DataFrame, pupils: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, Ints]:
    """Classes by grade, and the one multigrade class of the smallest teaching points.

    Notes
    -----
    The class size that a school reaches depends on where it is: over 55 in many schools of the
    county seats, close to the standard in township centres, small in villages.
    """
    role = schools.role.to_numpy()
    first = ~schools.duplicated(["township", "role"]).to_numpy()
    urban_size = rng.uniform(41.0, 60.0, len(schools))
    target = np.select(
        [role == "urban", role == "centre", role == "nine", role == "junior"],
        [
            np.where(first, rng.uniform(57.0, 62.0, len(schools)), urban_size),
            rng.uniform(38.0, 47.0, len(schools)),
            rng.uniform(38.0, 48.0, len(schools)),
            rng.uniform(44.0, 56.0, len(schools)),
        ],
        default=45.0,
    )
    target = np.where(np.isin(role, ("senior", "vocational")), 52.0, target)
    target = np.where(np.isin(role, ("kindergarten", "attached")), 30.0, target)
    target = np.where(role == "special", 12.0, target)
    classes = pd.DataFrame(0, pupils.index, list(GRADES))
    for grade in GRADES:
        n = pupils[grade].to_numpy()
        classes[grade] = np.where(n > 0, np.maximum(1, np.rint(n / target)), 0).astype(np.int64)
    complete = schools.type_code.isin(["211", "312"]).to_numpy()
    primary = list(GRADES[3:9])
    classes.loc[complete, primary] = classes.loc[complete, primary].clip(lower=1)
    young = pupils[primary].sum(axis=1).to_numpy()
    together = (role == "point") & (young <= MIXED_UP_TO)
    classes.loc[together, primary] = 0
    mixed = together.astype(np.int64)
    return classes, mixed


def boarding(
    schools: pd.DataFrame,
    flows: pd.DataFrame,
    far: Bools,
    rng: np.random.Generator,
    reserve: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Boarders and beds: from grade 4 on, those who live far.

    The boarding schools of the townships, centre schools and nine-year ones, keep 3 to 8 % of
    their beds free; elsewhere there are hardly more beds than boarders.

    Parameters
    ----------
    schools, flows : DataFrame
        Schools; settlement, grade, school, pupils.
    far : (f,) bool array
        Flows from too far to walk daily.
    rng, reserve : Generator
        Seeded sources of chance; the second one for the free beds of the townships.
    """
    upper = flows.grade.isin(GRADES[6:15]).to_numpy() & far & (flows.school >= 0).to_numpy()
    sums = flows[upper].groupby("school").pupils.sum()
    count = sums.reindex(range(len(schools)), fill_value=0).to_numpy()
    houses = schools.role.isin(["centre", "nine", "junior", "senior", "vocational"]).to_numpy()
    boarders = np.where(houses, np.floor(count * rng.uniform(0.6, 0.95, len(schools))), 0)
    spare = np.where(rng.random(len(schools)) < FULL_HOUSES, 0, rng.integers(1, 4, len(schools)))
    beds = np.where(houses & (boarders > 0), boarders + spare, 0)
    free = reserve.uniform(*FREE_BEDS, len(schools))
    townships = schools.role.isin(["centre", "nine"])
    beds = np.where(townships, np.rint(boarders / (1 - free)), beds)
    return boarders.astype(np.int64), beds.astype(np.int64)


def surveys(
    schools: pd.DataFrame, rural_small: Bools, counties: Ints, rng: np.random.Generator
) -> tuple[Floats, list[str]]:
    """Share of parents opposed, where a survey was held: in whole counties, never by school."""
    held = np.sort(rng.permutation(12)[:SURVEYED_COUNTIES])
    share = np.round(rng.beta(1.5, 2.3, len(schools)), 2)
    asked = rural_small & np.isin(counties, held)
    dates = [f"2021-{9 + int(c) % 3:02d}-{10 + int(c):02d}" for c in counties]
    return np.where(asked, share, np.nan), [
        day if yes else "" for day, yes in zip(dates, asked, strict=True)
    ]


def planned_classes(
    classes: pd.DataFrame, mixed: Ints, planned: Floats
) -> tuple[pd.DataFrame, Ints]:
    """Kindergartens keep the classes they were planned with, spread over the three years.

    One or two classes hold all three years together.
    """
    result, together = classes.copy(), mixed.copy()
    for school in np.flatnonzero(planned > 0).tolist():
        number = int(planned[school])
        together[school] = number if number < 3 else 0
        number -= int(together[school])
        for k, grade in enumerate(("k3", "k2", "k1")):
            result.at[school, grade] = number // 3 + (k < number % 3)
    return result, together


def urban_rural(sources: Sources, world: World, schools: pd.DataFrame) -> list[str]:
    """Urban–rural code of each school: county seat, seat of a 镇, seat of a 乡, village."""
    frame = world.settlements
    towns = sources.townships.township_name.to_numpy()
    main = world.seats.county_seat
    codes = []
    rows = frame.iloc[schools.settlement.to_numpy()].itertuples()
    for row, town, role in zip(rows, schools.township, schools.role, strict=True):
        seat = role not in ("village", "point", "attached") and bool(
            role != "kindergarten" or row.urban or row.at_seat
        )
        if row.town_like:
            codes.append("111" if main[town] else "121")
        elif not seat:
            codes.append("220")
        elif main[town]:
            codes.append("112")
        else:
            codes.append("121" if towns[town].endswith(("镇", "街道")) else "210")
    return codes


def centres(schools: pd.DataFrame, ids: pd.Series) -> list[str]:
    """Centre school of each village primary and point: that of its township."""
    centre = schools[schools.role.isin(["centre", "nine"])]
    by_town = dict(zip(centre.township.tolist(), ids[centre.index].tolist(), strict=True))
    return [
        by_town.get(int(town), "") if role in ("village", "point") else ""
        for town, role in zip(schools.township, schools.role, strict=True)
    ]


def canteens(
    schools: pd.DataFrame, pupils: pd.DataFrame, beds: Ints, rng: np.random.Generator
) -> list[str]:
    """Whether pupils eat at school: where they sleep there, and in larger schools.

    A few primary schools and points without beds are unlike others of their size, and of some
    small ones the list does not say.
    """
    total = pupils.sum(axis=1).to_numpy()
    day = schools.role.isin(["urban", "lesser", "village", "point"]).to_numpy() & (beds == 0)
    chance = rng.random(len(schools))
    unlike = day & (chance > 1 - UNLIKE_THEIR_SIZE)
    has = ((beds > 0) | (total > CANTEEN_FROM)) ^ unlike
    said = ~(day & (total < SMALL_DAY_SCHOOL) & (chance < NOT_SAID))
    return np.where(said, np.where(has, "true", "false"), "").tolist()


def extras(
    schools: pd.DataFrame,
    pupils: pd.DataFrame,
    beds: Ints,
    rng: np.random.Generator,
    meals: np.random.Generator,
) -> pd.DataFrame:
    """Teachers, areas, canteen and integrated pupils."""
    total = pupils.sum(axis=1).to_numpy()
    per_teacher = schools.type_code.str[0].map({"1": 15.0, "2": 19.0, "3": 13.5, "5": 4.0})
    teachers = np.ceil(total / per_teacher.fillna(12.5).to_numpy()).astype(np.int64)
    least = np.where(schools.role == "point", 1, np.where(schools.role == "village", 4, 3))
    floor = np.round(total * rng.uniform(4.5, 8.5, len(schools)) + 120.0)
    centre = schools.role.isin(["centre", "nine"]).to_numpy()
    return pd.DataFrame(
        {
            "teachers": np.maximum(teachers, least),
            "site_area_m2": np.round(floor * rng.uniform(1.8, 3.2, len(schools))),
            "floor_area_m2": floor,
            "dormitory_area_m2": np.round(beds * 3.6),
            "canteen": canteens(schools, pupils, beds, meals),
            "integrated_pupils": np.where(centre, rng.poisson(4.6, len(schools)), 0),
        }
    )


def demonstration(schools: pd.DataFrame, pupils: pd.DataFrame) -> list[str]:
    """The largest public kindergartens are demonstration ones: 21 regional, 37 of the city."""
    public = schools.ownership.eq("public") & schools.type_code.eq("111")
    size = pupils.sum(axis=1).where(public, -1).to_numpy()
    order = np.argsort(-size, kind="stable")
    marks = np.full(len(schools), "", dtype=object)
    marks[order[:21]] = "region"
    marks[order[21:58]] = "city"
    return [str(mark) for mark in marks]
