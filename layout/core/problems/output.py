"""Problems of the folder of a result."""

from __future__ import annotations

from layout.core.problems.form import Form, error

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "cannot-write": error(
        "It cannot be written: {error}",
        "Check free space and permissions, and close the files in other programs.",
    ),
    "no-plan": error(
        "This folder holds no complete plan.",
        "Make the plan again: layout plan STUDY.toml --out {folder}",
    ),
    "no-plan:older": error(
        "This folder was written by an older version.",
        "Make the plan again: layout plan STUDY.toml --out {folder}",
    ),
    "no-plan:table": error(
        "This table of the plan is missing or damaged.",
        "Make the plan again: layout plan STUDY.toml --out {folder}",
    ),
    "output-folder": error(
        "The folder is not empty and holds no earlier result: {names}",
        "Give another folder with --out; nothing was changed in this one.",
    ),
    "output-folder:file": error(
        "This is a file, not a folder.",
        "Give another folder with --out; nothing was changed in this one.",
    ),
}
