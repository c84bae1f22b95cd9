"""The names that road files give to their columns, classes and directions.

Registers of roads, surveys and exporters name the class of a road by its technique (三级公路), by
who keeps it (县道), by its number (X012) or by a code (420301). Each becomes one of OpenStreetMap's
classes, as it is mapped in China. What is not known here can be said in the study file.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from layout.core.problems import refuse
from layout.inputs.roads.tables import WAY_TAGS

__all__ = [
    "CLASSES",
    "COLUMNS",
    "DEFAULT_CLASS",
    "DIRECTIONS",
    "JOIN_M",
    "OPEN_CLASSES",
    "RoadWords",
    "class_of",
    "listed",
    "one_value",
    "tags_of",
]

DEFAULT_CLASS = "unclassified"
"""Class of a line that names none or an unknown one; such lines are counted and reported."""

JOIN_M = 1.0
"""Ends of lines that miss another line by no more than this are joined to it, in metres."""

CLOSED_CLASSES = (
    *("abandoned", "construction", "disused", "elevator", "emergency_bay", "escape", "planned"),
    *("platform", "proposed", "raceway", "razed", "rest_area", "services", "via_ferrata"),
)
"""Classes of OpenStreetMap on which nobody travels."""

OPEN_CLASSES = (
    *("bridleway", "corridor", "cycleway", "footway", "path", "pedestrian", "steps", "track"),
    *("living_street", "road", "service", "unclassified", "residential", "secondary_link"),
    *("tertiary", "tertiary_link", "busway", "motorway_link", "primary_link", "secondary"),
    *("trunk_link", "primary", "trunk", "motorway"),
)
"""OpenStreetMap's classes, the slowest first, as `layout.network.roads.DESIGN_KMH` has them."""

CLASSES = (*CLOSED_CLASSES, *OPEN_CLASSES)

ROUTE_COLUMNS = ("路线编号", "路线编码", "路线代码", "rn", "lxbm", "lxbh", "lxdm")
"""Columns that may hold the number of a route, whose letter tells who keeps it."""

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "highway": (
            *("highway", "fclass", "roadclass", "road_class", "road_type", "roadtype"),
            *("rteg", "技术等级", "公路技术等级", "道路等级", "公路等级", "路线等级", "等级"),
            *("techgrade", "tech_grade", "admingrade", "admin_grade", "roadgrade", "road_grade"),
            *("jsdj", "dldj", "gldj", "行政等级", "公路行政等级", "xzdj", "glxzdj"),
            *("道路类型", "公路类型", "道路类别", "路线类型", "dllx", "类型", "类别"),
            *("class", "type", "gb", "gbcode", "gb_code", "国标码", "国标编码", "国标代码"),
            *("分类代码", "分类编码", "要素代码", "要素编码", "fcode"),
            *ROUTE_COLUMNS,
        ),
        "oneway": ("oneway", "单行", "单行线", "单行道", "单向", "是否单行", "通行方向", "dxxx"),
        "maxspeed": ("maxspeed", "max_speed", "speed_limit", "speedlimit", "限速", "最高限速"),
        "name": ("name", "名称", "道路名称", "路名", "路线名称"),
        # Shapefiles cut names at ten characters.
        "motor_vehicle": ("motor_vehicle", "motor_vehi"),
    }
)
"""Columns that may hold a tag, in any letter case; of each line the first known value counts."""

_NAMES = {
    "motorway": "高速 高速路 国家高速 省级高速 国道主干线 國道 expressway freeway",
    "trunk": "国道 国家级 一级 快速 快速路 城市快速路 快速公路 i highway 普通国道",
    "primary": "省道 省级 二级 主干 主干路 主干道 城市主干道 干线 ii 普通省道",
    "secondary": "县道 县级 三级 次干 次干路 次干道 城市次干道 縣道 iii",
    "tertiary": "乡道 乡级 乡镇 乡镇道路 乡镇级 支路 城市支路 支线 支干路 鄉道 连接道 引道 匝道",
    "unclassified": "村道 村级 四级 准四级 等外 等外级 通村 通屯 乡村 乡村路 iv unknown",
    "service": "专用 专道 内部 内部道路 小区道路 厂区道路 park",
    "residential": "街道 城市 城镇 市政 市区道路 街巷 巷道 local street",
    "track": "机耕 机耕路 机耕道 大车路 大路 田间道 田间 生产路 土路 林道 时令路 "
    "track_grade1 track_grade2 track_grade3 track_grade4 track_grade5",
    "path": "小路 小道 便道 山路 步道 栈道 乡村小路",
    "footway": "人行道 人行 步行街",
    "steps": "阶梯 阶梯路 台阶",
}

# By who keeps the road, as route numbers begin: national, provincial, county, township, village.
_LETTERS = {
    "g": "trunk",
    "s": "primary",
    "x": "secondary",
    "y": "tertiary",
    "c": DEFAULT_CLASS,
    "z": "service",
}

