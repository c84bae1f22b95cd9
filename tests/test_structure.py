"""The wings and rooms of the package: who may import whom, and what every file keeps to."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

import layout
from tests import ROOT

PACKAGE = ROOT / "layout"

# A wing imports only from wings before it, a room only from rooms of its wing before its own; a
# room is a module or a package.
WINGS = {
    "core": "version arrays text show errors problems files progress cache standards",
    "location": "solver labelled covering median closure modular transport",
    "inputs": "datum tables safety marks database sheets layers rasters roads study",
    "network": "roads travel",
    "demand": "demography groups unrouted access attendance cells",
    "planning": (
        "schema contract final belt verify consolidation border siting counties improvement assess "
        "catchments within"
    ),
    "output": "maps xlsx lists pictures province",
    "app": (
        "levers sitinglevers land explained shown places inwords plan steps hearing saved differ "
        "compare panel datareport newstudy batch cli"
    ),
}
# The door of a wing, its `__init__`, may look into all its rooms.
ROOMS = [
    f"{wing}.{name}".strip(".") for wing, names in WINGS.items() for name in [*names.split(), ""]
]

# Wings that know nothing of a wing before them: models of location know no school, readers no
# model.
STRANGERS = {("inputs", "location")}

# The package's own door loads each public name when it is first used; the command answers Ctrl-C
# before it loads the rest; the process of a task watches its memory and its caller before it does.
# Nobody else imports from the package late.
LATE = {"layout", "layout.__main__", "layout.app.batch.child"}

# All that the check of a plan may take of ours: norms, texts and data, and nothing that a model
# computes with. It recomputes reach, children and attendance by code of its own.
OF_THE_VERIFIER = {
    "layout.core.arrays.Bools",
    "layout.core.arrays.Floats",
    "layout.core.arrays.Ints",
    "layout.core.errors.CheckError",
    "layout.core.standards.AGE_OF_GRADE",
    "layout.core.standards.BANDS",
    "layout.core.standards.BAND_OF_GRADE",
    "layout.core.standards.COMPULSORY_GRADES",
    "layout.core.standards.STAGES",
    "layout.core.standards.Standards",
    "layout.core.text.tr",
    "layout.inputs.study.part.whole_of",
    "layout.inputs.study.study.ConsolidateOptions",
    "layout.inputs.study.study.SiteProgramme",
    "layout.inputs.study.study.Study",
    "layout.network.travel.TravelMatrix",
    "layout.network.travel.study_travel",
    "layout.network.travel.travel_matrix",
    "layout.planning.contract.PlanTables",
}

OWNERS = {
    "distributed": {"app.batch"},
    "folium": {"output.maps"},
    "highspy": {"location.solver"},
    "ipywidgets": {"app.panel"},
    "matplotlib": {"app.shown", "output.pictures"},
    "networkx": {"network.roads"},
    "numba": {"network.travel"},
    "osmium": {"inputs.roads"},
    "osmnx": {"network.roads"},
    "pandera": {"inputs.tables"},
    "psycopg": {"inputs.database"},
    "pydantic": {"inputs.study"},
    "python_calamine": {"inputs.sheets"},
    "rich": {"app.cli", "core.progress"},
    "sklearn": {"planning.siting"},
    "topojson": {"output.maps"},
    "typer": {"app.cli"},
    # Rasters of population are an input of a new study, height models one of any study.
    "rasterio": {"app.newstudy", "inputs.rasters"},
    # The empty workbook of a new study and the report on inputs are no exports of a plan.
    "xlsxwriter": {"output.lists", "app.newstudy", "app.datareport"},
}

LONGEST_FILE = 400
LONGEST_FUNCTION = 70

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Import(NamedTuple):
    """One name that a module takes in: where, from what, and whether within a function."""

    path: Path
    line: int
    target: str
    late: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.target}"

    @property
    def here(self) -> str:
        """The module that imports."""
        return dotted(self.path)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def python_files() -> list[Path]:
    folders = (PACKAGE, ROOT / "tools", ROOT / "benchmarks")
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """Room of a dotted module, as `core.text`; a wing's name for its own `__init__`."""
    parts = module.split(".")[1:]
    names = [".".join(parts[:2]), ".".join(parts[:1])]
    return next((name for name in names if name in ROOMS), names[0])


