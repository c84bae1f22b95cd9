"""Arguments of a wrong kind from Python get a sentence, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

import layout
from layout.core.errors import InputError, LayoutError, UsageError
from layout.core.standards import Standards
from tests.worlds import eight_schools

WRONG: list[Any] = [5, float("nan"), b"x", [1], {"a": 1}, object(), pd.DataFrame({"a": [1]}), pd.NA]
POINTS = gpd.GeoSeries([Point(106.0, 23.0)], index=["a"], crs="EPSG:4326")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> layout.Study:
    return layout.Study.read(eight_schools.written(tmp_path_factory.mktemp("calls")))


TAKERS: dict[str, Callable[[Any, Any], object]] = {
    "Study.read": lambda _, wrong: layout.Study.read(wrong),
    "scenario": lambda _, wrong: layout.Study.read("no.toml", wrong),
    "read_plan": lambda _, wrong: layout.read_plan(wrong),
    "road_network": lambda _, wrong: layout.road_network(wrong),
    "travel_matrix": lambda _, wrong: layout.travel_matrix(wrong, mode="walk"),
    "mode": lambda study, wrong: layout.travel_matrix(study, mode=wrong),
    "sites": lambda study, wrong: layout.travel_matrix(study, mode="walk", sites=wrong),
    "origins": lambda study, wrong: layout.travel_matrix(study, mode="walk", origins=wrong),
    "network": lambda study, wrong: layout.travel_matrix(study, mode="walk", network=wrong),
    "with_sites": lambda _, wrong: layout.with_sites(
        wrong, wrong, wrong, wrong, cutoff_minutes=60.0, standards=Standards()
    ),
    "with_closed": lambda _, wrong: layout.with_closed(
        wrong, wrong, wrong, wrong, edges=wrong, cutoff_minutes=60.0, standards=Standards()
    ),
    "assess": lambda _, wrong: layout.assess(wrong),
    "consolidate": lambda _, wrong: layout.consolidate(wrong),
    "make_plan": lambda _, wrong: layout.make_plan(wrong),
    "name": lambda study, wrong: layout.make_plan(study, name=wrong),
    "programmes": lambda study, wrong: layout.make_plan(study, programmes=wrong),
    "retain_border": lambda _, wrong: layout.retain_border(wrong),
    "site": lambda _, wrong: layout.site(wrong, "kindergarten"),
    "compare": lambda _, wrong: layout.compare(wrong),
    "frontier": lambda _, wrong: layout.frontier(wrong),
    "alternatives": lambda _, wrong: layout.alternatives(wrong),
    "sensitivity": lambda _, wrong: layout.sensitivity(wrong),
    "border_sweep": lambda _, wrong: layout.border_sweep(wrong, [1000.0]),
    "check": lambda _, wrong: layout.check(wrong),
    "report": lambda _, wrong: layout.check("no.toml").save(wrong),
    "panel": lambda _, wrong: layout.panel(wrong),
    "new_study": lambda _, wrong: layout.new_study(wrong, "no-such-folder"),
    "out_dir": lambda _, wrong: layout.new_study("no.osm.pbf", wrong),
}
"""A call of every public function with the argument of a wrong kind."""


@pytest.mark.parametrize("taker", TAKERS)
def test_an_argument_of_a_wrong_kind_gets_a_sentence(study: layout.Study, taker: str) -> None:
    for wrong in WRONG:
        with pytest.raises(LayoutError) as caught:
            TAKERS[taker](study, wrong)
        assert 0 < len(str(caught.value)) < 600, wrong


def test_what_a_plan_is_asked_for_in_a_wrong_kind_is_told(
    study: layout.Study, tmp_path: Path
) -> None:
    today = layout.assess(study)
    file = tmp_path / "a.xlsx"
    asked: list[Callable[[Any], object]] = [
        today.catchments,
        lambda wrong: today.catchments("1-3", wrong),
        lambda wrong: today.map(edition=wrong),
        today.save,
        today.export,
        lambda wrong: today.export(file, tables=wrong),
        lambda wrong: today.export(file, tables="closures", datum=wrong),
        lambda wrong: layout.site(today, "kindergarten", births=wrong),
        lambda wrong: layout.site(today, "kindergarten", quota=wrong),
    ]
    for number, ask in enumerate(asked):
        for wrong in WRONG:
            with pytest.raises(LayoutError):
                ask(wrong)
            assert list(tmp_path.iterdir()) == [], number
    for nothing in (None, Point(), Point(float("inf"), 0)):
        points = gpd.GeoSeries([nothing], index=["a"], crs="EPSG:4326")
        with pytest.raises(InputError, match="point-geometry"):
            layout.travel_matrix(study, mode="walk", sites=points)


def test_a_programme_of_a_wrong_kind_is_told(study: layout.Study) -> None:
    today = layout.assess(study)
    for wrong in WRONG:
        with pytest.raises(UsageError, match="programme"):
            layout.site(today, wrong)


@pytest.mark.parametrize("cutoff", ["60", 10**400, [60], float("nan"), -1, pd.Series(["x"], ["a"])])
def test_a_cutoff_that_is_no_number_of_minutes_is_told(study: layout.Study, cutoff: Any) -> None:
    with pytest.raises(UsageError, match=r"cut.?off"):
        layout.travel_matrix(study, mode="walk", sites=POINTS, cutoff_minutes=cutoff)


def test_labels_without_an_order_are_told(study: layout.Study) -> None:
    both = gpd.GeoSeries([*POINTS, *POINTS], index=["a", 1], crs=POINTS.crs)
    with pytest.raises(UsageError, match="all texts or all numbers"):
        layout.travel_matrix(study, mode="walk", sites=both)


@pytest.mark.parametrize("edges", [5, "0", [1.5], [None], [-1], [10**30]])
def test_edges_that_are_none_are_told(study: layout.Study, edges: Any) -> None:
    network = layout.road_network(study)
    matrix = layout.travel_matrix(study, mode="walk", network=network)
    points = (study.settlements.geometry, study.schools.geometry)
    with pytest.raises(UsageError, match="edge"):
        layout.with_closed(
            matrix, network, *points, edges=edges, cutoff_minutes=60.0, standards=study.standards
        )


def test_a_language_of_a_wrong_kind_is_told() -> None:
    for wrong in [*WRONG, np.array(3j), "x" * 5000]:
        with pytest.raises(ValueError, match="language must be one of zh, en") as caught:
            layout.set_language(wrong)
        assert len(str(caught.value)) < 120
