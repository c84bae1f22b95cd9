"""Sentences: every one has a Chinese translation, compiled as it is written."""

from __future__ import annotations

import gettext
import string
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from layout.core.text import LOCALE_DIR, language, sentence, set_language, tr, using
from tools.messages import mo_bytes, po_bytes, renewed, sentences_in_code

PO = LOCALE_DIR / "zh" / "LC_MESSAGES" / "layout.po"


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(BytesIO(PO.read_bytes()), locale="zh")


@pytest.fixture(scope="module")
def in_code() -> set[str]:
    return {str(message.id) for message in sentences_in_code() if message.id}


def test_every_sentence_in_the_code_has_a_translation(
    catalogue: Catalog, in_code: set[str]
) -> None:
    held = {str(message.id) for message in catalogue if message.id and message.string}
    assert sorted(in_code - held) == []


def test_no_translation_is_left_over(catalogue: Catalog, in_code: set[str]) -> None:
    assert sorted({str(message.id) for message in catalogue if message.id} - in_code) == []


def test_translations_have_the_same_fields(catalogue: Catalog) -> None:
    wrong = [
        message.id
        for message in catalogue
        if message.id and fields_of(str(message.string)) != fields_of(str(message.id))
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_text(catalogue: Catalog) -> None:
    with PO.with_suffix(".mo").open("rb") as stream:
        compiled = gettext.GNUTranslations(stream)
    for message in catalogue:
        if message.id and message.string:
            assert compiled.gettext(str(message.id)) == message.string


def test_renewing_changes_nothing(catalogue: Catalog) -> None:
    again = renewed(catalogue, sentences_in_code())
    assert po_bytes(again) == PO.read_bytes()
    assert mo_bytes(again) == PO.with_suffix(".mo").read_bytes()


def test_language_is_chosen_for_a_context_only() -> None:
    assert tr("error") == "error"
    with using("zh"):
        assert tr("error") == "错误"
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(language).result() == "en"
    assert language() == "en"
    set_language("zh")
    assert tr("row {row}", row=3) == "第 3 行"


def test_words_follow_their_number() -> None:
    order = "The study is in order; {count:warning|warnings}."
    assert [tr(order, count=count)[23:] for count in (0, 1, "1", 2)] == [
        "0 warnings.",
        "1 warning.",
        "1 warning.",
        "2 warnings.",
    ]
    assert str(sentence(order, count=1)).endswith("1 warning.")
    with using("zh"):
        assert tr(order, count=1) == tr(order, count=3).replace("3", "1")


def test_forms_of_a_word_are_two(in_code: set[str]) -> None:
    """A form without its other one would be taken for a way to write the number."""
    forms = [
        (text, spec) for text in in_code for _, _, spec, _ in string.Formatter().parse(text) if spec
    ]
    assert [text for text, spec in forms if spec.count("|") != 1] == []


def test_unknown_sentences_and_languages() -> None:
    with using("zh"):
        assert tr("not a sentence of ours {x}", x=1) == "not a sentence of ours 1"
    with pytest.raises(ValueError, match="language"):
        set_language("de")  # type: ignore[arg-type]
