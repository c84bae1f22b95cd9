"""Problems of the list of a batch."""

from __future__ import annotations

from layout.core.problems.form import Form, error

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "batch-missing": error(
        "There is no list of studies: {path}.",
        'Write one: [[studies]] and below it path = "…/study.toml"; docs/howto/batch.md shows it.',
    ),
    "batch-most": error(
        "The ceiling is below the floor.",
        "Write a larger `most`, or a smaller `least`.",
    ),
    "batch-nothing": error(
        "No file is there.",
        "Correct the path or pattern; it counts from the folder of the list.",
    ),
    "batch-split": error(
        "A study is split by county only to share out closures among them.",
        "Name the number under `[share]`, as close = 84, or leave out `split`.",
    ),
    "batch-split:sites": error(
        "Kindergartens are shared out over whole studies, and this one is split by county.",
        "Leave out `split`, or `[share.kindergarten]`.",
    ),
    "batch-study": error(
        "This is a study and no list of studies.",
        'Plan it alone: layout plan STUDY.toml; or name it in a list: [[studies]], path = "…".',
    ),
    "batch-twice": error(
        "Several studies have this name: {studies}.",
        "Name each once; rename the file, or the folder of a study.toml.",
    ),
    "batch-unshared": error(
        "What its numbers cost is not known, so nothing can be shared out: {message}",
        "Mend the study, or take it off the list.",
    ),
    "batch-running": error(
        "Another run is writing to this folder.",
        "Wait for its end, or name another folder.",
    ),
}
