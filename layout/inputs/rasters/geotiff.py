"""GeoTIFFs, recognised by their content and not by their name."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from layout.core.files import is_ordinary

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

__all__ = ["MOST_BLOCK_CELLS", "MOST_READ_CELLS", "block_cells", "is_tiff", "opened_tiff"]

MOST_BLOCK_CELLS = 64_000_000
"""A block is read whole, however few of its cells are wanted."""
MOST_READ_CELLS = 32_000_000
"""Cells of one reading, each of which takes some forty bytes while it is worked with."""

_TIFF_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def _not_of_skipped(record: logging.LogRecord) -> bool:
    return "GDAL_SKIP" not in record.getMessage()


def is_tiff(path: Path) -> bool:
    """Tell by the first bytes whether a file is a TIFF, for GDAL would open any format.

    Parameters
    ----------
    path
        Any path.
    """
    if not is_ordinary(path):
        return False
    with path.open("rb") as stream:
        return stream.read(4) in _TIFF_MAGIC


def block_cells(raster: DatasetReader) -> int:
    """Count the cells that are unpacked to read one: of all bands where they lie mixed.

    Parameters
    ----------
    raster
        An open raster.
    """
    rows, columns = raster.block_shapes[0]
    mixed = raster.profile.get("interleave") == "pixel"
    return int(rows) * int(columns) * (int(raster.count) if mixed else 1)


@contextmanager
def opened_tiff(path: Path) -> Iterator[DatasetReader]:
    """Open a GeoTIFF until the block ends; no other driver may, and no file beside it is read.

    Parameters
    ----------
    path
        A file that `is_tiff`.

    Yields
    ------
    rasterio.io.DatasetReader

    Raises
    ------
    rasterio.errors.RasterioError
        It cannot be read, or its cells have no place.
    """
    # The drivers that `layout.inputs.safety.gdal` skips are not all in the GDAL of rasters.
    logging.getLogger("rasterio._env").addFilter(_not_of_skipped)
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    with (
        warnings.catch_warnings(),
        # No .aux.xml, .ovr or mask beside the file is read.
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_PAM_ENABLED=False),
    ):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path.resolve(), driver="GTiff") as raster:
            if not np.isfinite(tuple(raster.transform)).all():
                raise RasterioIOError("its cells have no place")
            yield raster
