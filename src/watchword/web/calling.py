"""Calling somebody else's server over HTTP: an engine that judges, a listener that is told.

The standard library's client does: it follows no redirect, takes no proxy from the environment,
verifies certificates, and streams a body, so that one file at a time is in memory (decision 0220).
What it lacks is a bound on the whole of a call; `_hang_up` ends one that takes too long, however
slowly the other side drips its certificate or its answer. No word of the other side's is ever
repeated.
"""

import socket
import ssl
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import SplitResult, urlsplit

__all__ = [
    "Attachment",
    "CallError",
    "Target",
    "check_url",
    "is_encrypted",
    "post",
    "post_form",
]

LONGEST_ANSWER: Final = 65_536
CONNECT_SECONDS: Final = 10
OK: Final = range(200, 201)
LOOPBACK: Final = frozenset({"localhost"})


@dataclass(eq=False)
class CallError(Exception):
    """The call came to nothing. ``reason`` says why, without a word of the other side's own."""

    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to call and how.

    ``name`` is what a reason calls it. A call ends after ``timeout_seconds``, however far it has
    come. ``ca_file`` are the certificates to trust in place of the system's; the first line of
    ``token_file`` is sent as a bearer token. An answer must have one of the ``good`` statuses.
    """

    url: str
    timeout_seconds: int
    name: str
    ca_file: str = ""
    token_file: str = ""
    longest_answer: int = LONGEST_ANSWER
    good: range = OK


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a form. ``content`` is read when it is about to be sent."""

    name: str
    content_type: str
    size: int
    content: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A body on its way out."""

    content_type: str
    length: int
    chunks: Iterable[bytes]


def post(target: Target, content_type: str, body: bytes) -> bytes:
    """Send a body and return that of the answer. Raises `CallError`."""
    return _call(target, _Outgoing(content_type, len(body), (body,)))


def post_form(target: Target, boundary: str, parts: Sequence[Attachment]) -> bytes:
    """Send a form as `post` does a body. ``boundary`` must be such that no part holds it."""
    heads = [_head(boundary, part) for part in parts]
    end = f"--{boundary}--\r\n".encode()
    length = sum(len(head) + part.size + 2 for head, part in zip(heads, parts, strict=True))
    content_type = f"multipart/form-data; boundary={boundary}"
    return _call(target, _Outgoing(content_type, length + len(end), _stream(heads, parts, end)))


def check_url(url: str) -> None:
    """Raise ``ValueError`` for what cannot be called as it stands."""
    found = urlsplit(url)
    _ = found.port  # raises ValueError for one that is no port
    if found.scheme not in {"http", "https"} or not found.hostname:
        raise ValueError("expected the url to begin with http://HOST or https://HOST")
    if found.username is not None or found.password is not None or found.fragment:
        raise ValueError("expected a url without a user, a password or a fragment")
    if not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("expected a url of printable ASCII without spaces")


def is_encrypted(url: str) -> bool:
    """Say whether nobody between here and there can read what is sent."""
    found = urlsplit(url)
    return found.scheme == "https" or _is_loopback(found.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK


def _call(target: Target, outgoing: _Outgoing) -> bytes:
    try:
        with _called(target) as connection:
            return _exchange(connection, target, outgoing)
    except TimeoutError as error:
        raise CallError(f"{target.name} did not answer in time") from error
    except ssl.SSLError as error:
        raise CallError(f"{target.name} could not be trusted") from error
    except (OSError, HTTPException) as error:
        raise CallError(f"{target.name} could not be reached") from error


@contextmanager
def _called(target: Target) -> Generator[HTTPConnection]:
    """Connect, and see to it that the call has an end. Raises ``TimeoutError`` if it had to."""
    url = urlsplit(target.url)
    context = _context(target) if url.scheme == "https" else None
    connection = _connection(target, url, context)
    late = threading.Event()
    try:
        left = _connect(connection, target.timeout_seconds)
        try:
            with _hung_up_after(left, connection.sock, late):
                if context is not None:
                    secured = context.wrap_socket(connection.sock, server_hostname=connection.host)
                    connection.sock = secured
                yield connection
        except (OSError, HTTPException, CallError) as error:
            if late.is_set():
                raise TimeoutError from error
            raise
        if late.is_set():  # what was read until then ends where the call did
            raise TimeoutError
    finally:
        connection.close()


def _connect(connection: HTTPConnection, seconds: int) -> float:
    """Connect, and return how many of the seconds are left. Raises ``TimeoutError`` if none are."""
    began = monotonic()
    # TLS follows under the eyes of a timer; the subclass's own would be looked at by nobody.
    HTTPConnection.connect(connection)
    left = seconds - (monotonic() - began)
    if left <= 0:
        raise TimeoutError
    return left


@contextmanager
def _hung_up_after(
    seconds: float, connected: socket.socket, late: threading.Event
) -> Generator[None]:
    """Hang up when the time is over, whatever was laid over the socket by then."""
    connected.settimeout(seconds)
    with connected.dup() as line:
        timer = threading.Timer(seconds, _hang_up, (line, late))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _hang_up(connected: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _context(target: Target) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=target.ca_file or None)


def _connection(target: Target, url: SplitResult, context: ssl.SSLContext | None) -> HTTPConnection:
    host, timeout = url.hostname or "", min(target.timeout_seconds, CONNECT_SECONDS)
    if context is None:
        return HTTPConnection(host, url.port, timeout=timeout)
    return HTTPSConnection(host, url.port, timeout=timeout, context=context)


def _exchange(connection: HTTPConnection, target: Target, outgoing: _Outgoing) -> bytes:
    url = urlsplit(target.url)
    headers = {
        "Content-Type": outgoing.content_type,
        "Content-Length": str(outgoing.length),
        "Accept": "application/json",
        "Connection": "close",
        **_credentials(target),
    }
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request("POST", path, outgoing.chunks, headers)
    # Closed here: a reply after which the connection is not kept is nobody else's to close.
    with connection.getresponse() as reply:
        return _take(target, reply)


def _take(target: Target, reply: HTTPResponse) -> bytes:
    if reply.status not in target.good:
        raise CallError(f"{target.name} answered with status {reply.status}")
    body = reply.read(target.longest_answer + 1)
    if len(body) > target.longest_answer:
        raise CallError(f"{target.name}'s answer is too long")
    if reply.length:
        raise CallError(f"{target.name}'s answer ends too early")
    return body


def _credentials(target: Target) -> dict[str, str]:
    if not target.token_file:
        return {}
    try:
        line = Path(target.token_file).read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, ValueError) as error:
        raise CallError(f"the file with {target.name}'s token cannot be read") from error
    if not line.isprintable():
        raise CallError(f"the file with {target.name}'s token holds no token")
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
