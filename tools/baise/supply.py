"""Where the modelled schools stand: which settlement has a school, and of which kind."""

import numpy as np
import pandas as pd
from scipy.cluster.vq import kmeans2

from tools.baise.places import county_seat_towns
from tools.baise.reach import Reach
from tools.baise.sources import BORDER_COUNTIES, Sources
from tools.baise.terrain import Bools, Floats, Ints
from tools.baise.world import World

BELT_M = 3000.0
BELT_CLEAR_M = 270.0
BELT_EDGE_M = 100.0
BELT_SCHOOLS = 25
EDGE_SCHOOLS = 6
URBAN_PRIMARY_PUPILS = 1550
URBAN_JUNIOR_PUPILS = 1900
OWN_JUNIOR_PUPILS = 420
SHARE_COMPLETE = 0.27
SHARE_POINT = 0.27


def children(frame: pd.DataFrame, first: int, last: int) -> Ints:
    """Children aged ``first`` to ``last`` in autumn 2021, one year older than at the census."""
    columns = [f"age_{age - 1}" for age in range(first, last + 1)]
    return np.asarray(frame[columns].sum(axis=1).to_numpy())


def place_compulsory(
    sources: Sources, world: World, reach: Reach, rng: np.random.Generator
) -> pd.DataFrame:
    """Choose where primary and junior schools stand.

    Parameters
    ----------
    sources, world, reach : Sources, World, Reach
        Names, settlements, distances.
    rng : Generator
        Seeded source of chance.

    Returns
    -------
    DataFrame
        One row a school: settlement (position), type_code, role (``urban``, ``centre``,
        ``lesser`` in hollow townships and zones, ``village``, ``point``, ``junior``, ``nine``),
        township (position).
    """
    frame = world.settlements
    seat = seat_settlements(world)
    rows = town_schools(sources, world, seat)
    taken = {row[0] for row in rows}
    rows += valley_schools(world, reach, taken)
    taken |= {row[0] for row in rows}
    rows += belt_schools(world, reach, rows, rng)
    taken |= {row[0] for row in rows}
    rows += village_schools(world, reach, taken, rng)
    table = pd.DataFrame(rows, columns=["settlement", "type_code", "role"])
    table["township"] = frame.township.to_numpy()[table.settlement]
    return table.sort_values(["settlement", "type_code"], ignore_index=True)


def seat_settlements(world: World) -> Ints:
    """Settlement at the seat of every township."""
    frame = world.settlements
    seats = world.terrain.xy[world.seats.cell]
    xy = frame[["x", "y"]].to_numpy()
    found = []
    for town in range(len(seats)):
        own = np.flatnonzero((frame.township == town).to_numpy())
        away = np.hypot(*(xy[own] - seats[town]).T)
        found.append(int(own[int(away.argmin())]))
    return np.array(found)


def town_schools(sources: Sources, world: World, seat: Ints) -> list[tuple[int, str, str]]:
    """Centre primaries, junior and nine-year schools, and the schools of the county seats."""
    frame = world.settlements
    seats = world.seats
    rows: list[tuple[int, str, str]] = []
    junior_age = children(frame, 12, 14)
    primary_age = children(frame, 6, 11)
    rural = ~frame.town_like.to_numpy()
    spared = seats.zone | seats.hollow
    for town in range(len(seat)):
        own = (frame.township == town).to_numpy()
        number = int(junior_age[own & rural].sum())
        if spared[town]:
            rows.append((int(seat[town]), "211", "lesser"))
        elif number < OWN_JUNIOR_PUPILS and not seats.county_seat[town]:
            rows.append((int(seat[town]), "312", "nine"))
        else:
            rows.append((int(seat[town]), "211", "centre"))
            if number >= OWN_JUNIOR_PUPILS:
                rows.append((int(seat[town]), "311", "junior"))
        blocks = np.flatnonzero(own & ~rural)
        rows += urban_schools(frame, blocks, primary_age, URBAN_PRIMARY_PUPILS, "211")
        rows += urban_schools(frame, blocks, junior_age, URBAN_JUNIOR_PUPILS, "311")
    return rows


