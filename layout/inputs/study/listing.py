"""The list of a batch: which studies, levers for all and for each, and what is shared out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, ValidationError

from layout.core.errors import InputError
from layout.core.files import is_ordinary
from layout.core.problems import refuse
from layout.core.text import LANGUAGES, Language
from layout.inputs.study.file import ConsolidateSection, read_toml
from layout.inputs.study.keys import key_problems
from layout.inputs.study.ranges import STRICT, Count

__all__ = ["ListFile", "ListedStudies", "language_of", "read_list"]


class _Strict(BaseModel):
    model_config = STRICT


class SitesSection(_Strict):
    """``[share.kindergarten]``: new sites, and classes of all sites together."""

    sites: Count
    classes: Count


class ShareSection(_Strict):
    """``[share]``: numbers that are shared out over the studies."""

    close: Count | None = None
    kindergarten: SitesSection | None = None


class SiteEnds(_Strict):
    """``[studies.kindergarten]``: floor and ceiling of what is shared out of sites and classes."""

    least_sites: Count = 0
    most_sites: Count | None = None
    least_classes: Count = 0
    most_classes: Count | None = None


class ListedStudies(_Strict):
    """``[[studies]]``: one study, or all that a pattern names."""

    path: str
    scenario: str | None = None
    split: bool = False
    least: Count = 0
    most: Count | None = None
    kindergarten: SiteEnds = SiteEnds()
    levers: ConsolidateSection = ConsolidateSection()

    def given(self) -> dict[str, Any]:
        """Return the levers that are written, and no default."""
        return self.levers.model_dump(exclude_unset=True)


class ListFile(_Strict):
    """The whole list."""

    name: str = ""
    language: Literal["zh", "en"] = "zh"
    levers: ConsolidateSection = ConsolidateSection()
    share: ShareSection = ShareSection()
    studies: Annotated[list[ListedStudies], Field(min_length=1)]

    def given(self) -> dict[str, Any]:
        """Return the levers for all that are written, and no default."""
        return self.levers.model_dump(exclude_unset=True)


def language_of(path: Path) -> Language | None:
    """Return the language that a list names, however wrong the rest of it is.

    Parameters
    ----------
    path
        The file (TOML).

    Returns
    -------
    str or None
        None where there is none, or none of ours.
    """
    try:
        said = read_toml(path, file=path.name).get("language")
    except InputError:
        return None
    return cast("Language", said) if said in LANGUAGES else None


def read_list(path: Path) -> tuple[ListFile, Mapping[str, Any]]:
    """Read and check the list of a batch.

    Parameters
    ----------
    path
        The file (TOML).

    Returns
    -------
    ListFile
        What it says.
    dict
        The same as plain data.

    Raises
    ------
    InputError
        With one problem for each key that is missing, unknown or of a wrong kind.
    """
    if not is_ordinary(path):
        raise refuse("batch-missing", file=path.name, path=path)
    data = read_toml(path, file=path.name)
    if {"study", "inputs"} <= set(data):
        raise refuse("batch-study", file=path.name)
    try:
        return ListFile.model_validate(dict(data)), data
    except ValidationError as errors:
        raise InputError(*key_problems(errors, ListFile, file=path.name, over=None)) from errors
