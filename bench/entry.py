"""One operation of the comparison, and how it is driven."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.arena import Arena
from bench.bars import Bar
from bench.client import Limits, Load
from bench.figures import Sample
from bench.processes import CLIENT_CORE, SERVER_CORE
from bench.servers import Server, sample

__all__ = ["FEW", "MANY", "Entry", "Operation", "driving"]

MANY: Final = 32
"""Connections where an answer takes microseconds."""
FEW: Final = 8
"""Connections where it takes milliseconds: enough to keep one core busy."""

SETTLING: Final = 0.3
"""Seconds of each round that do not count. Rounds are minutes apart, and a server that was not
asked for so long is slower at first: its memory is in no cache, it has to take connections, and
what it remembers of its callers for half a minute is to be found anew."""

AWAKE: Final = CLIENT_CORE != SERVER_CORE

Operation = Callable[[float], Sample]
"""Does one thing again and again for so many seconds, and says what it cost."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation in the comparison.

    ``prepare`` starts what it needs, and may raise `MissingError`. ``against`` names the entry
    that it is held against, in CPU time; ``at_least`` is the bar: so many times as cheap as that
    entry or, where it is held against none, so many in a second of CPU time. Each of ``bars`` is
    a further one, told on a line of its own.
    """

    key: str
    title: str
    prepare: Callable[[Arena], Operation]
    against: str | None = None
    at_least: float | None = None
    bars: tuple[Bar, ...] = ()


def driving(connections: int, server: Server, load: Load, *, awake: bool = AWAKE) -> Operation:
    """Return the operation that drives a server by a load on so many connections."""
    limits = partial(Limits, connections, awake=awake, settle=SETTLING)
    return lambda seconds: sample(server, load, limits(seconds))
