"""The pages made from the code say what it does, and the examples in them run."""

from __future__ import annotations

import doctest

from layout.inputs.study.study import Study
from tools import travel_speeds
from tools.study_format import PAGE, page


def test_the_page_on_the_study_format_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_tables_of_speeds_are_current() -> None:
    text = travel_speeds.PAGE.read_text(encoding="utf-8")
    assert text == travel_speeds.page(text)
    assert text.count(travel_speeds.BEGIN) == text.count(travel_speeds.END) == 1


def test_the_examples_on_travel_run(mini_study: Study) -> None:
    failed, tried = doctest.testfile(
        str(travel_speeds.PAGE), module_relative=False, globs={"study": mini_study}
    )
    assert tried > 10
    assert failed == 0
