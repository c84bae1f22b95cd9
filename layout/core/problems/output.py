"""Problems of a result and of the run that makes it."""

from __future__ import annotations

from layout.core.problems.form import Form, error

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {
    "cannot-write": error(
        "It cannot be written: {error}",
        "Check free space and permissions, and close the files in other programs.",
    ),
    "no-batch": error(
        "This folder holds no complete batch.",
        "Run it again: layout batch LIST.toml --out {folder}",
    ),
    "no-batch:table": error(
        "This table of the batch is missing or damaged.",
        "Run it again: layout batch LIST.toml --out {folder}",
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
    "out-of-memory": error(
        "The memory of this computer is not enough for this study.",
        "Close other programs, or take a smaller part of the roads; earlier results are untouched.",
    ),
    "output-folder": error(
        "The folder is not empty and holds no earlier result: {names}",
        "Give another folder with --out; nothing was changed in this one.",
    ),
    "output-folder:file": error(
        "This is a file, not a folder.",
        "Give another folder with --out; nothing was changed in this one.",
    ),
    "unforeseen": error(
        "Something happened that this program did not foresee: {error} ({place}).",
        "Earlier results are untouched. Please tell those who look after the program, with this "
        "line; LAYOUT_TRACEBACK=1 in the environment shows more.",
    ),
}
