"""A batch as its user runs it: the same bytes whoever does it, and nothing lost."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import ROOT
from tests.worlds.batch import (
    STUDY,
    batch_command,
    contents,
    environment,
    keys,
    run_batch,
    write_studies,
)

pytestmark = [
    pytest.mark.more,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix"),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four studies and their list: closures to share out, a floor for each."""
    folder = tmp_path_factory.mktemp("studies")
    return write_studies(folder, 4, head="[share]\nclose = 18\n", rest="least = 2\n")


@pytest.fixture(scope="module")
def undisturbed(
    studies: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    done = run_batch(studies, out, "--workers", "1", cache=cache)
    assert "proved: no other sharing costs less" in done.stdout
    return contents(out)


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "batch.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def children_of(pid: int) -> list[int]:
    """Processes that a process has started."""
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def test_the_number_is_shared_out_and_every_plan_keeps_it(
    undisturbed: dict[str, bytes], studies: Path, cache: Path, tmp_path: Path
) -> None:
    table = undisturbed["batch.csv"].decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(table))
    assert sum(int(row["closed"]) for row in rows) == 18
    assert all(row["closed"] == row["close_asked"] and int(row["closed"]) >= 2 for row in rows)
    assert all(float(row["one_less"]) > 0 and float(row["one_more"]) > 0 for row in rows)
    record = json.loads(undisturbed["batch.json"])
    assert record["complete"]
    shared = record["shared"]
    assert shared["status"] == "proven"
    # What the sharing counted is what the plans cost.
    total = sum(float(row["added_pupil_minutes"]) for row in rows)
    assert shared["value"] == pytest.approx(total, abs=0.1 * len(rows))


