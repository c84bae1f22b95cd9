"""Puts the study together and writes it: settlements, schools, attendance, roads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pyproj import Transformer

from tools.baise import enrol, nurseries, stock, supply
from tools.baise.pbf import write_pbf
from tools.baise.reach import Reach, build_reach
from tools.baise.roads import road_file, town_rings
from tools.baise.sources import MODEL_CRS, WGS84, Sources, read_sources
from tools.baise.terrain import Floats
from tools.baise.world import World, build_world

SEED = 45
SCHOOL_OFFSET_M = 35.0
NO_SPECIAL_SCHOOL = "451026"


@dataclass(frozen=True, eq=False)
class Tables:
    """The three tables of the study, as they are written."""

    settlements: pd.DataFrame
    schools: pd.DataFrame
    attendance: pd.DataFrame


def build(data: Path, out: Path, *, seed: int = SEED) -> Tables:
    """Build the study from the committed names and boundaries and write it.

    Parameters
    ----------
    data : Path
        Folder with boundaries, names and census.
    out : Path
        Folder to write to; may be the same.
    seed : int
        Seed of everything modelled.

    Returns
    -------
    Tables
        What was written, the same for the same seed.
    """
    sources = read_sources(data)
    world = build_world(sources, seed=seed)
    reach = build_reach(world)
    tables = build_tables(sources, world, reach, seed=seed)
    write_tables(tables, out)
    write_roads(world, out, seed=seed)
    return tables


def write_roads(world: World, out: Path, *, seed: int) -> None:
    """Write ``roads/baise.osm.pbf`` below ``out``."""
    (out / "roads").mkdir(parents=True, exist_ok=True)
    centres = world.terrain.xy[world.seats.cell[world.seats.county_seat]]
    rings = town_rings(world.net, world.lines, centres, each=3)
    rng = np.random.default_rng([seed, 20])
    xy, ways = road_file(world.net, world.lines, world.motorways, world.settlements, rings, rng)
    write_pbf(out / "roads" / "baise.osm.pbf", xy, ways)


def write_tables(tables: Tables, out: Path) -> None:
    """Write the three tables as UTF-8 CSV below ``out``."""
    for folder, name in (("settlements", "settlements"), ("schools", "schools")):
        (out / folder).mkdir(parents=True, exist_ok=True)
        table = getattr(tables, name)
        table.to_csv(out / folder / f"{name}.csv", lineterminator="\n")
    tables.attendance.to_csv(out / "schools" / "attendance.csv", index=False, lineterminator="\n")


def build_tables(sources: Sources, world: World, reach: Reach, *, seed: int) -> Tables:
    """Model schools and attendance on a modelled world.

    Parameters
    ----------
    sources, world, reach : Sources, World, Reach
        Names, settlements, distances.
    seed : int
        Seed of everything modelled.
    """
    stream = [np.random.default_rng([seed, 30 + number]) for number in range(12)]
    frame = world.settlements
    compulsory = supply.place_compulsory(sources, world, reach, stream[0])
    older = older_schools(sources, world, stream[1])
    base = pd.concat([compulsory, older], ignore_index=True)
    deep = np.isin(frame.village.to_numpy()[base.settlement], world.deep)
    flows = enrol.assign_primary(frame, base, reach, deep, stream[2])
    room = np.where(base.type_code == "312", 700.0, 1850.0)
    flows += enrol.assign_older(frame, base, reach, stream[3], stage="junior", capacity=room)
    room = np.where(base.type_code == "342", 3300.0, 4200.0)
    flows += enrol.assign_older(frame, base, reach, stream[4], stage="senior", capacity=room)
    flows = send_to_special(frame, base, flows, stream[5])
    seat = supply.seat_settlements(world)
    nursery = nurseries.place_kindergartens(world, compulsory, seat, stream[6])
    small = nurseries.assign_preschool(frame, nursery, reach)
    flows += [(h, g, s + len(base) if s >= 0 else -1, n) for h, g, s, n in small]
    schools = pd.concat([base, nursery], ignore_index=True)
    flow = pd.DataFrame(flows, columns=["settlement", "grade", "school", "pupils"])
    flow = flow.groupby(["settlement", "grade", "school"])["pupils"].sum().reset_index()
    schools, flow = without_empty(schools, flow)
    table = stock_table(sources, world, reach, schools, flow, stream[7:10])
    return Tables(
        settlements=settlements_table(frame, sources.townships),
        schools=table.sort_index(),
        attendance=attendance_table(frame, table, flow),
    )


def without_empty(schools: pd.DataFrame, flow: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out places that no child attends, and number the schools anew."""
    attended = np.zeros(len(schools) + 1, dtype=bool)
    attended[flow.school.to_numpy()] = True
    number = np.cumsum(attended) - 1
    number[-1] = -1
    kept = schools[attended[:-1]].reset_index(drop=True)
    return kept, flow.assign(school=number[flow.school.to_numpy()])


