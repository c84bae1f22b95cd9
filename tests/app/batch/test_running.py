"""Tasks of a batch: what is done already is left, what is lost is tried again, what fails stays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from layout.app.batch import work
from layout.app.batch.hands import Hands
from layout.app.batch.processes import Call, Ended
from layout.app.batch.record import RECORD, sealed
from layout.app.batch.running import Job, Running
from layout.app.batch.work import Task, inputs_of, key_of
from layout.core.files import whole_folder
from layout.core.text import using
from layout.output.lists import as_json

TASKS = [Task(name=name, study=f"/nowhere/{name}.toml") for name in ("one", "two", "three")]


class Pretended(Hands):
    """Writes a result for each call at once, or ends as it is told to."""

    def __init__(self, **ends: list[Ended]) -> None:
        self.ends, self.seen = ends, [""][:0]

    def carry_out(self, calls: Sequence[Call]) -> Iterator[tuple[Call, Ended]]:
        for call in calls:
            name = call.task["name"]
            self.seen.append(name)
            ended = self.ends[name].pop(0) if self.ends.get(name) else Ended(how="whole")
            if ended.how == "whole":
                record = {"key": call.key, "status": "done", "exit_code": 0, "message": ""}
                with whole_folder(call.target) as folder:
                    (folder / "closures.csv").write_text(name)
                    (folder / "run.json").write_text(as_json({"seconds": {"plan": 5}}))
                    for other in ("plan.xlsx", "plan.gpkg"):
                        (folder / other).write_text(other)
                    (folder / RECORD).write_text(sealed({**record, "row": {}}, folder))
            yield call, ended

    def close(self) -> None:
        raise AssertionError


def run(hands: Pretended, root: Path, tasks: Sequence[Task] = TASKS, **how: Any) -> dict[str, Any]:
    running = Running(
        **{"hands": hands, "attempts": 3, "retry": False, "memory_bytes": None, **how},
        told=lambda _: None,
    )
    jobs = [Job(task=task, place=lambda _, name=task.name: root / name) for task in tasks]  # type: ignore[misc]
    each: dict[str, Any] = {}
    records = running.run(jobs, each.__setitem__)
    assert records == each
    return records


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    first, second = Pretended(), Pretended()
    records = run(first, tmp_path)
    assert first.seen == ["one", "two", "three"]
    assert run(second, tmp_path) == records
    assert second.seen == []


def test_what_changed_runs_alone(tmp_path: Path) -> None:
    run(Pretended(), tmp_path)
    again = Pretended()
    changed = [TASKS[0], replace(TASKS[1], levers={"close": 3}), TASKS[2]]
    run(again, tmp_path, changed)
    assert again.seen == ["two"]


def test_what_is_lost_is_tried_again_so_often(tmp_path: Path) -> None:
    lost = Ended(how="lost", message="-9")
    hands = Pretended(one=[lost, lost], two=[lost, lost, lost])
    records = run(hands, tmp_path)
    assert hands.seen == ["one", "two", "three", "one", "two", "one", "two"]
    assert [records[name]["status"] for name in ("one", "two", "three")] == ["done", "lost", "done"]
    assert "-9" in records["two"]["message"]
    # It is known for lost, until somebody asks for another try.
    again = Pretended()
    assert run(again, tmp_path)["two"]["status"] == "lost"
    assert again.seen == []
    assert run(again, tmp_path, retry=True)["two"]["status"] == "done"
    assert again.seen == ["two"]


@pytest.mark.parametrize("how", ["changed", "out_of_memory", "unforeseen"])
def test_what_fails_for_itself_is_tried_once(tmp_path: Path, how: Any) -> None:
    run(Pretended(), tmp_path)
    hands = Pretended(one=[Ended(how=how)])
    records = run(hands, tmp_path, [replace(TASKS[0], levers={"close": 1}), TASKS[1]])
    assert hands.seen == ["one"]
    assert records["one"]["status"] == how
    # The plan of other levers does not stand for this one.
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [RECORD]


def test_what_changed_meanwhile_is_tried_again_unasked(tmp_path: Path) -> None:
    run(Pretended(one=[Ended(how="changed")], two=[Ended(how="unwritten")]), tmp_path)
    again = Pretended()
    assert {record["status"] for record in run(again, tmp_path).values()} == {"done"}
    assert again.seen == ["one", "two"]


def test_a_failed_result_from_before_is_none_of_a_lost_process(tmp_path: Path) -> None:
    first = Pretended(one=[Ended(how="out_of_memory")])
    assert run(first, tmp_path)["one"]["status"] == "out_of_memory"
    hands = Pretended(one=[Ended(how="lost")])
    assert run(hands, tmp_path, retry=True)["one"]["status"] == "done"
    assert hands.seen == ["one", "one"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (RECORD, '{"program": "layout"}'),
        (RECORD, "[" * 100_000),
        (RECORD, None),
        ("closures.csv", "school_id"),
        ("closures.csv", None),
        ("run.json", "[]"),
        ("plan.gpkg", ""),
    ],
)
def test_a_damaged_result_is_made_again(tmp_path: Path, file: str, text: str | None) -> None:
    run(Pretended(), tmp_path)
    if text is None:
        (tmp_path / "two" / file).unlink()
    else:
        (tmp_path / "two" / file).write_text(text)
    again = Pretended()
    run(again, tmp_path)
    assert again.seen == ["two"]
    assert (tmp_path / "two/closures.csv").read_text() == "two"


def test_what_a_reader_leaves_in_a_result_does_no_harm(tmp_path: Path) -> None:
    run(Pretended(), tmp_path)
    (tmp_path / "two/notes.txt").touch()
    (tmp_path / "two/plan.xlsx").write_text("with notes")
    record = json.loads((tmp_path / "two/run.json").read_text())
    (tmp_path / "two/run.json").write_text(as_json({**record, "seconds": {"plan": 7}}))
    again = Pretended()
    run(again, tmp_path)
    assert again.seen == []


def test_a_result_that_was_put_in_place_before_the_end_counts(tmp_path: Path) -> None:
    class LateLoss(Pretended):
        def carry_out(self, calls: Sequence[Call]) -> Iterator[tuple[Call, Ended]]:
            for call, _ in super().carry_out(calls):
                yield call, Ended(how="lost")

    hands = LateLoss()
    records = run(hands, tmp_path)
    assert {record["status"] for record in records.values()} == {"done"}
    assert hands.seen == ["one", "two", "three"]


def test_a_key_follows_contents_and_not_places(tmp_path: Path) -> None:
    def key(folder: str, text: str, **more: Any) -> str:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        (place / "study.toml").write_text('[inputs]\nschools = "schools.csv"\n', encoding="utf-8")
        (place / "schools.csv").write_text(text, encoding="utf-8")
        task = Task(name="a", study=str(place / "study.toml"), **more)
        return key_of(task, inputs_of(task))

    first = key("here", "school_id\n1\n")
    assert key("there", "school_id\n1\n") == first
    others = [
        key("here", "school_id\n2\n"),
        key("there", "school_id\n1\n", levers={"close": 1}),
        key("there", "school_id\n1\n", unit="451002"),
        key("there", "school_id\n1\n", language="en"),
        key("there", "school_id\n1\n", numbers=(1, 2)),
    ]
    assert len({first, *others}) == 1 + len(others)
    # What is only asked is a number in any language.
    asked = [key("here", "", numbers=(1,), language=language) for language in ("zh", "en")]
    assert asked[0] == asked[1]


def test_a_text_that_cannot_be_read_has_a_key_of_its_own(tmp_path: Path) -> None:
    task = Task(name="a", study=str(tmp_path / "\udcff.toml"))
    keys = set()
    for text in ("[study", "x = [study", "\udcff"):
        Path(task.study).write_text(text, encoding="utf-8", errors="surrogateescape")
        keys.add(key_of(task, inputs_of(task)))
    assert len(keys) == 3


def test_a_key_is_of_no_language(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    task = Task(name="a", study=str(path))
    for text in ("x", '[inputs]\nschools = "none.csv"\nrodas = "x"\n', "[inputs]\nschools = 1\n"):
        path.write_text(text, encoding="utf-8")
        with using("zh"):
            chinese = key_of(task, inputs_of(task))
        with using("en"):
            assert key_of(task, inputs_of(task)) == chinese


def test_another_version_of_a_library_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def key() -> str:
        work._program.cache_clear()
        return key_of(TASKS[0], [])

    here = key()
    monkeypatch.setattr(work, "versions", lambda: {"highspy": "0.0"})
    assert key() != here
    monkeypatch.undo()
    assert key() == here


def test_files_of_the_package_are_of_the_key_and_compiled_ones_are_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def key() -> str:
        work._program.cache_clear()
        return key_of(TASKS[0], [])

    monkeypatch.setattr(work, "PACKAGE", tmp_path)
    (tmp_path / "page.js").write_text("1")
    here = key()
    # As Python and Numba write them when a function runs first, or a viewer of folders does.
    for name in ("kernel.py311.nbi", "kernel.py311.1.nbc", "kernel.cpython-311.pyc"):
        (tmp_path / "__pycache__").mkdir(exist_ok=True)
        (tmp_path / "__pycache__" / name).write_text("compiled")
    (tmp_path / ".DS_Store").write_text("")
    assert key() == here
    (tmp_path / "page.js").write_text("2")
    assert key() != here
    monkeypatch.undo()
    work._program.cache_clear()


def test_a_study_may_be_called_as_a_file_is(tmp_path: Path) -> None:
    tasks = [Task(name="a.json", study="/nowhere/a.json.toml")]
    assert run(Pretended(), tmp_path, tasks)["a.json"]["status"] == "done"
    again = Pretended()
    run(again, tmp_path, tasks)
    assert again.seen == []
