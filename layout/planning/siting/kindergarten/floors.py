"""The floor of the public share of a county's kindergarten children, and what is missing to it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from layout.core.text import Sentence, marked, sentence
from layout.inputs.study.study import Study
from layout.location import ModularChoice, ModularProblem, most_covered
from layout.planning.siting.kindergarten.need import Need

__all__ = ["FLOOR_NOTES", "floor_notes", "price_notes", "public_floors", "public_share"]

_REACHED = marked(
    "{county} reaches the floor of its public share: {before} before, {after} after, {floor} "
    "asked; {target:child was|children were} needed, {served:is|are} served."
)
_TOO_FEW = marked(
    "{county} cannot reach the floor of its public share: {before} before, {after} after, "
    "{floor} asked; {target:child was|children were} needed and {served:is|are} served, but "
    "only {near} without a place live within reach of any site. {missing:public child "
    "is|public children are} missing."
)
_SCATTERED = marked(
    "{county} does not reach the floor of its public share: {before} before, {after} after, "
    "{floor} asked; {target:child was|children were} needed and {served:is|are} served: those "
    "without a place live too scattered for the number of sites. {missing:public child "
    "is|public children are} missing."
)
_NOT_ASKED = marked(
    "{county} stays below the floor of its public share, which this plan was not asked to "
    "keep: {before} before, {after} after, {floor} asked. {missing:public child is|public "
    "children are} missing."
)
_PRICE = marked(
    "The floors of the public share come first. Without them the same numbers would serve at "
    "least {more:child|children} more, summed over the years ({covered} as planned)."
)
FLOOR_NOTES = frozenset({_REACHED, _TOO_FEW, _SCATTERED, _NOT_ASKED, _PRICE})
"""Messages of the notes, all of which a programme that is sited again says anew."""


def public_share(study: Study) -> float:
    """The share of the programme on public kindergartens, else that of the norms."""
    named = study.programmes.public_share
    if named is None or named.share is None:
        return study.standards.public_kindergarten_share
    return named.share


def public_floors(study: Study, need: Need) -> pd.DataFrame:
    """Count by county the children whom public places are to serve for the floor of its share.

    Parameters
    ----------
    study, need
        The study and whom existing places serve in the programme's year.

    Returns
    -------
    pandas.DataFrame
        Index county_code; columns served and public (children of existing places, and of public
        ones among them, by county of living), left (children without a place) and target: the
        children to be served by new public places, rounded up; with x of them the share is
        (public + x) / (served + x).
    """
    share, county = public_share(study), study.settlements["county_code"]
    ownership = study.schools["ownership"].reindex(need.flows["site"]).to_numpy()
    at = county.reindex(need.flows["demand"]).to_numpy()
    amount = need.flows["amount"].to_numpy()
    codes = study.units.index.sort_values()
    served = pd.Series(amount).groupby(at).sum().reindex(codes, fill_value=0)
    mine = ownership == "public"
    public = pd.Series(amount[mine]).groupby(at[mine]).sum().reindex(codes, fill_value=0)
    left = need.left.groupby(county).sum().reindex(codes, fill_value=0)
    missing = (share * served - public).clip(lower=0)
    # A share of 1 is out of reach wherever a private kindergarten serves anybody.
    each = (missing / max(1 - share, 1e-9)).to_numpy(dtype=np.float64)
    target = np.minimum(np.ceil(each - 1e-9), served.sum()).astype(np.int64)
    return pd.DataFrame({"served": served, "public": public, "left": left, "target": target})


def floor_notes(
    study: Study, table: pd.DataFrame, added: pd.Series, within: pd.Series, *, kept: bool
) -> list[Sentence]:
    """Say which counties stay below the floor, by how much, and why.

    Parameters
    ----------
    study, table
        The study, and its counties as `public_floors` returns them.
    added
        Children whom new public places serve, by county of living.
    within
        Children without a place who live within reach of any possible site, by county.
    kept
        Whether the plan was asked to keep the floors.
    """
    share, notes = public_share(study), []
    for code, row in table[table["target"] > 0].iterrows():
        served = int(added.get(code, 0))
        total, public = int(row["served"]) + served, int(row["public"]) + served
        county, target = study.units.at[code, "name"], int(row["target"])
        words: dict[str, object] = {
            "county": county,
            "before": f"{row['public'] / max(1, row['served']):.1%}",
            "after": f"{public / max(1, total):.1%}",
            "floor": f"{share:.0%}",
            "target": target,
            "served": served,
        }
        if served >= target:
            notes.append(
                sentence(
                    _REACHED,
                    **words,
                )
            )
            continue
        near = int(within.get(code, 0))
        words |= {"missing": math.ceil(share * total - public), "near": near}
        if near < target:
            notes.append(
                sentence(
                    _TOO_FEW,
                    **words,
                )
            )
        elif kept:
            notes.append(
                sentence(
                    _SCATTERED,
                    **words,
                )
            )
        else:
            notes.append(
                sentence(
                    _NOT_ASKED,
                    **words,
                )
            )
    return notes


def price_notes(problem: ModularProblem, answer: ModularChoice) -> list[Sentence]:
    """Say how many children more the same places could serve if the floors did not come first."""
    if problem.floors is None:
        return []
    covered = next(level.objective for level in answer.levels if level.name == "covered")
    least = most_covered(problem)
    if least <= covered:
        return []
    return [
        sentence(
            _PRICE,
            more=round(least - covered),
            covered=round(covered),
        )
    ]
