"""What the schools that the official list retains would need: 保留并完善优化."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pyproj import Geod

from layout.core.standards import COMPULSORY_GRADES
from layout.planning.consolidation.capacity import offered_grades
from layout.planning.contract import IMPROVEMENTS, PlanTables
from layout.planning.counties.classes import grade_pupils, large_classes

__all__ = ["improvement_list"]

_GEOD = Geod(ellps="WGS84")


def improvement_list(plan: PlanTables) -> pd.DataFrame:
    """List the state of every school that is retained and on the official border list.

    Parameters
    ----------
    plan
        A plan with its retained schools and its ways; its pupils have moved, and its closed schools
        are shut.

    Returns
    -------
    pandas.DataFrame
        Columns of `layout.planning.contract.IMPROVEMENTS`, sorted by school_id; no rows where the
        border was not judged.

    Notes
    -----
    The next school is the one that the pupils of the school reach quickest from their homes, on
    foot or by bus, in the mean, among the open schools not private that teach all its grades. Where
    they reach none of them, it is the nearest by geodesic distance.
    """
    kept = plan.retained["official"].astype(bool) & plan.retained["protected"].astype(bool)
    schools = plan.study.schools
    ids = sorted(plan.retained.loc[kept, "school_id"])
    part = schools.loc[ids]
    # Shapes (schools,): pupils of grades 1 to 9 under the plan, classes, boarders.
    grades = grade_pupils(plan.study, plan.assignment)
    large = large_classes(plan.study, grades, line=plan.study.standards.large_class).loc[ids]
    pupils = grades.sum(axis=1).loc[ids]
    classes = part[[f"classes_{grade}" for grade in COMPULSORY_GRADES]].sum(axis=1)
    classes += part["classes_mixed"]
    moved = plan.assignment[plan.assignment["mode"] == "board"]
    come = moved.groupby("to_school")["pupils"].sum().reindex(ids, fill_value=0)
    per_pupil = part["floor_area_m2"] / pupils.where(pupils > 0)
    near = _next_schools(plan, ids)
    table = pd.DataFrame(
        {
            "school_id": ids,
            "name": part["name"].to_numpy(),
            "county_code": part["county_code"].to_numpy(),
            "pupils": pupils.to_numpy(),
            "classes": classes.to_numpy(),
            "class_size": (pupils / classes.where(classes > 0)).to_numpy(dtype=np.float64),
            "large_classes": large.to_numpy(),
            "beds_free": (part["beds"] - part["boarders"] - come).to_numpy(),
            "canteen": part["canteen"].map({True: "true", False: "false"}).fillna("unknown"),
            # An area of 0 stands where none is given.
            "floor_m2_per_pupil": per_pupil.where(part["floor_area_m2"] > 0).to_numpy(),
            **near,
        }
    )
    return table.reset_index(drop=True)[list(IMPROVEMENTS)].round(1)


def _next_schools(plan: PlanTables, ids: Sequence[str]) -> dict[str, list[object]]:
    """Columns next_school_id, next_name, next_distance_m and next_minutes."""
    schools = plan.study.schools.sort_index()
    teaches = offered_grades(schools)
    receives = ~schools.index.isin(plan.closed) & (schools["ownership"] != "private")
    # By school: the open ones that teach all its grades.
    others = {
        school: schools.index[
            receives
            & teaches.loc[:, teaches.loc[school]].all(axis=1)
            & (schools.index != school)
            & bool(teaches.loc[school].any())
        ]
        for school in ids
    }
    minutes = _mean_minutes(plan, others)
    rows: list[tuple[object, ...]] = []
    for school, among in others.items():
        here, there = schools.geometry[school], schools.geometry[among]
        ones = np.ones(len(among))
        metres = _GEOD.inv(here.x * ones, here.y * ones, there.x.to_numpy(), there.y.to_numpy())[2]
        away, reached = pd.Series(metres, index=among), minutes[school]
        if away.empty:
            rows.append(("", "", np.nan, np.nan))
            continue
        nearest = str(away.idxmin() if reached.empty else reached.idxmin())
        name = schools.at[nearest, "name"]
        rows.append((nearest, name, away[nearest], reached.get(nearest, np.nan)))
    names = ("next_school_id", "next_name", "next_distance_m", "next_minutes")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _mean_minutes(plan: PlanTables, others: Mapping[str, pd.Index]) -> dict[str, pd.Series]:
    """By school: minutes one way to others, mean of its pupils, of those that all of them reach."""
    groups = plan.assignment[plan.assignment["to_school"].isin(list(others))]
    pupils = groups.groupby(["to_school", "settlement_id"])["pupils"].sum()
    weights = {
        school: pupils[school] if school in pupils.index else pupils.iloc[:0].droplevel(0)
        for school in others
    }
    # Pairs of home and other school, school after school, each of shape (homes, others).
    homes = [np.repeat(weights[school].index, len(among)) for school, among in others.items()]
    sites = [np.tile(among, len(weights[school])) for school, among in others.items()]
    ways, pairs = plan.ways(), [np.concatenate([[], *part]).tolist() for part in (homes, sites)]
    quickest = np.minimum(ways.walk.minutes_of(*pairs), ways.bus.minutes_of(*pairs))
    means, start = {}, 0
    for school, among in others.items():
        weight = weights[school].to_numpy(dtype=np.float64)
        end = start + len(weight) * len(among)
        table = quickest[start:end].reshape(len(weight), len(among))
        start = end
        mean = pd.Series(weight @ table / max(weight.sum(), 1.0), index=among)
        means[school] = mean[np.isfinite(mean) & bool(len(weight))]
    return means
