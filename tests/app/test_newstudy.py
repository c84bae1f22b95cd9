"""A study from an OpenStreetMap extract, and the whole job on it by the same code as any other.

The modelled extract is always used; a real one too, where `LAYOUT_REALDATA` names a folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from layout.app.cli.command import main
from layout.app.newstudy import new_study
from layout.app.plan import Plan
from layout.app.steps import make_plan
from layout.core.errors import InfeasibleError, InputError, UsageError
from layout.core.standards import GRADES
from layout.core.text import using
from layout.inputs.study.study import Study
from tests.worlds.data_osm import (
    KINDERGARTEN_AT,
    PLACES,
    SCHOOL_AT,
    SMALL,
    write_osm,
    write_small_extract,
)

pytestmark = pytest.mark.slow

REAL = "liechtenstein-240304.osm.pbf"


def extracts() -> list[Any]:
    real = Path(os.environ.get("LAYOUT_REALDATA", "none")) / REAL
    return ["modelled", *([pytest.param("real", marks=pytest.mark.more)] if real.is_file() else [])]


@pytest.fixture(scope="module", params=extracts())
def extract(request: pytest.FixtureRequest) -> Path:
    """An extract with places, schools as nodes and areas, a border and roads."""
    return SMALL if request.param == "modelled" else Path(os.environ["LAYOUT_REALDATA"]) / REAL


def test_the_small_extract_is_as_it_is_made(tmp_path: Path) -> None:
    made = write_small_extract(tmp_path / SMALL.name)
    assert made.read_bytes() == SMALL.read_bytes()


@pytest.fixture(scope="module")
def study_file(extract: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study without a belt: in so small a country every school lies near the border."""
    folder = tmp_path_factory.mktemp("new") / "study"
    return new_study(extract, folder, border_width_m=0, small_school_pupils=200)


@pytest.fixture(scope="module")
def study(study_file: Path) -> Study:
    return Study.read(study_file)


def test_places_and_schools_are_those_of_the_extract(study: Study, extract: Path) -> None:
    kindergartens = (study.schools["type_code"] == "111").sum()
    found = (len(study.settlements), len(study.schools) - kindergartens, kindergartens)
    modelled = (len(PLACES), len(SCHOOL_AT), len(KINDERGARTEN_AT))
    # A nameless building beside the node of a kindergarten is a part of it.
    assert found == ((33, 17, 19) if extract.name == REAL else modelled)
    assert {identifier[0] for identifier in study.schools.index} >= {"n", "w"}


def test_numbers_are_modelled_and_say_so(study: Study) -> None:
    assert study.provenance == "modelled"
    assert "OpenStreetMap" in study.credit
    assert study.warnings == ()
    assert study.attendance is not None
    for grade in GRADES:
        rows = study.attendance[study.attendance["grade"] == grade]
        pupils = rows.loc[rows["school_id"] != "", "pupils"].sum()
        assert pupils == study.schools[f"pupils_{grade}"].sum()
        assert rows["pupils"].sum() == study.settlements["age_5"].sum()
    assert (study.schools.filter(like="pupils_").sum(axis=1) > 0).all()
    # An extract of roads and places does not tell who cooks.
    assert study.schools["canteen"].isna().all()


def test_units_and_townships_are_administrative_areas(study: Study) -> None:
    assert len(study.units) == 2
    assert study.settlements["township_code"].nunique() > 2
    assert study.border is not None
    assert study.programmes.border is not None
    assert study.programmes.border.width_m == 0


def test_names_come_in_two_languages(extract: Path, tmp_path: Path) -> None:
    with using("en"):
        study = Study.read(new_study(extract, tmp_path / "en"))
    assert study.language == "en"
    assert any(not name.isascii() for name in study.settlements["name"])
    if extract.name != REAL:
        assert "Qinghe 清河" in set(study.settlements["name"])


def test_the_same_extract_gives_the_same_bytes(study_file: Path, extract: Path) -> None:
    again = new_study(
        extract, study_file.parent.parent / "again", border_width_m=0, small_school_pupils=200
    )
    for file in sorted(path for path in study_file.parent.rglob("*") if path.is_file()):
        other = again.parent / file.relative_to(study_file.parent)
        assert other.read_bytes() == file.read_bytes(), file.name


