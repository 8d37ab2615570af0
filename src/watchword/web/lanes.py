"""Threads for work that blocks, each kind behind a bound of its own.

Logins wait for hashing; a storm of them must not keep a logout or a first look at a token waiting.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from watchword.core.errors import OverloadedError

__all__ = ["Lanes", "ThreadLane"]

T = TypeVar("T")


class ThreadLane:
    """A few threads, and a bounded queue in front of them. Used from one event loop."""

    def __init__(self, name: str, threads: int, queue: int) -> None:
        """Make a lane; threads start with the first work."""
        self._executor = ThreadPoolExecutor(threads, name)
        self._places = threads + queue

    async def run(self, work: Callable[[], T]) -> T:
        """Run one piece of work. Raises `OverloadedError` if the queue is full."""
        if self._places <= 0:
            raise OverloadedError(timedelta(seconds=2))
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._places += 1

    def close(self) -> None:
        """Wait for running work and stop the threads."""
        self._executor.shutdown()


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of one process."""

    store: ThreadLane
    login: ThreadLane

    def close(self) -> None:
        """Stop both."""
        self.login.close()
        self.store.close()
