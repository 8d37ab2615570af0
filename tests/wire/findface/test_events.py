"""The live channel (wire contract FindFace 3.5): frames as the vendor's client writes and reads."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from tests.support.elsewhere import driver_beside, profiles_beside
from tests.wire.findface.door import PASSWORD
from watchword.core.errors import OverloadedError
from watchword.core.limits import Limits
from watchword.core.rates import LimitPolicy, Traffic, per_minute
from watchword.dialects.findface.events import FEEDS, is_pong, read_token, write_ping
from watchword.storage.memory.meter import MemoryMeter
from watchword.web.errors import UnreadableBodyError
from watchword.web.lanes import SOON

GROUPS = {
    "ws_events": True,
    "ws_notifications": False,
    "ws_unacknowledged_events": True,
    "ws_episodes": True,
    "ws_clusters": True,
}
FRAMES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


def opening(token):
    """Return the vendor's client's first frame."""
    return {"type": "auth", "data": {"token": token, "msg_groups": GROUPS}}


@contextmanager
def channel(visitor, token=None, path="/events/"):
    """Open the live channel; with a token, up to the first ping, which is the channel's."""
    with visitor.client.websocket_connect(path) as opened:
        if token is not None:
            opened.send_json(opening(token))
            opened.ping = opened.receive_json()
        yield opened


def closed(opened):
    """Return the code and the reason of a close that comes next."""
    with pytest.raises(WebSocketDisconnect) as caught:
        opened.receive_json()
    return caught.value.code, caught.value.reason


def refused(visitor, path):
    """Return the answer that a client gets instead of a channel."""
    with pytest.raises(WebSocketDenialResponse) as caught, channel(visitor, path=path):
        pass
    return caught.value


class TestOpening:
    def test_the_clients_first_frame_is_answered_with_a_ping(self, visitor):
        with channel(visitor, visitor.enter()) as opened:
            assert opened.ping == {
                "type": "ping",
                "data": {"ping_date": "2025-03-04T05:06:07.891011Z"},
            }

    @pytest.mark.parametrize("token", ["0" * 64, "", "x"])
    def test_a_bad_token_is_told_and_closed(self, visitor, token):
        with channel(visitor) as opened:
            opened.send_json(opening(token))
            assert opened.receive_json() == {"type": "token_invalid"}
            assert closed(opened) == (1008, "the token is not good")

    def test_a_token_of_another_door_is_a_bad_one(self, visitor):
        beside = driver_beside("findface")
        visitor.world.add(
            "bob", "bob@acme.example", password=PASSWORD, profiles=profiles_beside("findface")
        )
        login = "bob@acme.example" if "@" in beside.login_name else "bob"
        token = beside.token(beside.login(visitor.client, login, PASSWORD))
        with channel(visitor) as opened:
            opened.send_json(opening(token))
            assert opened.receive_json() == {"type": "token_invalid"}

    def test_the_slash_at_the_end_of_the_channel_is_optional(self, visitor):
        with visitor.client.websocket_connect("/events") as opened:
            opened.send_json(opening(visitor.enter()))
            assert opened.receive_json()["type"] == "ping"

    def test_a_token_in_the_handshake_counts_for_nothing(self, visitor):
        headers = {"authorization": f"Token {visitor.enter()}"}
        with visitor.client.websocket_connect("/events/", headers=headers) as opened:
            opened.send_json({"type": "pong", "data": {}})
            assert closed(opened)[0] == 1007

    @pytest.mark.parametrize(
        "first",
        [
            "",
            "auth",
            "[]",
            "{}",
            "{",
            '{"type":"auth"}',
            '{"type":"auth","data":{}}',
            '{"type":"auth","data":{"token":null}}',
            '{"type":"auth","data":{"token":1}}',
            '{"type":"auth","data":[]}',
            '{"type":"AUTH","data":{"token":"x"}}',
            '{"type":"pong","data":{}}',
            "[" * 5_000,
        ],
    )
    def test_a_first_frame_of_another_kind_is_closed_as_malformed(self, visitor, first):
        with channel(visitor) as opened:
            opened.send_text(first)
            assert closed(opened) == (1007, "this frame cannot be read")

    def test_no_other_path_opens_one(self, visitor):
        answer = refused(visitor, "/users/me/")

        assert answer.status_code == 404
        assert answer.content == b'{"code":"NOT_FOUND","desc":"Not found."}'
        assert visitor.world.answers[-1] == ("findface", "unknown", 404)

    def test_nor_is_it_there_for_a_plain_request(self, visitor):
        assert visitor.client.get("/events/").status_code == 404

    def test_too_many_are_told_to_come_back(self, visitor, monkeypatch):
        monkeypatch.setattr("watchword.web.live.Live.require_room", overloaded)

        answer = refused(visitor, "/events/")

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["code"] == "SERVICE_UNAVAILABLE"

    def test_a_source_that_opens_them_too_often_is_told_to_come_back(self, visitor):
        policy = LimitPolicy({Traffic.OPEN: per_minute(60, 1)})
        limits = Limits(MemoryMeter(lambda: 0), policy, visitor.world.clock)
        client = TestClient(replace(visitor.world.site, limits=limits))
        visitor = replace(visitor, client=client)
        with channel(visitor, visitor.enter()):
            pass

        answer = refused(visitor, "/events/")

        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert answer.json()["code"] == "THROTTLED"

    def test_an_opened_one_is_counted(self, visitor):
        with channel(visitor, visitor.enter()):
            pass

        assert ("findface", "/events/", 101) in visitor.world.answers


