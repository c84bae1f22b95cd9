"""Many areas of one extract: their names, one folder for each, runs that go on, and the list."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely import box

from layout.app.batch.listing import listing_of
from layout.app.cli.command import main
from layout.app.newstudy import Place, many, new_study
from layout.app.newstudy.areas import Area, areas_of_file, areas_of_level, find_area, with_folders
from layout.app.newstudy.source import of_extract
from layout.app.newstudy.studyfile import Parts
from layout.core.errors import InputError, UsageError
from layout.core.problems import refuse
from tests.worlds.data_osm import SMALL

REAL = Path(os.environ.get("LAYOUT_REALDATA", "none")) / "liechtenstein-240304.osm.pbf"
SOUTH, NORTH = "South-County-南县", "North-County-北县"


def named(*names: str) -> list[Area]:
    return [
        Area(name=name, code=f"r{at}", shape=box(at, 0, at + 1, 1)) for at, name in enumerate(names)
    ]


def layer(path: Path, names: Sequence[object], *, column: str = "name") -> Path:
    shapes = [box(106.0, 23.0 + 0.03 * at, 106.04, 23.03 + 0.03 * at) for at in range(len(names))]
    gpd.GeoDataFrame({column: list(names)}, geometry=shapes, crs="EPSG:4326").to_file(path)
    return path


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(["new", *map(str, words), "--lang", "en"])
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("names", "folders"),
    [
        (["南县", "北县"], ["南县", "北县"]),
        (["A/B: c", "..", "x" * 300], ["A-B-c", "area", "x" * 40]),
        (["Twin", "twin", "other"], ["Twin-r0", "twin-r1", "other"]),
        # A name that is like another one with its code.
        (["A", "A", "A-r1"], ["A-r0", "A-r1-r1", "A-r1-r2"]),
    ],
)
def test_folders_are_safe_and_each_is_another(names: list[str], folders: list[str]) -> None:
    placed, alike = with_folders(named(*names))
    assert [area.folder for area in placed] == folders
    assert len(alike) == sum(folder[-3:-1] == "-r" for folder in folders)


def test_areas_of_a_level_all_or_those_within_another() -> None:
    source = of_extract(SMALL)
    counties = areas_of_level(source, 6, language="en", within=None)
    assert [area.name for area in counties] == ["South County 南县", "North County 北县"]
    south = find_area(source, "南县", language="en")
    assert south.shape.equals(counties[0].shape)
    # The neighbours across the line touch it only.
    towns = areas_of_level(source, 8, language="en", within=south.shape)
    assert {area.name for area in towns} == {"Southwest 西南镇", "Southeast 东南镇"}
    with pytest.raises(InputError, match=r"error \[no-areas\](?s:.)*6 \(2\), 8 \(4\)"):
        areas_of_level(source, 7, language="en", within=None)


def test_areas_of_a_file_have_its_names(tmp_path: Path) -> None:
    for column in ("name", "NAME", "名称", "name_en"):
        path = layer(tmp_path / f"{column}.geojson", [" One\n area ", "Other"], column=column)
        areas = areas_of_file(path, language="en")
        assert [(area.name, area.code) for area in areas] == [("One area", "1"), ("Other", "2")]
    with pytest.raises(InputError, match=r"error \[missing-column\]"):
        areas_of_file(layer(tmp_path / "b.geojson", ["x"], column="title"), language="en")
    with pytest.raises(InputError, match=r"error \[area-unnamed\]"):
        areas_of_file(layer(tmp_path / "c.geojson", ["x", None]), language="en")
    with pytest.raises(InputError, match=r"error \[areas-format\]"):
        areas_of_file(tmp_path / "names.txt", language="en")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the studies that are written, each in a moment; that of ``bare`` fails."""
    names: list[str] = []

    def write(origin: Any, out: Path, choices: Any, *, name: str, area: Area) -> Parts:
        if name == "bare":
            raise refuse("no-roads:area", file="x")
        names.append(name)
        out.mkdir()
        (out / "study.toml").write_text(f"[programmes.closures]\ncount = {len(names)}\n")
        table = gpd.GeoDataFrame({"x": [1, 2]})
        return Parts(table, table, table, table, table, ())

    monkeypatch.setattr(many, "write_study", write)
    return names


