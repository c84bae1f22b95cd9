"""Runs of ``layout batch`` that are watched, and disturbed: for `benchmarks.province`."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests import ROOT

ATTEMPTS = 9
CHILD = "child.py"
GLANCE_S = 0.25
MIB = 1024**2
Disturb = Callable[["Watch"], None]


@dataclass
class Watch:
    """What is seen of a batch while it runs, at each glance."""

    main: psutil.Process
    started: float
    table: Path
    was: float
    shared_after: float | None = None
    idle_s: float = 0.0
    main_bytes: int = 0
    begun: dict[psutil.Process, float] = field(default_factory=dict)
    seen: dict[psutil.Process, float] = field(default_factory=dict)
    peaks: dict[psutil.Process, int] = field(default_factory=dict)
    running: list[psutil.Process] = field(default_factory=list)

    def glance(self, since_s: float) -> None:
        """Look at the processes of the batch once."""
        now = time.time() - self.started
        if self.shared_after is None and self.table.exists() and _changed(self.table) != self.was:
            # The first rows are written when all shares are known.
            self.shared_after = now
        self.running, started = [], []
        with suppress(psutil.NoSuchProcess):
            self.main_bytes = max(self.main_bytes, _peak_bytes(self.main))
            started = self.main.children()
        for process in started:
            with suppress(psutil.NoSuchProcess):
                if any(word.endswith(CHILD) for word in process.cmdline()):
                    self.begun.setdefault(process, now)
                    self.seen[process] = now
                    self.peaks[process] = max(self.peaks.get(process, 0), _peak_bytes(process))
                    self.running.append(process)
        if not self.running:
            self.idle_s += since_s

    def lived_s(self, process: psutil.Process) -> float:
        """Seconds for which a process has been seen."""
        return self.seen[process] - self.begun[process]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One call of ``layout batch``, measured."""

    seconds: float
    cpu_seconds: float
    sharing_seconds: float | None
    idle_seconds: float
    main_mib: float
    task_mib: tuple[float, ...]
    questions: int
    plans: int
    task_seconds: tuple[float, ...]
    exit_code: int


def _peak_bytes(process: psutil.Process) -> int:
    """The most memory that a process has had at once, where the system knows; else what it has."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024
    except (OSError, StopIteration):
        return int(process.memory_info().rss)


def _changed(path: Path) -> float:
    """When a file was written last; 0 where it is not there."""
    return path.stat().st_mtime if path.exists() else 0.0


def run(listing: Path, out: Path, ways: Path, *, workers: int, disturb: Disturb | None) -> Run:
    """Run a batch once, and watch its processes."""
    command = [sys.executable, "-m", "layout", "batch", str(listing), "--out", str(out)]
    command += ["--workers", str(workers), "--attempts", str(ATTEMPTS)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LAYOUT_CACHE": str(ways)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    table = out / "batch.csv"
    log = out.with_suffix(".log").open("a", encoding="utf-8")
    with log, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as main:
        watch = Watch(psutil.Process(main.pid), time.time(), table, _changed(table))
        last = time.monotonic()
        while main.poll() is None:
            watch.glance(time.monotonic() - last)
            last = time.monotonic()
            if disturb is not None:
                disturb(watch)
            time.sleep(GLANCE_S)
        seconds = time.time() - watch.started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # One that began before the shares were known asked for costs.
    split = seconds if watch.shared_after is None else watch.shared_after
    questions = sum(begun < split for begun in watch.begun.values())
    return Run(
        seconds=seconds,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        sharing_seconds=watch.shared_after,
        idle_seconds=watch.idle_s,
        main_mib=watch.main_bytes / MIB,
        task_mib=tuple(peak / MIB for peak in watch.peaks.values()),
        questions=questions,
        plans=len(watch.begun) - questions,
        task_seconds=tuple(watch.lived_s(one) for one in watch.begun),
        exit_code=main.returncode,
    )


class Killer:
    """Kills processes of studies at random, and the whole once."""

    def __init__(self, tasks: int, usual_s: float, *, kills: int, seed: int) -> None:
        self._draw = random.Random(seed)
        # By how many processes have begun by then: the seed alone says when.
        at = sorted(self._draw.sample(range(1, max(kills + 2, tasks)), kills + 1))
        whole = self._draw.randrange(kills // 2, kills + 1)
        self._due = [(begun, turn == whole) for turn, begun in enumerate(at)]
        self._usual_s = usual_s
        self._wait_s = self._draw.uniform(0, usual_s)
        self._begun_before = 0
        self.lost_s: list[float] = []
        self.whole_lost_s = self.orphans_s = 0.0

    def __call__(self, watch: Watch) -> None:
        """Kill what is due."""
        old = [one for one in watch.running if watch.lived_s(one) >= self._wait_s]
        if not self._due or not old or self._begun_before + len(watch.begun) < self._due[0][0]:
            return
        _, whole = self._due.pop(0)
        self._wait_s = self._draw.uniform(0, self._usual_s)
        try:
            if not whole:
                one = self._draw.choice(old)
                one.kill()
                self.lost_s.append(watch.lived_s(one))
                return
            watch.main.kill()
            self.whole_lost_s = sum(map(watch.lived_s, watch.running))
            self._begun_before = len(watch.begun)
            begin = time.monotonic()
            # Nobody waits for these any longer: they must end by themselves.
            psutil.wait_procs(watch.running)
            self.orphans_s = time.monotonic() - begin
        except psutil.NoSuchProcess:
            return
