"""The belt by its width: every row is the plan that the levers alone give."""

from __future__ import annotations

import numpy as np
import pytest

import layout
from layout.core.errors import UsageError

pytestmark = pytest.mark.slow

WIDTHS = (0.0, 1500.0, 3000.0)


@pytest.mark.more
def test_every_row_is_the_plan_of_its_levers(study: layout.Study) -> None:
    today = layout.assess(study)
    table = layout.border_sweep(today, WIDTHS, close=6)
    assert table[["width_m", "flags"]].to_numpy().tolist() == [
        [width, flags] for width in WIDTHS for flags in ("kept", "ignored")
    ]
    free = layout.consolidate(today, close=6, drop="belt")
    lost = {}
    for row in table.itertuples():
        alone = layout.retain_border(
            layout.consolidate(
                today, close=6, belt_m=row.width_m, belt_official=row.flags == "kept"
            )
        )
        run, none = alone.runs[0], free.runs[0]
        assert (row.achieved, row.status) == (run.achieved, run.status)
        assert row.added_minutes == pytest.approx(run.detail["added_pupil_seconds"] / 60)
        more = run.detail["added_pupil_seconds"] - none.detail["added_pupil_seconds"]
        assert row.over_no_belt == pytest.approx(more / 60)
        kept = set(alone.retained.loc[alone.retained["protected"], "school_id"])
        assert row.protected == len(kept)
        assert row.candidates == run.detail["candidates"]
        lost[row.width_m, row.flags] = (set(alone.closed), kept, row.closes_in_wider)
    for (width, flags), (closed, _, told) in lost.items():
        wider = [other for other in WIDTHS if other > width]
        protected = lost[wider[0], flags][1] if wider else set()
        assert told == ";".join(sorted(closed & protected))
    assert any(told for *_, told in lost.values())


@pytest.mark.more
def test_a_wider_belt_costs_no_less_and_protects_no_fewer(study: layout.Study) -> None:
    table = layout.border_sweep(study, (5000.0, 0.0, 2500.0), close=6)
    assert table["width_m"].tolist() == [0.0, 0.0, 2500.0, 2500.0, 5000.0, 5000.0]
    for _, part in table.groupby("flags"):
        assert part["protected"].is_monotonic_increasing
        assert part["added_minutes"].is_monotonic_increasing
        assert (part["candidates"].diff().dropna() <= 0).all()
    (nothing,) = table[(table["width_m"] == 0.0) & (table["flags"] == "ignored")].to_dict("records")
    assert nothing["protected"] == 0
    assert nothing["over_no_belt"] == 0.0


@pytest.mark.more
def test_a_belt_that_leaves_too_few_is_told_with_the_best_that_can_be_had(
    study: layout.Study,
) -> None:
    most = int(layout.consolidate(study, close=1, drop="belt").runs[0].detail["candidates"])
    table = layout.border_sweep(study, (0.0, 5000.0), close=most)
    wide = table[(table["width_m"] == 5000.0) & (table["flags"] == "kept")].iloc[0]
    assert wide["status"] == "infeasible"
    assert 0 < wide["achieved"] <= wide["candidates"] < most
    assert np.isnan(wide["over_no_belt"])


def test_ways_are_asked_for_once(study: layout.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    today = layout.assess(study)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked for the ways again")

    monkeypatch.setattr("layout.app.steps.study_travel", refuse)
    assert len(layout.border_sweep(today, (0.0,), close=1)) == 2


@pytest.mark.parametrize(
    "widths",
    [(0.0, -1.0), (float("inf"),), (float("nan"),), ("a",), "3000", 3000, None, (), (True,)],
)
def test_a_width_that_is_none_is_refused(study: layout.Study, widths: object) -> None:
    with pytest.raises(UsageError, match="border_sweep takes widths in metres from 0"):
        layout.border_sweep(study, widths)  # type: ignore[arg-type]


def test_only_a_study_or_a_plan_is_swept() -> None:
    with pytest.raises(UsageError, match="border_sweep takes a study or a plan of one"):
        layout.border_sweep(None)  # type: ignore[arg-type]
