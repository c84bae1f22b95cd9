"""Tasks carried out: those that have a result already are left, what was lost is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layout.app.batch.hands import Hands
from layout.app.batch.processes import Call, Ended
from layout.app.batch.record import RECORD, sealed, standing
from layout.app.batch.work import Task, inputs_of, key_of, without_places
from layout.core.files import refusals_told, whole_folder
from layout.core.text import tr

__all__ = ["Job", "Running"]

Told = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A task and the place of its result, which may depend on its key."""

    task: Task
    place: Callable[[str], Path]


@dataclass(frozen=True, kw_only=True)
class Running:
    """How tasks are carried out.

    Attributes
    ----------
    hands
        Who does it.
    attempts
        How often a task is tried whose process is lost.
    retry
        Whether a result that is no plan is tried again.
    memory_bytes
        The most memory of a task's process; None for no limit.
    told
        Takes a sentence for each task that ended.
    seconds
        By name of the task when it ended this time, and how often it was tried.
    inputs
        What the files of a study with its scenario hold, as they were read first in this run.
    """

    hands: Hands
    attempts: int
    retry: bool
    memory_bytes: int | None
    told: Told
    seconds: dict[str, dict[str, float]] = field(default_factory=dict)
    inputs: dict[tuple[str, str | None], list[str]] = field(default_factory=dict)

    def run(
        self, jobs: Sequence[Job], each: Callable[[str, dict[str, Any]], None]
    ) -> dict[str, dict[str, Any]]:
        """Carry tasks out, and return the record of each by its name.

        Parameters
        ----------
        jobs
            What is to be done.
        each
            Called with name and record of a task as soon as there is one.
        """
        records: dict[str, dict[str, Any]] = {}
        calls: dict[Call, Job] = {}
        before: dict[Call, dict[str, Any] | None] = {}
        for job in jobs:
            key = self._key(job.task)
            target = job.place(key)
            record = standing(target, key)
            if record is not None and not self._again(job.task, record):
                records[job.task.name] = record
                each(job.task.name, record)
                continue
            call = Call(
                task=job.task.as_data(),
                key=key,
                target=str(target),
                memory_bytes=self.memory_bytes,
            )
            calls[call], before[call] = job, record
        for attempt in range(1, self.attempts + 1):
            if not calls:
                break
            started, lost = time.monotonic(), []
            for call, ended in self.hands.carry_out(list(calls)):
                name, target = calls[call].task.name, Path(call.target)
                if ended.how != "whole" and standing(target, call.key) not in (None, before[call]):
                    # Lost after its result was put in place.
                    ended = Ended(how="whole")
                if ended.how == "lost" and attempt < self.attempts:
                    self.told(tr("{name}: its process was lost and is tried again", name=name))
                    lost.append(call)
                    continue
                records[name] = self._record(call, calls[call], ended)
                spent = round(time.monotonic() - started, 3)
                self.seconds[name] = {"ended_after": spent, "attempts": attempt}
                each(name, records[name])
                self.told(f"[{len(records)}/{len(jobs)}] {_sentence(name, records[name])}")
            calls = {call: calls[call] for call in lost}
        return records

    def _again(self, task: Task, record: Mapping[str, Any]) -> bool:
        """Whether a task is tried again whose result stands."""
        if record["exit_code"] == 0:
            return False
        # A question without an answer stops the sharing, and its words may be of another language.
        return bool(self.retry or record["again"] or task.is_question)

    def _key(self, task: Task) -> str:
        """The key of a task; the files of a study are looked at once in a run."""
        files = (task.study, task.scenario)
        if files not in self.inputs:
            self.inputs[files] = inputs_of(task)
        return key_of(task, self.inputs[files])

    def _record(self, call: Call, job: Job, ended: Ended) -> dict[str, Any]:
        """The record that the task wrote, or one of how it was lost."""
        if ended.how == "whole":
            record = standing(Path(call.target), call.key)
            if record is not None:
                return record
        how = "unforeseen" if ended.how == "whole" else ended.how
        record = {
            "key": call.key,
            "task": without_places(job.task),
            "status": how,
            "exit_code": 1,
            "again": how in ("changed", "unwritten"),
            "message": _MESSAGES[how](ended.message),
            "problems": [],
            "row": {},
        }
        if not job.task.is_question:
            # An earlier result of other inputs must not stand for this one.
            with refusals_told(Path(call.target)), whole_folder(call.target) as folder:
                (folder / RECORD).write_text(sealed(record), encoding="utf-8", newline="\n")
        return record


_MESSAGES: dict[str, Callable[[str], str]] = {
    "lost": lambda said: tr("Its process was lost each time it was tried: {said}", said=said),
    "changed": lambda _: tr(
        "Its files changed while the batch ran, or its worker has another version; run it again."
    ),
    "out_of_memory": lambda _: tr(
        "It needs more memory than a study may take: give it more with --memory-gb, or run fewer "
        "at a time with --workers; and add --retry failed."
    ),
    "unwritten": lambda said: tr("Its result could not be written: {said}", said=said),
    "unforeseen": lambda said: tr("An error that nobody foresaw: {said}", said=said),
}


def _sentence(name: str, record: dict[str, Any]) -> str:
    """One line on a task that ended."""
    if record["exit_code"]:
        first = record["message"].split("\n")[0]
        return tr("{name}: {message}", name=name, message=first)
    closed = record.get("row", {}).get("closed")
    if closed is None:
        return tr("{name}: costs are known", name=name)
    return tr("{name}: {count:school closes|schools close}", name=name, count=closed)
