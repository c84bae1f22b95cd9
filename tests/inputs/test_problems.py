"""Every code of a problem: listed in the docs, and raised by a test that says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests import ROOT
from tools.problem_sites import Site, sites
from tools.problems import PAGE, page


@pytest.fixture(scope="module")
def found() -> list[Site]:
    return sites(ROOT / "layout")


@pytest.mark.slow
def test_the_page_is_as_the_source_is() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tools.problems"


def test_every_error_of_an_input_has_a_remedy(found: list[Site]) -> None:
    # The arguments of the location models are a programmer's; their reasons say what to mend.
    bare = [site for site in found if not site.remedies and "layout.location" not in site.module]
    assert bare == []


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


_LOOKS = re.compile(r"\.code\b|\bcode\b.*problems|\[\{")


def _seen(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assert) and not _denied(node.test):
        return ast.walk(node.test)
    if isinstance(node, ast.For):
        return ast.walk(node.iter)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in _HOLDERS:
        return ast.walk(node)
    return iter(())


_HOLDERS = ("pytest.mark.parametrize", "pytest.raises")


def _denied(test: ast.expr) -> bool:
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not)
    return isinstance(test, ast.Compare) and any(
        isinstance(op, ast.NotIn | ast.NotEq) for op in test.ops
    )


def test_every_code_is_raised_by_a_test(found: list[Site]) -> None:
    said: set[str] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        said |= set(codes_asserted(ast.parse(path.read_text(encoding="utf-8"))))
    assert sorted({site.code for site in found} - said) == []
