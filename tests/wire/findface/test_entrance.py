"""Signing in here by way of a page. Chosen: the vendor has a page of its own."""

import pytest
from starlette.testclient import TestClient

from tests.support.lobby import console_client
from tests.wire.findface.door import PASSWORD, Visitor, door

DEVICE = "web-1"


@pytest.fixture
def console(visitor: Visitor) -> TestClient:
    return console_client(visitor.world)


def test_the_door_is_offered_there(console: TestClient) -> None:
    assert "FindFace" in console.get("/console/login").text


def test_the_key_is_what_the_api_page_wants(visitor: Visitor, console: TestClient) -> None:
    body = {"login": "alice", "password": PASSWORD, "device": DEVICE}

    told = console.post("/console/doors/findface/password", json=body).json()

    assert told["key"] == {"scheme": "Bearer", "value": f"Token {told['token']}"}
    assert visitor.me(told["token"]).json()["name"] == "alice"
    [session] = visitor.call("GET", "/sessions/", told["token"]).json()["results"]
    assert (session["uuid"], session["device_info"]) == (DEVICE, {"user_agent": "testclient"})


def test_the_api_page_has_a_link_and_a_script_of_ours(visitor: Visitor) -> None:
    page = visitor.client.get("/api-docs/").text

    assert 'href="/console/login?door=findface"' in page
    assert '<script type="module" src="/console/assets/api-page.mjs"></script>' in page


def test_it_can_be_switched_off() -> None:
    with door(sign_in_page=False) as visitor:
        client = console_client(visitor.world)

        assert "/console/" not in visitor.client.get("/api-docs/").text
        # Another door may be offered, if there is one.
        assert "FindFace" not in client.get("/console/login?door=findface").text
