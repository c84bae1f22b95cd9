"""A batch on a Dask cluster behind TLS: the bytes of one after the other; nobody else is let in."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from layout.app.batch.hands import _OfDask, of_cluster
from layout.app.batch.processes import CHILDREN
from layout.core.errors import UsageError
from tests import ROOT
from tests.worlds.batch import batch_command, contents, environment, run_batch, write_studies

pytestmark = [
    pytest.mark.more,
    pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix"),
]


@dataclass(frozen=True)
class Pems:
    """Certificates of one authority, as files."""

    ca: Path
    cert: Path
    key: Path

    def of_dask(self) -> list[str]:
        files = {"ca-file": self.ca, "cert": self.cert, "key": self.key}
        return [word for name, path in files.items() for word in (f"--tls-{name}", str(path))]

    def of_batch(self) -> list[str]:
        files = {"ca": self.ca, "cert": self.cert, "key": self.key}
        return [word for name, path in files.items() for word in (f"--tls-{name}", str(path))]


@dataclass(frozen=True)
class Cluster:
    """A scheduler and its workers, each a process."""

    address: str
    scheduler: psutil.Process
    workers: tuple[psutil.Process, ...]


def made_pems(folder: Path) -> Pems:
    """An authority of its own, and one certificate that it signed."""
    folder.mkdir()
    authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer, subject = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        for name in ("authority", "batch")
    )
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)

    def signed(name: x509.Name, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> bytes:
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(authority, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)

    pems = Pems(ca=folder / "ca.pem", cert=folder / "cert.pem", key=folder / "key.pem")
    pems.ca.write_bytes(signed(issuer, authority, ca=True))
    pems.cert.write_bytes(signed(subject, own, ca=False))
    pems.key.write_bytes(
        own.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pems


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> Pems:
    return made_pems(tmp_path_factory.mktemp("tls") / "ours")


@contextmanager
def started(part: str, *words: str, cache: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One part of Dask as a process, which is ended with the block."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{part}", "--no-dashboard", *words],
            env=environment(cache),
            cwd=ROOT,
            stdout=stream,
            stderr=stream,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(pems: Pems, tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers on ports that the system chose."""
    told, cache = tmp_path / "scheduler.json", tmp_path / "cache"
    here = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", *pems.of_dask())
    named = ("--scheduler-file", str(told))
    with ExitStack() as stack:
        log = tmp_path / "scheduler.log"
        words = ("--protocol", "tls", "--port", "0", *named, *here)
        scheduler = stack.enter_context(started("scheduler", *words, cache=cache, log=log))
        while not told.exists() or not told.read_text("utf-8").endswith("}"):
            with suppress(subprocess.TimeoutExpired):
                scheduler.wait(0.1)
            assert scheduler.returncode is None, log.read_text("utf-8")
        address = json.loads(told.read_text("utf-8"))["address"]
        workers = []
        for name in ("one", "two"):
            log = tmp_path / f"{name}.log"
            words = ("--no-nanny", "--nthreads", "1", "--memory-limit", "0", "--name", name)
            part = started("worker", *words, *named, *here, cache=cache, log=log)
            workers.append(psutil.Process(stack.enter_context(part).pid))
        yield Cluster(address, psutil.Process(scheduler.pid), tuple(workers))


def test_a_cluster_that_loses_a_worker_changes_no_byte(
    cluster: Cluster, pems: Pems, tmp_path: Path
) -> None:
    studies = write_studies(tmp_path / "studies", 2)
    cache, out, alone = tmp_path / "cache", tmp_path / "out", tmp_path / "alone"
    call = ("--lang", "en", "--scheduler", cluster.address, *pems.of_batch())
    process = subprocess.Popen(
        batch_command(studies, out, *call),
        env=environment(cache),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    busy: list[psutil.Process] = []
    while not busy:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        assert process.returncode is None, process.communicate()
        busy = [worker for worker in cluster.workers if worker.children()]
    orphan = busy[0].children()[0]
    os.kill(busy[0].pid, signal.SIGKILL)
    # What it had started ends too, since nobody waits for its result.
    orphan.wait(timeout=60)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert not cluster.workers[1 - cluster.workers.index(busy[0])].children()
    run_batch(studies, alone, "--workers", "1", cache=cache)
    assert contents(out) == contents(alone)


def test_whoever_has_no_certificate_of_ours_is_refused(
    cluster: Cluster, pems: Pems, tmp_path: Path
) -> None:
    studies, out = write_studies(tmp_path / "studies", 1), tmp_path / "out"
    others = made_pems(tmp_path / "others")
    for words, told in (
        ([], "entered with certificates"),
        (others.of_batch(), f"{cluster.address} cannot be reached"),
    ):
        call = ("--scheduler", cluster.address, *words)
        done = run_batch(studies, out, *call, cache=tmp_path / "cache", code=2)
        assert told in done.stderr.replace("\n", " ")
    assert not out.exists()


def test_an_interrupt_is_no_news_of_dask_s(caplog: pytest.LogCaptureFixture) -> None:
    class Cancelled:
        def close(self) -> None:
            logging.getLogger("distributed.worker").warning("Async instruction for <Task cancelled")

    hands = _OfDask(Cancelled())
    hands.close()
    CHILDREN.go_on()
    assert caplog.records == []


def test_an_address_without_tls_is_refused(tmp_path: Path) -> None:
    studies, out = write_studies(tmp_path / "studies", 1), tmp_path / "out"
    call = ("--scheduler", "tcp://127.0.0.1:8786")
    done = run_batch(studies, out, *call, cache=tmp_path / "cache", code=2)
    assert "tls://" in done.stderr
    assert not out.exists()


@pytest.mark.parametrize("missing", ["ca", "cert", "key"])
def test_a_file_that_is_not_there_is_told(pems: Pems, missing: str) -> None:
    files = {name: getattr(pems, name) for name in ("ca", "cert", "key")}
    with pytest.raises(UsageError, match="cannot be reached"):
        of_cluster("tls://127.0.0.1:1", **{**files, missing: pems.ca.with_name("none.pem")})


def printed(script: str, home: Path) -> str:
    """What a script prints in a process of its own, where a warning is an error."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment(home),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_workers_on_this_machine_open_no_port(tmp_path: Path) -> None:
    look = (
        "import psutil; from layout.app.batch.hands import of_machine; hands = of_machine(2); "
        "print(type(hands).__name__, [one for one in psutil.Process().net_connections() "
        "if one.status == psutil.CONN_LISTEN]); hands.close()"
    )
    assert printed(look, tmp_path) == "_OfDask []\n"


WAITING = """
from layout.app.batch import hands
from layout.app.batch.processes import Call, Ended

hands.carried_out = lambda call: Ended(how="whole")
two = hands.of_machine(2)
submit, begun, ended, most = two._client.submit, 0, 0, 0

def counted(*args, **options):
    global begun, most
    begun += 1
    most = max(most, begun - ended)
    return submit(*args, **options)

two._client.submit = counted
for _ in two.carry_out([Call(task={}, key=str(at), target="") for at in range(7)]):
    ended += 1
print(most, ended)
two.close()
"""


def test_no_study_waits_at_a_busy_worker(tmp_path: Path) -> None:
    assert printed(WAITING, tmp_path) == "2 7\n"
