"""Answers in this vendor's two accents: Katana's at the token endpoint, Web API's elsewhere."""

from typing import Final

import msgspec

from watchword.web.messages import Headers, Reply

__all__ = ["NO_CACHE", "api_reply", "raw_api_reply", "token_reply"]

# *Inferred* from Katana (wire contract IDscan 1.2), but for ``no-store``, which is *chosen*: what
# holds a token or tells of one is kept nowhere on its way. ASP.NET sends the same three elsewhere.
NO_CACHE: Final[Headers] = (
    (b"cache-control", b"no-cache, no-store"),
    (b"pragma", b"no-cache"),
    (b"expires", b"-1"),
)
# *Inferred* from Katana: no space after the semicolon.
TOKEN_HEADERS: Final[Headers] = ((b"content-type", b"application/json;charset=UTF-8"), *NO_CACHE)
API_HEADERS: Final[Headers] = ((b"content-type", b"application/json; charset=utf-8"), *NO_CACHE)


def token_reply(status: int, body: object, *more: tuple[bytes, bytes]) -> Reply:
    """Return an answer of the token endpoint."""
    return Reply(status, msgspec.json.encode(body), (*TOKEN_HEADERS, *more))


def api_reply(status: int, body: object, *more: tuple[bytes, bytes]) -> Reply:
    """Return an answer of any other call."""
    return Reply(status, msgspec.json.encode(body), (*API_HEADERS, *more))


def raw_api_reply(status: int, body: bytes) -> Reply:
    """Return an answer of any other call, with a body that is JSON already."""
    return Reply(status, body, API_HEADERS)
