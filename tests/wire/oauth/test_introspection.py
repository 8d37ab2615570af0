"""``POST /oauth2/introspect``: what is told of which token, and to whom (RFC 7662)."""

from datetime import timedelta

import pytest

from tests.support.storages import FailingStorage
from tests.wire.oauth.calls import (
    EVERYTHING,
    INACTIVE,
    INTROSPECT,
    OTHERS,
    PASSWORD,
    ask,
    basic,
    bearer,
    enter,
    opened,
    post,
    token_of,
)
from watchword.core.networks import parse_network
from watchword.core.sessions import Session
from watchword.core.tokens import Token, TokenRecord, Use
from watchword.dialects.oauth.profile import AUDIENCE
from watchword.storage.memory import MemoryStorage

EVERY_OTHER = pytest.mark.parametrize("other", OTHERS, ids=lambda driver: driver.name)


class TestWhatIsTold:
    def test_of_a_token_that_was_issued_here(self, client, world):
        token = token_of(client, scope="write read")
        with world.storage.read() as transaction:
            robot = transaction.subjects.find_by_login("robot")
        now = int(world.clock().timestamp())

        assert ask(client, token).json() == {
            "active": True,
            "scope": "read write",
            "client_id": "robot",
            "username": "robot",
            "token_type": "Bearer",
            "exp": now + 3600,
            "iat": now,
            "sub": str(robot.id),
            "aud": "oauth",
            "sid": "1",
        }

    @EVERY_OTHER
    def test_of_a_token_of_every_other_door(self, client, world, other):
        token = enter(client, other)
        with world.storage.read() as transaction:
            alice = transaction.subjects.find_by_login("alice")
            acme = transaction.tenants.find_by_name("Acme")

        told = ask(client, token).json()

        assert told.pop("exp") > told["iat"] == int(world.clock().timestamp())
        told.pop("scope", None)
        assert told == {
            "active": True,
            "username": "alice",
            "token_type": "Bearer",
            "iat": told["iat"],
            "sub": str(alice.id),
            "aud": other.name,
            "sid": "1",
            "tenant": str(acme.id),
            "tenant_name": "Acme",
        }

    @EVERY_OTHER
    def test_the_same_from_memory_as_from_the_storage(self, client, other):
        token, guard = enter(client, other), token_of(client, "guard")
        first, *more = [ask(client, token, bearer(guard)) for _ in range(3)]

        assert first.json()["active"]
        assert {each.content for each in more} == {first.content}

    def test_the_same_with_a_secret_as_with_a_token(self, client):
        token, guard = token_of(client), token_of(client, "guard")

        assert ask(client, token, basic("guard")).content == (
            ask(client, token, bearer(guard)).content
        )

    def test_it_is_json_that_nobody_keeps(self, client):
        for token in (token_of(client), "x"):
            headers = ask(client, token).headers
            assert headers["content-type"] == "application/json"
            assert headers["cache-control"] == "no-store"

    @EVERY_OTHER
    def test_nothing_that_opens_a_door(self, client, other):
        token = enter(client, other)
        told = ask(client, token).text

        assert token not in told
        assert PASSWORD not in told

    @EVERY_OTHER
    def test_the_end_is_told_as_of_this_use(self, client, world, other):
        token, guard = enter(client, other), token_of(client, "guard")
        for _ in range(6):
            told = ask(client, token, bearer(guard)).json()
            assert told["exp"] > world.clock().timestamp()
            world.clock.advance(minutes=7)
            world.core.access.flush()


