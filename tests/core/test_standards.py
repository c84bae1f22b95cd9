"""Norms: every figure says its unit, its source and how sure it is."""

from __future__ import annotations

from dataclasses import fields

import pytest

from layout.core.errors import UsageError
from layout.core.standards import (
    AGE_OF_GRADE,
    BANDS,
    GRADES,
    GRADES_OF_TYPE,
    NOT_READ,
    STAGES,
    Standards,
    class_size,
    limit_minutes,
    standards_table,
)
from layout.inputs.tables import SCHOOL_TYPES


def test_every_norm_has_unit_source_and_confidence() -> None:
    for norm in fields(Standards):
        assert norm.metadata["unit"], norm.name
        assert norm.metadata["source"], norm.name
        assert norm.metadata["confidence"] in {"R", "M"}, norm.name
        assert isinstance(norm.default, (int, float)), norm.name


def test_bands_and_stages_part_the_grades() -> None:
    for parts in (BANDS, STAGES):
        assert tuple(grade for grades in parts.values() for grade in grades) == GRADES
    assert [AGE_OF_GRADE[grade] for grade in GRADES] == list(range(3, 18))


def test_every_school_type_has_grades() -> None:
    assert set(GRADES_OF_TYPE) == set(SCHOOL_TYPES)
    assert GRADES_OF_TYPE["312"] == STAGES["primary"] + STAGES["junior"]


def test_limits_and_sizes_follow_the_norms() -> None:
    norms = Standards(limit_minutes_1_3=40, walk_kmh=3.0)
    assert limit_minutes(norms, "1-3") == 40
    assert limit_minutes(norms, "7-9") == 60
    assert limit_minutes(norms, "preschool") == pytest.approx(60)
    assert class_size(norms, "218", "g2") == 30
    assert class_size(norms, "211", "g2") == 45
    assert class_size(norms, "312", "g8") == 50
    assert class_size(norms, "111", "k1") == 30


def test_unknown_bands_and_grades_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="1-9"):
        limit_minutes(Standards(), "1-9")
    with pytest.raises(UsageError, match="g13"):
        class_size(Standards(), "211", "g13")


def test_the_table_marks_what_a_study_changed() -> None:
    rows = {row["name"]: row for row in standards_table(Standards(walk_kmh=3.5))}
    assert rows["walk_kmh"]["changed"] is True
    assert rows["walk_kmh"]["value"] == 3.5
    assert rows["small_school_pupils"]["changed"] is False
    assert len(rows) == len(fields(Standards)) - len(NOT_READ)
