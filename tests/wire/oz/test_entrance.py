"""Signing in here by way of a page. Chosen: the vendor has a page of its own."""

import pytest

from tests.support.lobby import console_client
from tests.wire.oz.talk import PASSWORD
from watchword.dialects.oz.outline import OUTLINE

LOGIN = "/console/login?door=oz"
TITLE = "<title>Sign in · Oz API</title>"


@pytest.fixture
def console(world):
    return console_client(world)


def test_the_door_is_offered_there(console) -> None:
    assert TITLE in console.get(LOGIN).text


def test_the_key_is_what_the_api_page_wants(client, console) -> None:
    body = {"login": "alice@acme.example", "password": PASSWORD, "device": "web-1"}

    told = console.post("/console/doors/oz/password", json=body).json()

    assert told["key"] == {"scheme": "access_token", "value": told["token"]}
    header = OUTLINE.security[told["key"]["scheme"]]["name"]
    answer = client.get("/api/users", headers={header: told["key"]["value"]})
    assert answer.status_code == 200
    assert "alice@acme.example" in answer.text


def test_the_api_page_has_a_link(client) -> None:
    assert 'href="/console/login?door=oz"' in client.get("/api/docs/").text


class TestSwitchedOff:
    @pytest.fixture
    def settings(self):
        return {"sign_in_page": False}

    def test_it_can_be_switched_off(self, client, console) -> None:
        assert "/console/" not in client.get("/api/docs/").text
        # Another door may be offered, if there is one.
        assert TITLE not in console.get(LOGIN).text
