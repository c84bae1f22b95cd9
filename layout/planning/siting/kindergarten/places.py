"""Where a kindergarten may stand: without settlements that another can always stand in for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from layout.inputs.study.study import SiteProgramme, Study
from layout.planning.siting.candidates import candidate_points, undominated
from layout.planning.siting.kindergarten.ceilings import Reading
from layout.planning.siting.kindergarten.need import Need
from layout.planning.siting.levers import SiteLevers
from layout.planning.siting.rejected import Ground

__all__ = ["Around", "kindergarten_candidates", "with_stand_ins"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Around:
    """What decides where a kindergarten may stand.

    Attributes
    ----------
    study, asked, read
        The study, its programme, and how the numbers are read.
    needs
        Whom existing places leave over in each year, the programme's first.
    ways
        Pairs of all settlements, as `site_pairs` returns them.
    ground
        Where the ground allows a site.
    """

    study: Study
    asked: SiteProgramme
    read: Reading
    needs: Sequence[Need]
    ways: pd.DataFrame
    ground: Ground

    @property
    def size(self) -> int:
        """Children of a class."""
        return self.study.standards.class_size_preschool


def kindergarten_candidates(around: Around, levers: SiteLevers) -> tuple[pd.Series, pd.DataFrame]:
    """Return the most classes by candidate, and those that only their ground keeps from being one.

    Parameters
    ----------
    around, levers
        Who lives where, and what the planner turns.
    """
    study, ground = around.study, around.ground
    # Every settlement may hold a site whose ground allows it; where parcels make sites of several
    # sizes, none can stand in for another.
    points = _thinned(around, None)
    rejected = ground.rejected(pd.DataFrame({"stage": "preschool", "settlement_id": points}))
    if study.parcels is not None:
        near = pd.Index(around.ways["site"].unique())
        points = ground.may("preschool").intersection(near).difference(list(levers.forbid))
    elif not ground.free or levers.forbid or levers.quota:
        points = _thinned(around, _allowed(around, levers), by_county=bool(levers.quota))
    points = points.union(pd.Index([one for one in levers.force if one in study.settlements.index]))
    return _most_classes(around, points), rejected


def with_stand_ins(
    around: Around, levers: SiteLevers, points: pd.Series, *, sites: pd.Series
) -> pd.Series:
    """Add to the candidates the settlements that only the chosen sites stand in for.

    Parameters
    ----------
    around, levers
        Who lives where, and what the planner turns.
    points
        The candidates, as `kindergarten_candidates` returns them.
    sites
        Settlements of the chosen sites; "" for others.
    """
    if around.study.parcels is not None:
        return points
    allowed = _allowed(around, levers).difference(list(sites))
    others = _thinned(around, allowed, by_county=bool(levers.quota))
    return _most_classes(around, points.index.union(others))


def _allowed(around: Around, levers: SiteLevers) -> pd.Index:
    """What is forbidden can stand in for nothing."""
    return around.ground.may("preschool").difference(list(levers.forbid))


def _most_classes(around: Around, points: pd.Index) -> pd.Series:
    """Whole classes within the norm's ceiling; free ground allows any number of places."""
    places = around.ground.most_places("preschool", points)
    return (places.clip(upper=around.read.most * around.size) // around.size).astype("int64")


def _thinned(around: Around, among: pd.Index | None, *, by_county: bool = False) -> pd.Index:
    """Settlements without those that others can stand in for, and the centres of need."""
    places = around.read.most * around.size
    left = pd.DataFrame({at: one.left for at, one in enumerate(around.needs)})
    left = left[(left > 0).any(axis=1)]
    kept: pd.Index = candidate_points(
        around.study,
        need=around.needs[0].left,
        people=around.needs[0].demand,
        stage="preschool",
        places=places,
        sites=around.asked.sites,
        among=among,
    ).index
    near = around.ways if among is None else around.ways[around.ways["site"].isin(among)]
    # With quotas only a settlement of the same county can stand in for another.
    county = around.study.settlements["county_code"].reindex(near["site"]).to_numpy()
    for part in [one for _, one in near.groupby(county)] if by_county else [near]:
        kept = kept.union(undominated(part, left, places=places))
    return kept
