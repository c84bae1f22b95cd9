"""The command as its user runs it: exit codes, messages, and what is on the disk afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from layout.app.cli.command import main
from tests.worlds.mini import write_mini_study

pytestmark = pytest.mark.slow

CONTRACT_FILES = {
    "counties",
    "index.html",
    "plan.xlsx",
    "plan.gpkg",
    "run.json",
    "closures.csv",
    "candidates.csv",
    "assignment.csv",
    "retained.csv",
    "sites.csv",
    "served.csv",
    "site_years.csv",
    "rejected_sites.csv",
    "deficits.csv",
    "kindergarten_plans.csv",
    "counties.csv",
}


def run(*words: object, cache: object = "off") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "layout", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONUTF8": "1", "LAYOUT_CACHE": str(cache)},
    )


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_mini_study(tmp_path / "study")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small study, and a cache."""
    folder = tmp_path_factory.mktemp("cli")
    write_mini_study(folder / "study")
    return folder


@pytest.fixture(scope="module")
def planned(shared: Path) -> subprocess.CompletedProcess[str]:
    """The whole job, once, into the folder `out`."""
    study, out = shared / "study" / "mini.toml", shared / "out"
    return run("plan", study, "--out", out, "--lang", "en", cache=shared / "cache")


def test_plan_writes_every_file_of_the_contract(
    planned: subprocess.CompletedProcess[str], shared: Path
) -> None:
    out = shared / "out"
    assert planned.returncode == 0, planned.stderr
    assert {path.name for path in out.iterdir()} == CONTRACT_FILES
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    closures = next(model for model in record["models"] if model["model"] == "closures")
    assert closures["achieved"] == closures["requested"]
    assert closures["status"] == "proven"
    table = pd.read_csv(out / "closures.csv", dtype=str, encoding="utf-8-sig")
    assert len(table) == closures["requested"]
    assert str(out / "index.html") in planned.stdout


@pytest.mark.more
def test_two_runs_give_the_same_bytes(
    planned: subprocess.CompletedProcess[str], shared: Path, tmp_path: Path
) -> None:
    assert planned.returncode == 0, planned.stderr
    study, folders = shared / "study" / "mini.toml", [shared / "out", tmp_path / "out"]
    assert any((shared / "cache").glob("layout-travel-*.npz"))
    # The second one finds roads and ways in the cache.
    done = run("plan", study, "--out", folders[1], "--lang", "en", cache=shared / "cache")
    assert done.returncode == 0, done.stderr
    for name in sorted(CONTRACT_FILES - {"run.json", "counties"}):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name
    asked = run("travel", study, "--out", tmp_path / "t.csv", "--no-cache", cache=tmp_path / "none")
    assert asked.returncode == 0, asked.stderr
    assert not (tmp_path / "none").exists()
    records = [json.loads((folder / "run.json").read_text("utf-8")) for folder in folders]
    for record in records:
        record.pop("seconds")
    assert records[0] == records[1]


