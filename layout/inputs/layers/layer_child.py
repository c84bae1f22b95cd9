"""Reads one layer in a process of its own and writes it as a pickle: frame and remarks, or error.

FlatGeobuf and Parquet can hold a little data many times over; only reading tells how much it is.
"""

from __future__ import annotations

import json
import pickle
import re
import sys
import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyarrow import ArrowException, parquet
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

DAMAGED = (
    *(DataSourceError, DataLayerError, FieldError, GeometryError, GEOSException, CRSError),
    *(ArrowException, OSError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    RecursionError,
)
"""Raised where a file is damaged, or the metadata of pandas or GeoPandas in a Parquet file are."""

NAMES_FILE = re.compile(r"\b(?:nadgrids|geoidgrids|grids|file|catalog|init)\s*=", re.IGNORECASE)
"""A coordinate system that names a file, which would be opened to make it."""


def of_parquet(path: str, most_rows: int, most_bytes: int, most_cells: int) -> dict[str, Any]:
    """Look at the footer first; what damaged text may hold only a full look finds."""
    about = parquet.ParquetFile(path).metadata
    rows, columns = about.num_rows, about.num_columns
    size = sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups))
    if rows > most_rows or rows * columns > most_cells:
        return {"rows": rows, "columns": columns}
    if size > most_bytes:
        return {"bytes": size}
    notes = json.loads((about.metadata or {}).get(b"geo", b"{}"))
    if NAMES_FILE.search(json.dumps(notes, ensure_ascii=False)):
        return {"system": "file"}
    parquet.read_table(path).validate(full=True)
    frame = gpd.read_parquet(path)
    # Texts that many rows share become one for each where they are read on.
    size = sum(text_length(frame.iloc[:, at]) for at in range(frame.shape[1]))
    return {"bytes": size} if size > most_bytes else {"frame": frame}


def text_length(column: pd.Series) -> int:
    """Characters of all texts of a column, each counted in every row that has it."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        sizes = np.array([len(str(one)) for one in column.cat.categories] or [0])
        return int(sizes[column.cat.codes[column.notna()]].sum())
    return sum(len(cell) for cell in column if isinstance(cell, str | bytes))


def of_gdal(
    path: str, layer: str, encoding: str, most_rows: int, most_cells: int
) -> dict[str, Any]:
    """Read a layer of a file that GDAL knows; an invalid geometry is read as missing."""
    about = pyogrio.read_info(path, layer=layer, force_feature_count=True)
    rows, columns = int(about["features"]), len(about["fields"])
    if rows > most_rows or rows * columns > most_cells:
        return {"rows": rows, "columns": columns}
    with np.errstate(invalid="ignore"):
        frame = pyogrio.read_dataframe(
            path, layer=layer, encoding=encoding or None, on_invalid="ignore"
        )
    return {"frame": frame}


def main() -> None:
    """Read what the arguments name: path, layer, encoding, most rows, bytes and cells."""
    path, layer, encoding = sys.argv[1:4]
    most_rows, most_bytes, most_cells = map(int, sys.argv[4:7])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            answer = (
                of_parquet(path, most_rows, most_bytes, most_cells)
                if path.endswith("parquet")
                else of_gdal(path, layer, encoding, most_rows, most_cells)
            )
        except MemoryError:
            # One of Arrow's own is also among the errors below.
            raise
        except UnboundLocalError:
            # All that pyogrio says of a coordinate reference system that is not UTF-8.
            answer = {"system": "text"}
        except DAMAGED as error:
            # A class of its own is not known in the other process.
            answer = {"error": f"{error}"[:200] or type(error).__name__}
    answer["said"] = [str(one.message) for one in said]
    sys.stdout.buffer.write(pickle.dumps(answer))


if __name__ == "__main__":
    main()
