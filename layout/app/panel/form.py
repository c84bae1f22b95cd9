"""What the panel asks, as plain values: what its form shows first, and the levers that it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from layout.app.levers import Levers, school_ids
from layout.core.errors import UsageError
from layout.core.text import tr
from layout.inputs.study.ranges import MOST
from layout.inputs.study.study import Study
from layout.planning.belt import belt_width_m
from layout.planning.consolidation.candidates import CANDIDATE_TYPES

__all__ = ["Values", "first_values", "labels_of", "levers_of", "school_labels"]


@dataclass(frozen=True, kw_only=True)
class Values:
    """What a form holds.

    Attributes
    ----------
    close
        How many schools close.
    belt_m
        Width of the border belt in metres; None where the study has no border.
    objective
        Of `layout.inputs.study.parts.OBJECTIVES`.
    walk_kmh, bus_speed_factor
        The two speeds.
    quota
        The most schools that may close by code of a county, as it was typed; "" for no limit.
    keep, must_close
        Schools as they were named.
    """

    close: int
    belt_m: float | None
    objective: str
    walk_kmh: float
    bus_speed_factor: float
    quota: Mapping[str, str]
    keep: tuple[str, ...] = ()
    must_close: tuple[str, ...] = ()


def school_labels(study: Study) -> dict[str, str]:
    """Return how the panel calls each school: by its name, with the id where others have it too.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    dict of str
        The label by school_id, of the schools of the kinds that may close.
    """
    names = study.schools["name"].astype(str)
    shared = names.duplicated(keep=False) | names.isin(names.index)
    labels = names.where(~shared, names + " (" + names.index + ")")
    asked = study.schools["type_code"].isin(CANDIDATE_TYPES)
    return {str(school): str(label) for school, label in labels[asked].items()}


def labels_of(study: Study, schools: Iterable[str]) -> tuple[str, ...]:
    """Return how the panel calls schools, those of other kinds by their id.

    Parameters
    ----------
    study, schools
        The study and identifiers.
    """
    labels = school_labels(study)
    return tuple(labels.get(school, school) for school in schools)


def first_values(study: Study) -> Values:
    """Return what the form shows first: the levers of the study, else its programmes and norms.

    Parameters
    ----------
    study
        The study.
    """
    options, programme = study.options, study.programmes.closures
    close = options.close if options.close is not None else programme.count if programme else 0
    limits = dict(options.quota)
    return Values(
        close=close,
        belt_m=None if study.border is None else float(belt_width_m(study)),
        objective=options.objective,
        walk_kmh=float(study.standards.walk_kmh),
        bus_speed_factor=float(study.standards.bus_speed_factor),
        quota={str(code): str(limits.get(str(code), "")) for code in study.units.index},
        keep=labels_of(study, options.keep),
        must_close=labels_of(study, options.must_close),
    )


def levers_of(study: Study, values: Values) -> Levers:
    """Return the levers that a form means: the number, and what differs from the study's own.

    Parameters
    ----------
    study
        The study.
    values
        What the form holds.

    Raises
    ------
    layout.core.errors.UsageError
        A quota is no whole number, or a school is unknown; the nearest names are told.
    """
    first, levers = first_values(study), Levers(close=values.close)
    if values.belt_m != first.belt_m:
        levers["belt_m"] = values.belt_m
    if values.objective != first.objective:
        levers["objective"] = values.objective
    if values.walk_kmh != first.walk_kmh:
        levers["walk_kmh"] = values.walk_kmh
    if values.bus_speed_factor != first.bus_speed_factor:
        levers["bus_speed_factor"] = values.bus_speed_factor
    if values.keep != first.keep:
        levers["keep"] = _ids(study, values.keep)
    if values.must_close != first.must_close:
        levers["must_close"] = _ids(study, values.must_close)
    if dict(values.quota) != dict(first.quota):
        # Quotas of townships, which the form does not show, stay.
        others = {code: most for code, most in study.options.quota if code not in values.quota}
        levers["quota"] = {**others, **_limits(study, values.quota)}
    return levers


def _ids(study: Study, named: Iterable[str]) -> tuple[str, ...]:
    """Identifiers of schools by label, identifier or unique name."""
    ids = {label: school for school, label in school_labels(study).items()}
    return school_ids(study, [ids.get(text, text) for text in named])


def _limits(study: Study, typed: Mapping[str, str]) -> dict[str, int]:
    """The quotas that were typed, as numbers."""
    given = {code: text.strip() for code, text in typed.items() if text.strip()}
    wrong = [
        tr(
            "the quota of {name} is a whole number from 0 to {most}, not {value}",
            name=study.units.at[code, "name"],
            most=MOST,
            value=text,
        )
        for code, text in given.items()
        if not (text.isdecimal() and int(text) <= MOST)
    ]
    if wrong:
        raise UsageError("\n".join(wrong))
    return {code: int(text) for code, text in given.items()}