class TestFrames:
    def test_a_pong_repeats_the_ping_with_a_date(self, visitor):
        token = visitor.enter()
        with channel(visitor, token) as opened:
            visitor.world.clock.advance(seconds=50)
            pong = {**opened.ping["data"], "pong_date": "2025-03-04T05:06:57.000Z"}
            opened.send_json({"type": "pong", "data": pong})
            opened.send_json({"type": "something_else"})
            opened.send_bytes(b"")
            assert closed(opened)[0] == 1003
        visitor.world.core.access.flush()

        [session] = visitor.sessions()
        assert session.seen_at == visitor.world.clock()

    @pytest.mark.parametrize("text", ["", "pong", "[]", "{}", '{"type":1}', "{", "[" * 5_000])
    def test_what_is_no_frame_is_closed_as_malformed(self, visitor, text):
        with channel(visitor, visitor.enter()) as opened:
            opened.send_text(text)
            assert closed(opened)[0] == 1007

    @given(FRAMES)
    def test_any_json_is_a_frame_or_is_none(self, value):
        for reads in (read_token, is_pong):
            try:
                read = reads(json.dumps(value))
            except UnreadableBodyError:
                continue
            assert isinstance(read, str | bool)
            assert isinstance(value["type"], str)

    @given(st.text())
    def test_any_text_is_a_frame_or_is_none(self, text):
        for reads in (read_token, is_pong):
            with pytest.raises(UnreadableBodyError):
                reads(text)

    @given(st.datetimes())
    def test_a_ping_can_be_read_at_any_time(self, moment):
        ping = json.loads(write_ping(moment))

        assert datetime.fromisoformat(ping["data"]["ping_date"]).replace(tzinfo=None) == moment

    def test_a_ping_comes_every_15_seconds_and_after_60_without_an_answer_none(self):
        [feed] = FEEDS

        assert feed.ping_every == timedelta(seconds=15)
        assert feed.gone_after == timedelta(seconds=60)


