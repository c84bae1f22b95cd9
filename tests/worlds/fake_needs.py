"""What is still missing after a fake plan, by simple rules."""

from __future__ import annotations

import pandas as pd

from layout.inputs.study.study import Study
from layout.planning.contract import DEFICITS, KINDERGARTEN_PLANS


def fake_deficits(study: Study, sites: pd.DataFrame) -> pd.DataFrame:
    """In every township ten children are without a place, most of them scattered."""
    mine = sites[sites["programme"] == "kindergarten"].groupby("township_code")["places"].sum()
    towns = study.settlements.drop_duplicates("township_code").sort_values("township_code")
    table = pd.DataFrame(
        {
            "stage": "preschool",
            "county_code": towns["county_code"].to_numpy(),
            "township_code": towns["township_code"].to_numpy(),
            "township": "示例镇",
            "year": 2023,
            "children": 50,
            "places_existing": 60,
            "places_new": mine.reindex(towns["township_code"], fill_value=0).to_numpy(),
            "served": 40,
            "unserved": 10,
            "unserved_expansion": 1,
            "unserved_new_site": 2,
            "unserved_radius": 3,
            "unserved_scattered": 4,
            "expansion_classes": 1,
            "new_sites": 0,
            "radius_m": 3500.0,
            "cure": "scattered",
        }
    )
    return table[list(DEFICITS)]


def fake_county_plans(study: Study, sites: pd.DataFrame) -> pd.DataFrame:
    """Every county misses its floor by five children."""
    new = sites[(sites["programme"] == "kindergarten") & (sites["kind"] == "new")]
    units, towns = study.units.sort_index(), study.settlements["township_code"]
    table = pd.DataFrame(
        {
            "county_code": units.index,
            "name": units["name"].to_numpy(),
            "year": 2023,
            "children": 300,
            "places_before": 360,
            "places_after": 1080,
            "places_idle": 840,
            "unserved_before": 68,
            "unserved_after": 60,
            "public_share_before": 0.4,
            "public_share_after": 0.45,
            "floor_share": 0.5,
            "floor_met": False,
            "floor_missing": 5,
            "new_sites": new["county_code"]
            .value_counts()
            .reindex(units.index, fill_value=0)
            .to_numpy(),
            "new_classes": 12,
            "expanded_schools": 1,
            "expanded_classes": 2,
            "townships": 6,
            "townships_without_before": ";".join(sorted(set(towns))[:2]),
            "townships_without_after": sorted(set(towns))[0],
            "until": 2024,
            "children_by_year": "300;280",
            "surplus_until": 800,
        }
    )
    return table[list(KINDERGARTEN_PLANS)]
