"""The pages on which each interface can be tried out, in a real browser against a real server.

Each is played as its vendor's documentation has readers do: log in, paste what came back, call,
leave, and be refused. A picture of each stays in ``artifacts/``.
"""

import json
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import PASSWORD
from tests.support.browser import Viewer, open_browser
from tests.support.processes import serve

Open = Callable[[str], Viewer]


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Browser, directory: Path) -> Generator[Open]:
    """Yield what opens a page of a server; in the end no page may have done what it must not."""
    viewers: list[Viewer] = []
    with serve(directory.parent, "--directory", str(directory)) as server:

        def open_page(path: str) -> Viewer:
            viewers.append(Viewer(browser, server.base_url, path))
            return viewers[-1]

        yield open_page
        for viewer in viewers:
            viewer.page.close()
    assert [complaint for viewer in viewers for complaint in viewer.complaints] == []


def test_findface_basic_login_token_call_logout(open_page: Open) -> None:
    """Seed 002, from the first sentence to the last."""
    viewer = open_page("/api-docs/")
    viewer.take_picture("findface-overview")
    viewer.set_basic("basicAuth", "alice", PASSWORD)
    viewer.open("POST /auth/login/")
    viewer.write_body('{"uuid": "A"}')
    status, shown = viewer.press_try()
    assert status == 200, shown
    viewer.take_picture("findface-login")

    viewer.set_key("Bearer", f"Token {json.loads(shown)['token']}")
    viewer.take_picture("findface-keys")
    viewer.open("GET /users/me/")
    status, shown = viewer.press_try()
    assert status == 200, shown
    viewer.take_picture("findface-me")
    assert json.loads(shown)["name"] == "alice"

    viewer.open("POST /auth/logout/")
    status, _ = viewer.press_try()
    assert status == 204
    viewer.open("GET /users/me/")
    status, shown = viewer.press_try()
    viewer.take_picture("findface-left")
    assert (status, json.loads(shown)["desc"]) == (401, "Invalid token.")


def test_a_key_that_is_removed_is_not_sent_and_ends_nothing(open_page: Open) -> None:
    """What seed 002 names beside logging out is the page's own doing, not the server's."""
    viewer = open_page("/api-docs/")
    viewer.set_basic("basicAuth", "alice", PASSWORD)
    viewer.open("POST /auth/login/")
    _, shown = viewer.press_try()
    token = json.loads(shown)["token"]

    for button in ("REMOVE", "CLEAR ALL API KEYS"):
        viewer.set_key("Bearer", f"Token {token}")
        viewer.press(button)
        viewer.open("GET /users/me/")
        status, shown = viewer.press_try()
        assert status == 401
        assert "not provided" in json.loads(shown)["desc"]

    viewer.set_key("Bearer", f"Token {token}")
    viewer.open("GET /users/me/")
    status, _ = viewer.press_try()
    assert status == 200


def test_idscan_form_token_bare_header_call_logout(open_page: Open) -> None:
    viewer = open_page("/idscanenterprisesvc/docs/")
    viewer.open("POST /idscanenterprisesvc/token")
    form = {"grant_type": "password", "username": "alice", "password": PASSWORD}
    viewer.write_form({**form, "area": "investigation"})
    status, shown = viewer.press_try()
    viewer.take_picture("idscan-login")
    assert status == 200, shown

    guarded = "GET /idscanenterprisesvc/JourneyDefinition/GetAll"
    viewer.open(guarded)
    status, _ = viewer.press_try()
    assert status == 401, "the cookie that the login set must not be sent"
    viewer.set_key("header", json.loads(shown)["access_token"])
    viewer.open(guarded)
    status, shown = viewer.press_try()
    viewer.take_picture("idscan-definitions")
    assert (status, json.loads(shown)) == (200, [])

    viewer.open("POST /idscanenterprisesvc/logout")
    status, _ = viewer.press_try()
    assert status == 204
    viewer.open(guarded)
    status, _ = viewer.press_try()
    assert status == 401


def test_oz_login_token_call(open_page: Open) -> None:
    viewer = open_page("/api/docs/")
    viewer.open("POST /api/authorize/auth")
    credentials = {"email": "alice@acme.example", "password": PASSWORD}
    viewer.write_body(json.dumps({"credentials": credentials}))
    status, shown = viewer.press_try()
    assert status == 200, shown
    token = json.loads(shown)["access_token"]

    viewer.open("GET /api/users")
    status, _ = viewer.press_try()
    assert status == 401
    viewer.set_key("access_token", token)
    viewer.open("GET /api/users")
    status, shown = viewer.press_try()
    viewer.take_picture("oz-users")
    assert status == 200
    assert "alice@acme.example" in shown
