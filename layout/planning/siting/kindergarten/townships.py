"""Which townships have a public kindergarten of their own."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from layout.inputs.study.study import Study

__all__ = ["with_public_kindergarten"]


def with_public_kindergarten(study: Study, closed: Iterable[str] = ()) -> pd.Index:
    """Codes of the townships in which an open public kindergarten (type 111) stands.

    Parameters
    ----------
    study
        The study.
    closed
        Schools that are shut.
    """
    schools = study.schools.drop(index=list(closed))
    public = schools[(schools["type_code"] == "111") & (schools["ownership"] == "public")]
    codes: pd.Index = pd.Index(sorted(public["township_code"].unique()), dtype="str")
    return codes
