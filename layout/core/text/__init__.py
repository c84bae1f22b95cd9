"""Every sentence that a user reads, in Chinese and in English.

The message identifiers are the English sentences themselves; the Chinese ones stand in
``locale/zh/LC_MESSAGES/layout.po``. ``python -m tools.messages`` renews the catalogue.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal

__all__ = [
    "LANGUAGES",
    "LOCALE_DIR",
    "Language",
    "asked_language",
    "language",
    "marked",
    "set_language",
    "tr",
    "using",
]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LOCALE_DIR = Path(__file__).parent / "locale"

_language: ContextVar[Language] = ContextVar("layout_language", default="en")


def set_language(language: Language) -> None:
    """Choose the language of all later sentences in this context.

    Parameters
    ----------
    language
        ``zh`` or ``en``.

    Raises
    ------
    ValueError
        For any other language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    _language.set(language)


def language() -> Language:
    """Return the language of this context."""
    return _language.get()


@contextmanager
def using(language: Language) -> Iterator[None]:
    """Speak another language within a ``with`` block.

    Parameters
    ----------
    language
        ``zh`` or ``en``.
    """
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


def asked_language(words: Sequence[str]) -> Language | None:
    """Find ``--lang`` among a command's words, so that even usage errors speak it.

    Parameters
    ----------
    words
        The words after the name of the command, not parsed yet.
    """
    for position, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and position + 1 < len(words):
            value = words[position + 1]
        if value in LANGUAGES:
            return value
    return None


def marked(message: str, /) -> str:
    """Return an English sentence as it is, for the catalogue to hold; `tr` says it when shown."""
    return message


def tr(message: str, /, **values: object) -> str:
    """Return the sentence in the language of this context, its fields filled in.

    Parameters
    ----------
    message
        English sentence with fields in `str.format` style, as ``{count} schools``.
    **values
        The values of the fields.

    Returns
    -------
    str
        The sentence; the English one where no translation is held.
    """
    sentence = _catalogue(_language.get()).gettext(message) if message else ""
    return sentence.format(**values) if values else sentence


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation("layout", LOCALE_DIR, languages=[language])
