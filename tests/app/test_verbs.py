"""Every step of the command alone, on the small study: what it shows and what it writes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

import layout
from layout.app.cli.command import main
from layout.inputs.study.study import Study
from tests.worlds.baise import read_table

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]


def told(capsys: Capture, *words: object, code: int = 0) -> str:
    """Run the command in this process and return its results, or its errors where it fails."""
    with pytest.raises(SystemExit) as left:
        main([*map(str, words), "--lang", "en"])
    said = capsys.readouterr()
    assert left.value.code == code, said.err
    return said.err if code else said.out


def test_an_interrupt_before_the_first_step_leaves_with_its_code(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("typer.main.get_command", interrupted)
    assert "Interrupted" in told(capsys, "consolidate", "study.toml", code=130)


@pytest.mark.parametrize("verb", ["assess", "consolidate", "border", "site --programme x"])
def test_a_folder_that_is_not_ours_is_told_before_the_study_is_read(
    tmp_path: Path, capsys: Capture, verb: str
) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    first, *more = verb.split()
    said = told(capsys, first, "no-study.toml", *more, "--out", tmp_path, code=1)
    assert "output-folder" in said
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alternatives", "s.toml", "--within", "nan"), "--within 应为不小于 0 的数。"),
        (("sensitivity", "s.toml", "--by", "2"), "--by 应为不大于 0.9 的数。"),
        (("alternatives", "s.toml", "--count", "x"), "--count 应为整数。"),
        (("consolidate", "s.toml", "--belt-m", "3km"), "--belt-m 应为数字。"),
        (("consolidate", "s.toml", "--belt-official=no"), "选项 --belt-official 不带值。"),
    ],
)
def test_options_without_a_valid_value_are_told_in_chinese(
    words: tuple[str, ...], said: str, capsys: Capture
) -> None:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert left.value.code == 2
    assert capsys.readouterr().err.strip().endswith(said)


@pytest.mark.more
def test_travel_writes_every_pair_within_the_limit(
    mini_path: Path, mini_study: Study, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "travel.csv"
    said = told(capsys, "travel", mini_path, "--mode", "bus", "--out", out)
    pairs = layout.travel_matrix(mini_study, mode="bus").pairs()
    written = pd.read_csv(out, dtype={"origin": str, "site": str}, encoding="utf-8-sig")
    assert len(written) == len(pairs) > 1000
    assert f"{len(pairs)} pairs" in said
    assert set(written["site"]) <= set(mini_study.schools.index)
    assert written["minutes"].to_numpy() == pytest.approx(pairs["minutes"].to_numpy(), abs=0.05)


@pytest.mark.more
def test_assess_shows_today_by_county(
    mini_path: Path, mini_study: Study, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "today"
    said = told(capsys, "assess", mini_path, "--out", out)
    assert all(code in said for code in mini_study.units.index)
    counties = read_table(out, "counties")
    pupils = mini_study.schools.filter(regex=r"^pupils_g[1-9]$").sum(axis=1)
    expected = pupils.groupby(mini_study.schools["county_code"]).sum()
    found = counties.set_index("county_code")["pupils_before"]
    assert found.to_dict() == expected.to_dict()
    assert read_table(out, "closures").empty
    assert (read_table(out, "assignment")["mode"] == "stay").all()


@pytest.mark.more
def test_consolidate_follows_its_levers(mini_path: Path, tmp_path: Path, capsys: Capture) -> None:
    free, led = tmp_path / "free", tmp_path / "led"
    told(capsys, "consolidate", mini_path, "--close", 3, "--out", free)
    first, _, third = read_table(free, "closures")["school_id"]
    options = ["--close", 2, "--keep", first, "--must-close", third]
    said = told(capsys, "consolidate", mini_path, *options, "--out", led)
    closed = list(read_table(led, "closures")["school_id"])
    assert len(closed) == 2
    assert third in closed
    assert first not in closed
    assert all(school in said for school in closed)
    speeds = ["--walk-kmh", 3, "--bus-speed-factor", 0.5]
    told(capsys, "consolidate", mini_path, "--close", 1, *speeds, "--out", tmp_path / "slow")
    levers = json.loads((tmp_path / "slow" / "run.json").read_text(encoding="utf-8"))["levers"]
    assert (levers["walk_kmh"], levers["bus_speed_factor"]) == (3, 0.5)
    refused = told(capsys, "consolidate", mini_path, "--keep", "no such school", code=2)
    assert "no such school" in refused


@pytest.mark.more
def test_consolidate_takes_the_width_of_the_belt_and_what_the_list_does(
    mini_path: Path, mini_study: Study, tmp_path: Path, capsys: Capture
) -> None:
    options = ["--close", 3, "--belt-m", 0, "--no-belt-official", "--out", tmp_path / "free"]
    told(capsys, "consolidate", mini_path, *options)
    told(capsys, "consolidate", mini_path, "--close", 3, "--drop", "belt", "--out", tmp_path / "no")
    one, other = (read_table(tmp_path / name, "closures")["school_id"] for name in ("free", "no"))
    assert list(one) == list(other)
    levers = json.loads((tmp_path / "free" / "run.json").read_text(encoding="utf-8"))["levers"]
    assert (levers["belt_m"], levers["belt_official"]) == (0.0, False)
    assert mini_study.schools.loc[list(one), "border_flag"].any()


@pytest.mark.more
def test_border_shows_the_belt_and_writes_it(
    mini_path: Path, mini_study: Study, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "border"
    said = told(capsys, "border", mini_path, "--out", out)
    retained = read_table(out, "retained")
    belt = retained[retained["belt"] != "out"]
    assert 0 < len(belt) < len(retained)
    assert all(school in said for school in belt["school_id"])
    assert set(retained["belt"]) >= {"in", "out"}
    flagged = mini_study.schools.index[mini_study.schools["border_flag"]]
    assert set(flagged) <= set(retained.loc[retained["protected"], "school_id"])


@pytest.mark.more
def test_site_writes_the_sites_of_its_programme_alone(
    mini_path: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "sites"
    said = told(capsys, "site", mini_path, "--programme", "kindergarten", "--out", out)
    sites = read_table(out, "sites")
    assert set(sites["programme"]) == {"kindergarten"}
    assert (sites["kind"] == "new").sum() == 2
    assert all(site in said for site in sites["site_id"])
    assert read_table(out, "closures").empty
    assert "castle" in told(capsys, "site", mini_path, "--programme", "castle", code=2)


@pytest.fixture(scope="module")
def folder(mini_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of the small study, saved."""
    out = tmp_path_factory.mktemp("verbs") / "plan"
    with pytest.raises(SystemExit) as left:
        main(["plan", str(mini_path), "--out", str(out), "--lang", "en"])
    assert left.value.code == 0
    return out


