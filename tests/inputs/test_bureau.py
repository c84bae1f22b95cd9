"""A folder as a bureau sends it: read value by value, and planned like the study itself."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import xlwt

from layout.core.standards import GRADES
from layout.inputs.study.study import Study, examine
from tests.worlds.mini import write_mini_study
from tests.worlds.study_check import (
    ATTENDANCE,
    SCHOOLS,
    SETTLEMENTS,
    SPOILING,
    UNITS,
    Capture,
    check,
    edit,
    table,
)

pytestmark = SPOILING

NAMES = {
    "school_id": "学校标识码",
    "name": "学校名称",
    "type_code": "办学类型",
    "urban_rural_code": "城乡分类",
    "ownership": "性质",
    "centre_school_id": "主管学校",
    "township_code": "乡镇代码",
    "village_code": "村代码",
    "county_code": "县区代码",
    "lon": "经度（°）",
    "lat": "纬度（°）",
    "classes_mixed": "复式班数",
    "boarders": "寄宿生数（人）",
    "beds": "床 位 数",
    "teachers": "专任教师",
    "site_area_m2": "占地面积（㎡）",
    "floor_area_m2": "建筑面积",
    "dormitory_area_m2": "宿舍面积",
    "canteen": "食堂",
    "integrated_pupils": "随班就读",
    "border_flag": "边境学校",
    "survey_opposed_share": "家长反对比例",
    "survey_date": "调查日期",
    "demonstration": "示范园",
}
GRADE_NAMES = dict(
    zip(
        GRADES,
        "小班 中班 大班 一年级 二年级 三年级 四年级 五年级 六年级 七年级 八年级 九年级 "
        "高一 高二 高三".split(),
        strict=True,
    )
)
TYPES = {"111": "111 幼儿园", "211": "小学", "218": "小学教学点", "311": "初级中学"}
OWNERS = {"public": "公办", "private": "民办", "inclusive": "普惠"}


def bureau_grid(schools: pd.DataFrame) -> tuple[list[list[str]], list[tuple[int, int, int, int]]]:
    """Rows of a school list as a bureau keeps it, and its merged cells."""
    single = list(NAMES)
    pupils = [f"pupils_{grade}" for grade in GRADES]
    classes = [f"classes_{grade}" for grade in GRADES]
    order = [*single, *pupils, *classes]
    at, wide = len(single), len(GRADES)
    upper = [*NAMES.values(), "在校生数", *[""] * (wide - 1), "班级数", *[""] * (wide - 1)]
    lower = [*[""] * at, *GRADE_NAMES.values(), *GRADE_NAMES.values()]
    merged = [(0, 0, 0, len(order) - 1)]
    merged += [(2, 3, column, column) for column in range(at)]
    merged += [(2, 2, at, at + wide - 1), (2, 2, at + wide, at + 2 * wide - 1)]
    rows = [["两县2021年学校名单", *[""] * (len(order) - 1)]]
    rows.append(["填表单位：教育局", *[""] * (len(order) - 2), "2021年9月"])
    rows += [upper, lower]
    held = schools[order].copy()
    held["type_code"] = held["type_code"].replace(TYPES)
    held["ownership"] = held["ownership"].replace(OWNERS)
    held["beds"] = held["beds"] + "张"
    held["boarders"] = held["boarders"].map(lambda text: f"{int(text):,}人")
    held["border_flag"] = held["border_flag"].map({"True": "是", "False": "否"})
    held["demonstration"] = held["demonstration"].replace({"city": "市级", "region": "自治区级"})
    held["survey_opposed_share"] = held["survey_opposed_share"].map(
        lambda text: f"{float(text):.0%}" if text else ""
    )
    body = held.to_numpy().tolist()
    half = len(body) // 2
    sums = [str(schools[name].astype(int).sum()) for name in [*pupils, *classes]]
    total = ["", "合  计", *[""] * (at - 2), *sums]
    rows += [*body[:half], [*upper[:at], *lower[at:]], *body[half:], total]
    rows.append(["注：寄宿生含午休学生。", *[""] * (len(order) - 1)])
    return rows, merged


def as_xlsx(rows: list[list[str]], merged: list[tuple[int, int, int, int]], path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.title = "学校"
    for row in rows:
        page.append(row)
    for top, bottom, left, right in merged:
        page.merge_cells(
            start_row=top + 1, end_row=bottom + 1, start_column=left + 1, end_column=right + 1
        )
    page.column_dimensions["C"].hidden = True
    book.save(path)


def as_xls(rows: list[list[str]], merged: list[tuple[int, int, int, int]], path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("学校")
    inside = {
        (row, column)
        for top, bottom, left, right in merged
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    for top, bottom, left, right in merged:
        page.write_merge(top, bottom, left, right, rows[top][left])
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            if text and (number, column) not in inside:
                page.write(number, column, text)
    book.save(str(path))


def as_csv(rows: list[list[str]], path: Path) -> None:
    pd.DataFrame(rows).to_csv(path, index=False, header=False, encoding="gb18030")


@pytest.mark.more
@pytest.mark.parametrize("kind", ["xlsx", "xls", "csv"])
def test_a_school_list_with_titles_groups_and_sums_is_read_value_by_value(
    tmp_path: Path, capsys: Capture, kind: str
) -> None:
    study = write_mini_study(tmp_path / "study", attendance=False)
    before = Study.read(study).schools
    rows, merged = bureau_grid(table(study))
    path = study.parent / f"schools/s.{kind}"
    if kind == "csv":
        as_csv(rows, path)
    else:
        (as_xlsx if kind == "xlsx" else as_xls)(rows, merged, path)
    edit(study, SCHOOLS, f"schools/s.{kind}")
    told = check(study, capsys)
    assert told.code == 0, told.err
    assert told.says("note [title-row]", "row 1", "两县2021年学校名单")
    assert told.says("note [totals-row]", f"row {len(rows) - 1}", "合")
    assert told.says("note [footnote-row]", f"row {len(rows)}", "注：")
    assert told.says("note [header-again]")
    assert told.says("note [columns-read]", "学校标识码 → school_id")
    assert told.says("note [read-as]", "column beds (床 位 数)", "张")
    assert "在校生数 三年级" in told.out
    assert Study.read(study).schools.equals(before)


def test_sums_that_differ_from_their_rows_are_told(tmp_path: Path, capsys: Capture) -> None:
    study = write_mini_study(tmp_path / "study", attendance=False)
    rows, merged = bureau_grid(table(study))
    del rows[10]
    as_xlsx(rows, merged, study.parent / "schools/s.xlsx")
    edit(study, SCHOOLS, "schools/s.xlsx|学校")
    told = check(study, capsys)
    assert told.says("warning [totals-differ]", "s.xlsx", "sheet 学校", f"row {len(rows) - 1}")


def test_words_that_could_mean_something_else_are_not_taken(tmp_path: Path) -> None:
    study = write_mini_study(tmp_path / "study", attendance=False)
    rows, merged = bureau_grid(table(study))
    rows[2] = ["教师数" if text == "班级数" else text for text in rows[2]]
    rows[2] = ["编号（某）" if text == "学校标识码" else text for text in rows[2]]
    as_xlsx(rows, merged, study.parent / "schools/s.xlsx")
    edit(study, SCHOOLS, "schools/s.xlsx")
    held = examine(study)
    missing = {
        name for p in held.problems if p.code == "missing-column" for name in (p.column, *p.columns)
    }
    assert {"school_id", *(f"classes_{grade}" for grade in GRADES)} <= missing
    with study.open("a", encoding="utf-8") as stream:
        stream.write('\n[columns.schools]\nschool_id = "编号（某）"\n')
    missing = [p.columns for p in examine(study).problems if p.code == "missing-column"]
    assert [len(names) for names in missing] == [len(GRADES)]


def bureau_folder(study: Path) -> None:
    """Turn a study into what a bureau, a planning office and a web map would send."""
    folder = study.parent
    rows, merged = bureau_grid(table(study))
    as_xls(rows, merged, folder / "schools/学校名单.xls")
    edit(study, SCHOOLS, "schools/学校名单.xls")
    settlements = table(study, SETTLEMENTS).rename(
        columns={
            "settlement_id": "居民点代码",
            "name": "居民点名称",
            "lon": "经度",
            "lat": "纬度",
            **{f"age_{age}": f"{age}岁人口" for age in range(18)},
        }
    )
    settlements.to_csv(folder / "settlements/居民点.csv", index=False, encoding="gbk")
    edit(study, SETTLEMENTS, "settlements/居民点.csv")
    held = table(study, ATTENDANCE).replace({"grade": GRADE_NAMES})
    held.columns = pd.Index(["居民点代码", "年级", "就读学校代码", "人数"])
    held.to_csv(folder / "schools/就学.tsv", sep="\t", index=False, encoding="utf-8-sig")
    edit(study, ATTENDANCE, "schools/就学.tsv")
    units = gpd.read_file(folder / UNITS).rename(columns={"name": "县名"})
    path = folder / "boundaries/县界.shp"
    pyogrio.write_dataframe(units.to_crs("EPSG:4490"), path, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    attributes = bytearray(path.with_suffix(".dbf").read_bytes())
    attributes[29] = 0
    path.with_suffix(".dbf").write_bytes(attributes)
    edit(study, f"{UNITS}|counties", "boundaries/县界.shp")
    for name in (SCHOOLS, SETTLEMENTS, ATTENDANCE, UNITS):
        (folder / name).unlink()
    with study.open("a", encoding="utf-8") as stream:
        stream.write('\n[encodings]\nunits = "GBK"\n')


@pytest.mark.more
def test_a_bureau_s_folder_is_the_same_study(tmp_path: Path) -> None:
    plain = Study.read(write_mini_study(tmp_path / "plain"))
    path = write_mini_study(tmp_path / "bureau")
    bureau_folder(path)
    bureau = Study.read(path)
    for name in ("settlements", "schools", "attendance", "border"):
        pd.testing.assert_frame_equal(getattr(bureau, name), getattr(plain, name))
    assert bureau.units.geometry.normalize().equals(plain.units.geometry.normalize())


@pytest.mark.more
@pytest.mark.slow
def test_a_bureau_s_folder_gives_the_same_plan(tmp_path: Path) -> None:
    from layout.app.steps import make_plan

    plain = write_mini_study(tmp_path / "plain")
    path = write_mini_study(tmp_path / "bureau")
    bureau_folder(path)
    for study, out in ((plain, "a"), (path, "b")):
        make_plan(Study.read(study)).save(tmp_path / out)
    for name in ("closures", "assignment", "retained", "sites", "counties"):
        one, other = ((tmp_path / out / f"{name}.csv").read_bytes() for out in "ab")
        assert one == other, name


@pytest.mark.more
@pytest.mark.slow
def test_points_of_a_web_map_declared_as_such_give_the_same_closures(tmp_path: Path) -> None:
    from layout.app.steps import make_plan
    from layout.inputs.datum import wgs84_to_gcj02

    plain = write_mini_study(tmp_path / "plain")
    path = write_mini_study(tmp_path / "bureau")
    for name in (SCHOOLS, SETTLEMENTS):
        held = table(path, name)
        lon, lat = wgs84_to_gcj02(held["lon"].to_numpy(float), held["lat"].to_numpy(float))
        held["lon"], held["lat"] = [f"{x:.9f}" for x in lon], [f"{y:.9f}" for y in lat]
        held.to_csv(path.parent / name, index=False)
    bureau_folder(path)
    with path.open("a", encoding="utf-8") as stream:
        stream.write('\n[datum]\nschools = "GCJ-02"\nsettlements = "GCJ-02"\n')
    for study, out in ((plain, "a"), (path, "b")):
        make_plan(Study.read(study)).save(tmp_path / out)
    one, other = ((tmp_path / out / "closures.csv").read_bytes() for out in "ab")
    assert one == other
