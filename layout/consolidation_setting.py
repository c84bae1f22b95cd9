"""Everything that a consolidation decides on, built once from a study: groups, ways, limits.

The setting is what the model sees. It is pure data, so that solving, diagnosing and explaining
share it and none of them looks at the study in its own way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from layout.belt import belt_table, protected_by_belt
from layout.consolidation_arcs import Pairs, arcs, bed_pairs, day_pairs
from layout.consolidation_candidates import candidate_table
from layout.consolidation_capacity import (
    RESOURCES,
    free_places,
    mixed_grades,
    offered_grades,
    offers_band,
    resource_of_grade,
)
from layout.demography import children_by_band, school_year
from layout.groups import COMPULSORY_BANDS, boarding_bands, groups
from layout.standards import COMPULSORY_GRADES, STAGE_OF_GRADE, STAGES
from layout.study import ConsolidateOptions, Study
from layout.travel import TravelMatrix

__all__ = ["COMPLETE_TYPES", "Setting", "build_setting", "capacity_use"]

COMPLETE_TYPES = frozenset({"211", "312", "345"})
"""Types of which one with all six grades counts as a township's complete primary."""

_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Setting:
    """The closure problem of a study under its options.

    Attributes
    ----------
    study
        With the options in force.
    groups
        All groups of the compulsory stage.
    candidates
        Every primary school and teaching point, see `candidate_table`.
    arcs
        Ways of the groups of all small schools, see `layout.consolidation_arcs.arcs`.
    offered
        Schools × grades taught.
    free
        Schools × resources: pupils that may still be added.
    covers
        Columns cover, site, rule: at least one site of each cover stays open.
    """

    study: Study
    groups: pd.DataFrame
    candidates: pd.DataFrame
    arcs: pd.DataFrame
    offered: pd.DataFrame
    free: pd.DataFrame
    covers: pd.DataFrame

    @property
    def options(self) -> ConsolidateOptions:
        """The levers in force."""
        return self.study.options

    @property
    def closable(self) -> tuple[str, ...]:
        """Identifiers of the candidates, sorted."""
        return tuple(self.candidates.index[self.candidates["candidate"]])


def build_setting(
    study: Study,
    walk: TravelMatrix,
    bus: TravelMatrix,
    *,
    attendance: pd.DataFrame | None = None,
) -> Setting:
    """Build the closure problem of a study under ``study.options``.

    Parameters
    ----------
    study
        The validated study.
    walk, bus
        Ways from settlements to schools.
    attendance
        Who goes where; by default the study's.

    Returns
    -------
    Setting
        Sorted by id throughout, so that the order of the study's rows does not matter.
    """
    options, norms = study.options, study.standards
    schools = study.schools.sort_index()
    settlements = study.settlements.index.sort_values()
    today = groups(study, walk, bus, attendance=attendance)
    offered = offered_grades(schools)
    receives = schools["ownership"] != "private"
    day = {
        band: day_pairs(
            walk,
            bus,
            settlements=settlements,
            schools=schools.index,
            band=band,
            standards=norms,
            limited="limits" not in options.drop,
        )
        for band in COMPULSORY_BANDS
    }
    beds = bed_pairs(bus, settlements=settlements, schools=schools, standards=norms)
    judged_by = partial(
        candidate_table,
        schools,
        standards=norms,
        belt=protected_by_belt(belt_table(study, close_uncertain=options.close_uncertain)),
        keep=options.keep,
        drop=options.drop,
    )
    small = judged_by(without_way=())
    judged = small.index[~(small["private"] | small["not_rural"] | small["not_small"])]
    ways = arcs(
        today[today["school_id"].isin(judged)],
        day,
        beds,
        settlements=settlements,
        schools=schools.index,
        offered=offered,
        receives=receives,
        standards=norms,
    )
    homeless = today[today["school_id"].isin(judged) & ~today.index.isin(ways["group"].unique())]
    table = judged_by(without_way=homeless["school_id"].unique().tolist())
    closable = table.index[table["candidate"]]
    covers = [
        *_township_covers(schools, offered, closable, options),
        *_reach_covers(study, day, beds, settlements, schools, offered, receives, closable),
    ]
    return Setting(
        study=study,
        groups=today,
        candidates=table,
        arcs=ways,
        offered=offered,
        free=free_places(schools, norms, offered=offered),
        covers=pd.DataFrame(covers, columns=["cover", "site", "rule"]),
    )


