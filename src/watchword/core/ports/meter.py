"""What counts for the limits (`watchword.core.limits`), beside the storage and much faster."""

from typing import Protocol

from watchword.core.rates import Rate

__all__ = ["Meter"]


class Meter(Protocol):
    """Marks (`watchword.core.rates`) by key, moved by all processes of this host together.

    No call blocks on anything but another process's few microseconds, and none asks a database.
    The room that marks take does not grow with the number of keys; so a mark may be found further
    ahead than its key alone would have moved it, but never less far, and not for longer than a
    quarter of an hour.
    """

    def ticks(self) -> int:
        """Return the time: nanoseconds by one clock for all processes of this host."""
        ...

    def take(self, key: bytes, rate: Rate, count: int = 1) -> int:
        """Let so many through and return 0, or let none through and return how long to wait."""
        ...

    def keep_up(self, *, leading: bool) -> None:
        """Do what is due every second, which may block; one process of each host is ``leading``.

        Raises `StorageUnavailableError` where other hosts cannot be talked to.
        """
        ...

    def charge(self, key: bytes, rate: Rate, count: int) -> None:
        """Count what was let through elsewhere: it cannot be refused any more."""
        ...
