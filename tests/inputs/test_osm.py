"""OpenStreetMap extracts: roads, points, boundaries, and what must be refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from layout.core.errors import InputError
from layout.inputs.roads.osm import is_osm, read_border, read_roads
from layout.inputs.roads.osm_objects import read_boundaries, read_points
from tests.worlds.data_osm import (
    KINDERGARTEN_AT,
    MISSING_NODE,
    PLACES,
    SCHOOL_AT,
    lonlat,
    write_osm,
    write_roads,
    write_small_extract,
)


@pytest.fixture(scope="module", params=["osm.pbf", "osm"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_extract(tmp_path_factory.mktemp("osm") / f"small.{request.param}")


def real_or_small(folder: Path) -> Path:
    """The real extract where the environment names it, else the modelled one."""
    held = os.environ.get("LAYOUT_REALDATA")
    found = sorted(Path(held).rglob("*.osm.pbf")) if held else []
    return found[0] if found else write_small_extract(folder / "small.osm.pbf")


def codes(error: pytest.ExceptionInfo[InputError]) -> set[str]:
    return {problem.code for problem in error.value.problems}


def test_all_highways_are_read_and_clipped_ways_are_cut(small: Path) -> None:
    tables = read_roads(small)
    assert tables.counts == {"clipped_ways": 3}
    assert (tables.ways["highway"] != "").all()
    assert tables.ways["way_id"].is_monotonic_increasing
    assert tables.way_start[0] == 0
    assert tables.way_start[-1] == len(tables.way_nodes)
    assert (np.diff(tables.way_start) >= 2).all()
    assert not (tables.nodes.index >= MISSING_NODE).any()
    assert set(tables.way_nodes) == set(range(len(tables.nodes)))


def test_a_way_with_a_hole_gives_its_parts(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (1.0, 0.0), 4: (3.0, 0.0), 5: (4.0, 0.0), 6: (5.0, 0.0)}
    path = write_roads(
        tmp_path / "cut.osm.pbf",
        nodes,
        [([1, 2, 3, 4, 5, 99, 6], {"highway": "primary", "name": "断路"})],
    )
    tables = read_roads(path)
    ids = tables.nodes.index.to_numpy()
    runs = [ids[part].tolist() for part in np.split(tables.way_nodes, tables.way_start[1:-1])]
    assert runs == [[1, 2], [4, 5]]
    assert tables.counts["clipped_ways"] == 1
    assert tables.ways["name"].tolist() == ["断路", "断路"]


def test_order_of_the_file_does_not_matter(tmp_path: Path) -> None:
    nodes = [(n, *lonlat(n / 10, n % 3 / 10), {}) for n in range(1, 9)]
    ways = [(n, [n, n + 1, n + 2], {"highway": "tertiary"}) for n in range(1, 6)]
    plain = write_osm(tmp_path / "a.osm", nodes, ways)
    text = plain.read_text().splitlines()
    first = next(i for i, line in enumerate(text) if "<way" in line)
    blocks = "\n".join(text[first:-1]).split("</way>")[:-1]
    turned = "".join(f"{block}</way>" for block in reversed(blocks))
    (tmp_path / "b.osm").write_text("\n".join(text[:first]) + turned + text[-1])
    one, two = read_roads(plain), read_roads(tmp_path / "b.osm")
    assert one.nodes.equals(two.nodes)
    assert one.ways.equals(two.ways)
    assert np.array_equal(one.way_nodes, two.way_nodes)


def test_points_are_nodes_and_areas(small: Path) -> None:
    schools = read_points(small, {"amenity": ["school"]})
    assert len(schools) == len(SCHOOL_AT)
    assert {osm_id[0] for osm_id in schools["osm_id"]} == {"n", "w", "r"}
    assert sorted(schools["name_en"]) == sorted(
        f"{PLACES[n].english} Primary School" for n in SCHOOL_AT
    )
    assert schools["name"].equals(schools["name_zh"].rename("name"))
    assert schools.crs == "EPSG:4326"
    both = read_points(small, {"amenity": ["school", "kindergarten"]}, keep=["operator"])
    assert len(both) == len(SCHOOL_AT) + len(KINDERGARTEN_AT)
    assert (both["operator"] == "").all()
    assert both["amenity"].value_counts()["school"] == len(SCHOOL_AT)


def test_a_point_for_an_area_lies_inside_it_and_not_in_its_courtyard(small: Path) -> None:
    schools = read_points(small, {"amenity": ["school"]}).set_index("osm_id")
    shiqiao = schools[schools["name_en"] == "Shiqiao Primary School"].geometry.iloc[0]
    x, y = lonlat(PLACES[2].east_km + 0.16, PLACES[2].north_km + 0.06)
    across_km = max(abs(shiqiao.x - x) * 102.5, abs(shiqiao.y - y) * 110.75)
    assert 0.015 < across_km < 0.04


def test_any_value_of_a_key_may_be_asked_for(small: Path) -> None:
    assert len(read_points(small, {"place": True})) == len(PLACES)
    assert len(read_points(small, {"place": ["village", "town"]})) == sum(
        place.kind in ("village", "town") for place in PLACES
    )
    nothing = read_points(small, {"aeroway": True})
    assert nothing.empty
    assert list(nothing.columns) == [
        *("osm_id", "name", "name_zh", "name_en"),
        *("aeroway", "whole", "geometry"),
    ]


def test_boundaries_tile_the_country(small: Path) -> None:
    country, counties, townships = (read_boundaries(small, admin_level=n) for n in (2, 6, 8))
    assert country["name"].tolist() == ["清河国"]
    assert sorted(counties["name_en"]) == ["North County", "South County"]
    assert len(townships) == 4
    whole = country.geometry.iloc[0]
    for parts in (counties, townships):
        assert shapely.union_all(parts.geometry.to_numpy()).equals(whole)
        assert np.isclose(shapely.area(parts.geometry.to_numpy()).sum(), whole.area)


def test_the_national_border_is_the_outline(small: Path) -> None:
    lines = read_border(small)
    outline = read_boundaries(small, admin_level=2).geometry.iloc[0].boundary
    assert shapely.union_all(lines.geometry.to_numpy()).equals(outline)
    assert lines["osm_id"].is_unique


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE osm SYSTEM "file:///etc/hostname">',
        "<!-- " + "x" * 300_000 + " --><!DOCTYPE osm>",
    ],
)
def test_a_document_type_is_refused(tmp_path: Path, prolog: str) -> None:
    path = tmp_path / "bad.osm"
    path.write_text(f'<?xml version="1.0"?>{prolog}<osm version="0.6"></osm>')
    for read in (read_roads, read_border):
        with pytest.raises(InputError) as error:
            read(path)
        assert codes(error) == {"xml-doctype"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.osm", b"not xml", "xml-malformed"),
        ("a.osm", b"", "xml-malformed"),
        ("a.osm", b"<osm version='0.6'><node id='1'", "osm-unreadable"),
        ("a.osm.pbf", b"\x00\x00\x00\x0d no header", "osm-unreadable"),
        ("a.osm.7z", b"", "osm-format"),
        ("a.osm.bz2", b"", "xml-malformed"),
        ("a.osm.gz", b"not packed", "xml-malformed"),
        ("a.osm", b"<osm version='0.6'></osm>", "no-roads"),
    ],
)
def test_what_is_no_extract_is_refused(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_roads(path)
    assert codes(error) == {code}
    assert error.value.problems[0].remedy


def test_a_truncated_extract_is_refused(tmp_path: Path) -> None:
    whole = write_small_extract(tmp_path / "whole.osm.pbf").read_bytes()
    path = tmp_path / "part.osm.pbf"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError) as error:
        read_roads(path)
    assert codes(error) == {"osm-unreadable"}


@pytest.mark.parametrize("name", ["http://example.org/a.osm.pbf", "missing.osm.pbf"])
def test_only_files_that_exist_reach_the_reader(name: str) -> None:
    with pytest.raises(InputError) as error:
        read_roads(Path(name))
    assert codes(error) == {"missing-file"}


def test_extracts_are_known_by_their_names() -> None:
    assert is_osm(Path("a.OSM.PBF"))
    assert is_osm(Path("a.osm.xml"))
    assert not is_osm(Path("a.gpkg"))


def test_an_extract_holds_what_a_study_needs(tmp_path: Path) -> None:
    path = real_or_small(tmp_path)
    places = read_points(path, {"place": ["town", "village", "hamlet"]})
    sites = read_points(path, {"amenity": ["school", "kindergarten"]})
    assert len(places) >= 12
    assert sites["amenity"].value_counts().min() >= 7
    assert {"n", "w"} <= {osm_id[0] for osm_id in sites["osm_id"]}
    assert not read_border(path).empty
    assert len(read_roads(path).ways) > 50
