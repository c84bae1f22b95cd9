"""The public edition: nothing but its whitelist, and no count under five that can be derived."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import layout
from layout.core.text import using
from layout.output.maps import draw, public
from layout.planning.contract import PlanTables
from layout.planning.final import final_state
from layout.planning.within import within
from tests.worlds.baise import BaisePlan
from tests.worlds.packed import unpacked

pytestmark = pytest.mark.slow

# Keys that a public page may have, one by one; what is below `topology` is geometry.
ALLOWED = {
    "meta": "title scenario language modelled date credit edition county",
    "words": "columns indicators gates kinds bands programmes states",
    "classes": "children minutes few",
    "topology": "counties",
    "counties": "id name x y closed measures",
    "schools": "id name x y county township townships type types pupils plan stages",
    "settlements": "count packed",
    "moves": "from to pupils",
    "closures": "school pupils year reason gate_a gate_b gate_c gate_d",
    "retained": "school official belt",
    "sites": "programme id name kind stage county classes places served x y",
    "report": "models",
    "catchments": "preschool 1-3 4-6 7-9 10-12",
    "labels": None,
    "other": None,
    "roads": None,
    "graph": None,
}
WITHIN = {
    "settlements": {"id", "name", "x", "y", "county", "children", "minutes"},
    "report.models": {"model", "requested", "achieved"},
    "counties.measures": {
        *("schools", "coverage_primary", "coverage_junior", "coverage_1_3", "coverage_4_6"),
        "minutes_mean",
    },
    "schools.types": {"name", "stage"},
    "catchments": {"topology", "before", "after", "homes"},
    "roads": {"rank", "count", "first_x", "first_y", "x", "y"},
}
FLOW = ("from", "to", "pupils")
SECRET = re.compile("attend|survey|board|dorm|bed|distance|uncertain|error|sha256|belt|official")
DATA = re.compile(r'<script type="application/json" id="([^"]*)">(.*?)</script>', re.DOTALL)


def decoded(value: Any) -> Any:
    """The same value with every packed text in it unpacked."""
    if isinstance(value, str) and value.startswith("H4sI"):
        raw = gzip.decompress(base64.b64decode(value))
        return decoded(json.loads(raw) if raw[:1] == b"{" else unpacked(value))
    if isinstance(value, Mapping):
        return {key: decoded(item) for key, item in value.items()}
    return [decoded(item) for item in value] if isinstance(value, list) else value


def blocks(page: str) -> dict[str, Any]:
    """All data of a page."""
    whole: dict[str, Any] = {}
    for _, text in DATA.findall(page):
        whole |= decoded(json.loads(text))
    return whole


def keys_below(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from keys_below(item)
    elif isinstance(value, list):
        for item in value[:2000]:
            yield from keys_below(item)


def check_keys(page: str) -> None:
    """Hold every key of a page against the list above."""
    found = blocks(page)
    assert set(found) == set(ALLOWED)
    assert set(found["other"]) <= set(ALLOWED)
    for block, keys in ALLOWED.items():
        if keys is not None:
            assert set(found[block]) <= set(keys.split()), block
            assert set(found["other"].get(block, ())) <= set(keys.split()), block
    for block, allowed in WITHIN.items():
        first, _, second = block.partition(".")
        below = found[first][second] if second else found[first]
        rows = below if isinstance(below, list) else below.values()
        seen = set(below) if block in ("counties.measures", "roads") else set()
        seen |= {key for row in rows if isinstance(row, Mapping) for key in row}
        assert seen - {"before", "after"} <= allowed - {"before", "after"}, block
    # Sentences and words of the program are the same for every plan.
    data = [
        {block: value for block, value in part.items() if block not in ("labels", "words", "other")}
        for part in (found, found["other"])
    ]
    named = set(keys_below(data)) - {"belt", "official", "boards"}
    assert not [key for key in named if SECRET.search(key)]
    # Of the official list the names of its schools alone, of the belt nothing.
    assert set(found["retained"]["official"]) <= {True}
    assert set(found["retained"]["belt"]) <= {""}
    assert "metres_before" not in page.split('id="layout-data">')[1].split("</script>")[0]


def test_the_list_of_the_package_is_the_one_held_here() -> None:
    mine = {block: set((keys or "").split()) for block, keys in ALLOWED.items()}
    assert {block: set(keys) for block, keys in public.WHITELIST.items()} == mine


def test_every_byte_is_of_the_whitelist_or_the_program(plan: layout.Plan) -> None:
    page = plan.map(edition="public").html
    check_keys(page)
    # Outside the data the page is the same for another plan: its title and its place apart.
    other = replace(
        plan.drawn, land=None, assignment=plan.assignment.iloc[:9], closures=plan.closures.iloc[:0]
    )
    assert DATA.sub("", page) == DATA.sub("", draw(other, edition="public").html)


def test_today_is_not_drawn_where_it_was_surveyed(plan: layout.Plan) -> None:
    surveyed = replace(plan.drawn, study=replace(plan.study, attendance_inferred=False))
    assert surveyed.study.attendance is not None
    bands = blocks(draw(surveyed, edition="public").html)["catchments"]
    assert "before" in bands["preschool"]
    assert bands["1-3"]["after"]
    assert not [band for band, zone in bands.items() if "before" in zone and band != "preschool"]
    assert "10-12" not in bands


def test_the_mark_of_the_header_says_public(plan: layout.Plan) -> None:
    assert blocks(draw(plan, edition="public", language="zh").html)["labels"]["internal"] == (
        "公示版"
    )


def test_the_gates_of_a_closure_are_named(plan: layout.Plan) -> None:
    columns = blocks(draw(plan, edition="public").html)["words"]["columns"]
    assert all(columns[f"gate_{gate}"] for gate in "abcd")


def test_a_page_of_a_county_tells_nothing_that_the_whole_does_not(plan: layout.Plan) -> None:
    with using("en"):
        city = decoded(public.document(plan.drawn))
        for code in plan.study.units.index:
            county = decoded(public.document(within(plan.drawn, str(code)), whole=plan.drawn))
            same_rows(city, county)


def same_rows(city: dict[str, Any], county: dict[str, Any]) -> None:
    city, county = (
        page | {"settlements": page["settlements"]["packed"]} for page in (city, county)
    )
    for block, columns in (
        ("schools", ("pupils", "plan")),
        ("settlements", ("children", "minutes")),
        ("sites", ("served",)),
    ):
        told = {
            key: row
            for key, *row in zip(
                city[block]["id"], *(city[block][one] for one in columns), strict=True
            )
        }
        for key, *row in zip(
            county[block]["id"], *(county[block][one] for one in columns), strict=True
        ):
            assert told[key] == row
    flows = [
        {
            (page["schools"]["id"][a], page["schools"]["id"][b]): pupils
            for a, b, pupils in zip(*(page["moves"][one] for one in FLOW), strict=True)
        }
        for page in (city, county)
    ]
    assert flows[1].items() <= flows[0].items()


def groups_of(plan: PlanTables) -> pd.DataFrame:
    """Who goes where: settlement, band, school of today and of the plan, pupils."""
    keys = ["settlement_id", "band", "from_school", "to_school"]
    state = final_state(plan)
    return state.groupby(keys)["pupils"].sum().reset_index()


def limits(page: Mapping[str, Any], groups: pd.DataFrame) -> tuple[Any, Any, Any]:
    """What a reader knows of each group: rows of (weights, least, most), from all totals told.

    The reader knows the rules of rounding, who might go where, and how many cells a total has.
    """
    off = public.ROUND_TO // 2
    schools, sites = page["schools"], page["sites"]
    rows, least, most = [], [], []

    def tell(mask: pd.Series, low: float, high: float) -> None:
        rows.append(mask.to_numpy(dtype=np.float64))
        least.append(low)
        most.append(high)

    pair = groups["from_school"] + ">" + groups["to_school"]
    stays = groups["from_school"] == groups["to_school"]
    # Each flow; each school today, less who stays, of whom some are in no group; each new site.
    moves = page["moves"]
    for a, b, pupils in zip(moves["from"], moves["to"], moves["pupils"], strict=True):
        key = f"{schools['id'][a]}>{schools['id'][b]}"
        tell(pair == key, max(1, pupils - off), pupils + off)
    for column, side in (("pupils", "from_school"), ("plan", "to_school")):
        for school, pupils in zip(schools["id"], schools[column], strict=True):
            mine = groups[side] == school
            cells = pair[mine & ~stays].nunique() + 1
            tell(mine & ~stays, 0, pupils + off * cells)
            tell(mine, 0, pupils + off * cells)
    for site, pupils in zip(sites["id"], sites["served"], strict=True):
        mine = groups["to_school"] == site
        if pupils is not None:
            tell(mine, pupils - off * pair[mine].nunique(), pupils + off * pair[mine].nunique())
    for school, pupils in zip(page["closures"]["school"], page["closures"]["pupils"], strict=True):
        mine = groups["from_school"] == schools["id"][school]
        cells = pair[mine & ~stays].nunique()
        tell(mine & ~stays, pupils - off * cells, pupils + off * cells)
    # Children of a settlement, of whom pupils are a part.
    ends = [*public.CHILDREN, np.inf]
    homes = page["settlements"]["packed"]
    for home, place in zip(homes["id"], homes["children"], strict=True):
        tell(groups["settlement_id"] == home, 0, ends[place] - 1)
    return np.array(rows), np.array(least), np.array(most)


def counts(groups: pd.DataFrame) -> Iterator[pd.Series]:
    """Every count under five of a settlement: in all, by band or school, and group by group."""
    seen = set()
    for keys in (
        ["settlement_id"],
        ["settlement_id", "band"],
        ["settlement_id", "from_school"],
        ["settlement_id", "to_school"],
        ["settlement_id", "band", "from_school", "to_school"],
    ):
        for _, rows in groups.groupby(keys):
            if rows["pupils"].sum() < public.FEWEST and tuple(rows.index) not in seen:
                seen.add(tuple(rows.index))
                yield pd.Series(groups.index.isin(rows.index), index=groups.index)


@pytest.mark.more
def test_no_difference_of_totals_gives_a_count_under_five(plan: layout.Plan) -> None:
    groups = groups_of(plan)
    with using("en"):
        page = decoded(public.document(replace(plan.drawn, land=None)))
        weights, least, most = limits(page, groups)
    told = groups["pupils"].to_numpy()
    # The truth is among what the reader holds possible.
    assert ((weights @ told >= least) & (weights @ told <= most)).all()
    bounded = np.isfinite(most)
    rows = np.vstack([weights[bounded], -weights])
    ends = np.concatenate([most[bounded], -least])
    small = list(counts(groups))
    assert len(small) > 20
    for count in small:
        low, high = (
            linprog(sign * count.to_numpy(dtype=np.float64), A_ub=rows, b_ub=ends).fun * sign
            for sign in (1, -1)
        )
        assert high - low >= 1, groups[count]


@pytest.mark.more
def test_other_worlds_with_the_same_page(plan: layout.Plan) -> None:
    """For each group and settlement of under five there is a world where it is of another size."""
    bare = replace(plan.drawn, land=None)
    with using("en"):
        page = public.document(bare)
        rows = plan.assignment
        small = rows.index[(rows["pupils"] < public.FEWEST)]
        assert len(small) > 20
        for row in small:
            assert any(public.document(one) == page for one in elsewhere(bare, row)), rows.loc[row]
        settlements = plan.study.settlements
        children = settlements[[one for one in settlements if one.startswith("age_")]].sum(axis=1)
        # One child more where the class stays the same, else one fewer.
        change = np.select([children < public.FEWEST - 1, children < public.FEWEST], [1, -1], 0)
        assert np.count_nonzero(change)
        shifted = settlements.assign(age_0=settlements["age_0"] + change)
        other = replace(bare, study=replace(plan.study, settlements=shifted))
        assert public.document(other) == page


def test_what_is_left_out_follows_from_what_is_told(plan: layout.Plan) -> None:
    """Flows of 1 and 3 are told as 0 and 5; no sentence tells them from other such flows."""
    school = plan.closed[0]
    moved = plan.assignment[plan.assignment["from_school"] == school].iloc[[0, 0]]
    others = [one for one in plan.study.schools.index[:4] if one != school]
    rest = plan.assignment[plan.assignment["from_school"] != school]
    pages = []
    for one, other in ((1, 3), (2, 3), (1, 5)):
        rows = moved.assign(pupils=[one, other], to_school=others[:2])
        mine = plan.closures["school_id"] == school
        closures = plan.closures.assign(
            pupils=plan.closures["pupils"].mask(mine, one + other),
            receivers=plan.closures["receivers"].mask(mine, ";".join(others[:2])),
        )
        grades = plan.study.schools.filter(regex="^pupils_").columns
        schools = plan.study.schools.copy()
        schools.loc[school, grades] = 0
        schools.loc[school, grades[0]] = one + other
        study = replace(plan.study, schools=schools)
        assignment = pd.concat([rest, rows], ignore_index=True)
        # Nobody else is concerned: the sites serve nobody.
        bare = replace(
            plan.drawn,
            land=None,
            study=study,
            assignment=assignment,
            closures=closures,
            served=plan.served.iloc[:0],
        )
        with using("en"):
            pages.append(public.document(bare))
    told = [page["closures"]["reason"] for page in pages]
    at = plan.closures.sort_values("school_id")["school_id"].tolist().index(school)
    assert [page["closures"]["pupils"][at] for page in pages] == [public.ROUND_TO] * 3
    assert told[0] == told[1] == told[2]
    assert "minutes" not in told[0][at]


def elsewhere(plan: PlanTables, row: Any) -> Iterator[PlanTables]:
    """The same plan with a pupil more or fewer in one group, and one fewer or more in another."""
    rows = plan.assignment
    near = rows.index[rows["settlement_id"] == rows.at[row, "settlement_id"]].drop(row)
    for by in (1, -1):
        yield shifted_by(plan, {row: by})
        for other in near:
            yield shifted_by(plan, {row: by, other: -by})


def shifted_by(plan: PlanTables, changes: Mapping[Any, int]) -> PlanTables:
    """Other numbers of pupils in some groups; their schools have as many more or fewer."""
    rows, schools = plan.assignment.copy(), plan.study.schools.copy()
    for row, by in changes.items():
        rows.loc[row, "pupils"] += by
        school = rows.at[row, "from_school"]
        if rows.at[row, "to_school"] == school:
            continue  # another stays, whom no group counts
        grade = schools.columns[schools.columns.str.startswith("pupils_")]
        grade = grade[schools.loc[school, grade] + by >= 0][0]
        schools.loc[school, grade] += by
    return replace(
        plan, assignment=rows[rows["pupils"] > 0], study=replace(plan.study, schools=schools)
    )


@pytest.mark.more
def test_the_public_page_of_baise(baise_plan: BaisePlan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAYOUT_CACHE", str(baise_plan.cache))
    plan = layout.read_plan(baise_plan.folder)
    made = plan.map(edition="public", language="zh")
    check_keys(made.html)
    page = blocks(made.html)
    assert len(made.html.encode()) < 2_400_000
    groups = groups_of(plan)
    # Whatever cell a group is in, its reader knows the cell to five at the best, and the class of
    # the settlement; no group of under five is left a single number.
    off = public.ROUND_TO // 2
    keys = ["from_school", "to_school"]
    cell = groups.groupby(keys)["pupils"].transform("sum")
    rounded = (cell + off) // public.ROUND_TO * public.ROUND_TO
    told = page["settlements"]["packed"]
    homes = dict(zip(told["id"], told["children"], strict=True))
    ends = np.array([*public.CHILDREN, 10**6])
    most = np.minimum(
        rounded + off, ends[groups["settlement_id"].map(homes).to_numpy(dtype=int)] - 1
    )
    others = most.groupby([groups[key] for key in keys]).transform("sum") - most
    least = np.maximum(0, rounded - off - others)
    small = groups["pupils"] < public.FEWEST
    assert small.sum() > 1000
    assert ((most - least)[small] >= 1).all()
    # What is told of schools is made of such cells alone.
    moved = groups[groups["from_school"] != groups["to_school"]]
    sums = moved.groupby(keys)["pupils"].sum()
    schools = page["schools"]["id"]
    for a, b, pupils in zip(*(page["moves"][one] for one in FLOW), strict=True):
        true = sums[schools[a], schools[b]]
        assert pupils == (true + off) // public.ROUND_TO * public.ROUND_TO
    assert all(number % public.ROUND_TO == 0 for number in page["schools"]["pupils"])
    assert all(number % public.ROUND_TO == 0 for number in page["schools"]["plan"])
    assert Path(baise_plan.folder).exists()