class TestInactive:
    @pytest.mark.parametrize("token", ["x", "x" * 20_000, "\u00e9", "\x00", "%", "a b"])
    def test_what_was_never_issued(self, client, token):
        answer = ask(client, token)
        assert (answer.status_code, answer.content) == (200, INACTIVE)

    @EVERY_OTHER
    def test_what_was_left(self, client, other):
        token = enter(client, other)
        assert ask(client, token).json()["active"]
        assert post(client, "/oauth2/revoke", {"token": token}, basic("marshal")).is_success

        assert ask(client, token).content == INACTIVE

    @EVERY_OTHER
    def test_what_has_expired(self, client, world, other):
        token = enter(client, other)
        world.clock.advance(days=181)

        assert ask(client, token).content == INACTIVE

    @EVERY_OTHER
    @pytest.mark.parametrize("known", [False, True])
    def test_what_belongs_to_who_was_switched_off(self, client, world, other, known):
        token, guard = enter(client, other), token_of(client, "guard")
        if known:
            assert ask(client, token, bearer(guard)).json()["active"]
        with world.storage.read() as transaction:
            alice = transaction.subjects.find_by_login("alice")
        world.core.directory.set_active(alice.id, active=False)

        assert ask(client, token, bearer(guard)).content == INACTIVE

    def test_what_belongs_to_a_tenant_in_deletion(self, client, world):
        tokens = [enter(client, other) for other in OTHERS]
        with world.storage.read() as transaction:
            acme = transaction.tenants.find_by_name("Acme")
        world.core.tenancy.close_tenant(acme.id)

        assert {ask(client, token).content for token in tokens} == {INACTIVE}

    @EVERY_OTHER
    def test_what_the_caller_may_not_ask_about(self, client, other):
        token = enter(client, other)

        assert ask(client, token, basic("robot")).content == INACTIVE
        assert ask(client, token, bearer(token_of(client, "robot"))).content == INACTIVE
        assert ask(client, token, basic("marshal")).content == INACTIVE

    @EVERY_OTHER
    def test_what_is_of_another_audience_than_those_it_may_ask_about(self, client, world, other):
        wanted = next(name for name in EVERYTHING if name != other.name)
        profile = {"oauth": {"introspects": [wanted]}}
        world.add("narrow", password=PASSWORD, service=True, profiles=profile)

        assert ask(client, enter(client, other), basic("narrow")).content == INACTIVE

    @EVERY_OTHER
    def test_what_is_another_tenants(self, client, world, other):
        token = enter(client, other)
        for tenant, active in (("Acme", True), ("Other", False)):
            world.add(
                f"guard of {tenant}",
                password=PASSWORD,
                service=True,
                tenant=tenant,
                profiles={"oauth": {"introspects": EVERYTHING}},
            )
            headers = basic(f"guard+of+{tenant}")
            assert ask(client, token, headers).json()["active"] is active

    def test_a_right_that_was_taken_away_is_lost_at_once(self, client, world):
        token, guard = token_of(client), token_of(client, "guard")
        assert ask(client, token, bearer(guard)).json()["active"]
        world.add("guard", password=PASSWORD, service=True, profiles={"oauth": {}})

        assert ask(client, token, bearer(guard)).content == INACTIVE

    def test_everything_is_told_with_the_same_headers(self, client):
        foreign = [enter(client, other) for other in OTHERS]
        answers = [ask(client, token, basic("robot")) for token in ["x", *foreign]]

        assert len({tuple(sorted(each.headers.items())) for each in answers}) == 1


class TestWhoMayAsk:
    def test_a_client_about_its_own_token(self, client):
        token = token_of(client)

        assert ask(client, token, basic("robot")).json()["client_id"] == "robot"
        assert ask(client, token, bearer(token)).json()["client_id"] == "robot"

    def test_no_client_about_anothers(self, client):
        token = token_of(client)

        assert ask(client, token, basic("marshal")).content == INACTIVE


