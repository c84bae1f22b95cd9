"""Progress: nothing is changed, short steps stay silent, long ones are told once."""

from __future__ import annotations

import io
import logging
import sys
import threading
from types import ModuleType

import pytest

from layout.core import progress


def test_a_bar_hands_on_every_item() -> None:
    assert list(progress.bar(range(5), label="count")) == [0, 1, 2, 3, 4]


def test_short_steps_are_silent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), progress.step("short"):
        pass
    assert caplog.messages == []


def test_long_steps_are_told_when_they_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([10.0, 13.5])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with caplog.at_level(logging.INFO), progress.step("long"):
        pass
    assert caplog.messages == ["long: 3.5 s"]


class Terminal(io.StringIO):
    """A terminal that says when a text has appeared on it."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted, self.seen = wanted, threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        written = super().write(text)
        if self.wanted in self.getvalue():
            self.seen.set()
        return written


def test_a_terminal_sees_a_clock_while_a_long_step_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal("[solving]")
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    with progress.step("[solving]"):
        assert terminal.seen.wait(30)
    assert "0:00:0" in terminal.getvalue()


def test_a_terminal_sees_how_far_each_of_two_steps_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal("1/3")
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    with progress.line("outer") as outer:
        for item in progress.bar(range(3), label="inner", total=3):
            if item == 1:
                assert terminal.seen.wait(30)
        terminal.wanted = "best 12"
        terminal.seen.clear()
        outer.show("best 12")
        assert terminal.seen.wait(30)
    assert "outer" in terminal.getvalue()
    assert "inner" in terminal.getvalue()


@pytest.mark.parametrize("level", [logging.WARNING, logging.INFO])
def test_a_notebook_is_told_of_finished_steps_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, level: int
) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    monkeypatch.setattr(progress._log, "level", level)
    progress._log.manager._clear_cache()  # type: ignore[attr-defined]
    clock = iter([10.0, 13.5])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.line("searching") as line:
        line.show("best 12")
    told = "searching: 3.5 s; best 12\n" if level == logging.WARNING else ""
    assert capsys.readouterr().err == told


def test_an_error_passes_through_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_interactive", lambda: True)
    with pytest.raises(KeyError), progress.step("failing"):
        raise KeyError
