"""Faces that let users in (wire contract FindFace 2.3, 2.4, 2.6, 2.8, 3.3, 3.6).

The engine is the one of ``tests/support``, which recognises what a test wrote into the clip.
"""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.faces import (
    CROWD,
    EMPTY,
    NOISE,
    STRANGER,
    ScriptedEngine,
    clip_of,
    enrol,
    picture_of,
)
from tests.wire.findface.door import PASSWORD, UUID, Visitor, door
from watchword.cli.doctor import Level, examine
from watchword.config import Configuration, DatabaseTable, FaceTable
from watchword.core.faces import Act, Tier
from watchword.core.policy import FacePolicy
from watchword.core.subjects import Subject
from watchword.dialects.findface.profile import AUDIENCE
from watchword.web.messages import Request

REFUSED = b'{"code":"UNAUTHORIZED","desc":"Face not recognized."}'
WRONG = b'{"code":"UNAUTHORIZED","desc":"Invalid username/password."}'
BAD_TOKEN = b'{"code":"UNAUTHORIZED","desc":"Invalid token."}'
OLD = timedelta(days=180)


@dataclass(frozen=True)
class Guest:
    """Somebody in front of a camera at the door; alice has enrolled."""

    visitor: Visitor
    engine: ScriptedEngine
    alice: Subject

    def add(self, name: str, group: str = "User") -> Subject:
        """Put one more user, whose face is known."""
        profiles = {"findface": {"primary_group": group}}
        added = self.visitor.world.add(name, password=PASSWORD, profiles=profiles)
        enrol(self.visitor.world.core, AUDIENCE, added)
        return added


@contextmanager
def camera(auth_type: str, faces: FacePolicy | None = None, **more: Any) -> Generator[Guest]:
    """Open a door that takes these factors."""
    engine = ScriptedEngine()
    with door(engine, faces, auth_type=auth_type, **more) as visitor:
        with visitor.world.storage.read() as transaction:
            alice = transaction.subjects.find_by_login("alice")
        assert alice is not None
        enrol(visitor.world.core, AUDIENCE, alice)
        yield Guest(visitor, engine, alice)


@pytest.fixture
def guest() -> Generator[Guest]:
    with camera("face_or_password") as guest:
        yield guest


@pytest.fixture
def both() -> Generator[Guest]:
    with camera("face_and_password") as guest:
        yield guest


TABLE = """
| AUTH_TYPE         | face allowed | face suffices | password allowed | password suffices |
| password          | no           | no            | yes              | yes               |
| face              | yes          | yes           | no               | no                |
| face_or_password  | yes          | yes           | yes              | yes               |
| face_and_password | yes          | no            | yes              | no                |
"""
"""The vendor's decision table (wire contract FindFace 3.6), a dash written as *no*."""


def cells():
    """Yield every cell: the type, the question, the answer."""
    head, *rows = (
        [word.strip() for word in line.strip("|").split("|")] for line in TABLE.strip().splitlines()
    )
    for auth_type, *answers in rows:
        for question, answer in zip(head[1:], answers, strict=True):
            yield pytest.param(auth_type, question, answer == "yes", id=f"{auth_type}: {question}")


class TestTheDecisionTable:
    @pytest.mark.parametrize(("auth_type", "question", "answer"), list(cells()))
    def test_every_cell_is_played(self, auth_type: str, question: str, answer: object) -> None:
        with camera(auth_type) as guest:
            assert self.play(guest, question) is answer

    def play(self, guest: Guest, question: str) -> bool:
        """Find out by calling: is a factor taken, and does it open the door by itself?"""
        visitor = guest.visitor
        by_face = visitor.face(clip_of(guest.alice))
        match question:
            case "face allowed":
                return by_face.status_code == 200
            case "face suffices":
                token = by_face.json().get("token", "x")
                return visitor.me(token).status_code == 200
            case "password suffices":
                return visitor.login().status_code == 200
            case "password allowed":
                proof = by_face.json().get("token", "x")
                return visitor.login(video_auth_token=proof).status_code == 200
            case _:
                raise ValueError(question)

    def test_config_json_says_which_it_is(self) -> None:
        for auth_type in ("password", "face", "face_or_password", "face_and_password"):
            with camera(auth_type) as guest:
                told = guest.visitor.client.get("/config.json").json()["auth"]
                assert told["AUTH_TYPE"] == auth_type

    def test_both_in_the_vendors_sequence(self, both: Guest) -> None:
        first = both.visitor.face(clip_of(both.alice)).json()
        assert both.visitor.me(first["token"]).content == BAD_TOKEN
        both.visitor.world.clock.advance(minutes=4)

        second = both.visitor.login(video_auth_token=first["token"])

        assert second.status_code == 200
        assert second.json()["token"] == first["token"]
        assert both.visitor.me(first["token"]).json() == second.json()["user"]


