"""The error tree of the package, and the form in which problems are reported.

::

    LayoutError (Exception)                    exit 1
    ├── InputError       (also ValueError)     exit 1  the inputs are wrong; carries .problems
    ├── UsageError       (also ValueError)     exit 2  the call is wrong
    ├── InfeasibleError  (also RuntimeError)   exit 3  no plan keeps all rules; .diagnosis, .offer
    ├── NoSolutionError  (also RuntimeError)   exit 4  none found within the limits given
    └── CheckError       (also AssertionError) exit 5  an answer failed its own check; .failures

Catch `LayoutError` for everything that this package raises on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from layout.core.show import brief, printable
from layout.core.text import Sentence, tr

__all__ = [
    "CheckError",
    "InfeasibleError",
    "InputError",
    "LayoutError",
    "NoSolutionError",
    "Problem",
    "Severity",
    "UsageError",
    "expect",
    "expect_word",
    "format_problem",
    "format_problems",
]

Severity = Literal["error", "warning", "note"]

SHOWN_PER_KIND = 20
"""A table with one mistake in every row would bury all other problems."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with an input; `layout.core.problems` makes them.

    Parameters
    ----------
    code
        Short machine-readable kind, as ``unknown-county``.
    reason, remedy
        What is wrong and how to mend it; put into words when shown.
    severity
        ``error`` stops the reading; ``warning`` is listed in the data report and should be
        looked at; ``note`` says there what was done with a file that is in order.
    file, sheet, row, label, column, value
        Where: file as written in the study file, sheet of a workbook, row as counted in that
        file or the identifier of a settlement, school or county, column name and offending value.
    table
        Table of the study that it is of; two of them may stand in one file.
    columns
        All columns where several are concerned together, as lon and lat; `column` is "" then.
    header
        What the column is called in the file, where that is another name.
    """

    code: str
    reason: Sentence
    remedy: Sentence = field(default=Sentence(""))
    severity: Severity = "error"
    file: str = ""
    sheet: str = ""
    row: str | None = None
    label: str = ""
    column: str = ""
    value: str = ""
    columns: tuple[str, ...] = ()
    header: str = ""
    table: str = ""

    @property
    def shown_column(self) -> str:
        """The column as it is shown: with its header in the file, or all columns."""
        if self.header:
            return f"{self.column} ({self.header})"
        return self.column or ", ".join(self.columns)


class LayoutError(Exception):
    """Root of all errors that this package raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        # Messages quote names of files, schools and columns.
        return "\n".join(map(printable, super().__str__().split("\n")))


class InputError(ValueError, LayoutError):
    """The inputs are wrong; all problems found are reported together.

    Parameters
    ----------
    *problems
        At least one `Problem`.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems: tuple[Problem, ...] = problems

    def __str__(self) -> str:
        return format_problems(self.problems)


class UsageError(ValueError, LayoutError):
    """A function or a command was called in a way that has no meaning."""

    exit_code: ClassVar[int] = 2


class InfeasibleError(RuntimeError, LayoutError):
    """No plan keeps all rules.

    Parameters
    ----------
    message
        The conflict in a planner's words.
    diagnosis
        The same as data, ready for JSON: numbers, binding rule, smallest relaxation.
    offer
        The best plan that is possible, where one is offered.
    """

    exit_code: ClassVar[int] = 3

    def __init__(
        self,
        message: str,
        *,
        diagnosis: Mapping[str, object] | None = None,
        offer: object | None = None,
    ) -> None:
        super().__init__(message)
        self.diagnosis: dict[str, object] = dict(diagnosis or {})
        self.offer = offer


class NoSolutionError(RuntimeError, LayoutError):
    """The solver stopped at a limit before it found any plan."""

    exit_code: ClassVar[int] = 4


class CheckError(AssertionError, LayoutError):
    """An answer did not pass the independent check.

    Parameters
    ----------
    *failures
        One sentence for each check that failed.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, *failures: str) -> None:
        super().__init__(*failures)
        self.failures: tuple[str, ...] = failures

    def __str__(self) -> str:
        return "\n".join(map(printable, self.failures))


