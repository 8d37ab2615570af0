"""What a login is refused with (wire contract IDscan 1.4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.wire.idscan.calls import TOKEN, form_of, log_in, opened, post_form
from watchword.core.errors import OverloadedError, StorageUnavailableError

REFUSED = b'{"error":"invalid_grant"}'
CORE_REFUSALS = [OverloadedError(timedelta(seconds=1.2)), StorageUnavailableError()]


@pytest.fixture
def wrong(client):
    return log_in(client, password="wrong")


def test_a_refusal_is_400_with_the_headers_of_a_token(wrong) -> None:
    assert (wrong.status_code, wrong.content) == (400, REFUSED)
    assert dict(wrong.headers) == {
        "content-type": "application/json;charset=UTF-8",
        "cache-control": "no-cache, no-store",
        "pragma": "no-cache",
        "expires": "-1",
        "content-length": "25",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "nobody"},
        {"username": None},
        {"password": None},
        {"username": ""},
        {"password": ""},
        {"password": "x" * 60_000},
        {"password": "x" * 200_000},
        {"username": "\x00alice"},
        {"area": None},
        {"area": ""},
        {"area": "Investigation"},
        {"area": "SCANNING"},
        {"area": "scanning,investigation"},
        {"area": "analytics"},
    ],
    ids=str,
)
def test_whatever_is_wrong_with_a_login_looks_like_a_wrong_password(client, wrong, changes) -> None:
    answer = log_in(client, **changes)

    assert (answer.status_code, answer.content) == (400, REFUSED)
    assert answer.headers == wrong.headers


def test_an_area_that_the_subject_lacks_looks_like_a_wrong_password(world, client, wrong) -> None:
    world.add("bob", password="right", profiles={"idscan": {"role": "User"}})

    answer = log_in(client, username="bob", password="right", area="investigation")

    assert (answer.status_code, answer.content) == (400, REFUSED)
    assert answer.headers == wrong.headers
    assert log_in(client, username="bob", password="right", area="scanning").status_code == 200


def test_a_locked_login_looks_like_a_wrong_password(client, wrong) -> None:
    for _ in range(8):
        log_in(client, password="wrong")

    locked = log_in(client)

    assert (locked.status_code, locked.content) == (400, REFUSED)
    assert locked.headers == wrong.headers


def test_no_cookie_is_set_by_a_refusal(wrong) -> None:
    assert "set-cookie" not in wrong.headers


@pytest.mark.parametrize(
    ("grant_type", "code"),
    [
        (None, "unsupported_grant_type"),
        ("", "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type"),
        ("client_credentials", "unauthorized_client"),
        ("refresh_token", "invalid_grant"),
        ("authorization_code", "invalid_grant"),
        ("Refresh_Token", "unsupported_grant_type"),
    ],
)
def test_other_grant_types_are_refused_with_their_code(client, grant_type, code) -> None:
    answer = log_in(client, grant_type=grant_type)

    assert (answer.status_code, answer.json()) == (400, {"error": code})


def test_a_bad_grant_type_wins_over_bad_credentials(world, client) -> None:
    before = list(world.audited())

    answer = log_in(client, grant_type="other", password="wrong")

    assert answer.json() == {"error": "unsupported_grant_type"}
    assert list(world.audited()) == before, "no attempt is counted"


def test_a_login_for_another_area_is_judged_like_any_other(world, client) -> None:
    log_in(client, area="other", password="wrong")

    assert list(world.audited())[-1] == ("login", "wrong-password")


@pytest.mark.parametrize("refusal", CORE_REFUSALS, ids=lambda error: type(error).__name__)
def test_a_server_that_cannot_answers_503_and_when_to_come_back(
    world, client, monkeypatch, refusal
) -> None:
    monkeypatch.setattr(type(world.storage), "read", _raising(refusal))

    answer = post_form(client, form_of())

    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert answer.headers["retry-after"] == ("2" if isinstance(refusal, OverloadedError) else "1")


def test_a_fault_of_ours_is_told_without_its_cause(world, client, monkeypatch) -> None:
    monkeypatch.setattr(type(world.storage), "read", _raising(RuntimeError("secret")))

    answer = post_form(client, form_of())

    assert (answer.status_code, answer.json()) == (500, {"error": "server_error"})


def test_a_body_that_is_no_form_at_all_is_an_unsupported_grant_type(client) -> None:
    answer = client.post(TOKEN, content=b"\x00\xff" * 99)

    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})


def test_a_stored_profile_that_cannot_be_read_lets_nobody_in() -> None:
    with opened() as world, world.client() as client:
        with world.storage.write() as transaction:
            subject = transaction.subjects.find_by_login("alice")
            assert subject is not None
            [profile] = transaction.profiles.list_of(subject.id)
            transaction.profiles.put(subject.id, replace(profile, document=b'{"role":"Nobody"}'))

        answer = log_in(client)

    assert (answer.status_code, answer.json()) == (500, {"error": "server_error"})


def _raising(error: Exception):
    def read(_storage: object):
        raise error

    return read
