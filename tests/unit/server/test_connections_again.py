"""What came before, byte for byte, is answered without the application (0155)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn import Config
from uvicorn.server import ServerState

from tests.support.listening import PATIENCE, Streams, connected
from watchword.server import connections
from watchword.server.connections import Connection
from watchword.server.crowd import Crowd
from watchword.server.recent import LONGEST, Recent, name_of
from watchword.web.messages import Reply
from watchword.web.repeating import AGAIN
from watchword.web.sending import AT_ONCE, headers_of

GET = b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n"
OTHER = b"GET /other HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /page HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody"
LAST = b"GET /last HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"

Scene: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Application:
    """It answers with the path, and lets what can be kept be kept."""

    asked: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    knows: bool = True
    headers: tuple[tuple[bytes, bytes], ...] = ()
    """What it says beside that, when it is asked again."""
    offered: list[bool] = field(default_factory=list)
    offers: bool = True

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path, extensions = scope["path"], scope["extensions"]
        self.asked.append(path)
        reply = self.reply(path)
        if scope["method"] == "POST":
            reply = Reply(200, (await receive())["body"])
        self.offered.append(AGAIN in extensions)
        if self.offers and self.offered[-1] and scope["method"] == "GET":
            extensions[AGAIN](lambda: self.repeat(path))
        if not extensions[AT_ONCE](200, headers_of(reply), reply.body):
            start = {"status": 200, "headers": headers_of(reply)}
            await send({"type": "http.response.start", **start})
            await send({"type": "http.response.body", "body": reply.body})

    def repeat(self, path: str) -> Reply | None:
        self.again.append(path)
        return self.reply(path).adding(*self.headers) if self.knows else None

    def reply(self, path: str) -> Reply:
        return Reply(200, path.encode(), [(b"X-Page", b"a page")])


class Eager(Recent):
    """It keeps what comes for the first time, too."""

    def came_before(self, data: bytes) -> bool:
        super().came_before(data)
        return super().came_before(data)


def play(application: Any, scene: Scene, **more: Any) -> None:
    async def run() -> None:
        given = {"recent": Eager(), **more}
        async with asyncio.timeout(PATIENCE), connected(application, **given) as streams:
            await scene(*streams)

    asyncio.run(run())


async def ask(streams: Streams, *pieces: bytes) -> bytes:
    """Return the answer to one request, without its date."""
    reader, writer = streams
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(0.01)
    return await answer(reader)


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [each for each in head.split(b"\r\n") if not each.startswith(b"date: ")]
    length = next(each for each in lines if each.startswith(b"content-length: "))
    return b"\r\n".join(lines) + await reader.readexactly(int(length[16:]))


def test_the_same_bytes_are_answered_the_same_without_the_application() -> None:
    application, told = Application(), list[bytes]()

    async def scene(*streams: Any) -> None:
        told.extend([await ask(streams, GET) for _ in range(4)])

    play(application, scene)
    assert (application.asked, application.again) == (["/page"], ["/page"] * 3)
    assert told == [told[0]] * 4
    assert b"\r\nx-page: a page\r\n" in told[0]
    assert told[0].endswith(b"\r\n\r\n/page")


def test_nothing_is_kept_of_what_comes_for_the_first_time() -> None:
    application = Application()

    async def scene(*streams: Any) -> None:
        for data in (GET, GET, GET, OTHER):
            await ask(streams, data)

    play(application, scene, recent=Recent())
    assert application.asked == ["/page", "/page", "/other"]
    assert (application.offered, application.again) == ([False, True, False], ["/page"])


def test_they_are_on_another_connection_too() -> None:
    application, recent = Application(), Eager()

    async def scene(*streams: Any) -> None:
        await ask(streams, GET)

    for _ in range(3):
        play(application, scene, recent=recent)
    assert (application.asked, application.again) == (["/page"], ["/page"] * 2)


@pytest.mark.parametrize(
    "other",
    [
        OTHER,
        GET.replace(b"here", b"Here"),
        GET.replace(b"Host", b"host"),
        GET.replace(b"\r\n\r\n", b"\r\nA: b\r\n\r\n"),
        POST,
    ],
)
def test_what_differs_in_one_byte_is_another_request(other: bytes) -> None:
    application = Application()

    async def scene(*streams: Any) -> None:
        for data in (GET, other):
            await ask(streams, data)

    play(application, scene)
    assert (len(application.asked), application.again) == (2, [])


@pytest.mark.parametrize(
    "pieces",
    [
        (GET[:9], GET[9:]),
        (GET[:-1], GET[-1:]),
        (GET.replace(b"here", b"h" * LONGEST),),
        (GET.replace(b"HTTP/1.1", b"HTTP/1.0\r\nConnection: keep-alive"),),
        (GET.replace(b"Host", b"Connection: upgrade\r\nUpgrade: h2c\r\nHost"),),
    ],
)
def test_some_are_never_kept(pieces: tuple[bytes, ...]) -> None:
    application = Application()

    async def scene(*streams: Any) -> None:
        await ask(streams, *pieces)

    recent = Eager()
    for _ in range(2):
        play(application, scene, recent=recent)
    assert (application.asked, application.again) == (["/page"] * 2, [])


@pytest.mark.parametrize("data", [GET * 2, GET + OTHER, GET + b"G", POST + GET])
def test_nor_is_one_of_several_in_one_piece(data: bytes) -> None:
    application, recent = Application(), Eager()

    async def scene(*streams: Any) -> None:
        await ask(streams, data)

    for _ in range(2):
        play(application, scene, recent=recent)
    assert application.again == []


def test_what_follows_in_a_piece_of_its_own_before_the_answer_waits_for_its_turn() -> None:
    application, go = Application(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/other":
            await go.wait()
        await application(scope, receive, send)

    async def scene(*streams: Any) -> None:
        reader, writer = streams
        await ask(streams, GET)
        for data in (OTHER, GET, GET):
            writer.write(data)
            await asyncio.sleep(0.02)
        go.set()
        told = [await answer(reader) for _ in range(3)]
        assert [each.rpartition(b"/")[2] for each in told] == [b"other", b"page", b"page"]
        assert (await ask(streams, GET)).endswith(b"/page")

    play(slow, scene)
    # The third was not read before the others were answered: uvicorn reads one ahead.
    assert application.asked == ["/page", "/other", "/page"]
    assert application.again == ["/page"] * 2


def test_one_that_declines_leaves_it_to_the_application() -> None:
    application = Application(knows=False)

    async def scene(*streams: Any) -> None:
        assert [await ask(streams, GET) for _ in range(3)] == [await ask(streams, GET)] * 3

    play(application, scene)
    assert (len(application.asked), len(application.again)) == (4, 3)


def test_an_answer_with_a_header_that_would_be_two_is_never_sent() -> None:
    application = Application(headers=((b"x-said", b"a\r\nset-cookie: b"),))

    async def scene(*streams: Any) -> None:
        assert [await ask(streams, GET) for _ in range(2)] == [await ask(streams, GET)] * 2

    play(application, scene)
    assert (len(application.asked), len(application.again)) == (3, 2)


def test_it_is_offered_to_requests_that_could_come_again() -> None:
    application = Application(offers=False)

    async def scene(*streams: Any) -> None:
        for pieces in [(GET,), (GET[:9], GET[9:]), (POST,), (LAST,)]:
            await ask(streams, *pieces)

    play(application, scene)
    assert application.offered == [True, False, False, False]


def test_who_is_not_let_in_is_told_so_whatever_was_asked() -> None:
    application, recent = Application(), Eager()
    name = name_of(GET, "127.0.0.1", "http")
    assert name is not None
    recent.keep(name, lambda: Reply(200))
    full = Crowd(1)
    full.enter("127.0.0.1")

    async def scene(*streams: Any) -> None:
        reader, writer = streams
        writer.write(GET)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")

    play(application, scene, recent=recent, crowd=full)
    assert application.asked == []


class TestTime:
    """How long a connection is kept of which nothing else is heard."""

    @pytest.fixture
    def hasty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keep connections for half a second only."""

        class Hasty(Connection):
            def __init__(self, *about: Any, **more: Any) -> None:
                super().__init__(*about, **more)
                cast("Any", self).timeout_keep_alive = 0.5

        monkeypatch.setattr("tests.support.listening.Connection", Hasty)

    def test_the_first_request_of_a_connection_ends_the_wait_for_a_head(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
        application, recent = Application(), Eager()

        async def scene(*streams: Any) -> None:
            await ask(streams, GET)
            await asyncio.sleep(0.4)
            await ask(streams, GET)

        for _ in range(2):
            play(application, scene, recent=recent)
        assert (len(application.asked), len(application.again)) == (1, 3)

    @pytest.mark.usefixtures("hasty")
    def test_one_that_is_used_stays_and_one_that_is_not_ends(self) -> None:
        application = Application()

        async def scene(*streams: Any) -> None:
            await ask(streams, GET)
            for _ in range(8):
                await asyncio.sleep(0.1)
                await ask(streams, GET)
            assert await streams[0].read() == b""

        play(application, scene)
        assert (len(application.asked), len(application.again)) == (1, 8)

    @pytest.mark.usefixtures("hasty")
    def test_one_of_which_nothing_new_was_ever_heard_ends_too(self) -> None:
        application, recent = Application(), Eager()

        async def scene(*streams: Any) -> None:
            await ask(streams, GET)
            assert await streams[0].read() == b""

        for _ in range(2):
            play(application, scene, recent=recent)
        assert (len(application.asked), len(application.again)) == (1, 1)

    def test_the_rest_of_a_head_is_waited_for_as_long_as_ever(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)

        async def scene(*streams: Any) -> None:
            for _ in range(2):
                await ask(streams, GET)
            streams[1].write(GET[:9])
            assert await streams[0].read() == b""

        play(Application(), scene)


class Line(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("192.0.2.2", 2)})
        self.sent = list[bytes]()
        self.open = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.open = False

    def is_closing(self) -> bool:
        return not self.open

    def pause_reading(self) -> None:
        """Go on: what was read ahead has to be kept in order as well."""

    def resume_reading(self) -> None:
        """Go on."""


