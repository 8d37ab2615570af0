"""How the processes of a host take turns at writing to one SQLite file.

SQLite gives its write lock to whoever happens to ask while it is free. A process that commits and
begins again in a row leaves the others a gap of microseconds, and they ask more and more seldom:
with two processes one came through four times as often as the other, which waited for more than a
second at worst.

So a writer first becomes *the next one*: a lock on a file of its own, which the system takes away
from a process that dies. Only the next one asks SQLite, again and again at short intervals, and it
is next until it is in. Who has just been in has to become the next one again, behind it.

Nothing relies on this for being right. Where it fails there is still SQLite's own lock.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

__all__ = ["QueueingConnection"]

OWNER_ONLY: Final = 0o600
PRIMARY_CODE: Final = 0xFF
NEXT_SECONDS: Final = 0.0005
IN_SECONDS: Final = 0.0002
"""Shorter: there is one who asks, and a unit of work is over in less than a millisecond."""


class QueueingConnection(sqlite3.Connection):
    """A connection for writing that takes its turn among all processes of this host."""

    _queue = -1

    def queue_at(self, path: Path) -> None:
        """Open the file that marks the next one. Raises ``OSError``."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._queue = os.open(path, flags, OWNER_ONLY)
        # We ask at our own intervals.
        self.execute("PRAGMA busy_timeout = 0")

    def begin_in_turn(self, seconds: float) -> None:
        """Begin as the writer. Raises ``TimeoutError`` when the turn does not come in time."""
        until = time.monotonic() + seconds
        _insist(self._become_next, NEXT_SECONDS, until)
        try:
            _insist(self._begin, IN_SECONDS, until)
        finally:
            fcntl.flock(self._queue, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the connection, and leave the queue."""
        super().close()
        with suppress(OSError):
            os.close(self._queue)
        self._queue = -1

    def _become_next(self) -> bool:
        try:
            fcntl.flock(self._queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _begin(self) -> bool:
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True


def _insist(step: Callable[[], bool], interval: float, until: float) -> None:
    while not step():
        if time.monotonic() > until:
            raise TimeoutError
        # SQLite tells nobody when its lock is free.
        time.sleep(interval)
