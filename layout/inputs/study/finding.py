"""Where an input of a study is: a file in its folder, or a table of a database."""

from __future__ import annotations

from pathlib import Path

from layout.inputs.database.postgis import Geometry, Input, fetch
from layout.inputs.layers.vector import VECTOR_SUFFIXES
from layout.inputs.rasters.height import HEIGHT_SUFFIXES
from layout.inputs.roads.file import ROAD_SUFFIXES
from layout.inputs.safety.address import is_address, parse_address
from layout.inputs.safety.paths import locate, sha256_of
from layout.inputs.sheets.text import SHEET_SUFFIXES

__all__ = ["find_input"]

_SUFFIXES = {
    "units": VECTOR_SUFFIXES,
    "border": VECTOR_SUFFIXES,
    "parcels": VECTOR_SUFFIXES,
    "exclusions": VECTOR_SUFFIXES,
    "townships": VECTOR_SUFFIXES,
    "rivers": VECTOR_SUFFIXES,
    # Places may come as a layer of points as well as in a sheet.
    "settlements": (*SHEET_SUFFIXES, *VECTOR_SUFFIXES),
    "schools": (*SHEET_SUFFIXES, *VECTOR_SUFFIXES),
    "attendance": SHEET_SUFFIXES,
    "roads": ROAD_SUFFIXES,
    "height": HEIGHT_SUFFIXES,
}

_GEOMETRY: dict[str, Geometry] = {
    "settlements": "possible",
    "schools": "possible",
    "attendance": "ignored",
}
"""What a table of a database may or must have; all others need a geometry."""


def find_input(root: Path, name: str, text: str, *, file: str) -> tuple[Input, str, str]:
    """Find the file of an input, or read its table from a database.

    Parameters
    ----------
    root
        Folder of the study file.
    name
        Key under ``[inputs]``.
    text
        What is written there.
    file
        Name of the study file, for the problems.

    Returns
    -------
    source : Input
        File and layer, or the rows.
    shown : str
        Path within the folder, or the address without password.
    sha256 : str
        Of the file, or of the rows.

    Raises
    ------
    InputError
        As for `locate`, `parse_address` and `fetch`.
    """
    key = f"inputs.{name}"
    if is_address(text) and name != "height":  # a raster is no table of a database
        address = parse_address(text, file=file, key=key)
        fetched = fetch(address, geometry=_GEOMETRY.get(name, "needed"))
        return fetched, fetched.shown, fetched.sha256
    source = locate(root, text, suffixes=_SUFFIXES[name], file=file, key=key)
    shown = source[0].relative_to(root.resolve()).as_posix()
    return source, shown, sha256_of(source[0], file=shown)
