"""In which language a refusal is told (wire contract FindFace 1, 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.findface.door import PASSWORD, door
from watchword.dialects.findface import texts
from watchword.dialects.findface.languages import Language, choose

ENGLISH, SPANISH, RUSSIAN = (texts.NOT_FOUND.said_in(language) for language in Language)
EN, ES, RU = Language


class TestTheHeader:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            (None, None),
            ("", None),
            ("en-US", EN),
            ("en", EN),
            ("EN-gb", EN),
            ("ru", RU),
            ("ru-RU, en;q=0.5", RU),
            ("es-MX", ES),
            ("es-419;q=0.2, es-ES;q=0.9, ru;q=0.8", ES),
            ("de", None),
            ("de, es;q=0.3", ES),
            ("ru;q=0.3, es;q=0.7", ES),
            ("ru;q=1.000, es", RU),
            ("ru;q=0", None),
            ("ru;q=nonsense, es;q=0.1", ES),
            ("*", None),
            ("*;q=0", None),
            ("de, *;q=0.5", None),
            ("ru;q=0.1, *", None),
            ("ru, *;q=0.1", RU),
            (" ru ; q=0.5 , es;q=0.4", RU),
            (",,;;,", None),
            ("ru," * 200, None),
        ],
        ids=repr,
    )
    def test_names_the_language_that_is_wished_for_most(self, header, language):
        assert choose(header, [EN]) is (language or EN)
        if language is not EN:
            assert choose(header, [ES, EN]) is (language or ES)

    def test_a_star_is_any_language_but_those_that_are_refused(self):
        assert choose("*, ru;q=0.1", [RU, EN]) is EN
        assert choose("*, en;q=0", [EN]) is ES
        assert choose("*;q=0.5, en;q=0, es;q=0", [EN]) is RU
        assert choose("*;q=0.5, en;q=0, es;q=0, ru;q=0", [EN]) is EN

    @given(header=st.none() | st.text(), usual=st.lists(st.sampled_from(Language), min_size=1))
    def test_any_header_leads_to_some_language(self, header, usual):
        assert choose(header, usual) in Language

    @given(
        wishes=st.dictionaries(
            st.sampled_from(["en", "es", "ru", "de", "en-GB", "*"]),
            st.integers(0, 1000).map(lambda weight: weight / 1000),
        )
    )
    def test_nothing_that_is_refused_is_chosen_while_something_is_wished_for(self, wishes):
        header = ",".join(f"{tag};q={weight:.3f}" for tag, weight in wishes.items())

        chosen = choose(header, [EN])

        weights = {
            language: max(
                (w for tag, w in wishes.items() if tag.partition("-")[0] == language[:2]),
                default=wishes.get("*", 0.0),
            )
            for language in Language
        }
        best = max(weights.values())
        assert weights[chosen] == best or best == 0


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

        assert answer.json()["desc"] == texts.WRONG_PASSWORD.said_in(RU)

    def test_content_language_alone_says_nothing(self, visitor):
        answer = visitor.client.get("/nothing/", headers={"content-language": "ru"})

        assert answer.json()["desc"] == ENGLISH
