"""The state that a plan ends in: the assignment, less who is taken, plus who is served."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.planning.contract import ASSIGNMENT, PlanTables

__all__ = ["final_state"]

_GROUP = ["settlement_id", "band", "school_id"]


def final_state(plan: PlanTables) -> pd.DataFrame:
    """Return who goes where once the sites of a plan stand.

    Parameters
    ----------
    plan
        The plan: its ``assignment`` is the state after the closures, ``served`` whom the sites
        take out of it, and children who had no place.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.ASSIGNMENT`. A group that a site takes from in part
        becomes several rows; `to_school` is then the site's id. ``from_school`` stays the school of
        today, and is empty for children who had no place. No row is without pupils; the pupils
        of all schools and sites together are those of ``assignment`` and the children without a
        place.
    """
    served = plan.served
    if served.empty:
        return plan.assignment
    had_none = served["from_school"] == ""
    # Groups and what is taken out of them, laid side by side as intervals of the same pupils.
    groups = _laid_out(
        plan.assignment.assign(school_id=plan.assignment["to_school"]), "from_school"
    )
    taken = _laid_out(served[~had_none].assign(school_id=served["from_school"]), "site_id")
    pairs = groups.reset_index(names="row").merge(taken, on=_GROUP, suffixes=("", "_site"))
    overlap = np.minimum(pairs["end"], pairs["end_site"]) - np.maximum(
        pairs["start"], pairs["start_site"]
    )
    pairs = pairs.assign(pupils=overlap)[overlap > 0]
    moved = pairs.assign(
        to_school=pairs["site_id"],
        mode=pairs["mode_site"],
        minutes_after=pairs["minutes"],
        metres_after=pairs["metres"],
    )
    # Pupils of each group who stay where the assignment has them.
    left = groups["pupils"].sub(pairs.groupby("row")["pupils"].sum(), fill_value=0)
    stay = groups.assign(pupils=left.astype("int64"))[left > 0]
    rows = served[had_none]
    fresh = rows.assign(
        to_school=rows["site_id"], minutes_after=rows["minutes"], metres_after=rows["metres"]
    ).reindex(columns=list(ASSIGNMENT))
    parts = [part[list(ASSIGNMENT)] for part in (stay, moved, fresh) if len(part)]
    keys = ["settlement_id", "band", "from_school", "to_school"]
    return pd.concat(parts, ignore_index=True).sort_values(keys, ignore_index=True)


def _laid_out(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Rows of a settlement, band and school one after the other: from `start` to `end` pupils."""
    table = rows.sort_values([*_GROUP, by], ignore_index=True)
    end = table.groupby(_GROUP)["pupils"].cumsum()
    return table.assign(start=end - table["pupils"], end=end)
