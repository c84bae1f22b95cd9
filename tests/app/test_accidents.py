"""Accidents: targets, disks, consoles and pipes that fail, and what nobody foresaw."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import IO

import pytest

import layout
from layout.app.cli import command, screen
from layout.app.cli.options import number_texts
from layout.core.errors import InputError
from layout.output.lists import PROGRAM
from tests import ROOT
from tests.worlds.mini import write_mini_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pipes, limits and mounts of POSIX"),
]

TARGETS = {
    "plan": ("plan", "STUDY", "--out", "DIR"),
    "assess": ("assess", "STUDY", "--out", "DIR"),
    "consolidate": ("consolidate", "STUDY", "--out", "DIR"),
    "border": ("border", "STUDY", "--out", "DIR"),
    "site": ("site", "STUDY", "--programme", "kindergarten", "--out", "DIR"),
    "new": ("new", "--osm", "none.osm.pbf", "--out", "DIR"),
    "template": ("new", "--template", "--out", "DIR"),
    "report": ("check", "STUDY", "--report", "DIR"),
    "pictures": ("export", "STUDY", "--pictures", "--out", "DIR"),
    "travel": ("travel", "STUDY", "--out", "DIR/a.csv"),
    "areas": ("travel", "STUDY", "--areas", "15", "--out", "DIR/a.gpkg"),
    "map": ("map", "STUDY", "--out", "DIR/a.html"),
    "compare": ("compare", "STUDY", "STUDY", "--map", "DIR/a.html"),
    "export": ("export", "STUDY", "--out", "DIR/a.xlsx"),
    "frontier": ("frontier", "STUDY", "--out", "DIR/a.csv"),
    "alternatives": ("alternatives", "STUDY", "--out", "DIR/a.csv"),
    "sensitivity": ("sensitivity", "STUDY", "--out", "DIR/a.csv"),
}
"""A call of every verb that writes."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mini_study(tmp_path_factory.mktemp("accidents"))


def entries(folder: Path) -> dict[str, int]:
    """Every file below a folder with its size."""
    return {path.relative_to(folder).as_posix(): path.lstat().st_size for path in folder.rglob("*")}


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Run the command in this process; its exit code and what it says on stderr."""
    with pytest.raises(SystemExit) as left:
        command.main([*map(str, words), "--lang", "en"])
    return int(left.value.code or 0), capsys.readouterr().err


def run(
    *words: object, stdout: int | IO[bytes] = subprocess.PIPE, before: str = "", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own, started by a line of a shell."""
    line = f'{before} exec "$0" -m layout "$@"'
    return subprocess.run(
        ["/bin/sh", "-c", line, sys.executable, *map(str, words)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        check=False,
        env={**os.environ, "LAYOUT_CACHE": "off", **variables},
    )


@pytest.mark.parametrize("verb", TARGETS)
@pytest.mark.parametrize("hindrance", ["a file", "too long", "a circle", "nowhere", "a line end"])
def test_a_target_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, hindrance: str
) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    folder = {
        "a file": tmp_path / "file" / "below",
        "too long": tmp_path / ("x" * 300),
        "a circle": tmp_path / "circle",
        "nowhere": Path("/proc/nowhere"),
        "a line end": tmp_path / "two\nlines",
    }[hindrance]
    if hindrance == "nowhere" and not Path("/proc/self").exists():
        pytest.skip("no /proc")
    before = entries(tmp_path)
    # The study is not there: nothing is read before the target is known to be no use.
    words = [word.replace("DIR", str(folder)).replace("STUDY", "no.toml") for word in TARGETS[verb]]
    code, said = told(capsys, *words)
    assert (code, "[cannot-write]" in said) == (1, True), said
    assert "no.toml" not in said
    assert entries(tmp_path) == before


def mounted(*words: object) -> bool:
    """Whether this user may mount, and a disk is mounted so."""
    line = ["mount", *map(str, words)]
    return subprocess.run(line, capture_output=True, check=False).returncode == 0


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_folder_on_which_a_disk_is_mounted_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Every system has devices mounted there.
    places = [Path("/dev")]
    (tmp_path / "disk").mkdir()
    (tmp_path / "real dir").mkdir()
    (tmp_path / "again here").mkdir()
    # Where this user may: a new disk, and the same folder a second time, which is no other disk.
    if mounted("-t", "tmpfs", "tmpfs", tmp_path / "disk"):
        places.append(tmp_path / "disk")
    if mounted("--bind", tmp_path / "real dir", tmp_path / "again here"):
        places.append(tmp_path / "again here")
    try:
        for place in places:
            code, said = told(capsys, "plan", "no.toml", "--out", place)
            assert (code, "[cannot-write]" in said, "mounted" in said) == (1, True, True), place
    finally:
        for place in places[1:]:
            unmount(place)


