"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from layout.core.text import set_language
from layout.inputs.study.study import Study
from tests.worlds.mini import write_mini_study

# Machines differ in speed and runs must not differ in their cases.
settings.register_profile("layout", deadline=None, derandomize=True)
settings.load_profile("layout")

# Fixtures of a session are made before any test begins.
set_language("en")


@pytest.fixture(scope="session", autouse=True)
def _no_cache() -> Iterator[None]:
    """Nothing that a test finds comes from an earlier run, nor the commands that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYOUT_CACHE", "off")
        yield


@pytest.fixture(scope="session")
def mini_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Study file of the small study; read only."""
    return write_mini_study(tmp_path_factory.mktemp("mini"))


@pytest.fixture(scope="session")
def mini_study(mini_path: Path) -> Study:
    """The small study, read."""
    return Study.read(mini_path)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Tests read English whatever the study speaks, and none leaves another language behind."""
    set_language("en")
    yield
    set_language("en")