def capacity_use(
    setting: Setting, ways: pd.DataFrame, *, drop: Collection[str] = ()
) -> pd.DataFrame:
    """What each way takes of its receiver's limits.

    Parameters
    ----------
    setting
        The closure problem.
    ways
        Rows of ``setting.arcs``; their index is the label of the arc.
    drop
        ``places`` and ``beds`` leave those limits out.

    Returns
    -------
    pandas.DataFrame
        Columns arc, resource (position of school × number of resources + position in
        `RESOURCES`), amount (pupils > 0).
    """
    schools = setting.study.schools.loc[setting.free.index]
    n_of = setting.groups[[f"n_{grade}" for grade in COMPULSORY_GRADES]].to_numpy()
    count = n_of[setting.groups.index.get_indexer(pd.Index(ways["group"]))]
    site = setting.free.index.get_indexer(pd.Index(ways["site"]))
    of_grade = resource_of_grade(mixed_grades(schools, setting.offered))[site]
    label = ways.index.to_numpy()
    blocks = []

    def take(resource: npt.NDArray[np.int64], amount: npt.NDArray[np.int64]) -> None:
        used = amount > 0
        blocks.append(
            pd.DataFrame(
                {
                    "arc": label[used],
                    "resource": (site * len(RESOURCES) + resource)[used],
                    "amount": amount[used],
                }
            )
        )

    if "places" not in drop:
        for position in range(len(COMPULSORY_GRADES)):
            take(of_grade[:, position], count[:, position])
        for stage in ("primary", "junior"):
            within = [STAGE_OF_GRADE[grade] == stage for grade in COMPULSORY_GRADES]
            take(np.full(len(ways), RESOURCES.index(stage)), count[:, within].sum(axis=1))
        take(np.full(len(ways), RESOURCES.index("all")), count.sum(axis=1))
    if "beds" not in drop:
        take(np.full(len(ways), RESOURCES.index("beds")), ways["boarders"].to_numpy())
    used = (
        pd.concat(blocks, ignore_index=True)
        if blocks
        else pd.DataFrame({"arc": [], "resource": [], "amount": []}, dtype="int64")
    )
    return used.groupby(["arc", "resource"])["amount"].sum().reset_index()


def _township_covers(
    schools: pd.DataFrame, offered: pd.DataFrame, closable: pd.Index, options: ConsolidateOptions
) -> Iterator[tuple[str, str, str]]:
    """Townships all of whose complete primaries could close."""
    if "township" in options.drop:
        return
    complete = schools["type_code"].isin(COMPLETE_TYPES) & (schools["ownership"] != "private")
    complete &= offered[list(STAGES["primary"])].all(axis=1)
    for township, members in schools[complete].groupby("township_code", sort=True):
        if members.index.isin(closable).all():
            for school in members.index:
                yield f"township|{township}", str(school), "township"


def _reach_covers(
    study: Study,
    day: dict[str, Pairs],
    beds: Pairs,
    settlements: pd.Index,
    schools: pd.DataFrame,
    offered: pd.DataFrame,
    receives: pd.Series,
    closable: pd.Index,
) -> Iterator[tuple[str, str, str]]:
    """Settlements and bands all of whose schools within the limits could close."""
    if "limits" in study.options.drop:
        return
    children = children_by_band(study, school_year(study)).reindex(settlements)
    teaches = offers_band(offered)
    may_close = schools.index.isin(closable)
    seen: set[tuple[int, ...]] = set()
    for band in COMPULSORY_BANDS:
        full = (teaches[band] & receives).to_numpy(dtype=bool)
        ways = [day[band].to(full)]
        if band in boarding_bands(study.standards):
            ways.append(beds.to(full))
        row = np.concatenate([way.row for way in ways])
        col = np.concatenate([way.col for way in ways])
        lasting = np.zeros(len(settlements), dtype=bool)
        lasting[row[~may_close[col]]] = True
        doubtful = ~lasting[row] & (children[band].to_numpy() > 0)[row]
        row, col = row[doubtful], col[doubtful]
        for home in np.unique(row):
            members = np.unique(col[row == home])
            if tuple(members) in seen:
                continue
            seen.add(tuple(members))
            for school in schools.index.take(members):
                yield f"reach|{settlements[home]}|{band}", str(school), "limits"