class TestFaceLogin:
    def test_it_answers_as_a_password_login_does(self, guest: Guest) -> None:
        by_face = guest.visitor.face(clip_of(guest.alice))
        by_password = guest.visitor.login(uuid="other")

        assert by_face.status_code == 200
        assert list(by_face.json()) == ["token", "user", "token_expiration_datetime"]
        assert by_face.json()["user"] == by_password.json()["user"]
        assert by_face.headers["cache-control"] == "no-store"
        ends = datetime.fromisoformat(by_face.json()["token_expiration_datetime"])
        assert ends == guest.visitor.world.clock() + OLD

    def test_the_session_remembers_the_device_as_the_form_has_it(self, guest: Guest) -> None:
        told = {"user_agent": "x", "n": [1, None]}
        guest.visitor.face(
            clip_of(guest.alice), uuid="cam-1", mobile="true", device_info=json.dumps(told)
        )

        (session,) = guest.visitor.sessions()
        assert (session.device.key, session.device.mobile) == ("cam-1", True)
        assert json.loads(session.device.details) == told

    def test_mobile_is_false_and_device_info_empty_if_nothing_is_said(self, guest: Guest) -> None:
        guest.visitor.face(clip_of(guest.alice))

        (session,) = guest.visitor.sessions()
        assert (session.device.mobile, session.device.details) == (False, b"{}")

    def test_the_slash_is_optional_and_no_header_is_asked_for(self, guest: Guest) -> None:
        files = {"video": ("blob", clip_of(guest.alice))}
        for path in ("/auth/video-auth", "/auth/video-auth/"):
            for headers in ({}, {"authorization": "Token x"}):
                answer = guest.visitor.client.post(
                    path, files=files, data={"uuid": "u"}, headers=headers
                )
                assert answer.status_code == 200

    @pytest.mark.parametrize("auth_type", ["password", "face_or_password"])
    def test_who_has_a_face_is_shown_to_have_one(self, auth_type: str) -> None:
        with camera(auth_type) as guest:
            answer = guest.visitor.login().json()

            assert answer["user"]["has_face"] is True
            assert guest.visitor.me(answer["token"]).json()["has_face"] is True

    def test_the_confidence_is_a_setting(self) -> None:
        with camera("face", face_auth_confidence=0.95) as guest:
            assert guest.visitor.face(clip_of(guest.alice, 0.949)).content == REFUSED
            assert guest.visitor.face(clip_of(guest.alice, 0.95)).status_code == 200

    def test_a_clip_of_ten_mebibytes_is_taken_and_a_byte_more_is_not(self, guest: Guest) -> None:
        clip = clip_of(guest.alice)
        most = 10_485_760

        assert guest.visitor.face(clip + b" " * (most - len(clip))).status_code == 200
        answer = guest.visitor.face(clip + b" " * (most + 1 - len(clip)))
        assert (answer.status_code, answer.json()["code"]) == (413, "REQUEST_ENTITY_TOO_LARGE")
        assert guest.engine.shown == 1


