"""How often is too often: the arithmetic of limits.

Whoever is counted has one number, a *mark*: the instant at which all that it was let do is worked
off, if each takes one ``pace``. A call is let through where its own pace still ends within
``burst`` paces from now, and moves the mark by one (the generic cell rate algorithm of ITU-T
I.371). So the promise has no border between windows to be burst across:

    in any span of time *t*, at most ``burst`` + *t* / ``pace`` are let through.

A mark that has passed is as good as none, so marks need no clearing up. Times are nanoseconds by
a clock that only goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from watchword.core.networks import Network

__all__ = ["MINUTE", "MOST_AHEAD", "LimitPolicy", "Rate", "Traffic", "move", "per_minute", "push"]

MINUTE: Final = 60_000_000_000
WIDEST: Final = 4 * MINUTE
"""The longest that working a burst off may take."""
MOST_AHEAD: Final = 5 * MINUTE
"""No mark lies further ahead; one that seems to is from another time, and nobody's."""

CHUNKS: Final = 256


class Traffic(StrEnum):
    """Kinds of calls, by what they cost and by who makes them.

    The first five and the last are counted by source, since nobody has been vouched for yet.
    """

    LOGIN = "login"
    """A password is to be verified."""
    FACE = "face"
    """A face is to be recognised."""
    REFRESH = "refresh"
    """A session is to be renewed."""
    INSPECTION = "inspection"
    """A back-end asks about a token, or ends it."""
    TOKEN = "token"
    """A token is shown that this process has not seen lately."""
    UPLOAD = "upload"
    """Somebody who was vouched for sends a large body."""
    CALL = "call"
    """Somebody who was vouched for does anything else."""
    OPEN = "open"
    """Everything else that anybody may call."""


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, and one more every ``pace`` nanoseconds."""

    pace: int
    burst: int

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for a burst that would take too long to be worked off."""
        if self.room > WIDEST:
            message = f"a burst is at most {WIDEST // self.pace}, as much as four minutes allow"
            raise ValueError(message)

    @property
    def room(self) -> int:
        """How far ahead of now a mark can get."""
        return self.pace * self.burst

    @property
    def chunk(self) -> int:
        """How many one process may take at once and use within the next second.

        So that counting costs next to nothing where a limit is generous.
        """
        return max(1, self.burst // CHUNKS)


@dataclass(frozen=True, slots=True)
class LimitPolicy:
    """The rate of each kind of traffic (none: it is not limited), and the networks without any."""

    rates: Mapping[Traffic, Rate] = field(default_factory=dict[Traffic, Rate])
    exempt: tuple[Network, ...] = ()


def per_minute(count: int, burst: int) -> Rate:
    """Return the rate of so many a minute. Raises ``ValueError`` for too large a burst."""
    return Rate(-(-MINUTE // count), burst)


def move(mark: int, rate: Rate, now: int, count: int = 1) -> tuple[int, int]:
    """Return where a mark moves to if so many are let through, and 0; or itself, and the wait."""
    begin = mark if now < mark <= now + MOST_AHEAD else now
    moved = begin + count * rate.pace
    wait = moved - now - rate.room
    return (mark, wait) if wait > 0 else (moved, 0)


def push(mark: int, rate: Rate, now: int, count: int) -> int:
    """Return where a mark moves to when so many were let through elsewhere, whatever the rate."""
    begin = mark if now < mark <= now + MOST_AHEAD else now
    return min(begin + count * rate.pace, now + MOST_AHEAD)
