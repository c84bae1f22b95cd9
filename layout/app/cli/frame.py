"""The words of the command line's own frame, in the reader's language.

Typer writes headings and usage errors in English, without a way to translate them; they are
recognised by their form and said again.
"""

from __future__ import annotations

import io
import re
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from layout.core.text import language, tr

__all__ = ["CallError", "FramedCommand", "FramedGroup", "told"]

CallError: Any = typer.BadParameter.__mro__[2]
"""What Typer raises where a call is wrong; it gives the class no public name."""

_NO_INPUT = r"^Error: Invalid value for '(?P<name>[^']*)': Input should be "

_FORMS = (
    (r"^Usage: (?P<call>.*)$", "Usage: {call}"),
    (r"^Arguments:$", "Arguments:"),
    (r"^Options:$", "Options:"),
    (r"^Commands:$", "Verbs:"),
    (r"Show this message and exit\.", "Show this message and exit."),
    (r"\[required\]", "[required]"),
    (r"\[default: (?P<value>[^\]]*)\]", "[default: {value}]"),
    (r"^Try '(?P<call>[^']*)' for help\.$", "“{call}” tells more."),
    (r"^Error: Missing option '(?P<name>[^']*)'.*$", "Missing option: {name}"),
    (r"^Error: Missing argument '(?P<name>[^']*)'.*$", "Missing argument: {name}"),
    (r"^Error: Missing command\.$", "Missing verb."),
    (
        r"^Error: No such command '(?P<name>[^']*)'\. Did you mean '(?P<known>[^']*)'\?$",
        "There is no verb {name}; did you mean {known}?",
    ),
    (r"^Error: No such command '(?P<name>[^']*)'\.?$", "There is no verb {name}."),
    (
        r"^Error: No such option: (?P<name>\S+) \(Possible options: (?P<known>[^)]*)\)$",
        "There is no option {name}; did you mean {known}?",
    ),
    (r"^Error: No such option: (?P<name>\S+)$", "There is no option {name}."),
    (
        (
            r"^Error: Invalid value for '(?P<name>[^']*)': (?:Value error, )?'?(?P<value>[^']*)'? "
            r"is not one of "
            r"(?P<known>.*?)\.?$"
        ),
        "{name}: “{value}” is none of {known}",
    ),
    (_NO_INPUT + r"greater than or equal to (?P<least>\S+)$", "{name} is a number from {least}."),
    (_NO_INPUT + r"less than or equal to (?P<most>\S+)$", "{name} is a number up to {most}."),
    (_NO_INPUT + r"a valid integer.*$", "{name} is a whole number."),
    (_NO_INPUT + r"a valid number.*$", "{name} is a number."),
    (
        r"^Error: Option '(?P<name>[^']*)' does not take a value.*$",
        "The option {name} takes no value.",
    ),
    (
        r"^Error: Invalid value for '(?P<name>[^']*)': (?P<why>.*)$",
        "{name} has no valid value: {why}",
    ),
    (r"^Error: Option '(?P<name>[^']*)' requires .*$", "The option {name} needs a value."),
    (
        r"^Error: Got unexpected extra arguments? \((?P<words>.*)\)$",
        "Not expected here: {words}",
    ),
    (r"^Error: (?P<why>.*)$", "Error: {why}"),
)


def sentences() -> tuple[str, ...]:
    """Return the sentences of the frame, for the catalogue."""
    return tuple(message for _, message in _FORMS)


def told(error: Any) -> str:
    """Say what Typer says of a wrong call, in the language of this context."""
    text = io.StringIO()
    error.show(file=text)
    return _framed(text.getvalue()) or _framed(error.format_message())


def _framed(text: str) -> str:
    """Return a text of the frame in the language of this context."""
    return text if language() == "en" else "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    for form, message in _FORMS:
        match = re.search(form, line)
        if match:
            return line[: match.start()] + tr(message, **match.groupdict()) + line[match.end() :]
    return line


class FramedCommand(TyperCommand):
    """A verb whose help speaks the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help, headings included."""
        return _framed(super().get_help(ctx))


class FramedGroup(TyperGroup):
    """The command whose help speaks the reader's language."""

    def get_help(self, ctx: Any) -> str:
        """Return the help, headings included."""
        return _framed(super().get_help(ctx))
