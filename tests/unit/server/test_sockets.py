"""Websockets over bytes: what a client may do to one, and how each of them ends."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.uri import parse_uri

from watchword.server import sockets
from watchword.server.sockets import LONGEST_MESSAGE, MOST_FRAGMENTS, Websocket
from watchword.server.upgrade import upgrade


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Accept, and say everything back until the end."""
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        text = message["text"] if "text" in message else f"{len(message['bytes'])} bytes"
        await send({"type": "websocket.send", "text": text})


class Transport(asyncio.Transport):
    """A transport into a list, which a test can stop from flowing."""

    def __init__(self, protocol: Websocket) -> None:
        super().__init__({"peername": ("192.0.2.7", 4), "sockname": ("192.0.2.1", 80)})
        self.protocol = protocol
        self.written = b""
        self.flows = True
        self.reading = True
        self.ended = False
        self.lost = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert (high, low) == (0, None)

    def write(self, data: Any) -> None:
        assert not self.lost
        self.written += data
        if not self.flows:
            self.protocol.pause_writing()

    def flow(self) -> None:
        self.flows = True
        self.protocol.resume_writing()

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        assert not self.reading
        self.reading = True

    def is_closing(self) -> bool:
        return self.lost

    def abort(self) -> None:
        if not self.lost:
            self.lost = True
            self.protocol.connection_lost(None)


class Talk:
    """A client and the server's end of its connection, with nothing in between."""

    def __init__(self, app: Any = echo, path: str = "/feed") -> None:
        config = Config(app=app, lifespan="off", log_config=None)
        config.loaded_app = app
        self.state = ServerState()
        made = upgrade(config=config, server_state=self.state, app_state={})
        self.server = cast("Websocket", made)
        self.transport = Transport(self.server)
        self.server.connection_made(self.transport)
        self.client = ClientProtocol(parse_uri(f"ws://example.com{path}"))
        self.frames: list[Frame] = []
        self._read = 0

    async def open(self) -> None:
        """Open the websocket as a client should."""
        self.client.send_request(self.client.connect())
        await self.pass_on()

    async def pass_on(self) -> None:
        """Carry everything over that either side has to say, until neither has anything."""
        for _ in range(20):
            for data in self.client.data_to_send():
                if data:
                    self.server.data_received(data)
                else:
                    self.server.eof_received()
            await asyncio.sleep(0)
            new, self._read = self.transport.written[self._read :], len(self.transport.written)
            if new:
                self.client.receive_data(new)
            self.frames += [e for e in self.client.events_received() if isinstance(e, Frame)]

    async def send(self, *frames: Frame | bytes) -> None:
        """Send frames as they are, allowed or not."""
        for frame in frames:
            written = frame if isinstance(frame, bytes) else frame.serialize(mask=True)
            self.server.data_received(written)
        await self.pass_on()

    @property
    def texts(self) -> list[str]:
        return [bytes(f.data).decode() for f in self.frames if f.opcode is Opcode.TEXT]

    @property
    def code(self) -> int | None:
        """The code that the server closed with."""
        return None if self.client.close_rcvd is None else self.client.close_rcvd.code

    def end(self) -> None:
        """Drop the connection, so that nothing is left of it."""
        self.transport.abort()


def play(scene: Callable[[], Awaitable[Any]]) -> Any:
    """Run a scene to its end."""

    async def run() -> Any:
        return await scene()

    return asyncio.run(run())


def raw(opcode: int, data: bytes, *, fin: bool = True, reserved: int = 0) -> bytes:
    """Return a frame as no library would write it, with a mask that masks nothing."""
    head = bytes([fin << 7 | reserved << 4 | opcode])
    size = len(data)
    length = bytes([128 | size]) if size <= 125 else b"\xfe" + size.to_bytes(2, "big")
    return head + length + bytes(4) + data


