"""The pages made from the code say what it does, and the examples in them run."""

from __future__ import annotations

import doctest
import pkgutil
import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from layout.core.standards import Standards
from layout.core.text import tr, using
from layout.core.text.norms import NORM_TEXTS, NORM_USES
from layout.inputs.study.study import Study
from tests import ROOT
from tests.test_structure import OWNERS, WINGS, dotted, modules
from tools import data_sheet, norms, study_format, travel_speeds

# Packages whose module has another name than what is installed.
DISTRIBUTIONS = {
    "python-calamine": "python_calamine",
    "scikit-learn": "sklearn",
    "XlsxWriter": "xlsxwriter",
}


@pytest.mark.parametrize("made", [study_format, norms, data_sheet], ids=lambda made: made.__name__)
def test_pages_made_from_the_schemas_are_current(made: ModuleType) -> None:
    assert made.PAGE.read_text(encoding="utf-8") == made.page()


def test_every_norm_says_what_it_does_in_both_languages() -> None:
    assert list(NORM_USES) == [norm.name for norm in fields(Standards)]
    told = {
        text for norm in fields(Standards) for text in map(norm.metadata.get, ("unit", "source"))
    }
    english = {text for text in told if not re.search(r"[\u4e00-\u9fff]|^(?:GB|JGJ)", text)}
    assert english <= set(NORM_TEXTS)
    with using("zh"):
        assert [text for text in {*NORM_TEXTS, *NORM_USES.values()} if tr(text) == text] == []


def test_the_tables_of_speeds_are_current() -> None:
    text = travel_speeds.PAGE.read_text(encoding="utf-8")
    assert text == travel_speeds.page(text)
    assert text.count(travel_speeds.BEGIN) == text.count(travel_speeds.END) == 1


def test_the_examples_on_travel_run(mini_study: Study) -> None:
    failed, tried = doctest.testfile(
        str(travel_speeds.PAGE), module_relative=False, globs={"study": mini_study}
    )
    assert tried > 10
    assert failed == 0


def test_the_examples_on_location_models_run() -> None:
    failed, tried = doctest.testfile(str(ROOT / "docs" / "location.md"), module_relative=False)
    assert tried > 10
    assert failed == 0


EXAMPLES = [path for path in modules() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_in_docstrings_run(path: Path) -> None:
    failed, tried = doctest.testmod(import_module(dotted(path)))
    assert tried > 0
    assert failed == 0


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("data/*.md")])


# The pages of one task each; their lines run in order, as in a notebook.
SHORT = (
    "start-planner",
    "howto/number-quota-keep",
    "howto/belt-sweep",
    "howto/sites-by-year",
    "howto/compare",
)


@pytest.mark.more
@pytest.mark.parametrize("name", SHORT)
def test_the_lines_of_the_short_pages_run(
    name: str, mini_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the small study, whose programme closes 5 schools and not 84."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    lines = "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    for ours, small in {
        "data/baise.toml": mini_path.as_posix(),
        "close=84": "close=5",
        "close=60": "close=3",
        "(60, 84, 100)": "(3, 5, 6)",
        "[0, 60, 84, 100]": "[0, 3, 5, 6]",
    }.items():
        lines = lines.replace(ours, small)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAYOUT_CACHE", str(mini_path.parent / "cache"))
    exec(compile(lines, name, "exec"), {})


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {link}"
        for path in pages()
        for link in re.findall(r"\]\((?!https?:)([^)#\s]+)", path.read_text(encoding="utf-8"))
        if not (path.parent / link).exists()
    ]
    assert broken == []


def test_links_to_a_heading_find_it() -> None:
    broken = []
    for path in pages():
        for file, heading in re.findall(r"\]\(([^)#:\s]*)#([^)\s]+)\)", path.read_text("utf-8")):
            text = (path.parent / file if file else path).read_text(encoding="utf-8")
            titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            if heading not in slugs:
                broken.append(f"{path.relative_to(ROOT)}: {file}#{heading}")
    assert broken == []


def test_names_of_the_package_in_pages_and_docstrings_exist() -> None:
    """`layout.network.travel.service_areas` and the like; history may name what is gone."""
    wrong = []
    for path in [*pages(), *modules()]:
        if path.name == "CHANGELOG.md":
            continue
        for name in re.findall(r"\blayout(?:\.[A-Za-z_]+)+", path.read_text(encoding="utf-8")):
            # Names of files, such as `layout.po`, are no names of the package.
            if not (name.endswith(".po") or resolves(name)):
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def resolves(name: str) -> bool:
    """Whether a dotted name is a module, or what a module or a class of it holds."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def test_paths_in_pages_exist() -> None:
    text = {path: path.read_text(encoding="utf-8") for path in pages() if "CHANGE" not in path.name}
    wrong = [
        f"{page.relative_to(ROOT)}: {name}"
        for page, words in text.items()
        for name in re.findall(r"`((?:layout|tests|tools|docs|benchmarks)/[\w./-]+)`", words)
        if not (ROOT / name).exists()
    ]
    assert wrong == []


def table_under(title: str, text: str) -> dict[str, list[str]]:
    """First and second column of the first table under a heading or a sentence."""
    rows = text[text.index(title) :].split("\n|---|---|\n")[1].split("\n\n")[0]
    cells = (row.strip("| ").split(" | ") for row in rows.splitlines())
    return {left.strip("`"): re.findall(r"[\w.]+", right) for left, right, *_ in cells}


def test_wings_and_owners_in_contributing_are_those_of_the_test() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    wings = table_under("## Wings and rooms", text)
    assert wings == {wing: rooms.split() for wing, rooms in WINGS.items()}
    owners: dict[str, set[str]] = {}
    for packages, rooms in table_under("Heavy packages stay", text).items():
        for package in packages.split(", "):
            owners[DISTRIBUTIONS.get(package, package)] = set(rooms)
    assert owners == OWNERS


def test_design_names_every_room_in_its_wing() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    rows = text[text.index("| wing | room | owns |") :].split("\n\n")[0].splitlines()[2:]
    named: dict[str, list[str]] = {}
    wing = ""
    for row in rows:
        first, rooms, *_ = row.strip("|").split("|")
        wing = first.strip(" `") or wing
        named.setdefault(wing, []).extend(re.findall(r"\w+", rooms))
    assert named.keys() == WINGS.keys()
    assert {wing: sorted(rooms) for wing, rooms in named.items()} == {
        wing: sorted(rooms.split()) for wing, rooms in WINGS.items()
    }
