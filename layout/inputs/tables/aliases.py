"""The names that bureaus give to columns and to values, in Chinese and in English.

A header is compared without spaces, letter case, underscores and width of its letters, and without
a unit in brackets. What is not in these lists is not guessed: the study file names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from layout.core.standards import GRADES
from layout.inputs.tables.characters import header_form
from layout.inputs.tables.columns import AGES

__all__ = ["CHOICE_WORDS", "GRADE_WORDS", "OTHER_NAMES", "UNITS_OF", "plain"]

_NEUTRAL = re.compile(
    r"[(\[{](?:人|名|个|所|张|床|间|位|班|岁|度|°|m2|m²|㎡|平方米|平米|必填|选填|十进制度|wgs84|wgs-84|"
    r"persons?|pupils|m\^2)[)\]}]"
)
_MARKS = re.compile(r"[\s_\-*:;,./·、。]+")


def plain(text: str) -> str:
    """Reduce a header to what counts when names are compared.

    Parameters
    ----------
    text
        The header as written.

    Returns
    -------
    str
        Lower case, half width, without spaces, marks and neutral units in brackets.
    """
    # Units in brackets first: they may hold marks, as “(WGS-84)”.
    without_units = _NEUTRAL.sub("", re.sub(r"\s+", "", header_form(text)))
    return _MARKS.sub("", without_units)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_NAMES: Mapping[str, tuple[str, ...]] = {
    "school_id": _words("学校标识码 标识码 学校代码 学校编码 学校编号 学校id schoolcode schoolno"),
    "settlement_id": _words("居民点代码 居民点编码 居民点编号 居民点标识码 屯代码 自然屯代码"),
    "kind": _words("居民点类型 类别 居民点类别 settlementtype"),
    "urban": _words("是否城镇 城镇 是否城区"),
    "village_code": _words("村代码 行政村代码 村级代码 村编码 行政村编码 村区划代码"),
    "township_code": _words("乡镇代码 乡镇编码 乡镇街道代码 乡级代码 乡镇区划代码 towncode"),
    "township": _words("乡镇名称 乡镇街道名称 乡镇街道 乡镇 所属乡镇 townshipname"),
    "county_code": _words(
        "县代码 县区代码 县级代码 区县代码 县(市区)代码 县级区划代码 县区划代码 所属县代码 "
        "行政区划代码 县编码 adcode"
    ),
    "lon": _words("经度 longitude lng long 经度坐标 x坐标(经度)"),
    "lat": _words("纬度 latitude 纬度坐标 y坐标(纬度)"),
    "type_code": _words("办学类型 办学类型码 办学类型代码 学校类型 学校办学类型 schooltype"),
    "urban_rural_code": _words(
        "城乡分类 城乡分类代码 城乡类型 城乡代码 驻地城乡类型 所在地城乡类型 urbanrural"
    ),
    "ownership": _words("性质 办学性质 学校性质 举办者类型 办别 公办民办"),
    "centre_school_id": _words("主管学校 主管学校标识码 中心校标识码 所属中心校 所属中心校标识码"),
    "classes_mixed": _words("复式班 复式班数 混龄班 混龄班数 混合班数 multigradeclasses"),
    "boarders": _words("寄宿生 寄宿生数 住校生 住校生数 寄宿学生数 寄宿人数 boardingpupils"),
    "beds": _words("床位 床位数 宿舍床位 宿舍床位数 寄宿床位"),
    "teachers": _words("专任教师 专任教师数 教师数 fulltimeteachers"),
    "site_area_m2": _words("占地面积 校园面积 校园占地面积 sitearea"),
    "floor_area_m2": _words("校舍面积 建筑面积 校舍建筑面积 floorarea"),
    "dormitory_area_m2": _words("宿舍面积 学生宿舍面积 dormitoryarea"),
    "canteen": _words("食堂 是否有食堂 有无食堂"),
    "integrated_pupils": _words("随班就读 随班就读人数 随班就读学生数 随班就读生"),
    "border_flag": _words("边境学校 是否边境学校 边境03公里 0至3公里 0—3公里学校"),
    "position_error_m": _words(
        "位置误差 位置误差(米) 位置误差(m) 定位误差 定位误差(米) 定位误差(m) 坐标误差 坐标误差(米) "
        "坐标误差(m) positionerror positionerror(m)"
    ),
    "survey_opposed_share": _words("反对比例 家长反对比例 反对率 家长反对率"),
    "survey_date": _words("调查日期 征求意见日期 问卷日期"),
    "demonstration": _words("示范园 示范幼儿园 示范等级 示范级别"),
    "grade": _words("年级"),
    "pupils": _words("学生数 人数 在校生数 在校学生数 学生人数 就读人数"),
    "pupils_total": _words(
        "在校生数 在校学生数 在校生总数 在校生 学生总数 学生数 在校生合计 在校生数合计 "
        "totalpupils pupils enrolment"
    ),
    "classes_total": _words("班级数 班数 班级总数 教学班数 班级数合计 totalclasses classes"),
}

_BY_TABLE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "schools": {"name": _words("学校名称 校名 学校 学校全称 单位名称 名称 schoolname")},
    "settlements": {"name": _words("居民点名称 居民点 屯名 自然屯 自然屯名称 名称 地名 村屯名称")},
    "units": {
        "name": _words("名称 县名 县区 县名称 县区名称 地区 行政区 行政区名称"),
        "county_code": _words("代码 code pac 区划代码 行政代码"),
    },
    "parcels": {
        "parcel_id": _words(
            "地块代码 地块编码 地块编号 地块号 宗地代码 宗地编号 宗地号 图斑编号 parcelno plotid"
        ),
        "name": _words("名称 地块名称 宗地名称 地名"),
        "stage": _words("学段 规划学段"),
        "area_m2": _words("面积 用地面积 占地面积 地块面积 宗地面积 净用地面积 area landarea"),
    },
    "exclusions": {
        "name": _words("名称 区域名称 范围名称"),
        "kind": _words("类型 类别 种类 区域类型 灾害类型 风险类型 hazard hazardtype"),
    },
    "townships": {
        "township_code": _words("代码 code pac 区划代码 行政代码 乡镇编码"),
        "name": _words("名称 乡镇 乡镇名称 乡镇名 行政区名称"),
    },
    "rivers": {"name": _words("名称 河名 河流 河流名称 水系名称")},
    "attendance": {"school_id": _words("就读学校标识码 就读学校代码 就读学校")},
}

_GRADE_NAMES = dict(
    zip(
        GRADES,
        (
            _words("小班 托小班 幼儿园小班"),
            _words("中班 幼儿园中班"),
            _words("大班 幼儿园大班"),
            *(
                _words(f"{n}年级 {d}年级 grade{d} 小学{n}年级")
                for d, n in enumerate("一二三四五六", 1)
            ),
            _words("七年级 7年级 初一 初中一年级 grade7"),
            _words("八年级 8年级 初二 初中二年级 grade8"),
            _words("九年级 9年级 初三 初中三年级 grade9"),
            _words("高一 十年级 10年级 高中一年级 grade10"),
            _words("高二 十一年级 11年级 高中二年级 grade11"),
            _words("高三 十二年级 12年级 高中三年级 grade12"),
        ),
        strict=True,
    )
)

GRADE_WORDS: Mapping[str, str] = MappingProxyType(
    {word: grade for grade, words in _GRADE_NAMES.items() for word in words}
)
"""Names of grades as values of a cell."""

_PUPIL_WORDS = _words(
    "在校生数 在校学生数 在校生 学生数 学生人数 学生 人数 在园幼儿数 在园幼儿 幼儿数 "
    "分年级在校生数 分年级在校生 分年级学生数 pupils students"
)
_CLASS_WORDS = _words("班级数 班数 班级 教学班数 教学班 个班 班 分年级班级数 分年级班数 classes")
_AGE_WORDS = _words("人口 儿童 儿童数 人数 常住人口 人口数")


def _other_names() -> dict[str, dict[str, str]]:
    """Spell every variant of every table: name without marks → column."""
    common: dict[str, str] = {}
    for grade in GRADES:
        for word in (*_GRADE_NAMES[grade], grade):
            # In both orders: 一年级人数 and 人数一年级.
            for prefix, group in (("pupils", _PUPIL_WORDS), ("classes", _CLASS_WORDS)):
                for kind in group:
                    common[plain(word + kind)] = common[plain(kind + word)] = f"{prefix}_{grade}"
            # A grade alone means its pupils.
            if word != grade:
                common[plain(word)] = f"pupils_{grade}"
    for name in AGES:
        age = name.removeprefix("age_")
        for word in (f"{age}岁", f"年龄{age}", f"{age}周岁", f"{age}yearsold"):
            common[plain(word)] = name
            for kind in _AGE_WORDS:
                common[plain(word + kind)] = common[plain(kind + word)] = name
    for name, words in _NAMES.items():
        common |= {plain(word): name for word in words}
    tables = {}
    for table in _BY_TABLE:
        # What a word means in one table goes before what it means in all.
        own = dict(common)
        if table == "attendance":
            own |= {plain(word): "pupils" for word in _NAMES["pupils"]}
        for name, words in _BY_TABLE.get(table, {}).items():
            own |= {plain(word): name for word in words}
        tables[table] = own
    return tables


OTHER_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(_other_names())
"""By table: variants of headers, as `plain` returns them, and the column that each means."""

CHOICE_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "kind": {
            "行政村": "village", "村": "village", "村委会": "village",
            "自然屯": "hamlet", "屯": "hamlet", "自然村": "hamlet", "村民小组": "hamlet",
            "社区": "neighbourhood", "居委会": "neighbourhood", "小区": "block", "街区": "block",
            # Of an exclusion area.
            "洪水": "flood", "洪涝": "flood", "洪水淹没区": "flood", "淹没区": "flood",
            "陡坡": "slope", "坡度": "slope", "坡地": "slope", "地质灾害": "geology",
            "地质灾害隐患": "geology", "滑坡": "geology", "崩塌": "geology", "泥石流": "geology",
            "岩溶塌陷": "geology", "水源保护": "water", "水源地": "water",
            "水源保护区": "water", "饮用水水源保护区": "water", "其他": "other",
        },
        "stage": {"幼儿园": "preschool", "学前": "preschool", "小学": "primary", "初中": "junior",
                  "初级中学": "junior", "不限": ""},
        "ownership": {"公办": "public", "民办": "private", "普惠": "inclusive",
                      "普惠性民办": "inclusive", "民办普惠": "inclusive"},
        "demonstration": {"无": "", "否": "", "市级": "city", "市级示范": "city",
                          "自治区级": "region", "自治区示范": "region", "自治区级示范": "region"},
        "type_code": {
            "幼儿园": "111", "附设幼儿班": "119", "小学": "211", "完全小学": "211",
            "小学教学点": "218", "教学点": "218", "附设小学班": "219", "初级中学": "311",
            "初中": "311", "九年一贯制学校": "312", "九年一贯制": "312", "附设初中班": "319",
            "附设普通初中班": "319", "完全中学": "341", "高级中学": "342", "高中": "342",
            "十二年一贯制学校": "345", "十二年一贯制": "345", "附设高中班": "349",
            "附设普通高中班": "349",
        },
        "urban_rural_code": {
            "主城区": "111", "城乡结合区": "112", "镇中心区": "121", "镇乡结合区": "122",
            "特殊区域": "123", "乡中心区": "210", "村庄": "220",
        },
        "grade": dict(GRADE_WORDS),
    }
)  # fmt: skip
"""By column: words of a list and the code that they stand for (办学类型, 统计用城乡划分代码)."""

_PERSONS, _BEDS = ("人", "名", "个", "位", "生"), ("张", "床", "个", "个床位")
_CLASSES, _AREA = ("个班", "班", "个"), ("平方米", "平米", "㎡", "m2", "m²", "m^2")

UNITS_OF: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "age": dict.fromkeys(_PERSONS, 1),
        "pupils": dict.fromkeys(_PERSONS, 1),
        "classes": dict.fromkeys(_CLASSES, 1),
        "boarders": dict.fromkeys(_PERSONS, 1),
        "integrated": dict.fromkeys(_PERSONS, 1),
        "teachers": dict.fromkeys(_PERSONS, 1),
        "beds": dict.fromkeys(_BEDS, 1),
        "site": dict.fromkeys(_AREA, 1),
        "floor": dict.fromkeys(_AREA, 1),
        "dormitory": dict.fromkeys(_AREA, 1),
        "area": {**dict.fromkeys(_AREA, 1), "亩": 2000 / 3, "公顷": 1e4, "ha": 1e4},
        "position": {"米": 1, "m": 1, "公里": 1000, "千米": 1000, "km": 1000},
        "survey": {"%": 0.01, "％": 0.01},
        "lon": {"°": 1, "度": 1, "°E": 1, "E": 1},
        "lat": {"°": 1, "度": 1, "°N": 1, "N": 1},
    }
)
"""By the first word of a column's name: units that may follow the number, and their factor."""
