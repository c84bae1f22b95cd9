"""A finished batch made by hand: saved plans under several names, some of other counties."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import geopandas as gpd
import pandas as pd
import pyogrio

from layout.output import lists
from layout.output.lists.csvs import write_csv
from layout.planning.schema import BATCH
from tests.worlds.fake_plan import fake_plan

COUNTIES = ("451026", "451081")
OTHERS = ("451126", "451181")
PARTS = ("451226", "451281")
"""Counties of the first study, of the second, and of the one that is split."""


@cache
def _saved() -> Path:
    return lists.save(fake_plan(), Path(mkdtemp(prefix="layout-batch-")) / "plan", language="zh")


def write_batch(folder: Path, *, title: str = "全省", same: bool = False) -> Path:
    """Write the batch and return its folder.

    Parameters
    ----------
    folder
        Made here.
    title
        Title of the batch.
    same
        Whether the second study is one of the same counties as the first.
    """
    rows = [
        _study(folder, "north", COUNTIES),
        _study(folder, "south", COUNTIES if same else OTHERS, title="South"),
        *(_study(folder, f"west-{code}", PARTS, unit=code) for code in PARTS),
        _failed(folder, "gone"),
    ]
    for row in rows:
        row.update(key="0" * 64)
    write_csv(pd.DataFrame(rows).reindex(columns=list(BATCH.names)), folder / "batch.csv")
    shared = {
        "numbers": {"north": 5, "south": 15},
        "objective": "minutes",
        "value": 900.0,
        "asked": {"north": [5], "south": [14, 15]},
        "gap": 0.0,
        "status": "proven",
    }
    record = {"program": "layout", "name": title, "language": "zh", "shared": shared}
    (folder / "batch.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def _failed(folder: Path, name: str) -> dict[str, object]:
    own = folder / "studies" / name
    own.mkdir(parents=True)
    (own / "task.json").write_text(json.dumps({"program": "layout", "name": name}))
    return {
        "study": name,
        "title": "",
        "unit": "",
        "status": "infeasible",
        "exit_code": 3,
        "close_asked": 9,
        "message": "Only 3 schools can close.",
    }


def _study(
    folder: Path, name: str, codes: Collection[str], *, unit: str = "", title: str = "North"
) -> dict[str, object]:
    """A study with a plan: that of the fake plan with other codes of counties, moved apart."""
    own, source = folder / "studies" / name, _saved()
    shutil.copytree(source, own)
    record = json.loads((own / "run.json").read_text(encoding="utf-8"))
    for path in own.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        for code, other in zip(COUNTIES, codes, strict=True):
            text = text.replace(code, other)
        head, *lines = text.splitlines()
        if unit and path.stem in ("closures", "sites", "deficits", "counties"):
            # A part has the schools of its own county.
            lines = [line for line in lines if f",{unit}," in f",{line}"]
            record["rows"][path.stem] = len(lines)
        path.write_text("\r\n".join([head, *lines, ""]), encoding="utf-8-sig", newline="")
    (own / "run.json").write_text(json.dumps(record), encoding="utf-8")
    _move(own / "plan.gpkg", dict(zip(COUNTIES, codes, strict=True)))
    return {
        "study": name,
        "title": title,
        "unit": unit,
        "status": "done",
        "exit_code": 0,
        "close_asked": 5,
        "least": 0,
        "most": 9,
        "one_less": 10.5,
        "one_more": 12.25,
        "pupils_moved": 100,
        "added_pupil_minutes": 300.0,
        "gap": 0.02,
        "message": "",
        **_counts(own),
    }


def _move(path: Path, codes: dict[str, str]) -> None:
    layers = {name: pyogrio.read_dataframe(path, layer=name) for name in ("counties", "schools")}
    path.unlink()
    degrees = (int(min(codes.values())) - int(COUNTIES[0])) / 100
    for name, layer in layers.items():
        moved: gpd.GeoDataFrame = layer.assign(county_code=layer["county_code"].map(codes))
        moved = moved.set_geometry(moved.geometry.translate(xoff=degrees))
        pyogrio.write_dataframe(moved, path, layer=name, append=path.exists())


def _counts(own: Path) -> dict[str, int]:
    """What a study's own lists say, for its row."""
    closures, sites, short = (read(own, name) for name in ("closures", "sites", "deficits"))
    young = sites[sites["programme"] == "kindergarten"]
    return {
        "closed": len(closures),
        "kindergarten_sites": len(young),
        "kindergarten_classes": int(young["classes"].sum()),
        "kindergarten_places": int(young["places"].sum()),
        "compulsory_sites": int((sites["programme"] == "compulsory").sum()),
        "deficits": int((short["unserved"] > 0).sum()),
        "places_short": int(short["unserved"].sum()),
    }


def read(own: Path, name: str) -> pd.DataFrame:
    """One table of a study's folder, codes as texts."""
    kinds = {"county_code": "str", "school_id": "str", "site_id": "str"}
    return pd.read_csv(own / f"{name}.csv", encoding="utf-8-sig", dtype=kinds)
