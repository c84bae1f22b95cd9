"""Reading a page of a map back: its data, what is packed in it, and the sentences it composes."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
from typing import Any

from layout.core.text import tr, using

DATA = re.compile(r'<script type="application/json" id="layout-data">(.*?)</script>', re.DOTALL)


def data_of(page: str) -> dict[str, Any]:
    """What a page holds, packed parts as they are."""
    (text,) = DATA.findall(page)
    content: dict[str, Any] = json.loads(text)
    return content


def unzipped(text: str) -> dict[str, Any]:
    """One packed part."""
    content: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(text)))
    return content


def swapped(here: Mapping[str, Any], branches: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a page after a change of its language."""
    return {
        key: value
        if key not in branches
        else swapped(value, branches[key])
        if isinstance(value, dict)
        else branches[key]
        for key, value in here.items()
    }


def composed(catalogue: Mapping[str, Any], value: Any, language: str) -> str:
    """A line of an explanation, composed as the page does."""
    if not isinstance(value, list):
        return str(value)
    texts = [composed(catalogue, part, language) for part in value[1:]]
    if value[0] is None:
        return str(catalogue["comma"][language].join(texts))
    sentence: str = catalogue["sentences"][language][value[0]]
    fields = dict(zip(catalogue["fields"][value[0]], texts, strict=True))
    # In English nothing is looked up: the sentence is filled in as it stands.
    with using("en"):
        return tr(sentence, **fields)
