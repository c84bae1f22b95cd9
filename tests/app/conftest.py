"""One solved small study for the tests of the door."""

from __future__ import annotations

from pathlib import Path

import pytest

import layout
from tests.worlds.mini import write_mini_study


@pytest.fixture(scope="package")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mini_study(tmp_path_factory.mktemp("door") / "study")


@pytest.fixture(scope="package")
def study(path: Path) -> layout.Study:
    return layout.Study.read(path)


@pytest.fixture(scope="package")
def plan(study: layout.Study) -> layout.Plan:
    return layout.make_plan(study)


@pytest.fixture(scope="package")
def folder(plan: layout.Plan, path: Path) -> Path:
    return plan.save(path.parent.parent / "out")
