"""What if a school is added or a road closed: the same as from the start, with less searching."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.core.errors import UsageError
from layout.inputs.roads.osm_objects import read_points
from layout.network.roads import RoadNetwork, closed, read_network, snap
from layout.network.travel import Mode, TravelMatrix, route, with_closed, with_sites
from tests.worlds.data_osm import write_small_extract
from tests.worlds.travel_world import CRS, MODES, NORMS, cases, points, roads

pytestmark = pytest.mark.slow

STREET = {"highway": "residential"}


def same(one: TravelMatrix, other: TravelMatrix) -> None:
    """Two matrices are equal up to the rounding of single precision, pairs at the cut-off aside."""
    assert one.cutoff_minutes == other.cutoff_minutes
    tables = [matrix.pairs() for matrix in (one, other)]
    both = tables[0].merge(
        tables[1], on=["origin", "site"], how="outer", suffixes=("_one", "_other")
    )
    lone = both["minutes_one"].isna() | both["minutes_other"].isna()
    edge = both[["minutes_one", "minutes_other"]].max(axis=1) > one.cutoff_minutes * (1 - 1e-6)
    assert not (lone & ~edge).any()
    for name in ("minutes", "metres"):
        held = both[~lone]
        assert np.allclose(held[f"{name}_one"], held[f"{name}_other"], rtol=1e-6, atol=1e-5)
    if not lone.any():
        assert one.origin_status.equals(other.origin_status)
        assert one.site_status.equals(other.site_status)
    assert (np.lexsort((one.col, one.row)) == np.arange(len(one.row))).all()


@settings(max_examples=25)
@given(cases(), st.sampled_from(MODES), st.sampled_from([12.0, 40.0, np.inf]), st.integers(0, 4))
def test_new_sites_are_as_from_the_start(
    case: tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries], mode: Mode, cutoff: float, split: int
) -> None:
    network, origins, sites = case
    old, new = sites.iloc[:split], sites.iloc[split:]

    def go(some: gpd.GeoSeries) -> TravelMatrix:
        return route(network, origins, some, mode=mode, cutoff_minutes=cutoff, standards=NORMS)

    if old.empty or new.empty:
        return
    change = with_sites(go(old), network, origins, new, cutoff_minutes=cutoff, standards=NORMS)
    same(change.matrix, go(sites))
    assert change.searched.tolist() == sorted(new.index)


@pytest.mark.more
@settings(max_examples=80)
@given(
    cases(),
    st.sampled_from(MODES),
    st.sampled_from([12.0, 40.0, np.inf]),
    st.lists(st.integers(0, 30), max_size=2),
)
def test_closed_roads_are_as_from_the_start(
    case: tuple[RoadNetwork, gpd.GeoSeries, gpd.GeoSeries],
    mode: Mode,
    cutoff: float,
    shut: list[int],
) -> None:
    network, origins, sites = case
    edges = [number % len(network.edges) for number in shut]
    before = route(network, origins, sites, mode=mode, cutoff_minutes=cutoff, standards=NORMS)
    change = with_closed(
        before, network, origins, sites, edges=edges, cutoff_minutes=cutoff, standards=NORMS
    )
    after = closed(network, edges)
    same(
        change.matrix,
        route(after, origins, sites, mode=mode, cutoff_minutes=cutoff, standards=NORMS),
    )
    assert change.network.edges.equals(after.edges)
    if not edges:
        assert change.searched.empty


def test_only_sites_beyond_the_road_are_searched(tmp_path: Path) -> None:
    network = roads(
        tmp_path,
        {1: (0, 0), 2: (2, 0), 3: (4, 0), 4: (6, 0), 5: (4, 2), 6: (2, 2)},
        ([1, 2], STREET),
        ([2, 3], STREET),
        ([3, 4], STREET),
        ([3, 5], STREET),
        ([2, 6], STREET),
        ([6, 5], STREET),
    )
    origins = points(a=(0.5, 0), b=(2, 0.5), c=(1.5, 0))
    sites = points(near=(1, 0), far=(5, 0), up=(3, 2))
    before = route(network, origins, sites, mode="walk", cutoff_minutes=200, standards=NORMS)
    middle = snap(network, points(m=(3, 0)), mode="walk", limit_m=100)["edge"]
    change = with_closed(
        before,
        network,
        origins,
        sites,
        edges=middle.tolist(),
        cutoff_minutes=200,
        standards=NORMS,
    )
    assert change.searched.tolist() == ["far"]
    assert change.matrix.metres_of(["a"], ["far"])[0] == pytest.approx(8500, rel=3e-3)
    assert before.metres_of(["a"], ["far"])[0] == pytest.approx(4500, rel=3e-3)
    assert change.matrix.metres_of(["a"], ["near"]) == before.metres_of(["a"], ["near"])


@pytest.mark.parametrize("mode", MODES)
def test_in_a_town_most_sites_stay(tmp_path: Path, mode: Mode) -> None:
    extract = write_small_extract(tmp_path / "small.osm.pbf")
    network = read_network(extract, crs=CRS)
    places = read_points(extract, {"place": True}).set_index("osm_id").geometry
    before = route(network, places, places, mode=mode, cutoff_minutes=20, standards=NORMS)
    least = len(places)
    for edge in range(0, len(network.edges), 5):
        change = with_closed(
            before, network, places, places, edges=[edge], cutoff_minutes=20, standards=NORMS
        )
        full = route(change.network, places, places, mode=mode, cutoff_minutes=20, standards=NORMS)
        same(change.matrix, full)
        least = min(least, len(change.searched))
    assert least == 0


def test_cut_offs_by_site(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (9, 0)}, ([1, 2], STREET))
    origins, sites = points(a=(0, 0), b=(4, 0)), points(s=(1, 0), t=(5, 0))
    limits = pd.Series({"s": 20.0, "t": 90.0, "u": 60.0})

    def go(some: gpd.GeoSeries) -> TravelMatrix:
        return route(network, origins, some, mode="walk", cutoff_minutes=limits, standards=NORMS)

    more = points(u=(3, 0))
    every = gpd.GeoSeries(pd.concat([sites, more]), crs=sites.crs)
    same(
        with_sites(
            go(sites), network, origins, more, cutoff_minutes=limits, standards=NORMS
        ).matrix,
        go(every),
    )


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    network = roads(tmp_path, {1: (0, 0), 2: (9, 0)}, ([1, 2], STREET))
    origins, sites = points(a=(0, 0)), points(s=(1, 0))
    matrix = route(network, origins, sites, mode="walk", cutoff_minutes=60, standards=NORMS)
    given = {"cutoff_minutes": 60, "standards": NORMS}
    with pytest.raises(UsageError, match="same label"):
        with_sites(matrix, network, origins, sites, **given)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="origins"):
        with_sites(matrix, network, points(b=(0, 0)), points(t=(1, 0)), **given)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="sites"):
        with_closed(matrix, network, origins, points(t=(1, 0)), edges=[], **given)  # type: ignore[arg-type]
    for edge in (-1, len(network.edges)):
        with pytest.raises(UsageError, match="no edge"):
            with_closed(matrix, network, origins, sites, edges=[edge], **given)  # type: ignore[arg-type]