# GB/T 13923, basic geographic information: a code of six digits, by as many as tell the class.
_CODES = {
    "4201": "trunk",
    "4202": "primary",
    "4203": "secondary",
    "4204": "tertiary",
    "4205": "service",
    "4206": "tertiary",
    "4302": "trunk",
    "4303": "trunk",
    "4304": "tertiary",
    "430501": "primary",
    "430502": "secondary",
    "430503": "tertiary",
    "4305": "residential",
    "4306": "service",
    "4307": "steps",
    "4401": "track",
    "4402": DEFAULT_CLASS,
    "4403": "path",
    "4404": "track",
    "4406": "path",
}

_BY_NAME = {
    **{name: known for known, names in _NAMES.items() for name in names.split()},
    **_LETTERS,
    **{name: name for name in CLASSES},
}

# Items of a list as text: quoted, or bare words and numbers; read without evaluating it.
_LISTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^\s,\[\]{}()'\"]+)")
_SEPARATORS = re.compile(r"[;|,/、；，]")
_ROUTE = re.compile(r"([gsxycz])(\d{1,12})(?:\D.*)?")
_CODE = re.compile(r"(4[2-4]\d{4})(?:\d{0,4}|\.0+)")
_EXPRESSWAY_DIGITS = (1, 2, 4)

_ONEWAY = {
    word: value
    for value, words in {
        "yes": "f ft 1 1.0 y true √ ✓ ✔ 有 是 单行 单行线 单行道 单行路 单向 单向通行 顺向 顺行 "
        "顺向通行 正向 正向通行",
        "-1": "t tf -1.0 逆向 逆行 逆向通行 反向 反向通行 reverse",
        "no": "b 0 0.0 n false × 无 否 双行 双行线 双行道 双向 双向通行 双向行驶 both",
    }.items()
    for word in words.split()
}
"""Letters, numbers and words for the direction, as OpenStreetMap's values."""

_TRUTHS = {"t": "yes", "f": "no"}
"""What T and F mean in a column without B, FT or TF: an answer, no direction."""

DIRECTIONS = frozenset({"", "yes", "no", "-1", "reversible", "alternating"})
"""Values of ``oneway`` that are understood."""

_KMH = re.compile(r"([0-9.]+)(?:km/?h|kph|(?:公里|千米)(?:[/每]?小?时|/h)?)")


