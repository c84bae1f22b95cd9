"""Write the locks in requirements/ again from pyproject.toml, for every platform at once.

Run through ``make lock``. Pins that still fit stay as they are; ``--upgrade`` takes the newest.
The development lock holds the pins of all others, and the notebook's and the cluster's those of the
runtime, so one environment can go from any to any other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest"),
    *("--generate-hashes", "--only-binary", ":all:", "--emit-build-options"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-config", "--no-header", "--quiet"),
)
RUNTIME = "requirements/runtime.txt"
NOTEBOOK = "requirements/notebook.txt"
CLUSTER = "requirements/cluster.txt"
DEV = "requirements/dev.txt"
DOCS = "requirements/docs.txt"
# A lock must install and run on all of these; uv finds wheels for each pin or fails.
PLATFORMS = (
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)
OLDEST_MACOS = "14.0"
PYTHONS = ("3.11", "3.12", "3.13")


def uv_compile(*arguments: str) -> None:
    """Run ``uv pip compile`` in the project's root, and fail as it fails."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *arguments]
    # A network with a certificate of its own is trusted as pip trusts it: by the system's.
    settings = {"MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS, "UV_SYSTEM_CERTS": "1"}
    environment = os.environ | settings
    done = subprocess.run(
        command, cwd=ROOT, check=False, env=environment, stdout=subprocess.DEVNULL
    )
    if done.returncode:
        # It has said why.
        sys.exit(done.returncode)


def main(arguments: list[str]) -> None:
    """Write the locks, then look for wheels on every platform."""
    build = ("--group", "build")
    # The whole first: what is fixed there holds in its part.
    uv_compile(*OPTIONS, *arguments, *build, "-o", RUNTIME, "pyproject.toml")
    uv_compile(*OPTIONS, *arguments, "--group", "dev", "-c", RUNTIME, "-o", DEV, "pyproject.toml")
    for extra, lock in (("notebook", NOTEBOOK), ("cluster", CLUSTER)):
        parts = (*build, "--extra", extra)
        uv_compile(*OPTIONS, *arguments, *parts, "-c", DEV, "-o", lock, "pyproject.toml")
    # Beside the lock for development, in the same environment.
    uv_compile(*OPTIONS, *arguments, "--group", "docs", "-c", DEV, "-o", DOCS)
    for platform in PLATFORMS:
        for python in PYTHONS:
            target = ("--python-platform", platform, "--python-version", python)
            for lock in (DEV, DOCS):
                uv_compile(
                    "--no-config", "-q", "--no-deps", "--only-binary", ":all:", *target, lock
                )
    locks = (RUNTIME, NOTEBOOK, CLUSTER, DEV, DOCS)
    for lock in locks:
        if "://" in (ROOT / lock).read_text(encoding="utf-8"):
            sys.exit(f"{lock} names a host: hashes alone must say what is meant")
    print(f"{', '.join(locks)} are written; wheels exist for every platform.")


if __name__ == "__main__":
    main(sys.argv[1:])
