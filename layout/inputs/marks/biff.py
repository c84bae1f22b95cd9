"""What a reader of old workbooks (.xls) does not tell of their cells, read from their records.

An old workbook is a container of streams (MS-CFB), one of which holds records of a number, a length
and data (MS-XLS, BIFF8): the formats of numbers, the places of the sheets, and their cells.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from layout.inputs.marks.sheet import SheetMarks
from layout.inputs.marks.shown import shown_number

__all__ = ["old_sheet_marks"]

_BOF, _EOF, _BOUNDSHEET, _FORMAT, _XF = 0x0809, 0x000A, 0x0085, 0x041E, 0x00E0
_FORMULA, _NUMBER, _RK, _MULRK, _BOOLERR = 0x0006, 0x0203, 0x027E, 0x00BD, 0x0205
_ROW, _COLUMNS, _ROW_HIDDEN, _COLUMN_HIDDEN = 0x0208, 0x007D, 0x20, 0x01
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
           0x24: "#NUM!", 0x2A: "#N/A"}  # fmt: skip
_IS_ERROR = 0xFFFF_0000_0000_0002
"""Result of a formula that is an error, but for its number in the third byte."""
_LAST_COLUMN = 255
_BIFF8 = 0x0600
_NO_TEXT, _CALCULATE = 0xFFFF_0000_0000_0003, 2
"""Result of a formula that is no text yet; the flag by which the next program calculates it."""
_SUMMARY = "\x05SummaryInformation".encode("utf-16-le")
"""Spreadsheet programs keep author and title in this stream; libraries that write cells do not."""
_LAST_SECTOR = 0xFFFF_FFFA
"""Greater numbers of sectors end a chain."""


def old_sheet_marks(data: bytes) -> dict[str, SheetMarks]:
    """Read uncalculated formulas and formatted numbers of all sheets of an old workbook.

    Parameters
    ----------
    data
        A whole ``.xls`` file.

    Returns
    -------
    dict
        By name of the sheet; nothing for workbooks older than Excel 97, which tell less.

    Raises
    ------
    ValueError
        The container or its records are damaged.
    """
    try:
        book = _stream(data, "Workbook")
        formats: dict[int, str] = {}
        # Format of each style of cells, and where each sheet begins.
        styles: list[int] = []
        begins: dict[str, int] = {}
        for kind, record in _records(book, 0):
            if kind == _BOF and _u16(record, 0) != _BIFF8:
                return {}
            if kind == _FORMAT:
                formats[_u16(record, 0)] = _text(record[4:], _u16(record, 2))
            elif kind == _XF:
                styles.append(_u16(record, 2))
            elif kind == _BOUNDSHEET:
                begins[_text(record[7:], record[6])] = struct.unpack_from("<I", record)[0]
        forms = [formats.get(style, "") for style in styles]
        calculated = _SUMMARY in data
        return {name: _of_sheet(book, at, forms, calculated) for name, at in begins.items()}
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error


def _of_sheet(book: bytes, at: int, forms: list[str], calculated: bool) -> SheetMarks:
    marks = SheetMarks()

    def number(row: int, column: int, style: int, value: float) -> None:
        form = forms[style] if style < len(forms) else ""
        if form and value.is_integer() and (shown := shown_number(f"{value:.0f}", form)):
            marks.shown[row, column] = shown

    for kind, record in _records(book, at):
        if kind == _FORMULA:
            row, column, style, result, flags = struct.unpack_from("<3HQH", record)
            (value,) = struct.unpack_from("<d", record, 6)
            # An empty text of a program that calculates is one.
            if (flags & _CALCULATE or not calculated) and (result == _NO_TEXT or value == 0):
                marks.uncalculated.add((row, column))
            elif result & 0xFFFF_0000_0000_00FF == _IS_ERROR:
                marks.errors[row, column] = _ERRORS.get(result >> 16 & 0xFF, "#N/A")
            elif result >> 48 != 0xFFFF:
                number(row, column, style, value)
        elif kind == _ROW and _u16(record, 12) & _ROW_HIDDEN:
            marks.hide(row=_u16(record, 0))
        elif kind == _COLUMNS and _u16(record, 8) & _COLUMN_HIDDEN:
            first, last = _u16(record, 0), min(_u16(record, 2), _LAST_COLUMN)
            marks.hide(column=first, count=last - first + 1)
        elif kind == _NUMBER:
            number(*struct.unpack_from("<3Hd", record))
        elif kind == _BOOLERR:
            row, column, _, code, is_error = struct.unpack_from("<3H2B", record)
            if is_error:
                marks.errors[row, column] = _ERRORS.get(code, "#N/A")
        elif kind == _RK:
            row, column, style, packed = struct.unpack_from("<3HI", record)
            number(row, column, style, _unpacked(packed))
        elif kind == _MULRK:
            row, first = struct.unpack_from("<2H", record)
            # Six bytes for each cell: its style and its number; the last column stands at the end.
            for i in range((len(record) - 6) // 6):
                style, packed = struct.unpack_from("<HI", record, 4 + 6 * i)
                number(row, first + i, style, _unpacked(packed))
    return marks


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Number and data of the records of one part of the workbook, up to its end."""
    depth = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<2H", book, at)
        # A chart within a sheet is a part of its own.
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 1:
            yield kind, book[at + 4 : at + 4 + size]
        if depth == 0:
            return
        at += 4 + size


