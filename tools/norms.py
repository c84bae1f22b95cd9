"""Write docs/norms.md: every norm with its value, what it does and where it comes from.

Run ``python -m tools.norms`` after changing a norm.
"""

from __future__ import annotations

from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from layout.core.standards import NOT_READ, Standards
from layout.core.text import tr, using
from layout.core.text.norms import NORM_USES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "norms.md"

HEAD = """# Norms

This page is made from the norms in the code (`python -m tools.norms`). A study overrides any of
them under `[standards]`, within the ranges of
[study-format.md](study-format.md#standards-optional); the workbook and the map list those that a
plan was made with, and mark the ones that the study changed.

**R**: the figure stands in a source that was found, often a reprint, so the wording may be
second-hand. **M**: a planner's default, to be checked against the local rule. A *stand-in* has no
source at all. Speeds by class of road stand in [travel.md](travel.md#speeds-and-their-sources).
"""

GROUPS = {
    "Small schools and large classes": "small_school_pupils",
    "Sizes of classes and schools": "class_size_preschool",
    "Ways to school": "limit_minutes_1_3",
    "Boarding": "boarding_from_grade",
    "Kindergartens and towns": "kindergarten_rural_m",
    "Ground": "kindergarten_site_m2",
    "The border belt and the gates": "belt_width_m",
    "Rates": "preschool_rate",
    "Staff": "pupils_per_teacher_primary",
}
"""Headings of the page, each with the norm that it begins with."""

SOURCES = {
    "国办发〔2018〕27号": "国务院办公厅关于全面加强乡村小规模学校和乡镇寄宿制学校建设的指导意见: "
    "the State Council's office on small rural schools and township boarding schools",
    "教育部办公厅2016": "a letter of the Ministry's office: four conditions under which "
    "no closure is forced, the gates (a) to (d)",
    "教育部消除大班额口径": "how the Ministry of Education counts large classes, 56 and 66 pupils",
    "“基本消除”口径": "what counts as basically eliminated: 5 % large, 2 % super-large classes",
    "幼儿园工作规程": "the Ministry of Education's regulation on the work of kindergartens",
    "JGJ 39": "托儿所、幼儿园建筑设计规范: design of nurseries and kindergartens",
    "GB 50099-2011": "中小学校设计规范: design of schools",
    "建标109-2008": "农村普通中小学校建设标准: building standard of rural schools",
    "建标175-2016": "幼儿园建设标准: building standard of kindergartens",
    "GBJ 99-86": "中小学校建筑设计规范: the older code of school design, service radii in towns",
    "各地办学标准": "school standards of provinces; for the walking limit Hebei, Shandong, "
    "Jiangxi and Anhui",
    "校车安全管理条例": "the regulation on school buses and their speeds",
    "GB 24407": "专用校车安全技术条件: technical rules for school buses",
    "广西教育发展规划": "the region's education plan: schools 0–3 km from the border are kept up",
    "教育部学前教育普及普惠标准": "the Ministry's standard of universal preschool education",
    "中央编办发〔2014〕72号": "one staff standard for schools of towns and of the country",
    "action plan 2021–2023": "the city's education action plan; its numbers stand in "
    "`data/baise.toml`",
}


def page() -> str:
    """Return the whole page as Markdown."""
    heads = {first: title for title, first in GROUPS.items()}
    lines = [HEAD]
    for norm in fields(Standards):
        if norm.name in heads:
            lines += [f"\n## {heads[norm.name]}\n", "| norm | value | what it does | source | |"]
            lines.append("|---|---:|---|---|---|")
        lines.append(_row(norm))
    lines += ["\n\\* A study may state it; nothing computes with it yet.", "\n## Sources\n"]
    lines += ["| source | |", "|---|---|"]
    lines += [f"| {source} | {told} |" for source, told in SOURCES.items()]
    return "\n".join(lines) + "\n"


def _row(norm: Field[Any]) -> str:
    """One norm: English, and behind it Chinese where the two differ."""
    told = norm.metadata
    mark = "\\*" if norm.name in NOT_READ else ""
    value = f"{norm.default:g} {_both(told['unit'])}"
    return (
        f"| `{norm.name}`{mark} | {value} | {_both(NORM_USES[norm.name], '<br>')} "
        f"| {_both(told['source'], '<br>')} | {told['confidence']} |"
    )


def _both(text: str, between: str = " ") -> str:
    """A text in English and in Chinese, once where they are the same."""
    with using("zh"):
        return between.join(dict.fromkeys((text, tr(text))))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
