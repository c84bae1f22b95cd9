"""The kindergarten layout plan of each county: what it has, gets, and still misses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from layout.core.text import Sentence, marked, sentence
from layout.inputs.study.study import Study
from layout.inputs.study.townships import township_names
from layout.planning.contract import KINDERGARTEN_PLANS
from layout.planning.siting.kindergarten.deficits import After
from layout.planning.siting.kindergarten.floors import public_share
from layout.planning.siting.kindergarten.need import Need
from layout.planning.siting.kindergarten.townships import with_public_kindergarten

__all__ = ["TOWNSHIP_NOTES", "county_plans", "township_notes"]

_TOWNSHIPS = marked(
    "Townships without a public kindergarten: {before} before, {after} after. Still without one: "
    "{names}. Whether a large township has two or three is not looked at: the study does not "
    "tell its people."
)
_TOWNSHIPS_ALL = marked(
    "Every township has a public kindergarten; {before:has|have} none today. Whether a large "
    "township has two or three is not looked at: the study does not tell its people."
)
_TOWNSHIPS_TODAY = marked(
    "Every township has a public kindergarten today. Whether a large township has two or three "
    "is not looked at: the study does not tell its people."
)
TOWNSHIP_NOTES = frozenset({_TOWNSHIPS, _TOWNSHIPS_ALL, _TOWNSHIPS_TODAY})
"""Messages of the notes, all of which a programme that is sited again says anew."""


def county_plans(
    study: Study,
    after: After,
    *,
    floors: pd.DataFrame,
    years: Mapping[int, Need],
    closed: Iterable[str],
) -> pd.DataFrame:
    """Sum up the programme by county.

    Parameters
    ----------
    study, after
        The study and the programme as planned.
    floors
        Counties as `public_floors` returns them.
    years
        Needs by year with the births expected, the programme's year first.
    closed
        Schools that are shut.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.KINDERGARTEN_PLANS`, one row a county, by code. Children
        count where they live, places where they stand; all new places are public.
    """
    need, sites, share = after.need, after.sites, public_share(study)
    codes, living = study.units.index.sort_values(), study.settlements["county_code"]
    standing = study.schools["county_code"].reindex(need.places.index)

    def counted(values: pd.Series) -> pd.Series:
        # Whole numbers by county; a county without any has 0.
        result: pd.Series = values.reindex(codes, fill_value=0).astype("int64")
        return result

    # Children served today, of these public, and by new places.
    served, public = floors["served"].reindex(codes), floors["public"].reindex(codes)
    added = counted(after.served.groupby(living).sum())
    left = counted(need.left.groupby(living).sum())
    new, grown = (sites[sites["kind"] == kind] for kind in ("new", "expansion"))
    before = counted(need.places.groupby(standing).sum())
    places = before + counted(sites.groupby("county_code")["places"].sum())
    used = need.flows.groupby("site")["amount"].sum().groupby(standing).sum()
    filled = counted(used) + counted(sites.groupby("county_code")["pupils_served"].sum())
    missing = share * (served + added) - (public + added)
    table = pd.DataFrame(
        {
            "name": study.units["name"].reindex(codes),
            "year": after.year,
            "children": counted(need.demand.groupby(living).sum()),
            "places_before": before,
            "places_after": places,
            "places_idle": places - filled,
            "unserved_before": left,
            "unserved_after": left - added,
            "public_share_before": public / served.where(served > 0),
            "public_share_after": (public + added) / (served + added).where(served + added > 0),
            "floor_share": share,
            "floor_missing": [max(0, math.ceil(one - 1e-9)) for one in missing],
            "new_sites": counted(new["county_code"].value_counts()),
            "new_classes": counted(new.groupby("county_code")["classes"].sum()),
            "expanded_schools": counted(grown["county_code"].value_counts()),
            "expanded_classes": counted(grown.groupby("county_code")["classes"].sum()),
        }
    )
    table["floor_met"] = table["floor_missing"] == 0
    # Children by year and county; places stay what they are after the plan.
    by_year = pd.DataFrame(
        {year: counted(one.demand.groupby(living).sum()) for year, one in years.items()}
    )
    table["until"] = max(years)
    table["children_by_year"] = [";".join(map(str, row)) for row in by_year.to_numpy()]
    table["surplus_until"] = places - by_year[max(years)]
    table = table.join(_townships(study, new, closed))
    return table.rename_axis("county_code").reset_index()[list(KINDERGARTEN_PLANS)]


def _townships(study: Study, new: pd.DataFrame, closed: Iterable[str]) -> pd.DataFrame:
    """By county: its townships, and those without a public kindergarten before and after."""
    towns = study.settlements[["township_code", "county_code"]].drop_duplicates("township_code")
    have = with_public_kindergarten(study, closed)
    without = towns[~towns["township_code"].isin(have)].sort_values("township_code")
    still = without[~without["township_code"].isin(new["township_code"])]
    parts = {
        "townships": towns["county_code"].value_counts(),
        "townships_without_before": without.groupby("county_code")["township_code"].agg(";".join),
        "townships_without_after": still.groupby("county_code")["township_code"].agg(";".join),
    }
    table = pd.DataFrame(parts).reindex(study.units.index)
    return table.fillna({"townships": 0, **dict.fromkeys(list(parts)[1:], "")}).astype(
        {"townships": "int64"}
    )


def township_notes(study: Study, plans: pd.DataFrame) -> list[Sentence]:
    """Say which townships have no public kindergarten, before and after.

    Parameters
    ----------
    study, plans
        The study, and its counties as `county_plans` returns them.
    """
    names = township_names(study)
    before, after = (
        [code for text in plans[f"townships_without_{when}"] for code in text.split(";") if code]
        for when in ("before", "after")
    )
    if not before:
        return [sentence(_TOWNSHIPS_TODAY)]
    if not after:
        return [sentence(_TOWNSHIPS_ALL, before=len(before))]
    county = study.settlements.drop_duplicates("township_code").set_index("township_code")
    where = county["county_code"].map(study.units["name"])
    return [
        sentence(
            _TOWNSHIPS,
            before=len(before),
            after=len(after),
            names=[
                sentence("{county} {township}", county=where[code], township=names.get(code, code))
                for code in after
            ],
        )
    ]
