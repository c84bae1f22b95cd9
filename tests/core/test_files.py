"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from layout.core.errors import InputError
from layout.core.files import refusals_told, whole_file, whole_folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def stop(path: Path) -> None:
    path.write_bytes(b"half")
    raise KeyError


def test_a_file_takes_its_place_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.txt"
    for text in ("first", "second"):
        with whole_file(target) as partial:
            assert partial.name == target.name
            assert not partial.exists()
            partial.write_text(text, encoding="utf-8")
        assert target.read_text(encoding="utf-8") == text
        assert names(target.parent) == ["a.txt"]
    with pytest.raises(KeyError), whole_file(target) as partial:
        stop(partial)
    assert target.read_text(encoding="utf-8") == "second"
    assert names(target.parent) == ["a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_everyone_may_read_what_was_written(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with whole_file(tmp_path / "a") as partial:
            partial.write_bytes(b"a")
        with whole_file(tmp_path / "b", mode=0o600) as partial:
            partial.write_bytes(b"b")
        with whole_folder(tmp_path / "c") as folder:
            (folder / "d").write_bytes(b"d")
    finally:
        os.umask(before)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in "abc"}
    assert modes == {"a": 0o644, "b": 0o600, "c": 0o755}


def test_a_folder_replaces_the_earlier_one_when_it_is_full(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for name in ("first", "second"):
        with whole_folder(target) as folder:
            assert names(folder) == []
            (folder / name).write_bytes(b"")
        assert names(target) == [name]
    with pytest.raises(KeyError), whole_folder(target) as folder:
        stop(folder / "half")
    assert names(target) == ["second"]
    assert names(tmp_path) == ["out"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no locks of folders")
def test_two_runs_to_one_folder_leave_each_other_alone(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with whole_folder(target) as first:
        (first / "a").write_bytes(b"first")
        with whole_folder(target) as second:
            (second / "b").write_bytes(b"second")
            assert names(first) == ["a"]
        assert names(target) == ["b"]
        assert names(first) == ["a"]
    assert names(target) == ["a"]
    assert names(tmp_path) == ["out"]


def test_a_folder_that_another_run_puts_in_place_first_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    rename = Path.rename

    def overtaken(self: Path, goal: Path) -> Path:
        moved = rename(self, goal)
        if goal.name == "result":
            # In the moment between the two steps.
            (target / "theirs").mkdir(parents=True)
        return moved

    (target / "earlier").mkdir(parents=True)
    monkeypatch.setattr(Path, "rename", overtaken)
    with pytest.raises(OSError, match=r"not empty|exist"), whole_folder(target) as folder:
        (folder / "ours").mkdir()
    assert names(target) == ["theirs"]
    assert names(tmp_path) == ["out"]


def test_an_interrupt_between_setting_aside_and_putting_in_place_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    (target / "earlier").mkdir(parents=True)
    rename = Path.rename

    def interrupted(self: Path, goal: Path) -> Path:
        moved = rename(self, goal)
        if goal.name == "result":
            raise KeyboardInterrupt
        return moved

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), whole_folder(target) as folder:
        (folder / "new").mkdir()
    assert names(target) == ["earlier"]
    assert names(tmp_path) == ["out"]


def test_what_the_system_refuses_is_told_of_the_target(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    target = tmp_path / "file" / "a.txt"
    with pytest.raises(InputError) as error, refusals_told(target), whole_file(target) as partial:
        partial.write_bytes(b"")
    assert [(told.code, told.file) for told in error.value.problems] == [
        ("cannot-write", str(target))
    ]
    assert (tmp_path / "file").read_bytes() == b"mine"
