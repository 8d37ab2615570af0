"""Threads for work that blocks, each kind behind a bound of its own, and room for large bodies.

Logins wait for hashing; a storm of them must not keep a logout or a first look at a token waiting.
Neither must uploads, nor calls that wait for somebody else's server, nor faces: a clip takes a
second to be looked at, and anybody may send one.
"""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

from watchword.core.errors import OverloadedError

__all__ = ["ERRANDS", "SOON", "USUAL_CONNECTIONS", "Bounds", "Lanes", "Room", "ThreadLane"]

T = TypeVar("T")

SOON: Final = timedelta(seconds=2)
USUAL_ROOM: Final = 268_435_456
USUAL_CONNECTIONS: Final = 4_096
ERRANDS: Final = 4
"""How many jobs one process does at once: one that waits for another server holds up no other."""


class ThreadLane:
    """A few threads, and a bounded queue in front of them. Used from one event loop."""

    def __init__(self, name: str, threads: int, queue: int) -> None:
        """Make a lane; threads start with the first work."""
        self._executor = ThreadPoolExecutor(threads, name)
        self._places = threads + queue

    async def run(self, work: Callable[[], T]) -> T:
        """Run one piece of work. Raises `OverloadedError` if the queue is full."""
        if self._places <= 0:
            raise OverloadedError(SOON)
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, work)
        finally:
            self._places += 1

    def close(self) -> None:
        """Wait for running work and stop the threads."""
        self._executor.shutdown()

    def abandon(self) -> None:
        """Take no more work, and leave what is running to itself: the process is about to end."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class Room:
    """Memory that the large bodies of one process share. Used from one event loop."""

    def __init__(self, size: int = USUAL_ROOM) -> None:
        """Start with all of it free; ``size`` is in bytes."""
        self._size = size
        self._free = size

    @contextmanager
    def taken(self, size: int) -> Generator[None]:
        """Hold that much. Raises `OverloadedError` if it is not free.

        One that is larger than all there is is let in alone, or it would never be.
        """
        if size > self._free < self._size:
            raise OverloadedError(SOON)
        self._free -= size
        try:
            yield
        finally:
            self._free += size


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much there may be of what clients keep open, in one process.

    Those that have not shown a token yet have few places, so that strangers keep nobody else out.
    """

    connections: int = USUAL_CONNECTIONS
    strangers: int = 256
    of_session: int = 16
    frames: int = 60
    """Frames of one connection between two pings."""
    opening_seconds: float = 10.0
    """How long the first frame may be in coming."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of one process, its room for large bodies, and its places for who stays."""

    store: ThreadLane
    login: ThreadLane
    bulk: ThreadLane = field(default_factory=lambda: ThreadLane("bulk", 4, 64))
    room: Room = field(default_factory=Room)
    errands: ThreadLane = field(default_factory=lambda: ThreadLane("errands", ERRANDS, 0))
    live: Bounds = field(default_factory=Bounds)
    faces: ThreadLane = field(default_factory=lambda: ThreadLane("faces", 1, 16))

    def close(self) -> None:
        """Stop them all, but wait for nothing that may be waiting for somebody else's server.

        What is cut off there was not answered yet, or is a job that will be done again.
        """
        self.errands.abandon()
        self.faces.abandon()
        self.bulk.abandon()
        self.login.close()
        self.store.close()
