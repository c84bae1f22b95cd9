"""What is wrong with the keys of a study file, in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from layout.core.errors import Problem
from layout.core.problems import problem
from layout.core.show import brief
from layout.inputs.safety.address import without_password

__all__ = ["key_problems", "sets_key"]


def key_problems(
    errors: ValidationError,
    model: type[BaseModel],
    *,
    file: str,
    over: tuple[str, Mapping[str, Any]] | None,
) -> list[Problem]:
    """Turn pydantic's errors into problems, one for each key.

    Parameters
    ----------
    errors
        What pydantic found.
    model
        The model of the whole study file.
    file, over
        As for `layout.inputs.study.file.parse_study`.
    """
    problems: dict[str, Problem] = {}
    # Of several errors of one key those of a range come first: other branches of a union, which
    # want another kind of value, do not matter then.
    found = errors.errors(include_url=False)
    for error in sorted(found, key=lambda error: error["type"] not in _OF_RANGES):
        # Keys of dictionaries and branches of unions come as further parts of the place.
        place = [str(part) for part in error["loc"] if part != "[key]"]
        key = ".".join(part for part in place if not _BRANCH.fullmatch(part))
        # Whole tables are not shown, nor passwords; of several errors of one key the first counts.
        hidden = error["type"] == "missing" or isinstance(error["input"], dict)
        shown = "" if hidden else without_password(_text(error["input"]))
        blamed = over[0] if over is not None and sets_key(over[1], key) else file
        # A list of which a part is wrong is not also too short, nor of a wrong kind.
        if any(one.startswith(f"{key}.") for one in problems):
            continue
        problems.setdefault(key, _in_our_words(error, model, file=blamed, column=key, value=shown))
    return list(problems.values())


def _text(value: object) -> str:
    """A value as it stands in the file; a number of thousands of digits in short."""
    return value if isinstance(value, str) else brief(value)


def sets_key(tree: Mapping[str, Any], key: str) -> bool:
    """Whether a tree of tables has a dotted key."""
    first, _, rest = key.partition(".")
    if first not in tree:
        return False
    return not rest or not isinstance(tree[first], Mapping) or sets_key(tree[first], rest)


@cache
def _known_keys(model: type[BaseModel], prefix: str = "") -> tuple[str, ...]:
    """Every dotted key of a model and of the models in it."""
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        # A section, or one of the members of an optional one.
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                keys += _known_keys(part, f"{prefix}{name}.")
    return tuple(keys)


# What pydantic adds to the place of an error for a branch of a union.
_BRANCH = re.compile(
    r"str|int|float|bool|date|constrained-str|list\[.*\]|function-after\[.*\]|union\[.*\]"
)
_OF_RANGES = ("out_of_range", "string_too_long")


def _in_our_words(error: Any, model: type[BaseModel], **place: Any) -> Problem:
    """One of pydantic's errors as a problem."""
    # The context of an error has its limits.
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "missing" and place["column"] == "inputs.roads":
        return problem("missing-key:roads", **place)
    if kind == "missing":
        return problem("missing-key", **place)
    if kind == "extra_forbidden":
        nearest = get_close_matches(place["column"], _known_keys(model), n=1, cutoff=0.75)
        if nearest:
            return problem("unknown-key:near", near=nearest[0], **place)
        return problem("unknown-key", **place)
    if kind == "literal_error":
        choices = limits["expected"].replace("'", "").replace(" or ", ", ")
        return problem("unknown-value", choices=choices, **place)
    if kind == "out_of_range":
        return problem("out-of-range", least=limits["least"], most=limits["most"], **place)
    if kind == "string_too_long":
        return problem("out-of-range:text", most=limits["max_length"], **place)
    if kind.startswith("date"):
        return problem("wrong-kind:date", **place)
    if kind.startswith("string"):
        return problem("wrong-kind:text", **place)
    if kind.startswith("int"):
        return problem("wrong-kind:whole", **place)
    if kind.startswith(("float", "finite")):
        return problem("wrong-kind:number", **place)
    if kind.startswith("bool"):
        return problem("wrong-kind:yes-or-no", **place)
    return problem("wrong-kind", **place)