def test_what_fails_stops_no_other_and_what_is_there_is_left(
    made: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    areas, out = layer(tmp_path / "a.geojson", ["one", "bare", "two", "TWO"]), tmp_path / "out"
    words = ("--osm", SMALL, "--areas", areas, "--out", out)
    assert run(*words) == 0
    assert "2 of 4: bare: no study: The extract holds no roads in the area named" in caplog.text
    assert "4 of 4: TWO: 2 settlements and 2 schools." in caplog.text
    told = capsys.readouterr().out
    assert "3 of 4 areas have a study" in told
    assert "bare: no study" in told
    assert "TWO (TWO-4)" in told
    assert made == ["one", "two", "TWO"]
    # The list runs as it is, and closures can be shared out.
    text = (out / "list.toml").read_text(encoding="utf-8")
    assert [one.task.name for one in listing_of(out / "list.toml").studies] == [
        "TWO-4",
        "one",
        "two-3",
    ]
    filled = tomllib.loads(text.replace("#[share]", "[share]").replace("#close", "close"))
    assert filled["share"] == {"close": 6}
    # What somebody has changed in a study stays; the area that failed is tried again.
    (out / "one/study.toml").write_text("[programmes.closures]\ncount = 40\n")
    (out / "list.toml").write_text(text + "# mine\n", encoding="utf-8")
    assert run(*words) == 0
    assert "1 of 4: one: is there already." in caplog.text
    assert made == ["one", "two", "TWO"]
    assert (out / "list.toml").read_text(encoding="utf-8") == text + "# mine\n"
    assert "#most = 40" in (out / "list-new.toml").read_text(encoding="utf-8")
    # A study of other inputs is no study of these.
    assert run(*words, "--ages", ages(tmp_path)) == 1
    told = capsys.readouterr().err
    assert "error [no-study]" in told
    assert "was made of other inputs" in told
    assert "count = 40" in (out / "one/study.toml").read_text()


def ages(folder: Path) -> Path:
    path = folder / "ages.csv"
    path.write_text("age,share\n" + "".join(f"{age},0.02\n" for age in range(18)))
    return path


def test_an_interrupted_run_is_gone_on_with(
    made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    areas, out = layer(tmp_path / "a.geojson", ["one", "two", "three"]), tmp_path / "out"
    write = many.write_study

    def interrupted(*args: Any, name: str, **options: Any) -> Parts:
        if name == "two":
            raise KeyboardInterrupt
        return write(*args, name=name, **options)

    with monkeypatch.context() as patch:
        patch.setattr(many, "write_study", interrupted)
        with pytest.raises(KeyboardInterrupt):
            new_study(SMALL, out, areas=areas)
    assert sorted(path.name for path in out.iterdir()) == ["areas.json", "one"]
    assert new_study(SMALL, out, areas=areas) == out / "list.toml"
    assert made == ["one", "two", "three"]
    assert set(json.loads((out / "areas.json").read_text())["studies"]) == {"one", "two", "three"}


def test_a_full_disk_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*args: Any, **options: Any) -> Parts:
        raise refuse("cannot-write", file="x", error="No space left on device")

    monkeypatch.setattr(many, "write_study", write)
    with pytest.raises(InputError, match=r"error \[cannot-write\]"):
        new_study(SMALL, tmp_path / "out", level=6)


def test_arguments_that_do_not_go_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    for options in ({"level": 1}, {"level": 6, "areas": "a.gpkg"}, {"areas": "a", "area": "b"}):
        with pytest.raises(UsageError):
            new_study(SMALL, tmp_path / "out", **options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="--osm"):
        new_study(Place("Jingxi"), tmp_path / "out", level=6)
    with pytest.raises(UsageError, match="not empty"):
        new_study(SMALL, tmp_path, level=6)
    assert run("--template", "--level", "6", "--out", tmp_path / "out") == 2
    assert "--areas and --level go with --osm." in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def extracts() -> list[Path]:
    return [SMALL, *([REAL] if REAL.is_file() else [])]


@pytest.mark.more
@pytest.mark.parametrize("extract", extracts(), ids=lambda path: path.name.split(".")[0])
def test_an_area_alone_is_the_same_and_the_batch_plans_them(extract: Path, tmp_path: Path) -> None:
    path = new_study(extract, tmp_path / "all", level=6, language="en")
    folders = sorted(file.parent for file in path.parent.glob("*/study.toml"))
    assert len(folders) == 2
    for folder, county in zip(folders, ("North County", "South County"), strict=True):
        name = county if extract == SMALL else folder.name
        alone = new_study(extract, tmp_path / "alone" / folder.name, area=name, language="en")
        files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
        assert len(files) >= 7
        for file in files:
            assert (folder / file).read_bytes() == (alone.parent / file).read_bytes(), file
    with pytest.raises(SystemExit) as left:
        main(["batch", str(path), "--out", str(tmp_path / "plans"), "--workers", "1"])
    assert left.value.code == 0
