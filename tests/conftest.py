"""Fixtures that all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import settings

from layout.core.text import set_language
from layout.inputs.study.study import Study
from layout.network.travel import StudyTravel, study_travel
from tests import ROOT
from tests.worlds import baise
from tests.worlds.mini import write_mini_study

# Machines differ in speed and runs must not differ in their cases.
settings.register_profile("layout", deadline=None, derandomize=True)
settings.load_profile("layout")

# Fixtures of a session are made before any test begins.
set_language("en")


NOTEBOOK = "03-consolidation.ipynb"
"""The notebook that `make test` runs; `make test-more` runs the others."""


def pytest_configure(config: pytest.Config) -> None:
    """Hide the results of earlier runs from the tests and from the commands that they start.

    The ways of the Baise study are kept for the run in a folder of its own, which its plan and the
    notebooks share, whatever process they are in.
    """
    os.environ["LAYOUT_CACHE"] = "off"
    config.pluginmanager.register(_Notebooks())
    if baise.CACHE not in os.environ:
        os.environ[baise.CACHE] = mkdtemp(prefix="layout-cache-")
        config.add_cleanup(lambda: rmtree(os.environ.pop(baise.CACHE), ignore_errors=True))


class _Notebooks:
    """Runs notebooks with this package, on the ways that the run has found.

    A plugin of its own: hooks of this file alone see only what lies beside it.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        if item.path.suffix != ".ipynb":
            return (yield)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LAYOUT_CACHE", os.environ[baise.CACHE])
            patch.setenv("PYTHONPATH", str(ROOT))
            return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave all notebooks but one to `make test-more`."""
    for item in items:
        if item.path.suffix == ".ipynb" and item.path.name != NOTEBOOK:
            item.add_marker(pytest.mark.more)


@pytest.fixture(scope="session")
def mini_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Study file of the small study; read only."""
    return write_mini_study(tmp_path_factory.mktemp("mini"))


@pytest.fixture(scope="session")
def mini_study(mini_path: Path) -> Study:
    """The small study, read."""
    return Study.read(mini_path)


@pytest.fixture(scope="session")
def baise_plan(tmp_path_factory: pytest.TempPathFactory) -> baise.BaisePlan:
    """The plan of the Baise study, solved once for all processes of the run; read only."""
    own = tmp_path_factory.getbasetemp()
    return baise.planned(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="session")
def baise_study() -> Study:
    """The Baise study, read."""
    return Study.read(baise.STUDY)


@pytest.fixture(scope="session")
def baise_ways(baise_plan: baise.BaisePlan, baise_study: Study) -> StudyTravel:
    """All ways of the Baise study on foot and by bus, as its plan found them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAYOUT_CACHE", str(baise_plan.cache))
        return study_travel(baise_study)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Tests read English whatever the study speaks, and none leaves another language behind."""
    set_language("en")
    yield
    set_language("en")
