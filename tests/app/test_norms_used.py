"""Norms that a plan lists as used are those that something computes with, and no others."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from typing import ClassVar

import pytest

import layout
from layout.core.standards import NOT_READ, PARCEL_NORMS, Standards, standards_table
from layout.output.maps.report import report
from tests import ROOT

NAMES = frozenset(norm.name for norm in fields(Standards))
PACKAGE = str(ROOT / "layout")

# What reads all norms, or some by their names, to copy, compare, list or hash them.
NO_USE = frozenset({"norms_text", "standards_table", "<listcomp>", "<genexpr>"})


class Watched(Standards):
    """Norms that note which of them the package reads in order to compute."""

    read: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> object:
        if name in NAMES:
            code = sys._getframe(1).f_code
            listed = code.co_filename.endswith("standards.py") and code.co_name in NO_USE
            if code.co_filename.startswith(PACKAGE) and not listed:
                Watched.read.add(name)
        return object.__getattribute__(self, name)


@pytest.fixture(scope="module")
def watched(study: layout.Study) -> layout.Plan:
    """A whole plan, all programmes of the small study included, under watched norms."""
    Watched.read.clear()
    return layout.make_plan(replace(study, standards=Watched()))


@pytest.mark.more
@pytest.mark.slow
def test_a_plan_lists_the_norms_that_it_computed_with(watched: layout.Plan) -> None:
    listed = {row[0] for row in report(watched)["standards"]}
    assert listed == Watched.read


@pytest.mark.slow
def test_the_norm_of_the_belt_is_listed_where_no_programme_names_a_width(
    watched: layout.Plan,
) -> None:
    bare = watched.study.programmes.model_copy(update={"border": None})
    plan = replace(watched, study=replace(watched.study, programmes=bare))
    assert {row[0] for row in report(plan)["standards"]} - Watched.read == {"belt_width_m"}


@pytest.mark.slow
def test_the_norms_of_the_ground_are_listed_where_there_are_parcels(watched: layout.Plan) -> None:
    parcels = replace(watched.study, parcels=watched.study.units)
    plan = replace(watched, study=parcels)
    assert {row[0] for row in report(plan)["standards"]} - Watched.read == set(PARCEL_NORMS)


def test_what_nothing_computes_with_is_listed_nowhere() -> None:
    assert {row["name"] for row in standards_table(Standards())} == NAMES - NOT_READ
