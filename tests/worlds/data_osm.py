"""Small OpenStreetMap extracts for tests, written by osmium itself.

`write_roads` writes any nodes and ways; `write_small_extract` writes a modelled little country of
4 × 10 km with everything that a real extract has: places, schools and kindergartens as nodes and as
areas, names in two languages, administrative areas, a national border, clipped ways, and roads
from motorway to steps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import osmium

from tests import ROOT

SMALL = ROOT / "tests" / "worlds" / "data" / "small.osm.pbf"
"""The modelled country as `write_small_extract` makes it."""

WEST, SOUTH = 106.0, 23.0
KM_LAT = 1 / 110.75
KM_LON = 1 / (111.32 * math.cos(math.radians(SOUTH)))

Tags = Mapping[str, str]
Node = tuple[int, float, float, Tags]
Way = tuple[int, Sequence[int], Tags]
Relation = tuple[int, Sequence[tuple[str, int, str]], Tags]


def write_osm(
    path: Path,
    nodes: Iterable[Node],
    ways: Iterable[Way] = (),
    relations: Iterable[Relation] = (),
) -> Path:
    """Write an extract in the format that the name of the file says."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for number, lon, lat, tags in sorted(nodes, key=lambda node: node[0]):
            place = osmium.osm.mutable.Node(id=number, location=(lon, lat), tags=dict(tags))
            writer.add_node(place)
        for number, refs, tags in sorted(ways, key=lambda way: way[0]):
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=list(refs), tags=dict(tags)))
        for number, members, tags in sorted(relations, key=lambda relation: relation[0]):
            writer.add_relation(
                osmium.osm.mutable.Relation(id=number, members=list(members), tags=dict(tags))
            )
    return path


def write_roads(
    path: Path, nodes: Mapping[int, tuple[float, float]], ways: Iterable[tuple[Sequence[int], Tags]]
) -> Path:
    """Write roads; nodes by id in kilometres east and north of the origin of these tests."""
    places = [(number, *lonlat(*km), {}) for number, km in nodes.items()]
    return write_osm(path, places, [(n, *way) for n, way in enumerate(ways, start=1)])


def lonlat(east_km: float, north_km: float) -> tuple[float, float]:
    """Degrees of a place in kilometres from the origin, to OpenStreetMap's seven digits."""
    return round(WEST + east_km * KM_LON, 7), round(SOUTH + north_km * KM_LAT, 7)


class Place(NamedTuple):
    """A settlement of the modelled country."""

    east_km: float
    north_km: float
    kind: str
    name: str
    english: str


PLACES = (
    Place(2.00, 5.00, "town", "清河", "Qinghe"),
    Place(1.10, 0.90, "village", "山口", "Shankou"),
    Place(2.90, 1.30, "village", "石桥", "Shiqiao"),
    Place(0.80, 2.60, "hamlet", "竹林", "Zhulin"),
    Place(3.20, 2.90, "village", "平坡", "Pingpo"),
    Place(1.20, 3.90, "hamlet", "古榕", "Gurong"),
    Place(2.80, 4.30, "hamlet", "水井", "Shuijing"),
    Place(0.90, 5.40, "village", "龙泉", "Longquan"),
    Place(3.10, 5.80, "village", "大湾", "Dawan"),
    Place(1.30, 6.60, "hamlet", "小河", "Xiaohe"),
    Place(2.90, 7.00, "village", "新寨", "Xinzhai"),
    Place(1.00, 7.70, "village", "上坪", "Shangping"),
    Place(3.00, 8.20, "hamlet", "下坪", "Xiaping"),
    Place(1.20, 8.90, "village", "云岭", "Yunling"),
    Place(2.80, 9.30, "hamlet", "茶山", "Chashan"),
    Place(0.60, 9.60, "hamlet", "岩头", "Yantou"),
)
SCHOOL_AT = (0, 1, 2, 4, 7, 8, 10, 11, 13)
KINDERGARTEN_AT = (0, 1, 4, 7, 8, 10, 13)
MISSING_NODE = 9_000_001
"""Ways refer to this node and the ones after it; the extract's edge has cut them off."""


