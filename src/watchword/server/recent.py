"""What was asked of a worker lately, and what answers it again (`watchword.web.repeating`)."""

from collections import OrderedDict
from hashlib import sha256
from typing import Final, TypeAlias

from watchword.web.repeating import Again

__all__ = ["LONGEST", "Recent"]

LONGEST: Final = 2_048
"""Bytes of a request that is kept in mind."""
ENTRIES: Final = 1_024

Name: TypeAlias = tuple[bytes, str, str | None]


class Recent:
    """Requests by a digest of their bytes, by who sent them, and how. Used from one event loop."""

    def __init__(self, entries: int = ENTRIES) -> None:
        """Start with none; beyond ``entries`` the oldest goes."""
        self._entries = entries
        self._kept: OrderedDict[Name, Again] = OrderedDict()

    def find(self, data: bytes, address: str, scheme: str | None) -> Again | None:
        """Return what answers these bytes from this address, if they were seen lately."""
        return self._kept.get((sha256(data).digest(), address, scheme))

    def keep(self, data: bytes, address: str, scheme: str | None, again: Again) -> None:
        """Keep what answers these bytes from this address."""
        self._kept[sha256(data).digest(), address, scheme] = again
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)
