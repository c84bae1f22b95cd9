"""A batch read back from its folder: its record, its rows, and the tables of its studies."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import pandas as pd
import pyogrio

from layout.app.saved import read_rows, saved_tables
from layout.core.errors import InputError
from layout.core.files import path_of, small_file
from layout.core.problems import refuse
from layout.core.text import LANGUAGES, Language
from layout.inputs.safety.archive import unpacked
from layout.output.lists import PROGRAM
from layout.output.province import DONE
from layout.planning.schema import BATCH

__all__ = [
    "LISTS",
    "RECORD",
    "ROWS",
    "STUDIES",
    "SavedBatch",
    "SavedStudy",
    "is_batch",
    "read_batch",
]

RECORD, ROWS, STUDIES = "batch.json", "batch.csv", "studies"
LISTS = ("closures", "retained", "sites", "deficits")
"""Tables of the studies that are put together."""
_UNREADABLE = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)
MOST_OF_RECORD = 50_000_000
"""No record of a batch is larger."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SavedStudy:
    """One study of a batch that has a plan.

    Attributes
    ----------
    record
        What its ``run.json`` holds.
    tables
        Its tables by name.
    """

    record: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


@dataclass(frozen=True, eq=False, kw_only=True)
class SavedBatch:
    """A batch as it stands in its folder.

    Attributes
    ----------
    root
        The folder.
    record
        What ``batch.json`` holds.
    rows
        ``batch.csv``, columns of `layout.planning.schema.BATCH`, sorted by study.
    """

    root: Path
    record: Mapping[str, Any]
    rows: pd.DataFrame

    @property
    def name(self) -> str:
        """Title of the batch; the name of its folder where it has none."""
        return str(self.record.get("name") or self.root.resolve().name)

    @property
    def language(self) -> Language:
        """Language that it was run in."""
        said = self.record.get("language")
        return cast("Language", said) if said in LANGUAGES else "zh"

    @property
    def done(self) -> list[str]:
        """Names of the studies that have a plan."""
        return list(self.rows.loc[self.rows["status"] == DONE, "study"])

    def folder(self, study: str) -> Path:
        """Return the folder of a study."""
        return self.root / STUDIES / study

    def study(self, name: str, tables: Collection[str]) -> SavedStudy:
        """Read some tables of a study that has a plan.

        Raises
        ------
        layout.core.errors.InputError
            Its folder holds no plan, or one that cannot be read.
        """
        record, made = saved_tables(self.folder(name), tables)
        return SavedStudy(record=record, tables=made)

    def places(self, study: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        """Return where a study's schools and counties lie, from its GeoPackage.

        Returns
        -------
        schools : GeoDataFrame
            County_code and point by school_id.
        counties : GeoDataFrame
            Name and land by county_code.

        Raises
        ------
        layout.core.errors.InputError
            The GeoPackage is missing or damaged.
        """
        path = self.folder(study) / "plan.gpkg"
        wanted = {"counties": ["county_code", "name"], "schools": ["school_id", "county_code"]}
        try:
            # A copy without queries; it is of our own making, and needs no process of its own.
            with unpacked((path, "counties"), suffixes=(".gpkg",), file=str(path)) as (copy, _):
                counties, schools = (
                    pyogrio.read_dataframe(copy, layer=layer, columns=columns)
                    for layer, columns in wanted.items()
                )
            named = counties.set_index("county_code")[["name", "geometry"]].sort_index()
            return schools.set_index("school_id"), named
        except (*_UNREADABLE, InputError, KeyError, OSError) as error:
            raise self._damaged(path) from error

    def _damaged(self, path: Path) -> InputError:
        return refuse("no-batch:table", file=str(path), folder=self.root)


def is_batch(folder: str | Path) -> bool:
    """Tell whether a folder is that of a batch, whole or not."""
    return (path_of(folder) / RECORD).is_file()


def read_batch(folder: str | Path) -> SavedBatch:
    """Read the record and the rows of a batch.

    Parameters
    ----------
    folder
        What ``layout batch`` wrote.

    Raises
    ------
    layout.core.errors.InputError
        The folder holds no batch, or one that cannot be read.
    """
    root = path_of(folder)
    record = _json(root / RECORD)
    if record is None or record.get("program") != PROGRAM:
        raise refuse("no-batch", file=str(root / RECORD), folder=root)
    try:
        rows = read_rows(root / ROWS, BATCH)
    except (OSError, ValueError, KeyError) as error:
        raise refuse("no-batch:table", file=str(root / ROWS), folder=root) from error
    # A name is that of a folder; one that leads elsewhere is none of ours.
    if any(name in ("", ".", "..") or Path(name).name != name for name in rows["study"]):
        raise refuse("no-batch:table", file=str(root / ROWS), folder=root)
    return SavedBatch(root=root, record=record, rows=rows.sort_values("study", ignore_index=True))


def _json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(small_file(path, most_bytes=MOST_OF_RECORD))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
