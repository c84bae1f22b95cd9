"""Shapefiles: that the index leads to each shape once, and the table is no larger than it looks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from layout.core.problems import refuse
from layout.core.text import sentence
from layout.inputs.safety.limits import check_size

__all__ = ["check_shapefile"]

_HEAD, _DBF_FIELD = 100, 32


def check_shapefile(path: Path, *, file: str) -> None:
    """Refuse an index that names the same shapes many times over, and tables of too many cells.

    Parameters
    ----------
    path
        The ``.shp``; its parts lie beside it with endings in lower case.
    file
        Its name, for the problems.

    Raises
    ------
    InputError
        Codes ``shapefile-part``, ``vector``, ``too-large``.
    """
    for suffix in (".shx", ".dbf"):
        if not path.with_suffix(suffix).is_file():
            raise refuse("shapefile-part", file=file, suffix=suffix)
    index = path.with_suffix(".shx").read_bytes()[_HEAD:]
    # Place and length of each shape in words of two bytes, shape (shapes, 2).
    entries = np.frombuffer(index[: len(index) // 8 * 8], dtype=">i4").reshape(-1, 2)
    if 2 * int(np.maximum(entries[:, 1].astype(np.int64), 0).sum()) > path.stat().st_size:
        told = sentence("its index names the same shapes many times over")
        raise refuse("vector", file=file, error=told)
    with path.with_suffix(".dbf").open("rb") as stream:
        head = stream.read(32)
    # The length of the head says how many columns it describes.
    columns = max(0, int.from_bytes(head[8:10], "little") // _DBF_FIELD - 1)
    check_size(len(entries), columns, file=file)
