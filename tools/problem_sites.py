"""Every problem that the package can tell, found in its source: code, severity, reason, remedy.

A code that is computed cannot be listed, so `sites` refuses one: each stands as a plain text where
the problem is made, or where a helper that makes problems is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

__all__ = ["Site", "sites"]

FIELDS = ("code", "severity", "reason", "remedy")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Places = tuple[int, ...]
"""Which part of a tuple is meant, and which of that."""
_OPEN = ("param", "flag")


@dataclass(frozen=True, order=True)
class Site:
    """One place where a problem is made; reasons and remedies as identifiers of sentences."""

    code: str
    severities: tuple[str, ...]
    module: str
    reasons: tuple[str, ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True)
class Leaf:
    """What an expression comes down to: a text, a sentence, a parameter or something computed."""

    kind: str
    text: str
    path: Places = ()


@dataclass
class Scope:
    """A function with its module, and what its loops have bound for one round."""

    module: str
    function: Function
    functions: dict[str, Function]
    bound: dict[str, Bound] = field(default_factory=dict)
    chosen: dict[str, bool] = field(default_factory=dict)
    owner: str = ""


Bound = tuple[ast.expr, Places, Scope]
"""An expression, the part of it that is meant, and where its names are looked up."""
_BOTH = [Leaf("text", "error"), Leaf("text", "warning")]


def sites(package: Path) -> list[Site]:
    """Find every problem that a package can make.

    Parameters
    ----------
    package
        Folder of its source.

    Returns
    -------
    list of Site
        Sorted by code.

    Raises
    ------
    ValueError
        If a code is computed, or a problem has no reason.
    """
    scopes = _scopes(package)
    found = set()
    for scope in scopes:
        for call in _calls(scope, "Problem"):
            given = {word.arg: word.value for word in call.keywords if word.arg}
            for case in _cases(scope, call, given):
                found |= _finished(case, scope, scopes)
    return sorted(found)


def _scopes(package: Path) -> list[Scope]:
    """All functions of the package, methods and inner ones too."""
    made = []
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = path.relative_to(package.parent).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        inner = [node for node in ast.walk(tree) if isinstance(node, Function)]
        functions = {node.name: node for node in inner}
        owners = {
            node: owner.name.lower()
            for owner in ast.walk(tree)
            if isinstance(owner, ast.ClassDef)
            for node in owner.body
        }
        made += [Scope(module, node, functions, owner=owners.get(node, "")) for node in inner]
    return made


def _own(function: Function) -> Iterator[ast.AST]:
    """Nodes of a function without those of functions within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function):
            waiting += ast.iter_child_nodes(node)


def _calls(scope: Scope, name: str, owner: str = "") -> list[ast.Call]:
    """Calls of a function by its name or as an attribute; of a method, on `owner` alone."""
    return [
        node
        for node in _own(scope.function)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == name and not owner)
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr == name
                and owner in ("", ast.unparse(node.func.value))
            )
        )
    ]


def _cases(
    scope: Scope, call: ast.Call, given: dict[str, ast.expr]
) -> list[tuple[dict[str, list[Leaf]], str]]:
    """What the fields come down to, for each round of the loops that the call stands in."""
    made = []
    for here in _rounds(scope, call, given.get("code")):
        case = {name: _leaves(given[name], here, (), call) for name in FIELDS if name in given}
        made.append((case, f"{scope.module}:{call.lineno}"))
    return made


def _finished(
    case: tuple[dict[str, list[Leaf]], str], scope: Scope, scopes: Sequence[Scope]
) -> set[Site]:
    """Put in what callers hand to the function, until nothing is a parameter any more."""
    fields, place = case
    function = scope.function
    asked = {leaf.text for held in fields.values() for leaf in held if leaf.kind in _OPEN}
    if not asked:
        return {_site(fields, scope.module, place)}
    code = next((leaf.text for leaf in fields["code"] if leaf.kind == "param"), "")
    found: set[Site] = set()
    for caller in scopes:
        # Private and inner functions are called within their module only.
        inner = function.col_offset > 0 and not scope.owner
        if (inner or function.name.startswith("_")) and caller.module != scope.module:
            continue
        for call in _calls(caller, function.name, scope.owner):
            given = _given(function, call)
            if not asked <= set(given):
                raise ValueError(f"{caller.module}:{call.lineno}: {asked} are not all given")
            handed = {name: given[name] for name in asked if name in given}
            for here in _rounds(caller, call, handed.get(code)):
                filled = {
                    name: [new for leaf in held for new in _filled(leaf, handed, here, call)]
                    for name, held in fields.items()
                }
                told = f"{caller.module}:{call.lineno}"
                found |= _finished((filled, told), caller, scopes)
    if not found:
        raise ValueError(
            f"{place}: nobody calls {function.name}, so its problem is not known: {fields}"
        )
    return found


