"""Problems of the cells of a table."""

from __future__ import annotations

from layout.core.problems.form import Form, either, error, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "bad-id": error(
        "An identifier has no spaces, commas, semicolons, bars or control characters.",
        "Write it with letters, digits, points and dashes, at most 60.",
    ),
    "bad-id:file": error(
        'A file is called after this code: it has none of / \\ : * ? " < >, nor a point in front.',
        "Write it with letters, digits and dashes.",
    ),
    "blank": error(
        "The cell is empty.",
        "Fill the cell in; write 0 if the number is zero.",
    ),
    "blank:position": error(
        "The position is empty.",
        "Fill in longitude and latitude, or take the row out.",
    ),
    "cell-error": warning(
        "The cell holds an error of a spreadsheet in place of a text.",
        "Mend the formula that should have given the text.",
    ),
    "choice": error(
        "This value is not known here.",
        "Use one of: {choices}.",
    ),
    "code-cleaned": warning(
        "The code holds invisible or full-width characters; it was read as {name}.",
        "Write the code again without them.",
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
    "formula": either(
        "{count:cell holds a formula that was never calculated and reads|cells hold a formula "
        "that was never calculated and read} as empty, this one first.",
        "Open the file in a spreadsheet program and save it.",
    ),
    "long-text": warning(
        "The text is unusually long.",
        "Check the cell.",
    ),
    "mangled-id": error(
        "A spreadsheet has turned this identifier into a rounded number.",
        "Export the column again as text; the digits are lost in this file.",
    ),
    "mangled-id:date": error(
        "A spreadsheet has turned this identifier into a date.",
        "Export the column again as text, or write the identifiers in again.",
    ),
    "mangled-id:decimal": error(
        "The identifier is written as a decimal number; zeros at its front may be lost.",
        "Export the column again as text.",
    ),
    "mangled-id:error": error(
        "The cell holds an error or a word for “nothing” in place of an identifier.",
        "Mend the formula or the join that should have given the identifier, or leave the cell "
        "empty where it may be.",
    ),
    "mangled-id:negative": error(
        "The identifier has a sign, as if it were a number.",
        "Export the column again as text.",
    ),
    "maximum": error(
        "The number is above {limit}.",
        "Check the number and its unit.",
    ),
    "maximum:position": error(
        "The number is above {limit}.",
        "Check whether longitude and latitude are swapped, and that they are degrees.",
    ),
    "maximum:metres": error(
        "{count} of {total} positions are no degrees; they look like metres.",
        "Name their system under [datum], as {table} = “EPSG:4507”, or convert them.",
    ),
    "merged-numbers": either(
        "Merged cells give {count:cell|cells} of this column a number that stands there once.",
        "Split the merged cells and write the number of each row and column.",
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
    "missing-column:position": error(
        "The table has no positions.",
        "Add the columns lon and lat, or name those of the file under [columns]; or give a layer "
        "of points.",
    ),
    "missing-column:several": error(
        "The table lacks {count:column|columns}.",
        "Add them, or state one value for all rows under [constants], totals to spread over grades "
        "under [split]; check whether another file, sheet or layer is meant.",
    ),
    "missing-column:near": error(
        "The table has no column of this name.",
        "Rename the column {near} to {name}.",
    ),
    "not-a-number": error(
        "This is not a number.",
        "Write digits with a point for decimals, as 106.25.",
    ),
    "not-a-number:thousands": error(
        "The point may separate thousands, so this is one number or another.",
        "Write digits only, as 1000 or 1.",
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
    "private-use": warning(
        "The text holds characters of private use, which are signs of a wrong encoding.",
        "Check the cell; name the encoding of the file under [encodings].",
    ),
}
