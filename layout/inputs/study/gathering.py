"""What was read of a study so far: tables, files and problems by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from layout.core.errors import InputError, Problem
from layout.inputs import tables
from layout.inputs.database.postgis import Fetched, Input
from layout.inputs.roads.file import Roads, RoadSource
from layout.inputs.roads.words import RoadWords
from layout.inputs.study.positions import DatumRecord

__all__ = ["Inputs", "height_of", "roads_of"]


@dataclass
class Inputs:
    """What was read so far: tables by name, files by name, and all problems.

    This gathers while a study is read and is not seen outside; `Study` itself is frozen.
    """

    root: Path
    study_file: str
    sources: dict[str, Input] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sheets: dict[str, pd.DataFrame] = field(default_factory=dict)
    raws: dict[str, pd.DataFrame] = field(default_factory=dict)
    readings: list[tables.Reading] = field(default_factory=list)
    units: gpd.GeoDataFrame | None = None
    border: gpd.GeoDataFrame | None = None
    ground: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    roads_datum: str = "WGS 84"
    roads_encoding: str = ""
    road_words: RoadWords = field(default_factory=RoadWords)
    declared_by: dict[str, str] = field(default_factory=dict)
    datums: list[DatumRecord] = field(default_factory=list)

    @contextmanager
    def collecting(self, name: str = "") -> Iterator[None]:
        """Put the problems of an `InputError`, of this input, on the list and go on."""
        try:
            yield
        except InputError as error:
            self.tell(name, error.problems)

    def tell(self, name: str, problems: Iterable[Problem]) -> None:
        """Put problems of one input on the list, with its file, sheet and headers.

        One that names another file, as the study file, stays as it is.
        """
        file = self.files.get(name, "")
        reading = next((one for one in self.readings if one.table == name), None)
        headers = reading.headers() if reading is not None else {}
        for one in problems:
            if file and one.file in ("", file):
                one = replace(
                    one,
                    file=file,
                    table=name,
                    sheet=one.sheet or (reading.sheet if reading is not None else ""),
                    header=one.header or headers.get(one.column, ""),
                )
            self.problems.append(one)

    def sound(self, *names: str, but: Collection[str] = ()) -> bool:
        """Tell whether tables were read and have no errors of their own but of these codes."""
        return all(name in self.sheets and self.sound_layer(name, but=but) for name in names)

    def sound_layer(self, name: str, *, but: Collection[str] = ()) -> bool:
        """Tell whether no error of an input is known but of these codes."""
        errors = [one for one in self.problems if one.severity == "error"]
        return not any(one.table == name and one.code not in but for one in errors)


def roads_of(held: Inputs) -> Roads:
    """The roads of a study as they are read later: a file with its layer, or rows.

    Parameters
    ----------
    held
        Inputs without errors.
    """
    source = held.sources["roads"]
    if isinstance(source, Fetched):
        return source
    path, layer = source
    return RoadSource(path, layer, sha256=held.hashes["roads"], encoding=held.roads_encoding)


def height_of(held: Inputs) -> Path | None:
    """The height model of a study, None where it names none.

    Parameters
    ----------
    held
        Inputs whose files were found.
    """
    source = held.sources.get("height")
    return source[0] if isinstance(source, tuple) else None
