"""Asking somebody who may never answer, for no longer than there is time."""

import queue
import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from watchword.core.errors import StorageUnavailableError

__all__ = ["Lookout"]

T = TypeVar("T")


class Lookout(Generic[T]):
    """One thread that looks, one look at a time, for whoever asks. Safe to use from many threads.

    A connection to a server that has stopped without a word may hang for longer than a caller can
    wait; then it hangs here. The thread is begun with the first question: not before a fork.
    """

    def __init__(self, look: Callable[[], T]) -> None:
        """Look with this; it may raise `StorageUnavailableError`."""
        self._look: Final = look
        self._asked: queue.SimpleQueue[queue.SimpleQueue[T | None]] = queue.SimpleQueue()
        self._beginning: Final = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, seconds: float) -> T | None:
        """Return what a look that begins now finds; None if it fails or takes too long."""
        self._begin()
        answer: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._asked.put(answer)
        try:
            return answer.get(timeout=max(seconds, 0))
        except queue.Empty:
            return None

    def _begin(self) -> None:
        with self._beginning:
            if self._thread is None:
                # A daemon: a look that hangs must not keep a command from ending.
                self._thread = threading.Thread(target=self._work, name="lookout", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            answers = [self._asked.get()]
            # Whoever asked before this look begins is served by it.
            while not self._asked.empty():
                answers.append(self._asked.get())
            try:
                found = self._look()
            except StorageUnavailableError:
                found = None
            for answer in answers:
                answer.put(found)
