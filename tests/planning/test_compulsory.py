"""Compulsory schools: new ones anywhere, those that grow, and what is said of both."""

from __future__ import annotations

import itertools
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

import layout.planning.siting.compulsory.chosen as chosen_module
from layout.app.plan import Plan
from layout.core.errors import InfeasibleError, InputError, UsageError
from layout.core.standards import STAGES
from layout.demand.groups import assignment_today, groups
from layout.inputs.study.file import parse_study, read_toml
from layout.inputs.study.study import CompulsoryProgramme, Study
from layout.location.solver.highs import Effort
from layout.network.travel import StudyTravel, study_travel
from layout.output.lists.runfile import run_record
from layout.output.maps.report import model_rows
from layout.planning.contract import PlanTables
from layout.planning.counties import county_notes, county_table
from layout.planning.counties.classes import grown_schools, large_classes, pupils_by_grade
from layout.planning.final import final_state
from layout.planning.siting import SiteLevers, site
from layout.planning.siting.compulsory.around import most_anywhere, pupils_around
from layout.planning.siting.compulsory.chosen import Chosen, choose_sites
from layout.planning.siting.compulsory.growing import (
    growing_schools,
    growing_ways,
    grown_relief,
    room_to_grow,
)
from layout.planning.siting.compulsory.overflow import Overflow, overflow, site_ways
from layout.planning.siting.compulsory.problem import most_places, pool_pairs, smallest_places
from layout.planning.siting.compulsory.pupils import future_pupils, nearest_schools
from layout.planning.siting.rejected import programme_ground
from layout.planning.verify.check import failures
from layout.planning.verify.facts import gather
from layout.planning.verify.relieved import relieved_failures
from tests.worlds.baise import BaisePlan

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def crowded(mini_study: Study) -> Plan:
    """Today's plan of the small study with smaller classes, so that many schools are too full."""
    norms = replace(
        mini_study.standards,
        class_size_primary=18,
        class_size_junior=34,
        large_class=24,
        super_large_class=32,
        junior_min_classes=6,
    )
    study = replace(mini_study, standards=norms)
    ways = study_travel(study)
    table = assignment_today(groups(study, ways.walk, ways.bus))
    return Plan(name="today", study=study, assignment=table, travel=ways)


def asking(plan: PlanTables, *, sites: int, expansions: int, classes: int = 0) -> PlanTables:
    """The plan with a compulsory programme alone."""
    asked = CompulsoryProgramme(sites=sites, expansions=expansions, year=2023, classes=classes)
    programmes = plan.study.programmes.model_copy(
        update={"compulsory": asked, "kindergarten": None}
    )
    return replace(plan, study=replace(plan.study, programmes=programmes))


def overflowing(plan: PlanTables) -> tuple[pd.DataFrame, Overflow]:
    """Pupils of the programme's year, and who of them is over the class places."""
    ways = plan.ways()
    near = nearest_schools(plan.study, plan.assignment, walk=ways.walk, bus=ways.bus)
    pupils = future_pupils(plan.study, 2023, plan.assignment, near=near)
    return pupils, overflow(plan.study, pupils, assignment=plan.assignment)


@pytest.fixture(scope="module")
def grown(crowded: Plan) -> PlanTables:
    """Two new schools and three that grow, with the measures of the counties."""
    before = asking(crowded, sites=2, expansions=3)
    plan = site(before, "compulsory")
    return replace(plan, counties=county_table(plan.study, before=before, after=plan))


def broken(plan: PlanTables) -> str:
    ways = plan.ways()
    return " ".join(failures(plan.study, ways.walk, ways.bus, plan))


@pytest.mark.more
def test_a_plan_with_schools_that_grow_passes_and_conserves_everybody(grown: PlanTables) -> None:
    assert broken(grown) == ""
    rows = grown.sites[grown.sites["kind"] == "expansion"]
    assert len(rows) == 3
    assert (rows["site_id"] == rows["school_id"]).all()
    assert (rows["pupils_served"] <= rows["places"]).all()
    by_grade = rows["classes"] % rows["stage"].map({s: len(STAGES[s]) for s in STAGES})
    assert (by_grade == 0).all()
    # Those who stay stand in no row, and nobody is lost or counted twice.
    come = grown.served.groupby("site_id")["pupils"].sum()
    assert (rows["pupils_served"] >= come.reindex(rows["site_id"], fill_value=0).to_numpy()).all()
    state = final_state(grown)
    assert state["pupils"].sum() == grown.assignment["pupils"].sum()
    pupils = pupils_by_grade(grown.study, grown)
    at_new = grown.served["site_id"].isin(grown.sites.loc[grown.sites["kind"] == "new", "site_id"])
    gone = grown.served.loc[at_new, "pupils"].sum()
    assert pupils.to_numpy().sum() == grown.assignment["pupils"].sum() - gone
    counties = grown.counties
    assert counties["pupils_after"].sum() == counties["pupils_before"].sum()
    added = grown.sites["classes"].sum()
    assert counties["classes_after"].sum() == counties["classes_before"].sum() + added
    short = counties[[f"places_short_compulsory_{when}" for when in ("before", "after")]].sum()
    assert short.iloc[1] < short.iloc[0]


