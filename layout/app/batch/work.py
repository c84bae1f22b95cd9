"""One study of a batch as a task: a pure function of files and options that fills a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from layout.app.batch.record import RECORD, sealed
from layout.app.batch.row import row_of
from layout.app.batch.share import costs_by_number
from layout.app.batch.sites import costs_of_sites
from layout.app.levers import with_levers
from layout.app.plan import Plan
from layout.app.steps import make_plan
from layout.core.errors import InfeasibleError, InputError, LayoutError, format_problem
from layout.core.files import small_file, whole_file, whole_folder
from layout.core.text import Language, set_language
from layout.demand.attendance import with_attendance
from layout.inputs.study.file import merged, read_toml
from layout.inputs.study.finding import find_input
from layout.inputs.study.part import part_of
from layout.inputs.study.study import Study
from layout.network.travel import study_travel
from layout.output.lists import fill, fill_infeasible, versions
from layout.planning.contract import PlanTables

__all__ = ["Task", "carry_out", "inputs_of", "key_of", "without_places"]

STATUSES = {0: "done", 1: "bad_input", 2: "wrong_call", 3: "infeasible", 4: "no_solution"}
CHECK_FAILED = "check_failed"
OF_SYSTEM = ("cannot-read", "cannot-write", "out-of-memory")
"""Problems that no study has."""
PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Task:
    """All that a result depends on beside the files, as plain data.

    Attributes
    ----------
    name
        Folder of the result.
    study, scenario
        Absolute paths of the study file and of the scenario over it, if any.
    unit
        Code of the county whose schools are planned alone; None for the whole study.
    levers
        As for `layout.make_plan`; the number of closures included where it is shared out.
    language
        Of what is written.
    numbers, pairs
        Numbers of closures, or of kindergartens and their classes, whose least costs are asked
        for; both empty where a plan is.
    programmes
        By programme the numbers that stand in place of its own, where they are shared out.
    """

    name: str
    study: str
    scenario: str | None = None
    unit: str | None = None
    levers: Mapping[str, Any] = field(default_factory=dict)
    language: Language = "zh"
    numbers: tuple[int, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    programmes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def is_question(self) -> bool:
        """Whether costs are asked for, and no plan."""
        return bool(self.numbers or self.pairs)

    def as_data(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Task:
        """Return the task that `as_data` wrote."""
        pairs = tuple((sites, classes) for sites, classes in data["pairs"])
        return cls(**{**data, "numbers": tuple(data["numbers"]), "pairs": pairs})


def key_of(task: Task, inputs: Sequence[str]) -> str:
    """Name a result by all that it depends on.

    Parameters
    ----------
    task
        The task.
    inputs
        Its files, as `inputs_of` tells them.

    Returns
    -------
    str
        SHA-256 of the bytes of all inputs, of the task (without the place of its files) and of
        the program.
    """
    digest = hashlib.sha256()
    said = json.dumps(without_places(task), sort_keys=True, ensure_ascii=False)
    for part in (_program(), said, *inputs):
        raw = part.encode()
        # The length first, so that ("ab", "c") and ("a", "bc") differ.
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def without_places(task: Task) -> dict[str, Any]:
    """Return a task as data, with the names of its files alone: where they lie does not matter."""
    said = task.as_data()
    for name in ("study", "scenario"):
        file = "" if said[name] is None else Path(said[name]).name
        # A name of bytes that are no text is written as one.
        said[name] = file.encode(errors="replace").decode()
    if task.is_question:
        # Costs are numbers, whatever language is spoken.
        said["language"] = ""
    return said


def inputs_of(task: Task) -> list[str]:
    """Return what the files of a task hold: the study file with its scenario, and a hash of each.

    Parameters
    ----------
    task
        The task. What cannot be read is told in its place: the task itself will fail on it.
    """
    study, told = Path(task.study), []
    try:
        data = read_toml(study, file=study.name)
        if task.scenario is not None:
            over = read_toml(Path(task.scenario), file=Path(task.scenario).name)
            data = merged(data, over)
        told.append(json.dumps(data, sort_keys=True, ensure_ascii=False, default=str))
        inputs = data.get("inputs", {})
    except InputError as error:
        # Another text that cannot be read either ends with other words.
        return [*told, *_codes(error), *map(_bytes_of, (task.study, task.scenario))]
    for name, text in sorted(inputs.items()) if isinstance(inputs, dict) else ():
        try:
            _, shown, sha256 = find_input(study.parent, name, str(text), file=study.name)
            told += [name, shown, sha256]
        except InputError as error:
            told += [name, *_codes(error)]
        except KeyError:
            # No input of ours, as the task itself will say.
            told.append(name)
    return told


def _bytes_of(path: str | None) -> str:
    """Hash of a file that may be no text; nothing where it cannot be read at all."""
    try:
        return "" if path is None else hashlib.sha256(small_file(path)).hexdigest()
    except OSError:
        return ""


def _codes(error: InputError) -> list[str]:
    """What went wrong in no language, and without the place of a file."""
    return [part for one in error.problems for part in (one.code, one.column)]


@lru_cache(maxsize=1)
def _program() -> str:
    """Versions, and a hash of this package's files: other code may have other results.

    Its pages and words count too, which stand in files that are no code. What was compiled from
    them does not: it comes and goes while tasks run.
    """
    digest = hashlib.sha256(json.dumps(versions(), sort_keys=True).encode())
    for path in sorted(PACKAGE.rglob("*")):
        own = path.relative_to(PACKAGE)
        if path.is_file() and not any(part.startswith(("__pycache__", ".")) for part in own.parts):
            digest.update(own.as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def carry_out(task: Task, key: str, target: Path) -> None:
    """Read, solve and write one study; what goes wrong is part of the result.

    Parameters
    ----------
    task
        The task.
    key
        Its key.
    target
        Folder of the result, or file of costs; it appears whole.
    """
    set_language(task.language)
    if task.is_question:
        _answer(task, key, target)
        return
    made: Plan | None = None
    refused: LayoutError | None = None
    try:
        made = make_plan(_study(task), **cast("Any", _number(task)))
    except LayoutError as error:
        refused = error
    with whole_folder(target) as folder:
        if made is not None:
            fill(made.drawn, folder, task.language)
        elif isinstance(refused, InfeasibleError):
            offer = refused.offer if isinstance(refused.offer, PlanTables) else None
            drawn = None if offer is None else Plan.of(offer).drawn
            fill_infeasible(refused.diagnosis, folder, drawn, task.language)
        record = {**_ended(task, key, refused), "row": row_of(made)}
        (folder / RECORD).write_text(sealed(record, folder), encoding="utf-8", newline="\n")


def _answer(task: Task, key: str, target: Path) -> None:
    """Write what some numbers cost at least."""
    costs: dict[str, Any] = {}
    refused: LayoutError | None = None
    try:
        if task.numbers:
            costs = costs_by_number(_study(task), task.numbers).as_data()
        else:
            costs = costs_of_sites(_study(task), task.pairs, **_number(task)).as_data()
    except LayoutError as error:
        refused = error
    with whole_file(target) as partial:
        record = {**_ended(task, key, refused), "costs": costs}
        partial.write_text(sealed(record), encoding="utf-8", newline="\n")


def _study(task: Task) -> Study:
    """The study of a task with its levers, or one county of it."""
    study = Study.read(task.study, scenario=task.scenario)
    study = replace(study, language=task.language)
    # Schools of the levers are those of the whole.
    study = with_levers(study, cast("Any", {**task.levers, "close": None}))
    for name, numbers in task.programmes.items():
        asked = getattr(study.programmes, name).model_copy(update={**numbers, "places": 0})
        programmes = study.programmes.model_copy(update={name: asked})
        study = replace(study, programmes=programmes)
    if task.unit is None:
        return study
    if study.attendance is None:
        # Who goes to which school of the whole decides who is in a part.
        ways = study_travel(study)
        study = with_attendance(study, ways.walk, ways.bus)
    return part_of(study, task.unit)


def _number(task: Task) -> dict[str, Any]:
    return {"close": task.levers.get("close")}


def _ended(task: Task, key: str, refused: LayoutError | None) -> dict[str, Any]:
    """How a task ended, as data."""
    code = 0 if refused is None else refused.exit_code
    problems = refused.problems if isinstance(refused, InputError) else ()
    return {
        "key": key,
        "task": without_places(task),
        "status": STATUSES.get(code, CHECK_FAILED),
        "exit_code": code,
        # What the system refused may be had another time, though nothing of the study has changed.
        "again": any(one.code in OF_SYSTEM for one in problems),
        "message": "" if refused is None else str(refused),
        "problems": [format_problem(one) for one in problems],
    }
