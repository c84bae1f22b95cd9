"""Runs another script in this process under a limit of memory: file, bytes, its arguments."""

from __future__ import annotations

import runpy
import sys


def main() -> None:
    """Set the limit, never above the one that is already in force, and run the script."""
    script, most = sys.argv[1], int(sys.argv[2])
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        for limit in (soft, hard):
            if limit != resource.RLIM_INFINITY:
                most = min(most, limit)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    sys.argv = [script, *sys.argv[3:]]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
