"""A plan read back from its folder: compares and exports by itself, draws with its study.

``run.json`` holds the study file with its scenario, the levers and the hashes of all inputs, so
the study is found again by the name and the hash of its file, near the folder or where the program
runs; what has changed since then is named.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, cast

import pandas as pd

from layout.app.plan import Plan
from layout.core.errors import InputError, UsageError
from layout.core.problems import refuse
from layout.core.text import Sentence, sentence, tr
from layout.inputs.safety.paths import sha256_of
from layout.inputs.study.study import Study, examine_again
from layout.output.lists import CONTRACT, FORMULA_STARTS, PROGRAM
from layout.planning import schema
from layout.planning.contract import ModelRun

__all__ = ["AbsentStudy", "read_plan"]

ANCESTORS = 3
"""How many folders above the plan are looked at for the study file."""


class AbsentStudy:
    """Stands where a plan's study was not found: says so when it is needed.

    Attributes
    ----------
    name, language, provenance, scenario, data_date
        As the folder tells them.
    """

    def __init__(self, record: Mapping[str, Any], why: str) -> None:
        self.name = str(record["study"])
        self.language = record["language"]
        self.provenance = record["provenance"]
        self.scenario = str(record["scenario"])
        self.data_date = date.fromisoformat(record["data_date"])
        self._why = why

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UsageError(self._why)

    def __repr__(self) -> str:
        return self.name


def read_plan(folder: str | Path, *, study: Study | str | Path | None = None) -> Plan:
    """Read a plan that was saved.

    Parameters
    ----------
    folder
        What `Plan.save` or ``layout plan`` wrote.
    study
        The study, or its file; where not given it is looked for near the folder and where the
        program runs, by the name and hash of its file.

    Returns
    -------
    Plan
        Tables as they were written. Without its study it compares and exports; drawing and
        explaining say what is missing. Inputs that have changed since are named in its notes.

    Raises
    ------
    layout.core.errors.InputError
        The folder holds no plan, or one that cannot be read.
    """
    root = Path(folder)
    record = _record(root)
    told = record["sentences"]
    tables: dict[str, Any] = {name: _table(root, name) for name in CONTRACT}
    for name in ("closures", "sites"):
        _speak(tables[name], "school_id" if name == "closures" else "site_id", told[name])
    found, notes = _study(root, record, study)
    return Plan(
        name=str(record["plan"]),
        study=found,
        **tables,
        runs=tuple(ModelRun(**run) for run in record["models"]),
        notes=(*map(Sentence.from_data, told["notes"]), *notes),
        seconds=record["seconds"],
    )


def _record(root: Path) -> dict[str, Any]:
    """The record of a folder, or a problem that says why it holds no plan."""
    path = root / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        ours = record["program"] == PROGRAM
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refuse("no-plan", file=str(path), folder=root) from error
    if not ours or not {"sentences", "config", "levers"} <= set(record):
        raise refuse("no-plan:older", file=str(path), folder=root)
    return dict(record)


def _table(root: Path, name: str) -> pd.DataFrame:
    path = root / f"{name}.csv"
    try:
        raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
        columns = schema.TABLES[name].columns
        return pd.DataFrame({column.name: _values(column, raw[column.name]) for column in columns})
    except (OSError, ValueError, KeyError) as error:
        raise refuse("no-plan:table", file=str(path), folder=root) from error


def _values(column: schema.OutColumn, texts: pd.Series) -> pd.Series:
    """One column as it was before it was written; raises ValueError where it is another."""
    if column.kind == "bool":
        return texts == "true"
    if column.kind in ("text", "code", "list"):
        # An apostrophe in front kept a spreadsheet from running the text.
        guarded = texts.str.startswith(tuple(f"'{sign}" for sign in FORMULA_STARTS))
        return texts.mask(guarded, texts.str[1:])
    numbers = pd.to_numeric(texts.mask(texts == ""))
    whole = column.kind == "integer" and bool(numbers.notna().all())
    return numbers.astype("int64" if whole else "float64")


def _speak(table: pd.DataFrame, key: str, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Put sentences in the place of the texts that were written of them."""
    for column, rows in told.items():
        values: list[object] = [
            Sentence.from_data(rows[row]) if row in rows else text
            for row, text in zip(table[key], table[column], strict=True)
        ]
        table[column] = pd.Series(values, index=table.index, dtype="object")


def _study(
    root: Path, record: Mapping[str, Any], given: Study | str | Path | None
) -> tuple[Study, list[Sentence]]:
    """The plan's study, or what stands in its place, and what has changed."""
    if isinstance(given, Study):
        return _with_changes(given, record)
    sums = {item["name"]: item for item in record["inputs"]}
    wanted = sums.get("study", {"path": "", "sha256": ""})
    path = Path(given) if given is not None else _found(root, wanted["path"], wanted["sha256"])
    if path is None:
        why = tr(
            "This needs the study of the plan, and {name} was not found near {folder}; give it: "
            "read_plan(folder, study=…), on the command line --study.",
            name=wanted["path"],
            folder=root,
        )
        return cast("Study", AbsentStudy(record, why)), []
    again = examine_again(json.dumps(record["config"]), path)
    if again.study is None:
        if given is not None:
            raise InputError(*again.problems)
        why = tr("This needs the study of the plan, and {path} cannot be read any more.", path=path)
        return cast("Study", AbsentStudy(record, why)), []
    return _with_changes(again.study.with_options(**_levers(record["levers"])), record)


def _levers(saved: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()
    }


def _found(root: Path, name: str, sha256: str) -> Path | None:
    """The study file near the plan or here: the one of the same content, else of the same name."""
    candidates = [path for path in _places(root, name) if name and path.is_file()]
    same = [path for path in candidates if sha256_of(path) == sha256]
    return next(iter([*same, *candidates]), None)


def _places(root: Path, name: str) -> Iterator[Path]:
    here = root.resolve()
    for folder in (here, *list(here.parents)[:ANCESTORS], Path.cwd()):
        yield folder / name
        yield folder / "data" / name
        yield folder / "study" / name


def _with_changes(study: Study, record: Mapping[str, Any]) -> tuple[Study, list[Sentence]]:
    """The study, and a note that names inputs that are not what they were."""
    now = {item.name: item.sha256 for item in study.inputs}
    changed = [
        item["path"]
        for item in record["inputs"]
        if item["name"] in now and now[item["name"]] != item["sha256"]
    ]
    if not changed:
        return study, []
    return study, [sentence("Changed since this plan was made: {files}.", files=changed)]