class TestFaceLoginIsRefused:
    @pytest.mark.parametrize("clip", [EMPTY, CROWD, STRANGER], ids=str)
    def test_whoever_is_not_recognised_hears_the_same(self, guest: Guest, clip: bytes) -> None:
        answer = guest.visitor.face(clip)

        assert (answer.status_code, answer.content) == (401, REFUSED)
        assert answer.headers["www-authenticate"] == "Token"

    def test_so_does_a_print_and_an_unlike_face_and_one_that_is_switched_off(
        self, guest: Guest
    ) -> None:
        assert guest.visitor.face(picture_of(guest.alice)).content == REFUSED
        assert guest.visitor.face(clip_of(guest.alice, 0.5)).content == REFUSED
        guest.visitor.world.core.directory.set_active(guest.alice.id, active=False)
        assert guest.visitor.face(clip_of(guest.alice)).content == REFUSED

    def test_a_locked_one_hears_the_same(self, guest: Guest) -> None:
        for _ in range(5):
            guest.visitor.login(password="wrong")

        answer = guest.visitor.face(clip_of(guest.alice))

        assert (answer.status_code, answer.content) == (401, REFUSED)
        assert ("face-login", "locked") in guest.visitor.world.audited()

    def test_no_clip_that_can_be_read_is_400(self, guest: Guest) -> None:
        answer = guest.visitor.face(NOISE)

        assert answer.status_code == 400
        assert answer.json() == {
            "traceback": "",
            "code": "BAD_PARAM",
            "desc": "The submitted file is not a video that can be read.",
            "param": "video",
        }

    @pytest.mark.parametrize(
        ("form", "param", "desc"),
        [
            ({"uuid": "u"}, "video", "No file was submitted."),
            ({"uuid": "u", "video": "text"}, "video", "The submitted data was not a file."),
            ({"uuid": "u", "video": b""}, "video", "The submitted file is empty."),
            ({"video": b"x"}, "uuid", "This field is required."),
            ({"video": b"x", "uuid": ""}, "uuid", "This field may not be blank."),
            ({"video": b"x", "uuid": "u" * 257}, "uuid", "Ensure this field has no more than 256"),
            ({"video": b"x", "uuid": b"u"}, None, None),
            ({"video": b"x", "uuid": "u", "mobile": "maybe"}, "mobile", "Must be a valid boolean."),
            ({"video": b"x", "uuid": "u", "device_info": "[]"}, "device_info", "Expected a dict"),
            ({"video": b"x", "uuid": "u", "device_info": ""}, "device_info", "Expected a dict"),
            ({"video": b"x", "uuid": "u", "device_info": "{"}, "device_info", "Expected a dict"),
        ],
    )
    def test_a_wrong_field_is_told(self, guest: Guest, form, param, desc) -> None:
        files = {name: ("f", value) for name, value in form.items() if isinstance(value, bytes)}
        data = {name: value for name, value in form.items() if isinstance(value, str)}
        if not files:
            files = {"more": ("f", b"x")}

        answer = guest.visitor.client.post("/auth/video-auth/", files=files, data=data)

        assert answer.status_code == 400
        if param is not None:
            assert answer.json()["param"] == param
            assert answer.json()["desc"].startswith(desc)

    def test_text_that_is_none_is_told(self, guest: Guest) -> None:
        files = [("video", ("blob", b"x")), ("uuid", ("u", b"\xff"))]

        answer = guest.visitor.client.post("/auth/video-auth/", files=files)

        assert (answer.status_code, answer.json()["param"]) == (400, "uuid")

    def test_what_is_no_form_is_malformed(self, guest: Guest) -> None:
        for options in ({"json": {"uuid": "u"}}, {"content": b"x"}, {"data": {"uuid": "u"}}):
            answer = guest.visitor.client.post("/auth/video-auth/", **options)
            assert (answer.status_code, answer.json()["desc"]) == (400, "Malformed request.")
        no_boundary = {"content-type": "multipart/form-data"}
        answer = guest.visitor.client.post("/auth/video-auth/", content=b"", headers=no_boundary)
        assert (answer.status_code, answer.json()["param"]) == (400, "video")

    def test_a_long_text_and_many_parts_are_too_much(self, guest: Guest) -> None:
        long = guest.visitor.face(b"x", device_info="{" + " " * 70_000 + "}")
        files = [(str(number), ("f", b"x")) for number in range(40)]
        many = guest.visitor.client.post("/auth/video-auth/", files=files)

        assert (long.status_code, many.status_code) == (413, 413)

    def test_a_blocked_device_is_told(self, guest: Guest) -> None:
        admin = guest.add("ada", "Administrator")
        token = guest.visitor.face(clip_of(admin), uuid="desk").json()["token"]
        body = {"uuid": UUID, "reason": "lost"}
        guest.visitor.call("POST", "/device-blacklist-records/", token, json=body)

        answer = guest.visitor.face(clip_of(guest.alice))

        assert (answer.status_code, answer.json()["desc"]) == (403, "This device is blocked.")

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(body=st.binary(max_size=300), boundary=st.sampled_from(["", "; boundary=b"]))
    def test_no_bytes_break_it(self, guest: Guest, body: bytes, boundary: str) -> None:
        headers = {"content-type": f"multipart/form-data{boundary}"}

        answer = guest.visitor.client.post("/auth/video-auth/", content=body, headers=headers)

        assert answer.status_code in {400, 401}


