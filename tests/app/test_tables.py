"""What a planner reads in a notebook: tables with places, charts, what differs and for whom."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import PathCollection

import layout
from layout.app.places import PLACED
from layout.app.shown import numbers
from layout.core.errors import UsageError
from layout.output.pictures import fonts
from layout.planning.final import final_state
from layout.planning.schema import TABLES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def today(study: layout.Study) -> layout.Plan:
    return layout.assess(study)


@pytest.fixture(scope="module")
def fewer(today: layout.Plan) -> layout.Plan:
    return layout.consolidate(today, close=3, name="fewer")


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    """No test opens a window or leaves a figure behind."""
    mpl.use("agg")
    yield
    plt.close("all")


def test_rows_have_the_places_of_their_schools_and_sites(plan: layout.Plan) -> None:
    schools = plan.study.schools.geometry
    for name in PLACED:
        table = getattr(plan, name)
        assert isinstance(table, gpd.GeoDataFrame)
        assert table.crs == "EPSG:4326"
        assert tuple(table.columns) == (*TABLES[name].names, "geometry")
        assert len(table)
    for table in (plan.closures, plan.retained):
        assert list(table.geometry) == list(schools[table["school_id"]])
    assert plan.sites.geometry.x.tolist() == plan.sites["lon"].tolist()
    assert plan.sites.geometry.y.tolist() == plan.sites["lat"].tolist()
    assert plan.closures.plot().collections[0].get_offsets().shape == (len(plan.closures), 2)


def test_a_table_that_is_replaced_gets_its_places_anew(plan: layout.Plan) -> None:
    first, second = plan.closures.iloc[:1], plan.closures.iloc[1:2].drop(columns="geometry")
    mixed = replace(plan, closures=pd.concat([pd.DataFrame(first), second])).closures
    assert list(mixed.geometry) == list(plan.closures.geometry[:2])
    # A geometry that is another school's does not stay.
    moved = replace(plan, closures=plan.closures.assign(geometry=None)).closures
    assert list(moved.geometry) == list(plan.closures.geometry)


def test_a_saved_plan_has_places_as_far_as_it_has_its_study(
    plan: layout.Plan, folder: Path, path: Path, tmp_path: Path
) -> None:
    saved = layout.read_plan(folder, study=path)
    ids = plan.closures.set_index("school_id").geometry
    assert list(saved.closures.geometry) == list(ids[saved.closures["school_id"]])
    alone = layout.read_plan(copytree(folder, tmp_path / "alone"))
    assert not isinstance(alone.closures, gpd.GeoDataFrame)
    assert alone.sites.geometry.notna().all()


def test_settlements_are_told_by_name_the_worst_off_first(plan: layout.Plan) -> None:
    table = plan.settlements()
    assert table["minutes_after"].is_monotonic_decreasing
    state = final_state(plan)
    state = state[state["from_school"] != ""]
    assert table["pupils"].sum() == state["pupils"].sum()
    moved = state[state["from_school"] != state["to_school"]]
    assert table["moved"].sum() == moved["pupils"].sum()
    for row in table.iloc[[0, len(table) // 2, -1]].itertuples():
        own = state[state["settlement_id"] == row.settlement_id]
        mode = own["mode"].where(own["mode"] != "stay", own["mode_before"])
        daily = own[mode != "board"]
        assert row.boarders == own["pupils"].sum() - daily["pupils"].sum()
        mean = np.average(daily["minutes_after"], weights=daily["pupils"])
        assert row.minutes_after == pytest.approx(mean)
        home = plan.study.settlements.loc[row.settlement_id]
        assert (row.name, row.geometry) == (home["name"], home.geometry)
        assert row.county == plan.study.units.loc[home["county_code"], "name"]


def test_phases_count_by_year(plan: layout.Plan) -> None:
    table = plan.phases()
    assert table["year"].is_monotonic_increasing
    assert table["schools_closed"].sum() == len(plan.closures)
    assert table["pupils"].sum() == plan.closures["pupils"].sum()
    kinds = plan.sites["kind"]
    assert table["new_sites"].sum() == (kinds == "new").sum()
    assert table["expansions"].sum() == (kinds == "expansion").sum() > 0
    assert table["places"].sum() == plan.sites["places"].sum()
    years = pd.concat([plan.closures["year"], plan.sites["year"]])
    assert table["year"].tolist() == sorted(set(years))
    assert "Schools closed" in repr(table)


def test_the_catchment_of_one_school(plan: layout.Plan) -> None:
    school = plan.closures["receivers"].iloc[0].split(";")[0]
    name = plan.study.schools.loc[school, "name"]
    whole = plan.catchments("1-3")
    (area,) = plan.catchments("1-3", school=name).geometry
    assert area.equals(whole.set_index("school_id").geometry[school])
    site = plan.sites.loc[plan.sites["kind"] == "new", "site_id"].iloc[0]
    assert set(plan.catchments("preschool", school=[site])["school_id"]) <= {site}
    with pytest.raises(UsageError, match="no school nowhere"):
        plan.catchments("1-3", school="nowhere")
    with pytest.raises(UsageError, match="school is of the kind"):
        plan.catchments("1-3", school=5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="school is of the kind str"):
        plan.plot("catchments", school=[school, name])  # type: ignore[arg-type]
    drawn = plan.plot("catchments", band="1-3", school=name)
    # A point for the school, and one for each settlement that goes there.
    groups = plan.drawn.land.bands["1-3"].groups  # type: ignore[union-attr]
    own = groups[(groups["state"] == "after") & (groups["school_id"] == school)]
    symbols = [one for one in drawn.collections if isinstance(one, PathCollection)]
    assert sum(len(one.get_offsets()) for one in symbols) == len(own) + 1
    assert drawn.figure.texts[0].get_text().startswith(name)


def test_a_plan_is_plotted_for_the_screen(plan: layout.Plan) -> None:
    title = plan.plot().figure.texts[0].get_text()
    assert title == "Schools that close and where their pupils go"
    assert len(plt.get_fignums()) == 1
    with pytest.raises(UsageError, match="what is one of closures, retained"):
        plan.plot("everything")
    code, name = next(iter(plan.study.units["name"].items()))
    titles = [plan.plot("county", county=one).figure.texts[0].get_text() for one in (code, name)]
    assert titles[0] == titles[1]
    with pytest.raises(UsageError, match=f"no county x; there are: {code} {name}"):
        plan.plot("county", county="x")


def test_a_sweep_shows_itself_in_words_and_as_a_chart(today: layout.Plan) -> None:
    table = layout.border_sweep(today, [0, 3000])
    assert "Width of the belt, km" in table._repr_html_()
    assert "Schools that may close" in table._repr_html_()
    drawn = table.chart()
    assert [line.get_xdata().tolist() for line in drawn.lines] == [[0.0, 3.0], [0.0, 3.0]]
    assert drawn.get_xlabel() == "Width of the belt, km"
    assert [text.get_text() for text in drawn.get_legend().get_texts()] == ["kept to", "left out"]


def test_a_comparison_says_what_differs_and_for_whom(plan: layout.Plan, fewer: layout.Plan) -> None:
    both = layout.compare(plan, fewer)
    counties = both.counties()
    assert counties[f"{plan.name}: Schools closed"].sum() == len(plan.closures)
    assert counties["fewer: Pupils"].sum() == fewer.closures["pupils"].sum()
    assert set(counties["County"]) <= set(plan.study.units["name"])
    schools = both.schools().set_index("school_id")
    assert set(schools.index) == set(plan.closed) ^ set(fewer.closed)
    assert schools["fewer"].tolist() == [one in set(fewer.closed) for one in schools.index]
    assert "does not close" in both.schools()._repr_html_()
    homes = both.settlements(5)
    after = [one.settlements().set_index("settlement_id")["minutes_after"] for one in (plan, fewer)]
    widest = (after[0] - after[1]).abs().nlargest(5)
    assert homes["differ"].to_numpy() == pytest.approx(widest[widest > 0].to_numpy())
    assert homes.crs == "EPSG:4326"
    with pytest.raises(UsageError, match="count is a whole number"):
        both.settlements(0)
    assert layout.compare(plan, plan).settlements().empty
    assert layout.compare(plan, plan).schools().empty
    assert layout.compare(plan, layout.assess(plan.study)).schools()["pupils"].dtype == "int64"


def test_what_no_plan_builds_has_no_rows(plan: layout.Plan, fewer: layout.Plan) -> None:
    assert "New sites" in layout.compare(plan, fewer).in_words().index
    shown = layout.compare(fewer).in_words()
    assert "Pupils who become boarders" in shown.index
    assert "New sites" not in shown.index


def test_numbers_of_a_kind_have_the_same_decimals() -> None:
    assert numbers([4.0, 1234.26, float("nan")]) == ["4.0", "1,234.3", ""]
    assert numbers([4.0, 1234.0]) == ["4", "1,234"]


def test_a_long_table_says_how_much_it_leaves_out(plan: layout.Plan) -> None:
    told = plan.in_words(plan.assignment[["pupils"]].head(40))
    assert repr(told).endswith("… and 10 rows more")
    assert "10 rows more" not in repr(plan.in_words(plan.assignment[["pupils"]].head(30)))
    assert "10 rows more" in told._repr_html_()


def test_sites_on_top_of_today_are_another_plan(today: layout.Plan) -> None:
    sited = layout.site(today, "kindergarten")
    assert list(layout.compare(today, sited)) == ["Today", today.study.name]


def test_a_comparison_draws_itself(plan: layout.Plan, fewer: layout.Plan) -> None:
    both = layout.compare(plan, fewer)
    shown = both[(pd.DataFrame(both) != 0).any(axis=1)]
    charts = both.chart()
    assert len(charts) == len(shown)
    heights = [[bar.get_height() for bar in one.patches] for one in charts]
    assert heights == shown.to_numpy().tolist()
    assert "<iframe" in both.map()._repr_html_()
    # With a function it is still the table's own.
    pd.testing.assert_frame_equal(both.map(abs), pd.DataFrame(both).abs())


def test_a_chart_goes_on_axes_of_ones_own(today: layout.Plan) -> None:
    _, own = plt.subplots()
    assert layout.frontier(today, [0, 2]).chart(own) is own
    assert own.get_ylabel() == "Pupil-minutes a day"


def test_letters_are_those_of_the_reader(
    today: layout.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = layout.frontier(today, [0, 2])
    # The last row has no next one, to which each further closure would cost so much.
    assert repr(table).endswith("–")
    layout.set_language("zh")
    label = table.chart().xaxis.label
    assert label.get_text() == "撤并学校数"
    assert label.get_fontfamily()[0] in fonts.CHINESE
    with mpl.rc_context():
        assert layout.use_chinese_font() == label.get_fontfamily()[0]
        assert plt.subplots()[1].set_xlabel("县").get_fontfamily() == label.get_fontfamily()
    # Without such a font English is drawn all the same; Chinese would be boxes.
    monkeypatch.setattr(fonts, "CHINESE", ("No such family",))
    with pytest.raises(UsageError, match="fonts-noto-cjk"):
        table.chart()
    layout.set_language("en")
    assert table.chart().xaxis.label.get_fontfamily() == ["DejaVu Sans"]


def test_a_county_of_a_quota_may_be_named(today: layout.Plan) -> None:
    code, name = next(iter(today.study.units["name"].items()))
    quota = layout.consolidate(today, close=2, quota={name: 0}).study.options.quota
    assert quota == ((code, 0),)
    with pytest.raises(UsageError, match=f"quota names {code} twice"):
        layout.consolidate(today, close=2, quota={name: 0, code: 1})
    with pytest.raises(UsageError, match=f"no county {name}"):
        layout.site(today, "kindergarten", quota={name: 0, code: 1})


def test_rows_are_put_into_words(plan: layout.Plan) -> None:
    columns = ["name", "county_code", "gate_a", "receivers", "added_minutes_max"]
    told = plan.in_words(plan.closures[columns])
    first = plan.closures.iloc[0]
    assert [*told][:4] == ["Name", "County", "Gate (a) parents' opinion", "Receiving schools"]
    names = plan.study.schools["name"].reindex(first["receivers"].split(";"))
    assert told.iloc[0, 3] == ", ".join(names)
    assert told.iloc[0, 1] == plan.study.units["name"][first["county_code"]]
    assert told.iloc[0, 2] not in ("pass", "unknown")
    assert float(told.iloc[0, 4]) == round(first["added_minutes_max"], 1)
    # Two tables have rules, each with codes of its own; truth values and shares are texts as well.
    rules = plan.in_words(plan.candidates[["rule", "closed"]])
    assert "not_small" not in set(rules["Rule"])
    assert set(plan.in_words(plan.retained[["official"]]).iloc[:, 0]) <= {"yes", "no"}
    share = plan.in_words(plan.counties[["coverage_primary_before"]]).iloc[0, 0]
    assert share.endswith("%")
    with pytest.raises(UsageError, match="rows is of the kind DataFrame"):
        plan.in_words(plan.closures.iloc[0])


def test_headings_and_numbers_in_words_fit_whichever_table_they_are_of(plan: layout.Plan) -> None:
    sites = plan.in_words(plan.sites)
    assert "Autumn" in sites
    assert "Shut from autumn" not in sites
    assert float(sites["Longitude"].iloc[0]) == pytest.approx(plan.sites["lon"].iloc[0], abs=1e-6)
    assert "Closes in the plan" in plan.in_words(plan.candidates)
    assert "Schools closed" in plan.in_words(plan.counties)
    metres = plan.in_words(plan.assignment[["metres_after"]]).iloc[:, 0]
    assert not metres.str.contains(".", regex=False).any()
    rejected = pd.DataFrame({"kind": ["", "new"], "reason": ["too_small", "as it is"]})
    assert plan.in_words(rejected).iloc[0, 1].startswith("no parcel in reach")
    assert plan.in_words(rejected).iloc[1].tolist() == ["new site", "as it is"]


def test_a_plan_that_changes_nothing_says_so_in_both_languages(today: layout.Plan) -> None:
    for language, told in (("en", "There is nothing to list."), ("zh", "没有可列的内容。")):
        layout.set_language(language)
        for table in (today.phases(), today.in_words(today.closures)):
            assert repr(table) == told
            assert table._repr_html_() == f"<p>{told}</p>"
    layout.set_language("en")
    with pytest.raises(UsageError, match="every measure is 0"):
        layout.compare(today).chart()
    with pytest.raises(UsageError, match="judges no border schools"):
        today.plot("retained")


def test_ways_are_compared_where_the_same_settlements_are(plan: layout.Plan) -> None:
    def elsewhere(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(settlement_id="x" + table["settlement_id"].astype("str"))

    settlements = plan.study.settlements.rename(index=lambda code: f"x{code}")
    other = replace(
        plan,
        name="other",
        study=replace(plan.study, settlements=settlements),
        assignment=elsewhere(plan.assignment),
        served=elsewhere(plan.served),
    )
    with pytest.raises(UsageError, match="other: none of the settlements"):
        layout.compare(plan, other).settlements()


def test_what_is_done_to_a_table_that_was_returned_leaves_the_plan(plan: layout.Plan) -> None:
    returned = [
        (plan.settlements, "pupils", 0),
        (plan.phases, "pupils", 0),
        (lambda: plan.in_words(plan.closures), "Name", "x"),
    ]
    for make, column, value in returned:
        table, before = make(), make()
        table.loc[:, column] = value
        assert list(make()[column]) == list(before[column]) != list(table[column])
    again = pickle.loads(pickle.dumps(plan))
    assert list(again.closed) == list(deepcopy(plan).closed) == list(plan.closed)
