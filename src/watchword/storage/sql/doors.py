"""Units of work: how a connection is found, begun, committed and given back.

Rules of this file:

1. One writing unit at a time in the whole database. Threads of this process queue in the order in
   which they came; among processes the database keeps the order (SQLite: its write lock,
   PostgreSQL: an advisory lock that is the unit's first act). What a writing unit reads therefore
   stays true until it ends, and no two units can wait for each other.
2. Readers have connections of their own, so they never wait for a writer.
3. A connection that turns out to be dead when a unit begins, before anything was done, is replaced,
   and its idle neighbours with it. One that dies later ends its unit.
4. A unit in which a statement failed is never committed, even if its body looked away.
"""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy import ClauseElement, Dialect

from watchword.core.errors import StorageUnavailableError
from watchword.storage.sql.rows import Row, Values
from watchword.storage.sql.texts import Texts

__all__ = ["AnyChannel", "Channel", "Connection", "Cursor", "Door", "Driver", "Places", "Unit"]


class Cursor(Protocol):
    """What this part uses of a driver's cursor."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement changed."""
        ...

    def execute(self, statement: str, values: Values, /) -> object:
        """Run a statement."""
        ...

    def executemany(self, statement: str, values: Sequence[Values], /) -> object:
        """Run a statement once for each set of values."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that the last statement gave."""
        ...


class Connection(Protocol):
    """What this part uses of a driver's connection."""

    def close(self) -> None:
        """Close it; what was begun is rolled back."""
        ...


Raw = TypeVar("Raw", bound=Connection)


class Driver(Protocol[Raw]):
    """What differs between databases."""

    @property
    def dialect(self) -> Dialect:
        """How SQLAlchemy writes statements for this database."""
        ...

    @property
    def errors(self) -> type[Exception]:
        """The root of the driver's errors."""
        ...

    @property
    def patience(self) -> str:
        """A statement after which a connection waits for as long as it takes."""
        ...

    def create(self) -> None:
        """Make a place for the database, where it is ours to make."""
        ...

    def find_version(self) -> str | None:
        """Return the version of the tables, or None where there are none."""
        ...

    def connect(self, *, writing: bool) -> tuple[Raw, Cursor]:
        """Open a connection, with its one cursor, outside of any unit of work."""
        ...

    def begin(self, connection: Raw, *, writing: bool) -> None:
        """Begin a unit of work."""
        ...

    def commit(self, connection: Raw) -> None:
        """End a unit of work; what it wrote is durable."""
        ...

    def roll_back(self, connection: Raw) -> None:
        """End a unit of work as if it had never begun."""
        ...

    def is_lost(self, connection: Raw) -> bool:
        """Say whether the connection is known to be dead."""
        ...

    def is_unavailable(self, error: Exception) -> bool:
        """Say whether an error means that the database does not answer, or not in time."""
        ...