def _given(function: Function, call: ast.Call) -> dict[str, ast.expr]:
    """Arguments of a call by parameter, defaults where none is given."""
    names = [word.arg for word in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] == ["self"] else names
    given = dict(zip(names[::-1], function.args.defaults[::-1], strict=False))
    for word, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if value is not None:
            given[word.arg] = value
    given |= dict(zip(names, call.args, strict=False))
    return given | {word.arg: word.value for word in call.keywords if word.arg}


def _filled(leaf: Leaf, handed: dict[str, ast.expr], scope: Scope, call: ast.Call) -> list[Leaf]:
    """Replace a parameter by what a call hands over."""
    if leaf.kind not in _OPEN:
        return [leaf]
    value = handed[leaf.text]
    if leaf.kind == "param":
        return _leaves(value, scope, leaf.path, call)
    if isinstance(value, ast.Constant):
        return [Leaf("text", "warning" if value.value else "error")]
    return [Leaf("flag", value.id)] if isinstance(value, ast.Name) else _BOTH


def _rounds(scope: Scope, call: ast.Call, code: ast.expr | None) -> Iterator[Scope]:
    """The scope of a call, once for each alternative among which its code is chosen.

    Alternatives are the rows of a table that a loop runs over, the tuples that a function of the
    same module returns, and the sides of an "if" within the expression.
    """
    rows: list[dict[str, Bound]] = [{}]
    for target, value, where in _alternatives(scope, call, code):
        rows = [row | _bind(target, one, (), where) for row in rows for one in value]
    tests = [ast.dump(n.test) for n in ast.walk(code) if isinstance(n, ast.IfExp)] if code else []
    for row, answers in product(rows, product((True, False), repeat=len(tests))):
        chosen = dict(zip(tests, answers, strict=True))
        yield Scope(scope.module, scope.function, scope.functions, row, chosen)


def _alternatives(
    scope: Scope, call: ast.Call, code: ast.expr | None
) -> Iterator[tuple[ast.expr, list[ast.expr], Scope]]:
    wanted = {node.id for node in ast.walk(code) if isinstance(node, ast.Name)} if code else set()
    for node in _own(scope.function):
        if isinstance(node, ast.For | ast.comprehension):
            target, value = node.target, node.iter
        elif isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
        else:
            continue
        if not wanted & {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}:
            continue
        if isinstance(value, ast.Name):
            value = next(iter(_assigned(value.id, scope, call)), (value, ()))[0]
        if isinstance(node, ast.For | ast.comprehension) and isinstance(value, ast.Tuple):
            yield target, value.elts, scope
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            inner = scope.functions.get(value.func.id)
            if inner is not None and isinstance(node, ast.Assign):
                where = Scope(scope.module, inner, scope.functions)
                yield target, _returned(inner), where


def _returned(function: Function) -> list[ast.expr]:
    """Tuples that a function returns."""
    values = [node.value for node in _own(function) if isinstance(node, ast.Return)]
    return [value for value in values if isinstance(value, ast.Tuple)]


def _bind(target: ast.expr, value: ast.expr, path: Places, scope: Scope) -> dict[str, Bound]:
    """Names of a target with the part of the value that each gets."""
    if isinstance(target, ast.Name):
        return {target.id: (value, path, scope)}
    bound: dict[str, Bound] = {}
    for at, part in enumerate(target.elts if isinstance(target, ast.Tuple) else ()):
        bound |= _bind(part, value, (*path, at), scope)
    return bound


def _assigned(name: str, scope: Scope, use: ast.AST) -> list[tuple[ast.expr, Places]]:
    """What a name may hold at a place: the last sure assignment before it, and later others."""
    sure: list[tuple[ast.expr, Places]] = []
    for block, statement in sorted(_statements(scope.function), key=lambda pair: pair[1].lineno):
        if isinstance(statement, ast.Assign):
            bound = _bind(statement.targets[0], statement.value, (), scope)
        elif isinstance(statement, ast.AnnAssign | ast.AugAssign) and statement.value:
            bound = _bind(statement.target, statement.value, (), scope)
        else:
            continue
        if name not in bound or statement.lineno >= use.lineno:
            continue
        value, path, _ = bound[name]
        around = any(node is use for part in block for node in ast.walk(part))
        if around and not isinstance(statement, ast.AugAssign):
            sure = []
        sure.append((value, path))
    return sure


