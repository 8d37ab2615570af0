"""Tables of stamps: how a revocation reaches every process of this host before it is answered.

`watchword.core.revocation` has the protocol. What it needs of this file:

1. A renewed slot holds a number that it never held before: 64 fresh random bits, never 0.
2. Slot 0 is renewed, for all to see, before the slots that are meant.
3. Each slot is written as one machine word, so nobody can read half of a number
   (`watchword.storage.shared_file`).

Rule 2 across processes: x86 lets others see the stores of one core in their order, ARM does not;
so a lock is taken and given back between the two steps, which is a barrier on every platform.
"""

import os
import secrets
import threading
from array import array
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from watchword.core.errors import StorageUnavailableError
from watchword.core.revocation import CHANGES, SLOTS
from watchword.storage.shared_file import map_words

__all__ = ["LocalStamps", "SharedStamps"]

SLOT_BYTES: Final = 8


class LocalStamps:
    """A table that this process alone can see: for tests, and for a server of one process."""

    def __init__(self) -> None:
        """Start with random numbers."""
        self._table = _random_numbers(SLOTS)

    @property
    def table(self) -> Sequence[int]:
        """The live table."""
        return self._table

    @property
    def trusted(self) -> Callable[[], bool] | None:
        """None: nobody else changes anything unseen."""
        return None

    def await_others(self, serial: int) -> None:
        """Return: there are no others."""

    def renew(self, slots: Collection[int]) -> None:
        """Give slot 0, then each of these slots, a new number."""
        for slot in (CHANGES, *slots):
            self._table[slot] = _fresh()

    def close(self) -> None:
        """Nothing is held open."""


class SharedStamps:
    """A table in a file that all processes of this host have mapped into their memory.

    Every worker must be given the same path, on a local file system. A file that was there before
    the server started is as good as a new one.
    """

    def __init__(self, path: Path) -> None:
        """Map the file at ``path``; the first process to come makes it.

        Raises ``ValueError`` for a file that is no table of stamps or that others may change, and
        ``OSError`` where no file can be made or mapped.
        """
        self._path = path
        self._map, self._identity = map_words(path, SLOTS, lambda: _random_numbers(SLOTS))
        self._table = memoryview(self._map).cast("Q")
        self._barrier = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the file at ``path`` in a directory that is made if it is not there.

        Raises ``ValueError``, too, if the directory is not this user's alone.
        """
        folder = path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # In a directory for everybody's files, somebody else may have been there first.
        if folder.stat().st_uid not in {0, os.getuid()}:
            raise ValueError(f"{folder} belongs to another user")
        return cls(path)

    @property
    def table(self) -> Sequence[int]:
        """The live table."""
        return self._table

    @property
    def trusted(self) -> Callable[[], bool] | None:
        """None: nobody else changes anything unseen."""
        return None

    def await_others(self, serial: int) -> None:
        """Return: there are no others."""

    def renew(self, slots: Collection[int]) -> None:
        """Give slot 0, then each of these slots, a new number.

        Raises `StorageUnavailableError` if somebody took the file away: others who look for it
        would not see the new numbers, so nothing may be answered that relies on them.
        """
        if not self.is_shared():
            raise StorageUnavailableError
        self._table[CHANGES] = _fresh()
        with self._barrier:
            pass
        for slot in slots:
            self._table[slot] = _fresh()

    def is_shared(self) -> bool:
        """Say whether a process that looks for the table now finds this one."""
        with suppress(OSError):
            found = self._path.stat()
            return (found.st_dev, found.st_ino) == self._identity
        return False

    def close(self) -> None:
        """Let go of the file."""
        self._table.release()
        self._map.close()


def _fresh() -> int:
    return int.from_bytes(secrets.token_bytes(SLOT_BYTES), "big") or 1


def _random_numbers(count: int) -> list[int]:
    return [number or 1 for number in array("Q", secrets.token_bytes(count * SLOT_BYTES))]