class TestTheEndOfASession:
    def told(self, opened):
        """Say whether the channel is told of the end, and closed."""
        said = opened.receive_json()
        assert closed(opened) == (1008, "the session is over")
        return said == {"type": "token_invalid"}

    def two(self, visitor):
        """Return the tokens of an administrator and of alice."""
        return visitor.add("ada", "Administrator"), visitor.enter()

    def test_that_is_left_in_another_tab_is_told(self, visitor):
        token = visitor.enter()
        with channel(visitor, token) as opened:
            visitor.call("POST", "/auth/logout/", token)
            assert self.told(opened)

    def test_that_somebody_closes_is_told(self, visitor):
        admin, token = self.two(visitor)
        [row] = visitor.call("GET", "/sessions/?user_name_in=alice", admin).json()["results"]
        with channel(visitor, token) as opened:
            assert visitor.call("DELETE", f"/sessions/{row['id']}/", admin).status_code == 204
            assert self.told(opened)

    def test_that_is_closed_with_others_is_told(self, visitor):
        admin, token = self.two(visitor)
        rows = visitor.call("GET", "/sessions/?user_name_in=alice", admin).json()["results"]
        with channel(visitor, token) as opened:
            ids = {"id_in": [row["id"] for row in rows]}
            assert visitor.call("POST", "/sessions/delete/", admin, json=ids).status_code == 204
            assert self.told(opened)

    def test_whose_device_is_blocked_is_told(self, visitor):
        admin, token = self.two(visitor)
        [row] = visitor.call("GET", "/sessions/?user_name_in=alice", admin).json()["results"]
        block = {"uuid": row["uuid"], "reason": "lost"}
        with channel(visitor, token) as opened:
            answer = visitor.call("POST", "/device-blacklist-records/", admin, json=block)
            assert answer.status_code == 201
            assert self.told(opened)

    @pytest.mark.parametrize("change", [{"active": False}, {"password": "another plum-tree 89"}])
    def test_whose_user_is_switched_off_or_gets_a_password_is_told(self, visitor, change):
        admin, token = self.two(visitor)
        with channel(visitor, token) as opened:
            assert visitor.call("PATCH", "/users/1/", admin, json=change).status_code == 200
            assert self.told(opened)

    def test_whose_user_is_removed_is_told(self, visitor):
        admin, token = self.two(visitor)
        with channel(visitor, token) as opened:
            assert visitor.call("DELETE", "/users/1/", admin).status_code == 204
            assert self.told(opened)

    def test_that_a_login_on_the_same_device_replaces_is_told(self, visitor):
        with channel(visitor, visitor.enter()) as opened:
            visitor.enter()
            assert self.told(opened)

    def test_that_expires_is_told(self, visitor):
        with channel(visitor, visitor.enter()) as opened:
            visitor.world.clock.advance(days=180, microseconds=1)
            assert self.told(opened)

    def test_that_goes_on_is_not(self, visitor):
        admin, token = self.two(visitor)
        with channel(visitor, token) as opened:
            visitor.call("PATCH", "/users/1/", admin, json={"comment": "new"})
            visitor.call("POST", "/auth/logout/", admin)
            opened.send_bytes(b"")
            assert closed(opened)[0] == 1003


class TestPresence:
    def status(self, visitor, token, query=""):
        visitor.world.core.access.flush()
        answer = visitor.call("GET", f"/sessions/{query}", token).json()["results"]
        visitor.world.core.access.flush()
        return {row["user__username"]: row["status"] for row in answer}

    def test_who_answers_pings_is_online_and_who_does_not_is_offline_after_60_s(self, visitor):
        admin, token = visitor.add("ada", "Administrator"), visitor.enter()
        visitor.add("bob")
        with channel(visitor, token) as opened:
            visitor.world.clock.advance(seconds=61)
            opened.send_json({"type": "pong", "data": {}})
            opened.send_bytes(b"")
            assert closed(opened)[0] == 1003
            visitor.me(admin)

            assert self.status(visitor, admin) == {
                "ada": "online",
                "alice": "online",
                "bob": "offline",
            }
            assert self.status(visitor, admin, "?status=offline") == {"bob": "offline"}
            assert set(self.status(visitor, admin, "?status=online")) == {"ada", "alice"}

    def test_the_list_is_ordered_by_it(self, visitor):
        admin, token = visitor.add("ada", "Administrator"), visitor.enter()
        visitor.add("bob")
        with channel(visitor, token) as opened:
            visitor.world.clock.advance(seconds=30)
            opened.send_json({"type": "pong", "data": {}})
            opened.send_bytes(b"")
            assert closed(opened)[0] == 1003

        visitor.world.clock.advance(seconds=1)
        visitor.me(admin)
        assert list(self.status(visitor, admin, "?ordering=-last_ping_date")) == [
            "ada",
            "alice",
            "bob",
        ]

    def test_being_connected_alone_is_no_presence(self, visitor):
        admin, token = visitor.add("ada", "Administrator"), visitor.enter()
        with channel(visitor, token):
            visitor.world.clock.advance(seconds=61)

            assert self.status(visitor, admin)["alice"] == "offline"


def overloaded(_live):
    """Refuse, as a full server does."""
    raise OverloadedError(SOON)