class _Extract:
    """Collects nodes, ways and relations, numbering them."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.ways: list[Way] = []
        self.relations: list[Relation] = []

    def node(self, east_km: float, north_km: float, **tags: str) -> int:
        number = 1001 + len(self.nodes)
        self.nodes.append((number, *lonlat(east_km, north_km), _colons(tags)))
        return number

    def way(self, refs: Sequence[int], **tags: str) -> int:
        number = 501 + len(self.ways)
        self.ways.append((number, refs, _colons(tags)))
        return number

    def relation(self, members: Sequence[tuple[str, int, str]], **tags: str) -> int:
        number = 301 + len(self.relations)
        self.relations.append((number, members, _colons(tags)))
        return number

    def line(self, points: Sequence[tuple[float, float]], *, bend_km: float = 0.02) -> list[int]:
        """Nodes along a winding line through points, the points themselves aside."""
        refs: list[int] = []
        for (ax, ay), (bx, by) in pairwise(points):
            length = math.hypot(bx - ax, by - ay)
            steps = max(2, round(length / 0.12))
            for step in range(1, steps):
                share = step / steps
                swing = bend_km * math.sin(step * 2.1) / length
                x = ax + share * (bx - ax) - swing * (by - ay)
                refs.append(self.node(x, ay + share * (by - ay) + swing * (bx - ax)))
        return refs

    def square(self, east_km: float, north_km: float, size_km: float) -> list[int]:
        """A closed ring of nodes around a place."""
        half = size_km / 2
        corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
        refs = [self.node(east_km + dx, north_km + dy) for dx, dy in corners]
        return [*refs, refs[0]]


def _colons(tags: Mapping[str, str]) -> dict[str, str]:
    """Python's keywords as keys of tags: ``name__en`` stands for ``name:en``."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def write_small_extract(path: Path) -> Path:
    """Write the modelled country; the format follows from the file's name."""
    extract = _Extract()
    _add_places(extract)
    _add_roads(extract)
    _add_sites(extract)
    _add_boundaries(extract)
    return write_osm(path, extract.nodes, extract.ways, extract.relations)


def _add_places(extract: _Extract) -> None:
    for place in PLACES:
        extract.node(
            place.east_km,
            place.north_km,
            place=place.kind,
            name=place.name,
            name__zh=place.name,
            name__en=place.english,
        )


def _add_roads(extract: _Extract) -> None:
    """A main road from south to north, a branch to each place, and odd ways of all sorts."""
    main: list[int] = []
    junction: dict[int, int] = {}
    order = sorted(range(1, len(PLACES)), key=lambda at: PLACES[at].north_km)
    at_km = -0.3
    main.append(MISSING_NODE)
    main.append(extract.node(2.0, at_km))
    for number in order:
        north = PLACES[number].north_km
        main += extract.line([(2.0, at_km), (2.0, north)])
        junction[number] = extract.node(2.0, north)
        main.append(junction[number])
        at_km = north
    main.append(MISSING_NODE + 1)
    half = len(main) // 2
    extract.way(main[: half + 1], highway="primary", name="清河大道", ref="S101")
    extract.way(main[half:], highway="primary", name="清河大道", ref="S101")
    for number in order:
        _add_branch(extract, number, junction[number])
    _add_town(extract, main)
    _add_odd_ways(extract, main)


def _add_branch(extract: _Extract, number: int, start: int) -> None:
    place = PLACES[number]
    end = extract.node(place.east_km, place.north_km + 0.02)
    side = 0.1 if place.east_km < 2 else -0.1
    inner = extract.line([(2.0, place.north_km), (place.east_km + side, place.north_km + 0.02)])
    kind = "tertiary" if place.kind == "village" else "unclassified"
    paved = "asphalt" if place.kind == "village" else "gravel"
    extract.way([start, *inner, end], highway=kind, surface=paved)
    ring = extract.square(place.east_km, place.north_km + 0.12, 0.2)
    extract.way([end, ring[0]], highway="residential")
    extract.way(ring, highway="residential", oneway="yes" if number % 5 == 0 else "no")
    extract.way(
        [
            ring[2],
            *extract.line(
                [(place.east_km, place.north_km + 0.2), (place.east_km, place.north_km + 0.5)]
            ),
        ],
        highway="track",
        tracktype="grade3",
    )


def _add_town(extract: _Extract, main: Sequence[int]) -> None:
    town = PLACES[0]
    nearest = min(
        main[1:-1], key=lambda ref: abs(extract.nodes[ref - 1001][2] - lonlat(0, town.north_km)[1])
    )
    circle = [
        extract.node(town.east_km + 0.1 + 0.03 * math.cos(a), town.north_km + 0.03 * math.sin(a))
        for a in (math.pi, 4.0, 5.0, 0.0, 1.0, 2.0)
    ]
    extract.way([nearest, circle[0]], highway="residential")
    extract.way([*circle, circle[0]], highway="residential", junction="roundabout")
    grid = [[extract.node(2.2 + 0.15 * i, 4.85 + 0.15 * j) for i in range(3)] for j in range(3)]
    extract.way([circle[3], grid[1][0]], highway="residential")
    for row in grid:
        extract.way(row, highway="residential", name="人民路", name__en="Renmin Road")
    for column in range(3):
        refs = [grid[row][column] for row in range(3)]
        extract.way(refs, highway="residential", oneway="-1" if column == 1 else "no")


