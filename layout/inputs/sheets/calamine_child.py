"""Reads one sheet of a workbook in a process of its own, and writes it as JSON.

On a damaged file the library that reads workbooks can crash or run for ever; neither can be
stopped from within its own process.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

EXACT_INTEGER = 10**15


def cell(value: object) -> str:
    """Return a spreadsheet's cell as the text that a reader of the sheet would expect."""
    if isinstance(value, bool):
        return "true" if value else "false"
    # Workbooks hold whole numbers as floats: 451002.0 is the code 451002.
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_INTEGER:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return "" if value is None else str(value)


def read(path: str, sheet: str, most_cells: int) -> dict[str, object]:
    """Return names of sheets, cells as text and merged ranges of one sheet of a workbook."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with Path(path).open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            about = book.sheets_metadata
            names = [s.name for s in about]
            visible = [s.name for s in about if s.visible == SheetVisibleEnum.Visible]
            answer: dict[str, object] = {"names": names, "visible": visible, "chosen": ""}
            if not names or (sheet and sheet not in names):
                return answer
            # Hidden sheets are read only by name, or where all are hidden.
            chosen = sheet or (visible or names)[0]
            grid = book.get_sheet_by_name(chosen)
            answer |= {"chosen": chosen, "height": grid.total_height, "width": grid.total_width}
            # The size alone, where the cells would not fit into memory.
            if grid.total_height * grid.total_width > most_cells:
                return answer
            # Rows from the sheet's first one on, so that they count as in the file.
            rows = grid.to_python(skip_empty_area=False)
            answer["rows"] = [[cell(value) for value in row] for row in rows]
            # Ranges ((top, left), (bottom, right)), from 0; None where the format records none.
            answer["merged"] = grid.merged_cell_ranges
            return answer
    except CalamineError as error:
        return {"error": str(error)[:200]}


def main() -> None:
    """Read what the arguments name: path, sheet, most cells."""
    path, sheet, most_cells = sys.argv[1:4]
    sys.stdout.buffer.write(json.dumps(read(path, sheet, int(most_cells))).encode("ascii"))


if __name__ == "__main__":
    main()
