"""A plan as one HTML page that opens by double click, without any network.

The page holds everything: script, style, polygons and tables. It asks for nothing, evaluates
nothing that a user typed, and a content security policy holds it to that.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import get_args

from layout.core.errors import UsageError
from layout.core.text import Language, tr, using
from layout.output.maps import data, shell
from layout.output.maps.embed import inline_json
from layout.output.maps.labels import labels
from layout.planning.contract import PlanTables

__all__ = ["render", "write"]


def render(plan: PlanTables, *, lang: str | None = None) -> str:
    """Return the map of a plan as one offline HTML page.

    Parameters
    ----------
    plan
        The plan to draw; its ``baseline`` gives the state of today.
    lang
        ``zh`` or ``en``; by default the language of the study.

    Returns
    -------
    str
        The page. The same plan gives the same text.

    Raises
    ------
    layout.core.errors.UsageError
        For any other language.
    """
    with using(_language(lang or plan.study.language)):
        content = data.document(plan)
        content["labels"] = labels()
        return shell.build(
            title=content["meta"]["title"],
            language=content["meta"]["language"],
            bounds=data.bounds(plan.study),
            data=inline_json(content),
        )


def write(plan: PlanTables, path: str | Path, *, lang: str | None = None) -> Path:
    """Write the map of a plan; an earlier file stays until the new one is complete.

    Parameters
    ----------
    plan
        The plan to draw.
    path
        The HTML file.
    lang
        ``zh`` or ``en``; by default the language of the study.

    Returns
    -------
    pathlib.Path
        The file that was written.

    Raises
    ------
    OSError
        If the folder cannot be written to.
    """
    target = Path(path)
    text = render(plan, lang=lang)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        partial.chmod(0o644)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _language(lang: str) -> Language:
    for known in get_args(Language):
        if lang == known:
            return lang  # type: ignore[return-value]
    raise UsageError(tr("The language must be zh or en, not {lang}.", lang=repr(lang)))