@pytest.fixture
def _no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """A saved plan is read; nothing is solved, and no way of a pupil is searched."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a saved plan needs no model")

    monkeypatch.setattr("layout.app.cli.sources.make_plan", refuse)
    monkeypatch.setattr("layout.planning.siting.result.choose_modules", refuse)


@pytest.mark.usefixtures("_no_model")
def test_saved_plans_are_compared(folder: Path, capsys: Capture) -> None:
    said = told(capsys, "compare", folder, folder)
    closed = next(line for line in said.splitlines() if "Schools closed" in line)
    assert re.findall(r"[0-9]+", closed) == [str(len(read_table(folder, "closures")))] * 2


@pytest.mark.more
@pytest.mark.usefixtures("_no_model")
def test_saved_plans_share_a_map(
    mini_path: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "options.html"
    words = ("compare", folder, folder, "--study", mini_path, "--map", out)
    assert str(out) in told(capsys, *words)
    page = out.read_text(encoding="utf-8")
    # Plans of one name and folder are told apart by their place.
    assert f"1 {folder.name} · 2 {folder.name}" in page


@pytest.mark.more
@pytest.mark.usefixtures("_no_model")
def test_no_plan_of_a_shared_map_takes_the_name_of_another(
    mini_path: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    folders = [tmp_path / name for name in ("a/few.v1", "a/few.v2", "b/few.v2", "1 few.v2")]
    for one in folders:
        shutil.copytree(folder, one)
    out = tmp_path / "options.html"
    for given, named in (
        (folders[:2], "few.v1 · few.v2"),
        (folders[1:], "1 few.v2 · 2 few.v2 · 3 1 few.v2"),
    ):
        told(capsys, "compare", *given, "--study", mini_path, "--map", out)
        assert f'"scenario":"{named}"' in out.read_text(encoding="utf-8")


@pytest.mark.more
@pytest.mark.usefixtures("_no_model")
def test_a_saved_plan_is_drawn_for_the_public(
    mini_path: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "notice.html"
    words = ("map", folder, "--study", mini_path, "--edition", "public", "--out", out)
    assert str(out) in told(capsys, *words)
    assert '"edition":"public"' in out.read_text(encoding="utf-8")


@pytest.mark.more
@pytest.mark.usefixtures("_no_model")
def test_a_saved_plan_is_drawn_again(
    mini_path: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "map.html"
    assert str(out) in told(capsys, "map", folder, "--study", mini_path, "--out", out)
    page = out.read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert all(name in page for name in read_table(folder, "closures")["name"])


@pytest.mark.more
@pytest.mark.usefixtures("_no_model")
def test_without_a_name_a_file_is_named_after_its_plan_and_never_written_over(
    mini_path: Path,
    folder: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    told(capsys, "map", folder, "--study", mini_path)
    told(capsys, "export", folder, "--tables", "sites", "--format", "csv")
    assert {path.name for path in tmp_path.iterdir()} == {"plan.html", "sites.csv"}
    for words in (("map", folder), ("export", folder, "--tables", "sites", "--format", "csv")):
        assert "already a file" in told(capsys, *words, code=2)


@pytest.mark.parametrize("verb", ["map", "export"])
def test_what_does_not_go_with_a_folder_or_a_study_is_told(
    mini_path: Path, folder: Path, tmp_path: Path, capsys: Capture, verb: str
) -> None:
    out = ("--out", tmp_path / ("a.html" if verb == "map" else "a.xlsx"))
    assert "a scenario needs its study" in told(
        capsys, verb, folder, "--scenario", "fewer.toml", *out, code=2
    )
    assert "--study goes with a plan's folder" in told(
        capsys, verb, mini_path, "--study", mini_path, *out, code=2
    )
    assert "no study file nowhere.toml" in told(
        capsys, verb, folder, "--study", "nowhere.toml", *out, code=2
    )
    assert "nor the folder of a saved plan" in told(capsys, verb, folder / "run.json", *out, code=2)
    assert "or the folder of a saved plan" in told(capsys, verb, "none", *out, code=1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("--lang", "en", "--help"), ("--help", "--lang=en")])
def test_the_command_itself_speaks_the_language_asked_for(
    words: tuple[str, ...], capsys: Capture
) -> None:
    for asked, heading in ((words, "Commands:"), (("--help",), "子命令：")):
        with pytest.raises(SystemExit) as left:
            main(list(asked))
        assert left.value.code == 0
        assert heading in capsys.readouterr().out


@pytest.mark.more
@pytest.mark.usefixtures("_no_model")
def test_tables_of_a_saved_plan_are_exported(
    mini_path: Path, folder: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "closures.csv"
    told(capsys, "export", folder, "--tables", "closures", "--out", out)
    assert out.read_bytes() == (folder / "closures.csv").read_bytes()
    told(capsys, "export", folder, "--study", mini_path, "--out", tmp_path / "plan.xlsx")
    assert (tmp_path / "plan.xlsx").read_bytes()[:2] == b"PK"
    told(capsys, "export", folder, "--out", tmp_path / "plan.pdf", code=2)
    assert {path.name for path in tmp_path.iterdir()} == {"closures.csv", "plan.xlsx"}