class TestWithoutFaces:
    """No engine, or a door that takes none: the contract's refusals, and no clip is read."""

    @pytest.mark.parametrize(
        "auth_type", ["password", "face", "face_or_password", "face_and_password"]
    )
    def test_without_an_engine_every_clip_is_refused(self, auth_type: str) -> None:
        with door(auth_type=auth_type) as visitor:
            for clip in (b"x", b"x" * 11_000_000):
                assert visitor.face(clip).content == REFUSED

    def test_where_faces_are_not_taken_none_is_looked_at(self) -> None:
        with camera("password") as guest:
            assert guest.visitor.face(clip_of(guest.alice)).content == REFUSED
            assert guest.engine.shown == 0

    def test_nobody_has_a_face_then(self) -> None:
        with door(auth_type="face_or_password") as visitor:
            assert visitor.login().json()["user"]["has_face"] is False
            assert visitor.me(visitor.enter()).json()["has_face"] is False

    @pytest.mark.parametrize(
        ("auth_type", "level"),
        [
            ("password", None),
            ("face_or_password", Level.WEAK),
            ("face", Level.BROKEN),
            ("face_and_password", Level.BROKEN),
        ],
    )
    def test_doctor_says_why(self, tmp_path, auth_type: str, level: Level | None) -> None:
        configuration = Configuration(
            database=DatabaseTable(f"sqlite:///{tmp_path}/none.db"),
            face=FaceTable(enabled=False),
            dialects={"findface": {"auth_type": auth_type}},
        )

        found = [each for each in examine(configuration) if "takes faces, but" in each.remark]

        assert [each.level for each in found] == ([] if level is None else [level])
        assert all(each.subject == "dialect findface" for each in found)


