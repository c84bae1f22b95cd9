"""Extracts as mappers leave them: broken areas, odd names, far islands, places outside the units.

Each is a modelled country of six villages with one fault.
"""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from layout.app.newstudy import new_study
from layout.app.newstudy.attendance import most_a_grade
from layout.app.newstudy.build import read_parts
from layout.app.newstudy.kinds import kind_of
from layout.app.newstudy.source import of_extract
from layout.app.newstudy.studyfile import Parts
from layout.core.errors import InputError
from layout.inputs.roads.osm import read_border
from layout.inputs.roads.osm_objects import read_boundaries
from layout.inputs.study.study import Study
from tests import ROOT

EXTRACTS = ROOT / "tests" / "worlds" / "data" / "extracts"


def made(name: str, folder: Path) -> tuple[Study, str]:
    """The study of an extract, and what its file says of it."""
    path = new_study(EXTRACTS / f"{name}.osm", folder / name, language="en")
    return Study.read(path), path.read_text(encoding="utf-8")


def read(path: Path) -> tuple[Parts, str]:
    """What a study takes from an extract, before any number of pupils, and what it says of it."""
    parts, _ = read_parts(of_extract(path), path, "en", None, None, None)
    return parts, "\n".join(parts.notes)


@pytest.mark.parametrize(
    ("name", "code"),
    [("antimeridian", "antimeridian"), ("lat85", "pole"), ("no-roads", "no-roads")],
)
def test_what_cannot_be_is_told_before_anything_is_written(
    name: str, code: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        new_study(EXTRACTS / f"{name}.osm", tmp_path / "study")
    assert [problem.code for problem in caught.value.problems] == [code]
    assert not (tmp_path / "study").exists()


@pytest.mark.slow
def test_a_broken_area_is_a_point_a_count_and_a_name() -> None:
    study, text = read(EXTRACTS / "schools-not-closed.osm")
    names = {"Open way school", "Clipped ring school", "Clipped relation school"}
    assert names | {"Site relation school"} <= set(study.schools["name"])
    assert "4 areas are crossed, cut or not closed" in text
    bowtie, text = read(EXTRACTS / "bowtie-school.osm")
    assert "Bow tie school" in set(bowtie.schools["name"])
    assert "1 area is crossed, cut or not closed; each stands at a point of it: Bow tie" in text


def test_a_crossed_township_is_what_its_ring_encloses() -> None:
    townships = read_boundaries(EXTRACTS / "crossed-township.osm", admin_level=8)
    assert townships["whole"].to_list() == [False]
    assert townships.geometry.iloc[0].is_valid
    assert townships.geometry.iloc[0].area > 0.01


def test_a_stray_way_is_no_national_border() -> None:
    assert read_border(EXTRACTS / "stray-border-way.osm").empty


@pytest.mark.slow
def test_what_lies_outside_all_units_is_counted_and_left_out() -> None:
    study, text = read(EXTRACTS / "place-outside-units.osm")
    assert "Village 5" not in set(study.settlements["name"])
    assert "1 place lies outside all units and is left out: Village 5." in text
    assert "1 school lies outside all units and is left out: School 5." in text


@pytest.mark.slow
def test_a_school_without_a_settlement_gets_one() -> None:
    study, text = read(EXTRACTS / "school-without-settlement.osm")
    assert "1 island or locality counts as a settlement" in text
    island = study.settlements[study.settlements["name"].str.contains("island", case=False)]
    assert island["age_6"].to_list() == [9]
    bare, text = read(EXTRACTS / "no-place-nodes.osm")
    assert len(bare.settlements) >= 1
    assert "have no settlement within 2 km" in text
    assert bare.settlements["name"].str.startswith("Around").all()


@pytest.mark.slow
def test_names_are_matched_without_accents_and_letter_case() -> None:
    cased, _ = read(EXTRACTS / "names-differ-by-case.osm")
    assert not cased.settlements["name"].duplicated().any()
    assert not cased.settlements["name"].str.contains("Serrat.*Serrat", case=False).any()
    accents, _ = read(EXTRACTS / "place-area-accent.osm")
    assert len(accents.settlements) == 6
    level, _ = read(EXTRACTS / "same-name-other-level.osm")
    assert level.schools["name"].duplicated().sum() == 1


@pytest.mark.slow
def test_a_city_does_not_count_its_villages_twice(tmp_path: Path) -> None:
    study, text = made("city-counts-its-villages", tmp_path)
    # 1 % of each age: all of the 200,000 people once.
    assert study.settlements["age_5"].sum() == 2_000
    assert "taken out of it: City." in text
    # No school is as large as a city, none is empty, and who finds no room is in no school.
    grades = study.schools.filter(like="pupils_g")
    assert grades.to_numpy().max() == most_a_grade("211", "g1") == 333
    assert "are in no school: none is near, or none has room" in text
    assert (study.schools.filter(like="pupils_").sum(axis=1) > 0).all()


@pytest.mark.slow
def test_kinds_are_told_or_said_to_be_unknown() -> None:
    study, text = read(EXTRACTS / "kinds-by-name.osm")
    kinds = study.schools.set_index("name")["type_code"]
    assert kinds["Collège Victor Hugo"] == "311"
    assert kinds["Lycée Hoche"] == "342"
    assert kinds["Ensino Médio"] == "342"
    assert kinds["Escola bressol"] == "111"
    assert "Mantrust Driving School" not in kinds
    assert "NOT KNOWN, taken as schools of grades 1 to 9" in text
    assert "Средняя школа №5" in text
    plain = kinds[[f"School {at}" for at in range(6)]]
    assert set(plain) == {"312"}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("211", "私立東海國小"),
        ("211", "서울초등학교"),
        ("211", "Shule ya Msingi Kilimani"),
        ("311", "縣立北港國中"),
        ("311", "중학교"),
        ("311", "Telesecundaria 5"),
        ("341", "國立臺灣大學附中"),
        ("211", "Escola Andorrana de Primera Ensenyança"),
        ("311", "Escola Andorrana de Segona Ensenyança"),
        ("211", "EPP Ambohimanga"),
        ("211", "Groupe scolaire de Kigeme"),
        ("311", "CEG de Lokossa"),
        ("342", "札幌高等学校"),
        ("342", "University High School"),
        ("111", "푸른유치원"),
    ],
)
def test_other_scripts_and_lands(code: str, name: str) -> None:
    assert kind_of("school", name, {}) == (code, "name")


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("", "驾校|中共县委党校|老年大学|Auto-école du Port|Fahrschule Mauren|Volkshochschule"),
        ("", "Lái xe Hà Nội|Ballet School|Sunrise Tutorial|Tauchschule|Scuola di lingue"),
        ("", "University of Malta|S.T.C Training|Link School of English|師範大學"),
        ("", "École supérieure d'art|Haute école de musique"),
        ("514", "特殊教育学校|聋哑学校|Sonderschule|SLB Negeri|Special Education Center"),
        ("361", "县卫校|技校|职业学校|SMK 1|SMKN 2|Lycée professionnel|Trung cấp nghề"),
        ("361", "Genecom Institute of Science and Technology"),
        ("312", "EMEF João|某九年制学校|Escola Básica de Lagos|TH và THCS Ba Bể"),
        ("341", "第一中学|附中|Legazpi City National High School|Institut Ramon Llull"),
        ("342", "高级中学|THPT Chu Văn An|SMA 2|Lycée Hoche|مدرسة ثانوية"),
        ("311", "初级中学|THCS Nguyễn Du|SMP 3|Collège Fabien|Realschule|Scuola media"),
        (
            "211",
            "中心小学|Tiểu học Kim Đồng|SD Negeri 1|École des Révoires|Grundschule",
        ),
        ("111", "幼儿园|Mầm non|PAUD|École maternelle|Nursery|Llar d'infants|روضة الأطفال"),
    ],
)
def test_a_word_of_the_name_tells_the_kind(code: str, names: str) -> None:
    for name in names.split("|"):
        assert kind_of("school", name, {}) == (code, "name"), name


