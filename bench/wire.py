"""HTTP/1.1 as far as one client needs it: requests as bytes, and where an answer ends."""

import base64
import re
from typing import Final

__all__ = ["AnswerError", "basic", "body_of", "is_complete", "request"]

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_STATUS: Final = slice(9, 10)


class AnswerError(Exception):
    """A server answered with anything but success: what it costs is not what was asked for."""


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", "Accept: */*"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header of HTTP Basic (RFC 7617)."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def is_complete(received: bytes) -> bool:
    """Say whether a whole answer is there. Raises `AnswerError` if it is no success."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    if head[_STATUS] != b"2":
        raise AnswerError(received.decode("latin-1"))
    length = _LENGTH.search(head)
    if length is not None:
        return len(body) >= int(length[1])
    return body.endswith(b"0\r\n\r\n") if _CHUNKED.search(head) else True


def body_of(received: bytes) -> bytes:
    """Return the body of a complete answer (chunks as they came)."""
    return received.partition(b"\r\n\r\n")[2]
