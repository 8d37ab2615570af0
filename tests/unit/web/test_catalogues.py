"""Translations as translators write them."""

import pytest

from watchword.web.catalogues import parse_catalogue

HEAD = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def test_sentences_are_said_in_their_translation_and_others_as_they_are() -> None:
    said = parse_catalogue(HEAD + '# for whom\nmsgid "one"\nmsgstr "uno \\"1\\""\n')

    assert said.gettext("one") == 'uno "1"'
    assert said.gettext("two") == "two"


def test_long_lines_may_be_broken() -> None:
    said = parse_catalogue(HEAD + 'msgid ""\n"a "\n"b"\nmsgstr ""\n"c "\n"d"\n')

    assert said.gettext("a b") == "c d"


def test_counts_have_the_forms_of_the_language() -> None:
    plural = 'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "{n} día"\nmsgstr[1] "{n} días"\n'
    said = parse_catalogue(HEAD + plural)

    assert [said.ngettext("{n} day", "{n} days", n) for n in (1, 2)] == ["{n} día", "{n} días"]


@pytest.mark.parametrize(
    "entry", ['#, fuzzy\nmsgid "one"\nmsgstr "uno"\n', 'msgid "one"\nmsgstr ""\n']
)
def test_what_is_doubtful_or_empty_is_no_translation(entry: str) -> None:
    assert parse_catalogue(HEAD + entry).gettext("one") == "one"


@pytest.mark.parametrize("text", ['msgid "one\n', "msgid one\n", 'msgid "one" + f()\n'])
def test_what_no_such_file_has_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, SyntaxError)):
        parse_catalogue(text)