def text(data: bytes, *, fin: bool = True, opcode: Opcode = Opcode.TEXT) -> Frame:
    return Frame(opcode, data, fin)


class TestAnOrdinaryTalk:
    def test_texts_and_bytes_are_heard(self):
        async def scene():
            talk = Talk()
            await talk.open()
            await talk.send(text(b"hello"), text(b"\xff\x00", opcode=Opcode.BINARY))
            talk.end()
            return talk.texts

        assert play(scene) == ["hello", "2 bytes"]

    def test_a_message_may_come_in_parts(self):
        async def scene():
            talk = Talk()
            await talk.open()
            await talk.send(
                text("é".encode()[:1], fin=False),
                Frame(Opcode.PING, b"between"),
                text("é".encode()[1:], opcode=Opcode.CONT),
            )
            talk.end()
            return talk.texts, [bytes(f.data) for f in talk.frames if f.opcode is Opcode.PONG]

        assert play(scene) == (["é"], [b"between"])

    def test_a_client_that_closes_is_answered_and_forgotten(self):
        async def scene():
            talk = Talk()
            await talk.open()
            talk.client.send_close(CloseCode.GOING_AWAY)
            await talk.pass_on()
            ended = talk.transport.ended
            talk.end()
            await asyncio.sleep(0)
            return talk.code, ended, talk.state.connections, talk.state.tasks

        assert play(scene) == (1001, True, set(), set())

    def test_one_that_breaks_off_is_forgotten_too(self):
        async def scene():
            talk = Talk()
            await talk.open()
            talk.end()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return talk.state.connections, talk.state.tasks

        assert play(scene) == (set(), set())

    def test_nothing_can_be_sent_to_one_that_has_ended_its_side(self):
        refused: list[bool] = []

        async def app(_scope, receive, send):
            await receive()
            await send({"type": "websocket.accept"})
            await asyncio.sleep(0.02)
            try:
                await send({"type": "websocket.send", "text": "too late"})
            except OSError:
                refused.append(True)

        async def scene():
            talk = Talk(app)
            await talk.open()
            talk.server.eof_received()
            await asyncio.sleep(0.05)
            talk.end()

        play(scene)
        assert refused == [True]

    def test_the_application_is_told_where_and_by_whom(self):
        seen: list[dict[str, Any]] = []

        async def look(scope, receive, send):
            seen.append(scope)
            await echo(scope, receive, send)

        async def scene():
            talk = Talk(look, "/f%C3%A9ed?a=b")
            await talk.open()
            talk.end()

        play(scene)

        [scope] = seen
        assert scope["path"] == "/féed"
        assert scope["raw_path"] == b"/f%C3%A9ed"
        assert scope["query_string"] == b"a=b"
        assert scope["client"] == ("192.0.2.7", 4)
        assert (b"host", b"example.com") in scope["headers"]


