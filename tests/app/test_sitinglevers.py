"""Levers of the siting programmes, as a planner types them."""

from __future__ import annotations

import pytest

import layout
from layout.app.sitinglevers import siting_levers
from layout.core.errors import UsageError
from tests.worlds.fake_plan import fake_study


def test_places_are_named_by_code_or_by_a_name_of_their_own() -> None:
    study = fake_study()
    names = study.settlements["name"]
    alone = names[~names.duplicated(keep=False)]
    school = study.schools.index[0]
    numbers, levers = siting_levers(
        study,
        {
            "sites": 3,
            "expansions": 2,
            "force": str(alone.iloc[0]),
            "forbid": [str(alone.index[1]), str(school)],
            "quota": {str(study.units.index[0]): 1},
            "floors": False,
            "births": "worst",
            "until": 2026,
        },
    )
    assert numbers == {"sites": 3, "expansions": 2}
    assert levers.force == (alone.index[0],)
    assert set(levers.forbid) == {alone.index[1], school}
    assert (levers.floors, levers.reading, levers.until) == (False, "low", 2026)


@pytest.mark.parametrize(
    ("levers", "words"),
    [
        ({"site": 3}, "there is no lever site"),
        ({"sites": -1}, "sites is a whole number from 0"),
        ({"classes": True}, "classes is a whole number from 1"),
        ({"expansions": -1}, "expansions is a whole number from 0"),
        ({"until": "2026"}, "until is a whole number"),
        ({"floors": "no"}, "floors is True or False"),
        ({"births": "few"}, "births is one of middle, low, high, worst"),
        ({"quota": 3}, "quota is a whole number by code"),
        ({"quota": {"999999": 1}}, "no county 999999"),
        ({"force": "nowhere at all"}, "is no place by its code"),
    ],
)
def test_what_means_nothing_is_told(levers: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        siting_levers(fake_study(), levers)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("levers", "words"),
    [
        ({"force": 5}, "a place or a list of places, not 5"),
        ({"forbid": b"x"}, "a place or a list of places"),
        ({"quota": {"451026": float("nan")}}, "whole number from 0, not nan"),
        ({"quota": {"451026": 1.5}}, "whole number from 0, not 1.5"),
        ({"quota": {"451026": True}}, "whole number from 0, not True"),
        ({"quota": {"999999": 1}}, "no county 999999"),
        ({"until": 1950}, "from that of the programme on"),
    ],
)
def test_values_that_mean_nothing_are_told(levers: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        siting_levers(fake_study(), levers)  # type: ignore[arg-type]


def test_levers_that_contradict_each_other_are_told() -> None:
    study = fake_study()
    home = str(study.settlements.index[0])
    with pytest.raises(UsageError, match="forced and forbidden"):
        siting_levers(study, {"force": home, "forbid": home})
    with pytest.raises(UsageError, match="places are forced"):
        siting_levers(study, {"force": list(study.settlements.index), "sites": 1})
    with pytest.raises(UsageError, match="quotas of all counties allow 0"):
        siting_levers(study, {"quota": dict.fromkeys(study.units.index, 0), "sites": 1})
    with pytest.raises(UsageError, match="kindergarten programme alone"):
        siting_levers(study, {"floors": False}, "compulsory")


@pytest.mark.more
@pytest.mark.slow
def test_forbidding_a_site_costs_what_is_said_of_it(plan: layout.Plan) -> None:
    """Settlements that a site stood in for come back when it is forbidden."""
    before = plan.run_of("kindergarten")
    assert before is not None
    sites = plan.sites[(plan.sites["programme"] == "kindergarten") & (plan.sites["kind"] == "new")]
    leading = before.levels[0]
    less_is_better = -1.0 if leading.level == "covered" else 1.0
    for home, loss in zip(sites["settlement_id"], sites["runner_up_loss"], strict=True):
        other = layout.site(plan, "kindergarten", forbid=home).run_of("kindergarten")
        assert other is not None
        assert other.levels[0].status == leading.status == "proven"
        worse = less_is_better * (other.levels[0].objective - leading.objective)
        assert worse == pytest.approx(loss)
