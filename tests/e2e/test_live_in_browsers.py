"""Two browsers: one closes the other's session, and the other is told within a second."""

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import PASSWORD
from tests.support.browser import open_browser
from tests.support.processes import serve

LOG_IN = """
async ([user, password, uuid]) => {
    const answer = await fetch('/auth/login/', {
        method: 'POST',
        headers: {
            'authorization': 'Basic ' + btoa(`${user}:${password}`),
            'content-type': 'application/json',
            'x-uuid': uuid,
        },
        body: JSON.stringify({uuid, mobile: false, device_info: {user_agent: navigator.userAgent}}),
    });
    window.token = (await answer.json()).token;
    return answer.status;
}
"""

CONNECT = """
() => new Promise((answered) => {
    const channel = new WebSocket(location.origin.replace('http', 'ws') + '/events/');
    window.heard = [];
    channel.onopen = () => channel.send(JSON.stringify(
        {type: 'auth', data: {token: window.token, msg_groups: {ws_events: true}}}
    ));
    channel.onmessage = (message) => {
        const frame = JSON.parse(message.data);
        window.heard.push(frame.type);
        if (frame.type === 'ping') {
            const data = {...frame.data, pong_date: new Date().toISOString()};
            channel.send(JSON.stringify({type: 'pong', data}));
            answered(frame.type);
        }
    };
    channel.onclose = (end) => window.heard.push(end.code);
})
"""

CALL = """
async ([method, path]) => {
    const headers = {authorization: `Token ${window.token}`};
    const answer = await fetch(path, {method, headers});
    const text = await answer.text();
    return [answer.status, text ? JSON.parse(text) : null];
}
"""


@pytest.fixture
def pages(directory: Path) -> Generator[tuple[Page, Page]]:
    """Yield a page of each of two browsers that share nothing, logged in and connected."""
    arguments = ("--workers", "2", "--directory", str(directory))
    with serve(directory.parent, *arguments) as server, open_browser() as browser:
        opened = []
        for name in ("first", "second"):
            page = browser.new_context().new_page()
            page.goto(f"{server.base_url}/config.json")
            assert page.evaluate(LOG_IN, ["alice", PASSWORD, name]) == 200
            assert page.evaluate(CONNECT) == "ping"
            opened.append(page)
        yield opened[0], opened[1]
        assert "Traceback" not in server.output()


def call(page: Page, method: str, path: str) -> Any:
    return page.evaluate(CALL, [method, path])


def test_one_closes_the_others_session_and_the_other_is_told_within_a_second(
    pages: tuple[Page, Page],
) -> None:
    first, second = pages
    _, listed = call(first, "GET", "/sessions/?uuid_in=second")
    [row] = listed["results"]
    assert row["status"] == "online"

    assert call(first, "DELETE", f"/sessions/{row['id']}/") == [204, None]
    answered = time.monotonic()
    second.wait_for_function("window.heard.includes('token_invalid')", polling=20, timeout=5_000)

    assert time.monotonic() - answered < 1
    second.wait_for_function("window.heard.includes(1008)", timeout=5_000)
    status, refused = call(second, "GET", "/users/me/")
    assert (status, refused["desc"]) == (401, "Invalid token.")
    assert first.evaluate("window.heard") == ["ping"]
    assert call(first, "GET", "/users/me/")[0] == 200
