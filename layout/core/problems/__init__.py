"""One catalogue of all problems: code, severity, reason and remedy, and how one is made.

A problem is named by its code; where one code has several forms, by its code and form, as
``crs-missing:layer``. `PARTS` holds the catalogue as docs/problems.md shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from layout.core.errors import InputError, Problem, Severity
from layout.core.problems import (
    arguments,
    batch,
    cells,
    coordinates,
    database,
    files,
    headers,
    newstudy,
    output,
    roads,
    study,
    together,
)
from layout.core.problems.form import Form
from layout.core.text import Sentence, sentence

__all__ = ["CATALOGUE", "PARTS", "Form", "Maker", "problem", "recorded", "refuse"]

Maker = Callable[..., Problem]
"""`problem` with its kind and all but the place given, as by `functools.partial`."""

PARTS: dict[str, dict[str, Form]] = {
    # Headings of docs/problems.md, in its order.
    "Study file and its paths": study.FORMS,
    "Files: tables, layers, archives": files.FORMS,
    "Tables of a database": database.FORMS,
    "Header and rows of a table": headers.FORMS,
    "Cells of a table": cells.FORMS,
    "Numbers and places against each other": together.FORMS,
    "Coordinates": coordinates.FORMS,
    "Roads": roads.FORMS,
    "A new study": newstudy.FORMS,
    "Many studies": batch.FORMS,
    "Output": output.FORMS,
    "Models and measures called from Python": arguments.FORMS,
}

CATALOGUE: dict[str, Form] = {kind: form for part in PARTS.values() for kind, form in part.items()}


def problem(
    kind: str,
    /,
    *,
    file: str = "",
    sheet: str = "",
    row: object = None,
    label: object = "",
    column: str = "",
    value: object = "",
    columns: tuple[str, ...] = (),
    severity: Severity | None = None,
    **fields: object,
) -> Problem:
    """Make a problem of the catalogue.

    Parameters
    ----------
    kind
        Its code, or code and form as ``crs-missing:layer``.
    file, sheet, row, label, column, value, columns
        Where, as in `Problem`; row, label and value become text.
    severity
        One of those that the form can have; None for its first.
    **fields
        Values of the fields of its sentences.

    Returns
    -------
    Problem
        Its sentences are put into words when they are shown.

    Raises
    ------
    KeyError
        If the catalogue has no such kind, or a field of its sentences is missing.
    ValueError
        If the form cannot have this severity.
    """
    form = CATALOGUE[kind]
    if severity is not None and severity not in form.severities:
        raise ValueError(f"{kind} is never of severity {severity}")
    return Problem(
        # Users see the code alone; the form only chooses the wording.
        code=kind.partition(":")[0],
        severity=severity or form.severities[0],
        reason=_filled(form.reason, form.of_reason, fields),
        remedy=_filled(form.remedy, form.of_remedy, fields),
        file=file,
        sheet=sheet,
        row=None if row is None else str(row),
        label=str(label),
        column=column,
        value=str(value),
        columns=columns,
    )


def recorded(saved: Mapping[str, Any]) -> Problem:
    """Read a problem back from the record of a plan.

    Parameters
    ----------
    saved
        Fields of a `Problem`, as plain data; sentences as `Sentence.as_data` writes them.

    Returns
    -------
    Problem
    """
    told = {name: Sentence.from_data(saved[name]) for name in ("reason", "remedy")}
    return Problem(**{**saved, **told, "columns": tuple(saved["columns"])})


def refuse(kind: str, /, **details: Any) -> InputError:
    """Make the error of one problem; arguments as for `problem`."""
    return InputError(problem(kind, **details))


def _filled(message: str, names: tuple[str, ...], fields: dict[str, object]) -> Sentence:
    """A sentence with its own fields; values other than numbers and sentences become text."""
    plain = (int, float, str, Sentence)
    values = {
        name: value if isinstance(value := fields[name], plain) else str(value) for name in names
    }
    return sentence(message, **values)
