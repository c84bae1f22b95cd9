"""Every number of a study file and of a scenario has a range, told where it is read."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import layout
from layout.core.errors import Problem, UsageError
from layout.core.standards import NORM_RANGES, Standards
from layout.inputs.study.file import ConsolidateSection
from layout.inputs.study.ranges import LEVER_RANGES
from layout.inputs.study.study import Study, examine
from tests.worlds.mini import write_mini_study


@pytest.fixture(scope="module")
def study_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mini_study(tmp_path_factory.mktemp("ranges"))


def errors(study: Path, scenario: Path | None = None) -> list[Problem]:
    return [one for one in examine(study, scenario).problems if one.severity == "error"]


def with_scenario(study: Path, tmp_path: Path, text: str) -> list[tuple[str, str, str]]:
    """Code, column and file of each error under a scenario."""
    scenario = tmp_path / "other.toml"
    scenario.write_text(text, encoding="utf-8")
    return [(one.code, one.column, one.file) for one in errors(study, scenario)]


GIANT = "9" * 4000
OUTSIDE = [
    ("standards.class_size_primary", "0"),
    ("standards.walk_kmh", "0.0"),
    ("standards.walk_kmh", "nan"),
    ("standards.walk_limit_m", "0.0"),
    ("standards.walk_limit_m", "inf"),
    ("standards.boarding_trips_per_day", "-1.0"),
    ("standards.kindergarten_max_classes", GIANT),
    ("programmes.closures.count", GIANT),
    ("programmes.border.width_m", "inf"),
    ("programmes.border.width_m", "1e300"),
    ("programmes.border.retain", "-1"),
    ("programmes.kindergarten.sites", GIANT),
    ("programmes.kindergarten.places", "1000000000000"),
    ("programmes.compulsory.year", "10000"),
    ("programmes.public_share.share", "1.01"),
    ("demography.migration", "nan"),
    ("demography.migration", "-1.0"),
    ("roads.join_m", "inf"),
    ("consolidate.close", GIANT),
    ("consolidate.belt_m", "-0.5"),
    ("consolidate.time_limit_s", "nan"),
    ("consolidate.time_limit_s", "0.0"),
    ("consolidate.walk_kmh", "1e300"),
    ("study.children_year", "0"),
    ("study.data_date", "1979-12-31"),
    ("study.name", f'"{"名" * 201}"'),
]


@pytest.mark.parametrize(
    ("key", "value"), OUTSIDE, ids=[f"{key}={value[:8]}" for key, value in OUTSIDE]
)
def test_a_number_outside_its_range_is_told_when_it_is_read(
    study_file: Path, tmp_path: Path, key: str, value: str
) -> None:
    told = with_scenario(study_file, tmp_path, f"{key} = {value}\n")
    assert told == [("out-of-range", key, "other.toml")]


def test_the_message_names_the_range_and_cuts_the_number_short(
    study_file: Path, tmp_path: Path
) -> None:
    scenario = tmp_path / "other.toml"
    scenario.write_text(f"programmes.closures.count = {GIANT}\n", encoding="utf-8")
    (one,) = errors(study_file, scenario)
    assert str(one.reason) == "The number is not from 0 to 100000."
    assert len(one.value) <= 200


def test_numbers_of_programmes_that_no_model_reads_are_finite_too(
    study_file: Path, tmp_path: Path
) -> None:
    for value in (GIANT, "inf", f"[1, {GIANT}]"):
        text = f"[programmes.vocational]\nsites = {value}\n"
        told = with_scenario(study_file, tmp_path, text)
        assert {code for code, _, _ in told} == {"out-of-range"}
        assert all(column.startswith("programmes.vocational.sites") for _, column, _ in told)


def test_every_norm_has_a_range_that_holds_its_default() -> None:
    for norm in fields(Standards):
        least, most = NORM_RANGES[norm.name]
        assert least <= norm.default <= most, norm.name
    assert set(LEVER_RANGES) <= set(ConsolidateSection.model_fields)


@pytest.mark.more
def test_closures_stay_between_the_data_and_the_deadline(study_file: Path, tmp_path: Path) -> None:
    for years in ("[2022, 2024]", "[2020, 2023]", "[2150]"):
        text = f"programmes.closures.years = {years}\n"
        told = with_scenario(study_file, tmp_path, text)
        assert told == [("out-of-range", "programmes.closures.years", "other.toml")]
    assert with_scenario(study_file, tmp_path, "programmes.closures.years = [2021, 2023]\n") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("standards.primary_min_classes = 30\n", "standards.primary_min_classes"),
        ("standards.large_class = 70\n", "standards.large_class"),
        ("standards.kindergarten_max_children = 80\n", "standards.kindergarten_max_children"),
        ("standards.class_size_preschool = 25\n", "programmes.kindergarten.places"),
    ],
)
def test_numbers_that_contradict_each_other_are_told(
    study_file: Path, tmp_path: Path, text: str, key: str
) -> None:
    assert [told[:2] for told in with_scenario(study_file, tmp_path, text)] == [
        ("out-of-range", key)
    ]


def test_numbers_of_thousands_of_digits_and_days_that_are_none_are_no_toml(
    study_file: Path, tmp_path: Path
) -> None:
    for value in ("9" * 5000, "2021-02-30"):
        told = with_scenario(study_file, tmp_path, f"programmes.closures.count = {value}\n")
        assert told == [("toml", "", "other.toml")]


@pytest.mark.parametrize(
    "system",
    [
        "+proj=tmerc +a=1e300 +b=1e300",
        "IAU_2015:30135",
        "+proj=tmerc +lon_0=105 +k=1e300 +ellps=GRS80",
        "+proj=utm +zone=48 +nadgrids=secret.gsb",
    ],
)
def test_systems_of_other_planets_and_of_no_use_are_told(
    study_file: Path, tmp_path: Path, system: str
) -> None:
    told = with_scenario(study_file, tmp_path, f'study.crs = "{system}"\n')
    assert {code for code, _, _ in told} == {"crs"}


def test_a_path_that_is_none_or_leads_in_a_circle_is_told(study_file: Path, tmp_path: Path) -> None:
    def told(path: str) -> list[tuple[str, str]]:
        text = f'inputs.units = "{path}"\n'
        return [one[:2] for one in with_scenario(study_file, tmp_path, text)]

    assert told("a\\u0000b.gpkg") == [("not-a-path", "inputs.units")]
    assert told("x" * 5000 + ".gpkg") == [("missing-file", "inputs.units")]
    assert told("boundaries/" + "x" * 300 + ".gpkg") == [("missing-file", "inputs.units")]
    circle = study_file.parent / "boundaries" / "circle.gpkg"
    circle.symlink_to(circle)
    assert told("boundaries/circle.gpkg") == [("missing-file", "inputs.units")]
    circle.unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_pipe_or_device_is_no_study_file(study_file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path / "pipe.toml", Path("/dev/zero")):
        assert [one.code for one in errors(path)] == ["cannot-read"]
        assert [one.code for one in errors(study_file, path)] == ["cannot-read"]


def test_a_study_file_that_may_not_be_opened_is_told(
    study_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("layout.core.files.os.open", refused)
    (one,) = errors(study_file)
    assert (one.code, "Permission denied" in str(one.reason)) == ("cannot-read", True)


@pytest.mark.parametrize(
    ("levers", "name"),
    [
        ({"close": 10**5000}, "close"),
        ({"belt_m": float("inf")}, "belt_m"),
        ({"max_receivers": 0}, "max_receivers"),
        ({"min_receiver_pupils": 10**9}, "min_receiver_pupils"),
        ({"walk_kmh": 1e-9}, "walk_kmh"),
        ({"quota": {"451026": 10**30}}, "quota"),
    ],
)
def test_levers_have_the_same_ranges_in_python(
    study_file: Path, levers: dict[str, object], name: str
) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        layout.make_plan(Study.read(study_file), **levers)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 300
