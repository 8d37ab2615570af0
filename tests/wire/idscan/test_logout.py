"""Logging out: a call of our own, since the vendor's path is unknown (wire contract IDscan 1.5)."""

from urllib.parse import unquote

import pytest

from tests.wire.idscan.calls import DENIED, LOGOUT, ask, cookies_of, log_in, token_of


@pytest.fixture
def cookies(client) -> dict[str, str]:
    """Return what a browser would keep of a login."""
    return {name: value for name, (value, *_) in cookies_of(log_in(client)).items()}


def leave(client, **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(LOGOUT, headers=named)


def test_logging_out_ends_the_session_and_clears_the_cookies(client) -> None:
    token, other = token_of(client), token_of(client)

    answer = leave(client, authorization=token)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers
    gone = ["Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Max-Age=0"]
    assert cookies_of(answer) == {
        "token": ["", "HttpOnly", "Path=/", "SameSite=Lax", *gone],
        "csrftoken": ["", "Path=/", "SameSite=Lax", *gone],
    }
    assert ask(client, authorization=token).status_code == 401
    assert ask(client, authorization=other).status_code == 200


def test_a_token_of_any_area_can_log_out(client) -> None:
    assert leave(client, authorization=token_of(client, area="scanning")).status_code == 204


def test_logging_out_twice_is_denied(client) -> None:
    token = token_of(client)
    leave(client, authorization=token)

    answer = leave(client, authorization=token)

    assert (answer.status_code, answer.content) == (401, DENIED)


def test_with_the_cookie_alone_the_csrf_token_is_needed_decoded(client, cookies) -> None:
    cookie = f"token={cookies['token']}; csrftoken={cookies['csrftoken']}"

    answer = leave(client, cookie=cookie, x_csrftoken=unquote(cookies["csrftoken"]))

    assert answer.status_code == 204
    assert ask(client, cookie=cookie).status_code == 401


@pytest.mark.parametrize("forged", [None, "", "x", "\u00e9", "another's", "still encoded"])
def test_without_the_right_csrf_token_the_cookie_logs_nobody_out(client, cookies, forged) -> None:
    other = cookies_of(log_in(client))["csrftoken"][0]
    values = {"another's": unquote(other), "still encoded": cookies["csrftoken"]}
    headers = [("cookie", f"token={cookies['token']}; csrftoken={other}".encode())]
    if forged is not None:
        headers.append(("x-csrftoken", values.get(forged, forged).encode("latin-1")))

    answer = client.post(LOGOUT, headers=headers)

    assert (answer.status_code, answer.content) == (403, DENIED)
    assert ask(client, cookie=f"token={cookies['token']}").status_code == 200


def test_a_csrf_token_given_twice_is_refused(client, cookies) -> None:
    right = ("x-csrftoken", unquote(cookies["csrftoken"]))
    headers = [("cookie", f"token={cookies['token']}"), right, right]

    assert client.post(LOGOUT, headers=headers).status_code == 401
    assert ask(client, cookie=f"token={cookies['token']}").status_code == 200


def test_with_the_token_in_the_header_no_csrf_token_is_asked_for(client, cookies) -> None:
    token = cookies["token"]

    assert leave(client, authorization=token, cookie=f"token={token}").status_code == 204


def test_the_cookies_are_cleared_securely_over_https(world) -> None:
    with world.client(base_url="https://testserver") as client:
        cleared = cookies_of(leave(client, authorization=token_of(client)))

    assert all("Secure" in attributes for attributes in cleared.values())


def test_logging_in_and_out_is_audited_without_the_token(world, client) -> None:
    token = token_of(client)
    leave(client, authorization=token)

    assert list(world.audited())[-2:] == [("login", "admitted"), ("session.end", "left")]
    with world.storage.read() as transaction:
        entries = transaction.audit.list_page(0, 1_000)
    left = entries[-1][1].entry
    assert (left.details["by_login"], left.address) == ("Alice", "testclient")
    assert left.subject_id is not None
    assert token not in repr(entries)
