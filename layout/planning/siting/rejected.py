"""What the ground forbids of a programme: where it may build, and its rejected candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pandas as pd

from layout.core.errors import InfeasibleError, UsageError
from layout.core.text import Sentence, sentence, tr
from layout.inputs.study.study import Study
from layout.planning import schema
from layout.planning.contract import REJECTED_SITES, PlanTables, empty
from layout.planning.siting.ground import buildable, held_parcels

__all__ = ["Ground", "ground_notes", "naming_ground", "programme_ground"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """Where a programme may build.

    Attributes
    ----------
    study, programme
        The study, and the name of the programme.
    by_stage
        Every settlement, by stage of the programme, as
        `layout.planning.siting.ground.buildable` judges it.
    held
        Parcels that the sites of other programmes take.
    """

    study: Study
    programme: str
    by_stage: Mapping[str, pd.DataFrame]
    held: pd.Index

    @property
    def free(self) -> bool:
        """Whether every settlement may hold a school of every stage."""
        return all((table["reason"] == "").all() for table in self.by_stage.values())

    def may(self, stage: str) -> pd.Index:
        """Settlements that may hold a new school of a stage, sorted."""
        table = self.by_stage[stage]
        return table.index[table["reason"] == ""]

    def most_places(self, stage: str, settlements: pd.Index) -> pd.Series:
        """Places that the ground of settlements allows, by settlement_id; infinite where free."""
        most: pd.Series = self.by_stage[stage].loc[settlements, "most_places"]
        return most

    def without(self, sites: pd.DataFrame) -> Ground:
        """The same where settlements may hold no site of a stage, since others take their parcels.

        Parameters
        ----------
        sites
            Columns stage and settlement_id.
        """
        by_stage = {}
        for stage, table in self.by_stage.items():
            lost = sites.loc[sites["stage"] == stage, "settlement_id"]
            reason = table["reason"].mask(table.index.isin(lost), "parcel_taken")
            by_stage[stage] = table.assign(
                reason=reason,
                **{
                    name: table[name].mask(table.index.isin(lost), "")
                    for name in ("area", "parcel_id")
                },
            )
        return replace(self, by_stage=by_stage)

    def rejected(self, candidates: pd.DataFrame) -> pd.DataFrame:
        """List the candidates that the ground forbids.

        Parameters
        ----------
        candidates
            Columns stage and settlement_id: what would be candidates.

        Returns
        -------
        pandas.DataFrame
            Columns `layout.planning.contract.REJECTED_SITES`, sorted by stage and settlement_id.
        """
        keys = ["stage", "settlement_id"]
        judged = pd.concat(self.by_stage, names=keys).reset_index()
        table = candidates[keys].drop_duplicates().merge(judged, on=keys)
        table = table[table["reason"] != ""].sort_values(keys, ignore_index=True)
        if table.empty:
            return empty(REJECTED_SITES)
        at = self.study.settlements.loc[table["settlement_id"]]
        table = table.assign(
            programme=self.programme,
            name=at["name"].to_numpy(),
            county_code=at["county_code"].to_numpy(),
            lon=at.geometry.x.to_numpy(),
            lat=at.geometry.y.to_numpy(),
        )
        return table[list(REJECTED_SITES)]


def programme_ground(
    plan: PlanTables, programme: str, least_places: Mapping[str, int], *, force: Iterable[str]
) -> Ground:
    """Judge where a programme may build.

    Parameters
    ----------
    plan
        Plan to build on; the sites of other programmes keep their parcels.
    programme
        Name of the programme.
    least_places
        Places of its smallest school, by stage.
    force
        Settlements that are to get a site in any case.

    Raises
    ------
    UsageError
        With a sentence for each forced settlement where the ground allows a site of no stage.
    """
    study, others = plan.study, plan.sites[plan.sites["programme"] != programme]
    held = held_parcels(study, others)
    points = study.settlements.geometry
    ground = Ground(
        study=study,
        programme=programme,
        by_stage={
            stage: buildable(study, points, stage=stage, least_places=places, held=held)
            for stage, places in least_places.items()
        },
        held=held,
    )
    _refuse_forced(ground, force)
    return ground


def ground_notes(ground: Ground, rejected: pd.DataFrame) -> tuple[Sentence, ...]:
    """Count the rejected candidates of a programme by reason; nothing where all ground is free.

    Parameters
    ----------
    ground
        Where the programme may build.
    rejected
        As `Ground.rejected` has it, of all stages.
    """
    count = rejected["reason"].value_counts()
    word = sentence(schema.PROGRAMMES[ground.programme])
    notes = []
    if count.get("outside_county", 0):
        notes.append(
            sentence(
                "Counties ({word}): {count:candidate lies outside its county and is|candidates "
                "lie outside their county and are} rejected.",
                word=word,
                count=int(count["outside_county"]),
            )
        )
    if ground.study.exclusions is not None:
        notes.append(
            sentence(
                "Exclusion areas ({word}): {count:candidate lies in one and is|candidates lie "
                "in one and are} rejected.",
                word=word,
                count=int(count.get("excluded", 0)),
            )
        )
    if ground.study.parcels is not None:
        notes.append(
            sentence(
                "Parcels ({word}): of the candidates {outside} have none within {metres} m, "
                "{small} only such as are too small, and the parcels of {taken} go to others; all "
                "of these are rejected.",
                word=word,
                outside=int(count.get("outside_parcels", 0)),
                metres=round(ground.study.standards.parcel_distance_m),
                small=int(count.get("too_small", 0)),
                taken=int(count.get("parcel_taken", 0)),
            )
        )
    return tuple(notes)


@contextmanager
def naming_ground(ground: Ground, rejected: pd.DataFrame) -> Iterator[None]:
    """Name parcels and exclusion areas among the reasons of what cannot be met.

    Parameters
    ----------
    ground, rejected
        As `ground_notes` takes them.

    Raises
    ------
    InfeasibleError
        As raised within, with the counts of rejected candidates in words and in its diagnosis.
    """
    try:
        yield
    except InfeasibleError as error:
        told = ground_notes(ground, rejected)
        if not told:
            raise
        counts = {str(why): int(n) for why, n in rejected["reason"].value_counts().items()}
        raise InfeasibleError(
            "\n".join([str(error), *map(str, told)]),
            diagnosis={**error.diagnosis, "rejected": dict(sorted(counts.items()))},
        ) from error


def _refuse_forced(ground: Ground, force: Iterable[str]) -> None:
    """Refuse to force a site where the ground allows none."""
    words = schema.code_words("rejected_sites", "reason")
    kinds = schema.code_words("rejected_sites", "kind")
    wrong = []
    for place in force:
        rows = [table.loc[place] for table in ground.by_stage.values() if place in table.index]
        if not rows or any(row["reason"] == "" for row in rows):
            continue
        # Why not for the first of the stages; the area or the parcel is named where it is one.
        row = {str(name): str(value) for name, value in rows[0].items()}
        names = [kinds.get(row["kind"], ""), row["area"], row["parcel_id"]]
        named = ", ".join(name for name in names if name)
        wrong.append(
            tr(
                "no site can be forced at {name} ({settlement}): {reason}{named}",
                name=ground.study.settlements.at[place, "name"],
                settlement=place,
                reason=words[row["reason"]],
                named=f" ({named})" if named else "",
            )
        )
    if wrong:
        raise UsageError("\n".join(wrong))
