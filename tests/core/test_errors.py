"""The error tree: parents, exit codes, and how problems are told."""

from __future__ import annotations

import pickle

import pytest

from layout.core import errors
from layout.core.errors import (
    CheckError,
    InfeasibleError,
    InputError,
    LayoutError,
    NoSolutionError,
    Problem,
    UsageError,
    format_problems,
)
from layout.core.text import Sentence, sentence, using


@pytest.mark.parametrize(
    ("kind", "parent", "code"),
    [
        (InputError, ValueError, 1),
        (UsageError, ValueError, 2),
        (InfeasibleError, RuntimeError, 3),
        (NoSolutionError, RuntimeError, 4),
        (CheckError, AssertionError, 5),
    ],
)
def test_every_error_has_the_root_a_built_in_parent_and_an_exit_code(
    kind: type[LayoutError], parent: type[Exception], code: int
) -> None:
    assert issubclass(kind, LayoutError)
    assert issubclass(kind, parent)
    assert kind.exit_code == code
    assert kind.__name__ in (errors.__doc__ or "")


def test_problems_are_told_with_file_row_column_value_reason_and_remedy() -> None:
    error = InputError(
        Problem(
            code="unknown-county",
            file="schools/schools.csv",
            row="7",
            column="county_code",
            value="451099",
            reason=Sentence("No county has this code."),
            remedy=Sentence("Use one of: 451026."),
        ),
        Problem(code="nul", severity="warning", reason=Sentence("Odd.")),
    )
    assert str(error) == (
        "error [unknown-county] schools/schools.csv, row 7, column county_code, "
        "value “451099”: No county has this code.\n    Remedy: Use one of: 451026.\n"
        "warning [nul]: Odd."
    )


def test_a_kind_that_repeats_is_cut_short_but_counted() -> None:
    problems = [
        Problem(code="blank", file="a.csv", row=str(i), reason=Sentence("x")) for i in range(50)
    ]
    told = format_problems([*problems, Problem(code="other", reason=Sentence("seen"))])
    assert "row 19:" in told
    assert "row 20:" not in told
    assert "30 more" in told
    assert "seen" in told


def test_values_cannot_steer_the_terminal() -> None:
    told = format_problems([Problem(code="x", value="\x1b[31mred\n\u202e", reason=Sentence("y"))])
    assert told.isprintable()
    # Nor can what a sentence quotes.
    quoting = sentence("there is {name}", name="\x1b[2Ja\r\u202e")
    told = format_problems([Problem(code="x", reason=quoting, remedy=quoting)])
    assert all(line.isprintable() for line in told.split("\n"))
    assert len(told.split("\n")) == 2


def test_how_many_of_a_kind_are_shown_can_be_chosen() -> None:
    problems = [Problem(code="blank", row=str(i), reason=Sentence("x")) for i in range(5)]
    told = format_problems(problems, most=2)
    assert told.count("[blank] row") == 2
    assert "3 more" in told


def test_braces_in_values_stay_braces() -> None:
    with using("zh"):
        assert "{0.__class__}" in format_problems(
            [
                Problem(
                    code="x", value="{0.__class__}", reason=Sentence("{y}"), remedy=Sentence("{z}")
                )
            ]
        )


def test_input_errors_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(InputError(Problem(code="x", reason=Sentence("y")))))
    assert error.problems == (Problem(code="x", reason=Sentence("y")),)


def test_infeasible_carries_diagnosis_and_offer() -> None:
    error = InfeasibleError("no", diagnosis={"asked": 84}, offer="plan")
    assert error.diagnosis == {"asked": 84}
    assert error.offer == "plan"
    assert str(CheckError("one", "two")) == "one\ntwo"
