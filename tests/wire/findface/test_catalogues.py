"""Every sentence that can be told is in every catalogue, and no other (decision 0426)."""

import string
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from hypothesis import given
from hypothesis import strategies as st

from watchword.dialects.findface import catalogues, texts
from watchword.dialects.findface.catalogues import catalogue_of
from watchword.dialects.findface.languages import Language
from watchword.dialects.findface.texts import Text
from watchword.web.catalogues import parse_catalogue

HERE = Path(catalogues.__file__).parent
TRANSLATED = [each for each in Language if each is not Language.ENGLISH]
KEYWORDS: Any = {"Text": None, "counted": (1, 2)}
HOW = "docs/how-to/translate-refusals.md says how to bring the catalogues up to date"

TEXTS = {name: value for name, value in vars(texts).items() if isinstance(value, Text)}
NOTHING = {"limit": 8, "found": "x", "model": "X", "method": "PUT"}
"""Facts for any sentence."""


def extracted() -> dict[str, tuple[str, ...]]:
    """Return all sentences in the code, by their singular, as a translator's tool finds them."""
    found: dict[str, tuple[str, ...]] = {}
    for path in HERE.glob("*.py"):
        with path.open("rb") as file:
            for _, ids, _, _ in extract("python", file, keywords=KEYWORDS):
                several = (ids,) if isinstance(ids, str) else tuple(ids)
                found[several[0]] = several
    return found