class TestBetweenTwoFactors:
    """An inactive session: listed, closed and blocked as any, and good for nothing."""

    def test_its_token_is_refused_at_every_guarded_call(self, both: Guest) -> None:
        token = both.visitor.face(clip_of(both.alice)).json()["token"]

        for method, path in (
            ("GET", "/users/me/"),
            ("GET", "/sessions/"),
            ("POST", "/auth/logout/"),
            ("POST", "/auth/video-auth-renew/"),
        ):
            answer = both.visitor.call(method, path, token)
            assert (answer.status_code, answer.content) == (401, BAD_TOKEN)

    def test_it_ends_after_five_minutes(self, both: Guest) -> None:
        answer = both.visitor.face(clip_of(both.alice)).json()

        ends = datetime.fromisoformat(answer["token_expiration_datetime"])
        assert ends - both.visitor.world.clock() == timedelta(minutes=5)
        both.visitor.world.clock.advance(minutes=5, seconds=1)
        assert both.visitor.login(video_auth_token=answer["token"]).content == WRONG

    def test_redeemed_it_lives_as_long_as_any_session(self, both: Guest) -> None:
        proof = both.visitor.face(clip_of(both.alice)).json()["token"]
        both.visitor.world.clock.advance(minutes=4)

        answer = both.visitor.login(video_auth_token=proof).json()

        ends = datetime.fromisoformat(answer["token_expiration_datetime"])
        assert ends - both.visitor.world.clock() == OLD

    def test_the_list_shows_it_as_inactive_and_keeps_its_row(self, both: Guest) -> None:
        admin = self.enter(both, both.add("ada", "Administrator"), "ada", "desk")
        proof = both.visitor.face(clip_of(both.alice)).json()["token"]

        def rows(query: str) -> dict[str, tuple[str, bool]]:
            found = both.visitor.call("GET", f"/sessions/{query}", admin).json()["results"]
            return {each["user__username"]: (each["id"], each["active"]) for each in found}

        waiting = rows("")["alice"]
        assert waiting[1] is False
        assert rows("?active=false") == {"alice": waiting}
        assert list(rows("?active=true")) == ["ada"]
        one = both.visitor.call("GET", f"/sessions/{waiting[0]}/", admin).json()
        assert (one["active"], one["uuid"]) == (False, UUID)

        assert both.visitor.login(video_auth_token=proof).status_code == 200
        assert rows("?active=true")["alice"] == (waiting[0], True)
        assert rows("?active=false") == {}

    def test_closing_it_ends_the_proof(self, both: Guest) -> None:
        admin = self.enter(both, both.add("ada", "Administrator"), "ada", "desk")
        proof = both.visitor.face(clip_of(both.alice)).json()["token"]
        (waiting,) = both.visitor.call("GET", "/sessions/?active=false", admin).json()["results"]

        assert both.visitor.call("DELETE", f"/sessions/{waiting['id']}/", admin).status_code == 204

        assert both.visitor.login(video_auth_token=proof).content == WRONG

    def test_a_block_of_the_device_ends_it(self, both: Guest) -> None:
        admin = self.enter(both, both.add("ada", "Administrator"), "ada", "desk")
        proof = both.visitor.face(clip_of(both.alice)).json()["token"]
        body = {"uuid": UUID, "reason": "lost"}
        added = both.visitor.call("POST", "/device-blacklist-records/", admin, json=body).json()
        assert both.visitor.login(video_auth_token=proof).status_code == 403

        both.visitor.call("DELETE", f"/device-blacklist-records/{added['id']}/", admin)

        assert both.visitor.login(video_auth_token=proof).content == WRONG

    def test_every_bad_proof_is_told_in_the_same_bytes(self, both: Guest) -> None:
        bob = both.add("bob")
        visitor = both.visitor
        late = visitor.face(clip_of(both.alice), uuid="cam-3").json()["token"]
        visitor.world.clock.advance(minutes=6)
        foreign = visitor.face(clip_of(bob)).json()["token"]
        elsewhere = visitor.face(clip_of(both.alice), uuid="cam-2").json()["token"]
        used = visitor.face(clip_of(both.alice)).json()["token"]
        assert visitor.login(video_auth_token=used).status_code == 200

        refusals = [
            visitor.login(video_auth_token="f" * 64),
            visitor.login(video_auth_token=late, uuid="cam-3"),
            visitor.login(video_auth_token=foreign),
            visitor.login(video_auth_token=elsewhere),
        ]
        visitor.world.clock.advance(hours=2)
        refusals.append(visitor.login(video_auth_token=used))
        wrong = visitor.login(password="wrong", video_auth_token="x")

        assert {each.status_code for each in refusals} == {401}
        assert {each.content for each in refusals} == {wrong.content}
        assert {tuple(each.headers.items()) for each in refusals} == {tuple(wrong.headers.items())}
        told = [result for action, result in visitor.world.audited() if action == "login"]
        assert told[-6:] == [
            "proof-unknown",
            "proof-expired",
            "proof-foreign",
            "proof-wrong-device",
            "proof-replayed",
            "wrong-password",
        ]

    def test_an_earlier_session_on_the_device_lives_until_the_second_factor(
        self, both: Guest
    ) -> None:
        token = self.enter(both, both.alice, "alice", UUID)

        proof = both.visitor.face(clip_of(both.alice)).json()["token"]
        assert both.visitor.me(token).status_code == 200
        assert both.visitor.login(video_auth_token=proof).status_code == 200

        assert both.visitor.me(token).content == BAD_TOKEN

    def enter(self, both: Guest, subject: Subject, name: str, uuid: str) -> str:
        """Log in by both."""
        proof = both.visitor.face(clip_of(subject), uuid=uuid).json()["token"]
        return both.visitor.enter(name, uuid=uuid, video_auth_token=proof)


