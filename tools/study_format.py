"""Write docs/study-format.md from the schemas that reading uses.

Run ``python -m tools.study_format`` after changing a column, a key or a norm.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from layout.core.standards import NORM_RANGES, NOT_READ, Standards
from layout.inputs.study.file import StudyFile
from layout.inputs.study.ground import GROUND
from layout.inputs.tables.columns import (
    ATTENDANCE,
    SCHOOLS,
    SETTLEMENTS,
    UNITS,
    Column,
    Table,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "study-format.md"

HEAD = """# The study format

This page is made from the schemas that reading uses (`python -m tools.study_format`).

A study is a TOML file; the paths in its `[inputs]` are relative to it and stay inside its folder.
A sheet of a workbook, a layer of a GeoPackage or a member of a zip follows after `|`. Tables are
CSV or TSV (UTF-8, GB18030), XLSX, XLS or ODS, settlements and schools also layers of points;
counties, border, parcels, exclusion areas, townships and rivers are GeoPackage, GeoJSON,
FlatGeobuf, GeoParquet or shapefile; each may stand in a zip. Roads are `.osm.pbf`, OSM XML,
GraphML, or lines in such a layer, also in a zip. Every such input may instead be a table of a
PostgreSQL database with PostGIS. A height model is a GeoTIFF ([travel.md](travel.md#slope)).
[readers.md](readers.md) tells how, and how headers, rows of sums and units are read. Coordinates
`lon`, `lat` are WGS 84 degrees. A scenario is a partial study file laid over the study before it is
validated.

Grades are `k1`–`k3` (ages 3–5 on 1 September) and `g1`–`g12` (ages 6–17). A column `age_0` holds
the children of that age at the census of `children_year`. In `attendance` a blank `school_id`
means children of that grade's age who attend no school of the study; without the table,
attendance is inferred and marked so. In `schools` a blank `canteen` means that nobody says whether
the school has one: it counts neither as yes nor as no.

`parcels` and `exclusions` are optional layers of areas. With `parcels` a new school is built only
in a settlement that has a parcel inside it or within `parcel_distance_m`: one for its stage (blank:
for any) whose area holds at least the smallest school by the norm per child, and that no other site
takes; the area also caps its classes. A blank `area_m2` is measured from the outline in the study's
`crs`. `exclusions` are areas where nothing may be built (flood, steep slope, geological hazard,
water protection, other): no new school stands in one or on its edge, a parcel that lies in them by
more than half is none, and of any other only the part outside counts. What is rejected so, and why,
is in `rejected_sites.csv`.

`townships` (areas) and `rivers` (lines) are optional layers that are only drawn. Without
`townships` the map sketches their borders: the land nearest to their settlements.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    parts = [HEAD, "## Study file\n"]
    for name, field in StudyFile.model_fields.items():
        if name != "standards":
            parts.append(section(name, StudyFile.model_json_schema(), field.is_required()))
    for table in (UNITS, SETTLEMENTS, SCHOOLS, ATTENDANCE, *GROUND.values()):
        parts.append(columns_of(table))
    parts.append(norms())
    return "\n".join(parts)


def section(name: str, schema: dict[str, Any], required: bool) -> str:
    """Describe one section of the study file, with the tables inside it."""
    model = resolved(schema["properties"][name], schema)
    lines = [f"### `[{name}]`{'' if required else ' (optional)'}\n", "| key | type | required |"]
    lines.append("|---|---|---|")
    for key, value in model.get("properties", {}).items():
        needed = "yes" if key in model.get("required", []) else ""
        inner = resolved(value, schema)
        if "properties" in inner:
            named = ", ".join(f"`{part}`" for part in inner["properties"])
            lines.append(f"| `{key}` | table: {named} | {needed} |")
        else:
            lines.append(f"| `{key}` | {kind_of(value, schema)} | {needed} |")
    return "\n".join(lines) + "\n"


def resolved(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow references and leave out the alternative null."""
    for option in value.get("anyOf", []):
        if option.get("type") != "null":
            return resolved(option, schema)
    if "$ref" in value:
        found: dict[str, Any] = schema["$defs"][value["$ref"].rpartition("/")[2]]
        return found
    return value


def kind_of(value: dict[str, Any], schema: dict[str, Any]) -> str:
    """Name the type of a value in words."""
    plain = resolved(value, schema)
    if "enum" in plain:
        return " or ".join(f"`{choice}`" for choice in plain["enum"])
    if plain.get("type") == "array":
        return f"list of {kind_of(plain.get('items', {}), schema)}"
    if plain.get("format") == "date":
        return f"date, {plain['least']} to {plain['most']}" if "least" in plain else "date"
    if plain.get("type") == "object":
        return "table"
    kind = {"string": "text", "integer": "whole number", "number": "number"}.get(
        str(plain.get("type")), str(plain.get("type", "value"))
    )
    return f"{kind}, {plain['least']} to {plain['most']}" if "least" in plain else kind


def columns_of(table: Table) -> str:
    """List the columns of a table; runs of like columns stand in one row."""
    lines = [f"## Table `{table.name}`\n", f"One row for each {', '.join(table.key) or 'area'}.\n"]
    lines += ["| column | kind | required | blank means |", "|---|---|---|---|"]
    run: list[Column] = []
    for column in table.columns:
        if run and alike(run[-1], column):
            run.append(column)
            continue
        lines += row(run)
        run = [column]
    return "\n".join(lines + row(run)) + "\n"


def alike(one: Column, other: Column) -> bool:
    """Whether two columns differ only behind the underscore of their names."""
    same = (one.kind, one.required, one.default) == (other.kind, other.required, other.default)
    stem = one.name.partition("_")[0]
    return same and one.kind == "int" and stem == other.name.partition("_")[0]


def row(run: list[Column]) -> list[str]:
    """One row of a table of columns."""
    if not run:
        return []
    first, last = run[0], run[-1]
    name = f"`{first.name}`" if first is last else f"`{first.name}` … `{last.name}`"
    kind = ", ".join(f"`{c}`" for c in first.choices if c) if first.choices else first.kind
    blank = "not allowed" if first.default is None else f"`{first.default}`"
    return [f"| {name} | {kind} | {'yes' if first.required else ''} | {blank.replace('``', '–')} |"]


def norms() -> str:
    """List the norms that ``[standards]`` may override."""
    lines = ["## `[standards]` (optional)\n", "Each norm may be overridden; R: found in a source,"]
    lines += [
        "M: a planner's default to be checked; \\* nothing computes with it yet.\n",
        "| norm | value | range | unit | source | |",
    ]
    lines.append("|---|---|---|---|---|---|")
    for norm in fields(Standards):
        least, most = NORM_RANGES[norm.name]
        told, mark = norm.metadata, "\\*" if norm.name in NOT_READ else ""
        lines.append(
            f"| `{norm.name}`{mark} | {norm.default} | {least:g} to {most:g} | {told['unit']} "
            f"| {told['source']} "
            f"| {told['confidence']} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
