"""What was asked of a worker lately, and what answers it again (`watchword.web.repeating`)."""

import mmap
from collections import OrderedDict
from hashlib import sha256
from typing import Final, TypeAlias

from watchword.web.repeating import Again

__all__ = ["LONGEST", "MARKS", "Name", "Recent", "name_of"]

LONGEST: Final = 2_048
"""Bytes of a request that is kept in mind."""
ENTRIES: Final = 1_024
MARKS: Final = 32_768
"""Many, so that of some hundreds that come again few share a place, and lose it to one another."""
WORD: Final = 8

Name: TypeAlias = tuple[bytes, str, str | None]


def name_of(data: bytes, address: str, scheme: str | None) -> Name | None:
    """Return what a request is kept under; None for one that never is."""
    if len(data) > LONGEST or not data.startswith(b"GET "):
        return None
    return sha256(data).digest(), address, scheme


class Recent:
    """Requests by a digest of their bytes, by who sent them, and how. Used from one event loop.

    Of one that comes for the first time, and may never come again, only a mark is left, in the
    place of another: to keep more would cost all such requests a quarter of their time. One that is
    kept needs no mark any more, so none that takes its place matters.
    """

    def __init__(self, entries: int = ENTRIES) -> None:
        """Start with none; beyond ``entries`` the oldest goes."""
        self._entries = entries
        self._kept: OrderedDict[Name, Again] = OrderedDict()
        # Pages that nothing was written to cost no memory.
        table = mmap.mmap(-1, WORD * MARKS, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._marks = memoryview(table).cast("q")

    def find(self, name: Name) -> Again | None:
        """Return what answers a request, if it is kept."""
        return self._kept.get(name)

    def came_before(self, data: bytes) -> bool:
        """Say whether there is a mark of a request; there is from now on."""
        mark = hash(data)
        place = mark % MARKS
        found = self._marks[place] == mark
        self._marks[place] = mark
        return found

    def keep(self, name: Name, again: Again) -> None:
        """Keep what answers a request."""
        self._kept[name] = again
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)
