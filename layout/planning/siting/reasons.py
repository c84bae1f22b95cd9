"""Why a site stands where it stands: one sentence for each row of a plan's sites."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from layout.core.text import Sentence, sentence
from layout.inputs.study.study import Study
from layout.planning.siting.without import lost_without

__all__ = ["site_facts"]


def site_facts(
    study: Study,
    sites: pd.DataFrame,
    *,
    classes: pd.Series,
    places: pd.Series,
    flows: pd.DataFrame,
    pairs: pd.DataFrame,
    amount: pd.Series,
    own: pd.Series | None = None,
    floor: float = 0.0,
    lifted: Collection[str] = (),
    years: tuple[int, int] | None = None,
) -> pd.DataFrame:
    """Describe each site as `layout.planning.siting.tables.site_table` takes it.

    Parameters
    ----------
    study
        The study.
    sites
        By site label: columns stage, settlement_id, school_id.
    classes, places
        By site label.
    flows
        Who is served: columns demand, site, amount.
    pairs, amount
        Who is within reach of which site, columns demand, site, cost; and how many there are by
        demand: children without a place, or pupils of overfull schools.
    own
        Pupils of a school that grows who stay there, by site label; 0 where not given.
    floor, lifted
        The floor of the public share, and the counties that miss it before the plan.
    years
        The first and last year whose children are counted, where these are several.

    Returns
    -------
    pandas.DataFrame
        `sites` with classes, places, pupils_served, pupils_lost and reason.
    """
    # By site label: children served, and children within reach.
    stay = pd.Series(0, index=sites.index) if own is None else own
    served = flows.groupby("site")["amount"].sum().reindex(sites.index, fill_value=0) + stay
    around = pairs.assign(amount=amount.reindex(pairs["demand"]).to_numpy())
    near = around.groupby("site")["amount"].sum().reindex(sites.index, fill_value=0)
    table = sites.assign(
        classes=classes,
        places=places,
        pupils_served=served,
        pupils_lost=lost_without(pairs, flows, places - stay) + stay,
    )
    reasons = _reasons(study, table, near, floor, lifted, years)
    return table.assign(reason=pd.Series(reasons, index=table.index, dtype="object"))


def _reasons(
    study: Study,
    table: pd.DataFrame,
    near: pd.Series,
    floor: float,
    lifted: Collection[str],
    years: tuple[int, int] | None,
) -> list[Sentence]:
    """Say of each site who lives within reach, whom it serves, and what it is for."""
    county = study.settlements["county_code"].reindex(table["settlement_id"]).to_numpy()
    reasons = []
    for (_, row), home, around in zip(table.iterrows(), county, near, strict=True):
        reason = _whom(row, int(around))
        new, served, places = row["settlement_id"] != "", row["pupils_served"], row["places"]
        code = home if new else study.schools.at[row["school_id"], "county_code"]
        if served and code in lifted:
            reason = sentence(
                "{reason}; lifts the public share of {county} towards its floor of {floor}",
                reason=reason,
                county=study.units.at[code, "name"],
                floor=f"{floor:.0%}",
            )
        elif served and new and years is not None:
            reason = sentence(
                "{reason}; chosen to serve most children over the years {first} to {last}",
                reason=reason,
                first=years[0],
                last=years[1],
            )
        if served and 2 * served < places:
            reason = sentence(
                "{reason}; {idle} of its {places} places stay empty from the start",
                reason=reason,
                idle=int(places - served),
                places=int(places),
            )
        reasons.append(reason)
    return reasons


def _whom(row: pd.Series, near: int) -> Sentence:
    """Who lives within reach and whom the site serves."""
    served = int(row["pupils_served"])
    if not served:
        return sentence(
            "Nobody within reach is left to it; its classes are part of those that the programme "
            "names"
        )
    if row["stage"] == "preschool":
        return sentence(
            "{near:child without a place lives|children without a place live} within reach; it "
            "serves {served} of them",
            near=near,
            served=served,
        )
    return sentence(
        "{near:pupil of overfull schools lives|pupils of overfull schools live} within reach; "
        "it takes {served} of them",
        near=near,
        served=served,
    )
