"""The head of a request has an end, in bytes and in time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from tests.support.listening import PATIENCE, Streams, connected
from watchword.core.networks import parse_network
from watchword.server import connections
from watchword.server.connections import LONGEST_HEAD, Connection
from watchword.server.crowd import Crowd
from watchword.web.sending import AT_ONCE

Enter: TypeAlias = Callable[[], Awaitable[Streams]]

REQUEST = b"POST /path HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody"
LATE = "/late"
"""Here nobody asks for a body until pieces of it have piled up."""


async def application(scope, receive, send) -> None:
    """Answer with what was asked for, once the body is there."""
    if scope["path"] == LATE:
        await asyncio.sleep(0.1)
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    text = scope["path"].encode() + b" " + body
    headers = [(b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def play(scene: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]) -> bytes:
    """Return what a client is told that does as the scene has it."""

    async def run() -> bytes:
        async with asyncio.timeout(PATIENCE), connected(application) as (reader, writer):
            return await scene(reader, writer)

    return asyncio.run(run())


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *pieces: bytes) -> bytes:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)
    head = await reader.readuntil(b"\r\n\r\n")
    return head.partition(b"\r\n")[0] + b" " + await reader.read(LONGEST_HEAD)


def test_requests_follow_one_another() -> None:
    async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        return b"|".join([await ask(reader, writer, REQUEST) for _ in range(3)])

    assert play(scene) == b"|".join([b"HTTP/1.1 200 OK /path body"] * 3)


@pytest.mark.parametrize("path", [LATE, "/path"])
@pytest.mark.parametrize("size", [1, 999, 20_000, 60_000])
def test_a_body_may_come_in_pieces(path: str, size: int) -> None:
    body = b"".join(b"%04d" % number for number in range(15_000))
    head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    pieces = [body[:size], body[size : 2 * size], body[2 * size :]]

    async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(head)
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.02)
        await reader.readuntil(b"\r\n\r\n")
        return await reader.readexactly(len(path) + 1 + len(body))

    assert play(scene) == path.encode() + b" " + body


def test_a_head_may_come_in_pieces() -> None:
    async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        return await ask(reader, writer, REQUEST[:3], REQUEST[3:30], REQUEST[30:])

    assert play(scene) == b"HTTP/1.1 200 OK /path body"


def test_the_pieces_of_one_head_do_not_count_for_the_next() -> None:
    filling = b"X: " + b"a" * (LONGEST_HEAD // 2) + b"\r\n"

    async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        pieces = REQUEST[:21], filling, REQUEST[21:]
        return b"|".join([await ask(reader, writer, *pieces) for _ in range(3)])

    assert play(scene) == b"|".join([b"HTTP/1.1 200 OK /path body"] * 3)


@pytest.mark.parametrize("endless", [b"a" * 8_192, b"a: b\r\n" * 1_024])
def test_a_head_without_end_is_cut_off(endless: bytes) -> None:
    async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        told = asyncio.create_task(reader.read())
        writer.write(b"GET / HTTP/1.1\r\nX: ")
        sent = 0
        while not told.done():
            await asyncio.sleep(0.005)
            writer.write(endless)
            sent += len(endless)
            assert sent < 10 * LONGEST_HEAD
        return await told

    assert play(scene).endswith(b"The head of the request is too long.")


@pytest.mark.parametrize("pieces", [(), (b"GET / HTTP/1.1\r\n",), (REQUEST, b"GET / HT")])
def test_a_head_that_does_not_come_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)

    async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.05)
        return await reader.read()

    assert play(scene)[-4:] in {b"", b"body"}


def test_a_body_may_take_longer_than_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)

    async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(REQUEST[:-4])
        await asyncio.sleep(0.3)
        return await ask(reader, writer, REQUEST[-4:])

    assert play(scene) == b"HTTP/1.1 200 OK /path body"


GET = b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n"


def wire(answers: Any, *pieces: bytes, until: bytes = b"") -> bytes:
    """Return all that comes back until the connection ends, or until something was in it."""

    async def run() -> bytes:
        async with asyncio.timeout(PATIENCE), connected(answers) as (reader, writer):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.02)
            return await reader.readuntil(until) if until else await reader.read()

    return asyncio.run(run())


def answering(
    *headers: tuple[bytes, bytes], status: int = 200, body: bytes = b"body", offered: bool = True
) -> Any:
    """Return an application that answers at once where it can, or in two messages as usual."""

    async def answers(scope: Any, _receive: Any, send: Any) -> None:
        at_once = scope.get("extensions", {}).get(AT_ONCE) if offered else None
        sent = b"" if scope["method"] == "HEAD" else body
        length = [(b"content-length", b"%d" % len(body))] if status != 204 else []
        told = [*headers, *length]
        if at_once is None or not at_once(status, told, sent):
            await send({"type": "http.response.start", "status": status, "headers": told})
            await send({"type": "http.response.body", "body": sent})

    return answers


class TestAtOnce:
    """An answer that is there as a whole is sent in one piece (0154)."""

    @pytest.mark.parametrize(
        "asked",
        [
            GET,
            GET.replace(b"GET", b"HEAD"),
            GET.replace(b"HTTP/1.1", b"HTTP/1.0"),
            GET.replace(b"Host", b"Connection: close\r\nHost"),
            GET * 3,
            REQUEST + GET + REQUEST,
        ],
    )
    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"status": 204, "body": b""},
            {"status": 401, "headers": [(b"WWW-Authenticate", b"Basic"), (b"a", b"")]},
            {"status": 503, "body": b"x" * 300_000},
        ],
    )
    def test_the_wire_is_the_same_as_uvicorns(self, asked: bytes, answer: dict[str, Any]) -> None:
        headers = answer.get("headers", [])
        rest = {key: value for key, value in answer.items() if key != "headers"}
        ending = GET.replace(b"Host", b"Connection: close\r\nHost")
        ours = wire(answering(*headers, **rest), asked, ending)
        assert ours.startswith(b"HTTP/1.1 ")
        assert ours == wire(answering(*headers, **rest, offered=False), asked, ending)

    @pytest.mark.parametrize("asked", [GET, REQUEST, GET * 2])
    def test_it_is_offered_with_every_request_and_taken_once(self, asked: bytes) -> None:
        offers = list[bool]()

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            offers.append(AT_ONCE in scope["extensions"])
            await answering()(scope, receive, send)
            offers.append("extensions" in scope)

        wire(noting, asked, GET.replace(b"Host", b"Connection: close\r\nHost"))
        assert offers == [True, False] * (len(offers) // 2)
        assert len(offers) > 2

    def test_who_goes_meanwhile_is_written_nothing(self) -> None:
        taken, over = list[bool](), asyncio.Event()

        async def late(scope: Any, receive: Any, _send: Any) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            over.set()
            taken.append(scope["extensions"][AT_ONCE](200, [(b"content-length", b"0")], b""))

        async def run() -> None:
            async with asyncio.timeout(PATIENCE), connected(late) as (_, writer):
                writer.write(GET)
                await asyncio.sleep(0.05)
                writer.close()
                await over.wait()

        asyncio.run(run())
        assert taken == [False]

    @pytest.mark.parametrize(
        "header", [(b"x-said", b"a\r\nset-cookie: b"), (b"x\r\ny", b"a"), (b"x-said", b"a\0")]
    )
    def test_a_header_that_would_be_two_is_never_sent(self, header: tuple[bytes, bytes]) -> None:
        assert wire(answering(header), GET) == b""


class Upgraded(asyncio.Protocol):
    """What a connection is handed over to."""

    def __init__(self, **_: object) -> None:
        pass

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        transport.close()


class TestCrowds:
    """How many connections one address may have."""

    @staticmethod
    def play(crowd: Crowd, scene: Callable[[Enter], Awaitable[None]]) -> None:
        async def run() -> None:
            config = Config(
                application, http=Connection, ws=Upgraded, lifespan="off", log_config=None
            )
            config.load()
            state = ServerState()
            writers = list[asyncio.StreamWriter]()
            server = await asyncio.get_running_loop().create_server(
                lambda: Connection(config, state, {}, crowd=crowd), "127.0.0.1", 0
            )

            async def enter() -> Streams:
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                writers.append(writer)
                return reader, writer

            async with asyncio.timeout(PATIENCE), server:
                await scene(enter)
                for writer in writers:
                    writer.close()
                    await writer.wait_closed()
                for _ in range(500):
                    if state.connections:
                        await asyncio.sleep(0.01)

        asyncio.run(run())

    def test_beyond_so_many_the_next_is_told_and_let_go(self) -> None:
        async def scene(enter: Enter) -> None:
            for _ in range(2):
                assert (await ask(*await enter(), REQUEST)).startswith(b"HTTP/1.1 200 OK")
            reader, writer = await enter()
            writer.write(REQUEST)
            answer = await reader.read()
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"content-length: %d" % len(body) in head

        self.play(Crowd(2), scene)

    def test_who_goes_makes_room(self) -> None:
        async def scene(enter: Enter) -> None:
            for _ in range(5):
                reader, writer = await enter()
                while not (await ask(reader, writer, REQUEST)).startswith(b"HTTP/1.1 200 OK"):
                    # The one before is still on its way out.
                    reader, writer = await enter()
                writer.close()
                await writer.wait_closed()

        self.play(Crowd(1), scene)

    def test_who_is_refused_and_says_nothing_is_let_go(self, monkeypatch) -> None:
        monkeypatch.setattr(connections, "REFUSED_SECONDS", 0.05)

        async def scene(enter: Enter) -> None:
            await ask(*await enter(), REQUEST)
            reader, _ = await enter()
            assert await reader.read() == b""

        self.play(Crowd(1), scene)

    def test_proxies_speak_for_many(self) -> None:
        async def scene(enter: Enter) -> None:
            for _ in range(5):
                assert (await ask(*await enter(), REQUEST)).startswith(b"HTTP/1.1 200 OK")

        self.play(Crowd(1, (parse_network("127.0.0.0/8"),)), scene)

    def test_who_is_upgraded_is_counted_elsewhere(self) -> None:
        upgrading = REQUEST.replace(b"Host", b"Connection: upgrade\r\nUpgrade: websocket\r\nHost")

        async def scene(enter: Enter) -> None:
            for _ in range(3):
                reader, writer = await enter()
                writer.write(upgrading)
                assert (await reader.read()).startswith(b"HTTP/1.1 101 ")

        crowd = Crowd(3)
        self.play(crowd, scene)
        assert [crowd.enter("127.0.0.1") for _ in range(4)] == [True, True, True, False]

    def test_addresses_do_not_count_for_each_other_but_those_of_one_network_do(self) -> None:
        crowd = Crowd(1)
        assert crowd.enter("192.0.2.1")
        assert crowd.enter("192.0.2.2")
        assert crowd.enter("2001:db8::1")
        assert not crowd.enter("2001:db8::2")
        assert crowd.enter("2001:db8:0:1::2")
        crowd.leave("2001:db8::1")
        assert crowd.enter("2001:db8::2")

    def test_nothing_is_kept_of_who_was_here_once(self) -> None:
        crowd, here = Crowd(2), [f"192.0.2.{number}" for number in range(200)]
        for address in here:
            assert crowd.enter(address)
        for address in here:
            crowd.leave(address)
        assert repr(crowd) == repr(Crowd(2))

    def test_without_a_bound_nobody_is_refused(self) -> None:
        assert all(Crowd().enter("192.0.2.1") for _ in range(5_000))
