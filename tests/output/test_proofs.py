"""What is proved, and what could still be better, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from layout.core.text import set_language, words
from layout.output.maps.proofs import badge, sentence_of
from layout.planning.consolidation.model import LEVEL_NAMES
from layout.planning.contract import LevelRun, ModelRun, Status


def level(name: str, objective: float, bound: float) -> LevelRun:
    gap = abs(objective - bound) / max(1.0, abs(objective))
    status: Status = "gap" if gap else "proven"
    return LevelRun(level=name, objective=objective, bound=bound, gap=gap, status=status)


def run(levels: Sequence[LevelRun], status: Status = "gap", **more: object) -> ModelRun:
    settled = next((at for at, one in enumerate(levels) if one.status != "proven"), len(levels))
    leading = levels[settled if settled < len(levels) else 0] if levels else None
    facts: dict[str, object] = {
        "objective": leading.objective if leading else 500.0,
        "bound": leading.bound if leading else 490.0,
        "gap": leading.gap if leading else 0.02,
        **more,
    }
    return ModelRun(
        model="kindergarten",
        requested=2,
        achieved=2,
        status=status,
        detail={"levels_proven": float(settled)},
        levels=tuple(levels),
        **facts,  # type: ignore[arg-type]
    )


FLOORS, COVERED = level("floors", 40, 40), level("covered", 1000, 1008)
MISSING = "the children missing to the floors of the public share"
LESS_FLOORS, UNEVEN = level("floors", 40, 39), level("uneven", 5, 0)


@pytest.mark.parametrize(
    ("made", "english", "chinese"),
    [
        (run([FLOORS], "proven"), "Proved: no better plan", "已证明：没有更好的方案"),
        (
            run([FLOORS, COVERED, UNEVEN]),
            "Not fully proved: the children served could be at most 0.80% more",
            "尚未完全证明：新增学位所服务的儿童数最多还能增加 0.80%",
        ),
        (
            run([LESS_FLOORS, COVERED]),
            f"Not fully proved: {MISSING} could be at most 2.50% less",
            "尚未完全证明：公办园占比未达底线所缺的幼儿数最多还能减少 2.50%",
        ),
        (
            run([]),
            "Not fully proved: a plan better by at most 2.00% may exist",
            "尚未完全证明：最多还能改善 2.00%",
        ),
        (
            run([], gap=None, bound=None),
            "Not proved: a better plan may exist",
            "尚未证明：可能还有更好的方案",
        ),
        (run([], "infeasible"), "not possible", "不可能"),
    ],
)
def test_a_badge_says_what_could_be_better(made: ModelRun, english: str, chinese: str) -> None:
    assert badge(made) == english
    set_language("zh")
    assert badge(made) == chinese


def test_a_sentence_names_the_goals_in_their_order() -> None:
    told = sentence_of(run([FLOORS, level("covered", 9, 9)], "proven", candidates=7, beyond=0.0))
    assert told == (
        "Proved: no plan under these rules is better. What counted, in this order: (1) "
        f"{MISSING}; (2) the children served. Chosen among 7 candidates; no other place would be "
        "better."
    )
    open_one = sentence_of(run([FLOORS, COVERED, UNEVEN], candidates=7, beyond=0.00001))
    assert open_one == (
        f"Proved that no plan does better in: (1) {MISSING}. Not fully proved: the children served "
        "could be at most 0.80% more; what counts after that is not proved. Chosen among 7 "
        "candidates; with any other place at most < 0.01% better."
    )


def test_every_level_has_a_word() -> None:
    known = {*LEVEL_NAMES.values(), "floors", "covered", "uneven", "travel"}
    assert set(words.goals()) == known
