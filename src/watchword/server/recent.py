"""What was asked of a worker lately, and what answers it again (`watchword.web.repeating`)."""

from array import array
from collections import OrderedDict
from hashlib import sha256
from typing import Final, TypeAlias

from watchword.web.repeating import Again

__all__ = ["LONGEST", "MARKS", "Name", "Recent"]

LONGEST: Final = 2_048
"""Bytes of a request that is kept in mind."""
ENTRIES: Final = 1_024
MARKS: Final = 4_096
WORD: Final = 8

Name: TypeAlias = tuple[bytes, str, str | None]


class Recent:
    """Requests by a digest of their bytes, by who sent them, and how. Used from one event loop.

    Of one that comes for the first time, and may never come again, only a mark is left, in the
    place of another: to keep more would cost all such requests a quarter of their time.
    """

    def __init__(self, entries: int = ENTRIES) -> None:
        """Start with none; beyond ``entries`` the oldest goes."""
        self._entries = entries
        self._kept: OrderedDict[Name, Again] = OrderedDict()
        self._marks = array("q", bytes(WORD * MARKS))

    def recognise(self, data: bytes, address: str, scheme: str | None) -> Name | None:
        """Return what a request is kept under.

        None if it never is, or if there is no mark of it, which there is from now on.
        """
        if len(data) > LONGEST or not data.startswith(b"GET "):
            return None
        mark = hash(data)
        place = mark % MARKS
        if self._marks[place] != mark:
            self._marks[place] = mark
            return None
        return sha256(data).digest(), address, scheme

    def find(self, name: Name) -> Again | None:
        """Return what answers a request, if it is kept."""
        return self._kept.get(name)

    def keep(self, name: Name, again: Again) -> None:
        """Keep what answers a request."""
        self._kept[name] = again
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)
