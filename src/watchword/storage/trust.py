"""The trust of a host that shares its database with others, as `watchword.core.nodes` means it.

A file beside the stamps. One process at a time, the follower, writes to it; the workers compare its
one time with the clock, at each token they know: no system call that enters the kernel, no lock.
"""

import fcntl
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Self, cast

from watchword.core.ports import NOBODY, Instant, Monotonic, NodeId
from watchword.storage.shared_file import WORD_BYTES, boot_of_host, map_words

__all__ = ["TrustFile", "host_clock"]

BOOT, NODE, UNTIL = range(3)
WORDS: Final = 3

# Beside CLOCK_MONOTONIC it goes on while the machine sleeps, and a machine that sleeps is one that
# does not hear. Where there is none (macOS), that is a risk of whoever runs several hosts there.
CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

host_clock: Final = cast("Monotonic", partial(time.clock_gettime_ns, CLOCK))
"""Nanoseconds on a clock that nobody sets."""


class TrustFile:
    """Until when the processes of this host may believe what they remember."""

    def __init__(self, path: Path, clock: Monotonic = host_clock) -> None:
        """Map the file; the first process to come makes it. Raises as `map_words` does.

        Times are worth nothing after the machine was started again, so what an earlier life of it
        left behind is void.
        """
        self._path = path
        self.clock: Final = clock
        self._map, _ = map_words(path, WORDS, lambda: [0] * WORDS)
        self._words = memoryview(self._map).cast("Q")
        self._held: int | None = None
        boot = int.from_bytes(boot_of_host()[-WORD_BYTES:])
        if self._words[BOOT] != boot:
            self.begin(NOBODY)
            self._words[BOOT] = boot

    @classmethod
    def beside(cls, stamps: Path, clock: Monotonic = host_clock) -> Self:
        """Map the file that belongs to a host's stamps."""
        return cls(stamps.with_name(stamps.name + "-trust"), clock)

    @property
    def node(self) -> NodeId:
        """Return as whom this host is on the roll, or was last."""
        return NodeId(self._words[NODE])

    @property
    def trusted(self) -> Callable[[], bool]:
        """Return what says whether this host may believe what it remembers."""
        words, clock = self._words, self.clock
        return lambda: words[UNTIL] > clock()

    def begin(self, node: NodeId) -> None:
        """Trust nothing from now on, and be this node."""
        self._words[UNTIL] = 0
        self._words[NODE] = node

    def extend(self, until: Instant) -> None:
        """Trust what is remembered until then."""
        self._words[UNTIL] = until

    def hold(self) -> bool:
        """Become the one process that writes to it; False while another one is.

        A process that dies lets go. Nobody but the system could tell so surely.
        """
        if self._held is None:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            self._held = descriptor
        return True

    def close(self) -> None:
        """Let go of the file."""
        self._words.release()
        self._map.close()
        if self._held is not None:
            os.close(self._held)
