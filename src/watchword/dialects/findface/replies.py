"""Answers as this vendor's server writes them: compact JSON that nobody may keep."""

from typing import Final

import msgspec

from watchword.web.messages import Headers, Reply

__all__ = ["NO_CONTENT", "json_reply"]

# *Inferred* (wire contract FindFace, source 17): the framework names no character set. *Chosen*:
# ``no-store`` on everything, since all of it depends on who asks.
HEADERS: Final[Headers] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
)

NO_CONTENT: Final = Reply(204, headers=((b"cache-control", b"no-store"),))


def json_reply(status: int, body: object, *more: tuple[bytes, bytes]) -> Reply:
    """Return an answer with a body."""
    return Reply(status, msgspec.json.encode(body), (*HEADERS, *more))
