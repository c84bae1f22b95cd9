"""A plan read back from its folder: compares and exports by itself, draws with its study.

``run.json`` holds the study file with its scenario, the levers and the hashes of all inputs, so
the study is found again by the name and the hash of its file, near the folder or where the program
runs; what has changed since then is named.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import pandas as pd

from layout.app.plan import Plan
from layout.core.errors import InputError, UsageError, format_problems
from layout.core.files import is_ordinary, path_of, small_file
from layout.core.problems import recorded, refuse
from layout.core.text import Sentence, sentence, tr
from layout.inputs.safety.paths import sha256_of
from layout.inputs.study.part import part_of
from layout.inputs.study.study import ConsolidateOptions, InputFile, Study, examine_again
from layout.output.lists import CHANGED, CONTRACT, FORMULA_STARTS, PROGRAM
from layout.planning import schema
from layout.planning.contract import IMPROVEMENTS, LevelRun, ModelRun, Status

__all__ = ["AbsentStudy", "read_plan", "read_rows", "saved_tables"]

MOST_BYTES, MOST_OF_RECORD = 300_000_000, 50_000_000
"""No table and no record of a plan is larger."""
LONGEST_HEADER = 10_000
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
        Tables as they were written, rounded as they are there. Without its study it compares and
        its lists are exported; what needs the study says so. Inputs that have changed since are
        named in its notes, which keep the inputs that it was made from.

    Raises
    ------
    layout.core.errors.InputError
        The folder holds no plan, or one that cannot be read.
    layout.core.errors.UsageError
        The study that was given is another one.
    """
    root = path_of(folder)
    record, tables = saved_tables(root)
    with _whole(root):
        told = record["sentences"]
        plan = Plan(
            name=str(record["plan"]),
            study=cast("Study", AbsentStudy(record, "")),
            **tables,
            improvements=_improvements(record["improvements"]),
            runs=tuple(map(_run, record["models"])),
            notes=tuple(map(Sentence.from_data, told["notes"])),
            unrouted={str(cause): dict(number) for cause, number in record["unrouted"].items()},
            seconds={str(step): float(value) for step, value in record["seconds"].items()},
        )
        levers = ConsolidateOptions(**_levers(record["levers"]))
        record["inputs"] = [_input(**item) for item in record["inputs"]]
        record["warnings"] = tuple(map(recorded, told.get("warnings", ())))
    if len(plan.candidates):
        closed = plan.candidates.loc[plan.candidates["closed"], "school_id"]
        if set(closed) != set(plan.closures["school_id"]):
            raise _damaged(root, "candidates")
    found, notes = _study(root, record, study, levers)
    if not isinstance(found, AbsentStudy) and not notes:
        _check_codes(root, plan, found)
    return replace(plan, study=found, notes=(*plan.notes, *notes))


