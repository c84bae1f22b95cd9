"""The catalogue of problems: listed in the docs, told by the package, asserted by a test."""

from __future__ import annotations

import ast
import inspect
import pickle
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from layout.core.errors import format_problem
from layout.core.problems import CATALOGUE, PARTS, Form, problem, refuse
from layout.core.text import using
from tests import ROOT
from tools.problems import PAGE, page

WHERE = {name for name in inspect.signature(problem).parameters if name not in ("kind", "fields")}
MAKERS = {"problem", "refuse"}


class Telling(NamedTuple):
    """A place in the source where a problem is made."""

    place: str
    kinds: list[str]
    keywords: set[str]
    whole: bool
    """Whether all its fields stand there: not where a dictionary or a later call adds some."""


def tellings() -> Iterator[Telling]:
    """Calls of `problem` and `refuse`, by `functools.partial` too, outside of their own room."""
    for path in sorted((ROOT / "layout").rglob("*.py")):
        if path.is_relative_to(ROOT / "layout" / "core" / "problems"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            names = [ast.unparse(part) for part in (node.func, *node.args)]
            later = names[0] == "partial" and names[1] in MAKERS
            if later or names[0] in MAKERS:
                yield Telling(
                    f"{path.relative_to(ROOT)}:{node.lineno}",
                    list(_codes(node.args[1 if later else 0])),
                    {word.arg for word in node.keywords if word.arg},
                    not later and all(word.arg for word in node.keywords),
                )


def _codes(kind: ast.expr) -> Iterator[str]:
    """The plain text that names a problem, or both of a choice."""
    if isinstance(kind, ast.IfExp):
        yield from (*_codes(kind.body), *_codes(kind.orelse))
    else:
        assert isinstance(kind, ast.Constant), ast.unparse(kind)
        yield str(kind.value)


def fields_of(form: Form) -> set[str]:
    return {*form.of_reason, *form.of_remedy}


def test_the_page_is_as_the_catalogue_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tools.problems"


def test_every_problem_is_told_by_the_package_and_none_is_told_without_the_catalogue() -> None:
    told = {kind for telling in tellings() for kind in telling.kinds}
    assert told == set(CATALOGUE)
    assert len(CATALOGUE) == sum(len(forms) for forms in PARTS.values())


def test_every_telling_gives_the_fields_of_its_sentences() -> None:
    wrong = []
    for telling in tellings():
        known = set().union(*(fields_of(CATALOGUE[kind]) for kind in telling.kinds))
        given = telling.keywords - WHERE
        if given - known or (telling.whole and known - given):
            wrong.append(telling)
    assert wrong == []


def test_only_the_catalogue_makes_problems() -> None:
    makers = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "layout").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Problem"
    ]
    assert set(makers) == {"layout/core/problems/__init__.py"}


def test_no_field_is_called_as_a_place_is() -> None:
    assert [kind for kind, form in CATALOGUE.items() if fields_of(form) & WHERE] == []


def test_every_error_of_an_input_has_a_remedy() -> None:
    # The arguments of the location models are a programmer's; their reasons say what to mend.
    bare = {kind for kind, form in CATALOGUE.items() if not form.remedy}
    assert bare <= set(PARTS["Models and measures called from Python"])


def test_an_unknown_code_a_missing_field_and_a_strange_severity_are_refused() -> None:
    with pytest.raises(KeyError, match="no-such-code"):
        refuse("no-such-code")
    with pytest.raises(KeyError, match="path"):
        refuse("missing-file:study", file="a.toml")
    with pytest.raises(ValueError, match="note"):
        problem("missing-file:study", severity="note", path="a.toml")


def test_a_problem_speaks_the_language_of_the_moment_and_can_be_pickled() -> None:
    told = pickle.loads(pickle.dumps(problem("unknown-county", file="a.csv", row=3, choices="45")))
    assert format_problem(told) == (
        "error [unknown-county] a.csv, row 3: No county of the study has this code.\n"
        "    Remedy: Use one of: 45."
    )
    with using("zh"):
        assert "研究区内没有" in str(told.reason)


def codes_asserted(tree: ast.Module) -> Iterator[str]:
    """Texts that the passing tests of a file must have seen as the code of a problem.

    Either ``[code]`` as problems are printed, or the bare code in a test that looks at codes,
    itself or by a helper of its file: in assertions, ``pytest.raises``, the cases of its
    parameters and of its loops. What an assertion denies is left out.
    """
    functions = {f.name: f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef)}
    looking = {name for name, f in functions.items() if _LOOKS.search(ast.unparse(f))}
    for name, test in functions.items():
        if not name.startswith("test_"):
            continue
        called = {ast.unparse(n.func) for n in ast.walk(test) if isinstance(n, ast.Call)}
        looks = name in looking or called & looking
        for node in ast.walk(test):
            for part in _seen(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from re.findall(r"\[([a-z0-9-]+)\\?\]", part.value)
                    yield from [part.value] if looks else []


_LOOKS = re.compile(r"\.code\b|\bcode\b.*problems|\btold\(|\[\{")


def _seen(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assert) and not _denied(node.test):
        return ast.walk(node.test)
    if isinstance(node, ast.For):
        return ast.walk(node.iter)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in _HOLDERS:
        return ast.walk(node)
    return iter(())


_HOLDERS = ("pytest.mark.parametrize", "pytest.raises", "refused", "not_read")
"""Calls that hold what their arguments name; the last two are functions of tests."""


def _denied(test: ast.expr) -> bool:
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not)
    return isinstance(test, ast.Compare) and any(
        isinstance(op, ast.NotIn | ast.NotEq) for op in test.ops
    )


def test_every_code_is_raised_by_a_test() -> None:
    said: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        said |= set(codes_asserted(ast.parse(path.read_text(encoding="utf-8"))))
    assert sorted({kind.partition(":")[0] for kind in CATALOGUE} - said) == []
