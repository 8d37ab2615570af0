"""Units of work: how a connection is found, begun, committed and given back.

Rules of this file:

1. One writing unit at a time in the whole database. Threads of this process queue in the order in
   which they came; among processes the database keeps the order (SQLite: its write lock,
   PostgreSQL: an advisory lock that is the transaction's first act). What a writing unit reads
   stays true until it ends, and no two units can wait for each other.
2. Readers have connections of their own, so they never wait for a writer.
3. A connection that turns out to be dead when a unit begins, before anything was done, is replaced,
   and its idle neighbours with it. One that dies later ends its unit.
4. A unit in which a statement failed is never committed, even if its body looked away: PostgreSQL
   would answer COMMIT without an error, and roll back.
5. Units that queue up share a commit (`Group`). Each is left only when that commit is durable.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Generic, Protocol, TypeVar

from watchword.core.errors import StorageUnavailableError
from watchword.storage.sql.channel import AnyChannel
from watchword.storage.turnstile import Turnstile

__all__ = ["Connections", "ReadingDoor", "Unit", "WritingDoor"]

MOST_IN_A_GROUP: Final = 16
"""Beyond this a shared commit saves next to nothing, and the first in the group waits longer."""


class Laid(Protocol):
    """Something laid over a channel: the nouns."""

    @property
    def channel(self) -> AnyChannel:
        """The channel."""
        ...


T = TypeVar("T", bound=Laid)


class Connections(Generic[T]):
    """Connections of one kind: those that wait for work are kept."""

    def __init__(self, connect: Callable[[], T]) -> None:
        """Open nothing yet."""
        self._connect = connect
        self._idle: deque[T] = deque()
        self._shut = False

    def begin(self) -> T:
        """Return a connection with a transaction begun. Raises `StorageUnavailableError`."""
        unit = self._take()
        if unit is not None:
            if self._try(unit):
                return unit
            # Whatever cut this connection cut the others too.
            self._drop_idle()
        unit = self._connect()
        if not self._try(unit):
            raise StorageUnavailableError
        return unit

    def give_back(self, unit: T, *, sound: bool) -> None:
        """Take back a connection after its transaction; one that is not sound is closed."""
        if sound and not self._shut:
            self._idle.append(unit)
        else:
            unit.channel.close()

    def shut(self) -> None:
        """Close the connections; those in use are closed when they come back."""
        self._shut = True
        self._drop_idle()

    def _take(self) -> T | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _try(self, unit: T) -> bool:
        """Begin on this connection; close it if that fails."""
        begun = False
        try:
            begun = unit.channel.begin()
        finally:
            if not begun:
                unit.channel.close()
        return begun

    def _drop_idle(self) -> None:
        while (unit := self._take()) is not None:
            unit.channel.close()


class ReadingDoor(Generic[T]):
    """The way in for units that only look. Each has a connection to itself."""

    def __init__(self, connections: Connections[T], most: int, patience: float) -> None:
        """Let ``most`` in at once; who waits longer than ``patience`` seconds is sent away."""
        self._connections = connections
        self._places = threading.BoundedSemaphore(most)
        self._patience = patience

    def enter(self) -> T:
        """Begin a unit of work. Raises `StorageUnavailableError`."""
        if not self._places.acquire(timeout=self._patience):
            raise StorageUnavailableError
        try:
            return self._connections.begin()
        except BaseException:
            self._places.release()
            raise

    def leave(self, unit: T, *, keep: bool) -> None:
        """End a unit of work. Raises `StorageUnavailableError` if the server was lost meanwhile."""
        sound = False
        try:
            unit.channel.roll_back()
            sound = True
        except StorageUnavailableError:
            if keep:
                raise
        finally:
            self._connections.give_back(unit, sound=sound)
            self._places.release()


class Group(Generic[T]):
    """Units that follow each other in one transaction and share its commit.

    Only the thread that is inside of the door touches it, but for `wait`.
    """

    def __init__(self, unit: T) -> None:
        """Start with a transaction that was just begun."""
        self.unit: Final = unit
        self.members = 0
        self._first = True
        self._sound = True
        self._committed = False
        self._why: BaseException | None = None
        self._over = threading.Lock()
        self._over.acquire()

    @property
    def is_open(self) -> bool:
        """Whether one more unit may join."""
        return self._sound and 0 < self.members < MOST_IN_A_GROUP

    def join(self) -> None:
        """Begin one more unit in the same transaction. Raises `StorageUnavailableError`."""
        self._first = False
        self.unit.channel.mark()

    def settle(self, *, keep: bool) -> bool:
        """End the unit that is inside. Returns whether it is part of what will be committed.

        A unit that is undone takes nobody along. Raises nothing: where even that fails, the
        transaction is lost, and `finish` tells everybody.
        """
        channel = self.unit.channel
        if keep and not channel.failed:
            self.members += 1
            return True
        try:
            if self._first:
                channel.roll_back()
            else:
                channel.go_back()
        except StorageUnavailableError as error:
            self._sound, self._why = False, error.__cause__
        return False

    def finish(self) -> bool:
        """Commit. Returns whether the connection can be used again."""
        try:
            if self._sound and self.members:
                self.unit.channel.commit()
                self._committed = True
        except StorageUnavailableError as error:
            self._sound, self._why = False, error.__cause__
        finally:
            self._over.release()
        return self._sound

    def wait(self) -> None:
        """Wait for the commit. Raises `StorageUnavailableError`, with the cause, if it failed."""
        with self._over:
            if not self._committed:
                raise StorageUnavailableError from self._why


class WritingDoor(Generic[T]):
    """The way in for units that may change things: one at a time, on one connection."""

    def __init__(self, connections: Connections[T], patience: float) -> None:
        """Send away who waits longer than ``patience`` seconds."""
        self._connections = connections
        self._turnstile = Turnstile()
        self._patience = patience
        self._group: Group[T] | None = None

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return self._turnstile.waiting

    def enter(self) -> T:
        """Begin a unit of work. Raises `StorageUnavailableError`."""
        if not self._turnstile.acquire(timeout=self._patience):
            raise StorageUnavailableError
        try:
            if self._group is None:
                self._group = Group(self._connections.begin())
            else:
                self._group.join()
        except BaseException:
            self._finish()
            raise
        return self._group.unit

    def leave(self, unit: T, *, keep: bool) -> None:
        """End a unit of work. Raises `StorageUnavailableError` if it was to be kept and is not."""
        group = self._group
        if group is None or group.unit is not unit:
            message = "this unit of work is not inside"
            raise RuntimeError(message)
        kept = group.settle(keep=keep)
        if not (group.is_open and self._turnstile.pass_on()):
            self._finish()
        if kept:
            group.wait()
        elif keep:
            raise StorageUnavailableError

    def _finish(self) -> None:
        """End the group, if there is one, and let the next thread in."""
        group, self._group = self._group, None
        sound = False
        try:
            if group is not None:
                sound = group.finish()
        finally:
            if group is not None:
                self._connections.give_back(group.unit, sound=sound)
            self._turnstile.release()


class Unit(Generic[T]):
    """A unit of work, to be used in a ``with`` statement once."""

    __slots__ = ("_door", "_unit")

    def __init__(self, door: ReadingDoor[T] | WritingDoor[T]) -> None:
        self._door = door

    def __enter__(self) -> T:
        self._unit = self._door.enter()
        return self._unit

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._door.leave(self._unit, keep=kind is None)
