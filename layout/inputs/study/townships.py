"""Names of townships, where a study tells them."""

from __future__ import annotations

import pandas as pd

from layout.inputs.study.study import Study

__all__ = ["township_names"]


def township_names(study: Study) -> dict[str, str]:
    """Names of the townships by code, where the study tells them.

    Parameters
    ----------
    study
        The study; its settlements may have the column ``township``, and its layer of townships
        names for others.
    """
    names: dict[str, str] = {}
    if study.townships is not None:
        names |= _texts(study.townships["name"])
    if "township" in study.settlements:
        named = study.settlements[study.settlements["township"] != ""].sort_index()
        names |= _texts(
            named.drop_duplicates("township_code").set_index("township_code")["township"]
        )
    return names


def _texts(names: pd.Series) -> dict[str, str]:
    return {str(code): str(name) for code, name in names.items() if name != ""}