def test_tags_tell_the_kind_before_the_name() -> None:
    assert kind_of("school", "X", {"isced:level": "1;2"}) == ("312", "level")
    assert kind_of("school", "X", {"isced:level": "0-3"}) == ("345", "level")
    assert kind_of("school", "X", {"isced:level": "2-5"}) == ("341", "level")
    assert kind_of("school", "X", {"isced:level": "4;5"}) == ("", "name")
    assert kind_of("school", "X", {"isced:level": "primary;lower_secondary"}) == ("312", "level")
    assert kind_of("school", "Special Education Center", {"isced:level": "1"}) == ("514", "name")
    assert kind_of("school", "教学点", {"isced:level": "1"}) == ("218", "name")
    assert kind_of("school", "X", {"school": "primary;secondary"}) == ("345", "tag")
    assert kind_of("school", "X", {"grades": "K-8"}) == ("312", "tag")
    assert kind_of("school", "X", {"min_age": "3", "max_age": "6"}) == ("111", "age")
    assert kind_of("school", "High School", {"isced:level": "1"}) == ("211", "level")
    assert kind_of("school", "X", {"isced:level": "0"}) == ("111", "level")
    assert kind_of("school", "X", {"school:type": "secondary"}) == ("341", "tag")
    assert kind_of("school", "X", {"grades": "7-12"}) == ("341", "tag")
    assert kind_of("school", "X", {"min_age": "6", "max_age": "11"}) == ("211", "age")
    assert kind_of("school", "X", {"school:type": "driving"}) == ("", "tag")
    assert kind_of("kindergarten", "", {}) == ("111", "amenity")
    assert kind_of("school", "St. Aloysius College", {}) == ("312", "unknown")
    assert kind_of("school", "École coranique", {}) == ("312", "unknown")


@pytest.mark.parametrize("packed", [gzip, bz2])
def test_packed_extracts_are_read(packed: ModuleType, tmp_path: Path) -> None:
    ending = {gzip: "gz", bz2: "bz2"}[packed]
    path = tmp_path / f"a.osm.{ending}"
    plain = (EXTRACTS / "one-town.osm").read_bytes()
    path.write_bytes(packed.compress(plain))
    assert len(read(path)[0].schools) == len(read(EXTRACTS / "one-town.osm")[0].schools)
    path.write_bytes(packed.compress(b"<!DOCTYPE osm []>" + plain))
    with pytest.raises(InputError) as caught:
        new_study(path, tmp_path / "study")
    assert caught.value.problems[0].code == "xml-doctype"


@pytest.mark.slow
def test_programmes_ask_for_no_more_than_can_be_met(tmp_path: Path) -> None:
    study, text = made("one-town", tmp_path)
    assert study.programmes.kindergarten is not None
    assert study.programmes.kindergarten.sites == 1
    assert "There is room for 1 new kindergarten:" in text
    numbers = pd.read_csv(tmp_path / "one-town" / "settlements" / "population.csv")
    assert set(numbers["source"]) <= {"tagged", "equal_share", "city_share"}