@pytest.mark.parametrize("expansions", [1, 2])
def test_schools_that_grow_are_those_of_brute_force(crowded: Plan, expansions: int) -> None:
    plan = asking(crowded, sites=0, expansions=expansions)
    pupils, over = overflowing(plan)
    asked = plan.study.programmes.compulsory
    assert asked is not None
    found = growing_schools(
        plan.study,
        over,
        pupils,
        asked,
        Effort(),
        SiteLevers(),
        ways=plan.ways(),
        closed=plan.closed,
        label=0,
    )
    # Every school that is full and may grow, as large as it may become.
    room = room_to_grow(plan.study, plan.closed)
    norms = plan.study.standards
    size = {"primary": 6 * norms.class_size_primary, "junior": 3 * norms.class_size_junior}
    attended = pupils.groupby("school_id")["pupils"].sum()
    rows = [
        (school, stage, int(steps) * size[stage])
        for stage in size
        for school, steps in room[stage].items()
        if steps and school in attended.index
    ]
    sites = pd.DataFrame(rows, columns=["school_id", "stage", "places"])
    near = set(over.pools["school_id"]) | set(found.reach["site"].map(found.sites["school_id"]))
    sites = sites[sites["school_id"].isin(near)].reset_index(drop=True)
    reach = growing_ways(plan.study, sites, plan.ways())
    best = 0
    for some in itertools.combinations(sites.index, expansions):
        part = sites.loc[list(some)]
        if part["school_id"].duplicated().any():
            continue
        come, kept = grown_relief(over, part, reach)
        best = max(best, int(come["amount"].sum() + kept.sum()))
    assert found.answer is not None
    assert found.sites["pupils_served"].sum() == best > 0
    assert found.answer.levels[0].status == "proven"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"classes": 1}, "classes are added that the school may not have"),
        ({"classes": 600, "places": 600 * 18}, "over the ceiling"),
        ({"pupils_served": 0}, "other numbers than they serve|where"),
        ({"school_id": "nowhere"}, "schools to expand are unknown"),
        ({"kind": "new"}, "schools grow instead of 3"),
    ],
)
def test_what_a_school_may_not_gain_is_caught(
    grown: PlanTables, change: dict[str, object], words: str
) -> None:
    sites = grown.sites.copy()
    mine = sites[(sites["kind"] == "expansion") & (sites["stage"] == "primary")]
    sites.loc[mine.index[0], list(change)] = list(change.values())
    told = broken(replace(grown, sites=sites))
    assert any(word in told for word in words.split("|"))


def test_a_private_school_may_not_grow_and_nobody_comes_to_where_he_is(grown: PlanTables) -> None:
    row = grown.sites[grown.sites["kind"] == "expansion"].iloc[0]
    schools = grown.study.schools.copy()
    schools.loc[row["school_id"], "ownership"] = "private"
    other = replace(grown, study=replace(grown.study, schools=schools))
    assert "may not grow" in broken(other)
    assert row["school_id"] not in room_to_grow(other.study, other.closed).index
    served = grown.served.copy()
    first = served.index[served["site_id"].isin(grown.sites["site_id"])][0]
    served.loc[first, "from_school"] = served.loc[first, "site_id"] = row["site_id"]
    served.loc[first, "band"] = "7-9" if row["stage"] == "junior" else "4-6"
    ways = grown.ways()
    facts = gather(grown.study, ways.walk, ways.bus, replace(grown, served=served))
    assert "come to the school where they are" in " ".join(relieved_failures(facts))


@pytest.mark.more
def test_more_schools_than_may_grow_are_refused(crowded: Plan) -> None:
    with pytest.raises(InfeasibleError, match="smallest relaxation") as caught:
        site(asking(crowded, sites=1, expansions=500), "compulsory")
    assert caught.value.diagnosis["rule"] == "expansions"
    most = caught.value.diagnosis["relaxation"]["expansions"]
    assert isinstance(most, int)
    whole = site(asking(crowded, sites=1, expansions=most), "compulsory")
    assert (whole.sites["kind"] == "expansion").sum() == most


