"""In which language a refusal is told (wire contract FindFace 1, 5)."""

import dataclasses
import string

import pytest

from tests.wire.findface.door import PASSWORD, door
from watchword.dialects.findface import texts
from watchword.dialects.findface.languages import Language, preferred
from watchword.dialects.findface.texts import Text

CATALOGUE = {name: value for name, value in vars(texts).items() if isinstance(value, Text)}

ENGLISH = texts.NOT_FOUND.english
SPANISH = texts.NOT_FOUND.spanish
RUSSIAN = texts.NOT_FOUND.russian


class TestTheHeader:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            (None, None),
            ("", None),
            ("en-US", Language.ENGLISH),
            ("en", Language.ENGLISH),
            ("EN-gb", Language.ENGLISH),
            ("ru", Language.RUSSIAN),
            ("ru-RU, en;q=0.5", Language.RUSSIAN),
            ("es-MX", Language.SPANISH),
            ("de", None),
            ("de, es;q=0.3", Language.SPANISH),
            ("ru;q=0.3, es;q=0.7", Language.SPANISH),
            ("ru;q=1.000, es", Language.RUSSIAN),
            ("ru;q=0", None),
            ("ru;q=nonsense, es;q=0.1", Language.SPANISH),
            ("*", None),
            ("*, ru;q=0.1", Language.RUSSIAN),
            (" ru ; q=0.5 , es;q=0.4", Language.RUSSIAN),
            (",,;;,", None),
            ("ru," * 200, None),
        ],
        ids=repr,
    )
    def test_names_the_language_that_is_wished_for_most(self, header, language):
        assert preferred(header) is language


class TestPrecedence:
    def test_the_servers_language_is_spoken_to_strangers(self, visitor):
        with door(language="es") as spaniard:
            assert spaniard.client.get("/nothing/").json()["desc"] == SPANISH
        assert visitor.client.get("/nothing/").json()["desc"] == ENGLISH

    def test_the_requests_language_goes_before_the_servers(self, visitor):
        answer = visitor.client.get("/nothing/", headers={"accept-language": "ru"})

        assert answer.json()["desc"] == RUSSIAN
        assert answer.json()["code"] == "NOT_FOUND"

    @pytest.mark.parametrize(
        ("accepted", "desc"), [("", RUSSIAN), ("de", RUSSIAN), ("es", SPANISH), ("en", ENGLISH)]
    )
    def test_the_users_language_stands_between_them(self, visitor, accepted, desc):
        visitor.world.add(
            "ivan",
            password=PASSWORD,
            profiles={"findface": {"primary_group": "User", "language": "ru"}},
        )
        token = visitor.enter("ivan")
        visitor.me(token)
        headers = {"authorization": f"Token {token}", "accept-language": accepted}

        assert visitor.client.get("/nothing/", headers=headers).json()["desc"] == desc

    def test_a_malformed_header_has_no_language(self, visitor):
        headers = {"authorization": "Token"}

        assert visitor.client.get("/nothing/", headers=headers).json()["desc"] == ENGLISH

    def test_the_seeds_russian_headers_are_heard(self, visitor):
        headers = {"accept-language": "ru", "content-language": "ru"}
        answer = visitor.login(password="wrong", headers=headers)

        assert answer.json()["desc"] == texts.WRONG_PASSWORD.russian

    def test_content_language_alone_says_nothing(self, visitor):
        answer = visitor.client.get("/nothing/", headers={"content-language": "ru"})

        assert answer.json()["desc"] == ENGLISH


class TestTheCatalogue:
    @pytest.mark.parametrize("name", sorted(CATALOGUE))
    def test_every_text_is_there_in_every_language(self, name):
        said = [CATALOGUE[name].said_in(language) for language in Language]

        assert all(said)
        assert len(set(said)) == len(said)

    @pytest.mark.parametrize("name", sorted(CATALOGUE))
    def test_every_translation_has_the_same_facts(self, name):
        facts = [
            {part[1] for part in string.Formatter().parse(text) if part[1] is not None}
            for text in dataclasses.astuple(CATALOGUE[name])
        ]

        assert facts[0] == facts[1] == facts[2]
