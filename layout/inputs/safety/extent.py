"""How far the cells of a workbook reach, read from its XML before anything is allocated.

A sheet with one cell at its far corner is a few hundred bytes long and, once read, as large as all
the cells before that corner.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.parsers import expat

from layout.inputs.safety.archive import BROKEN

__all__ = ["extent"]

_CELL = re.compile(rb'\br="([A-Za-z]{1,4})([0-9]{1,9})"')
_CHUNK = 1 << 20
_OVERLAP = 64


def extent(path: Path) -> tuple[int, int]:
    """Largest number of rows and of columns of any sheet.

    Parameters
    ----------
    path
        An ``.xlsx`` or ``.ods`` file whose sizes were checked.

    Returns
    -------
    tuple of int
        Rows and columns up to the last cell.

    Raises
    ------
    ValueError
        The archive or its XML is damaged.
    """
    rows = columns = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                # Sheets of an .xlsx are files of their own, those of an .ods are in one.
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    size = _of_xlsx(archive, name)
                elif name == "content.xml":
                    size = _of_ods(archive, name)
                else:
                    continue
                rows, columns = max(rows, size[0]), max(columns, size[1])
    except (*BROKEN, expat.ExpatError) as error:
        raise ValueError(str(error)) from error
    return rows, columns


def _of_xlsx(archive: zipfile.ZipFile, name: str) -> tuple[int, int]:
    rows = columns = 0
    # The end of each chunk is read again, for a cell's reference may be cut in two.
    before = b""
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            text = before + chunk
            for letters, digits in set(_CELL.findall(text)):
                rows = max(rows, int(digits))
                columns = max(columns, _column_number(letters.upper()))
            before = text[-_OVERLAP:]
    return rows, columns


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        # A is 1, Z is 26, AA is 27.
        number = number * 26 + letter - 64
    return number


def _of_ods(archive: zipfile.ZipFile, name: str) -> tuple[int, int]:
    """Follow the repetitions; blanks that only fill the sheet to its end do not count."""
    # Where the reader is, and how far cells with values have reached so far.
    at = {"row": 0, "repeat": 1, "column": 0, "valued": 0, "rows": 0, "columns": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(":")[2]
        if local == "table":
            at["row"] = 0
        elif local == "table-row":
            # One element may stand for many equal rows or cells.
            at["repeat"] = _number(attributes, "number-rows-repeated")
            at["column"] = at["valued"] = 0
        elif local in ("table-cell", "covered-table-cell"):
            at["column"] += _number(attributes, "number-columns-repeated")
            if any(key.endswith(("value-type", ":formula")) for key in attributes):
                at["valued"] = at["column"]

    def end(tag: str) -> None:
        if tag.rpartition(":")[2] == "table-row":
            at["row"] += at["repeat"]
            if at["valued"]:
                at["rows"] = max(at["rows"], at["row"])
                at["columns"] = max(at["columns"], at["valued"])

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return at["rows"], at["columns"]


def _number(attributes: dict[str, str], ending: str) -> int:
    for key, value in attributes.items():
        if key.endswith(ending) and value.isdecimal():
            return max(1, int(value[:12]))
    return 1