def older_schools(sources: Sources, world: World, rng: np.random.Generator) -> pd.DataFrame:
    """Senior, vocational and special schools, all in the county seats."""
    frame = world.settlements
    rows = []
    for position, town in enumerate(supply.county_seats(sources)):
        blocks = np.flatnonzero(((frame.township == town) & frame.town_like).to_numpy())
        county = frame[frame.county == position]
        pupils = float(supply.children(county, 15, 17).sum())
        places = np.sort(rng.permutation(blocks)[:8])
        number = max(1, round(pupils * 0.5 / 2900))
        rows += [(int(p), "342", "senior", int(town)) for p in places[:number]]
        rows.append((int(places[5]), "361", "vocational", int(town)))
        if sources.counties.index[position] != NO_SPECIAL_SCHOOL:
            rows.append((int(places[6]), "514", "special", int(town)))
    return pd.DataFrame(rows, columns=["settlement", "type_code", "role", "township"])


def send_to_special(
    frame: pd.DataFrame,
    schools: pd.DataFrame,
    flows: list[enrol.Flow],
    rng: np.random.Generator,
) -> list[enrol.Flow]:
    """Move single pupils of grades 1–9 to the special school of their county."""
    county = frame.county.to_numpy()
    special = schools[schools.role == "special"]
    places = special.settlement.to_numpy()
    by_county = dict(zip(county[places].tolist(), special.index.tolist(), strict=True))
    grades = set(stock.GRADES[3:12])
    table = list(flows)
    of_county: dict[int, list[int]] = {}
    for position, (home, grade, school, count) in enumerate(flows):
        if grade in grades and school >= 0 and count >= 6:
            of_county.setdefault(int(county[home]), []).append(position)
    for number, school in sorted(by_county.items()):
        fit = np.array(of_county[number])
        wanted = min(int(rng.integers(60, 150)), len(fit))
        for position in np.sort(rng.choice(fit, size=wanted, replace=False)).tolist():
            home, grade, old, count = table[position]
            table[position] = (home, grade, old, count - 1)
            table.append((home, grade, school, 1))
    return table


def stock_table(
    sources: Sources,
    world: World,
    reach: Reach,
    schools: pd.DataFrame,
    flow: pd.DataFrame,
    streams: Sequence[np.random.Generator],
) -> pd.DataFrame:
    """The schools table, in the order of ``schools``, indexed by school_id.

    Free beds and canteens have streams of their own, so that a change of theirs changes no other
    column.
    """
    rng, reserve, meals = streams
    frame = world.settlements
    where = schools.settlement.to_numpy()
    pupils = stock.pupils_table(flow, len(schools))
    classes, mixed = stock.class_table(schools, pupils, rng)
    planned = schools.n_classes.fillna(0).to_numpy()
    classes, mixed = stock.planned_classes(classes, mixed, planned)
    far = far_flows(frame, schools, flow)
    boarders, beds = stock.boarding(schools, flow, far, rng, reserve)
    small = small_rural(schools, pupils)
    share, dates = stock.surveys(schools, small, frame.county.to_numpy()[where], rng)
    table = pd.DataFrame(
        {
            "school_id": stock.identifiers(schools.type_code),
            "name": stock.school_names(schools, sources, world),
            "type_code": schools.type_code,
            "urban_rural_code": stock.urban_rural(sources, world, schools),
            "ownership": schools.ownership.fillna("public"),
            "township_code": sources.townships.township_code.to_numpy()[schools.township],
            "village_code": frame.village_code.to_numpy()[where],
            "county_code": frame.county_code.to_numpy()[where],
        }
    )
    table["centre_school_id"] = stock.centres(schools, table.school_id)
    lon, lat = school_places(world, schools)
    table["lon"], table["lat"] = lon, lat
    table = table.join(pupils.add_prefix("pupils_")).join(classes.add_prefix("classes_"))
    table["classes_mixed"] = mixed
    table["boarders"], table["beds"] = boarders, beds
    table = table.join(stock.extras(schools, pupils, beds, rng, meals))
    edge = supply.edge_distance(frame)[where]
    compulsory = schools.type_code.isin(["211", "218", "311", "312"]).to_numpy()
    table["border_flag"] = compulsory & (edge < -supply.BELT_CLEAR_M)
    table["survey_opposed_share"], table["survey_date"] = share, dates
    table["demonstration"] = stock.demonstration(schools, pupils)
    return table.set_index("school_id")


