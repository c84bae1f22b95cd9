"""Progress: nothing is changed, short steps stay silent, long ones are told once."""

from __future__ import annotations

import logging
import threading

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


def test_a_terminal_sees_a_clock_while_a_long_step_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_interactive", lambda: True)
    monkeypatch.setattr(progress, "DELAY_S", 0.0)
    shown = threading.Event()
    refresh = progress.tqdm.refresh

    def seen(bar: object, **options: object) -> None:
        refresh(bar, **options)
        shown.set()

    monkeypatch.setattr(progress.tqdm, "refresh", seen)
    with progress.step("solving"):
        assert shown.wait(30)
    assert "solving" in capsys.readouterr().err


def test_an_error_passes_through_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_interactive", lambda: True)
    with pytest.raises(KeyError), progress.step("failing"):
        raise KeyError
