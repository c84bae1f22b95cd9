"""Everything that a consolidation decides on, built once from a study: groups, routes, limits.

The setting is what the model sees. It is pure data, so that solving, diagnosing and explaining
share it and none of them looks at the study in its own way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from layout.core.arrays import Bools, Ints, Keyed
from layout.core.standards import Standards
from layout.demand.demography import children_by_band, school_year
from layout.demand.groups import COMPULSORY_BANDS, boarding_bands, groups
from layout.inputs.study.part import whole_of
from layout.inputs.study.study import ConsolidateOptions, Study
from layout.network.travel import TravelMatrix, study_travel
from layout.planning.belt import belt_table, protected_by_belt
from layout.planning.consolidation.candidates import candidate_table
from layout.planning.consolidation.capacity import (
    free_places,
    offered_grades,
    offers_band,
)
from layout.planning.consolidation.entries import Entries, entries, near_day
from layout.planning.consolidation.receivers import (
    Receivers,
    complete_primaries,
    near_bed,
    receivers,
)
from layout.planning.consolidation.routes import routes

__all__ = [
    "Ground",
    "Setting",
    "build_ground",
    "build_setting",
    "under",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """What does not depend on which schools are protected.

    Attributes
    ----------
    limited
        Whether the limits of the routes to school are in force.
    schools
        The study's schools, sorted by id.
    settlements
        Ids of the settlements, sorted.
    groups
        All groups of the compulsory stage.
    offered
        Schools × grades taught.
    receivers
        What each school may take of those who move.
    free
        Schools × resources: pupils that may still be added.
    walk, bus
        Routes from `settlements` to `schools`, in positions.
    judged
        Small rural public primary schools and teaching points.
    routes
        Routes of the groups of the judged schools, see
        `layout.planning.consolidation.routes.routes`.
    stranded
        Groups of the judged schools without any route.
    around
        The ground of the whole study where this is of one county of it.
    """

    limited: bool
    schools: pd.DataFrame
    settlements: pd.Index
    groups: pd.DataFrame
    offered: pd.DataFrame
    receivers: Receivers
    free: pd.DataFrame
    walk: Entries
    bus: Entries
    judged: pd.Index
    routes: pd.DataFrame
    stranded: pd.Index
    around: Ground | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """The closure problem of a study under its options.

    Attributes
    ----------
    study
        With the options in force.
    ground
        What does not depend on protection.
    candidates
        Every primary school and teaching point, see `candidate_table`.
    covers
        Columns cover (a number), site, rule, and of whom the cover speaks: township_code, or
        settlement_id and band. At least one site of each cover stays open.
    """

    study: Study
    ground: Ground
    candidates: pd.DataFrame
    covers: pd.DataFrame

    @property
    def options(self) -> ConsolidateOptions:
        """The levers in force."""
        return self.study.options

    @property
    def groups(self) -> pd.DataFrame:
        """All groups of the compulsory stage."""
        return self.ground.groups

    @property
    def routes(self) -> pd.DataFrame:
        """Routes of the groups of all small schools."""
        return self.ground.routes

    @property
    def free(self) -> pd.DataFrame:
        """Schools × resources: pupils that may still be added."""
        return self.ground.free

    @property
    def closable(self) -> tuple[str, ...]:
        """Identifiers of the candidates, sorted."""
        return tuple(self.candidates.index[self.candidates["candidate"]])


def build_setting(
    study: Study,
    walk: TravelMatrix,
    bus: TravelMatrix,
) -> Setting:
    """Build the closure problem of a study under ``study.options``.

    Parameters
    ----------
    study
        The validated study.
    walk, bus
        Routes from settlements to schools.

    Returns
    -------
    Setting
        Sorted by id throughout, so that the order of the study's rows does not matter.
    """
    return under(study, build_ground(study, walk, bus))


def build_ground(
    study: Study,
    walk: TravelMatrix,
    bus: TravelMatrix,
) -> Ground:
    """Gather what all rules of protection are judged on; parameters as of `build_setting`."""
    options, judges = study.options, [study, *([study.whole] if study.whole else [])]
    key = Keyed(
        given=(study, walk, bus),
        same=(walk, bus),
        tables=tuple(
            table for one in judges for table in (one.schools, one.settlements, one.attendance)
        ),
        values=(
            study.standards,
            *(one.options.forbid_receiver for one in judges),
            *(rule in options.drop for rule in ("limits", "meals")),
            options.min_receiver_pupils,
            options.across_counties,
            options.prefer_receivers,
        ),
    )
    return _ground(key)


@lru_cache(maxsize=2)
def _ground(key: Keyed[tuple[Study, TravelMatrix, TravelMatrix]]) -> Ground:
    """The ground; scenarios of one study share it, as most levers leave it as it is."""
    study, walk, bus = key.given
    norms = study.standards
    schools = study.schools.sort_index()
    settlements = study.settlements.index.sort_values()
    limited = "limits" not in study.options.drop
    today = groups(study, walk, bus)
    offered = offered_grades(schools)
    takes = receivers(schools, offered=offered, options=study.options)
    # Matrices in positions of the sorted ids: the order of the study's rows does not matter.
    on_foot, by_bus = (
        entries(matrix, settlements=settlements, schools=schools.index) for matrix in (walk, bus)
    )
    judged = _judged(schools, norms)
    # Only groups of schools that could close, were nothing else to protect them, may have to move.
    moving = today[today["school_id"].isin(judged)]
    ways = routes(
        moving,
        on_foot,
        by_bus,
        settlements=settlements,
        receivers=takes,
        offered=offered,
        standards=norms,
        limited=limited,
        fed="meals" not in study.options.drop,
    )
    return Ground(
        limited=limited,
        schools=schools,
        settlements=settlements,
        groups=today,
        offered=offered,
        receivers=takes,
        free=free_places(schools, norms, offered=offered),
        walk=on_foot,
        bus=by_bus,
        judged=judged,
        routes=ways,
        stranded=moving.index.difference(pd.Index(ways["group"].unique())),
        around=_around(study),
    )


def _around(study: Study) -> Ground | None:
    """The ground of the whole study of a part: its schools are near to people here too."""
    whole = whole_of(study)
    return None if whole is None else build_ground(whole, **vars(study_travel(whole)))


def under(study: Study, ground: Ground, *, freed: Collection[str] = ()) -> Setting:
    """Judge protection under ``study.options``, which must not change the limits of the ground.

    Schools that are `freed` the border belt does not protect.
    """
    options = study.options
    stranded = ground.groups.loc[ground.stranded]
    table = candidate_table(
        ground.schools,
        standards=study.standards,
        belt=protected_by_belt(belt_table(study)) - set(freed),
        without_way=stranded["school_id"].unique().tolist(),
        keep=options.keep,
        drop=options.drop,
    )
    whole = whole_of(study)
    if whole is not None and ground.around is not None:
        # Who has no other school is judged among all schools; one of those here stays.
        covers = under(whole, ground.around, freed=freed).covers
        covers = covers[covers["site"].isin(ground.schools.index)].reset_index(drop=True)
    else:
        covers = _covers(study, ground, table["candidate"])
    return Setting(study=study, ground=ground, candidates=table, covers=covers)


def _covers(study: Study, ground: Ground, candidate: pd.Series) -> pd.DataFrame:
    """All sets of schools of which one stays."""
    # By school of the ground, sorted by id.
    closable = candidate.reindex(ground.schools.index, fill_value=False).to_numpy()
    covers = [
        *(_township_covers(ground, closable) if "township" not in study.options.drop else ()),
        *(_reach_covers(study, ground, closable) if ground.limited else ()),
    ]
    return _cover_table(ground, covers)


def _judged(schools: pd.DataFrame, norms: Standards) -> pd.Index:
    """Schools that are small, rural, public and primary, whatever else protects them."""
    table = candidate_table(schools, standards=norms, belt=(), without_way=(), keep=(), drop=())
    return table.index[~(table["private"] | table["not_rural"] | table["not_small"])]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Cover:
    """Schools, by position, of which one at least stays open, and the rule that says so."""

    members: Ints
    rule: str
    township_code: str = ""
    settlement_id: str = ""
    band: str = ""


def _cover_table(ground: Ground, covers: list[_Cover]) -> pd.DataFrame:
    """One row for each school of each cover; covers are numbered from 0."""
    # Columns by member, cover after cover; what is said of a cover repeats for each member.
    size = [len(cover.members) for cover in covers]
    none = [np.zeros(0, dtype=np.int64)]
    members = np.concatenate([*none, *(cover.members for cover in covers)])
    reasons = {
        name: pd.Series([getattr(cover, name) for cover in covers], dtype="str").repeat(size)
        for name in ("rule", "township_code", "settlement_id", "band")
    }
    table = pd.DataFrame(reasons).reset_index(drop=True)
    table.insert(0, "cover", np.repeat(np.arange(len(covers)), size))
    table.insert(1, "site", ground.schools.index.take(members))
    return table


def _township_covers(ground: Ground, closable: Bools) -> Iterator[_Cover]:
    """Townships all of whose complete primaries could close."""
    # Positions of the complete primaries, and the township of each.
    members = np.flatnonzero(complete_primaries(ground.schools, ground.offered))
    townships = ground.schools["township_code"].to_numpy(dtype=object)[members]
    lasting = set(townships[~closable[members]])
    for township in sorted(set(townships) - lasting):
        yield _Cover(
            members=members[townships == township], rule="township", township_code=str(township)
        )


def _reach_covers(study: Study, ground: Ground, closable: Bools) -> Iterator[_Cover]:
    """Settlements and bands all of whose schools within the limits could close."""
    settlements = ground.settlements
    children = children_by_band(study, school_year(study)).reindex(settlements)
    teaches = offers_band(ground.offered)
    public = (ground.schools["ownership"] != "private").to_numpy(dtype=bool)
    seen: set[tuple[int, ...]] = set()
    for band in COMPULSORY_BANDS:
        # Public schools that teach the whole band; entries within the limits.
        full = teaches[band].to_numpy(dtype=bool) & public
        on_foot, by_bus = near_day(ground.walk, ground.bus, band=band, standards=study.standards)
        if band in boarding_bands(study.standards):
            by_bus |= near_bed(ground.bus, receivers=ground.receivers, standards=study.standards)
        # In doubt are settlements with children and no route to a school that stays for certain.
        doubtful = children[band].to_numpy() > 0
        ways = ((ground.walk, on_foot), (ground.bus, by_bus))
        for entry, near in ways:
            doubtful[entry.row[near & (full & ~closable)[entry.col]]] = False
        # Their entries to such schools, from both matrices: settlement and school by position.
        some = [np.flatnonzero(near & doubtful[entry.row]) for entry, near in ways]
        some = [at[full[entry.col[at]]] for (entry, _), at in zip(ways, some, strict=True)]
        row = np.concatenate([entry.row[at] for (entry, _), at in zip(ways, some, strict=True)])
        col = np.concatenate([entry.col[at] for (entry, _), at in zip(ways, some, strict=True)])
        # The same schools around several settlements are one cover.
        for settlement in np.unique(row):
            members = np.unique(col[row == settlement])
            if tuple(members) in seen:
                continue
            seen.add(tuple(members))
            yield _Cover(
                members=members,
                rule="limits",
                settlement_id=str(settlements[settlement]),
                band=band,
            )