@dataclass(frozen=True, kw_only=True)
class RoadWords:
    """What a study file says about its road lines.

    Parameters
    ----------
    columns
        Column of the file by tag.
    values
        By tag, what a value of the file means.
    other_class
        Class of lines without a known one; "" where nothing is said.
    join_m
        Ends that miss another line by no more than this are joined to it, metres.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    other_class: str = ""
    join_m: float = JOIN_M

    def text(self) -> str:
        """All of it as one text, whatever its order in the study file."""
        said = {"columns": self.columns, "values": self.values}
        return json.dumps([said, self.other_class, self.join_m], sort_keys=True, default=dict)


def listed(value: str) -> list[str]:
    """Take the values of a tag apart that were merged as the text of a list.

    Parameters
    ----------
    value
        Any text; of ``['a', 'b']`` or ``{a,b}`` each item is given, in order, of other text itself.
    """
    text = value.strip()
    if len(text) > 1 and text[0] + text[-1] in ("[]", "{}", "()"):
        return sorted(item for groups in _LISTED.findall(text) if (item := "".join(groups)))
    return [text] if text else []


def one_value(tag: str, values: list[str]) -> str:
    """Choose one of several values of a tag: a road is as slow as its slowest part.

    Parameters
    ----------
    tag
        One of `WAY_TAGS`.
    values
        In order; "" is returned where there are none.
    """
    if tag == "highway" and values:
        # What is no class of OpenStreetMap comes before all that are.
        rank = {name: place for place, name in enumerate(CLASSES)}
        return min(values, key=lambda name: (rank.get(name, -1), name))
    if tag == "maxspeed" and values:
        return min(values, key=lambda text: (_leading(text), text))
    return values[0] if values else ""


def _leading(text: str) -> float:
    digits = re.match(r"\d{1,4}", text)
    return float(digits.group()) if digits else math.inf


def class_of(text: str, *, number: bool = False) -> str:
    """Name the class of a road in OpenStreetMap's word; "" where it is not known.

    Parameters
    ----------
    text
        A cell; of a list the slowest known class counts.
    number
        Whether the text is the number of a route, as G323.
    """
    parts = [item for part in listed(text) for item in _SEPARATORS.split(part)]
    return one_value("highway", [name for part in parts if (name := _one_class(part, number))])


def _one_class(text: str, number: bool) -> str:
    # Full-width letters and Roman numerals become plain ones; what stands in brackets is dropped.
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"\(.*|\s", "", plain)
    plain = re.sub(r"^([1-4])(?=级)", lambda match: "一二三四"[int(match.group()) - 1], plain)
    if number and (route := _ROUTE.fullmatch(plain)):
        letter, digits = route.groups()
        # Numbers of one, two or four digits belong to expressways; ordinary roads have three.
        is_fast = letter in "gs" and len(digits) in _EXPRESSWAY_DIGITS
        return "motorway" if is_fast else _LETTERS[letter]
    if code := _CODE.fullmatch(plain):
        digits = code.group(1)
        return _CODES.get(digits, _CODES.get(digits[:4], ""))
    stem = re.sub(r"(公路|道路|路|街)$", "", plain)
    return next((_BY_NAME[word] for word in (plain, stem, stem[:-1]) if word in _BY_NAME), "")


def tags_of(
    columns: pd.DataFrame, words: RoadWords, *, file: str
) -> tuple[pd.DataFrame, pd.Series, dict[str, list[str]]]:
    """Give the attributes of road lines OpenStreetMap's names and values.

    Parameters
    ----------
    columns
        Attributes as text, one row for each line.
    words
        What the study file says about them.
    file
        Name of the file, for problems.

    Returns
    -------
    tags : pandas.DataFrame
        Columns `WAY_TAGS`; ``highway`` is "" where no class is known.
    said : pandas.Series
        What each line says of its class, in the file's own words.
    used : dict
        By tag the columns of the file that were read.

    Raises
    ------
    InputError
        The study file names a column that the file does not have (code ``named-column``), or gives
        a value a class that is none (``road-class``).
    """
    # The file's own names of columns by lower case; of several alike the first counts.
    own = {_key(name): str(name) for name in reversed(columns.columns)}
    used: dict[str, list[str]] = {}
    tags: dict[str, pd.Series] = {}
    said = pd.Series("", index=columns.index, dtype="str")
    for tag in WAY_TAGS:
        named = words.columns.get(tag)
        if named is not None and _key(named) not in own:
            raise refuse(
                "named-column", file=file, column=tag, value=named, choices=_shown(columns)
            )
        wanted = COLUMNS.get(tag, (tag,)) if named is None else (_key(named),)
        meanings = _meanings(words, tag, file)
        tags[tag] = pd.Series("", index=columns.index, dtype="str")
        for key in (key for key in wanted if key in own):
            name, number = own[key], key in ROUTE_COLUMNS
            cells = columns[name].fillna("").astype("str").str.strip()
            # Some dozen distinct texts stand for a hundred thousand lines.
            texts = cells.unique().tolist()
            truths = _TRUTHS if tag == "oneway" and _answers(texts) else {}
            means = {text: _value(tag, text, {**truths, **meanings}, number) for text in texts}
            tags[tag] = tags[tag].where(tags[tag] != "", cells.map(means))
            used.setdefault(tag, []).append(name)
            if tag == "highway":
                said = said.where(said != "", cells)
    # A value given to blank cells counts for lines without any column too.
    if blank := _meanings(words, "highway", file).get(""):
        tags["highway"] = tags["highway"].where((tags["highway"] != "") | (said != ""), blank)
    return pd.DataFrame(tags), said, used


def _answers(texts: list[str]) -> bool:
    """Whether T and F stand for true and false: where letters stood for directions, B would too."""
    said = {_key(text) for text in texts}
    return "f" in said and not said & {"b", "ft", "tf"}


def _key(name: object) -> str:
    return unicodedata.normalize("NFKC", str(name)).strip().lower()


def _shown(columns: pd.DataFrame) -> str:
    return ", ".join(str(name) for name in columns.columns)


def _meanings(words: RoadWords, tag: str, file: str) -> dict[str, str]:
    """What the study file says of the values of a tag, by the value in lower case."""
    meanings = {_key(value): means for value, means in words.values.get(tag, {}).items()}
    if tag != "highway":
        return meanings
    classes = {value: class_of(means) for value, means in meanings.items()}
    for value, known in classes.items():
        if not known:
            means = f"{value} = {meanings[value]}"
            raise refuse("road-class", file=file, column="highway", value=means)
    return classes


def _value(tag: str, text: str, meanings: Mapping[str, str], number: bool) -> str:
    """One value of a tag for the text of a cell."""
    parts = listed(text)
    given = [meanings[_key(part)] for part in parts if _key(part) in meanings]
    if tag == "highway":
        return one_value(tag, given) or class_of(text, number=number)
    value = one_value(tag, given or parts)
    if tag == "oneway":
        return _ONEWAY.get(_key(value), _key(value))
    if tag == "maxspeed":
        limit = _KMH.fullmatch("".join(_key(value).split()))
        value = limit.group(1) if limit else value
        # Geofabrik writes 0 where there is no tag.
        return "" if value in ("0", "0.0") else value
    return value
