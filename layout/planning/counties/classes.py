"""Pupils by grade, large classes, and whom new schools take from which grades."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.standards import BAND_OF_GRADE, BANDS, COMPULSORY_GRADES, STAGES
from layout.demand.demography import apportion
from layout.inputs.study.study import Study

__all__ = ["grade_pupils", "large_classes", "site_points", "taken_by_grade"]


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


def large_classes(study: Study, pupils: pd.DataFrame) -> pd.Series:
    """Estimate the large classes of each school: a grade's pupils split evenly over its classes.

    Parameters
    ----------
    study
        Supplies the classes and the size from which a class is large.
    pupils
        Schools × grades.

    Returns
    -------
    pandas.Series
        Classes at or over the line, by school_id. Of p pupils in c classes, p mod c classes have
        one more than the rest. Grades without classes of their own share the multigrade classes.
    """
    line = study.standards.large_class
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


def taken_by_grade(pupils: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    """Split whom sites take out of schools over the grades, in proportion to their pupils.

    Parameters
    ----------
    pupils
        Schools × grades before anybody is taken.
    served
        Whom sites serve, as in a plan.

    Returns
    -------
    pandas.DataFrame
        Schools × grades, whole pupils.
    """
    taken = pd.DataFrame(0, index=pupils.index, columns=pupils.columns)
    # Whole pupils by school and band, shared over the band's grades.
    leaving = served[served["from_school"] != ""]
    sums = leaving.groupby(["from_school", "band"])["pupils"].sum().reset_index()
    for school_id, band, amount in sums.itertuples(index=False):
        grades = list(BANDS[band])
        weights = pupils.loc[[school_id], grades].to_numpy(dtype=np.int64)[0]
        taken.loc[[school_id], grades] = apportion(int(amount), weights)[None, :]
    return taken


def site_points(sites: pd.DataFrame) -> gpd.GeoSeries:
    """Return the points of a plan's sites by site_id, in WGS 84."""
    # A table without rows has columns of objects.
    lon, lat = (sites[name].astype("float64").to_numpy() for name in ("lon", "lat"))
    labels = pd.Index(sites["site_id"].astype("str"), name="site_id")
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), index=labels, crs="EPSG:4326")