def urban_schools(
    frame: pd.DataFrame, blocks: Ints, age: Ints, size: int, type_code: str
) -> list[tuple[int, str, str]]:
    """Schools among the blocks of a town, spread over it."""
    if len(blocks) == 0:
        return []
    number = max(1, round(float(age[blocks].sum()) / size))
    xy = frame[["x", "y"]].to_numpy()[blocks] / 100.0
    _, label = kmeans2(xy, number, minit="++", rng=int(blocks[0]) + number)
    rows = []
    for part in range(number):
        own = np.flatnonzero(label == part)
        if len(own):
            middle = np.hypot(*(xy[own] - xy[own].mean(axis=0)).T).argmin()
            role = "urban" if type_code == "211" else "junior"
            rows.append((int(blocks[own[int(middle)]]), type_code, role))
    return rows


def valley_schools(world: World, reach: Reach, taken: set[int]) -> list[tuple[int, str, str]]:
    """In each deep valley a small complete primary and a teaching point up the track."""
    frame = world.settlements
    rows: list[tuple[int, str, str]] = []
    for village in world.deep:
        own = np.flatnonzero((frame.village == village).to_numpy())
        main = own[frame.kind.to_numpy()[own] == "village"][0]
        if int(main) in taken:
            continue
        rows.append((int(main), "211", "village"))
        hamlets = own[own != main]
        if len(hamlets):
            way = reach.metres(np.array([main]), limit_m=4000.0)[0, hamlets]
            ages = frame[["age_5", "age_7"]].to_numpy()[hamlets]
            gaps = 4000.0 * (ages == 0).sum(axis=1)
            best = int((np.abs(way - 700.0) + gaps).argmin())
            rows.append((int(hamlets[best]), "218", "point"))
    return rows


def edge_distance(frame: pd.DataFrame) -> Floats:
    """Distance of settlements of the border counties to the belt's inner edge, metres; signed."""
    border = frame.county_code.isin(BORDER_COUNTIES).to_numpy()
    return np.where(border, frame.border_m.to_numpy() - BELT_M, np.inf)