class TestRenewal:
    def test_it_moves_the_end_and_answers_with_it_and_the_user(self, guest: Guest) -> None:
        visitor = guest.visitor
        token = visitor.face(clip_of(guest.alice)).json()["token"]
        visitor.world.clock.advance(days=100)

        answer = visitor.face(clip_of(guest.alice), token)

        assert answer.status_code == 200
        assert list(answer.json()) == ["token_expiration_datetime", "user"]
        ends = datetime.fromisoformat(answer.json()["token_expiration_datetime"])
        assert ends == visitor.world.clock() + OLD
        assert answer.json()["user"] == visitor.me(token).json()
        visitor.world.clock.advance(days=170)
        assert visitor.me(token).status_code == 200

    @pytest.mark.parametrize("clip", [EMPTY, CROWD, STRANGER], ids=str)
    def test_after_a_failure_the_token_is_as_good_as_it_was(
        self, guest: Guest, clip: bytes
    ) -> None:
        token = guest.visitor.enter()

        answer = guest.visitor.face(clip, token)

        assert (answer.status_code, answer.content) == (401, REFUSED)
        assert guest.visitor.me(token).status_code == 200

    def test_it_takes_the_face_of_the_sessions_own_user(self, guest: Guest) -> None:
        bob = guest.add("bob")
        token = guest.visitor.enter()

        assert guest.visitor.face(clip_of(bob), token).content == REFUSED

    def test_it_is_no_use_where_a_face_does_not_suffice(self, both: Guest) -> None:
        proof = both.visitor.face(clip_of(both.alice)).json()["token"]
        token = both.visitor.enter(video_auth_token=proof)

        assert both.visitor.face(clip_of(both.alice), token).content == REFUSED
        assert both.visitor.me(token).status_code == 200

    def test_a_clip_is_required_and_has_a_bound(self, guest: Guest) -> None:
        token = guest.visitor.enter()

        answer = guest.visitor.call(
            "POST", "/auth/video-auth-renew/", token, files={"more": ("f", b"x")}
        )
        assert (answer.status_code, answer.json()["param"]) == (400, "video")
        assert guest.visitor.face(b"x" * 10_485_761, token).status_code == 413
        assert guest.visitor.face(NOISE, token).json()["param"] == "video"

    def test_it_needs_a_token(self, guest: Guest) -> None:
        assert guest.visitor.face(clip_of(guest.alice), "x" * 64).content == BAD_TOKEN

    def test_the_monitoring_settings_are_published(self) -> None:
        asked: Any = {
            "need_session_renew": True,
            "renew_session_interval": 60,
            "maximum_renew_attempts": 5,
        }
        with camera("face", **asked) as guest:
            told = guest.visitor.client.get("/config.json").json()["auth"]

        assert told["NEED_SESSION_RENEW"] is True
        assert (told["RENEW_SESSION_INTERVAL"], told["MAXIMUM_RENEW_ATTEMPTS"]) == (60, 5)


class TestTheAuditLog:
    def test_it_calls_them_as_the_vendor_does(self, guest: Guest) -> None:
        ada = guest.add("ada", "Administrator")
        token = guest.visitor.face(clip_of(ada), uuid="desk").json()["token"]
        guest.visitor.face(clip_of(ada), token)
        guest.visitor.face(STRANGER)

        def told(kind: str) -> list[tuple[str | None, str]]:
            path = f"/audit-logs/?action_type={kind}"
            found = guest.visitor.call("GET", path, token).json()["results"]
            return [(each["user_login"], each["action_details"]["result"]) for each in found]

        assert told("video_auth") == [(None, "no-match"), ("ada", "admitted")]
        assert told("video_auth_renew") == [("ada", "renewed")]


class TestWhoHasAFace:
    def test_lists_can_ask_for_it(self, guest: Guest) -> None:
        ada = guest.add("ada", "Administrator")
        profiles = {"findface": {"primary_group": "User"}}
        guest.visitor.world.add("bob", password=PASSWORD, profiles=profiles)
        token = guest.visitor.face(clip_of(ada), uuid="desk").json()["token"]

        def found(query: str) -> dict[str, bool]:
            rows = guest.visitor.call("GET", f"/users/{query}", token).json()["results"]
            return {each["name"]: each["has_face"] for each in rows}

        assert found("") == {"alice": True, "ada": True, "bob": False}
        assert found("?has_face=true") == {"alice": True, "ada": True}
        assert found("?has_face=false") == {"bob": False}
        count = guest.visitor.call("GET", "/users/count/?has_face=true", token)
        assert count.json() == {"count": 2}
        one = guest.visitor.call("GET", f"/users/{guest.alice.number}/", token)
        assert one.json()["has_face"] is True


