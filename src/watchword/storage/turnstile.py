"""A lock that lets threads through in the order in which they came."""

import threading
from collections import deque
from typing import Final

__all__ = ["Turnstile"]

NOBODY: Final = 0
SOMEBODY: Final = -1
"""The turn was given to a thread that has not woken up yet. No thread has such an identity."""


class Turnstile:
    """Lets one thread through at a time, first come, first served.

    `threading.Lock` makes no promise on order: under load one thread may wait while others pass it
    again and again.
    """

    def __init__(self) -> None:
        """Start with nobody inside."""
        self._guard: Final = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._inside = NOBODY

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._waiting)

    def acquire(self, timeout: float) -> bool:
        """Go through, or return False after ``timeout`` seconds of waiting.

        Raises ``RuntimeError`` for the thread that is inside already: it would wait for itself.
        """
        me = threading.get_ident()
        with self._guard:
            if self._inside == NOBODY:
                self._inside = me
                return True
            if self._inside == me:
                message = "a writing unit of work cannot be opened inside of another"
                raise RuntimeError(message)
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        if not turn.acquire(timeout=timeout) and not self._was_called(turn):
            return False
        self._inside = me
        return True

    def release(self) -> None:
        """Come out, and let the next one through."""
        with self._guard:
            if not self._call_next():
                self._inside = NOBODY

    def pass_on(self) -> bool:
        """Come out and let the next one through if somebody waits; else stay and return False."""
        with self._guard:
            return self._call_next()

    def _call_next(self) -> bool:
        if not self._waiting:
            return False
        self._inside = SOMEBODY
        self._waiting.popleft().release()
        return True

    def _was_called(self, turn: threading.Lock) -> bool:
        """Give up a place in the queue; True if the turn came in the very last moment."""
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return False
            return True
