"""The live channel: what is in its frames (wire contract FindFace 3.5)."""

from datetime import datetime
from typing import Final, Literal, TypeVar

import msgspec

from watchword.dialects.findface.translate import to_date
from watchword.web.errors import UnreadableBodyError
from watchword.web.feeds import Feed

__all__ = ["FEEDS"]

T = TypeVar("T")


class Shown(msgspec.Struct, frozen=True):
    """What a client shows first; the groups of messages that it wants beside mean nothing here."""

    token: str


class Opening(msgspec.Struct, frozen=True):
    """A client's first frame. *Documented*."""

    type: Literal["auth"]
    data: Shown


class Frame(msgspec.Struct, frozen=True):
    """Any frame: *documented* is that all of them tell their type."""

    type: str


def read_token(text: str) -> str:
    """Return the token of a first frame. Raises `UnreadableBodyError`."""
    return _decode(text, Opening).data.token


def is_pong(text: str) -> bool:
    """Say whether a frame answers a ping. Raises `UnreadableBodyError`.

    The client repeats what the ping held; *chosen*: nobody compares it, since an answer in time
    says all there is to know.
    """
    return _decode(text, Frame).type == "pong"


def write_ping(now: datetime) -> str:
    """Return a ping. *Documented*: an object that comes back; *chosen*: what is in it."""
    return msgspec.json.encode({"type": "ping", "data": {"ping_date": to_date(now)}}).decode()


def _decode(text: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableBodyError from error


# *Chosen* (wire contract FindFace 3.5): a ping every 15 s, and who owes an answer for 60 s is gone.
FEEDS: Final = (
    Feed("/events/", read_token, is_pong, write_ping, ended='{"type":"token_invalid"}'),
)
