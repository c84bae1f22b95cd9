"""What routes take of the places and beds of their receivers."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from layout.core.arrays import Ints
from layout.core.standards import COMPULSORY_GRADES, STAGE_OF_GRADE
from layout.planning.consolidation.capacity import RESOURCES, mixed_grades, resource_of_grade
from layout.planning.consolidation.setting import Setting

__all__ = ["capacity_use"]


def capacity_use(
    setting: Setting, ways: pd.DataFrame, *, drop: Collection[str] = ()
) -> pd.DataFrame:
    """What each route takes of its receiver's limits.

    Parameters
    ----------
    setting
        The closure problem.
    ways
        Rows of ``setting.routes``; their index is the label of the arc.
    drop
        ``places`` and ``beds`` leave those limits out.

    Returns
    -------
    pandas.DataFrame
        Columns arc, resource (position of school × number of resources + position in
        `RESOURCES`), amount (pupils > 0).
    """
    schools = setting.ground.schools
    # By route: pupils by grade, the receiver's position, and the limit that each grade falls under.
    n_of = setting.groups[[f"n_{grade}" for grade in COMPULSORY_GRADES]].to_numpy()
    count = n_of[setting.groups.index.get_indexer(pd.Index(ways["group"]))]
    site = setting.free.index.get_indexer(pd.Index(ways["site"]))
    of_grade = resource_of_grade(mixed_grades(schools, setting.ground.offered))[site]
    label = ways.index.to_numpy()
    blocks = []

    def take(resource: Ints, amount: Ints) -> None:
        # Shapes (routes,); a school's resources follow each other in the flattened table of room.
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
        # A pupil uses room of the grade (or the multigrade classes), the stage and the school.
        for position in range(len(COMPULSORY_GRADES)):
            take(of_grade[:, position], count[:, position])
        for stage in ("primary", "junior"):
            within = [STAGE_OF_GRADE[grade] == stage for grade in COMPULSORY_GRADES]
            take(np.full(len(ways), RESOURCES.index(stage)), count[:, within].sum(axis=1))
        take(np.full(len(ways), RESOURCES.index("all")), count.sum(axis=1))
    if "beds" not in drop:
        take(np.full(len(ways), RESOURCES.index("beds")), ways["boarders"].to_numpy())
    amounts = (
        pd.concat(blocks, ignore_index=True)
        if blocks
        else pd.DataFrame({"arc": [], "resource": [], "amount": []}, dtype="int64")
    )
    # Grades that share the multigrade classes come as several rows: one sum for each limit.
    return amounts.groupby(["arc", "resource"])["amount"].sum().reset_index()