class TestTheServerEndsIt:
    def test_with_the_code_of_the_application(self):
        async def app(_scope, receive, send):
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 1008, "reason": "enough"})
            with pytest.raises(OSError, match="over"):
                await send({"type": "websocket.send", "text": "too late"})
            assert (await receive())["type"] == "websocket.disconnect"

        async def scene():
            talk = Talk(app)
            await talk.open()
            talk.end()
            return talk.client.close_rcvd

        assert play(scene) == Close(1008, "enough")

    def test_when_it_stops_by_going_away(self):
        async def scene():
            talk = Talk()
            await talk.open()
            talk.server.shutdown()
            await talk.pass_on()
            talk.end()
            await asyncio.sleep(0)
            return talk.code, talk.state.tasks

        assert play(scene) == (1001, set())

    def test_before_it_began_with_503(self):
        async def scene():
            talk = Talk(wait_forever)
            await talk.open()
            talk.server.shutdown()
            await talk.pass_on()
            talk.end()
            return talk.client.handshake_exc

        assert play(scene).response.status_code == 503

    def test_when_the_application_returns_by_a_normal_close(self):
        async def app(_scope, receive, send):
            await receive()
            await send({"type": "websocket.accept"})

        async def scene():
            talk = Talk(app)
            await talk.open()
            talk.end()
            return talk.code

        assert play(scene) == 1000

    def test_by_an_answer_instead_of_a_websocket(self):
        async def app(_scope, receive, send):
            await receive()
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
            start = {"type": "websocket.http.response.start", "status": 404, "headers": headers}
            await send(start)
            await send({"type": "websocket.http.response.body", "body": b"no"})

        async def scene():
            talk = Talk(app)
            await talk.open()
            ended = talk.transport.ended
            talk.end()
            return talk.client.handshake_exc, ended

        refused, ended = play(scene)
        assert isinstance(refused, InvalidStatus)
        assert (refused.response.status_code, refused.response.body) == (404, b"no")
        assert ended

    def test_a_close_that_nobody_answers_is_the_end_all_the_same(self, monkeypatch):
        monkeypatch.setattr(sockets, "CLOSE_SECONDS", 0.05)

        async def scene():
            talk = Talk()
            await talk.open()
            talk.server.shutdown()
            await asyncio.sleep(0.1)
            return talk.transport.lost

        assert play(scene)


class TestOddUpgrades:
    @pytest.mark.parametrize(
        "request_",
        [
            b"GET /feed HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            b"POST /feed HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            (
                b"GET /feed HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Key: \xff\xfe\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ),
            (
                b"GET /feed HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 8\r\n\r\n"
            ),
            b"nonsense\r\n\r\n",
        ],
    )
    def test_are_refused_without_asking_the_application(self, request_):
        async def scene():
            talk = Talk(never)
            talk.server.data_received(request_)
            tasks = set(talk.state.tasks)
            written, ended = talk.transport.written, talk.transport.ended
            talk.end()
            return tasks, written[:10], ended

        tasks, written, ended = play(scene)
        assert tasks == set()
        assert written[:10] in {b"HTTP/1.1 4", b""}
        assert ended


class TestBadFrames:
    @pytest.mark.parametrize(
        ("frames", "code"),
        [
            ([text(b"\xff\xfe")], 1007),
            ([text(b"\xc3", fin=False), text(b"(", opcode=Opcode.CONT)], 1007),
            ([text(b"x" * (LONGEST_MESSAGE + 1))], 1009),
            (
                [
                    text(b"x" * LONGEST_MESSAGE, fin=False),
                    text(b"x", opcode=Opcode.CONT),
                ],
                1009,
            ),
            ([text(b"x", opcode=Opcode.CONT)], 1002),
            ([text(b"x", fin=False), text(b"y")], 1002),
            ([raw(1, b"x", reserved=4)], 1002),
            (
                [text(b"", fin=False)]
                + [text(b"", fin=False, opcode=Opcode.CONT)] * (MOST_FRAGMENTS + 1),
                1008,
            ),
            ([raw(8, b"\x03")], 1002),
            ([raw(8, b"\x03\xe8\xff")], 1007),
            ([raw(8, b"\x00\x01")], 1002),
            ([raw(9, b"x" * 126)], 1002),
            ([raw(3, b"")], 1002),
        ],
    )
    def test_are_closed_with_their_code(self, frames, code):
        async def scene():
            talk = Talk()
            await talk.open()
            await talk.send(*frames)
            ended = talk.transport.ended
            talk.end()
            return talk.code, ended

        assert play(scene) == (code, True)

    def test_one_that_is_not_masked_is_too(self):
        async def scene():
            talk = Talk()
            await talk.open()
            talk.server.data_received(text(b"x").serialize(mask=False))
            await talk.pass_on()
            talk.end()
            return talk.code

        assert play(scene) == 1002

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(
            st.one_of(
                st.binary(max_size=40),
                st.builds(
                    lambda opcode, data, fin, reserved: raw(
                        opcode, data, fin=fin, reserved=reserved
                    ),
                    st.integers(0, 15),
                    st.one_of(st.binary(max_size=200), st.just(b"x" * 20_000)),
                    st.booleans(),
                    st.sampled_from([0, 0, 0, 0, 1, 2, 4, 7]),
                ),
            ),
            max_size=8,
        ),
        st.sampled_from([7, 100, 5_000, 100_000]),
        st.booleans(),
    )
    def test_no_bytes_lead_to_anything_but_an_open_or_a_closed_connection(
        self, pieces, size, opened
    ):
        sent = b"".join(pieces)

        async def scene():
            talk = Talk()
            if opened:
                await talk.open()
            for at in range(0, len(sent), size):
                talk.server.data_received(sent[at : at + size])
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            talk.server.eof_received()
            talk.end()
            for _ in range(5):
                await asyncio.sleep(0)
            return talk.state.connections, talk.state.tasks

        assert play(scene) == (set(), set())


