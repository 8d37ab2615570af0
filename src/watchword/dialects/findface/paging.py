"""Pages of lists: what a cursor holds, and which cursors go with a page.

A cursor is opaque to clients (*documented*, wire contract FindFace 1.1). It says behind which place
a page begins and in which direction it goes; a page that goes back is turned round before it is
shown.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

import msgspec

from watchword.dialects.findface.asking import Asked
from watchword.web.errors import BadFieldError, FieldFault

__all__ = ["Cursor", "CursorList", "Offsets", "PlainList", "Turned", "read_cursor", "turn"]

T = TypeVar("T")

LONGEST_CURSOR: Final = 2_000
FURTHEST: Final = 2**62


class CursorList(msgspec.Struct, Generic[T], frozen=True):
    """A page with its neighbours."""

    next_page: str | None
    prev_page: str | None
    results: Sequence[T]


class PlainList(msgspec.Struct, Generic[T], frozen=True):
    """A list that is shown whole, or its beginning."""

    results: Sequence[T]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Behind which place a page begins; ``back`` is against the order of the list."""

    place: tuple[object, ...]
    back: bool = False

    def written(self) -> str:
        """Return the cursor as clients see it."""
        raw = msgspec.json.encode([self.back, *self.place])
        return urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Turned(Generic[T]):
    """A page in the order of its list, with the cursors of its neighbours."""

    items: Sequence[T]
    following: str | None
    previous: str | None

    def showing(self, results: Sequence[object]) -> CursorList[object]:
        """Return the page as clients see it."""
        return CursorList(self.following, self.previous, results)


def read_cursor(asked: Asked) -> Cursor | None:
    """Return the cursor of a query. Raises `BadFieldError`."""
    written = asked.text("page")
    if written is None:
        return None
    try:
        # A longer one than ours breaks off, and is none.
        kept = written[:LONGEST_CURSOR]
        raw = urlsafe_b64decode(kept.encode("ascii") + b"=" * (-len(kept) % 4))
        back, *place = cast("list[object]", msgspec.json.decode(raw, type=list))
    except (ValueError, msgspec.DecodeError, binascii.Error) as error:
        raise BadFieldError("page", FieldFault.BAD_VALUE, "choice", written) from error
    return Cursor(tuple(place), back is True)


def turn(
    found: Sequence[T], places: Sequence[tuple[object, ...]], limit: int, cursor: Cursor | None
) -> Turned[T]:
    """Make a page of what was found in the direction of a cursor, one more than a page holds.

    ``places`` are those of what was found.
    """
    more = len(found) > limit
    items, kept = list(found[:limit]), list(places[:limit])
    back = cursor is not None and cursor.back
    if back:
        items.reverse()
        kept.reverse()
    beyond = more or back
    before = more if back else cursor is not None
    return Turned(
        items,
        Cursor(kept[-1]).written() if kept and beyond else None,
        Cursor(kept[0], back=True).written() if kept and before else None,
    )


@dataclass(frozen=True, slots=True)
class Offsets:
    """Pages of a list whose places are numbers from its beginning."""

    start: int
    limit: int

    @classmethod
    def read(cls, asked: Asked) -> "Offsets":
        """Return which page a query asks for. Raises `BadFieldError`."""
        cursor = read_cursor(asked)
        if cursor is None:
            return cls(0, asked.limit())
        match cursor.place:
            case (int(start),) if not isinstance(start, bool) and 0 <= start < FURTHEST:
                return cls(start, asked.limit())
            case _:
                raise BadFieldError("page", FieldFault.BAD_VALUE, "choice", cursor.written())

    def turn(self, found: Sequence[T]) -> Turned[T]:
        """Make a page of what was found from `start` on, one more than a page holds."""
        beyond, before = len(found) > self.limit, self.start > 0
        earlier = max(0, self.start - self.limit)
        return Turned(
            found[: self.limit],
            Cursor((self.start + self.limit,)).written() if beyond else None,
            Cursor((earlier,)).written() if before else None,
        )
