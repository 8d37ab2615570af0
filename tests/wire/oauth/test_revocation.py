"""``POST /oauth2/revoke``: ending a token with what it was granted with (RFC 7009)."""

import pytest

from tests.wire.oauth.calls import (
    INACTIVE,
    OTHERS,
    REVOKE,
    ask,
    basic,
    bearer,
    enter,
    post,
    token_of,
)

EVERY_OTHER = pytest.mark.parametrize("other", OTHERS, ids=lambda driver: driver.name)


def revoke(client, token, headers=None, **fields):
    return post(client, REVOKE, {"token": token, **fields}, headers or basic("marshal"))


class TestWhatIsRevoked:
    @EVERY_OTHER
    def test_a_token_of_every_other_door_ends_there_too(self, client, other):
        token = enter(client, other)
        assert other.guarded(client, token, "alice").status_code == 200

        assert revoke(client, token).status_code == 200

        assert other.guarded(client, token, "alice").status_code == 401
        assert ask(client, token).content == INACTIVE

    def test_a_client_may_always_end_its_own(self, client):
        token, other = token_of(client), token_of(client)

        assert revoke(client, token, basic("robot")).status_code == 200

        assert ask(client, token).content == INACTIVE
        assert ask(client, other).json()["active"]

    def test_a_token_can_end_itself(self, client):
        token = token_of(client)

        assert revoke(client, token, bearer(token)).status_code == 200
        assert revoke(client, token, bearer(token)).status_code == 401

    def test_it_is_audited_with_who_asked(self, client, world):
        revoke(client, token_of(client))

        with world.storage.read() as transaction:
            entry = transaction.audit.list_page(0, 1_000)[-1][1].entry
        assert (entry.action, entry.result) == ("session.end", "revoked")
        assert entry.details["by_login"] == "marshal"


class TestTheAnswer:
    def test_it_is_empty_and_nobody_keeps_it(self, client):
        answer = revoke(client, token_of(client))

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-length"] == "0"

    def test_it_is_the_same_for_what_is_dead_unknown_or_not_the_callers(self, client):
        token = token_of(client)
        foreign = [enter(client, other) for other in OTHERS]
        answers = [revoke(client, each) for each in (token, token, "x")]
        answers += [revoke(client, each, basic("robot")) for each in foreign]

        assert {(each.status_code, each.content) for each in answers} == {(200, b"")}
        assert len({tuple(sorted(each.headers.items())) for each in answers}) == 1
        assert all(ask(client, each).json()["active"] for each in foreign)

    def test_of_what_was_not_the_callers_the_audit_log_is_told(self, client, world):
        revoke(client, token_of(client), basic("guard"))

        assert list(world.audited())[-1] == ("token.revoke", "not-covered")


class TestTheRequest:
    @pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
    def test_a_hint_changes_nothing(self, client, hint):
        token = token_of(client)

        assert revoke(client, token, token_type_hint=hint).status_code == 200
        assert ask(client, token).content == INACTIVE

    def test_a_type_that_does_not_exist_here_is_unsupported(self, client):
        token = token_of(client)
        answer = revoke(client, token, token_type_hint="pct")

        assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_token_type"})
        assert ask(client, token).json()["active"]

    @pytest.mark.parametrize("form", ["", "token=", "other=x"])
    def test_without_a_token_it_is_invalid(self, client, form):
        answer = post(client, REVOKE, form, basic("marshal"))

        assert answer.status_code == 400
        assert answer.json() == {
            "error": "invalid_request",
            "error_description": "token is missing",
        }

    def test_a_token_in_the_query_is_not_looked_at(self, client):
        token = token_of(client)

        assert post(client, f"{REVOKE}?token={token}", {}, basic("marshal")).status_code == 400
        assert ask(client, token).json()["active"]

    def test_two_tokens_are_invalid_and_both_stay(self, client):
        tokens = [token_of(client), token_of(client)]
        answer = revoke(client, tokens)

        assert answer.status_code == 400
        assert all(ask(client, each).json()["active"] for each in tokens)