def test_without_administrative_areas_one_unit_holds_all(tmp_path: Path) -> None:
    nodes = [
        (1, 106.00, 23.00, {"place": "village", "name": "甲"}),
        (2, 106.02, 23.01, {"place": "village", "population": "2 000"}),
        (3, 106.001, 23.001, {"amenity": "school", "isced:level": "1;2"}),
        (4, 106.021, 23.011, {"amenity": "kindergarten"}),
    ]
    roads = [(1, [1, 2], {"highway": "tertiary"})]
    path = new_study(write_osm(tmp_path / "a.osm.pbf", nodes, roads), tmp_path / "s")
    study = Study.read(path)
    assert len(study.units) == 1
    assert study.border is None
    assert study.programmes.border is None
    assert study.settlements["age_0"].tolist() == [10, 20]
    assert study.schools["type_code"].tolist() == ["312", "111"]
    comments = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    assert len(comments) == 6
    assert "No school of these stages is tagged: senior" in comments[2]
    assert "count = 0" in path.read_text(encoding="utf-8")


def test_an_extract_without_places_or_schools_is_refused(tmp_path: Path) -> None:
    place = (1, 106.0, 23.0, {"place": "village"})
    driving = (2, 106.0, 23.0, {"amenity": "school", "name": "顺达驾校"})
    roads = [(1, [1, 1], {"highway": "tertiary"})]
    for nodes in ([place], [place, driving]):
        path = write_osm(tmp_path / "a.osm.pbf", nodes, roads)
        with pytest.raises(InputError) as caught:
            new_study(path, tmp_path / "s")
        assert caught.value.problems[0].code == "empty-extract"
    path = write_osm(tmp_path / "b.osm.pbf", [place])
    with pytest.raises(InputError, match="no roads"):
        new_study(path, tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_folder_in_use_is_left_alone(extract: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        new_study(extract, tmp_path)
    with pytest.raises(UsageError, match="fr"):
        new_study(extract, tmp_path / "s", language="fr")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.fixture(scope="module")
def plan(study: Study) -> Plan:
    return make_plan(study)


def test_the_whole_job_runs_on_it(plan: Plan, tmp_path: Path) -> None:
    assert len(plan.closures) == 2
    assert len(plan.sites) == 2
    assert set(plan.sites["programme"]) == {"kindergarten"}
    assert {run.status for run in plan.runs} == {"proven"}
    page = plan.map().save(tmp_path / "index.html").read_text(encoding="utf-8")
    for name in plan.closures["name"]:
        assert name in page


@pytest.mark.more
def test_new_then_check_then_plan_by_the_command(
    extract: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, maps = tmp_path / "s", tmp_path / "maps"
    for words in (
        ["new", "--osm", str(extract), "--out", str(out)],
        ["check", str(out / "study.toml")],
        ["plan", str(out / "study.toml"), "--out", str(maps)],
    ):
        with pytest.raises(SystemExit) as left:
            main([*words, "--lang", "en"])
        assert (words[0], left.value.code) == (words[0], 0), capsys.readouterr().err
    assert {"index.html", "plan.xlsx", "run.json"} <= {path.name for path in maps.iterdir()}


@pytest.mark.more
def test_a_belt_of_three_kilometres_leaves_nothing_to_close(
    extract: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = new_study(extract, tmp_path / "s", border_width_m=3000, small_school_pupils=200)
    text = path.read_text(encoding="utf-8")
    assert "# Small rural schools outside the border belt: 0." in text
    path.write_text(text.replace("count = 0", "count = 2"), encoding="utf-8")
    with pytest.raises(InfeasibleError, match="border belt"):
        make_plan(Study.read(path))
    with pytest.raises(SystemExit) as caught:
        main(["consolidate", str(path), "--lang", "en"])
    assert caught.value.code == 3
    assert "border belt" in capsys.readouterr().err