def test_only_the_compulsory_programme_names_expansions(mini_path: object) -> None:
    data = read_toml(mini_path, file="mini.toml")  # type: ignore[arg-type]
    data["programmes"]["compulsory"]["expansions"] = 4
    parsed = parse_study(data, file="mini.toml").programmes.compulsory
    assert parsed is not None
    assert parsed.expansions == 4
    data["programmes"]["kindergarten"]["expansions"] = 4
    with pytest.raises(InputError, match=r"programmes\.kindergarten\.expansions"):
        parse_study(data, file="mini.toml")


def test_without_a_number_the_plan_says_what_growing_schools_would_cure(crowded: Plan) -> None:
    before = asking(crowded, sites=1, expansions=0)
    plan = site(before, "compulsory")
    plan = replace(plan, counties=county_table(plan.study, before=before, after=plan))
    assert (plan.sites["kind"] == "new").all()
    told = " ".join(map(str, plan.notes))
    assert "names no number of existing schools to expand" in told
    notes = [str(note) for note in county_notes(plan)]
    norms, counties = plan.study.standards, plan.counties
    large = int(counties["large_classes_after"].sum())
    classes = int(counties["classes_after"].sum())
    assert f"{large} of {classes} under the plan" in notes[0]
    assert "at most 5.0%" in notes[0]
    assert large > norms.large_class_share * classes
    cure = next(note for note in notes if "existing school" in note)
    assert "would bring the classes of 24 pupils or more to" in cure
    missed = next(note for note in notes if "would cure all of these" in note)
    share = counties["large_classes_after"] / counties["classes_after"]
    over = counties.loc[share > norms.large_class_share, "name"]
    assert len(over) > 0
    assert all(name in missed for name in over)
    assert any("grades 4-6" in note and "→" in note for note in notes)
    assert county_notes(before) == ()


def test_a_school_that_grows_says_who_stays(grown: PlanTables) -> None:
    rows = grown.sites[grown.sites["kind"] == "expansion"].set_index("site_id")
    come = grown.served.groupby("site_id")["pupils"].sum().reindex(rows.index, fill_value=0)
    stay = (rows["pupils_served"] - come).sort_values()
    told = Plan.of(grown).explain(str(stay.index[-1]))
    assert stay.iloc[-1] > 0
    assert f"{stay.iloc[-1]} of them are its own pupils" in told
    alone = replace(grown, served=grown.served.iloc[:0])
    assert "serves nobody" not in Plan.of(alone).explain(str(stay.index[-1]))


def test_where_no_school_may_grow_new_ones_alone_cure(crowded: Plan) -> None:
    before = asking(crowded, sites=1, expansions=0)
    schools = before.study.schools.assign(type_code="219")
    plan = site(before, "compulsory")
    plan = replace(plan, counties=county_table(plan.study, before=before, after=plan))
    told = county_notes(replace(plan, study=replace(plan.study, schools=schools)))
    assert "No existing school that may grow" in " ".join(map(str, told))


def test_added_classes_cure_large_ones_grade_by_grade(grown: PlanTables) -> None:
    study = grown.study
    larger = grown_schools(study, grown)
    row = grown.sites[grown.sites["kind"] == "expansion"].iloc[0]
    grades = [f"classes_{grade}" for grade in STAGES[row["stage"]]]
    gained = (larger.schools[grades] - study.schools[grades]).loc[row["school_id"]]
    assert gained.sum() == row["classes"]
    assert gained.nunique() == 1
    pupils, line = pupils_by_grade(study, grown), study.standards.large_class
    now, then = (large_classes(one, pupils, line=line) for one in (study, larger))
    # Elsewhere nothing changes, and in the city there are fewer.
    assert set(now.index[now != then]) <= set(grown.sites["school_id"])
    assert then.sum() < now.sum()


def test_pupils_of_later_years_are_counted(grown: PlanTables) -> None:
    years = grown.site_years
    assert set(years["site_id"]) == set(grown.sites["site_id"])
    assert (years["children"] <= years["places"]).all()
    first = years[years["year"] == 2023]
    served = grown.sites.set_index("site_id")["pupils_served"]
    for _, rows in first.groupby("births"):
        assert rows.set_index("site_id")["children"].to_dict() == served.to_dict()
    # Fewer births leave fewer pupils over the places.
    total = years.groupby(["year", "births"])["children"].sum().unstack()
    assert (total["low"] <= total["middle"]).all()
    assert (total["middle"] <= total["high"]).all()
    told = " ".join(map(str, grown.notes))
    assert "over the class places by year" in told


