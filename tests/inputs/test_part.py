"""One county of a study as a study of its own: what is in it, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from layout.core.errors import UsageError
from layout.core.standards import GRADES
from layout.demand.demography import children, school_year
from layout.inputs.study.part import part_of, whole_of
from layout.inputs.study.study import Study

SOUTH, NORTH = "451026", "451081"


@pytest.fixture(scope="module")
def study(mini_study: Study) -> Study:
    """The small study with settlements near the other county counted there: pupils cross."""
    settlements = mini_study.settlements.copy()
    moved = np.arange(len(settlements)) % 7 == 0
    other = settlements["county_code"].map({SOUTH: NORTH, NORTH: SOUTH})
    settlements["county_code"] = settlements["county_code"].mask(moved, other)
    births = {2021: 1000, 2022: 901}
    return replace(mini_study, settlements=settlements, births=births)


@pytest.fixture(scope="module")
def parts(study: Study) -> list[Study]:
    return [part_of(study, code) for code in study.units.index]


def test_every_school_is_in_one_part_with_all_who_go_there(
    study: Study, parts: list[Study]
) -> None:
    assert study.attendance is not None
    schools = pd.concat([part.schools for part in parts]).sort_index()
    assert schools.equals(study.schools)
    keys = ["settlement_id", "grade", "school_id"]
    rows = pd.concat([part.attendance for part in parts if part.attendance is not None])
    rows = rows[rows["school_id"] != ""].sort_values(keys, ignore_index=True)
    given = study.attendance[study.attendance["school_id"] != ""]
    assert rows.equals(given.sort_values(keys, ignore_index=True)[rows.columns])


def test_settlements_elsewhere_come_with_the_children_who_go_to_school_here(
    study: Study, parts: list[Study]
) -> None:
    year = school_year(study)
    crossed = 0
    for part in parts:
        assert part.attendance is not None
        code = part.units.index[0]
        own = part.settlements["county_code"] == code
        # Those of the county are all there, with all of their children.
        whole = study.settlements[study.settlements["county_code"] == code]
        assert part.settlements[own].equals(whole)
        # Others have those children who go to school here, by age.
        pupils = part.attendance.groupby(["settlement_id", "grade"])["pupils"].sum().unstack()
        counts = pupils.reindex(columns=list(GRADES)).fillna(0).astype("int64")
        here = children(part, year)
        others = part.settlements.index[~own]
        assert here.loc[others].equals(counts.loc[others].rename_axis("settlement_id"))
        assert (counts.loc[others].sum(axis=1) > 0).all()
        assert (part.settlements.loc[others, "age_0"] == 0).all()
        # Attendance adds up to the children of every settlement, as the format asks.
        assert (counts.sum(axis=1) == here.sum(axis=1).reindex(counts.index)).all()
        crossed += len(others)
    assert crossed


def test_what_looks_beyond_the_county_is_kept(study: Study, parts: list[Study]) -> None:
    for part in parts:
        assert part.whole is study
        assert part.border is study.border
        assert part.roads is study.roads
        assert list(part.units["name"]) == [part.name.rpartition(" · ")[2]]
        assert part.warnings[-1].code == "part-of-study"
        assert str(part.units["name"].iloc[0]) in str(part.warnings[-1].reason)
        # Sites have numbers of the whole; the list of retained schools is the county's own.
        assert part.programmes.kindergarten is part.programmes.compulsory is None
        assert part.programmes.border is not None
        assert part.programmes.border.retain == part.schools["border_flag"].sum()
        assert "kindergarten" not in part.config["programmes"]
    kept = part_of(study, SOUTH, programmes=("kindergarten",))
    assert kept.programmes.kindergarten == study.programmes.kindergarten
    assert kept.programmes.compulsory is None
    # Births go where the youngest children live, and none is lost.
    assert sum(part.births[2021] for part in parts) == pytest.approx(1000, abs=1)


def test_levers_are_those_of_the_county(study: Study) -> None:
    south, north = (study.schools.index[study.schools["county_code"] == c] for c in (SOUTH, NORTH))
    township = str(study.schools.at[north[0], "township_code"])
    levers = study.with_options(
        keep=(south[0], north[0]),
        must_close=(south[1],),
        quota=((SOUTH, 3), (NORTH, 4), (township, 1)),
    )
    part = part_of(levers, SOUTH)
    assert (part.options.keep, part.options.must_close) == ((south[0],), (south[1],))
    assert part.options.quota == ((SOUTH, 3),)
    assert (NORTH, 4) in part_of(levers, NORTH).options.quota
    assert (township, 1) in part_of(levers, NORTH).options.quota
    # What is turned of a part holds in the whole that judges it; what is named elsewhere stays.
    turned = whole_of(part.with_options(keep=(), belt_m=100.0, walk_kmh=3.0))
    assert turned is not None
    assert (turned.options.keep, turned.options.must_close) == ((north[0],), (south[1],))
    assert (turned.options.belt_m, turned.standards.walk_kmh) == (100.0, 3.0)
    assert whole_of(study) is None


def test_what_cannot_be_divided(study: Study, parts: list[Study]) -> None:
    with pytest.raises(UsageError, match="no county 450000; there are: 451026, 451081"):
        part_of(study, "450000")
    with pytest.raises(UsageError, match="is one county of a study already"):
        part_of(parts[0], SOUTH)
    with pytest.raises(UsageError, match="attendance is to be inferred"):
        part_of(replace(study, attendance=None), SOUTH)
