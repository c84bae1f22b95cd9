"""The result of many studies: its sums are those of the studies, its files keep to their schema."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest
from typer.testing import CliRunner

from layout.app.batch.compare import compare_batches
from layout.app.batch.counties import land_of_study
from layout.app.batch.province import read_province, save_province
from layout.app.batch.row import row_of
from layout.app.cli.command import app
from layout.core.errors import InputError, UsageError
from layout.core.text import using
from layout.output.province import Province, totals
from layout.output.province.figures import cost_titles
from layout.output.province.names import full_names, short_names
from layout.planning.schema import BATCH, PROVINCE
from tests.worlds.batches import COUNTIES, OTHERS, PARTS, read, write_batch
from tests.worlds.fake_plan import fake_plan
from tests.worlds.page_data import data_of

pytestmark = pytest.mark.slow

FILES = ("index.html", "province.xlsx", "province.gpkg")
DONE = ("north", "south", *(f"west-{code}" for code in PARTS))


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_batch(tmp_path_factory.mktemp("batch") / "out")


@pytest.fixture(scope="module")
def province(batch: Path) -> Province:
    return read_province(batch)


@pytest.fixture(scope="module")
def made(batch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("made")
    save_province(batch, into, language="en")
    return into


def all_of(batch: Path, name: str) -> pd.DataFrame:
    return pd.concat([read(batch / "studies" / study, name) for study in DONE])


def test_sums_are_those_of_the_studies(batch: Path, province: Province) -> None:
    closures, sites, short = (all_of(batch, name) for name in ("closures", "sites", "deficits"))
    sums = {name: total.value for name, total in totals(province).items()}
    young = sites[sites["programme"] == "kindergarten"]
    older = sites[sites["programme"] == "compulsory"]
    assert len(closures) > 0
    assert len(young) > 0
    assert sums["closed"] == len(closures)
    assert totals(province)["closed"].asked == 5 * len(DONE) + 9
    assert (sums["studies"], totals(province)["studies"].asked) == (len(DONE), len(DONE) + 1)
    assert sums["kindergarten_classes"] == young["classes"].sum()
    assert sums["kindergarten_places"] == young["places"].sum()
    assert sums["compulsory_places"] == older["places"].sum()
    own = all_of(batch, "counties")
    for name in ("places_short_kindergarten", "places_short_compulsory"):
        assert sums[name] == own[f"{name}_after"].sum(), name
    assert province.studies["places_short"].sum() == short["unserved"].sum() > 0
    assert sums["pupils_moved"] == 100 * len(DONE)


def test_counties_add_up_to_the_studies(batch: Path, province: Province) -> None:
    counties, sums = province.counties, totals(province)
    for name in ("closed", "kindergarten_sites", "compulsory_places"):
        assert counties[name].sum() == sums[name].value, name
    assert counties["pupils_closed"].sum() == all_of(batch, "closures")["pupils"].sum()
    # No pupil of today is lost, and none is told twice.
    assert counties["pupils_before"].sum() == all_of(batch, "counties")["pupils_before"].sum()


def test_each_county_of_a_split_study_stands_once(province: Province) -> None:
    counties = province.counties
    assert sorted(counties["county_code"]) == sorted([*COUNTIES, *OTHERS, *PARTS])
    own = counties.set_index("county_code")["study"]
    assert [own[code] for code in PARTS] == [f"west-{code}" for code in PARTS]
    assert counties.geometry.notna().all()


@pytest.mark.more
def test_a_county_of_two_studies_is_told(tmp_path: Path) -> None:
    province = read_province(write_batch(tmp_path / "out", same=True))
    with using("en"):
        told = [str(note) for note in province.notes if "several studies" in str(note)]
    assert [re.findall(r"\((\d+)\)", line) for line in told] == [[code] for code in COUNTIES]
    assert all("north, south" in line for line in told)
    # Each study keeps its own numbers.
    assert province.counties["county_code"].value_counts()[COUNTIES[0]] == 2
    assert province.counties["closed"].sum() == totals(province)["closed"].value


def test_what_failed_is_named_and_in_no_sum(province: Province) -> None:
    with using("en"):
        told = list(map(str, province.notes))
    assert told == [
        "Without a plan, and so in no sum: gone.",
        "The land of these studies is not known: gone.",
    ]
    row = province.studies.set_index("study").loc["gone"]
    assert pd.isna(row["closed"])
    assert "gone" not in province.links


def test_land_of_a_study_without_a_plan(batch: Path, mini_path: Path, tmp_path: Path) -> None:
    province = read_province(batch, files={"gone": mini_path})
    own = province.counties[province.counties["study"] == "gone"]
    assert list(own["county_code"]) == list(COUNTIES)
    assert own.geometry.notna().all()
    assert own["closed"].isna().all()
    assert land_of_study(tmp_path / "absent.toml") is None


def test_who_lacks_a_place_is_not_none_where_nobody_counted(batch: Path, tmp_path: Path) -> None:
    shutil.copytree(batch, tmp_path / "out")
    own = tmp_path / "out" / "studies" / "south"
    (head, *_) = (own / "deficits.csv").read_text(encoding="utf-8-sig").splitlines()
    (own / "deficits.csv").write_text(f"{head}\r\n", encoding="utf-8-sig", newline="")
    record = json.loads((own / "run.json").read_text(encoding="utf-8"))
    record["rows"]["deficits"] = 0
    (own / "run.json").write_text(json.dumps(record), encoding="utf-8")
    table = pd.read_csv(tmp_path / "out/batch.csv", dtype="str", keep_default_na=False)
    table.loc[table["study"] == "south", ["deficits", "places_short"]] = ""
    table.to_csv(tmp_path / "out/batch.csv", index=False)
    province = read_province(tmp_path / "out")
    row = province.studies.set_index("study").loc["south"]
    assert row[["deficits", "places_short"]].isna().all()
    with using("en"):
        (told,) = (str(note) for note in province.notes if "plan no kindergartens" in str(note))
        assert told.endswith("in no list of deficits: south.")
        # The lists and the table say the same: nothing.
        assert not any("the lists count" in str(note) for note in province.notes)


def test_a_row_says_nothing_of_what_its_plan_did_not_count() -> None:
    plan = fake_plan()
    assert row_of(plan)["places_short"] == plan.deficits["unserved"].sum() > 0
    without = row_of(replace(plan, deficits=plan.deficits.head(0)))
    assert without["places_short"] is without["deficits"] is None


def test_names_of_parts_hold_their_county_once(province: Province) -> None:
    towns = province.counties.drop_duplicates("county_code").set_index("county_code")["name"]
    names = [f"West · {towns[code]}" for code in PARTS]
    table = province.studies.set_index("unit")
    # As the study of a part is called, and as one is that could not be read.
    table.loc[list(PARTS), "title"] = [names[0], "West"]
    named = full_names(replace(province, studies=table.reset_index()))
    assert set(names) <= set(named)


def test_what_one_closure_costs_is_in_the_unit_of_the_sharing(batch: Path, tmp_path: Path) -> None:
    shutil.copytree(batch, tmp_path / "out")
    path = tmp_path / "out" / "batch.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["shared"]["objective"] = "bus_seats"
    path.write_text(json.dumps(record), encoding="utf-8")
    with using("en"):
        titles = cost_titles(read_province(tmp_path / "out"))
    assert titles["one_more"] == "One closure more costs, bus seats"


@pytest.mark.more
def test_lists_count_where_the_table_says_otherwise(batch: Path, tmp_path: Path) -> None:
    shutil.copytree(batch, tmp_path / "out")
    path = tmp_path / "out" / "batch.csv"
    table = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    table.loc[table["study"] == "south", "closed"] = "77"
    table.to_csv(path, index=False, encoding="utf-8-sig")
    province = read_province(tmp_path / "out")
    with using("en"):
        assert any("the lists count: south." in str(note) for note in province.notes)
    assert province.studies["closed"].sum() == totals(province)["closed"].value


def test_the_proof_of_the_sharing_is_told(province: Province) -> None:
    with using("en"):
        (told,) = map(str, province.sharing)
    assert told.startswith("20 closures shared out at 900 pupil-minutes a day; proved: no other")


@pytest.mark.more
def test_same_bytes(batch: Path, made: Path, tmp_path: Path) -> None:
    save_province(batch, tmp_path, language="en")
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name


def test_the_page_holds_both_languages_and_links(batch: Path, made: Path) -> None:
    page = (made / "index.html").read_text(encoding="utf-8")
    content = data_of(page)
    assert [link for link in content["studies"]["link"] if link] == [
        f"studies/{study}/index.html" for study in DONE
    ]
    assert all((batch / link).is_file() for link in content["studies"]["link"] if link)
    assert content["meta"]["language"] == "en"
    assert content["counties"]["shape"] == list(range(6))
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_retained_schools_have_their_county(province: Province) -> None:
    codes = province.retained.groupby("study")["county_code"].agg(lambda column: set(column))
    assert codes["north"] <= set(COUNTIES)
    assert codes["south"] <= set(OTHERS)
    # Closures keep the county that their list names.
    assert province.closures["county_code"].isin([*COUNTIES, *OTHERS, *PARTS]).all()


def test_a_county_leads_to_its_own_map(batch: Path, tmp_path: Path) -> None:
    shutil.copytree(batch, tmp_path / "out")
    page = f"studies/north/counties/{COUNTIES[0]}.html"
    (tmp_path / "out" / page).parent.mkdir(exist_ok=True)
    (tmp_path / "out" / page).write_text("a map", encoding="utf-8")
    assert dict(read_province(tmp_path / "out").county_links)["north", COUNTIES[0]] == page


def test_workbook(made: Path, province: Province) -> None:
    book = openpyxl.load_workbook(made / "province.xlsx")
    assert book.sheetnames == [
        *("Cover", "Overview by study", "Overview by county", "Closures of all studies"),
        *("Retained of all studies", "Sites of all studies", "Deficits of all studies"),
        "What the columns mean",
    ]
    lists = zip(book.sheetnames[1:-1], PROVINCE, strict=True)
    for sheet, name in lists:
        assert book[sheet].max_row == len(getattr(province, name)) + 1, sheet
        assert book[sheet]["A1"].value == "Study"
    # Sheets count schools and children as whole numbers.
    (head, *rows) = book["Overview by study"].iter_rows()
    at = [cell.value for cell in head].index("Kindergartens, new or enlarged")
    counts = [row[at] for row in rows if row[at].value is not None]
    assert counts
    assert not any("." in cell.number_format for cell in counts)
    kinds = {cell.data_type for sheet in book for row in sheet for cell in row}
    assert "f" not in kinds
    cover = [str(cell.value) for row in book["Cover"] for cell in row if cell.value]
    assert any("assignment.csv" in text for text in cover)


@pytest.mark.more
def test_rows_beyond_excel_are_told(
    batch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layout.output.province.frames.MOST_ROWS", 3)
    save_province(batch, tmp_path, language="en")
    book = openpyxl.load_workbook(tmp_path / "province.xlsx")
    assert book["Closures of all studies"].max_row == 4
    cover = [str(cell.value) for row in book["Cover"] for cell in row if cell.value]
    assert any("Closures of all studies holds the first 3 of" in text for text in cover)


@pytest.mark.more
def test_no_text_becomes_a_formula(batch: Path, tmp_path: Path) -> None:
    shutil.copytree(batch, tmp_path / "out")
    record = json.loads((tmp_path / "out" / "batch.json").read_text(encoding="utf-8"))
    record["name"] = "=1+1"
    (tmp_path / "out" / "batch.json").write_text(json.dumps(record), encoding="utf-8")
    save_province(tmp_path / "out", tmp_path, language="zh")
    cell = openpyxl.load_workbook(tmp_path / "province.xlsx")["封面"]["A1"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_layers(made: Path, province: Province) -> None:
    path = made / "province.gpkg"
    for name in ("studies", "counties", "closures", "retained", "sites"):
        layer = pyogrio.read_dataframe(path, layer=name)
        assert list(layer.columns) == [*PROVINCE[name].names, "geometry"]
        assert len(layer) == len(getattr(province, name))
    assert set(pyogrio.read_dataframe(path, layer="closures").geom_type) == {"Point"}
    with closing(sqlite3.connect(path)) as package:
        styled = package.execute("SELECT f_table_name FROM layer_styles").fetchall()
    assert len(styled) == 5


def test_batches_side_by_side(batch: Path, tmp_path: Path) -> None:
    other = tmp_path / "fewer"
    shutil.copytree(batch, other)
    path = other / "studies" / "south" / "closures.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()[:-1]
    path.write_text("\r\n".join([*lines, ""]), encoding="utf-8-sig", newline="")
    record = json.loads((other / "studies/south/run.json").read_text(encoding="utf-8"))
    record["rows"]["closures"] -= 1
    (other / "studies/south/run.json").write_text(json.dumps(record), encoding="utf-8")
    table = pd.read_csv(other / "batch.csv", dtype="str", keep_default_na=False)
    table.loc[table["study"] == "south", "closed"] = str(len(lines) - 1)
    table.to_csv(other / "batch.csv", index=False)
    # Both have one title: their folders name them.
    compared = compare_batches(batch, other)
    assert compared.closures.loc["south", ["out", "fewer", "differ", "schools"]].tolist() == [
        *(len(lines), len(lines) - 1, -1, 1)
    ]
    assert compared.closures.loc["north", ["differ", "schools"]].tolist() == [0, 0]
    assert compared.closures.loc["gone"].isna().all()
    closed = compared.sums.loc["closed"]
    assert closed["out"] == compared.closures["out"].sum() == closed["fewer"] + 1
    said = CliRunner().invoke(app, ["compare", str(batch), str(other), "--lang", "en"])
    assert said.exit_code == 0, said.output
    assert "All studies together" in said.output
    with pytest.raises(UsageError, match="two of them"):
        compare_batches(batch)


def test_batches_and_plans_do_not_mix(batch: Path) -> None:
    plan = batch / "studies" / "north"
    for words in ([batch, plan], [plan, batch]):
        said = CliRunner().invoke(app, ["compare", *map(str, words), "--lang", "en"])
        assert isinstance(said.exception, UsageError)
        assert "compared with batches alone" in str(said.exception)
    mapped = [str(batch), str(batch), "--map", "both.html"]
    assert isinstance(CliRunner().invoke(app, ["compare", *mapped]).exception, UsageError)


@pytest.mark.more
def test_what_is_no_batch(batch: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        read_province(tmp_path)
    assert [one.code for one in told.value.problems] == ["no-batch"]
    for harm in ("batch.csv", "studies/south/plan.gpkg"):
        broken = tmp_path / harm.replace("/", "-")
        shutil.copytree(batch, broken)
        (broken / harm).unlink()
        with pytest.raises(InputError) as told:
            read_province(broken)
        assert [one.file for one in told.value.problems] == [str(broken / harm)]
        assert [one.code for one in told.value.problems] == ["no-batch"]


def test_columns_are_the_contract_s() -> None:
    assert PROVINCE["studies"].names == BATCH.names
    assert BATCH.names[:4] == ("study", "title", "unit", "status")


def test_short_names() -> None:
    assert short_names(["南宁市布局", "柳州市布局"]) == ["南宁", "柳州"]
    assert short_names(["One alone"]) == ["One alone"]
    # Nothing would be left of the first.
    assert short_names(["桂", "桂林"]) == ["桂", "桂林"]
    assert short_names(["County 451026", "County 451081"]) == ["451026", "451081"]
