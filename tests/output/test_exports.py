"""The folder of a plan: contract columns, safe cells, whole or not at all, the same every time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout.app.plan import Plan
from layout.core import files
from layout.core.errors import InputError, UsageError
from layout.core.text import sentence
from layout.output import lists
from layout.output.lists import folder as saving
from layout.output.lists.csvs import protected
from layout.planning.contract import ASSIGNMENT, CLOSURES, COUNTIES, RETAINED, SITES
from tests import ROOT
from tests.worlds.fake_plan import fake_plan, renamed

pytestmark = pytest.mark.slow

FILES = {
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


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fake_plan()


@pytest.fixture(scope="module")
def folder(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lists.save(plan, tmp_path_factory.mktemp("save") / "out")


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_the_folder_holds_what_the_contract_names(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["out"]


def test_two_saves_give_the_same_bytes(plan: Plan, folder: Path, tmp_path: Path) -> None:
    later = replace(plan, seconds={"travel": 99.0})
    again = hashes(lists.save(later, tmp_path / "again"))
    first = hashes(folder)
    assert {name for name in first if first[name] != again[name]} == {"run.json"}
    one, two = (
        json.loads((path / "run.json").read_text("utf-8")) for path in (folder, tmp_path / "again")
    )
    assert one.pop("seconds") != two.pop("seconds")
    assert one == two


def test_files_carry_the_date_of_the_data_and_no_clock(plan: Plan, folder: Path) -> None:
    date = f"{plan.study.data_date:%Y-%m-%d}T00:00:00Z"
    with closing(sqlite3.connect(folder / "plan.gpkg")) as package:
        dates = package.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall()
    assert dates == [(date,)]
    with zipfile.ZipFile(folder / "plan.xlsx") as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = book.read("docProps/core.xml").decode()
    assert re.findall(r"<dcterms:(?:created|modified)[^>]*>([^<]*)", core) == [date, date]


@pytest.mark.more
def test_rows_in_another_order_give_the_same_bytes(
    plan: Plan, folder: Path, tmp_path: Path
) -> None:
    turned = replace(
        plan,
        assignment=plan.assignment.iloc[::-1],
        closures=plan.closures.iloc[::-1],
        retained=plan.retained.iloc[::-1],
        sites=plan.sites.iloc[::-1],
        counties=plan.counties.iloc[::-1],
    )
    assert hashes(lists.save(turned, tmp_path / "turned")) == hashes(folder)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("closures", CLOSURES),
        ("assignment", ASSIGNMENT),
        ("retained", RETAINED),
        ("sites", SITES),
        ("counties", COUNTIES),
    ],
)
def test_csv_has_the_columns_and_rows_of_the_table(
    plan: Plan, folder: Path, name: str, columns: tuple[str, ...]
) -> None:
    raw = (folder / f"{name}.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == len(getattr(plan, name)) + 1
    rows = rows_of(folder / f"{name}.csv")
    assert tuple(rows[0]) == columns
    assert len(rows) == len(getattr(plan, name))
    # Retained schools stand nearest to the border first, all others by their identifier.
    keys = [
        (float(row["distance_m"]) if name == "retained" else 0.0, row[columns[0]]) for row in rows
    ]
    assert keys == sorted(keys)
    assert not {"inf", "nan", "None", "True", "False", "<NA>"} & {
        cell for row in rows for cell in row.values()
    }


def test_numbers_are_written_with_sensible_digits(folder: Path) -> None:
    closure = rows_of(folder / "closures.csv")[0]
    assert closure["share_over_limit"] == "0.1235"
    assert closure["added_minutes_mean"].split(".")[1].isdigit()
    assert len(closure["added_minutes_mean"].split(".")[1]) == 1
    assert closure["year"] in {"2022", "2023"}
    unreachable = rows_of(folder / "assignment.csv")[0]
    assert [unreachable[c] for c in ("minutes_before", "minutes_after", "metres_after")] == [""] * 3
    assert {row["official"] for row in rows_of(folder / "retained.csv")} == {"true", "false"}


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", '=HYPERLINK("http://x")']
)
def test_no_cell_of_a_csv_runs(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"name": [name], "minutes": [-1.0]})
    text = lists.write_table(frame, tmp_path / "t.csv").read_bytes().decode("utf-8-sig")
    with io.StringIO(text, newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[1][0] == f"'{name}"
    assert rows[1][1] == "-1.0"


@given(st.text())
def test_protection_only_puts_a_sign_in_front(text: str) -> None:
    assert protected(text) in {text, f"'{text}"}
    assert not protected(text).startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


def test_run_json_says_what_was_run(plan: Plan, folder: Path) -> None:
    text = (folder / "run.json").read_text(encoding="utf-8")
    record = json.loads(text)
    assert text == json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert record["study"] == plan.study.name
    assert record["inputs"][0] == {
        "name": "schools",
        "path": "schools/schools.csv",
        "sha256": "0" * 64,
    }
    keys = {"model", "requested", "achieved", "objective", "bound", "gap", "status"}
    assert all(keys <= set(model) for model in record["models"])
    assert record["seconds"] == {"travel": 1.5}
    assert "numpy" in record["versions"]
    assert "seed" in record


def test_a_folder_of_somebody_else_is_refused(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "draft.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"error \[output-folder\].*draft\.txt"):
        lists.save(plan, tmp_path / "letters")
    (tmp_path / "letters" / "run.json").write_text('{"name": "other"}', encoding="utf-8")
    with pytest.raises(InputError):
        lists.check_target(tmp_path / "letters")
    with pytest.raises(InputError, match=r"error \[output-folder\]"):
        lists.check_target(tmp_path / "letters" / "draft.txt")
    assert (tmp_path / "letters" / "draft.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.more
def test_an_empty_folder_and_an_earlier_result_are_taken(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    lists.save(plan, tmp_path / "out")
    (tmp_path / "out" / "my notes.txt").write_text("kept", encoding="utf-8")
    lists.save(replace(plan, notes=(sentence("new"),)), tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["notes"] == ["new"]
    assert (tmp_path / "out" / "my notes.txt").read_text(encoding="utf-8") == "kept"


def broken(*_: object, **__: object) -> Path:
    raise OSError(28, "No space left on device")


@pytest.mark.more
@pytest.mark.parametrize(
    ("module", "step"),
    [
        (saving, "write_geopackage"),
        (saving, "as_json"),
        (saving, "_carry_over"),
        (files, "_swap"),
    ],
)
def test_a_full_disk_leaves_the_earlier_result(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    target = lists.save(plan, tmp_path / "out")
    before = hashes(target)
    monkeypatch.setattr(module, step, broken)
    with pytest.raises(InputError, match="No space left"):
        lists.save(replace(plan, notes=(sentence("new"),)), target)
    assert hashes(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.more
def test_a_swap_that_fails_is_taken_back(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = lists.save(plan, tmp_path / "out")
    before = hashes(target)
    rename: Callable[..., Path] = Path.rename

    def second_fails(self: Path, goal: Path) -> Path:
        if self.name.startswith(".out.new-"):
            raise PermissionError(13, "open in another program")
        return rename(self, goal)

    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(InputError, match="open in another program"):
        lists.save(plan, target)
    assert hashes(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no kill signal")
@pytest.mark.more
def test_a_killed_run_leaves_the_earlier_result(plan: Plan, tmp_path: Path) -> None:
    target = lists.save(plan, tmp_path / "out")
    before = hashes(target)
    script = (
        "import os, signal\n"
        "from layout.output import lists\n"
        "from layout.output.lists import folder\n"
        "from tests.worlds.fake_plan import fake_plan\n"
        "folder.write_geopackage = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"lists.save(fake_plan(), {str(target)!r})\n"
    )
    root = ROOT
    done = subprocess.run([sys.executable, "-c", script], cwd=root, check=False)
    assert done.returncode == -9
    assert hashes(target) == before
    lists.save(plan, target)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_result_set_aside_by_a_killed_run_comes_back(plan: Plan, tmp_path: Path) -> None:
    target = lists.save(plan, tmp_path / "out")
    before = hashes(target)
    (tmp_path / ".out.old-x").mkdir()
    target.rename(tmp_path / ".out.old-x" / "result")
    with pytest.raises(KeyError), files.whole_folder(target):
        raise KeyError
    assert hashes(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_place_that_cannot_be_written_is_a_problem(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        lists.save(plan, tmp_path / "file" / "out")
    with pytest.raises(InputError, match="cannot be written"):
        lists.export(plan, tmp_path / "file" / "plan.xlsx")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


@pytest.mark.more
def test_infeasible_leaves_only_the_reason_and_the_offer(plan: Plan, tmp_path: Path) -> None:
    target = lists.save(plan, tmp_path / "out")
    diagnosis = {"rule": "belt", "shortfall": np.int64(3), "ratio": float("inf")}
    lists.save_infeasible(diagnosis, target, offer=plan)
    assert sorted(path.name for path in target.iterdir()) == ["infeasible.json", "offer"]
    assert {path.name for path in (target / "offer").iterdir()} == FILES
    record = json.loads((target / "infeasible.json").read_text(encoding="utf-8"))
    assert record["shortfall"] == 3
    assert record["ratio"] is None
    lists.save_infeasible({"rule": "places"}, target)
    assert [path.name for path in target.iterdir()] == ["infeasible.json"]
    lists.save(plan, target)
    assert {path.name for path in target.iterdir()} == FILES


def test_one_file_alone(plan: Plan, folder: Path, tmp_path: Path) -> None:
    for name in ("plan.xlsx", "plan.gpkg"):
        made = lists.export(plan, tmp_path / "one" / name)
        assert made.read_bytes() == (folder / name).read_bytes()
    with pytest.raises(UsageError, match=r"plan\.pdf"):
        lists.export(plan, tmp_path / "plan.pdf")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["one", "plan.gpkg", "plan.xlsx"]


@pytest.mark.more
def test_names_of_any_kind_stay_inside_the_folder(plan: Plan, tmp_path: Path) -> None:
    for number, name in enumerate(["方案/一:A", "../../x", "C:\\x", "CON", ".", "=1+1\x00{{7*7}}"]):
        target = lists.save(renamed(plan, name), tmp_path / f"out{number}")
        assert {path.name for path in target.iterdir()} == FILES
        text = (target / "closures.csv").read_text("utf-8-sig")
        assert ("{{7*7}}" in text) == ("{{7*7}}" in name)
    assert {path.name for path in tmp_path.iterdir()} == {f"out{n}" for n in range(6)}


def test_a_plan_without_any_table_is_saved(plan: Plan, tmp_path: Path) -> None:
    bare = Plan(name="today", study=plan.study, assignment=plan.assignment.iloc[:0])
    target = lists.save(bare, tmp_path / "out")
    assert (target / "sites.csv").read_text(encoding="utf-8-sig") == ",".join(SITES) + "\n"


@pytest.mark.more
def test_the_plan_saves_and_draws_itself(plan: Plan, tmp_path: Path) -> None:
    # The fake study has no roads to draw land from, which a note says.
    drawn = lists.save(plan.drawn, tmp_path / "drawn")
    assert hashes(plan.save(tmp_path / "out")) == hashes(drawn)
    english = plan.save(tmp_path / "en", language="en")
    assert 'lang="en"' in (english / "index.html").read_text(encoding="utf-8")
    observed = replace(plan, study=replace(plan.study, provenance="observed"))
    assert plan.map().html != observed.map().html