class TestTheRequest:
    @pytest.mark.parametrize("form", ["", "token=", "token", "other=x"])
    def test_without_a_token_it_is_invalid(self, client, form):
        answer = post(client, INTROSPECT, form, basic("guard"))

        assert answer.status_code == 400
        assert answer.json() == {
            "error": "invalid_request",
            "error_description": "token is missing",
        }

    @pytest.mark.parametrize("name", ["token", "token_type_hint", "client_address"])
    def test_what_is_there_twice_makes_it_invalid(self, client, name):
        form = f"token=x&{name}=1&{name}=1"
        answer = post(client, INTROSPECT, form, basic("guard"))

        assert answer.status_code == 400
        assert answer.json()["error_description"] == f"{name}: expected once"

    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "pct", "nonsense"])
    def test_a_hint_changes_nothing(self, client, hint):
        assert ask(client, token_of(client), token_type_hint=hint).json()["active"]

    def test_what_nobody_asked_for_is_ignored(self, client):
        form = f"token={token_of(client)}&resource=a&resource=b&constructor"
        assert post(client, INTROSPECT, form, basic("guard")).json()["active"]

    def test_a_token_in_the_query_is_not_looked_at(self, client):
        answer = post(client, f"{INTROSPECT}?token={token_of(client)}", {}, basic("guard"))
        assert answer.status_code == 400

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_any_other_method_is_not_allowed(self, client, method):
        answer = client.request(method, INTROSPECT, headers=basic("guard"))

        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"
        assert answer.json()["error"] == "invalid_request"


class TestTheClientsAddress:
    @pytest.fixture
    def bound(self, world):
        """Return a token that is good in one network."""
        now, token = world.clock(), Token("a token for one network")
        with world.storage.write() as transaction:
            robot = transaction.subjects.find_by_login("robot")
            networks = (parse_network("198.51.100.0/24"),)
            ends = now + timedelta(hours=1)
            session = Session(robot.id, AUDIENCE, now, now, ends, networks=networks)
            stored = transaction.sessions.add(session)
            transaction.tokens.add(TokenRecord(token.digest, stored.id, Use.ACCESS))
        return token.secret

    def test_a_token_for_one_network_is_good_with_an_address_of_it(self, client, bound):
        assert ask(client, bound, client_address="198.51.100.7").json()["active"]

    @pytest.mark.parametrize("known", [False, True])
    def test_and_inactive_with_another_or_with_none(self, client, bound, known):
        guard = bearer(token_of(client, "guard"))
        if known:
            assert ask(client, bound, guard, client_address="198.51.100.7").json()["active"]

        assert ask(client, bound, guard).content == INACTIVE
        assert ask(client, bound, guard, client_address="203.0.113.9").content == INACTIVE

    @pytest.mark.parametrize("address", ["x", "1.2.3", "198.51.100.7/24", "1" * 500])
    def test_what_is_no_address_makes_the_request_invalid(self, client, address):
        answer = ask(client, "x", client_address=address)

        assert answer.status_code == 400
        assert answer.json()["error_description"] == "client_address: expected an IP address"


class TestTheCost:
    def test_of_a_known_token_no_thread_is_asked(self, client, world):
        token, guard = token_of(client), token_of(client, "guard")
        assert ask(client, token, bearer(guard)).json()["active"]

        def refuse(_work):
            raise AssertionError("a thread was asked")

        world.lanes.store.run = world.lanes.login.run = refuse

        assert ask(client, token, bearer(guard)).json()["active"]

    def test_a_machine_with_its_secret_is_hashed_for_once(self, client, world):
        assert ask(client, "x").content == INACTIVE
        world.core.passwords.close()

        assert ask(client, "x").content == INACTIVE

    def test_asking_with_a_secret_opens_no_session(self, client, world):
        for _ in range(3):
            ask(client, "x")

        assert list(world.audited())[-3:] == [("login", "verified")] * 3


def test_storage_that_does_not_answer_is_told_as_such() -> None:
    storage = FailingStorage(MemoryStorage())
    with opened(storage) as world, world.client() as client:
        guard = token_of(client, "guard")
        with storage.outage():
            answer = ask(client, "x", bearer(guard))

    assert answer.status_code == 503
    assert answer.json() == {"error": "temporarily_unavailable"}
    assert answer.headers["retry-after"] == "1"