def small_world(seed: int) -> tuple[Overflow, pd.DataFrame]:
    """Three full schools and five settlements, and whom a school there could take."""
    rng = np.random.default_rng(seed)
    pools = pd.DataFrame(
        {"stage": ["primary", "primary", "junior"], "over": rng.integers(3, 12, 3)}
    ).rename_axis("pool")
    rows = [
        (pool, home, int(rng.integers(1, pools.at[pool, "over"] + 1)))
        for pool in pools.index
        for home in "abcde"
        if rng.random() < 0.6
    ]
    around = pd.DataFrame(rows, columns=["pool", "settlement_id", "pupils"])
    return Overflow(groups=pd.DataFrame(), pools=pools), around


def most_by_force(over: Overflow, around: pd.DataFrame, places: pd.Series, sites: int) -> int:
    """The most that any so many schools relieve, by a maximum flow for every choice."""
    stage = over.pools["stage"].reindex(around["pool"]).to_numpy()
    keys = list(zip(stage, around["settlement_id"], strict=True))
    names, n_pools, best = sorted(set(keys)), len(over.pools), 0
    for some in itertools.combinations(names, min(sites, len(names))):
        source, sink = n_pools + len(some), n_pools + len(some) + 1
        graph = sparse.lil_array((sink + 1, sink + 1), dtype=np.int32)
        graph[source, :n_pools] = over.pools["over"].to_numpy()
        for position, (kind, _) in enumerate(some):
            graph[n_pools + position, sink] = places[kind]
        for key, pool, pupils in zip(keys, around["pool"], around["pupils"], strict=True):
            if key in some:
                graph[pool, n_pools + some.index(key)] = pupils
        best = max(best, maximum_flow(sparse.csr_array(graph), source, sink).flow_value)
    return best


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("sites", [1, 2])
def test_no_schools_anywhere_relieve_more_than_the_bound(seed: int, sites: int) -> None:
    over, around = small_world(seed)
    places = pd.Series({"primary": 7, "junior": 5})
    best = most_by_force(over, around, places, sites)
    bound = most_anywhere(over, around, places, sites=sites, goal=best).most
    # A bound that never cuts off the best, and is little more than it.
    assert best <= bound <= 1.35 * best + 1
    capped = most_anywhere(over, around, places, sites=sites, goal=0, places_in_all=2).most
    assert capped <= 2


def test_whoever_can_get_to_a_settlement_is_counted_there(crowded: Plan) -> None:
    _, over = overflowing(crowded)
    around = pupils_around(crowded.study, over)
    homes = crowded.study.settlements.iloc[::7]
    for stage in ("primary", "junior"):
        points = gpd.GeoDataFrame({"stage": stage}, geometry=homes.geometry, index=homes.index)
        ways = chosen_module.group_ways(over, site_ways(crowded.study, points))
        exact = pool_pairs(over, ways).rename(columns={"demand": "pool", "site": "settlement_id"})
        both = exact.merge(around, on=["pool", "settlement_id"], how="left")
        assert len(both) > 0
        assert (both["most"] <= both["pupils"]).all()
        # Nearly all of them ride or walk within the limits.
        assert both["most"].sum() > 0.9 * both["pupils"].sum()


def chosen_with(plan: PlanTables, *, seed: int, n_sites: int = 3) -> Chosen:
    pupils, over = overflowing(plan)
    asked = CompulsoryProgramme(sites=n_sites, year=2023)
    least = smallest_places(plan.study.standards)
    ground = programme_ground(plan, "compulsory", least, force=())
    return choose_sites(plan.study, over, pupils, asked, None, SiteLevers(), ground, seed=seed)


@pytest.mark.more
def test_another_seed_relieves_as_many(crowded: Plan) -> None:
    relieved = [chosen_with(crowded, seed=seed).relieved for seed in range(3)]
    assert max(relieved) <= 1.005 * min(relieved)
    first = chosen_with(crowded, seed=0)
    assert max(relieved) <= first.anywhere.most
    assert first.beyond == (first.anywhere.most - first.relieved) / first.relieved


@pytest.mark.more
def test_another_seed_relieves_as_many_in_baise(
    baise_study: Study, baise_ways: StudyTravel, baise_plan: BaisePlan
) -> None:
    assignment = baise_plan.table("assignment")
    plan = Plan(name="closed", study=baise_study, assignment=assignment, travel=baise_ways)
    relieved = [chosen_with(plan, seed=seed, n_sites=12).relieved for seed in (0, 1)]
    assert max(relieved) <= 1.005 * min(relieved)


