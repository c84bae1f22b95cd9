"""Levers of the siting programmes, as a planner types them."""

from __future__ import annotations

import pytest

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
        ({"quota": {"999999": 1}}, "no county or township 999999"),
        ({"force": "nowhere at all"}, "is no place by its code"),
    ],
)
def test_what_means_nothing_is_told(levers: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        siting_levers(fake_study(), levers)  # type: ignore[arg-type]
