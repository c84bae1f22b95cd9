"""Whole folders, or nothing: everything is written aside and then put in place at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from layout.core.files import folder_place, refusals_told, small_file, whole_folder
from layout.core.problems import refuse
from layout.core.progress import step
from layout.core.text import Language, chosen_language, tr, using
from layout.output import maps
from layout.output.lists.csvs import write_csv
from layout.output.lists.frames import CONTRACT, tables
from layout.output.lists.geopackage import write_geopackage
from layout.output.lists.runfile import PROGRAM, as_json, run_record
from layout.output.lists.workbook import write_workbook
from layout.planning.contract import PlanTables
from layout.planning.within import within

__all__ = ["check_target", "fill", "fill_infeasible", "save", "save_infeasible"]

# Files that a new result replaces; all others in the folder are carried over.
_OURS = frozenset(
    {"index.html", "plan.xlsx", "plan.gpkg", "run.json", "infeasible.json", "offer", "counties"}
    | {f"{name}.csv" for name in CONTRACT}
)
# Either of these, written by this program, marks a folder as a result.
_MARKERS = ("run.json", "infeasible.json")
# No record of a plan is larger.
_MOST_BYTES = 1_000_000_000


def save(plan: PlanTables, out_dir: str | Path, *, language: str | None = None) -> Path:
    """Write a plan's whole folder: map, workbook, GeoPackage, CSV files and ``run.json``.

    Everything is written into a new folder beside the target, which then takes its place; an
    earlier result stays untouched if anything fails. Files in the folder that are not ours are
    carried over.

    Parameters
    ----------
    plan
        The plan.
    out_dir
        The folder.
    language
        ``zh`` or ``en``; by default the language chosen by `layout.set_language`, else that of
        the study.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    layout.core.errors.InputError
        If the folder holds something and was not made by this program, or cannot be written.
    ValueError
        For any other language.
    """
    target = check_target(out_dir)
    with refusals_told(target), whole_folder(target) as folder:
        fill(plan, folder, chosen_language(language, default=plan.study.language))
        _carry_over(target, folder)
    return target


def save_infeasible(
    diagnosis: Mapping[str, object],
    out_dir: str | Path,
    *,
    offer: PlanTables | None = None,
    language: str | None = None,
) -> Path:
    """Write why there is no plan as ``infeasible.json``, and the best that can be had.

    Parameters
    ----------
    diagnosis
        The conflict as data: binding rule, shortfall, smallest relaxation.
    out_dir
        The folder; afterwards it has nothing else of ours.
    offer
        The plan for the folder ``offer``, where one is offered.
    language
        ``zh`` or ``en``; by default the language chosen by `layout.set_language`, else that of
        the study.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    layout.core.errors.InputError
        If the folder holds something and was not made by this program, or cannot be written.
    """
    target = check_target(out_dir)
    with refusals_told(target), whole_folder(target) as folder:
        spoken = chosen_language(language, default="zh" if offer is None else offer.study.language)
        fill_infeasible(diagnosis, folder, offer, spoken)
        _carry_over(target, folder)
    return target


def check_target(out_dir: str | Path) -> Path:
    """Return the real path of the folder if a result may be put there.

    Raises
    ------
    layout.core.errors.InputError
        If it is a file, holds something and was not made by this program, or cannot be written.
    """
    target = folder_place(out_dir)
    if not target.exists():
        return target
    if not target.is_dir():
        raise refuse("output-folder:file", file=str(target))
    with refusals_told(target):
        held = sorted(entry.name for entry in target.iterdir())
    if held and not any(_is_ours(target / name) for name in _MARKERS):
        raise refuse("output-folder", file=str(target), names=_few(held))
    return target


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + ("…" if len(names) > 5 else "")


def _is_ours(marker: Path) -> bool:
    try:
        record = json.loads(small_file(marker, most_bytes=_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(record, dict) and record.get("program") == PROGRAM


def fill_infeasible(
    diagnosis: Mapping[str, object], folder: Path, offer: PlanTables | None, language: Language
) -> None:
    """Write what `save_infeasible` writes into an empty folder.

    Parameters
    ----------
    diagnosis, offer, language
        As for `save_infeasible`.
    folder
        The folder, of which the caller takes care.
    """
    record = {**diagnosis, "program": PROGRAM}
    (folder / "infeasible.json").write_text(as_json(record), encoding="utf-8", newline="\n")
    if offer is not None:
        (folder / "offer").mkdir()
        fill(offer, folder / "offer", language)


def fill(plan: PlanTables, folder: Path, language: Language) -> None:
    """Write what `save` writes into an empty folder.

    Parameters
    ----------
    plan, language
        As for `save`.
    folder
        The folder, of which the caller takes care.
    """
    with using(language):
        # The tables are made once, for all files.
        frames = tables(plan)
        with step(tr("Writing the map")):
            pages = plan.land is not None
            maps.draw(plan, language=language, pages=pages).save(folder / "index.html")
        if pages:
            with step(tr("Writing the maps of the counties")):
                (folder / "counties").mkdir()
                for code in plan.study.units.index:
                    page = maps.draw(within(plan, code), language=language, whole=plan)
                    page.save(folder / "counties" / f"{code}.html")
        with step(tr("Writing the workbook")):
            write_workbook(plan, folder / "plan.xlsx", frames=frames)
        with step(tr("Writing the GeoPackage and the CSV files")):
            write_geopackage(plan, folder / "plan.gpkg", frames=frames)
            for name, table in frames.items():
                write_csv(table, folder / f"{name}.csv")
        # The mark of a complete folder comes last.
        record = as_json(run_record(plan))
        (folder / "run.json").write_text(record, encoding="utf-8", newline="\n")


def _carry_over(target: Path, fresh: Path) -> None:
    if not target.is_dir():
        return
    for entry in sorted(target.iterdir()):
        if entry.name in _OURS:
            continue
        # Links stay links, so that nothing outside the folder is copied.
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, fresh / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, fresh / entry.name, follow_symlinks=False)