def owned(here: str, owners: set[str]) -> bool:
    """Whether a room is one of these, or stands in a wing that is."""
    return here in owners or here.partition(".")[0] in owners


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a file, those in functions and for type checkers alone included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    within = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, Function)
        for inner in ast.walk(outer)
    }
    package = dotted(path) if path.name == "__init__.py" else dotted(path).rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                kept = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*kept, *([base] if base else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(path, node.lineno, name, id(node) in within)


@cache
def all_imports() -> list[Import]:
    return [found for path in modules() for found in imports_of(path)]


def own_imports() -> list[Import]:
    return [found for found in all_imports() if found.target.partition(".")[0] == "layout"]


def test_every_module_has_a_room() -> None:
    rooms = {room(dotted(path)) for path in modules()} - {"", "__main__"}
    assert rooms == set(ROOMS)


def test_modules_import_only_from_rooms_before_their_own() -> None:
    wrong = []
    for found in own_imports():
        here, there = room(found.here), room(found.target)
        if here in ("", "__main__", there):
            continue
        if there not in ROOMS or ROOMS.index(there) > ROOMS.index(here):
            wrong.append(str(found))
        if (here.partition(".")[0], there.partition(".")[0]) in STRANGERS:
            wrong.append(str(found))
    assert wrong == []


def test_only_the_doors_import_from_the_package_late() -> None:
    late = [found for found in own_imports() if found.late]
    assert [str(found) for found in late if found.here not in LATE] == []
    assert {found.here for found in late} | {"layout"} == LATE


def test_no_module_imports_itself_through_others() -> None:
    names = {dotted(path) for path in modules()}
    arrows: dict[str, set[str]] = {name: set() for name in names}
    for found in own_imports():
        parts = found.target.split(".")
        # A name is imported from the module that holds it, or is a module itself.
        whole, holder = found.target, ".".join(parts[:-1])
        there = whole if whole in names else holder
        if there != found.here:
            arrows[found.here].add(there)
    left = dict(arrows)
    while free := [name for name, targets in left.items() if not targets & set(left)]:
        for name in free:
            del left[name]
    assert sorted(left) == []


def test_the_verifier_shares_no_code_with_the_models() -> None:
    verifier = "layout.planning.verify"
    taken = {
        found.target
        for found in own_imports()
        if found.here.startswith(verifier) and not found.target.startswith(verifier)
    }
    assert taken == OF_THE_VERIFIER


def test_heavy_packages_stay_with_their_owners() -> None:
    heavy = [found for found in all_imports() if found.target.split(".")[0] in OWNERS]
    wrong = [
        str(found)
        for found in heavy
        if not owned(room(found.here), OWNERS[found.target.split(".")[0]])
    ]
    assert wrong == []
    used = {(found.target.split(".")[0], room(found.here)) for found in heavy}
    allowed = {(package, owner) for package, owners in OWNERS.items() for owner in owners}
    assert sorted(allowed - used) == []


@pytest.mark.parametrize("statement", ["import layout", "import layout; layout.Study.read"])
def test_import_loads_no_heavy_package(statement: str) -> None:
    heavy = (
        "numba",
        "osmnx",
        "networkx",
        "sklearn",
        "folium",
        "topojson",
        "highspy",
        "typer",
        "matplotlib",
        "ipywidgets",
        "psycopg",
    )
    if statement == "import layout":
        heavy = (*heavy, "geopandas", "pandas", "scipy", "pandera", "pydantic")
    code = f"{statement}; import sys; print(*sorted(set({heavy!r}) & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (run.returncode, run.stdout.split(), run.stderr) == (0, [], "")


def test_public_names() -> None:
    assert list(layout.__all__) == sorted(layout.__all__)
    for name in layout.__all__:
        assert getattr(layout, name) is not None
    assert set(layout.__all__) <= set(dir(layout))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = layout.nothing


def test_version_is_the_distribution_s() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert layout.__version__ == project["version"]


def test_public_names_of_the_rooms_exist() -> None:
    for path in modules():
        if path.name == "__main__.py":
            continue
        module = import_module(dotted(path))
        missing = [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)]
        assert missing == [], path


def test_files_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def code_lines(function: Function) -> int:
    """Lines of a function without its docstring, which may be as long as the formula needs."""
    first = function.body[0]
    docstring = (
        (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    )
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_functions_are_short() -> None:
    lengths = {
        f"{path.relative_to(ROOT)}:{node.name}": code_lines(node)
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, Function)
    }
    assert {name: n for name, n in lengths.items() if n > LONGEST_FUNCTION} == {}


def test_nothing_catches_everything_but_the_command() -> None:
    wrong = []
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                caught = (
                    {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                    if (node.type)
                    else {"Exception"}
                )
                if caught & {"Exception", "BaseException"}:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    # The one place that turns what nobody foresaw into a sentence.
    assert [place.rpartition(":")[0] for place in wrong] == ["layout/app/cli/command.py"]


def text_files() -> list[Path]:
    folders = "layout tests tools benchmarks docs notebooks data requirements .ci".split()
    kinds = {".py", ".md", ".toml", ".txt", ".sh", ".ipynb", ".po", ".json", ".js", ".css", ".html"}
    found = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    found += list(ROOT.iterdir())
    return sorted(
        path
        for path in found
        if path.is_file()
        and (path.suffix in kinds or path.name in {"Makefile", "run", ".gitignore"})
        and "vendor" not in path.parts
    )


def test_no_file_names_a_package_host_or_a_folder_of_one_machine() -> None:
    hosts = [
        "pypi" + ".org",
        "python" + "hosted.org",
        "registry.npm" + "js.org",
        "deb.debian" + ".",
    ]
    folders = ["/wor" + "k/", "/roo" + "t/", "/tm" + "p/", "/hom" + "e/", "/op" + "t/"]
    wrong = [
        f"{path.relative_to(ROOT)} says {word}"
        for path in text_files()
        for word in hosts + folders
        if word in path.read_text(encoding="utf-8")
    ]
    assert wrong == []
