"""Problems of arguments of models and measures called from Python."""

from __future__ import annotations

from layout.core.problems.form import Form, error

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "duplicate-label": error(
        "the label occurs twice",
    ),
    "duplicate-label:travel": error(
        "the label occurs twice",
        "Give labels of the travel matrix, each once, with finite numbers of 0 or more.",
    ),
    "duplicate-pair": error(
        "the pair occurs twice",
    ),
    "infinite": error(
        "the number is infinite",
    ),
    "infinite:travel": error(
        "the number is infinite",
        "Give labels of the travel matrix, each once, with finite numbers of 0 or more.",
    ),
    "kept-and-closed": error(
        "it must close and must stay",
    ),
    "least-above-most": error(
        "the least is above the most",
    ),
    "missing-column:argument": error(
        "the column is missing",
    ),
    "nan": error(
        "the number is missing (NaN)",
    ),
    "nan:cost": error(
        "the cost is missing (NaN)",
    ),
    "nan:travel": error(
        "the number is missing (NaN)",
        "Give labels of the travel matrix, each once, with finite numbers of 0 or more.",
    ),
    "negative": error(
        "the number is negative",
    ),
    "negative:cost": error(
        "the cost is negative",
    ),
    "negative:travel": error(
        "the number is negative",
        "Give labels of the travel matrix, each once, with finite numbers of 0 or more.",
    ),
    "not-a-count": error(
        "{number} is not a whole number of at least {least}",
    ),
    "not-a-number:argument": error(
        "a value is not a number",
    ),
    "not-a-number:cost": error(
        "a cost is not a number",
    ),
    "open-and-closed": error(
        "the site must open and must close",
    ),
    "unknown-label": error(
        "the label is not in the costs",
    ),
    "unknown-label:rows": error(
        "the label is not known",
    ),
    "unknown-label:travel": error(
        "the label is not in the travel matrix",
        "Give labels of the travel matrix, each once, with finite numbers of 0 or more.",
    ),
    "out-of-range:product": error(
        "the costs times the weights are too large or too small to be counted",
    ),
    "out-of-range:share": error(
        "{number} is not a share from 0 to 1",
    ),
    "out-of-range:spread": error(
        "the number {number} is too far from the others to be weighed against them",
        "Write inf for the cost of a pair that is not allowed.",
    ),
    "wrong-kind:costs": error(
        "this is of the kind {kind}, not a table (DataFrame) of costs",
    ),
    "wrong-kind:labels": error(
        "this is of the kind {kind}, not a list of labels",
    ),
    "wrong-kind:listener": error(
        "this is of the kind {kind}, and cannot be called",
    ),
    "wrong-kind:numbers": error(
        "this is of the kind {kind}: neither a number nor numbers by label",
    ),
    "wrong-kind:seconds": error(
        "{number} is not a number of seconds from 0",
    ),
    "wrong-kind:switch": error(
        "this is of the kind {kind}, neither True nor False",
    ),
    "wrong-length": error(
        "{found:number|numbers} for {wanted:label|labels}",
    ),
    "zero": error(
        "a module must serve something",
    ),
}
