"""Problems of the cells of a table."""

from __future__ import annotations

from layout.core.problems.form import Form, error, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "bad-id": error(
        "An identifier has no spaces, commas, semicolons, bars or control characters.",
        "Write it with letters, digits, points and dashes, at most 60.",
    ),
    "blank": error(
        "The cell is empty.",
        "Fill the cell in; write 0 if the number is zero.",
    ),
    "choice": error(
        "This value is not known here.",
        "Use one of: {choices}.",
    ),
    "control-characters": warning(
        "The text holds control characters; they were left out.",
        "Check the cell.",
    ),
    "direction-marks": warning(
        "The text holds marks that change the direction of writing.",
        "Check the cell.",
    ),
    "duplicate": error(
        "The same stands already in row {first}.",
        "Keep one of the rows, or give each its own identifier.",
    ),
    "long-text": warning(
        "The text is unusually long.",
        "Check the cell.",
    ),
    "mangled-id": error(
        "A spreadsheet has turned this identifier into a rounded number.",
        "Export the column again as text; the digits are lost in this file.",
    ),
    "maximum": error(
        "The number is above {limit}.",
        "Check the number and its unit.",
    ),
    "maximum:position": error(
        "The number is above {limit}.",
        "Check whether longitude and latitude are swapped, and that they are degrees.",
    ),
    "minimum": error(
        "The number is below {limit}.",
        "Check the number and its unit.",
    ),
    "minimum:negative": error(
        "The number is negative.",
        "Write the true number; it cannot be below 0.",
    ),
    "minimum:position": error(
        "The number is below {limit}.",
        "Check whether longitude and latitude are swapped, and that they are degrees.",
    ),
    "missing-column": error(
        "The table has no column of this name.",
        "Add the column {name} in the first row.",
    ),
    "missing-column:near": error(
        "The table has no column of this name.",
        "Rename the column {near} to {name}.",
    ),
    "not-a-number": error(
        "This is not a number.",
        "Write digits with a point for decimals, as 106.25.",
    ),
    "not-a-number:whole": error(
        "This is not a whole number.",
        "Write digits only, as 120.",
    ),
    "not-yes-or-no": error(
        "This is neither yes nor no.",
        "Write true or false.",
    ),
    "nul": warning(
        "The text holds NUL characters; they were left out.",
        "Check the cell.",
    ),
}
