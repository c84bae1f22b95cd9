"""Inferred attendance keeps both margins exactly and prefers schools within reach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layout.core.errors import InputError
from layout.core.standards import GRADES
from layout.demand.attendance import with_attendance
from layout.demand.demography import children, school_year
from layout.inputs.study.study import Study
from layout.network.travel import TravelMatrix
from tests.worlds.fake_plan import fake_study
from tests.worlds.straight import straight_matrix


@pytest.fixture(scope="module")
def study() -> Study:
    return fake_study()


@pytest.fixture(scope="module")
def ways(study: Study) -> tuple[TravelMatrix, TravelMatrix]:
    return straight_matrix(study, "walk"), straight_matrix(study, "bus")


def infer(study: Study, walk: TravelMatrix, bus: TravelMatrix) -> pd.DataFrame:
    """The attendance of a study that is taken to have no table of it."""
    table = with_attendance(replace(study, attendance=None), walk, bus).attendance
    assert table is not None
    return table


def assert_margins(study: Study, table: pd.DataFrame) -> None:
    counts = children(study, school_year(study))
    at_home = table.pivot_table(
        index="settlement_id", columns="grade", values="pupils", aggfunc="sum", fill_value=0
    )
    pd.testing.assert_frame_equal(
        at_home.reindex(index=counts.index, columns=counts.columns, fill_value=0),
        counts,
        check_dtype=False,
        check_names=False,
    )
    enrolled = table[table["school_id"] != ""]
    for grade in GRADES:
        sums = enrolled[enrolled["grade"] == grade].groupby("school_id")["pupils"].sum()
        held = study.schools[f"pupils_{grade}"]
        assert sums.reindex(held.index, fill_value=0).tolist() == held.tolist()
    assert (table["pupils"] > 0).all()
    assert not table.duplicated(["settlement_id", "grade", "school_id"]).any()


@pytest.mark.slow
def test_margins_are_exact(study: Study, ways: tuple[TravelMatrix, TravelMatrix]) -> None:
    assert_margins(study, infer(study, *ways))


def with_pupils(study: Study, seed: int, share: float) -> Study:
    """The study with a few other pupils of g1 and g8, never more than there are children."""
    rng = np.random.default_rng(seed)
    counts = children(study, school_year(study))
    schools = study.schools.copy()
    for grade in ("g1", "g8"):
        total = int(counts[grade].sum() * share)
        weights = rng.random(len(schools)) ** 8
        schools[f"pupils_{grade}"] = rng.multinomial(total, weights / weights.sum())
    for grade in set(GRADES) - {"g1", "g8"}:
        schools[f"pupils_{grade}"] = 0
    return replace(study, schools=schools)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0, 1))
def test_margins_are_exact_for_any_pupils(seed: int, share: float) -> None:
    study = with_pupils(fake_study(), seed, share)
    walk, bus = straight_matrix(study, "walk"), straight_matrix(study, "bus")
    assert_margins(study, infer(study, walk, bus))


@pytest.mark.slow
def test_nobody_passes_a_place_within_reach(
    study: Study, ways: tuple[TravelMatrix, TravelMatrix]
) -> None:
    """A school beyond the matrices is filled only when none within is left to fill."""
    walk, bus = ways
    nothing = replace(
        walk, row=walk.row[:0], col=walk.col[:0], minutes=walk.minutes[:0], metres=walk.metres[:0]
    )
    table = infer(study, nothing, nothing)
    assert_margins(study, table)
    near = infer(study, walk, bus)
    held = near[near["school_id"] != ""]
    far = table[table["school_id"] != ""]
    both = [float((rows["pupils"] * crow_metres(study, rows)).sum()) for rows in (held, far)]
    assert both[0] == pytest.approx(both[1], rel=0.2)


def crow_metres(study: Study, rows: pd.DataFrame) -> np.ndarray:
    at = study.settlements.geometry.to_crs(study.crs).loc[rows["settlement_id"]]
    to = study.schools.geometry.to_crs(study.crs).loc[rows["school_id"]]
    metres: np.ndarray = np.hypot(
        at.x.to_numpy() - to.x.to_numpy(), at.y.to_numpy() - to.y.to_numpy()
    )
    return metres


@pytest.mark.slow
def test_shuffled_rows_give_the_same_table(
    study: Study, ways: tuple[TravelMatrix, TravelMatrix]
) -> None:
    turned = replace(
        study, settlements=study.settlements.iloc[::-1], schools=study.schools.iloc[::-1]
    )
    pd.testing.assert_frame_equal(infer(turned, *ways), infer(study, *ways))


def test_more_pupils_than_children_is_refused(
    study: Study, ways: tuple[TravelMatrix, TravelMatrix]
) -> None:
    schools = study.schools.copy()
    schools.loc[schools.index[0], ["pupils_g1", "pupils_g9"]] = 10_000
    with pytest.raises(InputError) as caught:
        infer(replace(study, schools=schools), *ways)
    assert [problem.column for problem in caught.value.problems] == ["pupils_g1", "pupils_g9"]
    assert all(problem.code == "more-pupils-than-children" for problem in caught.value.problems)


@pytest.mark.slow
def test_inferred_attendance_is_marked(
    study: Study, ways: tuple[TravelMatrix, TravelMatrix]
) -> None:
    marked = with_attendance(replace(study, attendance=None), *ways)
    assert marked.attendance_inferred
    assert [problem.code for problem in marked.warnings] == ["attendance-inferred"]
    assert with_attendance(marked, *ways) is marked
