"""Siting on the small study, and the rules of its parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from layout.app.plan import Plan
from layout.core.errors import InfeasibleError, UsageError
from layout.demand.demography import children, school_year
from layout.demand.groups import assignment_today, group_counts, groups
from layout.inputs.study.study import (
    CompulsoryProgramme,
    Programmes,
    SiteProgramme,
    Study,
)
from layout.location import ModularProblem
from layout.network.travel import study_travel
from layout.planning.contract import COUNTIES, SITES
from layout.planning.counties import county_table
from layout.planning.siting import SiteLevers, explain_site, site, unplanned
from layout.planning.siting.candidates import candidates, undominated
from layout.planning.siting.compulsory.overflow import class_places, overflow, relief
from layout.planning.siting.compulsory.pupils import future_pupils, nearest_schools
from layout.planning.siting.kindergarten.ceilings import reading
from layout.planning.siting.kindergarten.need import (
    existing_classes,
    expansion_room,
    preschool_demand,
)
from layout.planning.siting.kindergarten.problem import shared_out
from layout.planning.verify.facts import gather
from layout.planning.verify.relieved import conserved_failures, relieved_failures
from layout.planning.verify.served import served_failures, served_rows_failures
from tests.worlds.fake_plan import fake_plan, fake_study
from tests.worlds.straight import straight_matrix


def with_programme(
    study: Study,
    *,
    kindergarten: SiteProgramme | None = None,
    compulsory: CompulsoryProgramme | None = None,
) -> Study:
    programmes = study.programmes.model_copy(
        update={"kindergarten": kindergarten, "compulsory": compulsory}
    )
    return replace(study, programmes=programmes)


@pytest.fixture(scope="module")
def today(mini_study: Study) -> Plan:
    ways = study_travel(mini_study)
    table = assignment_today(groups(mini_study, ways.walk, ways.bus))
    return Plan(name="today", study=mini_study, assignment=table, travel=ways)


@pytest.fixture(scope="module")
def sited(mini_study: Study, today: Plan) -> Plan:
    plan = site(today, "kindergarten")
    return site(plan, "compulsory")


def test_one_site_stands_in_for_two_only_where_it_holds_the_children_of_both() -> None:
    reached = {"A": ["a"], "B": ["b"], "C": ["a", "b"], "D": ["a", "b"]}
    pairs = pd.DataFrame(
        [(demand, site) for site, demands in reached.items() for demand in demands],
        columns=["demand", "site"],
    )
    left = pd.DataFrame({0: [300, 300], 1: [150, 200]}, index=["a", "b"])
    # C and D hold 360 of 600: only two sites serve all, at A and at B.
    assert undominated(pairs, left, places=360).tolist() == ["A", "B", "C", "D"]
    assert undominated(pairs, left, places=600).tolist() == ["C"]
    # Of the later year alone, one site is enough.
    assert undominated(pairs, left[[1]], places=360).tolist() == ["C"]


@pytest.mark.more
@pytest.mark.slow
def test_more_served_than_the_places_allow_is_caught(mini_study: Study, sited: Plan) -> None:
    ways = study_travel(mini_study)
    assert list(served_failures(mini_study, ways.walk, sited)) == []
    sites = sited.sites.copy()
    mine = sites["programme"] == "kindergarten"
    room = mine & (sites["pupils_served"] < sites["places"])
    sites.loc[room, "pupils_served"] = sites.loc[room, "places"]
    told = int(sites.loc[mine, "pupils_served"].sum())
    changed = replace(sited, sites=sites)
    assert f"serve {told} children, but no more than" in " ".join(
        served_failures(mini_study, ways.walk, changed)
    )
    assert "other numbers than they serve" in " ".join(served_rows_failures(mini_study, changed))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("programme", "change", "words"),
    [
        ("kindergarten", {"from_school": "x"}, "others than small children"),
        ("kindergarten", {"pupils": 5000}, "more children are served than want a place"),
        ("kindergarten", {"settlement_id": "far"}, "out of their reach"),
        ("kindergarten", {"minutes": 99.0}, "told otherwise than they are"),
        ("compulsory", {"band": "preschool"}, "another stage"),
        ("compulsory", {"settlement_id": "far"}, "out of their reach"),
        ("compulsory", {"mode": "board"}, "told otherwise than they are"),
        ("compulsory", {"pupils": 5000}, "give up more pupils than they have over"),
        ("compulsory", {"pupils": 1}, "where"),
    ],
)
def test_who_is_served_is_checked_from_scratch(
    mini_study: Study, sited: Plan, programme: str, change: dict[str, object], words: str
) -> None:
    ways = study_travel(mini_study)
    served = sited.served.copy()
    largest = served.loc[served["programme"] == programme, "pupils"].idxmax()
    if change.get("settlement_id") == "far":
        # A settlement that the site does not serve, and none within its reach.
        site = served.at[largest, "site_id"]
        row = sited.sites.set_index("site_id").loc[site]
        points = mini_study.settlements.geometry
        away = np.hypot(points.x - row["lon"], points.y - row["lat"])
        change = {"settlement_id": away.idxmax()}
    served.loc[largest, list(change)] = list(change.values())
    changed = replace(sited, served=served)
    facts = gather(mini_study, ways.walk, ways.bus, changed)
    broken = " ".join([*served_failures(mini_study, ways.walk, changed), *relieved_failures(facts)])
    assert words in broken


@pytest.mark.slow
def test_a_plan_with_sites_passes_and_counts_everybody_once(
    mini_study: Study, today: Plan, sited: Plan
) -> None:
    ways = study_travel(mini_study)
    whole = replace(sited, counties=county_table(mini_study, before=today, after=sited))
    facts = gather(mini_study, ways.walk, ways.bus, whole)
    assert [*relieved_failures(facts), *conserved_failures(facts)] == []
    assert list(served_rows_failures(mini_study, whole)) == []
    counties = whole.counties.copy()
    counties.loc[0, "pupils_after"] += 1
    facts = gather(mini_study, ways.walk, ways.bus, replace(whole, counties=counties))
    assert "count other pupils" in " ".join(conserved_failures(facts))
    served = whole.served.assign(from_school="nowhere")
    facts = gather(mini_study, ways.walk, ways.bus, replace(whole, served=served))
    assert "more pupils are taken" in " ".join(conserved_failures(facts))
    twice = pd.concat([whole.served, whole.served.iloc[:1].assign(pupils=0.5)])
    broken = " ".join(served_rows_failures(mini_study, replace(whole, served=twice)))
    assert "stands twice" in broken
    assert "not a whole number" in broken
    lost = whole.served.assign(settlement_id="nowhere")
    broken = " ".join(served_rows_failures(mini_study, replace(whole, served=lost)))
    assert "unknown settlements" in broken


@pytest.mark.slow
def test_kindergartens_keep_numbers_and_ceiling(mini_study: Study, sited: Plan) -> None:
    programme = mini_study.programmes.kindergarten
    assert programme is not None
    norms, sites = mini_study.standards, sited.sites
    rows = sites[sites["programme"] == "kindergarten"]
    new, grown = rows[rows["kind"] == "new"], rows[rows["kind"] == "expansion"]
    assert sites.columns.tolist() == [*SITES, "geometry"]
    assert len(new) == programme.sites
    assert rows["classes"].sum() == programme.classes
    assert rows["places"].sum() == programme.places
    assert (rows["pupils_served"] <= rows["places"]).all()
    assert new["classes"].between(norms.kindergarten_min_classes, 12).all()
    room = expansion_room(mini_study)
    assert (grown["classes"].to_numpy() <= room.loc[grown["site_id"]].to_numpy()).all()
    assert (mini_study.schools.loc[grown["site_id"], "ownership"] == "public").all()
    assert new["site_id"].tolist() == [f"K-{k + 1:03d}" for k in range(len(new))]
    assert (rows["stage"] == "preschool").all()
    assert new["settlement_id"].isin(mini_study.settlements.index).all()
    assert (grown["site_id"] == grown["school_id"]).all()
    assert (new["school_id"] == "").all()
    assert (grown["settlement_id"] == "").all()
    run = sited.run_of("kindergarten")
    assert run is not None
    assert run.status == "proven"
    years = sited.site_years[sited.site_years["births"] == "middle"]
    years = years[years["site_id"].isin(rows["site_id"])]
    assert run.detail["covered"] == years["children"].sum()
    assert [level.level for level in run.levels][-3:] == ["covered", "uneven", "travel"]
    first = years[years["year"] == programme.year].set_index("site_id")["children"]
    assert first.sum() == rows["pupils_served"].sum()
    assert (years["children"] <= years["places"]).all()


@pytest.mark.slow
def test_the_conflict_is_told_with_its_numbers(sited: Plan) -> None:
    told = " ".join(map(str, sited.notes))
    assert "26 classes in 2 new kindergartens are 13.0 classes and 390 children each" in told
    assert "at least 3 kindergartens" in told
    assert "2 new kindergartens of up to 13 classes (390 children) and no expansions" in told
    assert "to the letter: 2 new kindergartens of at most 12 classes and no expansions" in told
    assert "24 classes and 720 places, 2 classes are not built" in told


@pytest.mark.slow
def test_compulsory_sites_relieve_full_schools(mini_study: Study, sited: Plan) -> None:
    rows = sited.sites[sited.sites["programme"] == "compulsory"]
    assert len(rows) == 1
    assert rows["stage"].isin(["primary", "junior"]).all()
    assert rows["classes"].isin([6, 12, 18, 24]).all()
    assert (rows["pupils_served"] <= rows["places"]).all()
    assert rows["pupils_served"].sum() > 0
    assert len(sited.sites["programme"].unique()) == 2


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing(mini_study: Study, today: Plan, sited: Plan) -> None:
    attendance = mini_study.attendance
    assert attendance is not None
    turned = replace(
        mini_study,
        settlements=mini_study.settlements.iloc[::-1],
        schools=mini_study.schools.iloc[::-1],
        attendance=attendance.iloc[::-1],
    )
    plan = replace(today, study=turned, assignment=today.assignment.iloc[::-1])
    for programme in ("kindergarten", "compulsory"):
        plan = site(plan, programme)
    pd.testing.assert_frame_equal(plan.sites, sited.sites)
    assert plan.notes == sited.notes


@pytest.mark.slow
def test_counties_add_up_before_and_after(mini_study: Study, today: Plan, sited: Plan) -> None:
    table = county_table(mini_study, before=today, after=sited)
    assert table.columns.tolist() == list(COUNTIES)
    assert table["county_code"].tolist() == sorted(mini_study.units.index)
    assert table["pupils_before"].sum() == today.assignment["pupils"].sum()
    assert table["pupils_after"].sum() == table["pupils_before"].sum()
    kindergarten = sited.sites[sited.sites["programme"] == "kindergarten"]
    year = preschool_demand(mini_study, 2023).sum()
    assert table["places_short_kindergarten_before"].sum() <= year
    fallen = table["places_short_kindergarten_before"] - table["places_short_kindergarten_after"]
    assert fallen.sum() >= kindergarten["pupils_served"].sum()
    assert (table["places_short_compulsory_after"] <= table["places_short_compulsory_before"]).all()
    assert (table["large_classes_after"] <= table["large_classes_before"]).all()
    assert table["schools_after"].sum() == table["schools_before"].sum() + 1
    shares = table.filter(regex="coverage|share")
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)
    again = county_table(mini_study, before=replace(sited, counties=table), after=sited)
    pd.testing.assert_series_equal(again["pupils_before"], table["pupils_before"])


@pytest.mark.slow
def test_classes_follow_need_where_the_programme_names_none(mini_study: Study, today: Plan) -> None:
    study = with_programme(mini_study, kindergarten=SiteProgramme(sites=2, year=2023))
    plan = site(replace(today, study=study), "kindergarten")
    assert (plan.sites["kind"] == "new").all()
    least = study.standards.kindergarten_min_classes
    needed = -(-plan.sites["pupils_served"] // study.standards.class_size_preschool)
    assert plan.sites["classes"].tolist() == needed.clip(lower=least).tolist()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("programme", "rule", "relaxation"),
    [
        (SiteProgramme(sites=2, classes=4, year=2023), "least_classes", {"sites": 1}),
        (SiteProgramme(sites=1000, year=2023), "candidates", None),
        (SiteProgramme(sites=1, classes=5000, year=2023), "ceiling", None),
    ],
)
def test_a_programme_that_does_not_fit_says_what_would(
    mini_study: Study,
    today: Plan,
    programme: SiteProgramme,
    rule: str,
    relaxation: dict[str, int] | None,
) -> None:
    study = with_programme(mini_study, kindergarten=programme)
    with pytest.raises(InfeasibleError, match="kindergarten programme") as caught:
        site(replace(today, study=study), "kindergarten")
    assert caught.value.diagnosis["rule"] == rule
    if relaxation is not None:
        assert caught.value.diagnosis["relaxation"] == relaxation
    assert "smallest relaxation" in str(caught.value)


@pytest.mark.more
@pytest.mark.slow
def test_compulsory_classes_come_in_modules(mini_study: Study, today: Plan) -> None:
    asked = CompulsoryProgramme(sites=1, classes=20, year=2023)
    with pytest.raises(InfeasibleError) as caught:
        site(replace(today, study=with_programme(mini_study, compulsory=asked)), "compulsory")
    assert caught.value.diagnosis["relaxation"] == {"classes": 18}
    asked = CompulsoryProgramme(sites=1, classes=18, year=2023)
    study = with_programme(mini_study, compulsory=asked)
    plan = site(replace(today, study=study), "compulsory")
    assert plan.sites["classes"].tolist() == [18]


def test_unknown_programmes_are_refused() -> None:
    plan = fake_plan()
    with pytest.raises(UsageError, match="not offered"):
        site(plan, "senior_high")
    study = replace(plan.study, programmes=Programmes())
    with pytest.raises(UsageError, match="names no programme"):
        site(replace(plan, study=study), "kindergarten")


@pytest.mark.parametrize(
    ("sites", "classes", "places", "expected"),
    [
        (17, 277, 8310, (277, 12, True)),
        (24, 277, 8310, (277, 12, False)),
        (2, 0, 0, (None, 12, False)),
        (3, 0, 100, (4, 12, False)),
    ],
)
def test_reading_of_numbers(
    sites: int, classes: int, places: int, expected: tuple[int | None, int, bool]
) -> None:
    programme = SiteProgramme(sites=sites, classes=classes, places=places, year=2023)
    found = reading(programme, fake_study().standards)
    assert (found.classes, found.most, found.with_expansions) == expected


def test_room_of_expansions_counts_classes_and_children() -> None:
    study = fake_study()
    schools = study.schools.copy()
    public = schools.index[(schools["type_code"] == "111") & (schools["ownership"] == "public")]
    first, second = public[:2]
    schools.loc[public, [f"classes_k{k}" for k in (1, 2, 3)]] = 2
    schools.loc[public, [f"pupils_k{k}" for k in (1, 2, 3)]] = 10
    schools.loc[first, "pupils_k1"] = 300
    schools.loc[second, "classes_k1"] = 8
    changed = replace(study, schools=schools)
    room = expansion_room(changed, closed=[public[2]])
    assert room[first] == 1
    assert second not in room
    assert public[2] not in room
    assert room[public[3]] == 6
    assert existing_classes(schools)[public[3]] == 6


def test_preschool_demand_takes_the_cohorts_of_the_year() -> None:
    study = fake_study()
    cohorts = children(study, 2023)[["k1", "k2", "k3"]].sum().sum()
    assert preschool_demand(study, 2023).sum() == round(cohorts * 0.988)


def test_idle_classes_go_where_most_children_are_left() -> None:
    problem = ModularProblem(
        demand=pd.DataFrame(
            {"amount": [40, 90, 30], "group": ["x", "y", "y"]}, index=["a", "b", "c"]
        ),
        totals=pd.Series({"x": 100, "y": 200}),
        sites=pd.DataFrame(
            {
                "new": [True, False, False],
                "least": [1, 0, 0],
                "most": [4, 2, 3],
                "size": 30,
                "group": ["x", "x", "y"],
            },
            index=["s", "t", "u"],
        ),
        pairs=pd.DataFrame({"demand": ["a"], "site": ["s"], "cost": [5]}),
        n_new=1,
        modules=5,
    )
    flows = pd.DataFrame({"demand": ["a"], "site": ["s"], "amount": [40]})
    found = shared_out(problem, pd.Series({"s": 2, "t": 2, "u": 1}), flows)
    assert found.to_dict() == {"s": 2, "u": 3}


def candidate_points(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    count = 60
    return pd.DataFrame(
        {
            "x": rng.uniform(0, 20_000, count),
            "y": rng.uniform(0, 20_000, count),
            "need": rng.integers(0, 40, count),
            "people": rng.integers(1, 90, count),
            "township_code": rng.choice(["t1", "t2", "t3"], count),
            "reach_m": 3000.0,
        },
        index=[f"p{k:03d}" for k in rng.permutation(count)],
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_candidates_keep_their_distance_and_do_not_mind_the_order(seed: int) -> None:
    points = candidate_points(seed)
    rules = {"radius_m": 1500.0, "places": 360, "spacing_m": 1000.0, "most": 12}
    found = candidates(points, **rules)  # type: ignore[arg-type]
    assert len(found) == 12
    xy = points.loc[found, ["x", "y"]].to_numpy()
    apart = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1))
    assert apart[~np.eye(12, dtype=bool)].min() >= 1000
    turned = candidates(points.iloc[::-1], **rules)  # type: ignore[arg-type]
    assert turned.tolist() == found.tolist()
    nobody = candidates(points.assign(need=0), **rules)  # type: ignore[arg-type]
    assert len(nobody) == 12


def pupils_today(study: Study) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "settlement_id": np.repeat(study.settlements.index, 3),
            "grade": ["g1", "g4", "g7"] * len(study.settlements),
            "pupils": 5,
        }
    )
    of_grade = {"g1": "pupils_g1", "g4": "pupils_g4", "g7": "pupils_g7"}
    first = {g: study.schools.index[study.schools[c] > 0][0] for g, c in of_grade.items()}
    table["school_id"] = table["grade"].map(first)
    return group_counts(table).rename(columns={"school_id": "to_school"}).reset_index(drop=True)


def test_future_pupils_follow_the_cohorts() -> None:
    study = fake_study()
    counts = children(study, school_year(study))
    assignment = pupils_today(study)
    bands = {"1-3": ["g1", "g2", "g3"], "4-6": ["g4", "g5", "g6"], "7-9": ["g7", "g8", "g9"]}
    parts = []
    for band, grades in bands.items():
        rows = assignment[assignment["band"] == band]
        size = counts.loc[rows["settlement_id"], grades].sum(axis=1)
        parts.append(rows.assign(pupils=size.to_numpy()))
    full = pd.concat(parts)
    full = full[full["pupils"] > 0]
    walk, bus = straight_matrix(study, "walk"), straight_matrix(study, "bus")
    near = nearest_schools(study, full, walk=walk, bus=bus)
    later = future_pupils(study, 2023, full, near=near)
    then = children(study, 2023)
    sums = later.pivot_table(
        index="settlement_id", columns="band", values="pupils", aggfunc="sum", fill_value=0
    )
    for band, grades in bands.items():
        expected = then[grades].sum(axis=1)
        found = sums[band].reindex(expected.index, fill_value=0)
        # Everyone attends today, so everyone does later, wherever a school is within reach.
        missing = expected - found
        assert (missing >= 0).all()
        assert (missing[counts[grades].sum(axis=1) > 0] == 0).all()
    same = future_pupils(study, school_year(study), full, near=near)
    assert same["pupils"].sum() == full["pupils"].sum()


def test_no_school_gives_up_more_than_its_overflow() -> None:
    study = fake_study()
    pupils = pupils_today(study).rename(columns={"to_school": "school_id"})
    over = overflow(study, pupils[["settlement_id", "band", "school_id", "pupils"]])
    assert len(over.pools) > 0
    places = class_places(study.schools, study.standards)
    for _, row in over.pools.iterrows():
        assert row["places"] == places.loc[row["school_id"], row["stage"]]
        assert row["over"] == row["pupils"] - row["places"] > 0
    ways = pd.DataFrame({"demand": over.groups.index, "site": "new", "cost": 60})
    flows = relief(over, ways, pd.Series({"new": 10_000}))
    taken = flows["amount"].groupby(over.groups.loc[flows["demand"], "pool"].to_numpy()).sum()
    assert taken.to_dict() == over.pools["over"].to_dict()


@pytest.mark.slow
def test_the_quota_is_built_where_nobody_is_left_over(mini_study: Study, today: Plan) -> None:
    schools = mini_study.schools.copy()
    taught = [column for column in schools.columns if column.startswith("classes_")]
    schools[taught] = schools[taught].where(schools[taught] == 0, 60)
    settlements = mini_study.settlements.copy()
    settlements[[f"age_{age}" for age in range(4)]] = 0
    roomy = with_programme(
        replace(mini_study, schools=schools, settlements=settlements),
        kindergarten=SiteProgramme(sites=2, year=2023),
        compulsory=CompulsoryProgramme(sites=2, year=2023),
    )
    plan = replace(today, study=roomy)
    for programme in ("kindergarten", "compulsory"):
        plan = site(plan, programme)
        rows = plan.sites[plan.sites["programme"] == programme]
        assert len(rows) == 2
        assert (rows["pupils_served"] == 0).all()
        run = plan.run_of(programme)
        assert run is not None
        assert (run.achieved, run.status) == (2, "proven")
    assert "serve nobody" in " ".join(map(str, plan.notes))
    table = county_table(roomy, before=replace(today, study=roomy), after=plan)
    assert (table["places_short_compulsory_after"] == 0).all()


@pytest.mark.slow
def test_a_site_says_whom_it_serves(sited: Plan) -> None:
    for programme, word in (
        ("kindergarten", "no place left for them"),
        ("compulsory", "leave full"),
    ):
        rows = sited.sites[(sited.sites["programme"] == programme) & (sited.sites["kind"] == "new")]
        site_id = rows.sort_values("pupils_served")["site_id"].iloc[-1]
        told = "\n".join(map(str, explain_site(sited, site_id)))
        served = sited.served[sited.served["site_id"] == site_id]
        assert f"They live in {served['settlement_id'].nunique()} settlement" in told
        assert word in told
    nobody = replace(sited, served=sited.served.iloc[:0])
    assert "serves nobody" in "".join(map(str, explain_site(nobody, site_id)))


@pytest.mark.more
@pytest.mark.slow
def test_levers_of_a_programme(mini_study: Study, today: Plan) -> None:
    free = site(today, "kindergarten", levers=SiteLevers(floors=False, until=2023))
    run = free.run_of("kindergarten")
    assert run is not None
    assert [level.level for level in run.levels] == ["covered", "uneven", "travel"]
    assert set(free.site_years["year"]) == {2023}
    # The best without floors serves no fewer than the plan with them.
    kept = site(today, "kindergarten", levers=SiteLevers(until=2023))
    served = [plan.served["pupils"].sum() for plan in (free, kept)]
    assert served[0] >= served[1]
    new = free.sites[free.sites["kind"] == "new"]
    first, code = new["settlement_id"].iloc[0], new["county_code"].iloc[0]
    other = site(today, "kindergarten", levers=SiteLevers(forbid=(first,), quota={code: 1}))
    chosen = other.sites[other.sites["kind"] == "new"]
    assert first not in set(chosen["settlement_id"])
    assert (chosen["county_code"] == code).sum() <= 1
    elsewhere = mini_study.settlements.index.difference(pd.Index(new["settlement_id"]))[0]
    forced = site(today, "kindergarten", levers=SiteLevers(force=(elsewhere,), births="worst"))
    assert elsewhere in set(forced.sites["settlement_id"])
    # Another number is the plan's own.
    fewer = site(today, "kindergarten", sites=1, classes=8)
    assert fewer.study.programmes.kindergarten == SiteProgramme(
        sites=1, classes=8, year=2023, source="example"
    )
    assert (fewer.sites["kind"] == "new").sum() == 1
    assert fewer.sites["classes"].sum() == 8


def test_programmes_that_are_not_planned_yet_are_named() -> None:
    study = fake_study()
    assert unplanned(study) is None
    later = {"vocational": {"sites": 1}, "senior_high": {"sites": 3}}
    programmes = study.programmes.model_copy(update=later)
    told = unplanned(replace(study, programmes=programmes))
    assert str(told) == (
        "Named in the study file, not planned yet: senior high schools, vocational schools."
    )


@pytest.mark.slow
def test_what_a_programme_said_before_is_said_no_more(today: Plan) -> None:
    plan = site(today, "kindergarten")
    free = site(plan, "kindergarten", levers=SiteLevers(floors=False, until=2023))
    assert len(free.notes) <= len(plan.notes)
    # One year alone has no sum over the years.
    assert "summed over the years" in " ".join(map(str, plan.notes))
    assert "summed over the years" not in " ".join(map(str, free.notes))
