"""The data inside a page of the map."""

from __future__ import annotations

import json
import re
from typing import Any

DATA = re.compile(r'<script type="application/json" id="layout-data">(.*?)</script>', re.DOTALL)


def data_of(page: str) -> dict[str, Any]:
    """What the page was given, packed parts as they stand in it."""
    texts = DATA.findall(page)
    assert len(texts) == 1
    content: dict[str, Any] = json.loads(texts[0])
    return content
