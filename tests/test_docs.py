"""The page on the study format says what reading does."""

from __future__ import annotations

from tools.study_format import PAGE, page


def test_the_page_on_the_study_format_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
