"""``GET /swagger.json`` says what is so: schemathesis calls every operation by it.

Requests that fit the document must be taken, and every answer, also to requests that do not, must
have a status and a shape that the document gives. That everything else is refused is not asked for:
the vendor's framework, and so this door, reads numbers as text and words as truth values (wire
contract FindFace 1.2).
"""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.wire.findface.door import Visitor, door
from watchword.dialects.findface import DIALECT

pytestmark = pytest.mark.once

EXAMPLES = 10
POSITIVE = schemathesis.GenerationMode.POSITIVE
BAD_REQUEST = 400

TOLD_BY_NO_SCHEMA = {
    "ad_group",  # a GUID that text may only look like
    "create_from",  # a face that was found a moment ago
    "face_cover",  # a photo that is there
    "frame_coords_right",  # right of the left edge
    "groups",  # roles that are there
    "id",  # a role that may be removed
    "ip_in",  # addresses and networks
    "name",  # one that nobody has
    "page",  # a cursor that an answer gave
    "password",  # a good one
    "permissions",  # permissions and roles that are there
    "primary_group",
    "photo",  # no photo can be looked at without an engine
    "source_photo",
    "user",  # a user who is there
    "uuid_in",
}
"""Fields whose values may be refused although their form is right."""


@pytest.fixture
def visitor() -> Generator[Visitor]:
    """Yield a visitor at the door who is an administrator there."""
    with door() as visitor:
        visitor.world.add(
            "root",
            password="plumtree-88",
            profiles={"findface": {"primary_group": "Administrator"}},
        )
        yield visitor


def described() -> Iterator[Any]:
    """Yield every operation that is described."""
    for each in DIALECT.operations:
        if each.about is not None and each.about.shown:
            yield each


def cases() -> Iterator[Any]:
    """Yield every operation, in both modes where anything can be wrong with it."""
    for each in described():
        # Whatever stands in a path is a key.
        fallible = "{id}" in each.path or each.about.takes is not None or each.about.query
        for mode in schemathesis.GenerationMode if fallible else [POSITIVE]:
            name = f"{each.method} {each.path} {mode.value}"
            yield pytest.param(each.method, each.path, mode, id=name)


@pytest.mark.parametrize(("method", "path", "mode"), list(cases()))
def test_every_operation_is_as_described(visitor: Visitor, method, path, mode):
    api = schemathesis.openapi.from_asgi("/swagger.json", visitor.world.site)
    api.config.update(headers={"Authorization": f"Token {visitor.enter('root')}"})
    operation = api[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def call(case):
        answer = case.call()
        excluded: list[Any] = [negative_data_rejection]
        if answer.status_code == BAD_REQUEST and answer.json()["param"] in TOLD_BY_NO_SCHEMA:
            excluded.append(positive_data_acceptance)
        case.validate_response(answer, excluded_checks=excluded)

    call()


class TestTheDocument:
    def test_it_is_sound(self, visitor: Visitor):
        schemathesis.openapi.from_asgi("/swagger.json", visitor.world.site).validate()

    def test_every_operation_is_in_it(self, visitor: Visitor):
        document = visitor.client.get("/swagger.json").json()
        told = {(m.upper(), path) for path, item in document["paths"].items() for m in item}

        assert told == {(each.method, each.path) for each in described()}

    def test_its_head_is_the_vendors(self, visitor: Visitor):
        document = visitor.client.get("/swagger.json").json()

        assert document["openapi"] == "3.0.3"
        assert document["info"]["title"] == "Internal API documentation"
        assert document["info"]["version"] == ""

    def test_nobody_of_the_vendors_is_named_for_questions(self, visitor: Visitor):
        assert "contact" not in visitor.client.get("/swagger.json").json()["info"]


class TestSecurity:
    @pytest.fixture
    def document(self, visitor: Visitor) -> Any:
        return visitor.client.get("/swagger.json").json()

    def test_there_are_two_schemes(self, document):
        schemes = document["components"]["securitySchemes"]

        assert schemes.keys() == {"Bearer", "basicAuth"}
        assert schemes["basicAuth"] == {"type": "http", "scheme": "basic"}

    def test_a_token_is_pasted_with_its_word(self, document):
        bearer = document["components"]["securitySchemes"]["Bearer"]

        assert (bearer["type"], bearer["in"], bearer["name"]) == (
            "apiKey",
            "header",
            "Authorization",
        )
        assert "Token" in bearer["description"]

    def test_basic_is_for_the_login_alone(self, document):
        basic = [
            path
            for path, item in document["paths"].items()
            for operation in item.values()
            if {"basicAuth": []} in operation.get("security", [])
        ]

        assert basic == ["/auth/login/"]
        assert document["paths"]["/auth/login/"]["post"]["security"] == [{"basicAuth": []}]

    @pytest.mark.parametrize(
        ("method", "path"),
        [("post", "/auth/video-auth/"), ("get", "/config.json"), ("get", "/swagger.json")],
    )
    def test_some_need_a_token_or_nothing(self, document, method, path):
        assert document["paths"][path][method]["security"] == [{"Bearer": []}, {}]

    def test_all_others_need_a_token(self, document):
        assert document["paths"]["/users/me/"]["get"]["security"] == [{"Bearer": []}]
