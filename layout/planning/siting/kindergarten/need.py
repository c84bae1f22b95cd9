"""New kindergartens: what existing places leave over, and where new places serve most of it.

Existing supply serves first. What is left is served by new kindergartens within the ceiling of
the norm and, where the programme's classes do not fit under it, by more classes at existing
public ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import InputError, UsageError
from layout.core.standards import STAGES, limit_minutes
from layout.demand.access import offering, reach
from layout.demand.demography import apportion, children
from layout.inputs.study.study import Study
from layout.location import serve
from layout.network.travel import TravelMatrix, travel_matrix
from layout.planning.siting.tables import WAYS

__all__ = [
    "Need",
    "existing_classes",
    "expansion_room",
    "kindergarten_need",
    "need_of_year",
    "outlook",
    "preschool_demand",
    "site_pairs",
    "walk_to",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Need:
    """Children of a programme year, whom existing places serve, and who is left.

    Attributes
    ----------
    demand, left
        Children who want a place, and those without one, by settlement_id.
    places
        Places by existing kindergarten.
    pairs
        Pairs within reach of existing kindergartens, as `site_pairs` has them.
    flows
        Who is served where: demand, site, amount.
    """

    demand: pd.Series
    left: pd.Series
    places: pd.Series
    pairs: pd.DataFrame
    flows: pd.DataFrame


def preschool_demand(study: Study, year: int) -> pd.Series:
    """Children of kindergarten age who want a place, by settlement_id: age cohorts × rate."""
    cohorts = children(study, year)[list(STAGES["preschool"])].sum(axis=1)
    # Whole children in all, then shared over the settlements: rounding each one would not add up.
    total = round(int(cohorts.sum()) * study.standards.preschool_rate)
    values = apportion(total, cohorts.to_numpy(dtype=np.int64)) if total else 0
    return pd.Series(values, index=cohorts.index, name="children", dtype="int64")


def existing_classes(schools: pd.DataFrame) -> pd.Series:
    """Kindergarten classes of each school that has any, by school_id."""
    taught = schools.loc[offering(schools, "preschool")]
    classes = taught[[f"classes_{grade}" for grade in STAGES["preschool"]]].sum(axis=1)
    # Only where nothing else is taught are the mixed classes certain to be of small children.
    mixed = taught["classes_mixed"].where(taught["type_code"].isin(["111", "119"]), 0)
    total: pd.Series = (classes + mixed).astype("int64")
    return total[total > 0].sort_index()


def expansion_room(study: Study, closed: Iterable[str] = ()) -> pd.Series:
    """Classes that each existing public kindergarten can add under the ceiling, by school_id.

    Counted against its classes and against the children it has today, whichever leaves less.
    """
    norms, schools = study.standards, study.schools
    classes = existing_classes(schools)
    # Only public kindergartens that stay open may grow; attached classes (119) may not.
    public = schools.loc[classes.index]
    keep = (public["ownership"] == "public") & (public["type_code"] == "111")
    classes = classes[keep & ~classes.index.isin(list(closed))]
    # A class counts as full; where more children are enrolled, they count.
    enrolled = schools.loc[classes.index, [f"pupils_{g}" for g in STAGES["preschool"]]].sum(axis=1)
    size = norms.class_size_preschool
    pupils = np.maximum(classes * size, enrolled)
    by_children = (norms.kindergarten_max_children - pupils) // size
    # The smaller of the two rooms; what is full or over a ceiling drops out.
    room: pd.Series = np.minimum(norms.kindergarten_max_classes - classes, by_children)
    return room[room > 0].astype("int64")


def kindergarten_need(
    study: Study, year: int, *, walk: TravelMatrix, closed: Iterable[str] = ()
) -> Need:
    """Let existing places serve the children of a year first, and count who is left.

    Parameters
    ----------
    study
        The study.
    year
        Year whose children count.
    walk
        Routes on foot from all settlements to all schools.
    closed
        Schools that are shut.
    """
    # Whole places: `serve` is a flow of whole numbers.
    classes = existing_classes(study.schools)
    classes = classes[~classes.index.isin(list(closed))]
    places = classes * study.standards.class_size_preschool
    pairs = _pairs(study, walk_to_schools(study, walk=walk), only=places.index)
    return need_of_year(study, year, places=places, pairs=pairs)


def need_of_year(study: Study, year: int, *, places: pd.Series, pairs: pd.DataFrame) -> Need:
    """Count as `kindergarten_need` does, with the places and pairs of a year before.

    Parameters
    ----------
    study, year
        The study and the year.
    places, pairs
        As `Need` has them.
    """
    demand = preschool_demand(study, year)
    flows = serve(pairs, demand, places)
    served = flows.groupby("demand")["amount"].sum()
    left = demand.sub(served, fill_value=0).astype("int64")
    return Need(demand=demand, left=left, places=places, pairs=pairs, flows=flows)


def site_pairs(study: Study, points: gpd.GeoSeries) -> pd.DataFrame:
    """Pairs of settlement and new kindergarten within the norm's distance along the road.

    Returns
    -------
    pandas.DataFrame
        Columns `layout.planning.siting.tables.WAYS`: demand is the settlement, site the label
        of `points`, cost whole metres.
    """
    if points.empty:
        return pd.DataFrame({name: [] for name in WAYS})
    return _pairs(study, walk_to(study, points), only=points.index)


def _pairs(study: Study, walk: TravelMatrix, *, only: pd.Index) -> pd.DataFrame:
    # Small children are not sent by bus, so the walk stands for both modes.
    pairs = reach(study, "preschool", walk=walk, bus=walk).only(only).pairs()
    pairs = pairs.rename(columns={"origin": "demand"})
    return pairs.assign(cost=np.rint(pairs["metres"]).astype(np.int64))[WAYS]


def walk_to(study: Study, points: gpd.GeoSeries) -> TravelMatrix:
    """Routes on foot to points, up to the longest that the kindergarten norm allows."""
    cutoff = limit_minutes(study.standards, "preschool")
    return travel_matrix(study, mode="walk", sites=points, cutoff_minutes=cutoff)


def walk_to_schools(study: Study, *, walk: TravelMatrix) -> TravelMatrix:
    """Routes on foot to the study's schools: the given ones, where they go far enough."""
    far = limit_minutes(study.standards, "preschool") <= walk.cutoff_minutes
    return walk if far else walk_to(study, study.schools.geometry)


def outlook(study: Study, year: int, places: int, until: int) -> pd.DataFrame:
    """Children and places from the programme's year on, as far as the births are known.

    Returns
    -------
    pandas.DataFrame
        Index year; columns children, places, surplus (places − children).
    """
    rows: dict[int, int] = {}
    for later in range(year, max(year, until) + 1):
        try:
            # Births of later years are not known: the outlook ends there.
            rows[later] = int(preschool_demand(study, later).sum())
        except (InputError, UsageError):
            break
    table = pd.DataFrame({"children": rows}, dtype="int64")
    table.index.name = "year"
    table["places"] = places
    table["surplus"] = table["places"] - table["children"]
    return table
