"""Pupils by grade, large classes, and whom new schools take from which grades."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.standards import BAND_OF_GRADE, BANDS, COMPULSORY_GRADES, STAGES
from layout.demand.access import offering
from layout.demand.demography import apportion
from layout.inputs.study.study import Study
from layout.planning.contract import PlanTables

__all__ = [
    "class_total",
    "grade_pupils",
    "grown_schools",
    "large_classes",
    "moved_by_grade",
    "pupils_by_grade",
    "site_points",
]


def grade_pupils(study: Study, assignment: pd.DataFrame) -> pd.DataFrame:
    """Pupils by school and grade under an assignment.

    Returns
    -------
    pandas.DataFrame
        Schools × ``g1`` … ``g9``; every group moves with its own mix of grades.
    """
    table = study.attendance
    rows = pd.DataFrame({"settlement_id": [], "grade": [], "school_id": [], "pupils": []})
    if table is not None:
        keep = (table["school_id"] != "") & table["grade"].isin(COMPULSORY_GRADES)
        rows = table[keep]
    # Each row of attendance goes where its group goes.
    rows = rows.assign(band=rows["grade"].map(BAND_OF_GRADE))
    moves = assignment[["settlement_id", "band", "from_school", "to_school"]].drop_duplicates()
    rows = rows.rename(columns={"school_id": "from_school"}).merge(
        moves, on=["settlement_id", "band", "from_school"], how="left"
    )
    # Schools × grades, 0 where a school has nobody.
    wide = rows.pivot_table(
        index="to_school", columns="grade", values="pupils", aggfunc="sum", fill_value=0
    )
    return wide.reindex(
        index=study.schools.index, columns=list(COMPULSORY_GRADES), fill_value=0
    ).astype("int64")


def large_classes(study: Study, pupils: pd.DataFrame, *, line: int) -> pd.Series:
    """Estimate the large classes of each school: a grade's pupils split evenly over its classes.

    Parameters
    ----------
    study
        Supplies the classes.
    pupils
        Schools × grades.
    line
        Pupils from which a class counts.

    Returns
    -------
    pandas.Series
        Classes at or over the line, by school_id. Of p pupils in c classes, p mod c classes have
        one more than the rest. Grades without classes of their own share the multigrade classes.
    """
    schools = study.schools
    # By school: large classes, and pupils of grades without a class of their own.
    total = pd.Series(0, index=schools.index)
    alone = pd.Series(0, index=schools.index)
    for grade in COMPULSORY_GRADES:
        size = pupils[grade].reindex(schools.index, fill_value=0)
        classes = schools[f"classes_{grade}"]
        total += _large(size, classes, line)
        alone += size.where((classes == 0) & (grade in STAGES["primary"]), 0)
    return total + _large(alone, schools["classes_mixed"], line)


def _large(pupils: pd.Series, classes: pd.Series, line: int) -> pd.Series:
    split = classes.clip(lower=1)
    # Of c classes, `more` have one pupil more than the others; 0 classes count as none in the end.
    smaller: pd.Series = pupils // split
    more: pd.Series = pupils % split
    count: pd.Series = more * (smaller + 1 >= line) + (split - more) * (smaller >= line)
    return count.where(classes > 0, 0).astype("int64")


def moved_by_grade(pupils: pd.DataFrame, served: pd.DataFrame, *, key: str) -> pd.DataFrame:
    """Split whom sites take out of schools, or bring to them, over the grades of the schools.

    Parameters
    ----------
    pupils
        Schools × grades before anybody moves, in whose proportions a band is split.
    served
        Whom sites serve, as in a plan.
    key
        ``from_school`` for those who leave, ``site_id`` for those who come to a school that grows.

    Returns
    -------
    pandas.DataFrame
        Schools × grades, whole pupils.
    """
    moved = pd.DataFrame(0, index=pupils.index, columns=pupils.columns)
    # Whole pupils by school and band, shared over the band's grades.
    rows = served[(served["from_school"] != "") & served[key].isin(pupils.index)]
    sums = rows.groupby([key, "band"])["pupils"].sum().reset_index()
    for school_id, band, amount in sums.itertuples(index=False):
        grades = list(BANDS[band])
        weights = pupils.loc[[school_id], grades].to_numpy(dtype=np.int64)[0]
        if not weights.any():
            weights = np.ones_like(weights)
        moved.loc[[school_id], grades] = apportion(int(amount), weights)[None, :]
    return moved


def pupils_by_grade(study: Study, plan: PlanTables) -> pd.DataFrame:
    """Pupils by school and grade once the sites of a plan stand: schools × grades."""
    sat = grade_pupils(study, plan.assignment)
    leave = moved_by_grade(sat, plan.served, key="from_school")
    return sat - leave + moved_by_grade(sat, plan.served, key="site_id")


def grown_schools(study: Study, plan: PlanTables) -> Study:
    """The study with the classes that compulsory schools of a plan gain, even over the grades."""
    sites = plan.sites
    grown = sites[(sites["programme"] == "compulsory") & (sites["kind"] == "expansion")]
    if grown.empty:
        return study
    schools = study.schools.copy()
    for stage, rows in grown.groupby("stage"):
        added = rows.set_index("school_id")["classes"].to_numpy(dtype=np.int64)
        for grade in STAGES[str(stage)]:
            # One class in each grade, or several: whole numbers.
            schools.loc[rows["school_id"], f"classes_{grade}"] += added // len(STAGES[str(stage)])
    return replace(study, schools=schools)


def class_total(study: Study) -> pd.Series:
    """Classes of the compulsory stages by school; mixed ones where primary grades are taught."""
    schools = study.schools
    classes = schools[[f"classes_{grade}" for grade in COMPULSORY_GRADES]].sum(axis=1)
    teaches = schools.index.isin(offering(schools, "1-3").union(offering(schools, "4-6")))
    total: pd.Series = classes + schools["classes_mixed"].where(teaches, 0)
    return total


def site_points(sites: pd.DataFrame) -> gpd.GeoSeries:
    """Return the points of a plan's sites by site_id, in WGS 84."""
    # A table without rows has columns of objects.
    lon, lat = (sites[name].astype("float64").to_numpy() for name in ("lon", "lat"))
    labels = pd.Index(sites["site_id"].astype("str"), name="site_id")
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), index=labels, crs="EPSG:4326")
