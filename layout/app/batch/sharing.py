"""Numbers shared out over the studies of a batch, whose costs are asked as tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from layout.app.batch.folder import BatchFolder
from layout.app.batch.listing import Listed, Listing
from layout.app.batch.running import Job, Running
from layout.app.batch.share import Costs, Shared, share
from layout.app.batch.sites import SharedSites, SiteCosts, share_sites
from layout.app.batch.work import Task
from layout.core.errors import InfeasibleError, InputError
from layout.core.problems import problem
from layout.core.progress import step
from layout.core.text import tr

__all__ = ["shared_closures", "shared_kindergartens", "with_closures"]

T = TypeVar("T")


def shared_closures(listing: Listing, folder: BatchFolder, running: Running) -> Shared:
    """Share the closures of a list out over its studies.

    Parameters
    ----------
    listing
        With the number that is shared out.
    folder
        Where answers of the studies are kept.
    running
        Who asks them.

    Returns
    -------
    Shared

    Raises
    ------
    layout.core.errors.InputError
        Studies whose costs are not known, all of them.
    layout.core.errors.InfeasibleError
        So many cannot close; ``infeasible.json`` says what can.
    """
    total = listing.close
    assert total is not None
    studies = {one.task.name: one for one in listing.studies}

    def ask(wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Costs]:
        tasks = [replace(studies[name].task, numbers=wanted[name]) for name in wanted]
        return _answers(tasks, Costs.from_data, folder, running)

    with step(tr("Sharing the closures out")), _refused(folder):
        return share(
            total,
            least={name: one.least for name, one in studies.items()},
            most={name: total if one.most is None else one.most for name, one in studies.items()},
            ask=ask,
        )


def shared_kindergartens(
    listing: Listing, folder: BatchFolder, running: Running, closures: Shared | None
) -> SharedSites:
    """Share the kindergartens of a list, and their classes, out over its studies.

    Parameters
    ----------
    listing, folder, running
        As for `shared_closures`.
    closures
        How closures were shared out; kindergartens stand on the plan after them.

    Raises
    ------
    layout.core.errors.InputError
        Studies whose costs are not known, all of them.
    layout.core.errors.InfeasibleError
        So many cannot be built; ``infeasible.json`` says what can.
    """
    total = listing.kindergarten
    assert total is not None
    studies = {one.task.name: one for one in listing.studies}

    def ask(wanted: Mapping[str, tuple[tuple[int, int], ...]]) -> dict[str, SiteCosts]:
        tasks = [
            replace(with_closures(studies[name], closures), pairs=wanted[name]) for name in wanted
        ]
        return _answers(tasks, SiteCosts.from_data, folder, running)

    with step(tr("Sharing the kindergartens out")), _refused(folder):
        return share_sites(
            total,
            least={name: one.least_sites for name, one in studies.items()},
            most={name: _most(one.most_sites, total) for name, one in studies.items()},
            ask=ask,
        )


def with_closures(one: Listed, closures: Shared | None) -> Task:
    """Return the task of a study with its share of the closures, where they are shared out."""
    task = one.task
    if closures is None:
        return task
    return replace(task, levers={**task.levers, "close": closures.numbers[task.name]})


def _most(most: tuple[int | None, int | None], total: tuple[int, int]) -> tuple[int, int]:
    sites, classes = most
    return (total[0] if sites is None else sites, total[1] if classes is None else classes)


@contextmanager
def _refused(folder: BatchFolder) -> Iterator[None]:
    """Write down why numbers cannot be had."""
    try:
        yield
    except InfeasibleError as error:
        folder.write_refusal(error.diagnosis)
        raise


def _answers(
    tasks: list[Task],
    read: Callable[[Mapping[str, Any]], T],
    folder: BatchFolder,
    running: Running,
) -> dict[str, T]:
    """What the numbers wanted of each study cost, each study asked by a task of its own."""
    jobs = [Job(task=task, place=folder.costs) for task in tasks]
    records: dict[str, dict[str, Any]] = running.run(jobs, lambda *_: None)
    unknown = [
        problem("batch-unshared", label=name, message=record["message"].split("\n")[0])
        for name, record in records.items()
        if record["exit_code"]
    ]
    if unknown:
        raise InputError(*unknown)
    return {name: read(record["costs"]) for name, record in records.items()}
