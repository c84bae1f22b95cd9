"""Children without a school of their years in reach, as far as that is known without the roads."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.core.standards import AGE_OF_GRADE, BANDS, limit_minutes
from layout.core.text.words import bands
from layout.inputs.study.parts import offering
from layout.inputs.study.study import Study

__all__ = ["nearby_problems"]


def nearby_problems(study: Study) -> list[Problem]:
    """List bands that some children have no school of within any way that the norms allow.

    No way is shorter than the straight line and no bus faster than its cap on expressways. So
    children who are counted here are out of reach by any roads; on the true roads `layout plan` may
    find more. Kindergartens are left out: where they lack is a result, no doubt about the input.

    Parameters
    ----------
    study
        The study.

    Returns
    -------
    list of Problem
        A warning for each band with such children, with their number and the settlement that has
        most of them.
    """
    norms, years = study.standards, study.data_date.year - study.children_year
    at = study.settlements.geometry.to_crs(study.crs)
    sites = study.schools.geometry.to_crs(study.crs)
    problems, words = [], bands()
    for band, grades in BANDS.items():
        if band == "preschool":
            continue
        # Children of the band's grades are younger in the census than in the year of the data.
        ages = [AGE_OF_GRADE[grade] - years for grade in grades]
        columns = [f"age_{age}" for age in ages if age >= 0]
        children = study.settlements[columns].sum(axis=1)
        # Metres that the fastest bus could cover within the limit.
        metres = limit_minutes(norms, band) / 60 * norms.bus_cap_expressway_kmh * 1000
        place = sites.reindex(offering(study.schools, band))
        if place.empty:
            far = np.full(len(at), np.inf)
        else:
            # Metres from each settlement to the nearest school in a straight line, shape (n,).
            tree = cKDTree(np.column_stack([place.x, place.y]))
            far = np.asarray(tree.query(np.column_stack([at.x, at.y]))[0])
        # Children by settlement, where there are any and no school of the band is near enough.
        unreached = children[(far > metres) & (children > 0)]
        if unreached.empty:
            continue
        most = str(unreached.idxmax())
        problems.append(
            problem(
                "no-school-near",
                file=next(file.path for file in study.inputs if file.name == "settlements"),
                label=most,
                value=study.settlements.at[most, "name"],
                children=int(unreached.sum()),
                band=words[band],
                count=len(unreached),
                km=f"{metres / 1000:.0f}",
            )
        )
    return problems
