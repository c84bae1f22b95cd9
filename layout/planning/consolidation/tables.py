"""From a solved closure problem to the tables that a bureau reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from layout.core.standards import COMPULSORY_GRADES
from layout.core.text import Sentence, sentence
from layout.demand.groups import assignment_today
from layout.inputs.study.townships import township_names
from layout.planning.consolidation.capacity import RESOURCES
from layout.planning.consolidation.setting import Setting
from layout.planning.consolidation.use import capacity_use
from layout.planning.contract import ASSIGNMENT, CLOSURES

__all__ = [
    "assignment_table",
    "candidates_table",
    "closing_years",
    "closures_table",
    "meals_of",
    "mode_words",
    "moved_groups",
]

GATE_D = (*COMPULSORY_GRADES, "mixed", "all")


def moved_groups(setting: Setting, chosen: pd.Index) -> pd.DataFrame:
    """Describe the groups that move.

    Parameters
    ----------
    setting
        The closure problem.
    chosen
        Labels of the arcs used, of ``setting.routes``.

    Returns
    -------
    pandas.DataFrame
        Index group, sorted; settlement_id, band, pupils, from_school, to_school, mode,
        mode_before, minutes_before, metres_before, baseline_minutes, minutes_after, metres_after,
        added_minutes (one way, quickest way against quickest way, never below zero), over, cost.
    """
    # By moved group: its route, where it lives; beyond the cut-off today is longer than any route.
    used = setting.routes.loc[chosen].set_index("group").sort_index()
    group = setting.groups.loc[used.index]
    before = group["baseline_minutes"].mask(group["beyond"], np.inf).fillna(0.0)
    return pd.DataFrame(
        {
            "settlement_id": group["settlement_id"],
            "band": group["band"],
            "pupils": group["pupils"],
            "from_school": group["school_id"],
            "to_school": used["site"],
            "mode": used["mode"],
            "mode_before": group["mode_before"],
            "minutes_before": group["minutes_before"],
            "metres_before": group["metres_before"],
            "baseline_minutes": group["baseline_minutes"],
            "minutes_after": used["minutes"],
            "metres_after": used["metres"],
            "added_minutes": (used["quickest"] - before).clip(lower=0.0),
            "over": used["over"],
            "cost": used["cost"],
        }
    )


def assignment_table(groups: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """List every group of the compulsory stage, those that stay included.

    Parameters
    ----------
    groups
        All groups.
    moved
        From `moved_groups`.

    Returns
    -------
    pandas.DataFrame
        The columns of `layout.planning.contract.ASSIGNMENT`, in the order of the groups.
    """
    # By label of the group, so that the moved ones can be set; a plan's rows are positions.
    table = assignment_today(groups)[list(ASSIGNMENT)]
    changed = ["to_school", "mode", "minutes_after", "metres_after"]
    table.loc[moved.index, changed] = moved[changed]
    return table.reset_index(drop=True)


def closing_years(moved: pd.DataFrame, closed: pd.Index, years: Sequence[int]) -> pd.Series:
    """Spread the closures over the programme's years: build first, close after.

    Schools whose groups all walk need only what exists and go first, fewest pupils first; they
    fill the years in equal parts. A school with a group that goes by bus or boards closes in the
    last year. Receivers stay open to the end, so every year between is a plan that holds.

    Parameters
    ----------
    moved
        From `moved_groups`.
    closed
        Schools that close.
    years
        Autumns of the programme, at least one.

    Returns
    -------
    pandas.Series
        Year by school_id, the autumn from which the school is shut.
    """
    ordered_years = sorted(years)
    # Schools with a group that rides or boards, pupils by school, and the others by their pupils.
    rides = pd.Index(moved.loc[moved["mode"] != "walk", "from_school"].unique())
    pupils = moved.groupby("from_school")["pupils"].sum().reindex(closed, fill_value=0)
    easy = sorted(closed.difference(rides), key=lambda school: (pupils[school], school))
    # Closures of a year, rounded up; every other school closes in the last year.
    share = -(-len(closed) // len(ordered_years))
    year = pd.Series(ordered_years[-1], index=closed.sort_values(), name="year")
    for position, school in enumerate(easy):
        year[school] = ordered_years[min(position // share, len(ordered_years) - 1)]
    return year


def closures_table(
    setting: Setting, closed: Sequence[str], moved: pd.DataFrame, chosen: pd.Index
) -> pd.DataFrame:
    """Fill the closure table.

    Parameters
    ----------
    setting
        The closure problem.
    closed
        Schools that close.
    moved, chosen
        From `moved_groups`, and the labels of the arcs used.

    Returns
    -------
    pandas.DataFrame
        The columns of `layout.planning.contract.CLOSURES`, by school_id. Added minutes are one way,
        by group and weighted by pupils; ``receivers`` are identifiers, joined by semicolons, by
        pupils.
    """
    ids = pd.Index(sorted(closed), dtype="str")
    schools = setting.candidates.loc[ids]
    years = closing_years(moved, ids, _years(setting))
    over_c, over_d = _overfull(setting, chosen)
    fed, townships = meals_of(setting, moved), township_names(setting.study)
    rows, groups = [], dict(tuple(moved.groupby("from_school")))
    for school, fact in schools[["name", "county_code", "township_code", "pupils"]].iterrows():
        # Groups of the school; the gates are judged on where they go.
        part = groups.get(str(school), moved.iloc[:0])
        receivers = _receivers(part)
        share = _weighted(part["over"].astype(float), part["pupils"])
        gates = {
            "gate_a": gate_a(setting, str(school)),
            "gate_b": _verdict(not part["over"].any()),
            "gate_c": _gate_c(part, fed, over_c),
            "gate_d": _verdict(over_d.isdisjoint(receivers)),
        }
        added = part["added_minutes"]
        rows.append(
            {
                "school_id": school,
                "name": fact["name"],
                "county_code": fact["county_code"],
                "township_code": fact["township_code"],
                "township": townships.get(str(fact["township_code"]), ""),
                "pupils": int(fact["pupils"]),
                "year": int(years[str(school)]),
                "reason": _reason(setting, part, receivers, gates["gate_a"]),
                **gates,
                "receivers": ";".join(receivers),
                "added_minutes_mean": _weighted(added, part["pupils"]),
                "added_minutes_max": float(added.max()) if len(added) else 0.0,
                "share_over_limit": share,
                "replaces_if_kept": "",
                "added_if_kept": np.nan,
            }
        )
    return pd.DataFrame(rows, columns=list(CLOSURES))


def candidates_table(setting: Setting, closed: Sequence[str], never: pd.Series) -> pd.DataFrame:
    """List every primary school and teaching point with what protects it and what becomes of it.

    Schools in `never` cannot close even as the only ones: they are no candidates, by their rule.

    Returns
    -------
    pandas.DataFrame
        The columns of `layout.planning.contract.CANDIDATES`; what forcing would cost is not worked
        out yet, see `layout.planning.consolidation.forced`.
    """
    table = setting.candidates
    rule = table["rule"].mask(table.index.isin(never.index), never.reindex(table.index))
    return pd.DataFrame(
        {
            "school_id": table.index.astype("str"),
            "name": table["name"].to_numpy(),
            "county_code": table["county_code"].to_numpy(),
            "pupils": table["pupils"].to_numpy(),
            "candidate": (rule == "").to_numpy(dtype=bool),
            "rule": rule.to_numpy(),
            "closed": table.index.isin(list(closed)),
            "if_forced": "",
            "closes_then": "",
            "added": np.nan,
        }
    )


def gate_a(setting: Setting, school: str) -> str:
    """Gate (a) from the survey of parents: ``pass``, ``fail``, or ``unknown`` without one."""
    opposed = setting.study.schools.at[school, "survey_opposed_share"]
    if pd.isna(opposed):
        return "unknown"
    return _verdict(bool(opposed <= setting.study.standards.opposed_share))


def mode_words(modes: Collection[object]) -> tuple[Sentence, ...]:
    """The modes that occur, in words: on foot, by bus, boarding."""
    words = {
        "walk": sentence("on foot"),
        "bus": sentence("by bus"),
        "board": sentence("as boarders"),
    }
    return tuple(word for mode, word in words.items() if mode in modes)


def _verdict(holds: bool) -> str:
    return "pass" if holds else "fail"


def _years(setting: Setting) -> tuple[int, ...]:
    """The programme's years; without a programme the autumn after the data date."""
    programme = setting.study.programmes.closures
    if programme is None or not programme.years:
        return (setting.study.data_date.year + 1,)
    return programme.years


