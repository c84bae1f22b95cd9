"""Browsers for the tests that open a page, and a page that tells what it did."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")


@dataclass
class Log:
    """What a page asked for and said since it was opened."""

    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


def browser_path() -> str:
    """Path of the browser; the test is skipped with the reason where there is none."""
    wanted = os.environ.get("LAYOUT_BROWSER", "")
    found = next((path for name in (wanted, *NAMES) if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium, Chrome or Edge on the PATH")
    return found


def from_npm(path: str) -> Path:
    """A file that tools/browsers.sh has set up; the test is skipped where it is missing."""
    file = ROOT / ".venv" / "browsers" / path
    if not file.exists():
        pytest.skip(f"{path} is missing: `make test-more` sets it up with node and npm")
    return file


def chromium_86() -> Path:
    """The oldest browser that the pages are made for."""
    if sys.platform != "linux":
        pytest.skip("the old Chromium is one for Linux")
    return from_npm("chromium-86")


def program(name: str) -> str:
    """Path of a program; the test is skipped where it is not installed."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def text_of_pages(pdf: bytes) -> list[str]:
    """Text of each page of a printed file, in reading order."""
    told = subprocess.run(
        [program("pdftotext"), "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return told.stdout.decode("utf-8").split("\f")[:-1]


@contextmanager
def started(path: Path | None = None) -> Iterator[Browser]:
    """Run a browser for the tests of one file, by default the one that is installed."""
    with sync_playwright() as playwright:
        # Containers run tests as root, where the browser's own sandbox cannot start.
        browser = playwright.chromium.launch(
            executable_path=path or browser_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1366, height: int = 768, before: str = ""
) -> Iterator[tuple[Page, Log]]:
    """Open a file with the network off and write down what the page does.

    `before` is a script that runs before any of the page's own.
    """
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page, log = context.new_page(), Log()
    page.on("request", lambda request: log.requests.append(request.url))
    page.on("console", lambda message: log.messages.append(message.text))
    page.on("pageerror", lambda error: log.messages.append(str(error)))

    def refuse(dialog: object) -> None:
        log.dialogs.append(str(dialog.message))  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", refuse)
    if before:
        page.add_init_script(before)
    try:
        page.goto(path.as_uri())
        yield page, log
    finally:
        context.close()
