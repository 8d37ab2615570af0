"""Sending an answer that is here as a whole: in one piece where the server takes it so (0154)."""

from collections.abc import Callable
from typing import Final, TypeAlias, cast

from starlette.types import Scope, Send

from watchword.web.messages import Headers, Reply

__all__ = ["AT_ONCE", "AtOnce", "headers_of", "send_whole"]

NO_CONTENT: Final = 204

AT_ONCE: Final = "watchword.at-once"
"""An extension of ASGI, offered by our server's connections."""

AtOnce: TypeAlias = Callable[[int, Headers, bytes], bool]
"""Takes status, headers and body; says whether it took them, or wants them sent as usual."""


def headers_of(reply: Reply) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer, with the length of its body."""
    headers = list(reply.headers)
    if reply.status != NO_CONTENT:  # RFC 9110 section 8.6: a 204 must not carry the header
        headers.append((b"content-length", b"%d" % len(reply.body)))
    return headers


async def send_whole(
    scope: Scope, send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Send an answer; the answer to a ``HEAD`` goes without its body."""
    sent = b"" if scope["method"] == "HEAD" else body
    extensions = scope.get("extensions")
    at_once = cast("AtOnce | None", extensions.get(AT_ONCE)) if extensions else None
    if at_once is None or not at_once(status, headers, sent):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sent})
