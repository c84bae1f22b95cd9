"""Renew the catalogue of sentences: collect from the code, merge into the Chinese one, compile.

Run ``python -m tools.messages`` after changing a sentence, fill in what it lists as missing in
``layout.po``, and run it again. Needs Babel, which is among the packages for development.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import typer
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from layout.app.cli import frame
from layout.app.cli.command import app
from layout.core.problems import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "layout" / "core" / "text" / "locale" / "zh" / "LC_MESSAGES" / "layout.po"

# The dates in a catalogue's header say nothing that the history does not, and change its bytes.
FIXED = datetime(2021, 9, 1, tzinfo=UTC)


# The command line translates these where it shows them: its own help, and how a model ended.
STATUSES = ("proven", "gap", "infeasible", "no_solution")


def sentences_in_code() -> Catalog:
    """Collect all that the package hands to ``tr`` or ``sentence`` or marks, and its problems."""
    found = Catalog(project="layout", charset="utf-8")
    for path in sorted((ROOT / "layout").rglob("*.py")):
        for message in _handed_on(path):
            found.add(message)
    problems = (text for form in CATALOGUE.values() for text in (form.reason, form.remedy))
    help_texts = _help_of(typer.main.get_command(app))
    for message in (*STATUSES, *frame.sentences(), *problems, *help_texts):
        found.add(message)
    return found


def _handed_on(path: Path) -> Iterator[str]:
    """Yield the sentences of one file, those within f-strings too, which Babel passes over."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Call(
                func=ast.Name(id="tr" | "sentence" | "marked"),
                args=[ast.Constant(value=str(message)), *_],
            ):
                yield message


def _help_of(command: Any) -> Iterator[str]:
    """Yield the help of a command, of its options and of its verbs."""
    texts = [command.help, *(getattr(option, "help", None) for option in command.params)]
    yield from (text for text in texts if text)
    for verb in getattr(command, "commands", {}).values():
        yield from _help_of(verb)


def renewed(catalogue: Catalog, found: Catalog) -> Catalog:
    """Return the catalogue with exactly the sentences found, translations kept."""
    made = Catalog(
        locale="zh",
        project="layout",
        version="1",
        msgid_bugs_address="the project's tracker",
        last_translator="the contributors",
        language_team="zh",
        charset="utf-8",
        creation_date=FIXED,
        revision_date=FIXED,
        fuzzy=False,
    )
    made.header_comment = "# Sentences of the package in Chinese, by their English wording."
    for message in sorted(found, key=lambda message: str(message.id)):
        if message.id:
            held = catalogue.get(message.id)
            made.add(message.id, held.string if held else "")
    return made


def po_bytes(catalogue: Catalog) -> bytes:
    """Return the catalogue as the text file that translators edit."""
    out = BytesIO()
    write_po(out, catalogue, width=0)
    return out.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return the catalogue in the form that gettext reads."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    """Renew both files and name the sentences that lack a translation."""
    catalogue = renewed(read_po(BytesIO(PO.read_bytes()), locale="zh"), sentences_in_code())
    PO.write_bytes(po_bytes(catalogue))
    PO.with_suffix(".mo").write_bytes(mo_bytes(catalogue))
    missing = [str(message.id) for message in catalogue if message.id and not message.string]
    for sentence in missing:
        print(f"no translation: {sentence}")
    print(f"{len(catalogue)} sentences, {len(missing)} without translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
