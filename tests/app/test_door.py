"""The Python door as a planner uses it: steps, levers, saved plans, what is shown."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import layout
from layout.core.errors import InfeasibleError, InputError, UsageError
from layout.core.text import set_language
from layout.output.lists import CONTRACT
from tests import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.more
def test_every_public_name_is_the_same_at_first_and_second_use() -> None:
    code = (
        "import layout\n"
        "for name in layout.__all__:\n"
        "    first, second = getattr(layout, name), getattr(layout, name)\n"
        "    assert first is second, name\n"
        "    assert name == 'location' or type(first).__name__ != 'module', name\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (run.returncode, run.stderr) == (0, "")


def test_no_module_stands_beside_a_public_name() -> None:
    beside = {entry.stem for entry in (ROOT / "layout").iterdir()}
    assert beside & set(layout.__all__) == {"location"}


def test_step_by_step_is_the_whole_job(study: layout.Study, plan: layout.Plan) -> None:
    made = layout.retain_border(layout.consolidate(study))
    for programme in ("kindergarten", "compulsory"):
        made = layout.site(made, programme)
    for name in CONTRACT:
        pd.testing.assert_frame_equal(getattr(made, name), getattr(plan, name))
    assert made.notes == plan.notes
    assert [replace(run, detail={}) for run in made.runs] == [
        replace(run, detail={}) for run in plan.runs
    ]


@pytest.mark.more
def test_a_plan_hands_on_its_study_and_its_ways(
    study: layout.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = layout.assess(study)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("asked for the ways again")

    monkeypatch.setattr("layout.app.steps.study_travel", refuse)
    monkeypatch.setattr("layout.planning.contract.study_travel", refuse)
    fewer = layout.consolidate(today, close=2)
    assert len(fewer.closed) == 2
    assert fewer.study.options.close == 2
    assert fewer.baseline is not None
    assert fewer.travel is today.travel
    again = layout.consolidate(fewer, keep=fewer.closed[0])
    assert again.study.options.close == 2
    assert fewer.closed[0] not in again.closed
    assert layout.retain_border(again).study is again.study


def test_every_plan_has_county_measures(study: layout.Study, plan: layout.Plan) -> None:
    closed = layout.consolidate(study)
    assert closed.counties["closed"].sum() == len(closed.closures)
    assert closed.counties["minutes_mean_before"].equals(plan.counties["minutes_mean_before"])
    assert plan.baseline is not None
    assert not plan.baseline.counties.empty


class TestLevers:
    @pytest.mark.more
    def test_one_id_one_name_or_a_list(self, study: layout.Study, plan: layout.Plan) -> None:
        school = plan.closed[0]
        name = study.schools.at[school, "name"]
        assert (study.schools["name"] == name).sum() == 1
        kept = [layout.consolidate(study, keep=keep) for keep in (school, name, [school, name])]
        assert {one.study.options.keep for one in kept} == {(school,)}
        assert len({tuple(one.closed) for one in kept}) == 1
        assert school not in kept[0].closed

    def test_a_mistyped_one_gets_the_nearest(self, study: layout.Study, plan: layout.Plan) -> None:
        name = study.schools.at[plan.closed[0], "name"]
        with pytest.raises(UsageError, match="the nearest") as caught:
            layout.consolidate(study, keep=name[:-1] + "Z", must_close="no such thing at all")
        assert name in str(caught.value)
        assert "no such thing at all" in str(caught.value)

    def test_a_name_of_several_asks_for_a_code(self, study: layout.Study) -> None:
        names = study.schools["name"].copy()
        names.iloc[:2] = "same"
        twins = replace(study, schools=study.schools.assign(name=names))
        with pytest.raises(UsageError, match="2 schools are called same") as caught:
            layout.consolidate(twins, keep="same")
        assert all(code in str(caught.value) for code in study.schools.index[:2])

    def test_an_unknown_lever_is_told_with_the_nearest(self, study: layout.Study) -> None:
        with pytest.raises(UsageError, match="did you mean must_close"):
            layout.consolidate(study, must_clos="x")  # type: ignore[call-arg]

    def test_a_study_in_the_place_of_a_plan_is_told_what_to_do(self, study: layout.Study) -> None:
        with pytest.raises(UsageError, match=r"layout\.retain_border\(layout\.consolidate"):
            layout.retain_border(study)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match=r"layout\.site\(layout\.assess"):
            layout.site(study, "kindergarten")  # type: ignore[arg-type]


@pytest.mark.more
def test_steps_taken_twice_say_what_they_find_once(plan: layout.Plan) -> None:
    again = layout.site(layout.retain_border(plan), "kindergarten")
    assert sorted(map(str, again.notes)) == sorted(map(str, plan.notes))


@pytest.mark.more
def test_schools_that_must_close_and_cannot_are_infeasible(
    study: layout.Study, plan: layout.Plan
) -> None:
    with pytest.raises(InfeasibleError) as caught:
        layout.make_plan(
            study, close=1, must_close=list(plan.closed[:2]), programmes="kindergarten"
        )
    assert isinstance(caught.value.offer, layout.Plan)
    assert len(caught.value.offer.closures) == 0
    assert set(caught.value.offer.sites["programme"]) == {"kindergarten"}


@pytest.mark.parametrize(
    ("levers", "words"),
    [
        ({"close": "84"}, "close is a whole number"),
        ({"close": True}, "close is a whole number"),
        ({"close": 2.5}, "close is a whole number"),
        ({"close": -1}, "close is a whole number"),
        ({"time_limit_s": "60"}, "time_limit_s is a number"),
        ({"time_limit_s": -1}, "time_limit_s is a number"),
        ({"walk_kmh": 0}, "walk_kmh is a number from 0.5 to 20"),
        ({"walk_kmh": "4"}, "walk_kmh is a number from 0.5 to 20"),
        ({"walk_kmh": float("inf")}, "walk_kmh is a number from 0.5 to 20"),
        ({"bus_speed_factor": 0.2}, "bus_speed_factor is a number from 0.25 to 4, not 0.2"),
        ({"bus_speed_factor": True}, "bus_speed_factor is a number"),
        ({"close_uncertain": "yes"}, "close_uncertain is True or False"),
        ({"belt_official": 1}, "belt_official is True or False"),
        ({"belt_m": "3 km"}, "belt_m is a number from 0 to 200000"),
        ({"belt_m": -1}, "belt_m is a number from 0 to 200000"),
        ({"belt_m": True}, "belt_m is a number from 0 to 200000"),
        ({"belt_m": float("nan")}, "belt_m is a number from 0 to 200000"),
        ({"belt_m": 10**400}, "belt_m is a number from 0 to 200000"),
        ({"walk_kmh": 10**400}, "walk_kmh is a number from 0.5 to 20"),
        ({"time_limit_s": float("nan")}, "time_limit_s is a number"),
        ({"quota": {"451026": 1, 451026: 2}}, "quota names 451026 twice"),
        ({"quota": {"451026": 1.5}}, "quota is a whole number by code"),
        ({"drop": 5.5}, "drop is one text or a list"),
        ({"keep": pd.DataFrame({"a": [1]})}, "keep is one text or a list"),
    ],
)
def test_levers_of_another_kind_are_told(
    study: layout.Study, levers: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        layout.consolidate(study, **levers)  # type: ignore[arg-type]


@pytest.mark.more
def test_scalars_of_numpy_are_the_numbers_they_are(study: layout.Study, tmp_path: Path) -> None:
    plan = layout.consolidate(
        study,
        close=np.int64(1),  # type: ignore[arg-type]
        belt_m=np.float32(2500),  # type: ignore[arg-type]
        belt_official=np.bool_(True),  # type: ignore[arg-type]
        quota={"451026": np.int64(1), "451081": 100_000},  # type: ignore[dict-item]
    )
    options = layout.read_plan(plan.save(tmp_path / "plan"), study=study).study.options
    assert (options.close, options.belt_m, options.belt_official) == (1, 2500.0, True)
    assert options == plan.study.options


def test_what_is_no_study_or_plan_is_told(study: layout.Study, plan: layout.Plan) -> None:
    for call in (
        lambda: layout.assess(plan),  # type: ignore[arg-type]
        lambda: layout.make_plan("data/baise.toml"),  # type: ignore[arg-type]
        lambda: layout.consolidate(None),  # type: ignore[arg-type]
        lambda: layout.site(plan, "kindergarten", time_limit_s=-1),
        lambda: layout.site(plan, "kindergarten", time_limit_s="x"),  # type: ignore[arg-type]
        lambda: layout.compare(study),  # type: ignore[arg-type]
        lambda: layout.compare(),
    ):
        with pytest.raises(UsageError):
            call()


def test_a_study_read_later_does_not_change_what_a_plan_speaks(
    plan: layout.Plan, path: Path, tmp_path: Path
) -> None:
    set_language(None)
    english = replace(plan, study=replace(plan.study, language="en"))
    layout.Study.read(path)
    assert "Sites" in repr(english)
    assert "stays open" in english.explain(plan.study.schools.index[0])


def test_sites_and_expansions_are_explained(plan: layout.Plan) -> None:
    new = plan.sites[plan.sites["kind"] == "new"].iloc[0]
    assert plan.explain(new["site_id"]) == plan.explain(str(new["name"]))
    grown = plan.sites[plan.sites["kind"] == "expansion"].iloc[0]
    assert f"It gains {grown['classes']} class" in plan.explain(grown["site_id"])
    with pytest.raises(UsageError, match=r"the nearest: .*K-001"):
        plan.explain("k-01")


@pytest.mark.parametrize("name", ["map.doc", "sites.csv", "map"])
def test_a_map_ends_as_a_page(plan: layout.Plan, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="must end in"):
        plan.map().save(tmp_path / name)


def test_a_map_replaces_no_folder_and_follows_a_link(plan: layout.Plan, tmp_path: Path) -> None:
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(InputError, match="no ordinary file"):
        plan.map().save(tmp_path / "folder.html")
    (tmp_path / "real.html").write_text("old", encoding="utf-8")
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    plan.map().save(tmp_path / "link.html")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").stat().st_size > 1000


class TestShown:
    def test_short_tables_not_pages(self, study: layout.Study, plan: layout.Plan) -> None:
        shown = [study, plan, plan.map(), layout.compare(plan)]
        assert all(len(repr(one)) < 2_000 for one in shown)
        tables = [one for one in shown if not isinstance(one, type(plan.map()))]
        assert all(len(one._repr_html_()) < 4_000 for one in tables)
        assert all("<table" in one._repr_html_() for one in tables)

    def test_programmes_are_named_in_words(self, study: layout.Study) -> None:
        assert "Closing small schools" in repr(study)
        assert "public_share" not in repr(study)

    def test_names_are_escaped(self, study: layout.Study) -> None:
        hostile = replace(study, name="<img src=x onerror=alert(1)>")
        assert "<img" not in hostile._repr_html_()

    def test_the_map_shows_itself_in_a_frame(self, plan: layout.Plan) -> None:
        page, seen = plan.map(), []

        class Reader(HTMLParser):
            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                seen.append((tag, dict(attrs)))

        Reader().feed(page._repr_html_())
        ((tag, attributes),) = seen
        assert (tag, attributes["srcdoc"]) == ("iframe", page.html)

    def test_the_map_is_that_of_the_folder(
        self, plan: layout.Plan, folder: Path, tmp_path: Path
    ) -> None:
        drawn = plan.map().save(tmp_path / "map.html").read_text(encoding="utf-8")
        whole = (folder / "index.html").read_text(encoding="utf-8")
        # That of the folder links to the pages of the counties beside it.
        same = whole.replace('"pages":true', '"pages":false') == drawn
        assert same

    def test_the_language_is_the_study_s_until_one_is_chosen(self, path: Path) -> None:
        set_language(None)
        study = layout.Study.read(path)
        assert "学校" in repr(study)
        set_language("en")
        assert "Schools" in repr(study)

    def test_measures_are_compared_in_words(self, plan: layout.Plan) -> None:
        table = layout.compare(plan, plan.baseline or plan)
        assert "schools_closed" in table.index
        assert "Schools closed" in repr(table)
        set_language("zh")
        words = table.in_words().index
        assert len(words) == len(table)
        assert all(any("\u4e00" <= letter <= "\u9fff" for letter in word) for word in words)


class TestExport:
    def test_one_table_in_every_format(self, plan: layout.Plan, tmp_path: Path) -> None:
        for kind in ("xlsx", "csv", "gpkg", "geojson", "parquet"):
            path = plan.export(tmp_path / f"sites.{kind}", tables="sites")
            assert path.stat().st_size > 100
        placed = [
            gpd.read_file(tmp_path / "sites.gpkg", layer="sites"),
            gpd.read_file(tmp_path / "sites.geojson"),
            gpd.read_parquet(tmp_path / "sites.parquet"),
        ]
        for layer in placed:
            assert sorted(layer["site_id"]) == sorted(plan.sites["site_id"])
            assert layer.crs == "EPSG:4326"

    def test_every_table_has_its_places(self, plan: layout.Plan, tmp_path: Path) -> None:
        path = plan.export(tmp_path / "all.gpkg", tables=list(CONTRACT))
        for name in CONTRACT:
            layer = gpd.read_file(path, layer=name)
            assert len(layer) == len(getattr(plan, name))
            assert layer.geometry.notna().all()

    def test_gcj02_is_named_and_half_a_kilometre_off(
        self, plan: layout.Plan, tmp_path: Path
    ) -> None:
        path = plan.export(tmp_path / "sites.csv", tables="sites", datum="gcj02")
        table = pd.read_csv(path, encoding="utf-8-sig")
        assert {"lon_gcj02", "lat_gcj02"} <= set(table)
        assert "lon" not in table
        own = plan.sites.set_index("site_id")
        shift = (table.set_index("site_id")["lon_gcj02"] - own["lon"]).abs() * 102_000
        assert shift.between(100, 800).all()
        layer = gpd.read_file(plan.export(tmp_path / "s.gpkg", tables="sites", datum="gcj02"))
        assert layer.crs is None

    @pytest.mark.parametrize(
        ("name", "options", "words"),
        [
            ("a.pdf", {"tables": "sites"}, "must end in"),
            ("a.csv", {}, "Name the tables"),
            ("a.csv", {"tables": ["sites", "closures"]}, "one table"),
            ("a.csv", {"tables": "side"}, "There is no table side"),
            ("a.csv", {"tables": "sites", "datum": "wgs"}, "There is no datum wgs"),
        ],
    )
    def test_what_cannot_be_written_is_told_first(
        self,
        plan: layout.Plan,
        tmp_path: Path,
        name: str,
        options: dict[str, str],
        words: str,
    ) -> None:
        with pytest.raises(UsageError, match=words):
            plan.export(tmp_path / name, **options)  # type: ignore[arg-type]
        assert list(tmp_path.iterdir()) == []
