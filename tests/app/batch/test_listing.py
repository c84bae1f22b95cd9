"""The list of a batch: patterns, names, and everything that is wrong with it together."""

from __future__ import annotations

from pathlib import Path

import pytest

from layout.app.batch.listing import Listing, listing_of
from layout.app.cli.command import main
from layout.core.errors import InputError


def listed(folder: Path, text: str, *studies: str) -> Listing:
    """Read a list beside empty study files."""
    for study in studies:
        path = folder / study
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    path = folder / "list.toml"
    path.write_text(text, encoding="utf-8")
    return listing_of(path)


def codes(folder: Path, text: str, *studies: str) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        listed(folder, text, *studies)
    return sorted((one.code, one.column) for one in caught.value.problems)


def test_names_are_those_of_files_or_of_folders(tmp_path: Path) -> None:
    told = listed(
        tmp_path,
        """
        name = "桂"
        language = "en"
        [levers]
        walk_kmh = 4.0
        [share]
        close = 10
        [share.kindergarten]
        sites = 6
        classes = 40
        [[studies]]
        path = "*/study.toml"
        least = 1
        most = 5
        kindergarten = { least_sites = 1, most_classes = 30 }
        [[studies]]
        path = "south.toml"
        scenario = "less.toml"
        levers = { walk_kmh = 3.5, keep = ["A"], close = 3 }
        """,
        "east/study.toml",
        "west/study.toml",
        "south.toml",
        "less.toml",
    )
    assert (told.title, told.language, told.close) == ("桂", "en", 10)
    assert [one.task.name for one in told.studies] == ["east", "south", "west"]
    east, south, _ = told.studies
    assert (east.least, east.most, dict(east.task.levers)) == (1, 5, {"walk_kmh": 4.0})
    assert told.kindergarten == (6, 40)
    assert (east.least_sites, east.most_sites) == ((1, 0), (None, 30))
    # The levers of an entry stand over those for all; the number is shared out.
    assert dict(south.task.levers) == {"walk_kmh": 3.5, "keep": ["A"]}
    assert south.task.scenario == str((tmp_path / "less.toml").resolve())


def test_studies_of_one_stem_are_called_after_their_folders(tmp_path: Path) -> None:
    told = listed(tmp_path, '[[studies]]\npath = "*/mini.toml"\n', "北 京/mini.toml", "b/mini.toml")
    assert [one.task.name for one in told.studies] == ["b", "北-京"]
    assert told.title == "list"


def test_all_that_is_wrong_is_told_together(tmp_path: Path) -> None:
    text = """
    [[studies]]
    path = "a.toml"
    split = true
    least = 3
    most = 2
    [[studies]]
    path = "nothing/*.toml"
    scenario = "none.toml"
    """
    assert codes(tmp_path, text, "a.toml") == [
        ("batch-most", "studies.0.most"),
        ("batch-nothing", "studies.1.path"),
        ("batch-nothing", "studies.1.scenario"),
        ("batch-split", "studies.0.split"),
    ]


def test_what_is_wrong_with_sites_is_told_together(tmp_path: Path) -> None:
    text = """
    [share]
    close = 3
    kindergarten = { sites = 3, classes = 20 }
    [[studies]]
    path = "a.toml"
    split = true
    [studies.kindergarten]
    least_sites = 3
    most_sites = 2
    least_classes = 9
    most_classes = 8
    """
    assert codes(tmp_path, text, "a.toml") == [
        ("batch-most", "studies.0.kindergarten.most_classes"),
        ("batch-most", "studies.0.kindergarten.most_sites"),
        ("batch-split", "studies.0.split"),
    ]


def test_a_study_named_twice_is_refused(tmp_path: Path) -> None:
    text = '[[studies]]\npath = "a.toml"\n[[studies]]\npath = "*.toml"\n'
    # The list itself is none of its studies.
    assert codes(tmp_path, text, "a.toml") == [("batch-twice", "")]


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("", "missing-key", "studies"),
        ("studies = []", "wrong-kind", "studies"),
        ('[[studies]]\npath = "a.toml"\nleast = -1', "out-of-range", "studies.0.least"),
        ('[[studies]]\npaht = "a.toml"', "unknown-key", "studies.0.paht"),
        ('[share]\nclose = "84"\n[[studies]]\npath = "a.toml"', "wrong-kind", "share.close"),
        (
            '[share.kindergarten]\nsites = 3\n[[studies]]\npath = "a.toml"',
            "missing-key",
            "share.kindergarten.classes",
        ),
        (
            '[levers]\nwalk_kmh = 99.0\n[[studies]]\npath = "a.toml"',
            "out-of-range",
            "levers.walk_kmh",
        ),
    ],
)
def test_wrong_keys_are_named(tmp_path: Path, text: str, code: str, column: str) -> None:
    assert (code, column) in codes(tmp_path, text, "a.toml")


@pytest.mark.parametrize("pattern", ["", "\\0", "/", "../..", "**"])
def test_odd_patterns_match_nothing_or_files(tmp_path: Path, pattern: str) -> None:
    assert codes(tmp_path / "x", f'[[studies]]\npath = "{pattern}"', "y/a.csv")


@pytest.mark.parametrize("scenario", ["", "\\u0000", "loop", "none.toml", "x" * 300])
def test_a_scenario_that_is_no_file_is_told(tmp_path: Path, scenario: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    text = f'[[studies]]\npath = "a.toml"\nscenario = "{scenario}"'
    assert codes(tmp_path, text, "a.toml") == [("batch-nothing", "studies.0.scenario")]


def test_a_long_name_leaves_room_for_those_beside_it(tmp_path: Path) -> None:
    listing = listed(tmp_path, '[[studies]]\npath = "中*.toml"', f"{'中' * 80}.toml")
    (name,) = (one.task.name for one in listing.studies)
    assert name == "中" * 50


@pytest.mark.parametrize(("said", "word"), [("en", "No file is there"), ("zh", "那里没有文件")])
def test_problems_of_a_list_speak_its_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str, word: str
) -> None:
    path = tmp_path / "list.toml"
    path.write_text(f'language = "{said}"\n[[studies]]\npath = "none.toml"', encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["batch", str(path), "--out", str(tmp_path / "out")])
    assert ended.value.code == 1
    assert word in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--memory-gb", "inf"], ["--workers", "1000"]])
def test_more_than_any_machine_has_is_a_wrong_call(tmp_path: Path, option: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["batch", str(tmp_path / "none.toml"), "--out", str(tmp_path / "out"), *option])
    assert ended.value.code == 2


def test_what_is_no_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        listing_of(tmp_path / "none.toml")
    assert [one.code for one in caught.value.problems] == ["batch-missing"]
    assert codes(tmp_path, "[study]\n[inputs]\n") == [("batch-study", "")]
