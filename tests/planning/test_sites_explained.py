"""Why sites stand where they stand, what happens without them, and what stays missing."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import layout
from layout.app.plan import Plan
from layout.core.errors import UsageError
from layout.demand.groups import assignment_today, groups
from layout.inputs.study.study import Study
from layout.inputs.study.townships import township_names
from layout.location import serve
from layout.network.travel import study_travel
from layout.planning.siting import SiteLevers, site
from layout.planning.siting.kindergarten.deficits import further_sites
from layout.planning.siting.kindergarten.need import kindergarten_need
from layout.planning.siting.kindergarten.notes import kindergarten_notes
from layout.planning.siting.without import lost_without
from layout.planning.verify.deficits import deficit_failures
from tests.worlds.fake_plan import fake_plan

CURES = ["unserved_expansion", "unserved_new_site", "unserved_radius", "unserved_scattered"]


@pytest.fixture(scope="module")
def today(mini_study: Study) -> Plan:
    ways = study_travel(mini_study)
    table = assignment_today(groups(mini_study, ways.walk, ways.bus))
    return Plan(name="today", study=mini_study, assignment=table, travel=ways)


@pytest.fixture(scope="module")
def sited(today: Plan) -> Plan:
    return Plan.of(site(site(today, "kindergarten"), "compulsory"))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Pairs, children and places of up to five settlements and four sites."""
    homes = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    places = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    near = [
        (f"home {i}", f"site {j}", draw(st.integers(0, 9)))
        for i in range(len(homes))
        for j in range(len(places))
        if draw(st.booleans())
    ]
    pairs = pd.DataFrame(near, columns=["demand", "site", "cost"])
    return (
        pairs.astype({"demand": "str", "site": "str", "cost": "int64"}),
        pd.Series(homes, index=[f"home {i}" for i in range(len(homes))]),
        pd.Series(places, index=[f"site {j}" for j in range(len(places))]),
    )


@given(worlds())
def test_without_a_site_exactly_those_lose_whom_no_other_choice_can_serve(
    world: tuple[pd.DataFrame, pd.Series, pd.Series],
) -> None:
    pairs, children, places = world
    flows = serve(pairs, children, places)
    lost = lost_without(pairs, flows, places)
    for name in places.index:
        # All children, those left over today too, served anew without the site.
        fewer = serve(pairs[pairs["site"] != name], children, places.drop(name))
        assert lost[name] == flows["amount"].sum() - fewer["amount"].sum()


def test_further_sites_stand_where_most_are_left_and_none_is_too_small() -> None:
    # Two settlements reach one another, a third reaches the second alone.
    near = [
        ("a", "a", 0),
        ("b", "a", 5),
        ("a", "b", 5),
        ("b", "b", 0),
        ("c", "b", 7),
        ("c", "c", 0),
    ]
    ways = pd.DataFrame(near, columns=["demand", "site", "cost"])
    left = pd.Series({"a": 4, "b": 5, "c": 3, "d": 50})
    all_of_them = further_sites(ways, left, least=3, most=20)
    assert all_of_them.groupby("site")["amount"].sum().to_dict() == {"b": 12}
    # With room for eight the nearest come first, then a second one stands beside it.
    table = further_sites(ways, left, least=3, most=8)
    assert table.groupby("site")["amount"].sum().to_dict() == {"b": 12}
    assert table["amount"].to_list() == [5, 3, 1, 3]
    assert table["demand"].to_list() == ["b", "a", "a", "c"]
    assert further_sites(ways, left, least=13, most=20).empty


@pytest.mark.slow
def test_every_site_says_why_it_stands_there(mini_study: Study, sited: Plan) -> None:
    sites = sited.sites
    assert (sites["year"] == 2023).all()
    assert (sites["pupils_lost"] <= sites["pupils_served"]).all()
    homes = mini_study.settlements
    new = sites[sites["kind"] == "new"]
    towns = homes["township_code"].reindex(new["settlement_id"]).to_list()
    assert new["township_code"].to_list() == towns
    for row in sites.to_dict("records"):
        told, served = str(row["reason"]), row["pupils_served"]
        assert (f"{served} of them" in told) == (served > 0)
        empty = f"{row['places'] - served} of its {row['places']} places stay empty" in told
        assert empty == (0 < 2 * served < row["places"])


@pytest.mark.slow
def test_what_stays_missing_adds_up(mini_study: Study, sited: Plan) -> None:
    table, plans = sited.deficits, sited.kindergarten_plans
    assert (table["unserved"] == table[CURES].sum(axis=1)).all()
    assert (table["children"] == table["served"] + table["unserved"]).all()
    assert set(table["township_code"]) == set(mini_study.settlements["township_code"])
    # By county the two tables say the same, and so does the county table of the whole plan.
    by_county = table.groupby("county_code")[["children", "unserved"]].sum()
    told = plans.set_index("county_code")
    assert told["children"].to_list() == by_county["children"].to_list()
    assert told["unserved_after"].to_list() == by_county["unserved"].to_list()
    served = sited.served[sited.served["programme"] == "kindergarten"]["pupils"].sum()
    assert (told["unserved_before"] - told["unserved_after"]).sum() == served
    assert list(deficit_failures(mini_study, sited)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("deficits", "children", "children is not what the study and the sites count"),
        ("deficits", "unserved", "unserved is not what"),
        ("deficits", "unserved_scattered", "unserved is not what"),
        ("deficits", "places_new", "places_new is not what"),
        ("kindergarten_plans", "unserved_before", "unserved_before is not what"),
        ("kindergarten_plans", "new_classes", "new_classes is not what"),
        ("kindergarten_plans", "floor_missing", "floor_missing is not what"),
        ("kindergarten_plans", "surplus_until", "the children by year"),
        ("kindergarten_plans", "until", "the years of a county's plan"),
        ("kindergarten_plans", "townships", "the townships without a kindergarten"),
    ],
)
def test_what_is_told_wrong_is_caught(
    mini_study: Study, sited: Plan, table: str, column: str, words: str
) -> None:
    rows = getattr(sited, table).copy()
    rows.loc[0, column] += 1
    changed = replace(sited, **{table: rows})
    assert words in " ".join(deficit_failures(mini_study, changed))


