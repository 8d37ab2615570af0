"""``POST /oauth2/token``: client credentials, the one grant there is (RFC 6749 section 4.4)."""

import pytest

from tests.wire.oauth.calls import (
    OTHERS,
    PASSWORD,
    TOKEN,
    ask,
    basic,
    bearer,
    get_token,
    opened,
    post,
    token_of,
)
from watchword.core.sessions import SessionFilter

GRANT = {"grant_type": "client_credentials"}


class TestTheAnswer:
    def test_it_has_these_members_and_no_refresh_token(self, client):
        answer = get_token(client)

        assert answer.status_code == 200
        assert list(answer.json()) == ["access_token", "token_type", "expires_in"]
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["expires_in"] == 3600

    def test_it_is_json_that_nobody_keeps(self, client):
        headers = get_token(client).headers

        assert headers["content-type"] == "application/json"
        assert headers["cache-control"] == "no-store"
        assert headers["pragma"] == "no-cache"

    def test_a_token_is_43_characters_of_base64url_and_never_the_same(self, client):
        tokens = {token_of(client) for _ in range(3)}

        assert len(tokens) == 3
        assert all(len(each) == 43 and set(each) < ALPHABET for each in tokens)

    def test_it_lives_as_long_as_the_settings_say_however_much_it_is_used(self):
        with opened(token_minutes=5) as world, world.client() as client:
            assert get_token(client).json()["expires_in"] == 300
            guard = token_of(client, "guard")
            for _ in range(5):
                assert ask(client, guard, bearer(guard)).json()["active"]
                world.clock.advance(minutes=1)
                world.core.access.flush()
            assert ask(client, guard, bearer(guard)).json()["active"]
            world.clock.advance(seconds=1)
            assert ask(client, guard, bearer(guard)).status_code == 401


class TestGrantTypes:
    @pytest.mark.parametrize("grant", ["password", "authorization_code", "Client_Credentials", "x"])
    def test_any_other_is_unsupported(self, client, grant):
        answer = get_token(client, grant_type=grant)

        assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})

    @pytest.mark.parametrize("grant", [None, ""])
    def test_none_is_an_invalid_request(self, client, grant):
        answer = get_token(client, grant_type=grant)

        assert answer.status_code == 400
        assert answer.json() == {
            "error": "invalid_request",
            "error_description": "grant_type is missing",
        }

    def test_a_client_that_may_only_ask_is_unauthorized(self, client, world):
        nothing: dict[str, object] = {"grant_types": []}
        world.add("eye", password=PASSWORD, service=True, profiles={"oauth": nothing})

        answer = get_token(client, "eye")

        assert (answer.status_code, answer.json()) == (400, {"error": "unauthorized_client"})
        with world.storage.read() as transaction:
            found = transaction.subjects.find_by_login("eye")
            which = SessionFilter(subject_id=found.id)
            assert transaction.sessions.list_living(which, world.clock(), 9) == []
        assert ask(client, "x", basic("eye")).status_code == 200


class TestScopes:
    def test_what_is_asked_for_is_granted(self, client):
        answer = get_token(client, scope="write read")

        assert answer.json()["scope"] == "read write"

    def test_who_asks_for_nothing_gets_nothing(self, client):
        assert "scope" not in get_token(client).json()
        assert "scope" not in get_token(client, scope="").json()

    @pytest.mark.parametrize(
        "scope", ["admin", "read admin", "READ", "read  write", " read", "read,write", "\x00", '"']
    )
    def test_what_the_profile_lacks_is_an_invalid_scope(self, client, scope):
        answer = get_token(client, scope=scope)

        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_scope"})

    def test_of_a_scope_nothing_is_told_before_the_secret_is_right(self, client):
        answer = get_token(client, scope="admin", client_secret="wrong")

        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


class TestWhoMayHaveOne:
    def test_a_person_may_not_with_any_profile(self, client, world):
        world.add("bob", password=PASSWORD, service=False, profiles={"oauth": {}})
        person, wrong = get_token(client, "bob"), get_token(client, client_secret="wrong")

        assert person.status_code == 401
        assert person.content == wrong.content

    def test_a_token_that_a_machine_got_is_lost_when_it_is_none_any_more(self, client, world):
        token = token_of(client)
        world.add("robot", password=PASSWORD, service=False, profiles={"oauth": {}})

        assert ask(client, token).json() == {"active": False}

    def test_a_token_that_was_issued_at_another_door_is_no_credential_here(self, client):
        assert OTHERS
        for other in OTHERS:
            name = other.login_name
            token = other.token(other.login(client, name, PASSWORD))
            client.cookies.clear()
            answer = ask(client, "x", bearer(token))
            assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"})

    def test_a_token_is_no_way_to_get_another(self, client):
        answer = post(client, TOKEN, GRANT, bearer(token_of(client)))

        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})

    def test_the_audit_log_knows_of_it_and_not_of_the_secret(self, client, world):
        get_token(client)
        get_token(client, client_secret="wrong guess")

        assert list(world.audited())[-2:] == [("login", "admitted"), ("login", "wrong-password")]
        with world.storage.read() as transaction:
            links = transaction.audit.list_page(0, 1_000)
        assert "wrong guess" not in repr(links)
        assert PASSWORD not in repr(links)


ALPHABET = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
