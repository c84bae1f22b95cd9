"""Problems of the header and the rows of a table."""

from __future__ import annotations

from layout.core.problems.form import Form, error, note, warning

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "ambiguous-column": error(
        "Columns {first} and {second} both mean {name} and differ.",
        "Delete one of them, or name the right one under [columns].",
    ),
    "columns-read": note(
        "Columns were recognised by other names than those of the study format.",
        "Check the pairs; a wrong one is put right under [columns].",
    ),
    "constant-and-column": error(
        "The study file states a value for a column that the table has.",
        "Delete the value, or the column.",
    ),
    "duplicate-column:meaning": warning(
        "Columns {first} and {second} both mean {name}; number {first} is used.",
        "Delete one of them, or name the right one under [columns].",
    ),
    "empty-table": error(
        "The table is empty.",
        "Write the names of the columns in the first row and the data below.",
    ),
    "empty-table:rows": error(
        "The table has names of columns but no rows.",
        "Write the data below the names of the columns.",
    ),
    "footnote-row": note(
        "A note below the table was left out.",
        "Nothing to do unless the row is data; then give it an identifier.",
    ),
    "header-again": note(
        "The names of the columns stand here again; the row was left out.",
        "Nothing to do unless the row is data; then give it an identifier.",
    ),
    "named-column": error(
        "The study file names a column that the table does not have.",
        "Use one of: {choices}.",
    ),
    "old-county-code": warning(
        "A former county code; {new} was put in its place in {count:row|rows}.",
        "Use the present codes in the file.",
    ),
    "read-as": note(
        "{count:cell was read without its unit|cells were read without their unit} or as a "
        "code, this one as {meaning}.",
        "Nothing to do if that is what is meant.",
    ),
    "row-width": error(
        "The row has {count:cell|cells}, the header {width}.",
        "Check for missing or surplus commas and quotation marks.",
    ),
    "separator": error(
        "The columns are not separated by commas.",
        "Save the file again as CSV with commas.",
    ),
    "split-impossible": error(
        "This total cannot be spread: the table has no such column, or has numbers by grade.",
        "Take it out of [split], or name its header under [columns.schools].",
    ),
    "split-total": warning(
        "{count:total was|totals were} spread evenly over the grades of the school's type, so "
        "numbers by grade are modelled.",
        "Give the numbers by grade where they are known.",
    ),
    "title-row": note(
        "A row above the names of the columns was left out.",
        "Nothing to do if it is a title.",
    ),
    "totals-differ": warning(
        "The row of sums says otherwise than the rows add up to: {added}.",
        "Look for a row that is missing or wrong.",
    ),
    "totals-row": note(
        "A row of sums was left out.",
        "Nothing to do unless the row is data; then give it an identifier.",
    ),
    "unknown-constant": error(
        "The table has no column of this name that could be stated.",
        "Use one of: {choices}.",
    ),
    "unknown-table": error(
        "This looks like another table than {name}: only {count} of the "
        "{number:column|columns} that it needs are here.",
        "Check which file, sheet or layer is meant; if it is this one, name its headers under "
        "[columns.{name}].",
    ),
    "unnamed-column": error(
        "Column number {number} has no name.",
        "Name the column in its header, or delete it.",
    ),
}