def _looped(name: str, scope: Scope) -> list[tuple[ast.expr, Places]]:
    """What a name holds in any round of a loop over a table."""
    found = []
    for node in _own(scope.function):
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
            for row in node.iter.elts:
                bound = _bind(node.target, row, (), scope)
                found += [bound[name][:2]] if name in bound else []
    return found


def _statements(node: ast.AST) -> Iterator[tuple[list[ast.stmt], ast.stmt]]:
    """Statements of a function, each with the block that it stands in."""
    for name in ("body", "orelse", "finalbody", "handlers"):
        block = getattr(node, name, None)
        for statement in block if isinstance(block, list) else ():
            if not isinstance(statement, Function):
                yield block, statement
                yield from _statements(statement)


def _leaves(node: ast.expr, scope: Scope, path: Places, use: ast.AST) -> list[Leaf]:
    """What an expression comes down to."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [Leaf("text", node.value)]
    if isinstance(node, ast.Tuple) and path:
        return _leaves(node.elts[path[0]], scope, path[1:], use)
    if isinstance(node, ast.BinOp):
        return _leaves(node.left, scope, path, use) + _leaves(node.right, scope, path, use)
    if isinstance(node, ast.IfExp):
        return _either(node, scope, path, use)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "tr" and isinstance(node.args[0], ast.Constant):
            return [Leaf("sentence", str(node.args[0].value))]
        inner = scope.functions.get(node.func.id)
        if inner is not None:
            where = Scope(scope.module, inner, scope.functions)
            values = [n for n in _own(inner) if isinstance(n, ast.Return) and n.value]
            return [leaf for n in values for leaf in _leaves(n.value, where, path, n)]
    if isinstance(node, ast.Name):
        return _named(node.id, scope, path, use)
    return [Leaf("computed", "")]


def _either(node: ast.IfExp, scope: Scope, path: Places, use: ast.AST) -> list[Leaf]:
    chosen = scope.chosen.get(ast.dump(node.test))
    if chosen is not None:
        return _leaves(node.body if chosen else node.orelse, scope, path, use)
    plain = isinstance(node.body, ast.Constant) and isinstance(node.orelse, ast.Constant)
    if plain and isinstance(node.test, ast.Name) and node.test.id in _parameters(scope.function):
        return [Leaf("flag", node.test.id)]
    return [leaf for side in (node.body, node.orelse) for leaf in _leaves(side, scope, path, use)]


def _named(name: str, scope: Scope, path: Places, use: ast.AST) -> list[Leaf]:
    if name in scope.bound:
        value, more, where = scope.bound[name]
        # A table's row stands where it is written, whatever loop reads it.
        return _leaves(value, where, (*more, *path), use if where is scope else value)
    held = _assigned(name, scope, use) or _looped(name, scope)
    if held:
        return [leaf for value, more in held for leaf in _leaves(value, scope, (*more, *path), use)]
    if name in _parameters(scope.function):
        return [Leaf("param", name, path)]
    return [Leaf("computed", name)]


def _parameters(function: Function) -> set[str]:
    words = function.args
    return {word.arg for word in (*words.posonlyargs, *words.args, *words.kwonlyargs)}


def _site(fields: dict[str, list[Leaf]], module: str, place: str) -> Site:
    codes = {leaf.text for leaf in fields["code"] if leaf.kind == "text"}
    if len(codes) != 1 or any(leaf.kind != "text" for leaf in fields["code"]):
        raise ValueError(f"{place}: the code of a problem is not one plain text: {fields['code']}")

    def sentences(name: str) -> tuple[str, ...]:
        held = (leaf.text for leaf in fields.get(name, ()) if leaf.kind == "sentence")
        return tuple(dict.fromkeys(held))

    severities = {leaf.text for leaf in fields.get("severity", ()) if leaf.kind == "text"}
    reasons = sentences("reason")
    if not reasons:
        raise ValueError(f"{place}: the problem {codes} has no reason")
    shown = tuple(sorted(severities)) or ("error",)
    return Site(codes.pop(), shown, module, reasons, sentences("remedy"))