def _weighted(values: pd.Series, weights: pd.Series) -> float:
    """The mean of values by weights; a missing value adds nothing."""
    weight = weights.to_numpy()
    total = int(weight.sum())
    sum_of = np.nansum(values.to_numpy(dtype=np.float64) * weight)
    return float(sum_of / total) if total else 0.0


def _receivers(part: pd.DataFrame) -> list[str]:
    """Receiving schools, most pupils first."""
    # Pupils by receiver; equal numbers by identifier.
    pupils = dict.fromkeys(part["to_school"], 0)
    for school, count in zip(part["to_school"], part["pupils"], strict=True):
        pupils[school] += count
    return sorted(pupils, key=lambda school: (-pupils[school], school))


def _overfull(setting: Setting, chosen: pd.Index) -> tuple[set[str], set[str]]:
    """Receivers whose beds, and whose grades or size, a plan overfills."""
    ways = setting.routes.loc[chosen]
    # Pupils by resource of the flattened table, taken apart into school and kind of limit.
    taken = capacity_use(setting, ways).groupby("resource")["amount"].sum()
    position = taken.index.to_numpy(dtype=np.int64)
    site, resource = position // len(RESOURCES), position % len(RESOURCES)
    free = setting.free.to_numpy()[site, resource]
    full = taken.to_numpy() > free
    names = setting.free.index.take(site)
    kind = np.array(RESOURCES)[resource]
    return set(names[full & (kind == "beds")]), set(names[full & np.isin(kind, GATE_D)])


