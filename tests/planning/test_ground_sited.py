"""Programmes on ground that is not free everywhere: the small study with layers of areas."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pytest

from layout.app.plan import Plan
from layout.core.errors import InfeasibleError, UsageError
from layout.demand.groups import assignment_today, groups
from layout.inputs.study.study import CompulsoryProgramme, SiteProgramme, Study
from layout.network.travel import study_travel
from layout.planning.contract import REJECTED_SITES, PlanTables
from layout.planning.siting import SiteLevers, site
from layout.planning.verify.ground import ground_failures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def today(mini_study: Study) -> Plan:
    ways = study_travel(mini_study)
    table = assignment_today(groups(mini_study, ways.walk, ways.bus))
    return Plan(name="today", study=mini_study, assignment=table, travel=ways)


@pytest.fixture(scope="module")
def free(today: Plan) -> PlanTables:
    """Kindergartens where all ground is free."""
    return site(today, "kindergarten")


def around(study: Study, places: list[str], metres: float) -> gpd.GeoSeries:
    """Squares around settlements, so wide and high, in degrees."""
    points = study.settlements.geometry.loc[places].to_crs(study.crs)
    return points.buffer(metres / 2, cap_style="square").to_crs("EPSG:4326")


def on(plan: PlanTables, **layers: gpd.GeoDataFrame) -> PlanTables:
    """The same plan where the ground is as the layers say."""
    return replace(plan, study=replace(plan.study, **layers))


def flooded(study: Study, places: list[str]) -> gpd.GeoDataFrame:
    shapes = around(study, places, 300.0).reset_index(drop=True)
    return gpd.GeoDataFrame(geometry=shapes).assign(kind="flood", name="右江")


def offered(study: Study, places: list[str], metres: float) -> gpd.GeoDataFrame:
    """A square parcel around each place, P0, P1, …, in their order."""
    shapes = around(study, places, metres)
    shapes.index = [f"P{at}" for at in range(len(places))]
    table = gpd.GeoDataFrame(geometry=shapes).rename_axis("parcel_id")
    return table.assign(name="", stage="", area_m2=metres**2)


def new_sites(plan: PlanTables) -> list[str]:
    return list(plan.sites.loc[plan.sites["kind"] == "new", "settlement_id"])


def test_free_ground_rejects_nobody(free: PlanTables) -> None:
    assert free.rejected_sites.columns.tolist() == list(REJECTED_SITES)
    assert free.rejected_sites.empty
    assert "rejected" not in " ".join(map(str, free.notes))


def test_no_kindergarten_stands_in_an_exclusion_area(today: Plan, free: PlanTables) -> None:
    best = new_sites(free)
    study = today.study
    wet = on(today, exclusions=flooded(study, best))
    assert "lie in exclusion areas" in " ".join(ground_failures(wet.study, free))
    plan = site(wet, "kindergarten")
    assert set(new_sites(plan)).isdisjoint(best)
    assert list(ground_failures(wet.study, plan)) == []
    rejected = plan.rejected_sites.set_index("settlement_id")
    assert set(best) <= set(rejected.index)
    assert (rejected["reason"] == "excluded").all()
    assert (rejected["kind"] == "flood").all()
    assert (rejected["area"] == "右江").all()
    assert rejected["name"].equals(study.settlements["name"].loc[rejected.index])
    told = " ".join(map(str, plan.notes))
    assert f"{len(rejected)} candidates lie in one and are rejected" in told
    # What is worse than before is the children served, never the numbers of the programme.
    before, after = free.run_of("kindergarten"), plan.run_of("kindergarten")
    assert before is not None
    assert after is not None
    assert after.detail["covered"] <= before.detail["covered"]
    assert plan.sites["classes"].sum() == free.sites["classes"].sum()
    # Sited again on free ground, the rejected ones are gone.
    assert site(on(plan, exclusions=None), "kindergarten").rejected_sites.empty  # type: ignore[arg-type]


def test_a_parcel_caps_the_classes_of_its_site(today: Plan, free: PlanTables) -> None:
    study = today.study
    homes = [*new_sites(free), *study.settlements.index[::40]]
    largest = int(free.sites.loc[free.sites["kind"] == "new", "classes"].max())
    # One class less than the largest, at 30 children and 15 m² each, and a metre more.
    dry = on(today, parcels=offered(study, homes, ((largest - 1) * 30 * 15.0) ** 0.5 + 1))
    plan = site(dry, "kindergarten")
    rows = plan.sites[plan.sites["kind"] == "new"]
    assert (rows["classes"] < largest).all()
    assert list(ground_failures(dry.study, plan)) == []
    assert "no parcel of their own" in " ".join(ground_failures(dry.study, free))
    assert set(plan.rejected_sites["reason"]) <= {"outside_parcels", "parcel_taken"}
    small = on(today, parcels=offered(study, homes, 30.0))
    with pytest.raises(InfeasibleError, match="only such as are too small") as caught:
        site(small, "kindergarten")
    assert caught.value.diagnosis["rule"] == "candidates"
    rejected = caught.value.diagnosis["rejected"]
    assert isinstance(rejected, dict)
    assert rejected["too_small"] > 0


def test_a_parcel_that_lies_in_an_exclusion_area_is_none(today: Plan, free: PlanTables) -> None:
    study, homes = today.study, new_sites(free)
    places = [*homes, *study.settlements.index[::40]]
    both = on(today, parcels=offered(study, places, 60.0), exclusions=flooded(study, homes))
    plan = site(both, "kindergarten")
    assert set(new_sites(plan)).isdisjoint(homes)
    assert list(ground_failures(both.study, plan)) == []


def test_a_site_cannot_be_forced_where_none_may_stand(today: Plan, free: PlanTables) -> None:
    (first, *_), study = new_sites(free), today.study
    wet = on(today, exclusions=flooded(study, [first]))
    name = study.settlements.at[first, "name"]
    with pytest.raises(UsageError, match=rf"{name} \({first}\): it lies in an exclusion area"):
        site(wet, "kindergarten", levers=SiteLevers(force=(first,)))
    dry = on(today, parcels=offered(study, [first], 30.0))
    with pytest.raises(UsageError, match=r"smallest school \(P0\)"):
        site(dry, "kindergarten", levers=SiteLevers(force=(first,)))


@pytest.fixture(scope="module")
def schooled(free: PlanTables) -> PlanTables:
    """A compulsory school beside the kindergartens, where all ground is free."""
    return site(free, "compulsory")


@pytest.mark.more
def test_no_school_stands_in_an_exclusion_area(today: Plan, schooled: PlanTables) -> None:
    study, best = today.study, new_sites(schooled)
    wet = on(today, exclusions=flooded(study, best))
    plan = site(site(wet, "kindergarten"), "compulsory")
    assert set(new_sites(plan)).isdisjoint(best)
    assert list(ground_failures(wet.study, plan)) == []
    # Both programmes tell of theirs, each once.
    rejected = plan.rejected_sites
    assert set(rejected["programme"]) == {"kindergarten", "compulsory"}
    assert not rejected.duplicated(["programme", "stage", "settlement_id"]).any()
    assert set(best) <= set(rejected["settlement_id"])
    told = [str(note) for note in plan.notes if "lie in one and are rejected" in str(note)]
    assert len(told) == 2
    again = site(plan, "compulsory")
    assert again.rejected_sites.equals(rejected)
    assert again.notes == plan.notes


@pytest.mark.more
def test_no_two_sites_share_a_parcel(today: Plan, schooled: PlanTables) -> None:
    study = today.study
    programme = study.programmes.model_copy(
        update={
            "kindergarten": SiteProgramme(sites=2, year=2023),
            "compulsory": CompulsoryProgramme(sites=2, year=2023),
        }
    )
    places = [*dict.fromkeys(new_sites(schooled)), *study.settlements.index[::97]]
    # 200 m by 200 m hold any school.
    dry = on(today, parcels=offered(study, places, 200.0))
    dry = replace(dry, study=replace(dry.study, programmes=programme))
    for order in (("kindergarten", "compulsory"), ("compulsory", "kindergarten")):
        plan: PlanTables = dry
        for name in order:
            plan = site(plan, name)
        assert len(new_sites(plan)) == 4
        assert list(ground_failures(dry.study, plan)) == []
    one = on(today, parcels=offered(study, places[:1], 200.0))
    one = replace(one, study=replace(one.study, programmes=programme))
    with pytest.raises(InfeasibleError, match=r"the parcels of [1-9]\d* go to others"):
        # Both stages would take the only parcel.
        site(one, "compulsory")