def _unpacked(packed: int) -> float:
    """A number of 30 bits: whole, or the upper half of a decimal; perhaps in hundredths."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed >> 31 else 0))
    else:
        value = struct.unpack("<d", struct.pack("<Q", (packed & ~3) << 32))[0]
    return value / 100 if packed & 1 else value


def _text(data: bytes, length: int) -> str:
    """A text of so many letters behind the byte that says how they are written."""
    if data[0] & 1:
        return data[1 : 1 + 2 * length].decode("utf-16-le")
    return data[1 : 1 + length].decode("latin-1")


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _stream(data: bytes, name: str) -> bytes:
    """Content of a stream of the container; empty where there is none of this name."""
    shift, small_shift = _u16(data, 30), _u16(data, 32)
    folder_at, _, least, small_at, _ = struct.unpack_from("<5I", data, 48)
    if not 7 <= shift <= 16 or not 4 <= small_shift <= shift:
        raise ValueError("sectors of no size")

    def sector(number: int) -> bytes:
        return data[(number + 1) << shift : (number + 2) << shift]

    # Sectors of the table of sectors: the first 109 in the head, others in a chain of their own.
    tables = list(struct.unpack_from("<109I", data, 76))
    more, count = struct.unpack_from("<2I", data, 68)
    for _ in range(min(count, len(data) >> shift)):
        words = struct.unpack(f"<{1 << (shift - 2)}I", sector(more))
        tables, more = [*tables, *words[:-1]], words[-1]
    following = _words(b"".join(sector(number) for number in tables if number < _LAST_SECTOR))
    folder = b"".join(sector(number) for number in _chain(folder_at, following))
    entries = {}
    for at in range(0, len(folder) - 127, 128):
        letters = folder[at : at + max(0, min(64, _u16(folder, at + 64)) - 2)]
        entries[letters.decode("utf-16-le")] = struct.unpack_from("<2I", folder, at + 116)
    if name not in entries:
        return b""
    begin, size = entries[name]
    if size >= least:
        return b"".join(sector(number) for number in _chain(begin, following))[:size]
    # Small streams lie in pieces within the stream of the first entry.
    pieces = b"".join(sector(n) for n in _chain(entries["Root Entry"][0], following))
    table = _words(b"".join(sector(number) for number in _chain(small_at, following)))
    return b"".join(
        pieces[number << small_shift : (number + 1) << small_shift]
        for number in _chain(begin, table)
    )[:size]


def _words(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _chain(number: int, following: tuple[int, ...]) -> Iterator[int]:
    """Numbers of sectors from the first one on; one that leads back ends in an error."""
    for _ in range(len(following) + 1):
        if number >= _LAST_SECTOR:
            return
        yield number
        number = following[number]
    raise ValueError("sectors in a circle")