def test_workers_that_are_killed_change_no_byte(
    undisturbed: dict[str, bytes], studies: Path, cache: Path, tmp_path: Path
) -> None:
    out, draw = tmp_path / "out", random.Random(7)
    # Every run of the whole is killed once so many results stand, and started again.
    for enough in (3, 9, 15):
        process = subprocess.Popen(
            batch_command(studies, out, "--workers", "2", "--attempts", "50"),
            env=environment(cache),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        killed = 0
        while process.poll() is None:
            stand = len([*out.glob("costs/*.json"), *out.glob("studies/*/task.json")])
            if stand >= enough:
                process.kill()
                process.wait()
                break
            running = children_of(process.pid)
            if running and killed < 3 and draw.random() < 0.02:
                os.kill(draw.choice(running), signal.SIGKILL)
                killed += 1
    run_batch(studies, out, "--workers", "2", cache=cache)
    assert contents(out) == undisturbed


def test_ctrl_c_keeps_what_is_done(
    undisturbed: dict[str, bytes], studies: Path, cache: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        batch_command(studies, out, "--workers", "2", "--lang", "en"),
        env=environment(cache),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    told = [process.stderr.readline()]
    while "schools close" not in told[-1]:
        told.append(process.stderr.readline())
        assert told[-1], told
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    done = keys(out)
    assert done
    assert not children_of(process.pid)
    run_batch(studies, out, "--workers", "1", cache=cache)
    assert keys(out).items() >= done.items()
    assert contents(out) == undisturbed


def test_one_changed_study_runs_alone(cache: Path, tmp_path: Path) -> None:
    path = write_studies(tmp_path, 3)
    out = tmp_path / "out"
    run_batch(path, out, "--workers", "1", cache=cache)
    before = keys(out)
    stamps = {name: (out / "studies" / name / "task.json").stat().st_mtime_ns for name in before}
    study = tmp_path / "city1" / STUDY
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace("count = 5", "count = 4", 1), encoding="utf-8")
    run_batch(path, out, "--workers", "1", cache=cache)
    after = keys(out)
    assert {name for name in after if after[name] != before[name]} == {"city1"}
    again = {name: (out / "studies" / name / "task.json").stat().st_mtime_ns for name in before}
    assert {name for name in again if again[name] != stamps[name]} == {"city1"}
    assert [row["closed"] for row in rows_of(out)] == ["5", "4", "5"]


def test_a_study_that_fails_fails_alone(cache: Path, tmp_path: Path) -> None:
    path = write_studies(tmp_path, 3)
    out = tmp_path / "out"
    broken, greedy = tmp_path / "city0" / STUDY, tmp_path / "city2" / STUDY
    sound = broken.read_text(encoding="utf-8")
    broken.write_text(sound.replace("[study]", "[study]\nnmae = 1", 1), encoding="utf-8")
    text = greedy.read_text(encoding="utf-8")
    greedy.write_text(text.replace("count = 5", "count = 500", 1), encoding="utf-8")
    done = run_batch(path, out, "--workers", "1", cache=cache, code=1)
    rows = rows_of(out)
    assert [row["status"] for row in rows] == ["bad_input", "done", "infeasible"]
    assert [row["exit_code"] for row in rows] == ["1", "0", "3"]
    assert "nmae" in rows[0]["message"]
    assert "nmae" in done.stdout
    assert (out / "studies/city2/offer/index.html").is_file()
    record = json.loads((out / "studies/city0/task.json").read_text("utf-8"))
    assert record["problems"]
    # Once it is mended it runs; what cannot be had is not tried again unasked.
    broken.write_text(sound, encoding="utf-8")
    run_batch(path, out, "--workers", "1", cache=cache, code=3)
    assert [row["status"] for row in rows_of(out)] == ["done", "done", "infeasible"]


def test_a_study_that_eats_its_memory_fails_alone(cache: Path, tmp_path: Path) -> None:
    path = write_studies(tmp_path, 1)
    out = tmp_path / "out"
    run_batch(path, out, "--workers", "1", "--memory-gb", "0.1", cache=cache, code=1)
    assert [row["status"] for row in rows_of(out)] == ["out_of_memory"]
    # With more memory, and asked for, it is tried again.
    run_batch(path, out, "--workers", "1", "--retry", "failed", cache=cache)
    assert [row["status"] for row in rows_of(out)] == ["done"]


def test_more_than_can_close_is_refused(cache: Path, tmp_path: Path) -> None:
    path = write_studies(tmp_path, 2, head="[share]\nclose = 400\n")
    out = tmp_path / "out"
    run_batch(path, out, "--workers", "1", cache=cache, code=3)
    diagnosis = json.loads((out / "infeasible.json").read_text("utf-8"))
    assert diagnosis["total"] == 400
    assert sum(diagnosis["largest"].values()) < 400
    assert not (out / "batch.csv").exists()
    # With fewer it says so no more.
    path.write_text(path.read_text(encoding="utf-8").replace("400", "2"), encoding="utf-8")
    run_batch(path, out, "--workers", "1", cache=cache)
    assert not (out / "infeasible.json").exists()


def test_a_folder_of_something_else_is_left_alone(cache: Path, tmp_path: Path) -> None:
    path = write_studies(tmp_path, 1)
    out = tmp_path / "out"
    out.mkdir()
    (out / "diary.txt").write_text("mine", encoding="utf-8")
    done = run_batch(path, out, cache=cache, code=1)
    assert "diary.txt" in done.stderr
    assert [entry.name for entry in out.iterdir()] == ["diary.txt"]


def test_a_study_without_attendance_is_split_too(cache: Path, tmp_path: Path) -> None:
    path = write_studies(
        tmp_path, 1, attendance=False, head="[share]\nclose = 4\n", rest="split = true\n"
    )
    out = tmp_path / "out"
    done = run_batch(path, out, "--workers", "1", cache=cache)
    rows = rows_of(out)
    assert [row["study"] for row in rows] == ["mini-451026", "mini-451081"]
    assert sum(int(row["closed"]) for row in rows) == 4
    assert "proved" in done.stdout
    for name in ("index.html", "province.xlsx", "province.gpkg"):
        assert (out / name).stat().st_size > 1000
