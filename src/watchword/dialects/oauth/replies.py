"""Answers of this door: JSON that nobody may keep (RFC 6749 section 5.1)."""

from typing import Final

import msgspec

from watchword.web.messages import Headers, Reply

__all__ = ["EMPTY", "json_reply", "raw_reply"]

NO_STORE: Final[Headers] = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
HEADERS: Final[Headers] = ((b"content-type", b"application/json"), *NO_STORE)

EMPTY: Final = Reply(200, headers=NO_STORE)


def json_reply(status: int, body: object, *more: tuple[bytes, bytes]) -> Reply:
    """Return an answer with a body."""
    return Reply(status, msgspec.json.encode(body), (*HEADERS, *more))


def raw_reply(status: int, body: bytes) -> Reply:
    """Return an answer with a body that is JSON already."""
    return Reply(status, body, HEADERS)