AFTER_READING = """
import resource, sys
import layout
from layout.core.errors import InputError
plan = layout.retain_border(layout.assess(layout.Study.read(sys.argv[1])))
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, resource.RLIM_INFINITY))
try:
    plan.export(sys.argv[2], tables="retained") if "." in sys.argv[2] else plan.save(sys.argv[2])
except InputError as error:
    sys.exit(error.problems[0].code)
"""


def export_without_room(study: Path, target: Path) -> str:
    """Write where no file may grow over 2 kB, as on a full disk; what is told on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", AFTER_READING, str(study), str(target)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stderr


@pytest.mark.more
@pytest.mark.parametrize("name", ["a.gpkg", "a.xlsx", "a.csv", "a.geojson", "a.parquet", "folder"])
def test_a_file_that_may_not_grow_is_told_and_not_left(
    study: Path, tmp_path: Path, name: str
) -> None:
    earlier = tmp_path / name
    if name == "folder":
        earlier.mkdir()
        earlier = earlier / "run.json"
    earlier.write_text(json.dumps({"program": PROGRAM}), encoding="utf-8")
    before = entries(tmp_path)
    assert export_without_room(study, tmp_path / name).strip() == "cannot-write"
    assert entries(tmp_path) == before


@pytest.mark.more
def test_a_disk_that_fills_up_leaves_the_earlier_result(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    # Who may not mount has the test above.
    full = mounted("-t", "tmpfs", "-o", "size=300k", "tmpfs", disk)
    try:
        (disk / "out").mkdir()
        marker = disk / "out" / "run.json"
        marker.write_text(json.dumps({"program": PROGRAM}), encoding="utf-8")
        before = entries(disk)
        code, said = told(capsys, "assess", study, "--out", disk / "out")
        assert (code, "[cannot-write]" in said) == ((1, True) if full else (0, False)), said
        assert (entries(disk) == before) == full
    finally:
        if full:
            unmount(disk)


@pytest.mark.parametrize(
    "at",
    ["app.steps.unrouted", pytest.param("output.lists.folder.write_csv", marks=pytest.mark.more)],
)
def test_ctrl_c_while_it_computes_or_writes_leaves_the_earlier_result(
    study: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text(json.dumps({"program": PROGRAM}), encoding="utf-8")
    before = entries(tmp_path)

    def pressed(*_: object, **__: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(f"layout.{at}", pressed)
    code, said = told(capsys, "assess", study, "--out", out)
    assert (code, said.splitlines()[-1]) == (130, "Interrupted; earlier results are untouched.")
    assert entries(tmp_path) == before


@pytest.mark.parametrize("encoding", ["cp936", pytest.param("ascii", marks=pytest.mark.more)])
def test_a_console_of_any_encoding_shows_what_it_can(
    study: Path, tmp_path: Path, encoding: str
) -> None:
    done = run("assess", study, "--out", tmp_path / "out", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr.decode(encoding)
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "out" / "run.json").exists()
    shown = done.stdout.decode(encoding)
    assert ("靖西" in shown) == (encoding == "cp936")


@pytest.mark.more
@pytest.mark.parametrize(
    "closed", ["<&- >&- 2>&-", pytest.param(">/dev/full", marks=pytest.mark.more)]
)
def test_streams_that_are_closed_or_full_stop_nothing(
    study: Path, tmp_path: Path, closed: str
) -> None:
    line = f'"$0" -m layout assess "$1" --out "$2" --lang en {closed}'
    words = ["/bin/sh", "-c", line, sys.executable, str(study), str(tmp_path / "out")]
    environment = {**os.environ, "LAYOUT_CACHE": "off"}
    done = subprocess.run(words, capture_output=True, cwd=ROOT, check=False, env=environment)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert (b"could not be" in done.stderr) == (closed == ">/dev/full")
    assert (tmp_path / "out" / "run.json").exists()
    # No message went into a file that got the number of the closed stream.
    assert len(layout.read_plan(tmp_path / "out", study=study).counties) == 2


@pytest.mark.more
def test_a_reader_that_has_seen_enough_stops_nothing(study: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = run("assess", study, "--out", tmp_path / "out", stdout=pipe)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"could not be" not in done.stderr
    assert (tmp_path / "out" / "run.json").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "out-of-memory"),
        (KeyError("\x1b[31mred"), "unforeseen"),
        (RecursionError("deep"), "unforeseen"),
        (OSError(errno.EIO, "broken disk"), "unforeseen"),
        (OSError(errno.ENAMETOOLONG, "too long", "x" * 300), "cannot-read"),
    ],
)
def test_what_nobody_foresaw_becomes_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("layout.app.cli.whole.checked", fail)
    exit_code, said = told(capsys, "check", "study.toml")
    assert (exit_code, f"[{code}]" in said) == (1, True)
    assert "Traceback" not in said
    assert "\x1b" not in said
    monkeypatch.setenv("LAYOUT_TRACEBACK", "1")
    _, said = told(capsys, "check", "study.toml")
    assert ("Traceback" in said) == (code == "unforeseen")
    assert "\x1b" not in said


@pytest.mark.more
def test_names_from_files_never_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]8;;http://a\x07b\x9b1m\u202e:cn:[red]"
    path = write_mini_study(tmp_path / "study")
    for name, old in (("schools", "school_id,name"), ("settlements", "settlement_id,name")):
        table = path.parent / name / f"{name}.csv"
        text = table.read_text(encoding="utf-8")
        assert text.startswith(old)
        # Headers, and names of schools and settlements.
        head, *rows = text.splitlines()
        rows = [row.replace("小学", f"小学{evil}").replace("村", f"村{evil}") for row in rows]
        table.write_text("\n".join([f"{head},{evil}", *(f"{row},1" for row in rows)]) + "\n")
    words = path.read_text(encoding="utf-8").replace("两县示例", "\\u001b[2J两县\\u202e示例")
    path.write_text(words, encoding="utf-8")
    for call in (("check", path), ("consolidate", path), ("consolidate", path, "--keep", evil)):
        with pytest.raises(SystemExit):
            command.main([*map(str, call)])
        said = capsys.readouterr()
        shown = said.out + said.err
        assert r"\x1b" in shown
        assert not set(shown) & set("\x1b\x07\x9b\u202e")
        # rich makes neither pictures nor colours of what a file says.
        assert ":cn:[red]" in shown
    assert not set(repr(layout.Study.read(path))) & set("\x1b\u202e")


def test_members_of_an_archive_never_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_mini_study(tmp_path / "study")
    with zipfile.ZipFile(path.parent / "schools" / "s.zip", "w") as archive:
        for name in ("a\x1b[31m.csv", "\u202eb.csv"):
            archive.writestr(name, "school_id\n")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("schools/schools.csv", "schools/s.zip"), encoding="utf-8")
    code, said = told(capsys, "check", path)
    assert (code, "[zip-choice]" in said) == (1, True)
    assert r"a\x1b[31m.csv, \u202eb.csv" in said
    assert not set(said) & set("\x1b\u202e")


def test_a_log_line_and_a_warning_of_another_package_are_cleaned(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen.warn("a\x1bb\nc\u2066d")
    assert capsys.readouterr().err == "a\\x1bb\nc\\u2066d\n"


@pytest.mark.parametrize(
    "words",
    [
        ("frontier", "no.toml", "--numbers", "0,1_0"),
        ("frontier", "no.toml", "--numbers", "٣"),
        ("consolidate", "no.toml", "--quota", "451026=٣"),
    ],
)
def test_only_digits_from_0_to_9_are_numbers_of_an_option(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert told(capsys, *words)[0] == 2


def test_a_list_is_read_in_full_width_too() -> None:
    assert number_texts("１０，20") == ["10", "20"]


@pytest.mark.more
def test_a_path_that_is_none_is_told_from_python_too(study: Path) -> None:
    for path in ("a\0b.toml", "x" * 5000 + ".toml"):
        with pytest.raises(InputError, match=r"\[cannot-read\]"):
            layout.Study.read(path)
    plan = layout.assess(layout.Study.read(study))
    for path in ("a\0b", "x" * 5000, "bytes-\udcff"):
        with pytest.raises(InputError, match=r"\[cannot-write\]"):
            plan.save(path)