def meals_of(setting: Setting, moved: pd.DataFrame) -> pd.Series:
    """Whether the pupils of each moved group can eat: True, False, or missing where not given.

    Those who ride, board or walk further than the meal distance need a canteen.
    """
    far = moved["metres_after"] > setting.study.standards.meal_distance_m
    canteen = setting.study.schools["canteen"].astype("boolean").reindex(moved["to_school"])
    meals = pd.Series(canteen.array, index=moved.index)
    return meals.mask((moved["mode"] == "walk") & ~far, True)


def _gate_c(part: pd.DataFrame, fed: pd.Series, short_of_beds: set[str]) -> str:
    """Beds and meals of one school's receivers: ``unknown`` where a canteen is not given."""
    meals = fed.reindex(part.index)
    if not short_of_beds.isdisjoint(part["to_school"]) or (~meals).any():
        return "fail"
    return "unknown" if meals.isna().any() else "pass"


def _reason(setting: Setting, part: pd.DataFrame, receivers: list[str], gate: str) -> Sentence:
    """One sentence: pupils, receivers, way today and under the plan, and what is still open."""
    pupils = int(part["pupils"].sum())
    names = setting.study.schools["name"]
    facts = {
        "pupils": pupils,
        "before": _way(part, "before"),
        "after": _way(part, "after"),
    }
    if not pupils:
        reason = sentence("No pupils; nobody moves")
    elif len(receivers) == 1:
        reason = sentence(
            "Pupils: {pupils}, all go to {school}; {before} today, {after} then",
            school=names[receivers[0]],
            **facts,
        )
    else:
        reason = sentence(
            "Pupils: {pupils}, they go to {schools}; on average {before} today, {after} then",
            schools=names[receivers],
            **facts,
        )
    if gate == "unknown":
        return sentence("{reason}; provisional until the hearing of parents", reason=reason)
    return reason


def _way(part: pd.DataFrame, when: str) -> Sentence:
    """Kilometres, minutes and modes of a school's pupils, today or under the plan."""
    mode = part["mode_before" if when == "before" else "mode"]
    known = part[part[f"minutes_{when}"].notna()]
    if known.empty:
        return sentence("no route that is known")
    return sentence(
        "{km} km and {minutes} min {how}",
        km=f"{_weighted(known[f'metres_{when}'], known['pupils']) / 1000:.1f}",
        minutes=f"{_weighted(known[f'minutes_{when}'], known['pupils']):.0f}",
        how=mode_words(set(mode)),
    )
