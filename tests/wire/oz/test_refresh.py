"""Renewing the pair, and how long it all lives: wire contract Oz 2.2, 3.2, 3.3 and 3.5."""

import pytest

from tests.wire.oz.talk import PASSWORD, TOKEN, log_in, refresh, show

NOT_FOUND = '{"error_code": 7, "error_message": "Session not found", "details": null}'


def told(answer):
    """Return what an answer says: its status, and the code of a refusal or None."""
    return answer.status_code, answer.json().get("error_code")


class TestPair:
    def test_a_refresh_answers_like_a_login_with_the_token_it_replaced(self, client, session):
        renewed = refresh(client, session).json()
        assert list(renewed) == list(session)
        assert renewed["old_access_token"] == session["access_token"]
        assert renewed["access_token"] != session["access_token"]
        assert renewed["expire_token"] != session["expire_token"]
        assert renewed["user"] == session["user"]

    def test_the_device_stays_the_one_that_logged_in(self, client):
        session = log_in(client, headers={"X-Forensic-Device-Family": "iPhone12,1"}).json()
        renewed = refresh(client, session).json()
        assert renewed["device_info"]["device_family"] == "iPhone12,1"

    def test_until_the_new_pair_is_used_the_old_one_lives(self, client, session):
        renewed = refresh(client, session).json()
        assert show(client, session).status_code == 200
        assert show(client, renewed).status_code == 200

    def test_a_client_that_lost_the_answer_gets_the_same_pair_again(self, client, session):
        first, second = refresh(client, session).json(), refresh(client, session).json()
        assert first == second

    def test_the_old_pair_dies_at_the_first_use_of_the_new(self, client, session):
        renewed = refresh(client, session).json()
        show(client, renewed)
        assert told(show(client, session)) == (401, 7)
        replayed = refresh(client, session, access_token=renewed["access_token"])
        assert (replayed.status_code, replayed.text) == (401, NOT_FOUND)

    def test_refreshing_again_is_a_use_too(self, client, session):
        refresh(client, refresh(client, session).json())
        assert told(show(client, session)) == (401, 7)

    def test_a_replayed_expire_token_ends_the_whole_family(self, world, client, session):
        renewed = refresh(client, session).json()
        show(client, renewed)
        refresh(client, session)
        assert told(show(client, renewed)) == (401, 7)
        assert ("renew", "replayed") in world.audited()

    def test_answers_with_tokens_may_not_be_stored(self, client, session):
        assert "no-store" in refresh(client, session).headers["cache-control"]


class TestRefusals:
    def test_without_an_expire_token_the_field_is_named(self, client, session):
        headers = {TOKEN: session["access_token"]}
        answer = client.post("/api/authorize/refresh", headers=headers, content=b"{}")
        assert answer.status_code == 400
        assert answer.json() == {
            "error_code": 3,
            "error_message": "Could not locate field for key_path expire_token"
            " from provided dict data",
            "details": {"key_path": "expire_token"},
        }

    @pytest.mark.parametrize("odd", [None, 1, [], {}, True])
    def test_an_expire_token_that_is_no_text_is_named(self, client, session, odd):
        answer = refresh(client, session, expire_token=odd)
        assert answer.status_code == 400
        assert answer.json() == {
            "error_code": 5,
            "error_message": "Invalid data type for param expire_token",
            "details": {"key_path": "expire_token"},
        }

    @pytest.mark.parametrize("odd", ["", "0" * 128, "\0"])
    def test_an_expire_token_that_nobody_has_is_not_found(self, client, session, odd):
        answer = refresh(client, session, expire_token=odd)
        assert (answer.status_code, answer.text) == (401, NOT_FOUND)

    def test_an_access_token_is_no_expire_token(self, client, session):
        answer = refresh(client, session, expire_token=session["access_token"])
        assert (answer.status_code, answer.text) == (401, NOT_FOUND)

    def test_an_expire_token_is_no_access_token(self, client, session):
        assert told(show(client, session | {"access_token": session["expire_token"]})) == (401, 7)

    def test_somebody_elses_session_cannot_be_refreshed(self, world, client, session):
        world.add("bob@acme.example", password=PASSWORD, profiles={"oz": {}})
        bobs = log_in(client, "bob@acme.example").json()
        answer = refresh(client, session, access_token=bobs["access_token"])
        assert answer.status_code == 403
        assert answer.json() == {
            "error_code": 9,
            "error_message": "You have not access to refresh this session",
            "details": None,
        }

    def test_without_a_token_the_body_is_not_looked_at(self, client):
        answer = client.post("/api/authorize/refresh", content=b"{}")
        assert told(answer) == (401, 6)

    def test_an_unknown_token_is_refused(self, client, session):
        assert told(refresh(client, session, access_token="0" * 128)) == (401, 7)

    def test_a_disabled_subjects_session_cannot_be_refreshed(self, world, client, session):
        with world.storage.read() as transaction:
            alice = transaction.subjects.find_by_login("alice")
        assert alice is not None
        world.core.directory.set_active(alice.id, active=False)
        assert told(refresh(client, session)) == (403, 9)
        world.core.directory.set_active(alice.id, active=True)
        assert told(refresh(client, session)) == (401, 7)


