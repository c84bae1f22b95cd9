"""Write docs/zh/data-sheet.md: what a bureau sends, in Chinese, from the schemas of the tables.

Run ``python -m tools.data_sheet`` after changing a column or its explanation.
"""

from __future__ import annotations

from pathlib import Path

from layout.app.newstudy.template_words import explained
from layout.core.text import using
from layout.inputs.tables.columns import ATTENDANCE, SCHOOLS, SETTLEMENTS, Column, Table
from tools.study_format import alike

PAGE = Path(__file__).resolve().parent.parent / "docs" / "zh" / "data-sheet.md"

HEAD = """# 报送哪些数据

本页由程序中的表结构生成（`python -m tools.data_sheet`）。列名可用本页的英文名，也可用常见的中文表头
（如“学校名称”“办学类型”“一年级在校生”），哪些表头能识别见 [readers.md](../readers.md)（英文）。
空白工作簿：

```console
$ layout new --template --out tables
```

| 数据 | 文件 | 必需 |
|---|---|---|
| 学校名单 | XLSX、XLS、ODS、CSV | 是 |
| 居民点及分年龄儿童数 | 同上，或点图层 | 是 |
| 就读关系（哪个居民点、哪个年级、去哪所学校、多少人） | 同上 | 否：没有时推断，并注明 |
| 县界 | GeoPackage、GeoJSON、FlatGeobuf、GeoParquet、shapefile | 是 |
| 道路 | `.osm.pbf`、OSM XML、GraphML，或上述图层中的线 | 是 |
| 国界线 | 图层 | 有边境任务时 |
| 地块、禁建区、乡镇界、河流、高程 | 图层；高程为 GeoTIFF | 否 |

- **代码一律按文本保存**（学校、居民点、乡镇、县）：`4.51E+09` 之类会被拒绝。
- **年级代码**：`k1`—`k3` 为幼儿园小、中、大班（9 月 1 日 3—5 岁），`g1`—`g12` 为一至十二年级。
- **坐标写明坐标系**：WGS 84 或 CGCS2000 不用声明；取自高德、腾讯的写 `GCJ-02`，取自百度的写 `BD-09`
  （研究文件的 `[datum]`，见 [datum.md](../datum.md)）。
- **表头、标题行、合计行**可以保留：标题和合计会略过并注明，合并单元格中的数字不行。
- **没有的列**：可选列不填即可；必填列全表同一个值的写在 `[constants]`，只有合计的写在 `[split]`。
- 先运行 `layout check 研究文件.toml --report 报告`：一次列出全部问题，逐条写明文件、行、列、改法。
"""

KINDS = {"id": "文本（代码）", "text": "文本", "int": "整数", "float": "数", "bool": "是／否"}


def page() -> str:
    """Return the whole page as Markdown."""
    titles = {"schools": "学校", "settlements": "居民点", "attendance": "就读关系"}
    parts = [HEAD]
    for table in (SCHOOLS, SETTLEMENTS, ATTENDANCE):
        parts.append(_table(table, titles[table.name]))
    return "\n".join(parts)


def _table(table: Table, title: str) -> str:
    """The columns of a table; runs of like columns stand in one row."""
    lines = [f"## {title}（`{table.name}`）\n", "| 列 | 含义 | 填写 | 必填 | 空白表示 |"]
    lines.append("|---|---|---|---|---|")
    run: list[Column] = []
    for column in table.columns:
        if run and not alike(run[-1], column):
            lines.append(_row(run))
            run = []
        run.append(column)
    return "\n".join([*lines, _row(run)]) + "\n"


def _row(run: list[Column]) -> str:
    """One row of a table of columns."""
    first, last = run[0], run[-1]
    name = f"`{first.name}`" if first is last else f"`{first.name}` … `{last.name}`"
    kind = "、".join(f"`{choice}`" for choice in first.choices or () if choice)
    blank = "不可空" if first.default is None else f"`{first.default}`".replace("``", "–")
    with using("zh"):
        told = explained(first.name) + ("余类推。" if first is not last else "")
    needed = "是" if first.required else ""
    return f"| {name} | {told} | {kind or KINDS[first.kind]} | {needed} | {blank} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
