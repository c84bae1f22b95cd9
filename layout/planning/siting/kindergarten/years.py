"""The years after a programme: whom kindergartens leave over in each, and how full sites stay."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from layout.core.errors import InputError, UsageError
from layout.core.text import Sentence, marked, sentence
from layout.demand.demography import with_births
from layout.inputs.study.study import Study
from layout.location import ModularProblem
from layout.planning import schema
from layout.planning.contract import SITE_YEARS, PlanTables, empty
from layout.planning.siting.kindergarten.need import (
    Need,
    kindergarten_need,
    need_of_year,
    preschool_demand,
)
from layout.planning.siting.kindergarten.problem import children_by_site

__all__ = ["READINGS", "YEAR_NOTES", "Outlook", "known_years", "site_years", "year_notes"]

_SUMMED = marked(
    "Children served by the new places, summed over the years {first} to {last}: "
    "{middle} with the births expected, {low} with fewer, {high} with more."
)
_SMALL = marked(
    "Of {sites:new kindergarten|new kindergartens} {count:falls|fall} below {least} children, "
    "the least that a kindergarten of {classes} classes has, from the year named on; the rooms "
    "would serve the care of under-threes or primary classes: {names}."
)
_IDLE = marked(
    "{idle:existing kindergarten place stands|existing kindergarten places stand} idle while "
    "{left:child has|children have} none within reach, because of the distance that they may "
    "walk: {counties}."
)
YEAR_NOTES = frozenset({_SUMMED, _SMALL, _IDLE})
"""Messages of the notes, all of which a programme that is sited again says anew."""

READINGS = ("low", "middle", "high")


class Outlook:
    """Whom existing kindergartens leave over, by year and reading of the births; each once.

    Attributes
    ----------
    years
        From the programme's on, as far as births are known and asked for.
    """

    def __init__(self, plan: PlanTables, year: int, until: int) -> None:
        self.study = plan.study
        self.years = known_years(plan.study, year, until)
        first = kindergarten_need(plan.study, year, walk=plan.ways().walk, closed=plan.closed)
        self._first = first
        self._of: dict[str, Mapping[int, Need]] = {}
        self._known: dict[tuple[int, int], Need] = {(year, int(first.demand.sum())): first}

    def of(self, reading: str) -> Mapping[int, Need]:
        """The needs by year; the programme's own year is that of the births expected."""
        if reading in self._of:
            return self._of[reading]
        study, first = with_births(self.study, reading), self.years[0]
        needs = {first: self._first}
        for year in self.years[1:]:
            # Years whose children are all born already are the same in every reading.
            key = (year, int(preschool_demand(study, year).sum()))
            if key not in self._known:
                self._known[key] = need_of_year(
                    study, year, places=self._first.places, pairs=self._first.pairs
                )
            needs[year] = self._known[key]
        self._of[reading] = needs
        return needs


def known_years(study: Study, year: int, until: int) -> tuple[int, ...]:
    """The years from one to another whose children are known or expected.

    Parameters
    ----------
    study
        The study, for its births.
    year, until
        First and last year; the first is always among them.
    """
    years = [year]
    for later in range(year + 1, until + 1):
        try:
            preschool_demand(study, later)
        except (InputError, UsageError):
            # Births of later years are not known.
            break
        years.append(later)
    return tuple(years)


def site_years(
    outlook: Outlook,
    problem: ModularProblem,
    classes: pd.Series,
    site_ids: pd.Series,
    *,
    ways: pd.DataFrame,
) -> pd.DataFrame:
    """Count the children of each site by year and reading of the births.

    Parameters
    ----------
    outlook
        The needs.
    problem, classes
        The model, and classes by its site labels.
    site_ids
        Identifier in the plan by site label.
    ways
        Pairs of all settlements and candidates, as `site_pairs` returns them: a reading of the
        births may leave children where those that were chosen on leave none.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.contract.SITE_YEARS`.
    """
    places = classes * problem.sites["size"].reindex(classes.index)
    # Everybody near the sites, by their labels: new ones lie in settlements, others are schools.
    chosen = problem.sites.loc[classes.index]
    existing = outlook.of("middle")[outlook.years[0]].pairs
    near = pd.concat(
        [
            _relabelled(table, chosen.loc[new, column])
            for table, column, new in (
                (ways, "settlement_id", chosen["settlement_id"] != ""),
                (existing, "school_id", chosen["settlement_id"] == ""),
            )
        ],
        ignore_index=True,
    )
    parts = []
    for reading in READINGS:
        needs = outlook.of(reading)
        left = [needs[year].left for year in outlook.years]
        counts = children_by_site(problem, classes, left, near)
        parts += [
            pd.DataFrame(
                {
                    "site_id": site_ids.reindex(classes.index).to_numpy(),
                    "year": year,
                    "births": reading,
                    "children": children.to_numpy(),
                    "places": places.to_numpy(),
                }
            )
            for year, children in zip(outlook.years, counts, strict=True)
        ]
    if not parts or classes.empty:
        return empty(SITE_YEARS)
    table = pd.concat(parts).astype({"year": "int64", "children": "int64", "places": "int64"})
    order = list(schema.TABLES["site_years"].order)
    return table.sort_values(order, ignore_index=True)[list(SITE_YEARS)]


def _relabelled(pairs: pd.DataFrame, places: pd.Series) -> pd.DataFrame:
    """The pairs of some places, named by site label instead: `places` has the place by label."""
    label = pd.Series(places.index, index=pd.Index(places))
    mine = pairs[pairs["site"].isin(label.index)]
    return mine.assign(site=label.reindex(mine["site"]).to_numpy())


def year_notes(
    study: Study, table: pd.DataFrame, sites: pd.DataFrame, need: Need
) -> list[Sentence]:
    """Say what the years bring: children served, sites that grow too small, places that stand idle.

    Parameters
    ----------
    study
        The study.
    table, sites
        As in a plan.
    need
        Of the programme's year.
    """
    notes = []
    total = table.groupby("births")["children"].sum()
    if table["year"].nunique() > 1:
        notes.append(
            sentence(
                _SUMMED,
                first=int(table["year"].min()),
                last=int(table["year"].max()),
                **{reading: int(total[reading]) for reading in READINGS},
            )
        )
    # New sites with fewer children than the least size has: the first such year of each.
    least = study.standards.kindergarten_min_classes * study.standards.class_size_preschool
    new = sites.loc[sites["kind"] == "new", "site_id"]
    mine = table[(table["births"] == "middle") & table["site_id"].isin(new)]
    small = mine[mine["children"] < least].groupby("site_id")["year"].min()
    if len(small):
        notes.append(
            sentence(
                _SMALL,
                count=len(small),
                sites=len(new),
                least=least,
                classes=study.standards.kindergarten_min_classes,
                names=[
                    sentence("{site} ({year})", site=site, year=year)
                    for site, year in small.items()
                ],
            )
        )
    return [*notes, *_idle(study, need)]


def _idle(study: Study, need: Need) -> list[Sentence]:
    """Existing places that stand idle, by county, beside children without one."""
    county = study.schools["county_code"]
    taken = need.flows.groupby("site")["amount"].sum().reindex(need.places.index, fill_value=0)
    idle = (need.places - taken).groupby(county.reindex(need.places.index)).sum()
    left = int(need.left.sum())
    if not idle.sum() or not left:
        return []
    return [
        sentence(
            _IDLE,
            idle=int(idle.sum()),
            left=left,
            counties=[
                f"{study.units.at[code, 'name']} {int(count)}"
                for code, count in idle[idle > 0].items()
            ],
        )
    ]
