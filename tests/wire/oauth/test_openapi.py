"""``openapi.json`` says what is so: schemathesis calls every operation by it; and its page.

Every answer must have a status and a shape that the document gives. That forms which fit are taken
is not asked for: they are judged by more than their form (who somebody is, which scopes there are).
Nor is it that everything else is refused: what nobody asked for is ignored, as the RFCs want it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.support.world import World
from tests.wire.oauth.calls import METADATA, bearer, opened, token_of
from watchword.dialects.oauth import DIALECT

pytestmark = pytest.mark.once

DESCRIPTION = "/oauth2/openapi.json"
PAGE = "/oauth2/docs/"
EXAMPLES = 12
POSITIVE = schemathesis.GenerationMode.POSITIVE


def described() -> Iterator[Any]:
    """Yield every operation that is described."""
    for each in DIALECT.operations:
        if each.about is not None and each.about.shown:
            yield each


def cases() -> Iterator[Any]:
    """Yield every operation, in both modes where anything can be wrong with it."""
    for each in described():
        for mode in schemathesis.GenerationMode if each.about.takes is not None else [POSITIVE]:
            yield pytest.param(each, mode, id=f"{each.method} {each.path} {mode.value}")


@pytest.mark.parametrize(("line", "mode"), list(cases()))
def test_every_operation_is_as_described(world: World, line, mode):
    api = schemathesis.openapi.from_asgi(DESCRIPTION, world.site)
    with world.client() as client:
        caller = bearer(token_of(client, "guard"))
    operation = api[line.path][line.method]
    excluded: list[Any] = [negative_data_rejection]
    if line.about.takes is not None:
        excluded.append(positive_data_acceptance)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def call(case):
        answer = case.call(headers=caller)
        case.validate_response(answer, headers=caller, excluded_checks=excluded)

    call()


class TestTheDocument:
    def test_it_is_sound(self, world: World):
        schemathesis.openapi.from_asgi(DESCRIPTION, world.site).validate()

    def test_anybody_may_read_it(self, client):
        assert client.get(DESCRIPTION).json()["openapi"] == "3.1.0"

    def test_every_operation_is_in_it(self, client):
        document = client.get(DESCRIPTION).json()
        told = {(m.upper(), path) for path, item in document["paths"].items() for m in item}

        assert told == {(each.method, each.path) for each in described()}

    def test_who_asks_needs_a_secret_or_a_token(self, client):
        paths = client.get(DESCRIPTION).json()["paths"]

        assert paths["/oauth2/introspect"]["post"]["security"] == [{"client": []}, {"token": []}]
        assert paths["/oauth2/token"]["post"]["security"] == [{"client": []}, {}]
        assert "security" not in paths[METADATA]["get"]

    def test_operations_are_in_groups_with_names(self, client):
        paths = client.get(DESCRIPTION).json()["paths"]
        tags = {tag for item in paths.values() for each in item.values() for tag in each["tags"]}

        assert tags == {"oauth2", "well-known"}


class TestThePage:
    def test_anybody_may_open_it(self, client):
        answer = client.get(PAGE)

        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert DESCRIPTION in answer.text

    def test_without_the_page_the_description_stays(self):
        with opened(api_page=False) as world, world.client() as client:
            assert client.get(PAGE).status_code == 404
            assert client.get(f"{PAGE}rapidoc.js").status_code == 404
            assert client.get(DESCRIPTION).status_code == 200
