"""The list of a batch as tasks: patterns are looked up, names given, split studies taken apart."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from layout.app.batch.work import Task
from layout.core.errors import InputError, Problem
from layout.core.files import is_ordinary, path_of
from layout.core.problems import problem
from layout.core.progress import step
from layout.core.text import Language, tr
from layout.inputs.study.listing import ListedStudies, ListFile, read_list
from layout.inputs.study.study import Study

__all__ = ["Listed", "Listing", "listing_of"]

_STUDY = "study"
"""A study file of this name is called after its folder."""
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST = 150
"""Bytes of a name, so that it fits any disk."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One study of a batch, or one county of it.

    Attributes
    ----------
    task
        What is done; the number of closures is not in it where it is shared out.
    least, most
        Floor and ceiling of its closures; None for no ceiling.
    least_sites, most_sites
        The same of its kindergartens and their classes.
    """

    task: Task
    least: int = 0
    most: int | None = None
    least_sites: tuple[int, int] = (0, 0)
    most_sites: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A whole batch before it runs.

    Attributes
    ----------
    title
        Name of the batch.
    language
        Of all that is written.
    studies
        In order of their names.
    close
        Closures that are shared out; None where each study closes its own number.
    kindergarten
        New kindergartens and classes that are shared out; None where each study builds its own.
    data
        The list as plain data, as it was written.
    """

    title: str
    language: Language
    studies: tuple[Listed, ...]
    close: int | None = None
    kindergarten: tuple[int, int] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def listing_of(path: str | Path, *, language: Language | None = None) -> Listing:
    """Read the list of a batch, and find its studies.

    Parameters
    ----------
    path
        The list (TOML); paths and patterns in it count from its folder.
    language
        In place of the one that the list names.

    Returns
    -------
    Listing
        A study that is split has been read, the others have not.

    Raises
    ------
    layout.core.errors.InputError
        With every problem of the list: keys, patterns that match nothing, studies of one name, a
        study that is split without closures to share, numbers that contradict each other; and of a
        study to be split that cannot be read.
    """
    path = path_of(path)
    told, data = read_list(path)
    spoken: Language = language or told.language
    problems: list[Problem] = []
    listed: list[Listed] = []
    found = [_places(path, entry.path) for entry in told.studies]
    stems = Counter(place.stem.casefold() for places in found for place in places)
    for at, (entry, places) in enumerate(zip(told.studies, found, strict=True)):
        column = f"studies.{at}"
        problems += _contradictions(told, entry, file=path.name, column=column)
        if not places:
            problems.append(
                problem("batch-nothing", file=path.name, column=f"{column}.path", value=entry.path)
            )
        scenario = None if entry.scenario is None else path.parent / entry.scenario
        if scenario is not None and not is_ordinary(scenario):
            problems.append(
                problem(
                    "batch-nothing",
                    file=path.name,
                    column=f"{column}.scenario",
                    value=entry.scenario,
                )
            )
            scenario = None
        levers = _levers(told, entry)
        for place in places:
            task = Task(
                name=_name(place, by_folder=stems[place.stem.casefold()] > 1),
                study=str(place),
                scenario=None if scenario is None else os.path.realpath(scenario),
                levers=levers,
                language=spoken,
            )
            sites = entry.kindergarten
            listed.append(
                Listed(
                    task=task,
                    least=entry.least,
                    most=entry.most,
                    least_sites=(sites.least_sites, sites.least_classes),
                    most_sites=(sites.most_sites, sites.most_classes),
                )
            )
        splits = {str(place) for place in places} if entry.split else set()
        if splits and not problems:
            listed = [part for one in listed for part in _parts(one, splits)]
    problems += _twice(listed, file=path.name)
    if problems:
        raise InputError(*problems)
    shared = told.share.kindergarten
    return Listing(
        title=told.name or path.stem,
        language=spoken,
        studies=tuple(sorted(listed, key=lambda one: one.task.name)),
        close=told.share.close,
        kindergarten=None if shared is None else (shared.sites, shared.classes),
        data=data,
    )


def _contradictions(
    told: ListFile, entry: ListedStudies, *, file: str, column: str
) -> Iterator[Problem]:
    """Problems of an entry that is split for nothing, or has a ceiling below its floor."""
    if entry.split and told.share.close is None:
        yield problem("batch-split", file=file, column=f"{column}.split")
    if entry.split and told.share.kindergarten is not None:
        yield problem("batch-split:sites", file=file, column=f"{column}.split")
    sites = entry.kindergarten
    for name, least, most in (
        ("most", entry.least, entry.most),
        ("kindergarten.most_sites", sites.least_sites, sites.most_sites),
        ("kindergarten.most_classes", sites.least_classes, sites.most_classes),
    ):
        if most is not None and most < least:
            yield problem("batch-most", file=file, column=f"{column}.{name}", value=most)


def _places(path: Path, pattern: str) -> list[Path]:
    """The files that a path or pattern of a list names, sorted; the list itself is none."""
    root, own = path.parent, path.resolve()
    try:
        given = Path(pattern)
        if given.is_absolute():
            root, pattern = Path(given.anchor), str(given.relative_to(given.anchor))
        places = {one.resolve() for one in root.glob(pattern) if one.is_file()}
        return sorted(places - {own})
    except (ValueError, OSError, IndexError, NotImplementedError):
        return []


def _name(path: Path, *, by_folder: bool) -> str:
    """What a study is called: its file's stem, or its folder where others are called so too."""
    text = path.parent.name if by_folder or path.stem == _STUDY else path.stem
    # Names of files beside it, and of a county of it, are longer.
    name = _UNSAFE.sub("-", text).encode()[:_LONGEST].decode(errors="ignore")
    return name.strip("-.") or _STUDY


def _levers(told: ListFile, entry: ListedStudies) -> dict[str, Any]:
    """Levers for all, and over them those of an entry."""
    levers = {**told.given(), **entry.given()}
    if told.share.close is not None:
        levers.pop("close", None)
    return levers


def _parts(one: Listed, splits: set[str]) -> Iterator[Listed]:
    """One study for each county of its schools, where it is to be split."""
    task = one.task
    if task.study not in splits or task.unit is not None:
        yield one
        return
    with step(tr("Reading {file} to split it", file=Path(task.study).name)):
        study = Study.read(task.study, scenario=task.scenario)
    for code in sorted(set(map(str, study.schools["county_code"]))):
        yield replace(one, task=replace(task, name=f"{task.name}-{code}", unit=code))


def _twice(listed: list[Listed], *, file: str) -> Iterator[Problem]:
    """A problem for each name that several studies have."""
    # On some disks names that differ in case alone are one.
    places = defaultdict(list)
    for one in listed:
        places[one.task.name.casefold()].append(one.task.study)
    for name, studies in sorted(places.items()):
        if len(studies) > 1:
            yield problem("batch-twice", file=file, value=name, studies=", ".join(studies))