class TestWhoDoesNotRead:
    def test_is_not_read_from_either(self):
        async def scene():
            talk = Talk()
            await talk.open()
            talk.transport.flows = False
            await talk.send(Frame(Opcode.PING, b"x" * 100))
            stopped = talk.transport.reading
            talk.transport.flow()
            going = talk.transport.reading
            talk.end()
            return stopped, going

        assert play(scene) == (False, True)

    def test_is_cut_off_after_a_while(self, monkeypatch):
        monkeypatch.setattr(sockets, "STUCK_SECONDS", 0.05)
        gone: list[bool] = []

        async def app(_scope, receive, send):
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
            await send({"type": "websocket.send", "text": "first"})
            try:
                await send({"type": "websocket.send", "text": "second"})
            except OSError:
                gone.append(True)

        async def scene():
            talk = Talk(app)
            await talk.open()
            talk.transport.flows = False
            await talk.send(text(b"go on"))
            await asyncio.sleep(0.2)
            return talk.transport.lost

        assert play(scene)
        assert gone == [True]

    def test_an_application_that_does_not_mind_is_let_go(self, monkeypatch):
        monkeypatch.setattr(sockets, "STUCK_SECONDS", 0.05)

        async def app(_scope, receive, send):
            await receive()
            await send({"type": "websocket.accept"})
            while True:
                await send({"type": "websocket.send", "text": "more"})
                await receive()

        async def scene():
            talk = Talk(app)
            await talk.open()
            talk.transport.flows = False
            await talk.send(text(b"go on"))
            await talk.send(text(b"go on"))
            await asyncio.sleep(0.2)
            return talk.transport.lost, talk.state.tasks

        assert play(scene) == (True, set())

    def test_goes_on_if_it_reads_in_time(self, monkeypatch):
        monkeypatch.setattr(sockets, "STUCK_SECONDS", 0.05)

        async def scene():
            talk = Talk()
            await talk.open()
            talk.transport.flows = False
            await talk.send(text(b"first"))
            talk.transport.flow()
            await asyncio.sleep(0.1)
            await talk.send(text(b"second"))
            lost = talk.transport.lost
            talk.end()
            return lost, talk.texts

        assert play(scene) == (False, ["first", "second"])

    def test_what_the_application_has_not_read_keeps_the_client_waiting(self):
        async def app(_scope, receive, send):
            await receive()
            await send({"type": "websocket.accept"})
            await asyncio.sleep(60)

        async def scene():
            talk = Talk(app)
            await talk.open()
            await talk.send(text(b"x"))
            reading = talk.transport.reading
            for task in talk.state.tasks:
                task.cancel()
            talk.end()
            return reading

        assert play(scene) is False


async def never(_scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError


async def wait_forever(_scope: Any, receive: Any, _send: Any) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


def test_what_uvicorn_is_given_makes_these():
    async def scene():
        talk = Talk()
        talk.end()
        return type(talk.server)

    assert play(scene) is Websocket
