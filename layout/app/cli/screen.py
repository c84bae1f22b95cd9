"""What the command prints: sentences and tables on stdout, problems and the log on stderr.

Nothing that a file says reaches the terminal but through `printable`, and nothing that becomes of
the terminal stops the work: letters that its encoding lacks are shown by their escapes, and what
nobody reads any more is dropped.
"""

from __future__ import annotations

import errno
import logging
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, cast

import pandas as pd
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from layout.core.show import printable
from layout.core.text import tr

__all__ = ["frame", "logged", "say", "steady", "table", "warn"]


def frame(shown: pd.DataFrame, titles: Mapping[str, str] | None = None) -> None:
    """Print a table of data under the titles of its columns, or their names."""
    columns = [(titles or {}).get(str(name), str(name)) for name in shown.columns]
    table(columns, [[_cell(value) for value in row] for row in shown.itertuples(index=False)])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:,.2f}"
    return str(value)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a header."""
    shown = Table(*(Column(_plain(title)) for title in header))
    for row in rows:
        shown.add_row(*(_plain(value) for value in row))
    _console().print(shown)


def say(sentence: str) -> None:
    """Print a sentence as it is."""
    _console().print(_plain(sentence), soft_wrap=True)


def warn(message: str) -> None:
    """Print a message of one line or several on stderr."""
    sys.stderr.write(_lines(message.rstrip()) + "\n")


def _plain(value: object) -> Text:
    """A text of which rich makes no markup, no pictures and no colours."""
    return Text(printable(str(value)))


def _lines(message: str) -> str:
    return "\n".join(map(printable, message.split("\n")))


def _console() -> Console:
    # A pipe has no width; names must not be cut there.
    return Console(
        markup=False, emoji=False, highlight=False, width=None if sys.stdout.isatty() else 200
    )


class _Plain(logging.Formatter):
    """Lines of the log, of other packages too, which quote names of files and columns."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as lines that steer nothing."""
        return _lines(super().format(record))


@contextmanager
def logged() -> Iterator[None]:
    """Send the log, and warnings of other packages, to stderr within a block."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain("%(message)s"))
    root = logging.getLogger()
    added = [] if root.handlers else [handler]
    for one in added:
        root.addHandler(one)
    logging.getLogger("layout").setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for one in added:
            root.removeHandler(one)


class _Steady:
    """A stream of text that takes everything, whatever becomes of its reader."""

    def __init__(self, stream: TextIO | None) -> None:
        # Python has no stream where the caller closed it.
        self._stream = stream or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        self.lost: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text; letters that the encoding lacks by their escapes."""
        encoding = self._stream.encoding or "utf-8"
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        with self._losing():
            self._stream.write(shown)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._losing():
            self._stream.flush()

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """Note that a reader has gone, and let what follows go nowhere."""
        try:
            yield
        except OSError as error:
            self.lost = self.lost or error
            # What is left in the buffers is written once more at the end of the process.
            with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self._stream.fileno())


@contextmanager
def steady() -> Iterator[None]:
    """Let nothing that is printed within a block fail, and tell at its end what was lost.

    A reader that has seen enough, as ``head``, is no loss.
    """
    before = sys.stdout, sys.stderr
    results, messages = _Steady(sys.stdout), _Steady(sys.stderr)
    sys.stdout, sys.stderr = cast("TextIO", results), cast("TextIO", messages)
    try:
        yield
    finally:
        results.flush()
        if results.lost is not None and results.lost.errno not in (errno.EPIPE, errno.EBADF):
            reason = results.lost.strerror or str(results.lost)
            warn(tr("What should be shown here could not be: {error}", error=reason))
        messages.flush()
        sys.stdout, sys.stderr = before
