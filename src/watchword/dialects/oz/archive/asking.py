"""Asking an engine over HTTP, and taking from its answer no more than was asked for.

The standard library's client does: it follows no redirect, takes no proxy from the environment,
verifies certificates, and streams a body, so that one file at a time is in memory (decision 0220).
What it lacks is a bound on the whole of a call; `_hang_up` ends one that takes too long, however
slowly an engine drips its answer.
"""

import socket
import ssl
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from watchword.dialects.oz.engines import Engine, Verdict
from watchword.web.errors import BadFieldError, UnreadableBodyError
from watchword.web.fields import Fields, read_object

__all__ = ["Answer", "Attachment", "EngineError", "ask"]

LONGEST_ANSWER: Final = 65_536
CONNECT_SECONDS: Final = 10
OK: Final = 200


@dataclass(eq=False)
class EngineError(Exception):
    """The engine gave no verdict. ``reason`` says why, without a word of the engine's own."""

    reason: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of the question. ``content`` is read when it is about to be sent."""

    name: str
    content_type: str
    size: int
    content: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine found."""

    verdict: Verdict
    results: dict[str, object]


def ask(
    engine: Engine, boundary: str, parts: Sequence[Attachment], verdicts: frozenset[Verdict]
) -> Answer:
    """Ask an engine; its verdict is one of these. Raises `EngineError`.

    ``boundary`` must be such that no part holds it.
    """
    try:
        with _called(engine) as connection:
            return _read(_exchange(connection, engine, boundary, parts), verdicts)
    except TimeoutError as error:
        raise EngineError("the engine did not answer in time") from error
    except ssl.SSLError as error:
        raise EngineError("the engine could not be trusted") from error
    except (OSError, HTTPException) as error:
        raise EngineError("the engine could not be reached") from error


@contextmanager
def _called(engine: Engine) -> Generator[HTTPConnection]:
    """Connect, and see to it that the call has an end. Raises ``TimeoutError`` if it had to."""
    connection = _connection(engine, urlsplit(engine.url))
    late = threading.Event()
    try:
        connection.connect()
        connection.sock.settimeout(engine.timeout_seconds)
        timer = threading.Timer(engine.timeout_seconds, _hang_up, (connection.sock, late))
        timer.daemon = True
        timer.start()
        try:
            yield connection
        except (OSError, HTTPException, EngineError) as error:
            if late.is_set():
                raise TimeoutError from error
            raise
        finally:
            timer.cancel()
    finally:
        connection.close()


def _hang_up(connected: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _connection(engine: Engine, url: SplitResult) -> HTTPConnection:
    host, timeout = url.hostname or "", min(engine.timeout_seconds, CONNECT_SECONDS)
    if url.scheme == "http":
        return HTTPConnection(host, url.port, timeout=timeout)
    context = ssl.create_default_context(cafile=engine.ca_file or None)
    return HTTPSConnection(host, url.port, timeout=timeout, context=context)


def _exchange(
    connection: HTTPConnection, engine: Engine, boundary: str, parts: Sequence[Attachment]
) -> bytes:
    url = urlsplit(engine.url)
    heads = [_head(boundary, part) for part in parts]
    end = f"--{boundary}--\r\n".encode()
    length = sum(len(head) + part.size + 2 for head, part in zip(heads, parts, strict=True))
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(length + len(end)),
        "Accept": "application/json",
        "Connection": "close",
        **_credentials(engine),
    }
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request("POST", target, _stream(heads, parts, end), headers)
    # Closed here: a reply after which the connection is not kept is nobody else's to close.
    with connection.getresponse() as reply:
        return _take(reply)


def _take(reply: HTTPResponse) -> bytes:
    """Return the body of an engine's answer. Raises `EngineError`."""
    if reply.status != OK:
        raise EngineError(f"the engine answered with status {reply.status}")
    body = reply.read(LONGEST_ANSWER + 1)
    if len(body) > LONGEST_ANSWER:
        raise EngineError("the engine's answer is too long")
    if reply.length:
        raise EngineError("the engine's answer ends too early")
    return body


def _credentials(engine: Engine) -> dict[str, str]:
    if not engine.token_file:
        return {}
    try:
        line = Path(engine.token_file).read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, ValueError) as error:
        raise EngineError("the file with the engine's token cannot be read") from error
    if not line.isprintable():
        raise EngineError("the file with the engine's token holds no token")
    return {"Authorization": f"Bearer {line}"}


def _head(boundary: str, part: Attachment) -> bytes:
    return (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{part.name}"; filename="{part.name}"\r\n'
        f"Content-Type: {part.content_type}\r\n\r\n"
    ).encode()


def _stream(heads: Sequence[bytes], parts: Sequence[Attachment], end: bytes) -> Generator[bytes]:
    for head, part in zip(heads, parts, strict=True):
        yield head
        yield from part.content
        yield b"\r\n"
    yield end


def _read(body: bytes, verdicts: frozenset[Verdict]) -> Answer:
    """Read ``{"resolution": …, "results": {…}}``. Raises `EngineError`."""
    try:
        fields = read_object(body)
        resolution = fields.text("resolution")
        results = _results(fields)
    except (UnreadableBodyError, BadFieldError) as error:
        raise EngineError("the engine's answer cannot be read") from error
    found = next((verdict for verdict in verdicts if verdict == resolution), None)
    if found is None:
        raise EngineError("the engine's answer is no verdict")
    return Answer(found, results)


def _results(fields: Fields) -> dict[str, object]:
    return dict(fields.nested("results").values) if "results" in fields.values else {}