def _add_odd_ways(extract: _Extract, main: Sequence[int]) -> None:
    """Ways that a reader must keep apart: not for buses, not for anybody, cut off, or no road."""
    top, low = extract.node(3.6, 10.3), extract.node(3.6, -0.3)
    middle = extract.line([(3.6, 10.3), (3.6, -0.3)])
    extract.way([MISSING_NODE + 2, top, *middle, low], highway="motorway", maxspeed="100")
    extract.way([main[4], extract.node(2.1, 0.2)], highway="steps")
    extract.way([main[6], extract.node(2.3, 0.3)], highway="service", access="private")
    extract.way([main[8], extract.node(1.5, 0.5)], highway="construction")
    extract.way([extract.node(0.1, 4.0), extract.node(0.1, 4.6)], route="ferry", foot="yes")
    extract.way([extract.node(0.2, 3.0), extract.node(0.3, 3.1)], highway="path")


def _add_sites(extract: _Extract) -> None:
    """Schools and kindergartens: nodes, closed ways and one multipolygon with a courtyard."""
    for kind, suffix, english, at in (
        ("school", "小学", "Primary School", SCHOOL_AT),
        ("kindergarten", "幼儿园", "Kindergarten", KINDERGARTEN_AT),
    ):
        shift = 0.16 if kind == "school" else -0.16
        for order, number in enumerate(at):
            place = PLACES[number]
            east, north = place.east_km + shift, place.north_km + 0.06
            tags = {
                "amenity": kind,
                "name": f"{place.name}{suffix}",
                "name__zh": f"{place.name}{suffix}",
                "name__en": f"{place.english} {english}",
            }
            if order % 3 == 0:
                extract.node(east, north, **tags)
            elif order % 3 == 1 or kind == "kindergarten":
                extract.way(extract.square(east, north, 0.06), **tags)
            else:
                outer = extract.way(extract.square(east, north, 0.08))
                inner = extract.way(extract.square(east, north, 0.03))
                members = [("w", outer, "outer"), ("w", inner, "inner")]
                extract.relation(members, type="multipolygon", **tags)


def _add_boundaries(extract: _Extract) -> None:
    """The country (level 2), two counties (6) and four townships (8) on shared ways."""
    corner = {(i, j): extract.node(2.0 * i, 5.0 * j) for i in range(3) for j in range(3)}

    def side(a: tuple[int, int], b: tuple[int, int], level: int) -> int:
        ends = [(2.0 * i, 5.0 * j) for i, j in (a, b)]
        refs = [corner[a], *extract.line(ends, bend_km=0.05), corner[b]]
        return extract.way(refs, boundary="administrative", admin_level=str(level))

    south = [side((0, 0), (1, 0), 2), side((1, 0), (2, 0), 2)]
    north = [side((0, 2), (1, 2), 2), side((1, 2), (2, 2), 2)]
    west = [side((0, 0), (0, 1), 2), side((0, 1), (0, 2), 2)]
    east = [side((2, 0), (2, 1), 2), side((2, 1), (2, 2), 2)]
    across = [side((0, 1), (1, 1), 6), side((1, 1), (2, 1), 6)]
    centre = [side((1, 0), (1, 1), 8), side((1, 1), (1, 2), 8)]

    def area(level: int, name: str, english: str, sides: Sequence[int], *extra: int) -> None:
        extract.relation(
            [("w", way, "outer") for way in (*sides, *extra)],
            type="boundary",
            boundary="administrative",
            admin_level=str(level),
            name=name,
            name__zh=name,
            name__en=english,
        )

    area(2, "清河国", "Qingheland", [*south, *north, *west, *east])
    area(2, "邻国", "Neighbourland", east, 9_000_101, 9_000_102)
    area(6, "南县", "South County", [*south, west[0], east[0], *across])
    area(6, "北县", "North County", [*north, west[1], east[1], *across])
    area(8, "西南镇", "Southwest", [south[0], west[0], across[0], centre[0]])
    area(8, "东南镇", "Southeast", [south[1], east[0], across[1], centre[0]])
    area(8, "西北镇", "Northwest", [north[0], west[1], across[0], centre[1]])
    area(8, "东北镇", "Northeast", [north[1], east[1], across[1], centre[1]])
