"""Room for more pupils: places of a school, of its stages and grades, and beds.

Every limit has the form "pupils ≤ max(today, capacity)", so a school, stage or grade that is
full or over its line today receives nobody. The limits of one school, each a *resource*:

``primary``, ``junior``
    classes of the stage × standard class size (teaching points: their own size);
``all``
    the sum of both, and never over the largest permitted size of a school (gate d);
``g1`` … ``g9``
    one pupil fewer than a large class × classes of the grade (gate d);
``mixed``
    the same for multigrade classes, counted together over the grades without classes of their own;
``beds``
    beds of the school.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from layout.core.arrays import Ints
from layout.core.standards import (
    BANDS,
    COMPULSORY_GRADES,
    STAGE_OF_GRADE,
    STAGES,
    Standards,
    class_size,
)

__all__ = [
    "RESOURCES",
    "free_places",
    "mixed_grades",
    "offered_grades",
    "offers_band",
    "resource_of_grade",
]

RESOURCES: tuple[str, ...] = ("primary", "junior", "all", *COMPULSORY_GRADES, "mixed", "beds")
THROUGH_SCHOOLS = frozenset({"312", "345"})
_PRIMARY = STAGES["primary"]


def offered_grades(schools: pd.DataFrame) -> pd.DataFrame:
    """Mark the grades of the compulsory stage that each school teaches.

    Parameters
    ----------
    schools
        Pupils and classes by grade, ``classes_mixed``, ``type_code``.

    Returns
    -------
    pandas.DataFrame
        Schools × ``g1`` … ``g9``, bool. A grade is taught where it has classes or pupils; where
        there are multigrade classes, so is every primary grade between two taught ones, because
        a small school skips a grade in a year without children. Special schools teach none here:
        their pupils are not assigned by nearness.
    """
    taught = pd.DataFrame(
        {
            grade: (schools[f"classes_{grade}"] > 0) | (schools[f"pupils_{grade}"] > 0)
            for grade in COMPULSORY_GRADES
        },
        index=schools.index,
    )
    primary = taught[list(_PRIMARY)].to_numpy()
    # Schools × grades 1 to 6: some grade at or before, and some at or after, is taught.
    between = (
        np.logical_or.accumulate(primary, axis=1)
        & np.logical_or.accumulate(primary[:, ::-1], axis=1)[:, ::-1]
    )
    has_mixed = (schools["classes_mixed"] > 0).to_numpy()
    taught[list(_PRIMARY)] = primary | (between & has_mixed[:, None])
    special = schools["type_code"].str.startswith("5").to_numpy()
    return taught & ~special[:, None]


def offers_band(offered: pd.DataFrame) -> pd.DataFrame:
    """Schools × bands of the compulsory stage: whether every grade of the band is taught."""
    return pd.DataFrame(
        {
            band: offered[list(grades)].all(axis=1)
            for band, grades in BANDS.items()
            if set(grades) <= set(COMPULSORY_GRADES)
        }
    )


def mixed_grades(schools: pd.DataFrame, offered: pd.DataFrame) -> pd.DataFrame:
    """Schools × grades: taught in a multigrade class, having no class of its own."""
    return pd.DataFrame(
        {
            grade: offered[grade]
            & (schools[f"classes_{grade}"] == 0)
            & (STAGE_OF_GRADE[grade] == "primary")
            for grade in COMPULSORY_GRADES
        },
        index=schools.index,
    )


def free_places(
    schools: pd.DataFrame, standards: Standards, *, offered: pd.DataFrame
) -> pd.DataFrame:
    """Count how many more pupils each limit of each school allows.

    Parameters
    ----------
    schools
        Pupils and classes by grade, ``classes_mixed``, ``boarders``, ``beds``, ``type_code``.
    standards
        Class sizes and the largest school.
    offered
        From `offered_grades`.

    Returns
    -------
    pandas.DataFrame
        Schools × `RESOURCES`, whole numbers ≥ 0: max(0, capacity − pupils today).
    """
    mixed = mixed_grades(schools, offered)
    # Schools × grades; a class may have one pupil fewer than a large one.
    pupils = schools[[f"pupils_{grade}" for grade in COMPULSORY_GRADES]].set_axis(
        list(COMPULSORY_GRADES), axis=1
    )
    places = _stage_places(schools, standards)
    in_class = standards.large_class - 1
    # Room by resource, negative where a limit is exceeded today; clipped at the end.
    room = pd.DataFrame(index=schools.index)
    for stage in ("primary", "junior"):
        room[stage] = places[stage] - pupils[list(STAGES[stage])].sum(axis=1)
    through = schools["type_code"].isin(THROUGH_SCHOOLS)
    largest = np.where(
        through, standards.through_school_max_pupils, standards.compulsory_max_pupils
    )
    room["all"] = np.minimum(places.sum(axis=1), largest) - pupils.sum(axis=1)
    for grade in COMPULSORY_GRADES:
        room[grade] = in_class * schools[f"classes_{grade}"] - pupils[grade]
    room["mixed"] = in_class * schools["classes_mixed"] - pupils.where(mixed, 0).sum(axis=1)
    room["beds"] = schools["beds"] - schools["boarders"]
    return room[list(RESOURCES)].clip(lower=0).astype("int64")


def resource_of_grade(mixed: pd.DataFrame) -> Ints:
    """Schools × grades: position in `RESOURCES` of the limit that a pupil of the grade uses."""
    # A grade's own limit, or the shared one of the multigrade classes.
    own = np.array([RESOURCES.index(grade) for grade in COMPULSORY_GRADES], dtype=np.int64)
    return np.where(mixed.to_numpy(), RESOURCES.index("mixed"), own[None, :])


def _stage_places(schools: pd.DataFrame, standards: Standards) -> pd.DataFrame:
    """Places by stage: classes × standard size; multigrade classes belong to primary."""
    # By stage a series over the schools: the first grade stands for its stage.
    sizes = {
        stage: schools["type_code"].map(
            lambda code, grade=STAGES[stage][0]: class_size(standards, code, grade)
        )
        for stage in ("primary", "junior")
    }
    classes = {
        stage: schools[[f"classes_{grade}" for grade in STAGES[stage]]].sum(axis=1)
        for stage in ("primary", "junior")
    }
    classes["primary"] = classes["primary"] + schools["classes_mixed"]
    return pd.DataFrame(
        {stage: (classes[stage] * sizes[stage]).astype("int64") for stage in classes}
    )