def catalogue(language: Language) -> Catalog:
    """Return a catalogue as a translator's tool reads it."""
    with (HERE / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


def messages(language: Language) -> Iterator[Message]:
    """Yield the entries of a catalogue but for its head."""
    yield from (each for each in catalogue(language) if each.id)


def forms(message: Message) -> tuple[str, ...]:
    """Return the forms of a translation."""
    said = message.string or ""
    return (said,) if isinstance(said, str) else tuple(said)


def ids(message: Message) -> tuple[str, ...]:
    """Return the forms of a sentence."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def facts(text: str) -> set[str]:
    """Return the names of the facts in a sentence."""
    return {part[1] for part in string.Formatter().parse(text) if part[1] is not None}


@pytest.mark.parametrize("language", TRANSLATED)
class TestEveryCatalogue:
    def test_it_has_every_sentence_and_none_that_is_gone(self, language: Language) -> None:
        kept = {ids(each)[0]: ids(each) for each in messages(language)}

        assert kept == extracted(), HOW
        assert not catalogue(language).obsolete, HOW

    def test_every_sentence_is_translated_in_every_form(self, language: Language) -> None:
        plurals = catalogue(language).num_plurals

        for each in messages(language):
            assert all(forms(each)), f"{each.id}: {HOW}"
            assert not each.fuzzy, f"{each.id}: {HOW}"
            assert set(forms(each)).isdisjoint(ids(each)), f"{each.id} is left in English"
            if each.pluralizable:
                assert len(forms(each)) == plurals

    def test_every_form_has_the_same_facts(self, language: Language) -> None:
        for each in messages(language):
            assert {frozenset(facts(form)) for form in (*ids(each), *forms(each))} == {
                frozenset(facts(ids(each)[0]))
            }

    def test_it_is_read_as_a_translators_tool_reads_it(self, language: Language) -> None:
        ours = catalogue_of(language)

        for each in messages(language):
            if not each.pluralizable:
                assert ours.gettext(ids(each)[0]) == forms(each)[0]
        assert ours.info()["plural-forms"] == catalogue(language).plural_forms

    def test_every_sentence_of_the_code_is_said_differently(self, language: Language) -> None:
        for text in TEXTS.values():
            told = text.about(**NOTHING)
            assert told.said_in(language) != told.said_in(Language.ENGLISH)


class TestTheSentences:
    def test_all_of_them_can_be_found_by_a_tool(self) -> None:
        assert {text.one for text in TEXTS.values()} == set(extracted())

    @pytest.mark.parametrize("name", sorted(TEXTS))
    def test_english_is_what_the_code_says(self, name: str) -> None:
        text = TEXTS[name]
        sentence = text.several or text.one

        said = text.about(**NOTHING).said_in(Language.ENGLISH)

        assert said == sentence.format(**NOTHING)


class TestForms:
    """Counts have the forms of their language."""

    @pytest.mark.parametrize(
        ("language", "count", "end"),
        [
            (Language.ENGLISH, 1, "at least 1 character."),
            (Language.ENGLISH, 8, "at least 8 characters."),
            (Language.SPANISH, 1, "al menos 1 carácter."),
            (Language.SPANISH, 2, "al menos 2 caracteres."),
            (Language.RUSSIAN, 1, "не менее 1 символа."),
            (Language.RUSSIAN, 3, "не менее 3 символов."),
            (Language.RUSSIAN, 11, "не менее 11 символов."),
            (Language.RUSSIAN, 21, "не менее 21 символа."),
        ],
    )
    def test_of_a_limit(self, language: Language, count: int, end: str) -> None:
        assert texts.TOO_SHORT.about(limit=count).said_in(language).endswith(end)

    def test_the_vendors_sentence_has_one_form_in_english(self) -> None:
        one = texts.TOO_LONG.about(limit="1").said_in(Language.ENGLISH)

        assert one == "Ensure this field has no more than 1 characters."

    @pytest.mark.parametrize(
        ("accepted", "desc"),
        [
            ("en", "The password is too similar to the username."),
            ("es", "La contraseña se parece demasiado a otro dato del usuario: nombre de usuario."),
            ("ru", "Пароль слишком похож на другие данные пользователя: имя пользователя."),
        ],
    )
    def test_what_a_password_is_like_is_told_in_the_same_language(
        self, visitor, accepted: str, desc: str
    ) -> None:
        token = visitor.enter()
        body = {"password": "alice-88"}
        headers = {"authorization": f"Token {token}", "accept-language": accepted}

        answer = visitor.client.patch("/users/1/", json=body, headers=headers)

        assert (answer.status_code, answer.json()["desc"]) == (400, desc)

    @pytest.mark.parametrize(
        ("password", "desc"),
        [
            ("kRz7-q", "Пароль слишком короткий. Он должен содержать не менее 8 символов."),
            ("password1", "Пароль слишком распространён."),
            ("7395120864", "Пароль состоит только из цифр."),
            ("kRz7-qüüü", "Пароль может содержать только символы ASCII."),
        ],
    )
    def test_the_password_policy_speaks_every_language(
        self, visitor, password: str, desc: str
    ) -> None:
        token = visitor.enter()
        headers = {"authorization": f"Token {token}", "accept-language": "ru"}

        answer = visitor.client.patch("/users/1/", json={"password": password}, headers=headers)

        assert answer.json()["desc"] == desc


class TestReading:
    HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'

    def test_texts_may_go_over_several_lines(self) -> None:
        said = parse_catalogue(self.HEAD + 'msgid ""\n"a "\n"b"\nmsgstr "c "\n"d\\n"\n')

        assert said.gettext("a b") == "c d\n"

    def test_what_is_doubtful_or_empty_is_none(self) -> None:
        po = '#, fuzzy\nmsgid "a"\nmsgstr "x"\n\n# note\nmsgid "b"\nmsgstr ""\n\n#~ msgid "c"\n'

        said = parse_catalogue(self.HEAD + po)

        assert [said.gettext(each) for each in "abc"] == ["a", "b", "c"]

    def test_what_is_no_catalogue_is_refused(self) -> None:
        for odd in ('msgid "open', "msgid bare", "nonsense"):
            with pytest.raises((ValueError, SyntaxError)):
                parse_catalogue(odd)

    @given(
        st.dictionaries(
            st.text(
                st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1
            ),
            st.text(
                st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1
            ),
            max_size=5,
        )
    )
    def test_whatever_a_translators_tool_writes_is_read(self, entries: dict[str, str]) -> None:
        written, file = Catalog(locale="ru"), BytesIO()
        for message, said in entries.items():
            written.add(message, said)
        write_po(file, written)

        read = parse_catalogue(file.getvalue().decode())

        assert {each: read.gettext(each) for each in entries} == entries