class Channel(Generic[Raw]):
    """One connection to the database, on which one unit of work at a time runs."""

    def __init__(self, driver: Driver[Raw], texts: Texts, *, writing: bool) -> None:
        """Connect. Raises `StorageUnavailableError`."""
        self._driver: Final = driver
        self._texts: Final = texts
        self._writing: Final = writing
        self._failed = False
        try:
            self._connection, self._cursor = driver.connect(writing=writing)
        except driver.errors as error:
            raise self._read(error) from error

    def all(self, statement: ClauseElement, values: Values) -> list[Row]:
        """Return all rows that a statement finds."""
        try:
            self._cursor.execute(self._texts[statement], values)
            return self._cursor.fetchall()
        except self._driver.errors as error:
            raise self._read(error) from error

    def one(self, statement: ClauseElement, values: Values) -> Row | None:
        """Return the first row that a statement finds, or None."""
        rows = self.all(statement, values)
        return rows[0] if rows else None

    def changed(self, statement: ClauseElement, values: Values) -> list[Row]:
        """Change rows. Returns what the statement says of each."""
        self._require_writing()
        return self.all(statement, values)

    def change(self, statement: ClauseElement, values: Values) -> int:
        """Change rows. Returns how many."""
        self._require_writing()
        try:
            self._cursor.execute(self._texts[statement], values)
        except self._driver.errors as error:
            raise self._read(error) from error
        return self._cursor.rowcount

    def change_many(self, statement: ClauseElement, values: Sequence[Values]) -> None:
        """Run a statement once for each set of values."""
        self._require_writing()
        try:
            self._cursor.executemany(self._texts[statement], values)
        except self._driver.errors as error:
            raise self._read(error) from error

    def begin(self) -> bool:
        """Begin a unit of work; False if the connection turns out to be dead.

        Raises `StorageUnavailableError`.
        """
        self._failed = False
        try:
            self._driver.begin(self._connection, writing=self._writing)
        except self._driver.errors as error:
            if self._driver.is_lost(self._connection):
                return False
            raise self._read(error) from error
        return True

    def end(self, *, keep: bool) -> None:
        """End the unit of work; what it changed is kept or not.

        Raises `StorageUnavailableError`, also where a statement failed and the body of the unit
        looked away (PostgreSQL would answer COMMIT without an error, and roll back).
        """
        try:
            if keep and not self._failed:
                self._driver.commit(self._connection)
            else:
                self._driver.roll_back(self._connection)
        except self._driver.errors as error:
            raise self._read(error) from error
        if keep and self._failed:
            raise StorageUnavailableError

    def close(self) -> None:
        """Close the connection."""
        with suppress(self._driver.errors):
            self._connection.close()

    def _read(self, error: Exception) -> Exception:
        """Return what a driver's error means: the storage is away, or somebody made a mistake."""
        self._failed = True
        return StorageUnavailableError() if self._driver.is_unavailable(error) else error

    def _require_writing(self) -> None:
        if not self._writing:
            message = "this unit of work only looks"
            raise RuntimeError(message)


AnyChannel: TypeAlias = Channel[Any]
"""A channel to whichever database."""


class Laid(Protocol):
    """Something laid over a channel: the nouns."""

    @property
    def channel(self) -> AnyChannel:
        """The channel."""
        ...


T = TypeVar("T", bound=Laid)


class Places(Protocol):
    """How many units of work there may be at once."""

    def acquire(self, *, timeout: float) -> bool:
        """Take a place, or return False after that many seconds."""
        ...

    def release(self) -> None:
        """Give a place back."""
        ...


class Door(Generic[T]):
    """One of the two ways into the database, with its connections."""

    def __init__(self, connect: Callable[[], T], places: Places, patience: float) -> None:
        """Open nothing yet. ``patience`` is how many seconds a thread waits for its turn."""
        self._connect = connect
        self._places = places
        self._patience = patience
        self._idle: deque[T] = deque()
        self._shut = False

    def enter(self) -> T:
        """Begin a unit of work. Raises `StorageUnavailableError`."""
        if not self._places.acquire(timeout=self._patience):
            raise StorageUnavailableError
        try:
            return self._begin()
        except BaseException:
            self._places.release()
            raise

    def leave(self, unit: T, *, keep: bool) -> None:
        """End a unit of work. Raises `StorageUnavailableError` if it was to be kept and is not."""
        sound = False
        try:
            unit.channel.end(keep=keep)
            sound = True
        except StorageUnavailableError:
            if keep:
                raise
        finally:
            if sound and not self._shut:
                self._idle.append(unit)
            else:
                unit.channel.close()
            self._places.release()

    def shut(self) -> None:
        """Close the connections; those in use are closed when they come back."""
        self._shut = True
        self._drop_idle()

    def _begin(self) -> T:
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


class Unit(Generic[T]):
    """A unit of work, to be used in a ``with`` statement once."""

    __slots__ = ("_door", "_unit")

    def __init__(self, door: Door[T]) -> None:
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
