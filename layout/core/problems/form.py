"""An entry of the catalogue of problems: severity, reason and remedy in English."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from string import Formatter

from layout.core.errors import Severity

__all__ = ["Form", "doubt", "either", "error", "note", "warning"]


@dataclass(frozen=True)
class Form:
    """One way in which a problem is worded.

    Attributes
    ----------
    severities
        The severities it can have; the first unless another is asked for.
    reason, remedy
        English sentences with fields; the remedy of a programmer's mistake is empty.
    """

    severities: tuple[Severity, ...]
    reason: str
    remedy: str = ""

    @cached_property
    def of_reason(self) -> tuple[str, ...]:
        """Names of the fields of the reason."""
        return _fields(self.reason)

    @cached_property
    def of_remedy(self) -> tuple[str, ...]:
        """Names of the fields of the remedy."""
        return _fields(self.remedy)


def error(reason: str, remedy: str = "") -> Form:
    """Return a form that stops the reading."""
    return Form(("error",), reason, remedy)


def warning(reason: str, remedy: str) -> Form:
    """Return a form that should be looked at."""
    return Form(("warning",), reason, remedy)


def note(reason: str, remedy: str) -> Form:
    """Return a form that says what was done with a file that is in order."""
    return Form(("note",), reason, remedy)


def doubt(reason: str, remedy: str) -> Form:
    """Return a form that is a note, or a warning where another choice would be as good."""
    return Form(("note", "warning"), reason, remedy)


def either(reason: str, remedy: str) -> Form:
    """Return a form that is an error, or a warning where the study says that it was checked."""
    return Form(("error", "warning"), reason, remedy)


def _fields(message: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(message) if name))
