"""Cohorts grow older in place and nobody is lost in rounding."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layout.core.errors import InputError, UsageError
from layout.core.standards import AGE_OF_GRADE, GRADES
from layout.demand.demography import (
    apportion,
    children,
    children_by_band,
    school_year,
)
from layout.inputs.study.study import Study


def test_grade_one_of_2021_is_age_five_at_the_census(mini_study: Study) -> None:
    table = children(mini_study, 2021)
    ages = mini_study.settlements.sort_index()
    assert (table["g1"] == ages["age_5"]).all()
    assert (table["g9"] == ages["age_13"]).all()
    assert list(table.columns) == list(GRADES)


def test_the_census_year_itself(mini_study: Study) -> None:
    table = children(mini_study, 2020)
    for grade in GRADES:
        expected = mini_study.settlements.sort_index()[f"age_{AGE_OF_GRADE[grade]}"]
        assert (table[grade] == expected).all()


@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_a_cohort_moves_up_a_grade_a_year_and_keeps_its_children(
    mini_study: Study, year: int
) -> None:
    before, after = children(mini_study, year), children(mini_study, year + 1)
    for young, old in pairwise(GRADES):
        assert (before[young].to_numpy() == after[old].to_numpy()).all()


def test_births_are_all_placed_and_spread_as_the_youngest_were(mini_study: Study) -> None:
    year = 2024
    table = children(mini_study, year)
    youngest = mini_study.settlements.sort_index()["age_0"]
    assert table["k1"].sum() == mini_study.births[2021]
    share = youngest / youngest.sum() * mini_study.births[2021]
    assert ((table["k1"] - share).abs() < 1).all()


def test_a_missing_birth_year_is_named(mini_study: Study) -> None:
    with pytest.raises(InputError, match=r"error \[missing-births\]") as caught:
        children(replace(mini_study, births={}), 2025)
    assert {problem.column for problem in caught.value.problems} == {
        "demography.births.2021",
        "demography.births.2022",
    }


def test_years_before_the_census_are_refused(mini_study: Study) -> None:
    with pytest.raises(InputError, match=r"error \[missing-cohort\].*older than 17"):
        children(mini_study, 2019)


def test_migration_grows_each_cohort_by_its_share(mini_study: Study) -> None:
    still, moving = children(mini_study, 2022), children(mini_study, 2022, migration=-0.05)
    for grade in GRADES:
        assert moving[grade].sum() == round(still[grade].sum() * 0.95**2)


def test_bands_and_stages_add_up(mini_study: Study) -> None:
    table = children(mini_study, 2022)
    total = table.to_numpy().sum()
    bands = children_by_band(mini_study, 2022)
    assert bands.to_numpy().sum() == total
    assert (bands["7-9"] == table[["g7", "g8", "g9"]].sum(axis=1)).all()


def test_the_order_of_rows_does_not_matter(mini_study: Study) -> None:
    shuffled = replace(
        mini_study, settlements=mini_study.settlements.sample(frac=1, random_state=3)
    )
    assert children(shuffled, 2025).equals(children(mini_study, 2025))


def test_school_year_begins_in_september(mini_study: Study) -> None:
    assert school_year(mini_study) == 2021
    spring = replace(mini_study, data_date=mini_study.data_date.replace(month=8))
    assert school_year(spring) == 2020


@given(st.integers(0, 10_000), st.lists(st.integers(0, 500), min_size=1, max_size=30).filter(any))
def test_apportioning_keeps_the_total_and_stays_within_one(total: int, weights: list[int]) -> None:
    array = np.array(weights, dtype=np.int64)
    shares = apportion(total, array)
    assert shares.sum() == total
    assert (shares >= 0).all()
    assert (np.abs(shares - total * array / array.sum()) < 1).all()


def test_nothing_can_be_shared_out_without_weights() -> None:
    with pytest.raises(UsageError):
        apportion(3, np.zeros(2, dtype=np.int64))
    assert apportion(0, np.zeros(2, dtype=np.int64)).tolist() == [0, 0]
