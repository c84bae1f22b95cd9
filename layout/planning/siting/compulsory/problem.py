"""The model of new compulsory schools: overflowing schools and candidate sites."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from layout.core.errors import InfeasibleError
from layout.core.standards import STAGES, Standards
from layout.core.text import tr
from layout.inputs.study.study import SiteProgramme, Study
from layout.location import ModularProblem
from layout.planning.siting.compulsory.overflow import Overflow
from layout.planning.siting.compulsory.pupils import SITED_STAGES

__all__ = [
    "MODULE_CLASSES",
    "compulsory_problem",
    "least_places",
    "most_places",
    "pool_pairs",
    "smallest_places",
]

MODULE_CLASSES = 6
"""New schools are built of 6, 12, 18 or 24 classes (建标109-2008)."""


def compulsory_problem(
    study: Study,
    over: Overflow,
    ways: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    asked: SiteProgramme,
    *,
    quota: Mapping[str, int],
) -> ModularProblem:
    """Put overflow and candidates into one model, a demand for each school and stage.

    Parameters
    ----------
    study, over
        The study and its overflow.
    ways
        As `site_ways` returns it.
    sites
        Sites by label; columns stage, settlement_id, must (whether it opens in any case) and
        most_places (what its ground allows).
    asked
        Sites to open, and their classes in all where the programme names them.
    quota
        The most new sites by code of a county.

    Raises
    ------
    InfeasibleError
        Where the candidates or the named classes do not allow the sites.

    Notes
    -----
    A pair's ``most`` is the number of the school's pupils who can get to the site, its cost the
    mean seconds of the nearest of them, as many as overflow. Pupils who can get to several sites
    count at each, so the model's bound on the pupils relieved holds, and `relief`,
    which counts every pupil once, gives what is achieved.
    """
    norms = study.standards
    # By candidate: least and most modules, and the pupils of one module.
    by_stage = {stage: _modules(norms, stage) for stage in SITED_STAGES}
    columns = ("least", "most", "size")
    shape = [
        (least, int(min(most * size, places) // size), size)
        for (least, most, size), places in zip(
            map(by_stage.__getitem__, sites["stage"]), sites["most_places"], strict=True
        )
    ]
    _refuse(asked, shape)
    # Totals by county weigh its deficit; they count the pupils of both stages.
    county = study.schools["county_code"]
    pupils = study.schools[[f"pupils_{g}" for s in SITED_STAGES for g in STAGES[s]]].sum(axis=1)
    shapes = pd.DataFrame(shape, index=sites.index, columns=list(columns))
    home = study.settlements["county_code"].reindex(sites["settlement_id"])
    return ModularProblem(
        demand=over.pools[["over", "county_code"]].set_axis(["amount", "group"], axis=1),
        totals=pupils.groupby(county).sum().astype("int64"),
        sites=shapes.assign(new=True, must=sites["must"], group=home.to_numpy()),
        pairs=pool_pairs(over, ways),
        n_new=asked.sites,
        modules=asked.classes // MODULE_CLASSES or None,
        quota=dict(quota),
    )


def pool_pairs(over: Overflow, ways: pd.DataFrame) -> pd.DataFrame:
    """Pairs of overflowing schools and sites, as `ModularProblem` takes them.

    Parameters
    ----------
    over, ways
        The overflow and the routes of its groups.
    """
    # By route: the pool of its group, the group's pupils and the pool's overflow.
    pairs = ways.assign(pool=over.groups["pool"].reindex(ways["demand"]).to_numpy())
    pairs["pupils"] = over.groups["may"].reindex(ways["demand"]).to_numpy()
    pairs["over"] = over.pools["over"].reindex(pairs["pool"]).to_numpy()
    # Of a pool's pupils the nearest to a site go first, as many as overflow.
    pairs = pairs.sort_values(["pool", "site", "cost", "demand"])
    before = pairs.groupby(["pool", "site"])["pupils"].cumsum() - pairs["pupils"]
    pairs["taken"] = np.minimum((pairs["over"] - before).clip(lower=0), pairs["pupils"])
    pairs["time"] = pairs["taken"] * pairs["cost"]
    # By pool and site: pupils who can be taken, and the mean seconds of one of them.
    table = pairs.groupby(["pool", "site"], as_index=False)[["taken", "time"]].sum()
    cost = (table["time"] / table["taken"].where(table["taken"] > 0, 1)).round().astype("int64")
    return pd.DataFrame(
        {
            "demand": table["pool"],
            "site": table["site"],
            "cost": cost,
            "most": table["taken"].astype("int64"),
        }
    )


def _refuse(asked: SiteProgramme, shape: list[tuple[int, int, int]]) -> None:
    """Say which number of the programme cannot be met, before anything is solved."""
    # The fewest and the most classes that so many sites can have together.
    least = MODULE_CLASSES * sum(sorted(low for low, _, _ in shape)[: asked.sites])
    most = MODULE_CLASSES * sum(sorted(high for _, high, _ in shape)[-asked.sites :])
    numbers = {"programme": "compulsory", "sites": asked.sites, "candidates": len(shape)}
    if len(shape) < asked.sites:
        raise InfeasibleError(
            tr(
                "compulsory programme: {sites:new site is|new sites are} asked for, but only "
                "{found:place|places} to build can be had; smallest relaxation: "
                "{found:site|sites}",
                sites=asked.sites,
                found=len(shape),
            ),
            diagnosis={**numbers, "rule": "candidates", "relaxation": {"sites": len(shape)}},
        )
    if asked.classes and not (
        least <= asked.classes <= most and asked.classes % MODULE_CLASSES == 0
    ):
        nearest = min(max(asked.classes, least), most) // MODULE_CLASSES * MODULE_CLASSES
        raise InfeasibleError(
            tr(
                "compulsory programme: {classes:class|classes} cannot be built as "
                "{sites:school|schools} of 6, 12, 18 or 24 classes; smallest relaxation: "
                "{nearest:class|classes}",
                classes=asked.classes,
                sites=asked.sites,
                nearest=nearest,
            ),
            diagnosis={
                **numbers,
                "classes": asked.classes,
                "rule": "modules",
                "relaxation": {"classes": nearest},
            },
        )


def most_places(standards: Standards) -> pd.Series:
    """Places of the largest new school, by stage."""
    shapes = {stage: _modules(standards, stage) for stage in SITED_STAGES}
    return pd.Series({stage: most * size for stage, (_, most, size) in shapes.items()})


def smallest_places(standards: Standards) -> dict[str, int]:
    """Places of the smallest new school in whole modules, by stage."""
    shapes = {stage: _modules(standards, stage) for stage in SITED_STAGES}
    return {stage: least * size for stage, (least, _, size) in shapes.items()}


def least_places(standards: Standards) -> pd.Series:
    """Places of the smallest school, by stage: its least classes, full."""
    return pd.Series(
        {
            "primary": standards.primary_min_classes * standards.class_size_primary,
            "junior": standards.junior_min_classes * standards.class_size_junior,
        }
    )


def _modules(standards: Standards, stage: str) -> tuple[int, int, int]:
    """Least and most modules of a new school of a stage, and the pupils of one module."""
    primary = stage == "primary"
    size = standards.class_size_primary if primary else standards.class_size_junior
    least = standards.primary_min_classes if primary else standards.junior_min_classes
    most = standards.primary_max_classes if primary else standards.junior_max_classes
    # In modules: classes rounded up to the least, and down to the smaller of the two ceilings.
    by_pupils = standards.compulsory_max_pupils // (size * MODULE_CLASSES)
    lower = -(-least // MODULE_CLASSES)
    return lower, max(lower, min(most // MODULE_CLASSES, by_pupils)), size * MODULE_CLASSES