class TestOurOwnParts:
    """``challenge`` and ``name`` beside the vendor's parts: *chosen*."""

    def challenge(self, guest: Guest, uuid: str = UUID) -> dict[str, Any]:
        body = {"uuid": uuid}
        answer = guest.visitor.client.post("/auth/video-auth-challenge/", json=body)
        assert answer.status_code == 200
        posed: dict[str, Any] = answer.json()
        return posed

    def test_a_clip_that_meets_its_challenge_is_let_in(self, guest: Guest) -> None:
        posed = self.challenge(guest)
        clip = clip_of(guest.alice, acts=[Act(each) for each in posed["acts"]])

        answer = guest.visitor.face(clip, challenge=posed["nonce"])

        assert answer.status_code == 200
        assert told(guest, "face-login")["tiers"] == "challenge motion"

    def test_a_clip_that_waited_for_others_is_not_late(
        self, guest: Guest, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        posed = self.challenge(guest)
        clip = clip_of(guest.alice, acts=[Act(each) for each in posed["acts"]])
        guest.visitor.world.clock.advance(seconds=25)
        monkeypatch.setattr(Request, "waited", timedelta(seconds=6))

        assert guest.visitor.face(clip, challenge=posed["nonce"]).status_code == 200

    def test_one_that_does_not_is_refused_though_none_was_required(self, guest: Guest) -> None:
        posed = self.challenge(guest)

        answer = guest.visitor.face(clip_of(guest.alice), challenge=posed["nonce"])

        assert (answer.status_code, answer.content) == (401, REFUSED)
        assert told(guest, "face-login")["lacking"] == "challenge"

    def test_a_clip_is_not_taken_twice_under_one_challenge(self, guest: Guest) -> None:
        posed = self.challenge(guest)
        clip = clip_of(guest.alice, acts=[Act(each) for each in posed["acts"]])
        assert guest.visitor.face(clip, challenge=posed["nonce"]).status_code == 200

        again = guest.visitor.face(clip, challenge=posed["nonce"])

        assert (again.status_code, again.json()["param"]) == (400, "challenge")
        assert ("face-challenge", "challenge-replayed") in guest.visitor.world.audited()

    def test_nor_from_another_device(self, guest: Guest) -> None:
        posed = self.challenge(guest)
        clip = clip_of(guest.alice, acts=[Act(each) for each in posed["acts"]])

        answer = guest.visitor.face(clip, challenge=posed["nonce"], uuid="another")

        assert (answer.status_code, answer.json()["param"]) == (400, "challenge")

    def test_where_it_is_required_a_clip_without_one_is_not_looked_at(self) -> None:
        with camera("face", faces=FacePolicy(require=frozenset({Tier.CHALLENGE}))) as guest:
            answer = guest.visitor.face(clip_of(guest.alice))

            assert (answer.status_code, answer.content) == (401, REFUSED)
            assert guest.engine.shown == 0

    def test_renewal_takes_one_as_well(self, guest: Guest) -> None:
        token = guest.visitor.enter()
        posed = self.challenge(guest)
        acts = [Act(each) for each in posed["acts"]]
        files = {"video": ("blob", clip_of(guest.alice, acts=acts), "video/webm")}

        answer = guest.visitor.call(
            "POST",
            "/auth/video-auth-renew/",
            token,
            files=files,
            data={"challenge": posed["nonce"]},
        )

        assert answer.status_code == 200

    def test_who_says_its_name_is_compared_with_that_one_alone(self, guest: Guest) -> None:
        bob = guest.add("bob")

        assert guest.visitor.face(clip_of(bob), name="bob").status_code == 200
        assert guest.visitor.face(clip_of(bob), name="ALICE").content == REFUSED
        assert guest.visitor.face(clip_of(bob), name="nobody").content == REFUSED
        assert guest.visitor.face(clip_of(bob), name="").status_code == 200

    def test_failures_under_a_name_count_against_it(self, guest: Guest) -> None:
        for _ in range(5):
            assert guest.visitor.face(STRANGER, name="alice").content == REFUSED

        assert guest.visitor.face(clip_of(guest.alice), name="alice").content == REFUSED
        assert ("face-login", "locked") in guest.visitor.world.audited()


def told(guest: Guest, action: str) -> Mapping[str, str]:
    """Return what the audit trail was told last of such a thing."""
    with guest.visitor.world.storage.read() as transaction:
        links = [link.entry for _, link in transaction.audit.list_page(0, 1_000)]
    return [entry.details for entry in links if entry.action == action][-1]
