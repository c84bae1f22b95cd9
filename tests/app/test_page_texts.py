"""What a page says in both languages: the same as `explain`, and the same numbers everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import layout
from layout.core.text import LANGUAGES, set_language
from layout.output.maps import draw
from tests.worlds.fake_plan import fake_plan
from tests.worlds.pages import composed, data_of, swapped, unzipped

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(folder: Path) -> dict[str, Any]:
    return data_of((folder / "index.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_says_what_explain_says(
    plan: layout.Plan, page: dict[str, Any], language: str
) -> None:
    told = unzipped(page["explained"])
    set_language(language)  # type: ignore[arg-type]
    said = 0
    for kind in ("schools", "sites", "counties"):
        for place, lines in zip(page[kind]["id"], told[kind], strict=True):
            text = "\n".join(composed(told, line, language) for line in lines)
            if text:
                assert text == plan.explain(place)
                said += 1
    new = int((plan.sites["kind"] == "new").sum())
    assert said == len(plan.study.schools) + new + len(plan.kindergarten_plans)


@pytest.mark.more
def test_a_plan_that_was_read_back_says_the_same(plan: layout.Plan, folder: Path) -> None:
    again = layout.read_plan(folder)
    places = [*plan.study.schools.index, *plan.sites["site_id"], *plan.study.units.index]
    assert [again.explain(place) for place in places] == [plan.explain(place) for place in places]


def test_a_page_of_a_county_says_the_same_of_its_own(plan: layout.Plan, folder: Path) -> None:
    whole = unzipped(data_of((folder / "index.html").read_text(encoding="utf-8"))["explained"])
    every = sorted(plan.study.schools.index)
    for code in plan.study.units.index:
        page = data_of((folder / "counties" / f"{code}.html").read_text(encoding="utf-8"))
        told = unzipped(page["explained"])
        own = plan.study.schools.index[plan.study.schools["county_code"] == code]
        assert set(own) <= set(page["schools"]["id"])
        for school, lines in zip(page["schools"]["id"], told["schools"], strict=True):
            elsewhere = whole["schools"][every.index(school)]
            assert [composed(told, line, "zh") for line in lines] == [
                composed(whole, line, "zh") for line in elsewhere
            ]


@pytest.mark.parametrize("made", ["solved", "fake"])
def test_after_the_switch_a_page_is_that_of_the_other_language(
    plan: layout.Plan, made: str
) -> None:
    drawn = plan.drawn if made == "solved" else fake_plan()
    here, there = (data_of(draw(drawn, language=one).html) for one in ("zh", "en"))
    for one, other, language in ((here, there, "en"), (there, here, "zh")):
        after = swapped(one, unzipped(one["other"]))
        assert after["meta"]["language"] == language
        assert {key: after[key] for key in after if key != "other"} == {
            key: other[key] for key in other if key != "other"
        }


def test_without_roads_nothing_is_said_of_schools() -> None:
    drawn = fake_plan().drawn
    told = unzipped(data_of(draw(drawn).html)["explained"])
    assert not any(told["schools"])
    assert any(told["sites"])
    assert any("does not say why schools close or stay" in str(note) for note in drawn.notes)


def test_a_page_of_tables_alone_says_nothing() -> None:
    assert data_of(draw(fake_plan()).html)["explained"] == ""


def test_every_candidate_says_what_forcing_it_does(plan: layout.Plan, page: dict[str, Any]) -> None:
    forced, ids = page["forced"], page["schools"]["id"]
    table = plan.worked_out.candidates
    table = table[table["if_forced"] != ""].sort_values("school_id")
    assert len(table) == int(table["candidate"].sum()) > 0
    assert [ids[at] for at in forced["school"]] == list(table["school_id"])
    assert forced["kept"] == [word == "kept" for word in table["if_forced"]]
    assert [";".join(ids[at] for at in one) for one in forced["closes"]] == list(
        table["closes_then"]
    )
    assert forced["added"] == [None if pd.isna(x) else round(x) for x in table["added"]]


def test_an_expansion_stands_on_its_school_s_card_with_the_new_numbers(
    plan: layout.Plan, page: dict[str, Any]
) -> None:
    sites, schools = page["sites"], page["schools"]
    grows = [row for row, kind in enumerate(sites["kind"]) if kind == "expansion"]
    assert grows
    size = plan.study.standards.class_size_preschool
    for row in grows:
        at = schools["id"].index(sites["id"][row])
        held = plan.study.schools.loc[sites["id"][row]]
        classes = int(held[["classes_k1", "classes_k2", "classes_k3", "classes_mixed"]].sum())
        assert sites["classes_before"][row] == classes
        assert sites["places_before"][row] == classes * size
        # Whom it serves come on top of its pupils of today.
        assert schools["plan"][at] - schools["pupils"][at] == sites["served"][row]
    assert [sites["places_before"][row] for row in range(len(sites["id"])) if row not in grows] == [
        None
    ] * (len(sites["id"]) - len(grows))


def test_the_totals_of_cards_tables_overview_and_workbook_agree(
    plan: layout.Plan, page: dict[str, Any], folder: Path
) -> None:
    set_language("en")
    sites, closures, moves = page["sites"], page["closures"], page["moves"]
    # Pupils: nobody is lost between today and the plan but those whom new sites take.
    new = [row for row, kind in enumerate(sites["kind"]) if kind == "new"]
    come = sum(sites["served"][row] for row in new if sites["stage"][row] != "preschool")
    fresh = plan.served.loc[plan.served["from_school"] == "", "pupils"].sum()
    at_new = plan.served[plan.served["site_id"].isin([sites["id"][row] for row in new])]
    assert come == at_new.loc[at_new["from_school"] != "", "pupils"].sum()
    assert sum(page["schools"]["plan"]) + at_new["pupils"].sum() == (
        sum(page["schools"]["pupils"]) + fresh
    )
    # Closures: list, county table, pupils who move, workbook.
    assert sum(page["counties"]["closed"]) == len(closures["school"])
    assert sum(moves["pupils"]) == sum(closures["pupils"]) == plan.closures["pupils"].sum()
    # Deficits: townships, counties' plans, county measures.
    missing, years = page["missing"]["townships"], page["missing"]["years"]
    assert sum(missing["unserved"]) == sum(years["left"])
    short = page["counties"]["measures"]["places_short_kindergarten"]
    assert sum(years["left"]) == sum(short["after"])
    assert sum(years["today"]) == sum(short["before"])
    # Sites: what they add is what the counties' kindergartens gain, and what the files say.
    gardens = [row for row, one in enumerate(sites["programme"]) if one == "kindergarten"]
    assert sum(sites["places"][row] for row in gardens) == sum(years["after"]) - sum(
        years["before"]
    )
    written = pd.read_csv(folder / "sites.csv", encoding="utf-8-sig")
    for column, key in (("classes", "classes"), ("places", "places"), ("pupils_served", "served")):
        assert written[column].sum() == sum(sites[key])
    # The workbook, by the headings of its sheets: places today are those on the cards.
    book = openpyxl.load_workbook(folder / "plan.xlsx")
    assert rows_of(book["List of closures"])["Pupils"].sum() == sum(closures["pupils"])
    building = pd.concat([rows_of(book[name]) for name in BUILDING])
    building = building.set_index("Site code").loc[sites["id"]]
    headings = (("Classes", "classes"), ("Places added", "places"), ("Children served", "served"))
    for heading, key in headings:
        assert building[heading].tolist() == sites[key]
    today = [places or 0 for places in sites["places_before"]]
    assert building["Places today"].tolist() == today
    assert building["Places in the plan"].tolist() == [
        before + added for before, added in zip(today, sites["places"], strict=True)
    ]


BUILDING = ("New kindergartens", "New schools", "Expansions")


def rows_of(sheet: Any) -> pd.DataFrame:
    """The rows of a sheet; its first row has the headings."""
    first, *rows = sheet.iter_rows(values_only=True)
    return pd.DataFrame(rows, columns=list(first))
