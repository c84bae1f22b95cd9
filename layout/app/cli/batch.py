"""The verb ``batch``: many studies at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from layout.app.batch import listing_of, run_batch
from layout.app.batch.hands import Hands, has_cluster, of_cluster, of_machine, share_of_memory
from layout.app.batch.whole import ATTEMPTS
from layout.app.cli import screen
from layout.app.cli.options import Lang, OutDir
from layout.app.cli.sources import speak
from layout.core.errors import UsageError
from layout.core.text import marked, tr
from layout.inputs.study.listing import language_of

__all__ = ["batch"]

BYTES_PER_GB = 10**9
MOST_WORKERS, MOST_GB = 256, 100_000
WORKERS_HELP = marked("Studies at a time; by default one for each core.")


def batch(
    path: Annotated[Path, typer.Argument(metavar="LIST.toml", help="The list of studies.")],
    out: OutDir,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_WORKERS, metavar="N", help=WORKERS_HELP),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="tls://HOST:PORT", help="A Dask cluster that runs elsewhere."),
    ] = None,
    tls_ca: Annotated[
        Path | None, typer.Option(metavar="FILE.pem", help="Certificate of the authority.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE.pem", help="Our certificate.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE.pem", help="Key of our certificate.")
    ] = None,
    memory_gb: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=MOST_GB,
            metavar="GB",
            help="The most memory that one study may take; by default its share of the machine's.",
        ),
    ] = None,
    attempts: Annotated[
        int, typer.Option(min=1, metavar="N", help="How often a lost task is tried.")
    ] = ATTEMPTS,
    retry: Annotated[
        Literal["failed"] | None, typer.Option(help="Try studies without a plan again.")
    ] = None,
    lang: Lang = None,
) -> None:
    """Plan many studies, share closures out among them, and go on where a run was ended."""
    speak(lang or language_of(path))
    if scheduler is not None and workers is not None:
        raise UsageError(tr("--workers is for this machine; with --scheduler the cluster decides."))
    at_a_time = workers or os.cpu_count() or 1
    memory = None if memory_gb is None else int(memory_gb * BYTES_PER_GB)
    if memory is None and scheduler is None:
        memory = share_of_memory(at_a_time)

    def hands() -> Hands:
        if scheduler is None:
            return _of_machine(at_a_time)
        return of_cluster(scheduler, ca=tls_ca, cert=tls_cert, key=tls_key)

    done = run_batch(
        listing_of(path, language=lang),
        out,
        hands=hands,
        attempts=attempts,
        retry=retry == "failed",
        memory_bytes=memory,
        told=screen.warn,
    )
    screen.frame(done.in_words())
    for sentence in done.sentences():
        screen.say(sentence)
    screen.say(tr("The map: {path}", path=done.path / "index.html"))
    if done.exit_code:
        raise typer.Exit(done.exit_code)


def _of_machine(at_a_time: int) -> Hands:
    """Hands on one machine; where they take one study after the other, that is told."""
    if at_a_time > 1 and not has_cluster():
        screen.warn(
            tr(
                "Without the extra cluster (pip install school-layout[cluster]) one study runs "
                "after the other."
            )
        )
    return of_machine(at_a_time)