@pytest.mark.more
def test_poor_candidates_are_widened(crowded: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = chosen_with(crowded, seed=0)
    chosen = whole.anywhere.sites
    worst = chosen.groupby("stage", group_keys=False).tail(2)[["stage", "settlement_id"]]
    poor = pd.concat([worst, chosen.tail(3)[["stage", "settlement_id"]]]).drop_duplicates()
    monkeypatch.setattr(chosen_module, "compulsory_candidates", lambda *_, **__: poor)
    found = chosen_with(crowded, seed=0)
    assert len(found.located) > len(poor)
    assert found.relieved >= 0.97 * whole.relieved


@pytest.mark.more
def test_levers_of_compulsory_schools(crowded: Plan) -> None:
    plan = asking(crowded, sites=2, expansions=1)
    free = site(plan, "compulsory").sites
    first = free.loc[free["kind"] == "new", "settlement_id"].iloc[0]
    school = free.loc[free["kind"] == "expansion", "school_id"].iloc[0]
    other = site(plan, "compulsory", levers=SiteLevers(forbid=(first, school))).sites
    assert first not in set(other["settlement_id"])
    assert school not in set(other["school_id"])
    elsewhere = plan.study.settlements.index.difference(pd.Index(free["settlement_id"]))[5]
    forced = site(plan, "compulsory", levers=SiteLevers(force=(elsewhere,))).sites
    assert (forced["settlement_id"] == elsewhere).sum() == 1
    code = free.loc[free["kind"] == "new", "county_code"].iloc[0]
    fewer = site(plan, "compulsory", levers=SiteLevers(quota={code: 0})).sites
    assert code not in set(fewer.loc[fewer["kind"] == "new", "county_code"])


def test_the_number_of_expansions_is_a_lever(crowded: Plan) -> None:
    plan = site(asking(crowded, sites=1, expansions=0), "compulsory", expansions=2)
    assert (plan.sites["kind"] == "expansion").sum() == 2
    asked = plan.study.programmes.compulsory
    assert asked is not None
    assert asked.expansions == 2
    with pytest.raises(UsageError, match="no number of expansions"):
        site(crowded, "kindergarten", expansions=2)


def test_who_arrives_by_a_closure_counts_at_the_school_that_receives(crowded: Plan) -> None:
    _, over = overflowing(crowded)
    full = over.pools[over.pools["stage"] == "primary"].iloc[0]
    rows = crowded.assignment.copy()
    # A small school of the stage closes into the full one.
    primary = rows[rows["band"].isin(["1-3", "4-6"]) & (rows["to_school"] != full["school_id"])]
    small = primary.groupby("to_school")["pupils"].sum().idxmin()
    moved = primary.index[primary["to_school"] == small]
    rows.loc[moved, "to_school"] = full["school_id"]
    _, then = overflowing(replace(crowded, assignment=rows))
    keys = ["school_id", "stage"]
    before, after = (one.pools.set_index(keys)["over"] for one in (over, then))
    key = (full["school_id"], "primary")
    assert after[key] > before[key]
    assert (small, "primary") not in after.index


def test_the_plan_says_among_how_many_candidates(grown: PlanTables) -> None:
    run = grown.run_of("compulsory")
    assert run is not None
    assert run.candidates is not None
    assert run.beyond is not None
    assert 0 <= run.beyond <= 0.2
    assert run.detail["expansions"] == 3
    assert run.detail["expanded"] <= run.detail["expanded_bound"]
    told = " ".join(map(str, grown.notes))
    assert f"among {run.candidates} candidates" in told
    shown = next(row for row in model_rows(grown) if row["key"] == "compulsory")
    assert f"Chosen among {run.candidates} candidates" in shown["sentence"]
    kept = next(m for m in run_record(grown)["models"] if m["model"] == "compulsory")
    assert (kept["candidates"], kept["beyond"]) == (run.candidates, run.beyond)
    assert "3 existing schools grow by" in told
    # The notes of a programme that is sited again are those of its last choice.
    again = site(asking(grown, sites=2, expansions=0), "compulsory")
    assert "existing schools grow by" not in " ".join(map(str, again.notes))
    assert set(again.site_years["site_id"]) == set(again.sites["site_id"])


def test_counties_without_a_school_are_named(crowded: Plan) -> None:
    plan = site(asking(crowded, sites=1, expansions=0), "compulsory")
    _, over = overflowing(plan)
    without = set(over.pools["county_code"]) - set(plan.sites["county_code"])
    told = next(str(n) for n in plan.notes if str(n).startswith("Counties that get no school"))
    assert without
    assert all(str(plan.study.units.at[code, "name"]) in told for code in without)
    assert most_places(plan.study.standards)["primary"] == 24 * 18
