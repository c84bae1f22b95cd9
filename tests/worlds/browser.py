"""A Chromium for the tests that open a page, and a page that tells what it did."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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


@contextmanager
def started() -> Iterator[Browser]:
    """Run a browser for the tests of one file."""
    with sync_playwright() as playwright:
        # Containers run tests as root, where the browser's own sandbox cannot start.
        browser = playwright.chromium.launch(
            executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1366, height: int = 768
) -> Iterator[tuple[Page, Log]]:
    """Open a file with the network off and write down what the page does."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    page, log = context.new_page(), Log()
    page.on("request", lambda request: log.requests.append(request.url))
    page.on("console", lambda message: log.messages.append(message.text))
    page.on("pageerror", lambda error: log.messages.append(str(error)))

    def refuse(dialog: object) -> None:
        log.dialogs.append(str(dialog.message))  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", refuse)
    try:
        page.goto(path.as_uri())
        yield page, log
    finally:
        context.close()
