"""The reference meter: a mark for each key, exactly, in this process alone."""

import threading
import time
from collections.abc import Callable

from watchword.core.rates import Rate, move, push

__all__ = ["MemoryMeter"]


class MemoryMeter:
    """Marks in a dictionary; those that have passed are forgotten as it grows."""

    def __init__(self, ticks: Callable[[], int] = time.monotonic_ns) -> None:
        """Start without marks."""
        self.ticks = ticks
        self._marks: dict[bytes, int] = {}
        self._most = 1_024
        self._lock = threading.Lock()

    def take(self, key: bytes, rate: Rate, count: int = 1) -> int:
        """Let so many through and return 0, or let none through and return how long to wait."""
        with self._lock:
            now = self.ticks()
            moved, wait = move(self._marks.get(key, now), rate, now, count)
            if not wait:
                self._put(key, moved, now)
            return wait

    def keep_up(self, *, leading: bool) -> None:
        """Do nothing: there is nobody to talk to."""

    def charge(self, key: bytes, rate: Rate, count: int) -> None:
        """Count what was let through elsewhere: it cannot be refused any more."""
        with self._lock:
            now = self.ticks()
            self._put(key, push(self._marks.get(key, now), rate, now, count), now)

    def _put(self, key: bytes, mark: int, now: int) -> None:
        self._marks[key] = mark
        if len(self._marks) > self._most:
            self._marks = {each: at for each, at in self._marks.items() if at > now}
            self._most = max(1_024, 2 * len(self._marks))
