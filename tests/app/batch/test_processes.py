"""A task's process: it ends with its caller, and says how it ended."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from layout.app.batch import child
from layout.app.batch.processes import CHILDREN, Call, Ended, Stopped, carried_out
from layout.app.batch.work import Task, inputs_of, key_of

SCRIPT = Path(child.__file__)


def call_of(folder: Path, **changes: object) -> Call:
    """A study that is not there: it is read, refused, and the refusal written."""
    task = Task(name="none", study=str(folder / "none.toml"), language="en")
    call = Call(
        task=task.as_data(), key=key_of(task, inputs_of(task)), target=str(folder / "out" / "none")
    )
    return dataclasses.replace(call, **changes)  # type: ignore[arg-type]


@pytest.mark.more
def test_a_refusal_is_a_result(tmp_path: Path) -> None:
    call = call_of(tmp_path)
    assert carried_out(call) == Ended(how="whole")
    record = json.loads((tmp_path / "out/none/task.json").read_text("utf-8"))
    assert (record["status"], record["exit_code"], record["key"]) == ("bad_input", 1, call.key)
    assert record["row"] == {}
    assert "none.toml" in record["message"]
    # No place of this machine is part of a result.
    assert str(tmp_path) not in json.dumps(record["task"])


@pytest.mark.more
def test_what_changed_since_it_was_called_is_not_done(tmp_path: Path) -> None:
    assert carried_out(call_of(tmp_path, key="of another version")) == Ended(how="changed")
    assert not (tmp_path / "out").exists()


@pytest.mark.more
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    ended = carried_out(call_of(tmp_path))
    assert ended.how == "unwritten"
    assert "File exists" in ended.message


@pytest.mark.more
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_too_little_memory_is_told(tmp_path: Path) -> None:
    ended = carried_out(call_of(tmp_path, memory_bytes=30_000_000))
    assert ended.how == "out_of_memory"


def test_nothing_starts_once_all_is_stopped(tmp_path: Path) -> None:
    CHILDREN.stop()
    try:
        with pytest.raises(Stopped):
            carried_out(call_of(tmp_path))
    finally:
        CHILDREN.go_on()


def test_it_ends_with_its_caller() -> None:
    # The end of the standard input is the end of the caller.
    process = subprocess.Popen(
        [sys.executable, "-P", str(SCRIPT)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps({"memory_bytes": None}).encode() + b"\n")
    process.stdin.close()
    assert process.wait() != 0