@pytest.mark.more
def test_a_wrong_path_is_one_clear_error(tmp_path: Path) -> None:
    done = run("plan", tmp_path / "nowhere.toml", "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 1
    assert "nowhere.toml" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_missing_column_is_one_clear_error(study: Path, tmp_path: Path) -> None:
    path = study.parent / "schools" / "schools.csv"
    edit(path, "urban_rural_code", "something_else")
    done = run("plan", study, "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 1
    assert "urban_rural_code" in done.stderr
    assert "schools.csv" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.more
def test_a_study_without_roads_is_one_clear_error(study: Path, tmp_path: Path) -> None:
    text = study.read_text(encoding="utf-8").splitlines()
    study.write_text(
        "\n".join(line for line in text if not line.startswith("roads =")), encoding="utf-8"
    )
    done = run("plan", study, "--out", tmp_path / "out", "--lang", "en")
    assert done.returncode == 1
    assert "roads" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.more
def test_errors_speak_chinese_by_default(tmp_path: Path) -> None:
    done = run("check", tmp_path / "nowhere.toml")
    assert done.returncode == 1
    assert any("\u4e00" <= letter <= "\u9fff" for letter in done.stderr)


def test_wrong_usage_is_exit_2(study: Path) -> None:
    assert run("plan", study).returncode == 2
    assert run("no-such-verb").returncode == 2


def test_check_writes_nothing(study: Path) -> None:
    before = sorted(study.parent.rglob("*"))
    done = run("check", study, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert sorted(study.parent.rglob("*")) == before
    assert "not planned yet" not in done.stdout


@pytest.mark.more
def test_check_names_programmes_that_are_not_planned_yet(study: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "more.toml"
    scenario.write_text("[programmes.vocational]\nsites = 1\n", encoding="utf-8")
    done = run("check", study, "--scenario", scenario, "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "Named in the study file, not planned yet: vocational schools." in done.stdout


def test_an_infeasible_plan_is_exit_3_with_the_reason_and_an_offer(
    study: Path, tmp_path: Path
) -> None:
    scenario = tmp_path / "many.toml"
    scenario.write_text("[programmes.closures]\ncount = 5000\n", encoding="utf-8")
    out = tmp_path / "out"
    done = run("plan", study, "--scenario", scenario, "--out", out, "--lang", "en")
    assert done.returncode == 3, done.stderr
    assert {path.name for path in out.iterdir()} == {"infeasible.json", "offer"}
    diagnosis = json.loads((out / "infeasible.json").read_text(encoding="utf-8"))
    closures = diagnosis["programmes"][0]
    assert closures["requested"] == 5000
    offered = pd.read_csv(out / "offer" / "closures.csv", dtype=str, encoding="utf-8-sig")
    assert len(offered) == closures["achievable"] > 0
    assert f"The best plan that can be had: {out / 'offer'}" in done.stdout


def interrupted(process: subprocess.Popen[bytes], *, at: bytes) -> str:
    """Press Ctrl-C once the process has said something, and return what it said after that."""
    assert process.stderr is not None
    for line in process.stderr:
        if at in line:
            break
    process.send_signal(signal.SIGINT)
    with process:
        return process.stderr.read().decode()


def begun(*words: object, options: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *options, "-m", "layout", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONUTF8": "1", "LAYOUT_CACHE": "off"},
    )


# What Python says of its imports tells how far it is: before our own text, among the heavy
# libraries, at the last of them; the first module of the models is loaded when the study is read.
@pytest.mark.parametrize(
    "at",
    [
        b"layout.core.text\n",
        pytest.param(b"numpy\n", marks=pytest.mark.more),
        pytest.param(b"pandas\n", marks=pytest.mark.more),
        b"highspy",
    ],
)
def test_ctrl_c_loses_nothing_and_says_so(study: Path, tmp_path: Path, at: bytes) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text('{"program": "layout"}', encoding="utf-8")
    process = begun("plan", study, "--out", out, "--lang", "en", options=("-X", "importtime"))
    said = interrupted(process, at=at)
    assert process.returncode == 130, said[-3000:]
    assert said.splitlines()[-1] == "Interrupted; earlier results are untouched."
    assert [path.name for path in out.iterdir()] == ["run.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "study"]


def travel(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """The verb in this process: its exit code, and what it says of an error."""
    with pytest.raises(SystemExit) as left:
        main(["travel", *map(str, words), "--lang", "en"])
    return int(left.value.code or 0), capsys.readouterr().err


@pytest.mark.more
def test_service_areas_are_written_whole_or_not_at_all(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / "a.gpkg", tmp_path / "b.gpkg"]
    for file in files:
        assert travel(capsys, study, "--areas", "15,30", "--out", file) == (0, "")
    assert files[0].read_bytes() == files[1].read_bytes()
    held = gpd.read_file(files[0], layer="service_areas")
    schools = pd.read_csv(study.parent / "schools" / "schools.csv", dtype=str)
    assert sorted(set(held["school_id"])) == sorted(schools["school_id"])
    assert held["minutes"].tolist() == [15, 30] * len(schools)
    assert held.crs == "EPSG:4326"
    assert set(held["name"]) == set(schools["name"])
    for words in (["--areas", "15;30"], ["--areas", "0"], ["--areas", "15", "--mode", "x"]):
        assert travel(capsys, study, *words, "--out", tmp_path / "c.gpkg")[0] == 2
    assert travel(capsys, study, "--areas", "9", "--out", tmp_path / "c.shp")[0] == 2
    assert {path.name for path in tmp_path.iterdir()} == {"study", "a.gpkg", "b.gpkg"}
