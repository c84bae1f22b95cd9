"""A real JupyterLab as `make notebook` starts it, with homes of its own, for a browser to open."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as Late

from tests import ROOT
from tests.worlds.browser import Log

CONFIG = ROOT / "tools" / "jupyterlab" / "config.py"
LONGEST_S = 300


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """A notebook of code cells without outputs."""
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(book, path)
    return path


@contextmanager
def lab(folder: Path, home: Path) -> Iterator[str]:
    """Run JupyterLab on a folder, as a new user would; give the address with its token."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")},
        **{name: str(home / name.lower()) for name in ("HOME", "IPYTHONDIR", "MPLCONFIGDIR")},
        "PYTHONPATH": str(ROOT),
    }
    options = ("--no-browser", "--port=0", f"--ServerApp.root_dir={folder}")
    command = [sys.executable, "-m", "jupyterlab", f"--config={CONFIG}", *options]
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        try:
            told = []
            for line in server.stderr:
                told.append(line)
                # The line with the address that another computer cannot reach comes last.
                if found := re.search(r"http://127\.0\.0\.1:\d+/\S*\?token=\w+", line):
                    break
            else:
                raise AssertionError("".join(told))
            yield found[0]
        finally:
            server.terminate()
            server.communicate()


@contextmanager
def opened_notebook(browser: Browser, address: str, name: str) -> Iterator[tuple[Page, Log]]:
    """Open a notebook of the folder; whatever leaves this computer is refused and written down."""
    context = browser.new_context(viewport={"width": 1366, "height": 900})
    context.set_default_timeout(LONGEST_S * 1000)
    page, log = context.new_page(), Log()
    server, _, query = address.partition("/lab")
    query = query.partition("?")[2]

    def judge(route: object) -> None:
        url = route.request.url  # type: ignore[attr-defined]
        if url.startswith((server, "data:", "blob:")):
            route.continue_()  # type: ignore[attr-defined]
        else:
            log.requests.append(url)
            route.abort()  # type: ignore[attr-defined]

    context.route("**/*", judge)
    page.on("console", lambda message: log.messages.append(message.text))
    page.on("pageerror", lambda error: log.messages.append(str(error)))
    try:
        page.goto(f"{server}/lab/tree/{name}?{query}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=LONGEST_S * 1000)
        yield page, log
    finally:
        context.close()


def run_all(page: Page) -> None:
    """Run every cell, and wait until none runs any more."""
    # The kernel has to stand before the menu can ask it.
    idle = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'
    page.wait_for_selector(idle, state="attached", timeout=LONGEST_S * 1000)
    page.locator(".jp-KernelName", has_text="Python 3").wait_for(timeout=LONGEST_S * 1000)
    # JupyterLab may call a kernel idle that it is still connecting to, and drops what it is asked.
    begun = page.locator(".jp-CodeCell .jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]"))
    while not begun.count():
        page.click(".lm-MenuBar-item:has-text('Run')")
        page.click(".lm-Menu-item[data-command='runmenu:run-all']")
        with suppress(Late):
            begun.first.wait_for(timeout=5_000)
    page.wait_for_function(
        """() => {
            const asked = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
            return asked.length && asked.every(one => /\\[\\d+\\]/.test(one.textContent));
        }""",
        timeout=LONGEST_S * 1000,
    )