class TestExpiry:
    def test_shortly_before_and_after_its_end_a_session_can_be_refreshed(
        self, world, client, session
    ):
        world.clock.advance(seconds=870)
        assert refresh(client, session).status_code == 200
        world.clock.advance(seconds=60)
        assert told(show(client, session)) == (401, 8)
        renewed = refresh(client, session)
        assert renewed.status_code == 200
        assert show(client, renewed.json()).status_code == 200

    @pytest.mark.parametrize("settings", [{"refresh_grace": 0}])
    def test_without_a_grace_an_expired_token_refreshes_nothing(self, world, client, session):
        world.clock.advance(seconds=901)
        assert told(refresh(client, session)) == (401, 8)

    @pytest.mark.parametrize("settings", [{"refresh_grace": 60}])
    def test_a_grace_ends(self, world, client, session):
        world.clock.advance(seconds=959)
        assert refresh(client, session).status_code == 200
        world.clock.advance(seconds=3)
        assert told(refresh(client, session)) == (401, 8)

    def test_an_expired_session_is_not_revived_by_a_call(self, world, client, session):
        world.clock.advance(seconds=901)
        assert told(show(client, session)) == (401, 8)
        assert told(show(client, session)) == (401, 8)


class TestSliding:
    def test_each_call_begins_the_life_anew(self, world, client, session):
        for _ in range(3):
            world.clock.advance(seconds=600)
            assert show(client, session).status_code == 200
            world.core.access.flush()

    def test_silence_ends_a_session(self, world, client, session):
        world.clock.advance(seconds=600)
        show(client, session)
        world.core.access.flush()
        world.clock.advance(seconds=901)
        assert told(show(client, session)) == (401, 8)

    @pytest.mark.parametrize("settings", [{"sliding": False}])
    def test_sliding_can_be_switched_off(self, world, client, session):
        world.clock.advance(seconds=600)
        show(client, session)
        world.core.access.flush()
        world.clock.advance(seconds=301)
        assert told(show(client, session)) == (401, 8)

    @pytest.mark.parametrize("settings", [{"sliding": False}])
    def test_without_sliding_a_refresh_still_buys_a_whole_life(self, world, client, session):
        world.clock.advance(seconds=600)
        renewed = refresh(client, session).json()
        world.clock.advance(seconds=600)
        assert show(client, renewed).status_code == 200

    def test_a_machine_accounts_session_slides_by_five_years(self, world, client):
        world.add("bot@acme.example", profiles={"oz": {"user_type": "CLIENT_SERVICE"}})
        session = log_in(client, "bot@acme.example").json()
        for _ in range(2):
            world.clock.advance(days=4 * 365)
            assert show(client, session).status_code == 200
            world.core.access.flush()
