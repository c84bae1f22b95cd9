"""What is installed: the wheel's contents, the locks, and the scripts that set everything up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return {canonicalize_name(name): version for name, version in PIN.findall(text)}


def assert_pinned(wanted: list[str], lock: dict[str, str]) -> None:
    for line in wanted:
        requirement = Requirement(line)
        version = lock.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is missing; run `make lock`"
        assert version in requirement.specifier, f"{line} against {version}; run `make lock`"


def test_the_locks_are_those_of_the_project() -> None:
    runtime, notebook, dev = pins("runtime.txt"), pins("notebook.txt"), pins("dev.txt")
    cluster = pins("cluster.txt")
    assert_pinned(PROJECT["project"]["dependencies"], runtime)
    assert_pinned(PROJECT["build-system"]["requires"], runtime)
    groups = PROJECT["dependency-groups"]
    assert_pinned([line for line in groups["dev"] if isinstance(line, str)], dev)
    extras = PROJECT["project"]["optional-dependencies"]
    assert_pinned(extras["notebook"], notebook)
    assert_pinned(extras["cluster"], cluster)
    # One environment can go from each to the other.
    assert runtime.items() <= notebook.items() <= dev.items()
    assert runtime.items() <= cluster.items() <= dev.items()


@pytest.mark.parametrize("lock", ["runtime.txt", "notebook.txt", "cluster.txt", "dev.txt"])
def test_every_pin_has_hashes_and_names_no_host(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--only-binary :all:" in text
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.split("\n\n", 1)[1])
    assert len(blocks) == len(pins(lock))
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_page_on_installing_names_the_locked_versions_for_windows() -> None:
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    assert f"colorama=={pins('runtime.txt')['colorama']}" in page
    assert f"pywinpty=={pins('notebook.txt')['pywinpty']}" in page


@pytest.mark.slow
def test_the_wheel_holds_all_that_the_package_reads(tmp_path: Path) -> None:
    copy = tmp_path / "source"
    shutil.copytree(ROOT / "layout", copy / "layout")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(copy)], check=True)
    (wheel,) = tmp_path.glob("school_layout-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    kinds = {".py", ".mo", ".js", ".css", ".html", ".svg", ".png", ".csv", ".json", ".toml"}
    read = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "layout").rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }
    assert read <= packed
    assert not any(name.endswith(".pyc") for name in packed)
    assert {name.split("/")[0].split("-")[0] for name in packed} == {"layout", "school_layout"}


def interpreter(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def make_environment(path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "venv.sh"), "environment"],
        env={"PATH": str(path), **variables},
        cwd=path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_python_gets_a_sentence(tmp_path: Path) -> None:
    run = make_environment(tmp_path)
    assert run.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in run.stderr


def test_an_old_python_is_named(tmp_path: Path) -> None:
    interpreter(
        tmp_path,
        "python3",
        'case "$2" in *version_info*) exit 1;; *platform*) echo 3.9.2;; esac',
    )
    run = make_environment(tmp_path)
    assert run.returncode == 1
    assert "python3 is 3.9.2" in run.stderr


def test_a_named_python_that_does_not_run_is_named(tmp_path: Path) -> None:
    run = make_environment(tmp_path, PYTHON="no-such-python")
    assert run.returncode == 1
    assert "PYTHON=no-such-python does not run" in run.stderr


def test_a_missing_venv_module_says_what_to_install(tmp_path: Path) -> None:
    interpreter(
        tmp_path,
        "python3.12",
        'case "$2" in *ensurepip*) exit 1;; *"%d.%d"*) echo 3.12; exit;; esac\n'
        f'exec "{sys.executable}" "$@"',
    )
    run = make_environment(tmp_path)
    assert run.returncode == 1
    assert "lacks the venv module" in run.stderr
    assert "apt-get install python3.12-venv" in run.stderr


@pytest.mark.more
@pytest.mark.slow
def test_a_stub_that_fails_is_passed_over(tmp_path: Path) -> None:
    interpreter(tmp_path, "python3.13", "exit 127")
    interpreter(tmp_path, "python3.12", f'exec "{sys.executable}" "$@"')
    run = make_environment(tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "environment" / "bin" / "python").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("given", "expected"), [(None, 0), ("1", 1)])
def test_a_skip_fails_where_every_part_must_be_present(
    tmp_path: Path, given: str | None, expected: int
) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_it():\n    pytest.skip('no such program')\n"
        "@pytest.mark.xfail\ndef test_known():\n    assert False\n",
        encoding="utf-8",
    )
    plugin = [] if given is None else ["-p", "tests.plugin_noskip"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    run = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", os.devnull, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        check=False,
    )
    assert run.returncode == expected, run.stdout + run.stderr
    assert "no such program" in run.stdout or expected == 0


def find_browser(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "browser.sh")],
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_browser_on_the_path_is_taken(tmp_path: Path) -> None:
    interpreter(tmp_path, "google-chrome", "exit 0")
    run = find_browser(tmp_path)
    assert (run.returncode, run.stdout.strip()) == (0, str(tmp_path / "google-chrome"))


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac's browsers are not on the PATH")
def test_no_browser_gets_a_sentence(tmp_path: Path) -> None:
    interpreter(tmp_path, "id", "echo 1000")
    run = find_browser(tmp_path)
    assert run.returncode == 1
    assert "need Chromium, Chrome or Edge on the PATH" in run.stderr


@pytest.mark.skipif(sys.platform == "darwin", reason="apt-get is Debian's")
def test_debian_s_browser_is_installed_where_it_may_be(tmp_path: Path) -> None:
    interpreter(tmp_path, "id", "echo 0")
    interpreter(tmp_path, "env", 'shift; exec "$@"')
    browser = tmp_path / "chromium"
    interpreter(
        tmp_path,
        "apt-get",
        f'case "$*" in *chromium) echo "#!/bin/sh" >"{browser}"; /bin/chmod +x "{browser}";; esac',
    )
    run = find_browser(tmp_path)
    assert (run.returncode, run.stdout.strip()) == (0, str(browser)), run.stderr