@pytest.mark.slow
def test_a_site_a_school_that_grows_and_a_county_explain_themselves(sited: Plan) -> None:
    for site_id in sited.sites["site_id"]:
        told = sited.explain(site_id)
        assert "Why here: " in told
    for row in sited.kindergarten_plans.to_dict("records"):
        told = sited.explain(row["county_code"])
        assert told == sited.explain(row["name"])
        assert f"Kindergarten layout plan of {row['name']} for 2023." in told
        assert f"{row['unserved_after']} after the plan" in told
        # Each of its sites, and each year, is named.
        mine = sited.sites[sited.sites["county_code"] == row["county_code"]]
        mine = mine[mine["programme"] == "kindergarten"]
        assert all(f"({one})" in told for one in mine["site_id"])
        assert all(f"{row['year'] + at}: " in told for at in range(row["until"] - row["year"] + 1))
    layout.set_language("zh")
    assert "幼儿园布局规划" in sited.explain("451026")
    with pytest.raises(UsageError):
        sited.explain("451099")


def test_a_runner_up_is_named_with_what_it_costs() -> None:
    plan = fake_plan()
    row = plan.sites[plan.sites["kind"] == "new"].iloc[0]
    told = plan.explain(row["site_id"])
    name = plan.study.settlements.at[row["runner_up"], "name"]
    assert f"If this site were impossible, {name} ({row['runner_up']})" in told
    assert "1.5 children fewer would be served" in told
    nobody = plan.sites.assign(runner_up="", runner_up_loss=0.0)
    told = replace(plan, sites=nobody).explain(row["site_id"])
    assert "nothing would take its place; that loses nothing of the first goal" in told


@pytest.mark.slow
def test_townships_without_a_public_kindergarten_are_named(today: Plan) -> None:
    study = today.study
    # The township of one public kindergarten loses its own: all in it become private.
    schools = study.schools
    town = schools.loc[schools["type_code"] == "111", "township_code"].min()
    ownership = schools["ownership"].mask(schools["township_code"] == town, "private")
    homes = study.settlements.assign(township="Lonely")
    changed = replace(study, schools=schools.assign(ownership=ownership), settlements=homes)
    plan = site(replace(today, study=changed), "kindergarten")
    county = study.settlements.loc[study.settlements["township_code"] == town, "county_code"].iloc[
        0
    ]
    row = plan.kindergarten_plans.set_index("county_code").loc[county]
    assert town in row["townships_without_before"].split(";")
    told = " ".join(map(str, plan.notes))
    built = set(plan.sites.loc[plan.sites["kind"] == "new", "township_code"])
    assert (town in row["townships_without_after"].split(";")) == (town not in built)
    assert "Townships without a public kindergarten: " in told or "none today. Whether" in told
    assert (plan.deficits["township"] == "Lonely").all()
    assert list(deficit_failures(changed, plan)) == []


def test_names_of_townships_are_those_of_their_settlements() -> None:
    study = fake_plan().study
    assert township_names(study) == {}
    codes = study.settlements["township_code"]
    named = study.settlements.assign(township="T " + codes)
    named.loc[named.index[0], "township"] = ""
    names = township_names(replace(study, settlements=named))
    assert names == {code: f"T {code}" for code in sorted(set(codes))}


@pytest.mark.slow
def test_sites_that_open_half_empty_are_counted(today: Plan) -> None:
    plan = site(today, "kindergarten", levers=SiteLevers(floors=False))
    asked = today.study.programmes.kindergarten
    assert asked is not None
    few = plan.sites.assign(pupils_served=1)
    new = few[few["kind"] == "new"]
    need = kindergarten_need(today.study, asked.year, walk=today.ways().walk)
    for floors in (True, False):
        told = " ".join(map(str, kindergarten_notes(today.study, asked, need, few, floors=floors)))
        assert f"Of {len(new)} new kindergartens {len(new)} open less than half full" in told
        assert all(f"{row['site_id']} (1/{row['places']})" in told for _, row in new.iterrows())
        assert ("the price of the floors" in told) == floors


@pytest.mark.slow
def test_the_runner_up_is_what_a_plan_without_the_site_builds(today: Plan, sited: Plan) -> None:
    new = sited.sites[sited.sites["kind"] == "new"]
    run = sited.run_of("kindergarten")
    assert run is not None
    for row in new[new["programme"] == "kindergarten"].to_dict("records"):
        forbid = SiteLevers(forbid=(row["settlement_id"],))
        without = site(today, "kindergarten", levers=forbid)
        other = without.run_of("kindergarten")
        assert other is not None
        assert row["settlement_id"] not in set(without.sites["settlement_id"])
        # What the leading level loses is what the plan without it loses.
        lost = abs(other.levels[0].objective - run.levels[0].objective)
        assert row["runner_up_loss"] == pytest.approx(lost, abs=1e-6)
    assert not set(new["runner_up"]) & set(new["settlement_id"])
    assert (new["runner_up_loss"] >= 0).all()
    grown = sited.sites[sited.sites["kind"] == "expansion"]
    assert (grown["runner_up"] == "").all()
    assert grown["runner_up_loss"].isna().all()
