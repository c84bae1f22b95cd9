"""Progress: nothing is changed, short steps stay silent, long ones are told once."""

from __future__ import annotations

import io
import logging
import sys
import threading
from dataclasses import dataclass, field
from types import ModuleType
from unittest.mock import Mock

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


@dataclass
class Kernel:
    """A kernel whose cells hold outputs that are renewed in place; it has no widgets."""

    outputs: list[list[str]] = field(default_factory=list)
    execution_count: int = 1
    kernel: object = "a kernel"

    def display(self, data: dict[str, str], *, raw: bool, display_id: bool) -> Kernel:
        assert (raw, display_id) == (True, True)
        self.outputs.append([])
        self.update(data, raw=raw)
        return self

    def update(self, data: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.outputs[-1].append(data["text/plain"])


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Kernel:
    kernel = Kernel()
    # Nobody has set up a log, whatever a command did in this process before.
    caplog.set_level(logging.NOTSET, logger="layout")
    caplog.set_level(logging.WARNING)
    shell, shows = ModuleType("IPython"), ModuleType("IPython.display")
    shell.get_ipython = lambda: kernel  # type: ignore[attr-defined]
    shows.display = kernel.display  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", shows)
    # No timer runs of itself, and the clock is turned by hand.
    monkeypatch.setattr(progress.threading, "Timer", lambda *_: Mock())
    monkeypatch.setattr(progress.time, "monotonic", lambda: kernel_time[0])
    kernel_time[0] = 10.0
    monkeypatch.setattr(progress, "_cell", progress._Cell())
    return kernel


kernel_time = [10.0]


def later_with_an_error() -> None:
    kernel_time[0] += 4
    raise KeyError


def test_a_notebook_has_one_output_with_a_line_for_each_step(
    notebook: Kernel, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.step("outer"):
        kernel_time[0] += 1
        with progress.line("inner") as inner:
            kernel_time[0] += 3
            inner.show("best 12")
            progress._cell._move()
        assert notebook.outputs == [["inner … 3 s best 12"] * 2 + ["inner: 3.0 s"]]
        with progress.step("short"):
            kernel_time[0] += 1
    # What is finished stands for the steps within it.
    assert notebook.outputs[0][-1] == "outer: 5.0 s"
    with progress.step("next"):
        kernel_time[0] += 2
    assert notebook.outputs[0][-1] == "outer: 5.0 s\nnext: 2.0 s"
    # The next cell has an output of its own.
    notebook.execution_count = 2
    with pytest.raises(KeyError), progress.step("failing"):
        later_with_an_error()
    with progress.step("again"):
        kernel_time[0] += 4
    assert notebook.outputs[1][-1] == "again: 4.0 s"
    assert len(notebook.outputs) == 2
    assert capsys.readouterr() == ("", "")


def test_who_has_set_up_a_log_in_a_notebook_reads_it_there(
    notebook: Kernel, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), progress.line("searching") as line:
        kernel_time[0] += 3.5
        line.show("best 12")
    assert caplog.messages == ["searching: 3.5 s; best 12"]
    assert notebook.outputs == []


def test_an_error_passes_through_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_place", lambda: progress._screen)
    with pytest.raises(KeyError), progress.step("failing"):
        raise KeyError


def test_somebody_hears_of_each_step_in_place_of_the_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    heard: list[str] = []
    with progress.told_to(heard.append), progress.step("reading"), progress.line("solving") as line:
        line.show("gap 3 %")
    assert heard == ["reading", "solving", "solving: gap 3 %"]
    assert capsys.readouterr().err == ""
    with progress.step("reading"):
        pass
    assert len(heard) == 3
