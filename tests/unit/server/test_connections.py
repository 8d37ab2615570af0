"""The head of a request has an end, in bytes and in time."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from watchword.server import connections
from watchword.server.connections import LONGEST_HEAD, Connection

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]

REQUEST = b"POST /path HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nbody"
PATIENCE = 10.0
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


@asynccontextmanager
async def connected() -> AsyncGenerator[Streams]:
    config = Config(application, http=Connection, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()


def play(scene: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]) -> bytes:
    """Return what a client is told that does as the scene has it."""

    async def run() -> bytes:
        async with asyncio.timeout(PATIENCE), connected() as (reader, writer):
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
