"""Where a token may stand, and how a bad one is answered (wire contract IDscan 1.6)."""

import pytest

from tests.wire.idscan.calls import DEFINITIONS, DENIED, ask, opened, token_of
from watchword.core.errors import StorageUnavailableError

LONGEST = 8_192


@pytest.fixture
def token(client) -> str:
    return token_of(client)


def denied(answer) -> bool:
    return (answer.status_code, answer.content) == (401, DENIED)


def test_the_bare_token_in_authorization_is_good(client, token) -> None:
    answer = ask(client, authorization=token)

    assert (answer.status_code, answer.content) == (200, b"[]")


@pytest.mark.parametrize(
    "cookie",
    [
        "token={}",
        "token= {}",
        "token={} ",
        "a=b; token={}; csrftoken=c",
        "a=b;token={}",
        "tokens=x; Token=y; token={}",
    ],
)
def test_the_cookie_is_good_and_its_value_is_trimmed(client, token, cookie) -> None:
    assert ask(client, cookie=cookie.format(token)).status_code == 200


def test_header_cookie_and_csrf_token_together_are_good(client, token) -> None:
    answer = ask(client, authorization=token, cookie=f"token={token}", x_csrftoken="any")

    assert answer.status_code == 200


def test_the_header_comes_before_the_cookie(client, token) -> None:
    assert ask(client, authorization=token, cookie="token=bad").status_code == 200
    assert denied(ask(client, authorization="bad", cookie=f"token={token}"))


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_header_leaves_the_word_to_the_cookie(client, token, empty) -> None:
    assert ask(client, authorization=empty, cookie=f"token={token}").status_code == 200


@pytest.mark.parametrize(
    "prefix", ["bearer ", "Bearer ", "BEARER ", "Bearer  ", "Token ", "Basic "]
)
def test_a_scheme_before_the_token_is_denied(client, token, prefix) -> None:
    assert denied(ask(client, authorization=prefix + token))


@pytest.mark.parametrize("word", ["bearer", "Bearer", "Bearer ", "null", "undefined"])
def test_the_word_bearer_is_no_token(client, token, word) -> None:
    assert token
    assert denied(ask(client, authorization=word))


def test_a_bearer_prefix_is_accepted_where_that_is_switched_on() -> None:
    with opened(accept_bearer_prefix=True) as world, world.client() as client:
        token = token_of(client)
        for good in (token, f"Bearer {token}", f"bearer {token}", f"BEARER   {token}"):
            assert ask(client, authorization=good).status_code == 200
        for bad in ("Bearer", "Bearer ", "bearer", f"Basic {token}", f"Bearer{token}"):
            assert denied(ask(client, authorization=bad, cookie="token=bad"))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "x"},
        {"authorization": "x" * (LONGEST + 1)},
        {"authorization": "\u00e9\u00ff"},
        {"cookie": "token="},
        {"cookie": "token"},
        {"cookie": "token=x"},
        {"cookie": "Token=x"},
        {"cookie": "token=" + "x" * LONGEST},
        {"cookie": ";;;==;"},
        {"x-forensic-access-token": "x"},
    ],
    ids=lambda headers: str(headers)[:40],
)
def test_a_missing_malformed_or_oversized_credential_is_denied(client, headers) -> None:
    encoded = [(name, value.encode("latin-1")) for name, value in headers.items()]

    assert denied(client.get(DEFINITIONS, headers=encoded))


def test_a_credential_given_twice_is_denied_even_if_both_are_good(client, token) -> None:
    twice = [
        [("authorization", token), ("authorization", token)],
        [("authorization", token), ("Authorization", "")],
        [("cookie", f"token={token}"), ("cookie", f"token={token}")],
        [("cookie", f"token={token}; token={token}")],
        [("cookie", f"token=bad; token={token}")],
    ]

    assert all(denied(client.get(DEFINITIONS, headers=headers)) for headers in twice)


def test_every_bad_token_is_denied_with_the_same_bytes(world, client) -> None:
    expired = token_of(client)
    world.clock.advance(hours=10, seconds=1)
    answers = [ask(client), ask(client, authorization="x"), ask(client, authorization=expired)]

    assert all(denied(answer) for answer in answers)
    assert {tuple(answer.headers.items()) for answer in answers} == {
        (
            ("content-type", "application/json; charset=utf-8"),
            ("cache-control", "no-cache, no-store"),
            ("pragma", "no-cache"),
            ("expires", "-1"),
            ("www-authenticate", "Bearer"),
            ("content-length", str(len(DENIED))),
        )
    }


@pytest.mark.parametrize("name", ["token", "access_token", "Authorization", "channeltype"])
def test_a_token_in_the_query_is_never_read(client, token, name) -> None:
    assert denied(ask(client, f"?{name}={token}"))


def test_a_guarded_path_is_found_in_any_case(client, token) -> None:
    for path in (DEFINITIONS.lower(), DEFINITIONS.upper(), DEFINITIONS.replace("idscan", "IDScan")):
        assert client.get(path, headers={"authorization": token}).status_code == 200


def test_another_method_or_path_is_answered_as_web_api_does(client, token) -> None:
    headers = {"authorization": token}

    refused = client.delete(DEFINITIONS, headers=headers)
    assert (refused.status_code, list(refused.json())) == (405, ["Message"])
    assert refused.headers["allow"] == "GET"

    absent = client.get("/idscanenterprisesvc/Journey/Nowhere", headers=headers)
    assert (absent.status_code, list(absent.json())) == (404, ["Message"])


def test_an_oversized_body_is_refused_with_413(client, token) -> None:
    answer = client.request(
        "GET", DEFINITIONS, headers={"authorization": token}, content=b"x" * 100_000
    )

    assert (answer.status_code, list(answer.json())) == (413, ["Message"])


def test_a_known_token_is_answered_without_the_storage(world, client, token, monkeypatch) -> None:
    assert ask(client, authorization=token).status_code == 200

    monkeypatch.delattr(type(world.storage), "read")

    assert ask(client, authorization=token).status_code == 200


def test_a_storage_that_does_not_answer_is_503_and_when_to_come_back(
    world, client, token, monkeypatch
) -> None:
    def read(_storage: object) -> None:
        raise StorageUnavailableError

    monkeypatch.setattr(type(world.storage), "read", read)

    answer = ask(client, authorization=token)

    assert (answer.status_code, list(answer.json())) == (503, ["Message"])
    assert answer.headers["retry-after"] == "1"
