"""What a retained school would need: counted by hand, and the next school searched one by one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from pyproj import Geod

from layout.core.text import set_language
from layout.inputs.study.study import Study
from layout.network.travel import study_travel
from layout.output.lists.datums import wgs84
from layout.output.lists.frames import tables
from layout.output.lists.sheets import sheets
from layout.planning.border import retain_border
from layout.planning.contract import IMPROVEMENTS, PlanTables
from layout.planning.improvement import improvement_list
from tests.worlds.closing import closing
from tests.worlds.closure_world import Home, School, grades_of, make_world

pytestmark = pytest.mark.slow

ALL = ("g1", "g2", "g3", "g4", "g5", "g6")
SCHOOLS = [
    School(key="flag", x=0, y=1.0, flag=True, beds=3, boarders=5),
    School(key="shut", x=0.5, y=4.0),
    School(key="point", x=1.0, y=1.0, flag=True, grades=("g1", "g2"), canteen=False),
    School(key="own", x=1.5, y=1.0, rural=False, ownership="private", classes=9),
    School(key="far", x=9.0, y=1.0, rural=False, classes=9),
    School(key="in", x=4.0, y=1.0),
]
HOMES = [
    Home(key="ha", x=0, y=1.0, attends=grades_of(55, "flag", *ALL)),
    Home(key="hb", x=0.5, y=4.0, attends=grades_of(1, "shut", *ALL)),
    Home(key="hc", x=1.0, y=1.0, attends=grades_of(4, "point", "g1", "g2")),
    Home(key="hd", x=2.0, y=1.0, attends=grades_of(2, "point", "g1")),
]


@pytest.fixture(scope="module")
def plan() -> PlanTables:
    """``shut`` closes, and its six pupils go to ``flag``, whose classes are large then."""
    study, ways = make_world(
        SCHOOLS, HOMES, border_y_km=0.0, limit_minutes_1_3=90, walk_limit_m=9000
    )
    areas = {"flag": 672.0}
    study = replace(
        study,
        schools=study.schools.assign(
            floor_area_m2=[areas.get(school, 0.0) for school in study.schools.index]
        ),
    )
    plan = closing(study, ways=ways, must_close=("shut",), drop=("places",))
    # All go to one school, whatever the model prefers.
    moved = plan.assignment["from_school"] == "shut"
    assert moved.any()
    plan = replace(
        plan,
        assignment=plan.assignment.assign(
            to_school=plan.assignment["to_school"].mask(moved, "flag")
        ),
    )
    return retain_border(plan)


def test_what_each_school_has_is_counted_under_the_plan(plan: PlanTables) -> None:
    table = improvement_list(plan)
    assert tuple(table.columns) == IMPROVEMENTS
    flag, point = table.to_dict("records")
    assert (flag["school_id"], point["school_id"]) == ("flag", "point")
    assert (flag["pupils"], flag["classes"], flag["class_size"]) == (336, 6, 56.0)
    assert (flag["large_classes"], flag["beds_free"], flag["canteen"]) == (6, -2, "true")
    assert flag["floor_m2_per_pupil"] == pytest.approx(2.0)
    assert (point["pupils"], point["large_classes"], point["beds_free"]) == (10, 0, 0)
    assert point["canteen"] == "false"
    assert math.isnan(point["floor_m2_per_pupil"])


def test_the_next_school_teaches_the_same_grades_and_is_open(plan: PlanTables) -> None:
    flag, point = improvement_list(plan).to_dict("records")
    # A ride takes 5 minutes and 2 a kilometre; `point` lacks grades, `own` is private.
    assert flag["next_school_id"] == "in"
    way = 330 * (5 + 2 * 4.0) + 6 * (5 + 2 * math.hypot(3.5, 3.0))
    assert flag["next_minutes"] == pytest.approx(way / 336, abs=0.06)
    assert flag["next_distance_m"] == pytest.approx(4000, rel=0.01)
    assert (point["next_school_id"], point["next_name"]) == ("flag", "school flag")
    assert point["next_minutes"] == pytest.approx((8 * 7 + 2 * 9) / 10, abs=0.01)


def test_where_nobody_gets_anywhere_the_nearest_is_told_without_minutes(plan: PlanTables) -> None:
    _, short = make_world(SCHOOLS, HOMES, border_y_km=0.0, cutoff_km=0.5)
    table = improvement_list(replace(plan, travel=short)).set_index("school_id")
    assert table["next_school_id"].to_dict() == {"flag": "in", "point": "flag"}
    assert table["next_minutes"].isna().all()


def test_whether_there_is_a_canteen_may_be_unknown(plan: PlanTables) -> None:
    schools = plan.study.schools.copy()
    schools["canteen"] = schools["canteen"].astype("object")
    schools.loc["point", "canteen"] = None
    asked = replace(plan, study=replace(plan.study, schools=schools))
    assert improvement_list(asked)["canteen"].tolist() == ["true", "unknown"]


def test_without_the_border_judged_nothing_is_listed(plan: PlanTables) -> None:
    judged = closing(plan.study, ways=plan.travel)
    table = improvement_list(judged)
    assert table.empty
    assert tuple(table.columns) == IMPROVEMENTS


def test_a_search_one_by_one_finds_the_same_next_schools(mini_study: Study) -> None:
    plan = retain_border(closing(mini_study))
    study, ways = plan.study, study_travel(plan.study)
    table = improvement_list(plan).set_index("school_id")
    flagged = study.schools["border_flag"] & ~study.schools["type_code"].isin(["111", "119"])
    assert list(table.index) == sorted(study.schools.index[flagged])
    geod = Geod(ellps="WGS84")
    minutes = {
        mode: {(row.origin, row.site): row.minutes for row in matrix.pairs().itertuples()}
        for mode, matrix in (("walk", ways.walk), ("bus", ways.bus))
    }

    def grades(school: str) -> set[str]:
        row = study.schools.loc[school]
        return {g for g in (*ALL, "g7", "g8", "g9") if row[f"classes_{g}"] + row[f"pupils_{g}"] > 0}

    for school, told in table.iterrows():
        homes = plan.assignment[plan.assignment["to_school"] == school]
        best = (math.inf, "")
        for other in study.schools.index.difference([school, *plan.closed]):
            if study.schools.at[other, "ownership"] == "private":
                continue
            if study.schools.at[other, "classes_mixed"] or not grades(school) <= grades(other):
                continue
            total = 0.0
            for home, pupils in zip(homes["settlement_id"], homes["pupils"], strict=True):
                way = min(table.get((home, other), math.inf) for table in minutes.values())
                total += way * pupils
            best = min(best, (total / homes["pupils"].sum(), other))
        assert told["next_minutes"] == pytest.approx(best[0], abs=0.06)
        assert told["next_school_id"] == best[1]
        one, two = study.schools.geometry[school], study.schools.geometry[best[1]]
        metres = geod.inv(one.x, one.y, two.x, two.y)[2]
        assert told["next_distance_m"] == pytest.approx(metres, abs=0.06)


def test_it_is_a_sheet_of_the_workbook_in_both_languages(plan: PlanTables) -> None:
    # The sheet of zones names the township of each settlement.
    homes = plan.study.settlements.assign(township_code="451002101", township="")
    study = replace(plan.study, settlements=homes)
    full = replace(plan, study=study, improvements=improvement_list(plan))
    for language, name, answers in (
        ("en", "Improvements", ["yes", "no"]),
        ("zh", "完善优化", ["是", "否"]),
    ):
        set_language(language)
        pages = sheets(full, tables(full), wgs84())
        (sheet,) = [one for one in pages if one.name == name]
        assert sheet.frame["canteen"].tolist() == answers
        assert all(sheet.titles[str(column)] for column in sheet.frame)
