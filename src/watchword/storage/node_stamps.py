"""Stamps of a host that shares its database with others (`watchword.core.nodes`)."""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from watchword.core.nodes import SECOND, Vigil, Wait
from watchword.core.ports import Monotonic, Roll, Seat
from watchword.storage.lookout import Lookout
from watchword.storage.stamps import SharedStamps
from watchword.storage.trust import TrustFile, host_clock

__all__ = ["NodeStamps", "Waited", "log_waiting"]

SHORTEST_PAUSE: Final = 0.0005
LONGEST_PAUSE: Final = 0.02

Waited = Callable[[float, Sequence[str]], None]
"""Told how many seconds a revoker waited, and the names of nodes that had not confirmed by then."""


log = logging.getLogger(__name__)


class OpenRoll(Roll, Protocol):
    """A roll on a connection."""

    def close(self) -> None:
        """Hang up."""
        ...


def log_waiting(seconds: float, missing: Sequence[str]) -> None:
    """Tell the log of nodes that a revoker has waited for in vain."""
    if missing:
        waited = {"seconds": round(seconds, 3), "nodes": ", ".join(missing)}
        log.warning("waited until silent nodes have lost their trust", extra=waited)


class NodeStamps:
    """The stamps of this host, its trust, and the wait for other hosts."""

    def __init__(
        self,
        shared: SharedStamps,
        trust: TrustFile,
        roll: OpenRoll,
        told: Waited = log_waiting,
        clock: Monotonic = host_clock,
    ) -> None:
        """Look at nothing yet. ``roll`` is asked by one thread at a time."""
        self._shared = shared
        self._trust = trust
        self._roll = roll
        self._told = told
        self._clock = clock
        self._vigil = Vigil()
        self._lookout = Lookout(self._look)

    @property
    def table(self) -> Sequence[int]:
        """The live table."""
        return self._shared.table

    @property
    def trusted(self) -> Callable[[], bool]:
        """Say whether this host has heard of everything."""
        return self._trust.trusted

    def renew(self, slots: Collection[int]) -> None:
        """Give slot 0, then each of these slots, a new number, on this host."""
        self._shared.renew(slots)

    def await_others(self, serial: int) -> None:
        """Return once no other host believes what it knew before an entry of the journal."""
        begun = self._clock()
        wait = Wait(serial, self._trust.node, begun)
        pause = SHORTEST_PAUSE
        while not wait.is_over(self._lookout.ask(self._left(wait)), self._clock()):
            time.sleep(min(pause, self._left(wait)))
            pause = min(2 * pause, LONGEST_PAUSE)
        missing = ["unknown"] if wait.missing is None else [seat.name for seat in wait.missing]
        self._told((self._clock() - begun) / SECOND, missing)

    def close(self) -> None:
        """Hang up, and let go of the files."""
        self._roll.close()
        self._trust.close()
        self._shared.close()

    def _left(self, wait: Wait) -> float:
        return max(wait.ends - self._clock(), 0) / SECOND

    def _look(self) -> Sequence[Seat]:
        """Look at the roll, and take off who has stopped, so that the next one need not wait."""
        seats = self._roll.seats()
        for each in self._vigil.find_lapsed(seats, self._clock()):
            self._roll.remove(each.node, each.beats)
        return seats
