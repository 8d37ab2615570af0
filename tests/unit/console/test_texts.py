"""Every sentence of the pages is in every catalogue, and no other (decision 0426)."""

from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from watchword.console import texts
from watchword.console.texts import SENTENCES, Language, choose, said_in

HERE = Path(texts.__file__)
TRANSLATED = [each for each in Language if each is not Language.ENGLISH]
KEYWORDS: Any = {"_": None}
HOW = "docs/how-to/translate-refusals.md says how to bring the catalogues up to date"


def extracted() -> set[str]:
    """Return all sentences in the code, as a translator's tool finds them."""
    with HERE.open("rb") as file:
        return {str(ids) for _, ids, _, _ in extract("python", file, keywords=KEYWORDS)}


def catalogue(language: Language) -> Catalog:
    """Return a catalogue as a translator's tool reads it."""
    with (HERE.parent / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


@pytest.mark.parametrize("language", TRANSLATED)
class TestEveryCatalogue:
    def test_it_has_every_sentence_and_none_that_is_gone(self, language: Language) -> None:
        kept = {each.id for each in catalogue(language) if each.id}

        assert kept == extracted(), HOW
        assert not catalogue(language).obsolete, HOW

    def test_every_sentence_is_translated(self, language: Language) -> None:
        for each in catalogue(language):
            if each.id:
                assert each.string, f"{each.id}: {HOW}"
                assert each.string != each.id, f"{each.id} is left in English"
                assert not each.fuzzy, f"{each.id}: {HOW}"

    def test_it_is_said_as_a_translators_tool_reads_it(self, language: Language) -> None:
        read = catalogue(language)

        said = said_in(language)

        assert said == {name: read[text].string for name, text in SENTENCES.items()}

    def test_a_sentence_ends_as_it_does_in_english(self, language: Language) -> None:
        """A full stop tells a sentence from a name, in all three languages."""
        for name, text in SENTENCES.items():
            assert said_in(language)[name].endswith(".") is text.endswith("."), name


def test_all_sentences_can_be_found_by_a_tool() -> None:
    assert set(SENTENCES.values()) == extracted()


def test_english_is_what_the_code_says() -> None:
    assert said_in(Language.ENGLISH) == SENTENCES


@given(asked=st.none() | st.text(max_size=5), accepted=st.none() | st.text(max_size=60))
def test_whatever_is_wished_for_there_is_a_language(
    asked: str | None, accepted: str | None
) -> None:
    assert choose(asked, accepted) in Language