def expect(kinds: type | tuple[type, ...], **arguments: object) -> None:
    """Refuse arguments of other kinds than a function takes.

    Parameters
    ----------
    kinds
        One kind or several.
    **arguments
        The arguments by name.

    Raises
    ------
    UsageError
        One of them is of none of these kinds.
    """
    named = kinds if isinstance(kinds, tuple) else (kinds,)
    for name, value in arguments.items():
        if not isinstance(value, named):
            raise UsageError(
                tr(
                    "{name} is of the kind {kinds}, not {value}",
                    name=name,
                    kinds=" | ".join(kind.__name__ for kind in named),
                    value=brief(value),
                )
            )


def expect_word(known: Iterable[str], **arguments: object) -> None:
    """Refuse arguments that are none of the words that a function knows.

    Parameters
    ----------
    known
        The words.
    **arguments
        The arguments by name.

    Raises
    ------
    UsageError
        One of them is no text, or none of these.
    """
    words = list(known)
    expect(str, **arguments)
    for name, value in arguments.items():
        if value not in words:
            raise UsageError(
                tr(
                    "{name} is one of {words}, not {value}",
                    name=name,
                    words=", ".join(words),
                    value=brief(value),
                )
            )


def format_problem(problem: Problem) -> str:
    """One problem as plain text: where, value, reason and remedy.

    Parameters
    ----------
    problem
        The problem to show.

    Returns
    -------
    str
        Two lines at most; the remedy is on the second, indented.
    """
    # Only what is known, from the file inwards.
    place = [printable(problem.file)] if problem.file else []
    if problem.sheet:
        place.append(tr("sheet {sheet}", sheet=_shortened(problem.sheet)))
    if problem.row is not None:
        place.append(tr("row {row}", row=_shortened(problem.row)))
    if problem.label:
        place.append(tr("id {label}", label=_shortened(problem.label)))
    if problem.shown_column:
        place.append(tr("column {column}", column=_shortened(problem.shown_column)))
    if problem.value:
        place.append(tr("value “{value}”", value=_shortened(problem.value)))
    kind = {"error": tr("error"), "warning": tr("warning"), "note": tr("note")}[problem.severity]
    where = ", ".join(place)
    head = f"{kind} [{problem.code}]" + (f" {where}" if where else "")
    # Sentences may quote names of a file.
    text = f"{head}: {printable(str(problem.reason))}"
    if problem.remedy:
        text += "\n    " + tr("Remedy: {remedy}", remedy=printable(str(problem.remedy)))
    return text


def format_problems(problems: Iterable[Problem], *, most: int = SHOWN_PER_KIND) -> str:
    """All problems together as plain text, each kind cut short after the first ones.

    Parameters
    ----------
    problems
        Problems in the order in which they should be read.
    most
        How many of one kind are shown.

    Returns
    -------
    str
        One paragraph per problem; where a kind repeats, its count replaces the rest.
    """
    lines: list[str] = []
    seen: Counter[tuple[str, str, str]] = Counter()
    for problem in problems:
        # Problems of one kind: the same code at the same column of a file.
        kind = (problem.code, problem.file, problem.shown_column)
        seen[kind] += 1
        if seen[kind] <= most:
            lines.append(format_problem(problem))
    # Kinds that were cut short, in the order in which they appeared.
    for (code, file, column), count in seen.items():
        if count > most:
            where = printable(" ".join(part for part in (file, column) if part))
            more = count - most
            lines.append(
                tr(
                    "… and {count} more of kind [{code}] {where}",
                    count=more,
                    code=code,
                    where=where,
                )
            )
    return "\n".join(lines)


def _shortened(value: str) -> str:
    """Show a value escaped; one of any length leaves the message readable."""
    shown = printable(value)
    return shown if len(shown) <= 120 else shown[:117] + "…"
