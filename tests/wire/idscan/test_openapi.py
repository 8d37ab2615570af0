"""``openapi.json`` says what is so: schemathesis calls every operation by it; and its page.

Every answer must have a status and a shape that the document gives, and queries that fit the
document must be taken. That bodies which fit are taken is not asked for: they are judged by more
than their form (who somebody is, what an image holds, which items there are, whether a whole number
has a point). Nor is it that everything else is refused: the vendor's server reads keys in any case
and is loose about simple types.
"""

from collections.abc import Generator, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.support.world import World
from tests.wire.idscan.calls import TOKEN, opened, token_of
from watchword.dialects.idscan import DIALECT

pytestmark = pytest.mark.once

DESCRIPTION = "/idscanenterprisesvc/openapi.json"
PAGE = "/idscanenterprisesvc/docs/"
EXAMPLES = 12
POSITIVE = schemathesis.GenerationMode.POSITIVE


@pytest.fixture
def world() -> Generator[World]:
    """Yield a world in which alice's token opens every area."""
    with opened(area_check="lenient") as world:
        yield world


def described() -> Iterator[Any]:
    """Yield every operation that is described."""
    for each in DIALECT.operations:
        if each.about is not None and each.about.shown:
            yield each


def cases() -> Iterator[Any]:
    """Yield every operation, in both modes where anything can be wrong with it."""
    for each in described():
        fallible = each.about.takes is not None or each.about.query
        for mode in schemathesis.GenerationMode if fallible else [POSITIVE]:
            name = f"{each.method} {each.path} {mode.value}"
            yield pytest.param(each, mode, id=name)


@pytest.mark.parametrize(("line", "mode"), list(cases()))
def test_every_operation_is_as_described(world: World, line, mode):
    api = schemathesis.openapi.from_asgi(DESCRIPTION, world.site)
    with world.client() as client:
        api.config.update(headers={"Authorization": token_of(client)})
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
        case.validate_response(case.call(), excluded_checks=excluded)

    call()


class TestTheDocument:
    def test_it_is_sound(self, world: World):
        schemathesis.openapi.from_asgi(DESCRIPTION, world.site).validate()

    def test_anybody_may_read_it(self, client):
        answer = client.get(DESCRIPTION)

        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.json()["openapi"] == "3.1.0"

    def test_every_operation_is_in_it(self, client):
        document = client.get(DESCRIPTION).json()
        told = {(m.upper(), path) for path, item in document["paths"].items() for m in item}

        assert told == {(each.method, each.path) for each in described()}

    def test_a_login_is_a_form_and_needs_no_token(self, client):
        login = client.get(DESCRIPTION).json()["paths"][TOKEN]["post"]

        assert login["requestBody"]["content"].keys() == {"application/x-www-form-urlencoded"}
        assert "security" not in login

    def test_a_token_goes_bare_into_a_header_or_into_the_cookie(self, client):
        document = client.get(DESCRIPTION).json()
        schemes = document["components"]["securitySchemes"]

        assert {(each["in"], each["name"]) for each in schemes.values()} == {
            ("header", "Authorization"),
            ("cookie", "token"),
        }
        logout = document["paths"]["/idscanenterprisesvc/logout"]["post"]
        assert logout["security"] == [{"header": []}, {"cookie": []}]

    def test_the_two_shapes_of_refusals_are_told_apart(self, client):
        paths = client.get(DESCRIPTION).json()["paths"]
        shapes = [
            paths[path]["post"]["responses"]["400"]["content"]["application/json"]["schema"]["$ref"]
            for path in (TOKEN, "/idscanenterprisesvc/logout")
        ]

        assert [shape.rpartition("/")[2] for shape in shapes] == [
            "ErrorResponse",
            "MessageResponse",
        ]

    @pytest.mark.parametrize("required", [True, False])
    def test_the_area_is_required_where_the_settings_say_so(self, required):
        with opened(area_required=required) as world, world.client() as client:
            document = client.get(DESCRIPTION).json()

        form = document["paths"][TOKEN]["post"]["requestBody"]["content"]
        name = form["application/x-www-form-urlencoded"]["schema"]["$ref"].rpartition("/")[2]
        assert ("area" in document["components"]["schemas"][name]["required"]) is required


class TestThePage:
    @pytest.mark.parametrize("path", [PAGE, PAGE.upper()])
    def test_anybody_may_open_the_page(self, client, path):
        answer = client.get(path)

        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert DESCRIPTION in answer.text

    def test_only_its_own_script_may_run_on_it(self, client):
        assert "script-src 'self';" in client.get(PAGE).headers["content-security-policy"]

    def test_without_the_page_the_description_stays(self):
        with opened(api_page=False) as world, world.client() as client:
            assert client.get(PAGE).json().keys() == {"Message"}
            assert client.get(f"{PAGE}rapidoc.js").status_code == 404
            assert client.get(DESCRIPTION).status_code == 200