def belt_schools(
    world: World,
    reach: Reach,
    so_far: list[tuple[int, str, str]],
    rng: np.random.Generator,
) -> list[tuple[int, str, str]]:
    """Schools of the border belt: a few in larger villages, the rest tiny ones along the road.

    The belt holds 25 compulsory schools together with those at township seats; a few more stand
    close to its inner edge on either side.
    """
    frame = world.settlements
    edge = edge_distance(frame)
    here = edge[[row[0] for row in so_far]]
    missing = BELT_SCHOOLS - int((here < -BELT_CLEAR_M).sum())
    inside = np.flatnonzero(edge < -BELT_CLEAR_M)
    villages = inside[frame.kind.to_numpy()[inside] == "village"]
    young = children(frame, 6, 8)
    inhabited = interleave(frame, rng.permutation(villages[young[villages] >= 4]))
    main = apart(frame, inhabited, missing * 4 // 10, 3500.0)
    anchors = np.concatenate([main, [row[0] for row in so_far]]).astype(np.int64)
    rest = np.setdiff1d(inside[(young[inside] >= 3) & (young[inside] <= 14)], anchors)
    way = reach.metres(rest, limit_m=6000.0)[:, anchors].min(axis=1)
    order = interleave(frame, rest[np.argsort(np.abs(way - 1500.0), kind="stable")])
    tiny = apart(frame, order, missing - len(main), 1300.0)
    rows = [
        (int(place), *(("211", "village") if k % 3 == 0 else ("218", "point")))
        for k, place in enumerate(main)
    ]
    rows += [(int(place), "218", "point") for place in tiny]
    close = np.flatnonzero(np.abs(edge) < BELT_EDGE_M)
    for side in (close[edge[close] < 0], close[edge[close] > 0]):
        chosen = apart(frame, rng.permutation(side), EDGE_SCHOOLS // 2, 4000.0)
        rows += [(int(place), "218", "point") for place in chosen]
    return rows


def interleave(frame: pd.DataFrame, places: Ints) -> Ints:
    """The places in their order, but taking turns between the counties."""
    county = pd.Series(frame.county.to_numpy()[places])
    turn = county.groupby(county).cumcount().to_numpy()
    return places[np.lexsort((county.to_numpy(), turn))]


def apart(frame: pd.DataFrame, order: Ints, number: int, gap_m: float) -> Ints:
    """The first places in order that keep a distance from each other."""
    xy = frame[["x", "y"]].to_numpy()
    chosen: list[int] = []
    for place in order:
        if len(chosen) == number:
            break
        if all(np.hypot(*(xy[place] - xy[other])) > gap_m for other in chosen):
            chosen.append(int(place))
    return np.array(chosen, dtype=np.int64)


def village_schools(
    world: World, reach: Reach, taken: set[int], rng: np.random.Generator
) -> list[tuple[int, str, str]]:
    """Village primaries, teaching points, and points in outlying hamlets."""
    frame = world.settlements
    seats = world.seats
    kind = frame.kind.to_numpy()
    edge = edge_distance(frame)
    open_ground = edge > BELT_CLEAR_M
    near_valley = valley_ground(world, reach)
    villages = np.flatnonzero((kind == "village") & open_ground)
    villages = villages[~np.isin(villages, list(taken))]
    pupils = children(frame, 6, 11)
    local = pd.Series(pupils).groupby(frame.village.to_numpy()).sum()
    score = np.log1p(local.reindex(frame.village.to_numpy()[villages]).to_numpy())
    score = score + rng.normal(0.0, 0.7, len(villages))
    order = np.argsort(-score, kind="stable")
    rows: list[tuple[int, str, str]] = []
    small_town = (seats.hollow | seats.zone)[frame.township.to_numpy()]
    for rank, position in enumerate(order):
        place = int(villages[position])
        share = rank / len(order)
        if share < SHARE_COMPLETE and not (near_valley[place] or small_town[place]):
            rows.append((place, "211", "village"))
        elif share < SHARE_COMPLETE + SHARE_POINT:
            rows.append((place, "218", "point"))
    return rows + hamlet_points(world, reach, rows, taken, rng)


def hamlet_points(
    world: World,
    reach: Reach,
    rows: list[tuple[int, str, str]],
    taken: set[int],
    rng: np.random.Generator,
) -> list[tuple[int, str, str]]:
    """Teaching points in hamlets: some close to a school, some with no other school near."""
    frame = world.settlements
    schools = np.array(sorted(taken | {row[0] for row in rows}))
    hamlets = np.flatnonzero(
        (frame.kind == "hamlet").to_numpy() & (edge_distance(frame) > BELT_CLEAR_M)
    )
    hamlets = hamlets[~np.isin(hamlets, schools)]
    young = children(frame, 6, 8)[hamlets]
    way = reach.metres(schools, limit_m=9000.0)[:, hamlets].min(axis=0)
    rows = []
    for low, high, number in ((900.0, 2000.0, 70), (3000.0, 8000.0, 110)):
        fit = hamlets[(way > low) & (way < high) & (young >= 3) & (young <= 16)]
        chosen = apart(frame, rng.permutation(fit), number, 3500.0)
        rows += [(int(place), "218", "point") for place in chosen]
    return rows


def valley_ground(world: World, reach: Reach) -> Bools:
    """Settlements too close to a deep valley for another complete primary."""
    frame = world.settlements
    near = np.zeros(len(frame), dtype=bool)
    for village in world.deep:
        own = (frame.village == village).to_numpy() & (frame.kind == "village").to_numpy()
        way = reach.metres(np.flatnonzero(own)[:1], limit_m=6500.0)[0]
        near |= np.isfinite(way)
    return near


def county_seats(sources: Sources) -> Ints:
    """Township position of each county's seat, in order of the counties."""
    return county_seat_towns(sources)
