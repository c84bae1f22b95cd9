"""Tables in CSV, TSV and workbooks, read as text so that no identifier is changed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from pathlib import Path

from layout.core.problems import refuse
from layout.inputs.safety.archive import unpacked
from layout.inputs.safety.limits import MAX_INFLATED, check_size
from layout.inputs.safety.paths import Source
from layout.inputs.sheets.workbooks import WORKBOOK_SUFFIXES, read_workbook
from layout.inputs.tables import Sheet

__all__ = ["SHEET_SUFFIXES", "check_encoding", "read_sheet"]

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
SHEET_SUFFIXES = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, ".zip")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_STRANGE = re.compile("[\u0370-\u04ff\u2500-\u257f\u3040-\u30ff\u3105-\u3129\ue000-\uf8ff]")
"""Private use, and what 中, 里 or 和 of Big5 become: kana, bopomofo, Greek, Cyrillic, frames."""
_FEW = 2
"""One such character alone, however often, may be meant."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_sheet(source: Source, *, file: str, encoding: str = "") -> Sheet:
    """Read the cells of a table.

    Parameters
    ----------
    source
        ``.csv`` or ``.tsv`` in UTF-8 (with or without byte order mark), UTF-16 with one, or
        GB18030; ``.xlsx``, ``.xls`` or ``.ods`` with the name of a sheet; or a zip of these.
    file
        Name of the file, for the problems.
    encoding
        Encoding of a text file where the study file declares one.

    Returns
    -------
    Sheet
        All cells as text.

    Raises
    ------
    InputError
        If the file cannot be read as such a table.
    """
    with unpacked(source, suffixes=SHEET_SUFFIXES, file=file) as (path, sheet):
        if path.suffix.lower() in WORKBOOK_SUFFIXES:
            return read_workbook(path, sheet, file=file)
        return _text_table(path, file, encoding)


def _text_table(path: Path, file: str, encoding: str) -> Sheet:
    # Decoded and taken apart, a text takes ten times its room.
    if path.stat().st_size > MAX_INFLATED:
        raise refuse("too-large:file", file=file, megabytes=path.stat().st_size // 1_000_000)
    data = path.read_bytes()
    _check_plain(data, file)
    text, encoding_read = _decoded(data, file, encoding)
    # Tabs separate where the header has them and no comma, whatever the name of the file.
    first = text.lstrip("\r\n").split("\n", 1)[0]
    tabs = path.suffix.lower() == ".tsv" or ("\t" in first and "," not in first)
    # Counted first: a cell of nothing takes more room in memory than in the file.
    count = max(text.count("\n"), text.count("\r")) + 1
    check_size(count, (text.count("\t" if tabs else ",") + count) // count, file=file)
    # Strict, since a quote left open would put the rest of the file into one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if tabs else ",", strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise refuse("csv", file=file, row=reader.line_num, error=error) from error
    # The mean says nothing of a single row.
    check_size(1, max(map(len, rows), default=0), file=file)
    return Sheet(rows=rows, encoding=encoding_read, spread=True, strict=True)


def _check_plain(data: bytes, file: str) -> None:
    """Refuse workbooks, databases, PDFs and web pages that are named like a text table."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3\x00", b"%PDF")):
        raise refuse("file-content:table", file=file)
    # After a byte order mark and blanks, if any.
    if data[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise refuse("file-content:markup", file=file)


def _decoded(data: bytes, file: str, encoding: str) -> tuple[str, str]:
    """Decode by the byte order mark, as declared, or as UTF-8 or GB18030: never as Latin-1."""
    if data.startswith(_UTF16):
        choices = ["utf-16"]
    elif encoding:
        choices = ["utf-8-sig" if _is_utf8(encoding) else encoding]
        check_encoding(data, encoding, file=file)
    else:
        # UTF-8 first: text in GB18030 is hardly ever valid UTF-8 by chance.
        choices = ["utf-8-sig", "gb18030"]
    for choice in choices:
        try:
            text = data.decode(choice)
        except UnicodeDecodeError:
            continue
        if choice == "gb18030" and not encoding and _is_big5(data, text):
            raise refuse("encoding:big5", file=file)
        return text, "utf-8" if choice == "utf-8-sig" else choice
    if not encoding:
        raise refuse("encoding", file=file)
    raise refuse("encoding:declared", file=file, value=encoding, names=", ".join(choices))


def _is_big5(data: bytes, as_gb18030: str) -> bool:
    """Whether text that also reads as GB18030 is Big5: by characters that no Chinese name has."""
    if not _PRIVATE.search(as_gb18030) and len(set(_STRANGE.findall(as_gb18030))) < _FEW:
        return False
    for name in ("cp950", "big5hkscs"):
        try:
            if not _STRANGE.search(data.decode(name)):
                return True
        except UnicodeDecodeError:
            continue
    return False


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def check_encoding(data: bytes, encoding: str, *, file: str) -> None:
    """Refuse bytes that are UTF-8 where another encoding is declared.

    Chinese text in UTF-8 is also valid, but other, text in GBK; the reverse hardly ever happens.

    Parameters
    ----------
    data
        Text of the file.
    encoding
        What is declared.
    file
        Name of the file, for the problems.

    Raises
    ------
    InputError
        Code ``encoding-declared``.
    """
    if data.isascii() or _is_utf8(encoding):
        return
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    raise refuse("encoding-declared", file=file, value=encoding, encoding=encoding)
