"""Closures shared out over the studies of a batch, whose costs are asked as tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from layout.app.batch.folder import BatchFolder
from layout.app.batch.listing import Listing
from layout.app.batch.running import Job, Running
from layout.app.batch.share import Costs, Shared, share
from layout.core.errors import InfeasibleError, InputError
from layout.core.problems import problem
from layout.core.progress import step
from layout.core.text import tr

__all__ = ["shared_closures"]


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
    least = {name: one.least for name, one in studies.items()}
    most = {name: total if one.most is None else one.most for name, one in studies.items()}
    try:
        with step(tr("Sharing the closures out")):
            return share(
                total, least=least, most=most, ask=partial(_answers, listing, folder, running)
            )
    except InfeasibleError as error:
        folder.write_refusal(error.diagnosis)
        raise


def _answers(
    listing: Listing, folder: BatchFolder, running: Running, wanted: Mapping[str, tuple[int, ...]]
) -> dict[str, Costs]:
    """What the numbers wanted of each study cost, each study asked by a task of its own."""
    jobs = [
        Job(task=replace(one.task, numbers=wanted[one.task.name]), place=folder.costs)
        for one in listing.studies
        if wanted.get(one.task.name)
    ]
    records: dict[str, dict[str, Any]] = running.run(jobs, lambda *_: None)
    unknown = [
        problem("batch-unshared", label=name, message=record["message"].split("\n")[0])
        for name, record in records.items()
        if record["exit_code"]
    ]
    if unknown:
        raise InputError(*unknown)
    return {name: Costs.from_data(record["costs"]) for name, record in records.items()}
