"""``run.json``: what was run on which inputs, with which versions, and what was proved."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict
from importlib import metadata
from typing import Any

from layout.core.text import Sentence, marked
from layout.inputs.safety.address import without_password
from layout.inputs.study.study import Study
from layout.output.lists.frames import CONTRACT
from layout.output.maps.embed import plain
from layout.planning.contract import ModelRun, PlanTables

__all__ = ["CHANGED", "PROGRAM", "as_json", "run_record", "versions"]

PROGRAM = "layout"
"""Marks the files of this program, so that no other folder is ever replaced."""
CHANGED = marked("Changed since this plan was made: {files}.")
"""Note of a plan that was read back, and is not written again."""
SEED = 0
"""Nothing here is drawn by chance; the solver runs on its fixed seed."""
# Packages whose version may change a result or a file.
_PACKAGES = (
    "folium",
    "geopandas",
    "highspy",
    "networkx",
    "numpy",
    "osmium",
    "osmnx",
    "pandas",
    "pyogrio",
    "pyproj",
    "scikit-learn",
    "scipy",
    "shapely",
    "xlsxwriter",
)


def run_record(plan: PlanTables) -> dict[str, Any]:
    """Return the record of a run, ready for JSON.

    Parameters
    ----------
    plan
        The plan that was made.

    Returns
    -------
    dict
        Study, scenario, inputs with SHA-256, datum of each table, versions, seed, seconds by
        step, models, notes; ``sentences``, ``config`` and ``levers`` let `layout.read_plan` make
        the plan again from its folder, in either language.
    """
    study = plan.study
    return {
        "program": PROGRAM,
        "study": study.name,
        "scenario": study.scenario,
        "plan": plan.name,
        "provenance": study.provenance,
        "language": study.language,
        "data_date": study.data_date,
        "crs": study.crs,
        "inputs": [
            {"name": item.name, "path": item.path, "sha256": item.sha256} for item in study.inputs
        ],
        "datum": [record.as_dict() for record in study.datums],
        "attendance": "inferred" if _inferred(plan) else "given",
        "versions": versions(),
        "seed": SEED,
        "seconds": dict(plan.seconds),
        "models": [_model(run) for run in plan.runs],
        "notes": [str(note) for note in _lasting(plan)],
        "unrouted": plan.unrouted,
        "improvements": plan.improvements.to_dict("records"),
        "rows": {name: len(getattr(plan, name)) for name in CONTRACT},
        "sentences": _sentences(plan),
        "config": _config(study),
        "levers": asdict(study.options),
        "warnings": len(study.warnings),
    }


def _sentences(plan: PlanTables) -> dict[str, Any]:
    """Notes, warnings and the sentences of the tables by row, as data for either language."""
    sentences: dict[str, Any] = {
        "notes": [note.as_data() for note in plan.notes],
        "warnings": [
            {
                **vars(one),
                "reason": one.reason.as_data(),
                "remedy": one.remedy.as_data(),
            }
            for one in plan.study.warnings
        ],
    }
    for name, key, columns in (
        ("closures", "school_id", ["reason"]),
        ("sites", "site_id", ["name", "reason"]),
    ):
        # Sentences by row identifier; plain texts need no translation.
        table = getattr(plan, name)
        sentences[name] = {
            column: {
                str(row): value.as_data()
                for row, value in zip(table[key], table[column], strict=True)
                if isinstance(value, Sentence)
            }
            for column in columns
        }
    return sentences


def _lasting(plan: PlanTables) -> list[Sentence]:
    """Notes of the plan itself; what has changed since is told anew whenever it is read."""
    return [note for note in plan.notes if note.message != CHANGED]


def _config(study: Study) -> dict[str, Any]:
    """The study file with its scenario, without passwords."""
    # The paths of inputs may contain passwords of databases.
    config = dict(study.config)
    if "inputs" in config:
        config["inputs"] = {
            name: without_password(str(path)) for name, path in config["inputs"].items()
        }
    return config


def _inferred(plan: PlanTables) -> bool:
    return plan.study.attendance_inferred or plan.study.attendance is None


def _model(run: ModelRun) -> dict[str, Any]:
    return {
        "model": run.model,
        "requested": run.requested,
        "achieved": run.achieved,
        "objective": run.objective,
        "bound": run.bound,
        "gap": run.gap,
        "status": run.status,
        "candidates": run.candidates,
        "beyond": run.beyond,
        "detail": dict(run.detail),
        # The same for each objective level, the leading one first.
        "levels": [
            {"requested": run.requested, "achieved": run.achieved, **asdict(level)}
            for level in run.levels
        ],
    }


def versions() -> dict[str, str]:
    """Return the versions of Python, of this package and of those that may change a result."""
    known = {"python": platform.python_version()}
    for name in (PROGRAM, *_PACKAGES):
        try:
            known[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            # Run from a source tree, the program itself is not an installed package.
            continue
    return known


def as_json(record: object) -> str:
    """Return JSON with sorted keys and a line end; numbers that are not finite become null."""
    json_ready = plain(record)
    return (
        json.dumps(json_ready, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n"
    )
