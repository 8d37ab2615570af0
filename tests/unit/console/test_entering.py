"""What the sign-in page can do, call by call."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.faces import CROWD, EMPTY, NOISE, STRANGER, clip_of, picture_of
from tests.support.house import SOUTH
from watchword.core.blocklist import Block
from watchword.core.faces import Factors
from watchword.core.sessions import Device, SessionFilter
from watchword.web.messages import Request

PHONE = "web-1"


def code(answer: Any) -> tuple[int, str]:
    """Return the status of a refusal and its code."""
    return answer.status_code, answer.json()["code"]


class TestByPassword:
    def test_it_tells_who_is_in_until_when_and_with_which_key(self, page) -> None:
        answer = page.password()

        told = answer.json()
        assert answer.status_code == 200
        assert told["state"] == "whole"
        assert (told["name"], told["full_name"]) == ("alice", "Alice")
        assert told["key"] == {"scheme": "Key", "value": f"Token {told['token']}"}
        ends = datetime.fromisoformat(told["expires"])
        assert abs(ends - page.house.clock() - timedelta(minutes=15)) < timedelta(seconds=1)

    def test_the_token_is_good_at_that_door_and_no_other(self, two_doors) -> None:
        token = two_doors.password().json()["token"]

        assert two_doors.house.core.access.principal(token, SOUTH).subject.name == "alice"
        assert two_doors.session(token).status_code == 200
        assert code(two_doors.session(token, door="north")) == (401, "signed-out")

    def test_nobody_may_keep_the_answer(self, page) -> None:
        answer = page.password()

        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers

    def test_the_session_knows_its_device_and_its_browser(self, page) -> None:
        page.client.headers["user-agent"] = "Browser/1 Mobile"
        page.password()

        with page.house.storage.read() as transaction:
            [session] = transaction.sessions.list_living(SessionFilter(), page.house.clock(), 9)
        assert session.device == Device(
            PHONE, mobile=True, details=b'{"user_agent":"Browser/1 Mobile"}'
        )
        assert session.address == "testclient"

    def test_unknown_wrong_and_locked_look_the_same(self, page) -> None:
        wrong = page.password(password="wrong")
        assert code(wrong) == (401, "refused")
        assert page.password("nobody").content == wrong.content
        for _ in range(9):
            assert page.password(password="wrong").content == wrong.content
        assert page.password().content == wrong.content
        assert page.house.results()[-1] == "locked"

    @pytest.mark.parametrize(
        "change",
        [
            {"login": None},
            {"login": 1},
            {"password": None},
            {"device": None},
            {"device": ""},
            {"device": " "},
            {"device": "x" * 257},
            {"device": "a\x00b"},
            {"proof": 1},
        ],
    )
    def test_a_body_that_no_page_of_ours_sends_is_malformed(self, page, change) -> None:
        assert code(page.password(**change)) == (400, "malformed")

    def test_a_blocked_device_is_told_so(self, page) -> None:
        block = Block(0, SOUTH, PHONE, "lost", page.house.clock())
        page.house.core.blocklist.add(block)

        assert code(page.password()) == (403, "device-blocked")


class TestByFace:
    def test_it_lets_in_whoever_does_what_is_asked_for(self, page) -> None:
        told = page.face().json()

        assert (told["state"], told["name"]) == ("whole", "alice")
        assert page.session(told["token"]).json()["full_name"] == "Alice"

    def test_whoever_says_a_name_is_compared_with_that_one_alone(self, page) -> None:
        assert page.face(login="alice").json()["name"] == "alice"
        for login in ("bob", "nobody", "\x00", "x" * 5_000):
            assert code(page.face(login=login)) == (401, "face-refused")

    def test_no_name_is_no_claim(self, page) -> None:
        assert page.face(login="").json()["name"] == "alice"

    def test_where_both_are_wanted_it_gives_half(self, both) -> None:
        half = both.face().json()

        assert half["state"] == "half"
        assert half["seconds"] == 300
        assert code(both.session(half["proof"])) == (401, "signed-out")

        whole = both.password(proof=half["proof"])

        assert (whole.status_code, whole.json()["token"]) == (200, half["proof"])
        assert both.session(half["proof"]).json()["name"] == "alice"

    def test_half_of_one_and_half_of_another_are_no_whole(self, both) -> None:
        proof = both.face().json()["proof"]

        assert code(both.password("bob", proof=proof)) == (401, "refused")
        assert code(both.password(proof="")) == (401, "refused")
        assert code(both.password()) == (401, "refused")

    @pytest.mark.parametrize("clip", [EMPTY, CROWD, STRANGER])
    def test_whatever_is_wrong_with_the_face_sounds_the_same(self, page, clip: bytes) -> None:
        refused = page.face(clip)

        assert code(refused) == (401, "face-refused")
        assert refused.content == page.face(picture_of(page.subject("alice"))).content

    def test_what_is_no_clip_is_told(self, page) -> None:
        assert code(page.face(NOISE)) == (400, "unreadable")

    @pytest.mark.parametrize("nonce", ["", "x", "0" * 64])
    def test_a_challenge_that_never_was_is_over(self, page, nonce: str) -> None:
        assert code(page.face(clip_of("x"), challenge=nonce)) == (400, "challenge-over")
        assert page.engine.shown == 0

    def test_a_challenge_is_met_once(self, page) -> None:
        asked = page.challenge().json()
        clip = clip_of(page.subject("alice"), acts=asked["acts"])
        assert page.face(clip, challenge=asked["nonce"]).status_code == 200

        assert code(page.face(clip, challenge=asked["nonce"])) == (400, "challenge-over")

    def test_a_challenge_is_met_in_time(self, page) -> None:
        asked = page.challenge().json()
        page.house.clock.advance(seconds=20.5)

        answer = page.face(clip_of(page.subject("alice")), challenge=asked["nonce"])

        assert code(answer) == (400, "challenge-over")

    def test_a_clip_that_waits_for_others_is_not_late(self, page, monkeypatch) -> None:
        asked = page.challenge().json()
        clip = clip_of(page.subject("alice"), acts=asked["acts"])
        page.house.clock.advance(seconds=25)
        monkeypatch.setattr(Request, "waited", timedelta(seconds=6))

        assert page.face(clip, challenge=asked["nonce"]).status_code == 200

    def test_a_challenge_is_met_on_its_device(self, page) -> None:
        asked = page.challenge("another").json()

        answer = page.face(clip_of(page.subject("alice")), challenge=asked["nonce"])

        assert code(answer) == (400, "challenge-over")

    def test_it_says_what_to_do_and_for_how_long(self, page) -> None:
        told = page.challenge().json()

        assert list(told) == ["nonce", "acts", "seconds"]
        assert len(told["acts"]) == 2
        assert told["seconds"] == 20

    @pytest.mark.parametrize(
        "form",
        [
            {"data": {"device": PHONE, "challenge": "x"}, "files": {"other": ("f", b"x")}},
            {"data": {"device": PHONE, "challenge": "x"}, "files": {"video": ("f", b"")}},
            {"data": {"device": PHONE}, "files": {"video": ("f", b"x")}},
            {"data": {"challenge": "x"}, "files": {"video": ("f", b"x")}},
            {"files": {"video": ("f", b"x"), "device": ("f", b"\xff")}},
            {"json": {"device": PHONE}},
            {"content": b"--x", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        ],
    )
    def test_a_form_that_no_page_of_ours_sends_is_malformed(self, page, form) -> None:
        assert code(page.client.post("/console/doors/south/face", **form)) == (400, "malformed")

    def test_ten_megabytes_and_no_more_are_read(self, page) -> None:
        headers = {"content-length": str(2**31), "content-type": "multipart/form-data; boundary=x"}

        answer = page.client.post("/console/doors/south/face", content=b"x", headers=headers)

        assert code(answer) == (413, "too-large")

    @pytest.mark.parametrize(("factors", "engine"), [("password", True), ("either", False)])
    def test_where_no_face_is_any_use_nothing_is_read(
        self, open_console: Callable[..., Any], factors: str, engine: object
    ) -> None:
        page = open_console(Factors(factors), engine=engine)

        assert code(page.face(b"x", challenge="x")) == (401, "face-refused")
        assert code(page.challenge()) == (401, "face-refused")

    def test_more_challenges_than_a_few_have_to_wait(self, page) -> None:
        for _ in range(32):
            assert page.challenge().status_code == 200

        answer = page.challenge()

        assert code(answer) == (503, "busy")
        assert answer.headers["retry-after"] == "20"


class TestInside:
    def test_signing_out_ends_this_session_and_no_other(self, page) -> None:
        token, other = (
            page.password().json()["token"],
            page.password(device="web-2").json()["token"],
        )

        answer = page.session(token, "DELETE")

        assert (answer.status_code, answer.content) == (204, b"")
        assert code(page.session(token)) == (401, "signed-out")
        assert code(page.session(token, "DELETE")) == (401, "signed-out")
        assert page.session(other).status_code == 200
        assert page.house.audited("session.end")[-1].details["by_login"] == "alice"

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
    def test_without_a_token_nobody_is_in(self, page, header: str) -> None:
        answer = page.client.get("/console/doors/south/session", headers={"authorization": header})

        assert code(answer) == (401, "signed-out")

    def test_whoever_is_switched_off_is_out(self, page) -> None:
        token = page.password().json()["token"]
        page.house.add("alice", active=False)

        assert code(page.session(token)) == (401, "signed-out")


class TestDoors:
    @pytest.mark.parametrize("what", ["password", "challenge", "face"])
    def test_a_door_that_is_not_offered_is_not_there(self, page, what: str) -> None:
        for name in ("north", "nowhere", "%2e%2e"):
            answer = page.client.post(f"/console/doors/{name}/{what}", json={})
            assert code(answer) == (404, "not-found")

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
    @pytest.mark.parametrize("what", ["password", "challenge", "face"])
    def test_pages_of_other_sites_are_not_served(self, page, what: str, site: str) -> None:
        headers = {"sec-fetch-site": site}

        answer = page.client.post(f"/console/doors/south/{what}", json={}, headers=headers)

        assert code(answer) == (403, "forbidden")
        assert page.house.audited("login") == []

    @pytest.mark.parametrize("site", ["same-origin", "none"])
    def test_its_own_page_is(self, page, site: str) -> None:
        page.client.headers["sec-fetch-site"] = site

        assert page.password().status_code == 200

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
    @pytest.mark.parametrize("what", ["password", "challenge"])
    def test_json_that_calls_itself_something_else_is_not_read(self, page, what, kind) -> None:
        body = b'{"login":"alice","password":"wrong","device":"web-1"}'
        headers = {"content-type": kind}

        answer = page.client.post(f"/console/doors/south/{what}", content=body, headers=headers)

        assert code(answer) == (400, "malformed")
        assert page.house.audited("login") == []

    def test_another_method_is_told_which_there_are(self, page) -> None:
        answer = page.client.put("/console/doors/south/session")

        assert code(answer) == (405, "not-allowed")
        assert answer.headers["allow"] == "DELETE, GET"

    def test_answers_are_observed_by_their_operation(self, page) -> None:
        page.password()

        assert page.seen[-1] == ("console", "/console/doors/{door}/password", 200)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(body=st.binary(max_size=80), what=st.sampled_from(["password", "challenge", "face"]))
    def test_whatever_is_sent_there_is_an_answer(self, page, body: bytes, what: str) -> None:
        headers = {"content-type": "application/json"}

        answer = page.client.post(f"/console/doors/south/{what}", content=body, headers=headers)

        assert answer.status_code in {200, 400, 401, 503}
        assert set(answer.json()) >= {"code"}
