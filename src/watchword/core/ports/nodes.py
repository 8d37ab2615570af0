"""The demands of hosts that share a storage: what they tell each other through it, and remember."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, NewType, Protocol

__all__ = ["NOBODY", "Entry", "Instant", "Monotonic", "NodeId", "Renewals", "Roll", "Seat", "Trust"]

NodeId = NewType("NodeId", int)
"""One stay of one host on the roll: a random number that is never used again."""
NOBODY: Final = NodeId(0)

Instant = NewType("Instant", int)
"""Nanoseconds on a clock that nobody sets and that is compared with no other host's."""

Monotonic = Callable[[], Instant]
"""Tells such a time. It goes on while the machine sleeps."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: slots that have to be renewed because of one committed unit."""

    serial: int
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """A node as the roll has it: how often it has beaten, and how far it confirms the journal."""

    node: NodeId
    name: str
    beats: int
    confirmed: int


class Renewals(Protocol):
    """The journal, from within a unit of work."""

    def add(self, slots: Collection[int]) -> int:
        """Write down slots that this unit makes stale. Returns the serial of the entry.

        Entries become visible in the order of their serials, each with its unit. Returns 0 where
        no other host can have the storage: nobody would read it.
        """
        ...


class Roll(Protocol):
    """The nodes and the journal, as `watchword.core.nodes` uses them. Each call is atomic.

    Any call may raise `StorageUnavailableError`; it may have been carried out all the same.
    """

    def enter(self, node: NodeId, name: str) -> int:
        """Add a node that confirms all there is so far, and return the newest serial."""
        ...

    def beat(self, node: NodeId, beats: int) -> bool:
        """Note that a node lives. False if it is not on the roll."""
        ...

    def read(self, after: int) -> Sequence[Entry]:
        """Return the entries of the journal behind a serial, in order."""
        ...

    def confirm(self, node: NodeId, serial: int) -> None:
        """Note that a node has renewed all slots up to this entry."""
        ...

    def seats(self) -> Sequence[Seat]:
        """Return everybody on the roll."""
        ...

    def remove(self, node: NodeId, beats: int) -> None:
        """Take a node off, if it has not beaten again since."""
        ...

    def prune(self) -> None:
        """Forget entries that everybody on the roll has confirmed; the newest always stays."""
        ...


class Trust(Protocol):
    """Until when the processes of this host may believe what they remember; shared by them all."""

    @property
    def node(self) -> NodeId:
        """Return as whom this host is on the roll, or `NOBODY`."""
        ...

    def begin(self, node: NodeId) -> None:
        """Trust nothing from now on, and be this node."""
        ...

    def extend(self, until: Instant) -> None:
        """Trust what is remembered until then."""
        ...