PIECES = st.lists(
    st.sampled_from(
        [GET, OTHER, POST, GET[:7], GET[7:], GET * 2, POST + GET, GET + POST[:20], POST[20:],
         b"\r\n", LAST]
    ),
    max_size=9,
)  # fmt: skip


def line_of(application: Any, recent: Recent) -> tuple[Connection, Line]:
    config = Config(application, http=Connection, lifespan="off", log_config=None)
    config.load()
    connection, line = Connection(config, ServerState(), {}, recent=recent), Line()
    connection.connection_made(line)
    return connection, line


def test_a_peer_that_does_not_take_its_answers_gets_no_more_of_them() -> None:
    application = Application()

    async def run() -> None:
        connection, line = line_of(application, Eager())
        for _ in range(2):
            connection.data_received(GET)
            await asyncio.sleep(0.01)
        connection.pause_writing()
        connection.data_received(GET)
        await asyncio.sleep(0.01)
        assert (len(line.sent), application.again) == (2, ["/page"])
        connection.resume_writing()
        await asyncio.sleep(0.01)
        assert len(application.asked) == 2
        assert b"".join(line.sent).count(b"HTTP/1.1 200 OK") == 3

    asyncio.run(run())


@settings(max_examples=200, deadline=None)
@given(pieces=PIECES, turns=st.integers(0, 3))
def test_the_wire_is_the_same_with_and_without_it(pieces: list[bytes], turns: int) -> None:
    async def wire(recent: Recent) -> bytes:
        """Return all that comes back, with some turns of the loop from one piece to the next."""
        connection, line = line_of(Application(), recent)
        for piece in pieces:
            if line.open:
                connection.data_received(piece)
            for _ in range(turns):
                await asyncio.sleep(0)
        for _ in range(30):
            await asyncio.sleep(0)
        connection.connection_lost(None)
        return b"".join(line.sent)

    without = asyncio.run(wire(Recent(0)))
    assert [asyncio.run(wire(each)) for each in (Recent(), Eager())] == [without] * 2