def saved_tables(
    folder: str | Path, names: Collection[str] = tuple(CONTRACT)
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the record of a plan that was saved, and some of its tables; its study is left alone.

    Parameters
    ----------
    folder
        What `Plan.save` or ``layout plan`` wrote.
    names
        Tables, of `CONTRACT`.

    Returns
    -------
    record : dict
        What ``run.json`` holds.
    tables : dict of pandas.DataFrame
        By name, rounded as they were written, with sentences in place of their texts.

    Raises
    ------
    layout.core.errors.InputError
        The folder holds no plan, or one that cannot be read.
    """
    root = path_of(folder)
    record = _record(root)
    with _whole(root):
        tables = {name: _table(root, name, record["rows"]) for name in names}
        for name, key in (("closures", "school_id"), ("sites", "site_id")):
            if name in tables:
                _speak(tables[name], key, record["sentences"][name])
    return record, tables


@contextmanager
def _whole(root: Path) -> Iterator[None]:
    """Tell what a record lacks as the mark of another version."""
    try:
        yield
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refuse("no-plan:older", file=str(root / "run.json"), folder=root) from error


def _input(*, name: str, path: str, sha256: str) -> InputFile:
    return InputFile(name=str(name), path=str(path), sha256=str(sha256))


def _improvements(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The list of improvements; numbers that are missing stand as null in the record."""
    table = pd.DataFrame(rows, columns=list(IMPROVEMENTS))
    numbers = ["class_size", "floor_m2_per_pupil", "next_distance_m", "next_minutes"]
    return table.astype(dict.fromkeys(numbers, "float64"))


def _run(data: Mapping[str, Any]) -> ModelRun:
    """One model's run; raises ValueError where it is none."""
    names = [part.name for part in fields(LevelRun)]
    levels = tuple(LevelRun(**{name: level[name] for name in names}) for level in data["levels"])
    run = ModelRun(**{**data, "levels": levels})
    numbers = (run.objective, run.bound, run.gap)
    if run.status not in get_args(Status) or any(
        value is not None and not isinstance(value, (int, float)) for value in numbers
    ):
        raise ValueError(run.status)
    return run


def _record(root: Path) -> dict[str, Any]:
    """The record of a folder, or a problem that says why it holds no plan."""
    path = root / "run.json"
    try:
        record = json.loads(small_file(path, most_bytes=MOST_OF_RECORD))
        ours = record["program"] == PROGRAM
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise refuse("no-plan", file=str(path), folder=root) from error
    whole = {"sentences", "config", "levers", "rows"} <= set(record)
    if not ours or not whole or not isinstance(record["config"], dict):
        raise refuse("no-plan:older", file=str(path), folder=root)
    return dict(record)


def _table(root: Path, name: str, rows: Mapping[str, int]) -> pd.DataFrame:
    """One table as it was written, with as many rows as its record says."""
    try:
        table = read_rows(root / f"{name}.csv", schema.TABLES[name])
        if len(table) != rows[name]:
            raise ValueError(name)
    except (OSError, ValueError, KeyError) as error:
        raise _damaged(root, name) from error
    return table


def read_rows(path: Path, form: schema.OutTable) -> pd.DataFrame:
    """Read a table of a result as it was written: each row once, and cells of their kind.

    Parameters
    ----------
    path
        The file.
    form
        What its columns hold.

    Raises
    ------
    OSError, ValueError, KeyError
        If it cannot be read, or is another table.
    """
    data = small_file(path, most_bytes=MOST_BYTES)
    # A header that does not end, or goes on below, could have millions of columns.
    header, end, _ = data[:LONGEST_HEADER].partition(b"\n")
    if not end or header.count(b'"') % 2:
        raise ValueError(path.name)
    raw = pd.read_csv(io.BytesIO(data), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    table = pd.DataFrame({one.name: _values(one, raw[one.name]) for one in form.columns})
    if table.duplicated(list(form.order)).any():
        raise ValueError(path.name)
    return table


def _damaged(root: Path, name: str) -> InputError:
    return refuse("no-plan:table", file=str(root / f"{name}.csv"), folder=root)


def _check_codes(root: Path, plan: Plan, study: Study) -> None:
    """Refuse tables that name schools, settlements or counties that their study does not have."""
    schools, settlements = study.schools.index, study.settlements.index
    known = {
        **dict.fromkeys(["school_id", "from_school", "to_school"], schools),
        **dict.fromkeys(["receivers", "replaces_if_kept", "closes_then"], schools),
        **dict.fromkeys(["settlement_id", "runner_up"], settlements),
        "county_code": study.units.index,
    }
    for name in CONTRACT:
        table = getattr(plan, name)
        for column in table.columns.intersection(list(known)):
            # One code or several in a cell, or none.
            codes = table[column].astype(str).str.split(";").explode()
            if not codes[codes != ""].isin(known[column]).all():
                raise _damaged(root, name)


def _values(column: schema.OutColumn, texts: pd.Series) -> pd.Series:
    """One column as it was before it was written; raises ValueError where it is another."""
    blank = texts == ""
    if column.blank is None and column.kind not in ("text", "list") and blank.any():
        raise ValueError(column.name)
    if column.kind == "bool":
        # A spreadsheet that saves the file again writes them in capitals.
        lower = texts.str.lower()
        if not lower.isin(["true", "false"]).all():
            raise ValueError(column.name)
        return lower == "true"
    if column.kind == "code" and not texts[~blank].isin(list(column.codes)).all():
        raise ValueError(column.name)
    if column.kind in ("text", "code", "list"):
        # An apostrophe in front kept a spreadsheet from running the text.
        guarded = texts.str.startswith(tuple(f"'{sign}" for sign in FORMULA_STARTS))
        return texts.mask(guarded, texts.str[1:])
    numbers = pd.to_numeric(texts.mask(blank))
    if np.isinf(numbers).any():
        raise ValueError(column.name)
    if column.kind == "integer" and not (numbers.dropna() % 1 == 0).all():
        raise ValueError(column.name)
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
    root: Path,
    record: Mapping[str, Any],
    given: Study | str | Path | None,
    levers: ConsolidateOptions,
) -> tuple[Study, list[Sentence]]:
    """The plan's study with its levers, or what stands in its place, and what has changed."""
    if isinstance(given, Study):
        return _fitted(given, record, levers)
    name, sha256 = next(
        ((item.path, item.sha256) for item in record["inputs"] if item.name == "study"), ("", "")
    )
    # A record that names a file elsewhere leads nowhere.
    name = name if Path(name).name == name else ""
    path = path_of(given) if given is not None else _found(root, name, sha256)
    if given is not None and not is_ordinary(given):
        raise UsageError(tr("there is no study file {path}", path=given))
    if path is None:
        why = tr(
            "This needs the study of the plan, and {name} was not found near {folder}; give it: "
            "read_plan(folder, study=…), on the command line --study.",
            name=name,
            folder=root,
        )
        return cast("Study", AbsentStudy(record, why)), []
    config = {name: value for name, value in record["config"].items() if name != "part"}
    again = examine_again(json.dumps(config), path)
    if again.study is None:
        if given is not None:
            raise InputError(*again.problems)
        why = tr(
            "This needs the study of the plan, and what {path} names cannot be read any more:",
            path=path,
        )
        return cast("Study", AbsentStudy(record, f"{why}\n{format_problems(again.problems)}")), []
    return _fitted(again.study, record, levers)


def _levers(saved: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _frozen(value) for name, value in saved.items()}


def _frozen(value: Any) -> Any:
    """Lists of JSON as the tuples that they were."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _found(root: Path, name: str, sha256: str) -> Path | None:
    """The study file near the plan or here: the one of the same content, else of the same name."""
    candidates = [path for path in _places(root, name) if name and path.is_file()]
    same = [path for path in candidates if sha256_of(path) == sha256]
    return next(iter([*same, *candidates]), None)


def _places(root: Path, name: str) -> Iterator[Path]:
    """Where a study file may be: the folder, those above it and here, with their data folders."""
    here = root.resolve()
    for folder in (here, *list(here.parents)[:ANCESTORS], Path.cwd()):
        yield folder / name
        yield folder / "data" / name
        yield folder / "study" / name


def _fitted(
    study: Study, record: Mapping[str, Any], levers: ConsolidateOptions
) -> tuple[Study, list[Sentence]]:
    """The study under the plan's levers, and a note that names inputs that are not what they were.

    What the plan was made from stays on record, whatever the files hold now.
    """
    code = record["config"].get("part")
    if code is not None and study.whole is None:
        if study.attendance is None or code not in study.units.index:
            why = tr(
                "This plan is of one county of {study}, and who goes to its schools was worked out "
                "for the whole; make it again.",
                study=study.name,
            )
            return cast("Study", AbsentStudy(record, why)), []
        # Programmes on record are those that were planned.
        study = part_of(study, code, programmes=record["config"].get("programmes", ()))
    if study.name != record["study"]:
        raise UsageError(
            tr(
                "this plan is one of {study}, not of {other}",
                study=record["study"],
                other=study.name,
            )
        )
    inputs: list[InputFile] = record["inputs"]
    now = {item.name: item.sha256 for item in study.inputs}
    changed = [item.path for item in inputs if now.get(item.name, item.sha256) != item.sha256]
    # Also the warnings, of which those of travel are not found by reading the study.
    warnings = record["warnings"] or study.warnings
    kept = replace(study, inputs=tuple(inputs), scenario=str(record["scenario"]), warnings=warnings)
    kept = kept.with_options(**vars(levers))
    return kept, [sentence(CHANGED, files=changed)] if changed else []
