"""Every sentence that a user reads, in Chinese and in English.

The message identifiers are the English sentences themselves; the Chinese ones are in
``locale/zh/LC_MESSAGES/layout.po``. ``python -m tools.messages`` renews the catalogue.
"""

from __future__ import annotations

import gettext
import string
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

__all__ = [
    "LANGUAGES",
    "LOCALE_DIR",
    "Language",
    "Sentence",
    "adopt_language",
    "asked_language",
    "chosen_language",
    "language",
    "marked",
    "sentence",
    "set_language",
    "tr",
    "using",
]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
LOCALE_DIR = Path(__file__).parent / "locale"

# One value for each context, so that threads and tasks do not change each other's language.
_chosen: ContextVar[Language | None] = ContextVar("layout_language", default=None)
_adopted: ContextVar[Language] = ContextVar("layout_language_of_study", default="en")


def set_language(language: Language | None) -> None:
    """Choose the language of all later sentences in this context.

    Parameters
    ----------
    language
        ``zh`` or ``en``; None for the language of the study that is read.

    Raises
    ------
    ValueError
        For any other language.
    """
    _chosen.set(None if language is None else _known(language))


def adopt_language(language: Language) -> None:
    """Speak the language of a study from now on, unless one was chosen by `set_language`.

    Parameters
    ----------
    language
        ``zh`` or ``en``.
    """
    _adopted.set(language)


def language() -> Language:
    """Return the language of this context: the one chosen, else that of the study read last."""
    return _chosen.get() or _adopted.get()


def chosen_language(asked: str | None, *, default: Language) -> Language:
    """Return the language to write in: the one asked for, else the one chosen, else a default.

    Parameters
    ----------
    asked
        What a caller asks for.
    default
        Language of the study.

    Raises
    ------
    ValueError
        For any other language than ``zh`` and ``en``.
    """
    return _known(asked) if asked is not None else _chosen.get() or default


def _known(asked: object) -> Language:
    """The language that is asked for; tables and numbers are none."""
    for known in LANGUAGES:
        if isinstance(asked, str) and asked == known:
            return known
    raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {asked!r:.60}")


@contextmanager
def using(language: Language) -> Iterator[None]:
    """Speak another language within a ``with`` block.

    Parameters
    ----------
    language
        ``zh`` or ``en``.
    """
    token = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(token)


def asked_language(words: Sequence[str]) -> Language | None:
    """Find ``--lang`` among a command's words, so that even usage errors speak it.

    Parameters
    ----------
    words
        The words after the name of the command, not parsed yet.
    """
    for position, word in enumerate(words):
        # Both `--lang zh` and `--lang=zh`.
        value = word.partition("=")[2] if word.startswith("--lang=") else ""
        if word == "--lang" and position + 1 < len(words):
            value = words[position + 1]
        if value in LANGUAGES:
            return value
    return None


def marked(message: str, /) -> str:
    """Mark an English sentence for the catalogue and return it; `tr` translates it when shown."""
    return message


def tr(message: str, /, **values: object) -> str:
    """Return the sentence in the language of this context, its fields filled in.

    Parameters
    ----------
    message
        English sentence with fields in `str.format` style, as ``{count} rows``; a word that
        depends on the number has both forms, ``{count:school|schools}``, which give “1 school”
        and “2 schools”.
    **values
        The values of the fields.

    Returns
    -------
    str
        The sentence; the English one where there is no translation.
    """
    # The catalogue's entry for the empty text is its own header.
    sentence = _catalogue(language()).gettext(message) if message else ""
    return _FORMS.format(sentence, **values) if values else sentence


class _Forms(string.Formatter):
    """Formatting with two forms of a word behind a field: ``{count:school|schools}``."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return f"{value} {one if str(value) == '1' else many}"


_FORMS = _Forms()


@dataclass(frozen=True)
class Sentence:
    """A sentence that is made when it is shown, in the language of that moment.

    Tables and notes of a plan contain these beside codes and numbers, so that one plan can be
    shown in both languages.

    Attributes
    ----------
    message
        The English sentence with fields, as for `tr`.
    values
        Values of the fields, by name: numbers, texts, sentences, or tuples of these, which are
        listed.
    """

    message: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return tr(self.message, **{name: _shown(value) for name, value in self.values})

    # Within a table in a notebook a sentence is shown as text.
    __repr__ = __str__

    def __bool__(self) -> bool:
        return bool(self.message)

    def as_data(self) -> dict[str, Any]:
        """Return the sentence as plain data for JSON, see `from_data`."""
        return {
            "message": self.message,
            "values": {name: _as_data(value) for name, value in self.values},
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Sentence:
        """Make a sentence of what `as_data` returned.

        Raises
        ------
        KeyError
            Where it is something else.
        """
        values = {name: _from_data(value) for name, value in data["values"].items()}
        return cls(str(data["message"]), tuple(values.items()))


def sentence(message: str, /, **values: object) -> Sentence:
    """Return a sentence that is put into words when it is shown.

    Parameters
    ----------
    message
        English sentence with fields, as for `tr`.
    **values
        The values of the fields; a list is shown with its parts listed.
    """
    return Sentence(
        message,
        tuple((name, _kept(value)) for name, value in values.items()),
    )


def _kept(value: object) -> object:
    """A value that stays as it is: lists become tuples, scalars of numpy those of Python."""
    # A text is a sequence as well, but one value.
    if isinstance(value, (str, Sentence)):
        return value
    if isinstance(value, Sequence) or hasattr(value, "tolist"):
        plain = value.tolist() if hasattr(value, "tolist") else value
        return tuple(_kept(part) for part in plain) if isinstance(plain, (list, tuple)) else plain
    return value


def _shown(value: object) -> object:
    if isinstance(value, Sentence):
        return str(value)
    return tr(", ").join(str(part) for part in value) if isinstance(value, tuple) else value


def _as_data(value: object) -> object:
    if isinstance(value, Sentence):
        return value.as_data()
    return [_as_data(part) for part in value] if isinstance(value, tuple) else value


def _from_data(value: object) -> object:
    if isinstance(value, Mapping):
        return Sentence.from_data(value)
    return tuple(_from_data(part) for part in value) if isinstance(value, list) else value


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    if language == "en":
        # The sentences in the code are English already.
        return gettext.NullTranslations()
    return gettext.translation("layout", LOCALE_DIR, languages=[language])
