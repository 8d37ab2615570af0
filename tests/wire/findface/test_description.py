"""In which form ``/swagger.json`` is given, and the page that shows it (wire contract 6)."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.findface.door import Visitor, door
from watchword.dialects.findface.description import give_description
from watchword.dialects.findface.outline import OUTLINE
from watchword.dialects.findface.settings import Settings
from watchword.web.handbook import Handbook
from watchword.web.messages import Request

JSON = "application/json"
OPENAPI_JSON = "application/vnd.oai.openapi+json"
OPENAPI_YAML = "application/vnd.oai.openapi"

HANDBOOK: Handbook[Settings] = Handbook(OUTLINE, lambda: ())
"""A document without operations: what form it has does not depend on them."""


def asked(visitor: Visitor, accept: str | None = None, **query: str):
    headers = {} if accept is None else {"accept": accept}
    return visitor.client.get("/swagger.json", params=query, headers=headers)


class TestForm:
    @pytest.mark.parametrize("media", [JSON, OPENAPI_JSON])
    def test_json_is_given_by_either_name(self, visitor: Visitor, media):
        answer = asked(visitor, media)

        assert answer.headers["content-type"] == media
        assert answer.json()["openapi"] == "3.0.3"

    @pytest.mark.parametrize("media", [OPENAPI_YAML, "application/yaml"])
    def test_yaml_is_given_where_it_is_asked_for(self, visitor: Visitor, media):
        answer = asked(visitor, media)

        assert answer.headers["content-type"] == media
        assert yaml.safe_load(answer.content) == asked(visitor, JSON).json()

    @pytest.mark.parametrize(
        "accept", ["*/*", "text/html,*/*;q=0.8", "text/html", "", "application/*"]
    )
    def test_whoever_wishes_for_nothing_that_is_there_gets_json(self, visitor: Visitor, accept):
        assert asked(visitor, accept).headers["content-type"] == JSON

    @pytest.mark.parametrize(
        ("accept", "media"),
        [
            (f"{JSON};q=0.5, {OPENAPI_YAML}", OPENAPI_YAML),
            (f"{OPENAPI_YAML};q=0.5, {JSON};q=0.7", JSON),
            (f"{OPENAPI_YAML};q=0, */*;q=0.1", JSON),
            (f"{JSON};q=0, {OPENAPI_JSON};q=0, */*", OPENAPI_YAML),
            ("APPLICATION/YAML", "application/yaml"),
            (f"{OPENAPI_YAML};version=3.0;q=0.3, {JSON};q=0.2", OPENAPI_YAML),
        ],
    )
    def test_the_type_that_is_accepted_most_wins(self, visitor: Visitor, accept, media):
        assert asked(visitor, accept).headers["content-type"] == media

    @given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
    def test_no_header_is_too_odd_to_be_answered(self, accept):
        request = Request("GET", "/swagger.json", ((b"accept", accept.encode()),))

        assert give_description(HANDBOOK, Settings(), request).status == 200

    def test_caches_tell_the_forms_apart(self, visitor: Visitor):
        assert asked(visitor).headers["vary"] == "accept"


class TestReaders:
    def test_anybody_may_read_it(self, visitor: Visitor):
        assert asked(visitor).status_code == 200

    @pytest.mark.parametrize("code", ["en", "ru", "es", "pt-br", "zh-hans", "EN-US"])
    def test_any_language_may_be_named_and_the_texts_are_english(self, visitor: Visitor, code):
        answer = asked(visitor, lang=code)

        assert answer.status_code == 200
        assert answer.headers["content-language"] == "en"
        assert answer.content == asked(visitor).content

    @pytest.mark.parametrize("code", ["e", "english language", "../en", "12"])
    def test_what_is_no_language_is_refused(self, visitor: Visitor, code):
        answer = asked(visitor, lang=code)

        assert answer.status_code == 400
        assert (answer.json()["code"], answer.json()["param"]) == ("BAD_PARAM", "lang")


class TestPage:
    @pytest.mark.parametrize("path", ["/api-docs/", "/api-docs"])
    def test_anybody_may_open_the_page(self, visitor: Visitor, path):
        answer = visitor.client.get(path)

        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "/swagger.json" in answer.text

    def test_only_its_own_script_may_run_on_it(self, visitor: Visitor):
        told = visitor.client.get("/api-docs/").headers["content-security-policy"]

        assert "script-src 'self';" in told

    def test_without_the_page_the_description_stays(self):
        with door(api_page=False) as visitor:
            assert visitor.client.get("/api-docs/").json()["code"] == "NOT_FOUND"
            assert visitor.client.get("/api-docs/rapidoc.js").status_code == 404
            assert asked(visitor).status_code == 200
