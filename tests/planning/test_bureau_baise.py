"""The whole demonstration study as offices would send it, and the same closures from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from layout.inputs.datum import wgs84_to_gcj02
from layout.inputs.roads.osm import read_roads
from layout.inputs.roads.tables import WAY_TAGS
from layout.inputs.study.study import Study
from tests import ROOT
from tests.inputs.test_bureau import bureau_folder
from tests.worlds.baise import STUDY, BaisePlan, read_table, run_plan
from tests.worlds.study_check import SCHOOLS, SETTLEMENTS, SPOILING, edit, table

pytestmark = [*SPOILING, pytest.mark.more]

DATA = ROOT / "data"
ROADS = "roads/baise.osm.pbf"


def road_layer(extract: Path, path: Path) -> None:
    """Write the ways of an extract as lines with their tags."""
    tables = read_roads(extract)
    places = tables.nodes[["lon", "lat"]].to_numpy()[tables.way_nodes]
    of_way = np.repeat(np.arange(len(tables.ways)), np.diff(tables.way_start))
    frame = gpd.GeoDataFrame(
        tables.ways[list(WAY_TAGS)],
        geometry=shapely.linestrings(places, indices=of_way),
        crs="EPSG:4326",
    )
    pyogrio.write_dataframe(frame, path, layer="roads")


def from_offices(folder: Path) -> Path:
    """XLS with titles and sums, GBK, a shapefile of unknown encoding, points of a web map."""
    for part in ("boundaries", "schools", "settlements"):
        shutil.copytree(DATA / part, folder / part)
    study = shutil.copy(STUDY, folder / "baise.toml")
    for name in (SCHOOLS, SETTLEMENTS):
        held = table(study, name)
        lon, lat = wgs84_to_gcj02(held["lon"].to_numpy(float), held["lat"].to_numpy(float))
        held["lon"], held["lat"] = [f"{x:.9f}" for x in lon], [f"{y:.9f}" for y in lat]
        held.to_csv(folder / name, index=False)
    bureau_folder(study)
    (folder / "roads").mkdir()
    road_layer(DATA / ROADS, folder / "roads/roads.gpkg")
    edit(study, ROADS, "roads/roads.gpkg|roads")
    with study.open("a", encoding="utf-8") as stream:
        stream.write('\n[datum]\nschools = "GCJ-02"\nsettlements = "GCJ-02"\n')
        # Eight ends that lie within a metre of another road are no junctions in the extract.
        stream.write("\n[roads]\njoin_m = 0\n")
    return study


def test_the_study_as_offices_send_it_gives_the_same_plan(
    tmp_path: Path, baise_plan: BaisePlan, baise_study: Study
) -> None:
    file = from_offices(tmp_path / "sent")
    sent = Study.read(file)
    for name in ("schools", "settlements"):
        one, other = getattr(baise_study, name), getattr(sent, name)
        metres = [table.geometry.to_crs(sent.crs) for table in (one, other)]
        assert metres[0].distance(metres[1]).max() < 0.01
        values = [table.drop(columns="geometry") for table in (one, other)]
        pd.testing.assert_frame_equal(*values)
    pd.testing.assert_frame_equal(baise_study.attendance, sent.attendance)
    run_plan(file, tmp_path / "plan", cache=tmp_path / "cache")
    for name in ("closures", "retained", "sites"):
        one, other = baise_plan.table(name), read_table(tmp_path / "plan", name)
        key = "site_id" if name == "sites" else "school_id"
        assert one[key].tolist() == other[key].tolist()
    decided = ["settlement_id", "band", "pupils", "from_school", "to_school", "mode"]
    one, other = baise_plan.table("assignment"), read_table(tmp_path / "plan", "assignment")
    pd.testing.assert_frame_equal(one[decided], other[decided])
    # The files keep tenths of a minute and whole metres; either may round to the next.
    for column, apart in (("minutes_after", 0.11), ("metres_after", 2.0)):
        assert np.allclose(one[column], other[column], atol=apart, equal_nan=True), column