def small_rural(schools: pd.DataFrame, pupils: pd.DataFrame) -> np.ndarray:
    """Village schools and points under 100 pupils."""
    number = pupils[list(stock.GRADES[3:12])].sum(axis=1).to_numpy()
    return np.asarray(schools.role.isin(["village", "point", "lesser"]).to_numpy() & (number < 100))


def far_flows(frame: pd.DataFrame, schools: pd.DataFrame, flow: pd.DataFrame) -> np.ndarray:
    """Flows of more than 3 km as the crow flies: too far to walk daily in the mountains."""
    xy = frame[["x", "y"]].to_numpy()
    home = xy[flow.settlement.to_numpy()]
    goal = xy[schools.settlement.to_numpy()[np.maximum(flow.school.to_numpy(), 0)]]
    return np.asarray(np.hypot(*(home - goal).T) > 3000.0)


def school_places(world: World, schools: pd.DataFrame) -> tuple[Floats, Floats]:
    """Positions of the schools, a few steps from their settlement, in degrees."""
    frame = world.settlements
    where = schools.settlement.to_numpy()
    angle = 2.399963 * np.arange(len(schools))
    step = SCHOOL_OFFSET_M * np.column_stack([np.cos(angle), np.sin(angle)])
    return to_degrees(frame[["x", "y"]].to_numpy()[where] + step)


def to_degrees(xy: Floats) -> tuple[Floats, Floats]:
    """Longitude and latitude, rounded to a decimetre."""
    turn = Transformer.from_crs(MODEL_CRS, WGS84, always_xy=True)
    lon, lat = turn.transform(xy[:, 0], xy[:, 1])
    return np.round(lon, 6), np.round(lat, 6)


def settlements_table(frame: pd.DataFrame, townships: pd.DataFrame) -> pd.DataFrame:
    """The settlements table as it is written."""
    columns = ["name", "kind", "urban", "village_code", "township_code", "county_code"]
    table = frame[columns].copy()
    names = townships.set_index("township_code")["township_name"]
    table.insert(5, "township", names.reindex(table.township_code).to_numpy())
    table["urban"] = table.urban.map({True: "true", False: "false"})
    table["lon"], table["lat"] = to_degrees(frame[["x", "y"]].to_numpy())
    return table.join(frame[[f"age_{age}" for age in range(18)]])


def attendance_table(frame: pd.DataFrame, table: pd.DataFrame, flow: pd.DataFrame) -> pd.DataFrame:
    """The attendance table as it is written; school_id is empty for those not enrolled."""
    ids = np.append(table.index.to_numpy(dtype=object), "")
    result = pd.DataFrame(
        {
            "settlement_id": frame.index.to_numpy()[flow.settlement],
            "grade": flow.grade,
            "school_id": ids[flow.school.to_numpy()],
            "pupils": flow.pupils,
        }
    )
    order = result.grade.map({grade: k for k, grade in enumerate(stock.GRADES)})
    result = result.assign(order=order).sort_values(["settlement_id", "order", "school_id"])
    return result.drop(columns="order").reset_index(drop=True)
