"""``GET /api/authorize/session_token``: wire contract Oz 2.4."""

import pytest

from tests.support.statements import read_head, verify
from tests.wire.oz.talk import TOKEN, log_in

ROLES = {
    "ADMIN": 200,
    "OPERATOR": 403,
    "CLIENT": 200,
    "CLIENT_ADMIN": 200,
    "CLIENT_OPERATOR": 403,
    "CLIENT_SERVICE": 200,
}


def ask(client, token):
    return client.get("/api/authorize/session_token", headers={TOKEN: token})


def test_the_answer_has_one_key(client, session):
    answer = ask(client, session["access_token"])

    assert answer.status_code == 200
    assert list(answer.json()) == ["session_token"]
    assert answer.headers["cache-control"] == "no-store"


def test_it_is_signed_as_the_published_keys_say(world, client, session):
    statement = ask(client, session["access_token"]).json()["session_token"]

    assert read_head(statement)["alg"] == "ES384"
    assert verify(statement, world.core.vouching.published())


def test_it_says_who_asked_and_until_when(world, client, session):
    statement = ask(client, session["access_token"]).json()["session_token"]

    claims = verify(statement, world.core.vouching.published())
    now = int(world.clock().timestamp())
    assert claims is not None
    assert claims["sub"] == session["user_id"]
    assert claims["company_id"] == session["user"]["company_id"]
    assert claims["aud"] == "oz"
    assert (claims["iat"], claims["exp"]) == (now, now + 900)


@pytest.mark.parametrize(("role", "status"), ROLES.items())
def test_who_may_have_a_session_token(world, client, role, status):
    world.add("asker@acme.example", profiles={"oz": {"user_type": role}}, tenant="Acme Bank")
    token = log_in(client, "asker@acme.example").json()["access_token"]

    answer = ask(client, token)
    assert answer.status_code == status
    assert status == 200 or answer.json()["error_code"] == 9


def test_without_a_token_there_is_none(client):
    assert client.get("/api/authorize/session_token").json()["error_code"] == 6


def test_a_change_of_keys_fails_no_validation(world, client, session):
    statements = []
    for _ in range(3):
        statements.append(ask(client, session["access_token"]).json()["session_token"])
        world.core.vouching.rotate()
        world.core.access.flush()
        world.clock.advance(minutes=11)

    assert len({read_head(each)["kid"] for each in statements}) == 3
    keys = world.core.vouching.published()
    assert all(verify(each, keys) for each in statements)


class TestLife:
    @pytest.fixture
    def settings(self):
        return {"session_token_ttl": 60}

    def test_it_is_a_setting(self, world, client, session):
        statement = ask(client, session["access_token"]).json()["session_token"]

        claims = verify(statement, world.core.vouching.published())
        assert claims is not None
        assert claims["exp"] - claims["iat"] == 60


class TestApi5:
    @pytest.fixture
    def settings(self):
        return {"api_version": 5}

    def test_it_does_not_exist(self, client, session):
        answer = ask(client, session["access_token"])

        assert (answer.status_code, answer.json()["error_code"]) == (404, 10)
