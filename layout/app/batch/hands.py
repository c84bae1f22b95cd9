"""Who carries tasks out: this machine, one after the other, or Dask's workers here or elsewhere."""

from __future__ import annotations

import contextlib
import logging
import os
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from layout.app.batch.processes import CHILDREN, Call, Ended, Stopped, carried_out
from layout.core.errors import UsageError
from layout.core.progress import step
from layout.core.text import tr
from layout.network.travel.prepared import compile_kernel

__all__ = ["Hands", "OneByOne", "has_cluster", "of_cluster", "of_machine", "share_of_memory"]

LOOK_S = 5.0
"""How often it is looked whether a cluster has more workers."""
MEMORY_SHARE = 0.9
"""Of the machine's memory for all tasks together."""


class Hands(Protocol):
    """Carries calls out, each as often as it is asked."""

    def carry_out(self, calls: Sequence[Call]) -> Iterator[tuple[Call, Ended]]:
        """Yield each call with how it ended, as they end."""

    def close(self) -> None:
        """End what is running."""


class OneByOne:
    """One task after the other."""

    def carry_out(self, calls: Sequence[Call]) -> Iterator[tuple[Call, Ended]]:
        """Yield each call with how it ended, in their order."""
        CHILDREN.go_on()
        for call in calls:
            yield call, carried_out(call)

    def close(self) -> None:
        """End what is running."""
        CHILDREN.stop()


class _OfDask:
    """Tasks as futures of a Dask client."""

    def __init__(self, client: Any, cluster: Any = None) -> None:
        self._client, self._cluster, self._round = client, cluster, 0

    def carry_out(self, calls: Sequence[Call]) -> Iterator[tuple[Call, Ended]]:
        """Yield each call with how it ended, as they end."""
        CHILDREN.go_on()
        self._round += 1
        waiting, running = deque(enumerate(calls)), dict[Any, Call]()
        while waiting or running:
            # One for each thread and no more: what a worker has waiting, no idle one takes at once.
            while waiting and len(running) < self._threads():
                at, call = waiting.popleft()
                key = f"{call.key}-{self._round}-{at}"
                future = self._client.submit(carried_out, call, key=key, pure=False, retries=0)
                running[future] = call
            # Workers may join meanwhile.
            dask = _dask()
            with contextlib.suppress(dask.TimeoutError, dask.CancelledError):
                dask.wait(list(running), timeout=LOOK_S, return_when="FIRST_COMPLETED")
            for future in [one for one in running if one.done()]:
                yield running.pop(future), _ended(future)
                future.release()

    def _threads(self) -> int:
        """How many tasks the workers take at once; 1 where there are none, or nobody answers."""
        with contextlib.suppress(OSError):
            threads: dict[str, int] = self._client.nthreads()
            return max(1, sum(threads.values()))
        return 1

    def close(self) -> None:
        """End what is running."""
        CHILDREN.stop()
        # Tasks that are cancelled on the way are no news.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        with contextlib.suppress(OSError, TimeoutError):
            self._client.close()
            if self._cluster is not None:
                self._cluster.close()


def _ended(future: Any) -> Ended:
    """How a future ended; one whose worker died is lost."""
    if future.status == "finished":
        ended: Ended = future.result()
        return ended
    error = future.exception() if future.status == "error" else None
    if isinstance(error, Stopped):
        raise KeyboardInterrupt
    if error is None or isinstance(error, (_dask().KilledWorker, OSError)):
        return Ended(how="lost", message=type(error).__name__ if error else str(future.status))
    return Ended(how="unforeseen", message=f"{type(error).__name__}: {error}")


def has_cluster() -> bool:
    """Tell whether the extra ``cluster`` is installed."""
    return find_spec("distributed") is not None


def _dask() -> Any:
    """The extra ``cluster``, loaded when it is needed: it takes half a second."""
    import distributed

    # What it says of itself means nothing to a planner.
    logging.getLogger("distributed").setLevel(logging.WARNING)
    return distributed


def share_of_memory(workers: int) -> int | None:
    """Return the bytes that each of some tasks on this machine may take; None where not known.

    Parameters
    ----------
    workers
        How many tasks run beside each other.
    """
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return int(whole * MEMORY_SHARE / workers)


def of_machine(workers: int) -> Hands:
    """Return hands on this machine.

    Parameters
    ----------
    workers
        How many tasks run beside each other; without the extra ``cluster`` one.

    Notes
    -----
    Dask's workers are threads of this process that only start processes and wait, so no port is
    opened.
    """
    if workers == 1 or not has_cluster():
        return OneByOne()
    with step(tr("Compiling the search of the ways")):
        compile_kernel()
    distributed = _dask()
    inside = {"protocol": "inproc://", "dashboard": False}
    worker = {
        "cls": _portless(distributed.Worker),
        "options": {**inside, "nthreads": 1, "memory_limit": 0},
    }
    with warnings.catch_warnings():
        # A machine without a network has no address that could be found, and needs none here.
        warnings.filterwarnings("ignore", "Couldn't detect a suitable IP", RuntimeWarning)
        # Nor does it matter to anybody how long a busy disk takes for an empty folder.
        warnings.filterwarnings("ignore", "Creating scratch directories", UserWarning)
        cluster = distributed.SpecCluster(
            scheduler={"cls": _portless(distributed.Scheduler), "options": inside},
            workers=dict.fromkeys(range(workers), worker),
            silence_logs=logging.WARNING,
        )
        return _OfDask(distributed.Client(cluster), cluster)


def _portless(part: type) -> type:
    """Return a scheduler or worker without the HTTP server that Dask opens on all networks."""
    return type(part.__name__, (part,), {"start_http_server": lambda *_, **__: None})


def of_cluster(address: str, *, ca: Path | None, cert: Path | None, key: Path | None) -> Hands:
    """Return the hands of a cluster that runs elsewhere.

    Parameters
    ----------
    address
        Of its scheduler, as ``tls://host:8786``.
    ca, cert, key
        Certificates (PEM): of the authority, ours, and its key; where not given, what Dask's own
        configuration names.

    Raises
    ------
    UsageError
        The extra ``cluster`` is not installed, the address is not one of TLS, or nobody answers.
    """
    if not has_cluster():
        raise UsageError(
            tr("--scheduler needs the extra cluster: pip install school-layout[cluster]")
        )
    if not address.startswith("tls://"):
        raise UsageError(
            tr(
                "Whoever can connect to a scheduler can run code on its workers, so its address "
                "begins with tls://, not {address}.",
                address=address,
            )
        )
    given = {"tls_ca_file": ca, "tls_client_cert": cert, "tls_client_key": key}
    files = {name: str(path) for name, path in given.items() if path is not None}
    distributed = _dask()
    try:
        security = distributed.Security(require_encryption=True, **files)
        if not (security.tls_ca_file and security.tls_client_cert and security.tls_client_key):
            raise UsageError(
                tr(
                    "A cluster is entered with certificates: --tls-ca, --tls-cert and --tls-key, "
                    "or those of Dask's own configuration."
                )
            )
        client = distributed.Client(address, security=security, timeout="20s")
    except UsageError:  # a ValueError too
        raise
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(
            tr("The scheduler {address} cannot be reached: {error}", address=address, error=error)
        ) from error
    return _OfDask(client)
