"""Names of townships, where a study tells them."""

from __future__ import annotations

from layout.inputs.study.study import Study

__all__ = ["township_names"]


def township_names(study: Study) -> dict[str, str]:
    """Names of the townships by code, where the study tells them.

    Parameters
    ----------
    study
        The study; its settlements may have the column ``township``.
    """
    if "township" not in study.settlements:
        return {}
    named = study.settlements[study.settlements["township"] != ""].sort_index()
    names = named.drop_duplicates("township_code").set_index("township_code")["township"]
    return {str(code): str(name) for code, name in names.items()}
