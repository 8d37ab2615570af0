"""Connections: what this part asks of a driver, and how statements are run on one.

What differs between databases is behind `Driver`, and nowhere else.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, Final, Generic, Protocol, Self, TypeAlias, TypeVar

from sqlalchemy import ClauseElement, Dialect

from watchword.core.errors import StorageUnavailableError
from watchword.storage.sql.rows import Row, Values
from watchword.storage.sql.texts import Texts

__all__ = ["AnyChannel", "Channel", "Connection", "Cursor", "Driver"]

MARK: Final = "SAVEPOINT unit"
GO_BACK: Final = "ROLLBACK TO unit"


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
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        ...

    def patiently(self) -> Self:
        """Return this driver, but one that waits for locks for as long as it takes."""
        ...

    def create(self) -> None:
        """Make a place for the database, where it is ours to make."""
        ...

    def find_version(self) -> str | None:
        """Return the version of the tables, or None where there are none."""
        ...

    def is_empty(self, connection: Raw) -> bool:
        """Say whether there is no table at all."""
        ...

    def connect(self, *, writing: bool) -> tuple[Raw, Cursor]:
        """Open a connection, with its one cursor, outside of any unit of work."""
        ...

    def begin(self, connection: Raw, *, writing: bool) -> None:
        """Begin a unit of work."""
        ...

    def announce(self, connection: Raw, slots: Collection[int]) -> int:
        """Write slots into the journal; 0 where no other host can have the database."""
        ...

    def commit(self, connection: Raw) -> None:
        """End a unit of work; what it wrote is durable."""
        ...

    def roll_back(self, connection: Raw) -> None:
        """End a unit of work as if it had never begun."""
        ...

    def tidy(self) -> bool:
        """Leave nothing of what was removed, where it is ours to say; False if it is too early."""
        ...

    def is_lost(self, connection: Raw) -> bool:
        """Say whether the connection is known to be dead."""
        ...

    def is_unavailable(self, error: Exception) -> bool:
        """Say whether an error means that the database does not answer, or not in time."""
        ...


class Channel(Generic[Raw]):
    """One connection to the database, on which one transaction at a time runs."""

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
        self._require_sound()
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
        if not values:
            return
        try:
            self._cursor.executemany(self._texts[statement], values)
        except self._driver.errors as error:
            raise self._read(error) from error

    def announce(self, slots: Collection[int]) -> int:
        """Write into the journal which slots this unit makes stale. Returns the entry's serial."""
        self._require_writing()
        try:
            return self._driver.announce(self._connection, slots)
        except self._driver.errors as error:
            raise self._read(error) from error

    @property
    def failed(self) -> bool:
        """Whether a statement failed since the unit of work began."""
        return self._failed

    def begin(self) -> bool:
        """Begin a transaction; False if the connection turns out to be dead.

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

    def mark(self) -> None:
        """Mark a place in the transaction for `go_back`. Raises `StorageUnavailableError`."""
        self._failed = False
        self._step(lambda: self._cursor.execute(MARK, {}))

    def go_back(self) -> None:
        """Undo what was done since the mark. Raises `StorageUnavailableError`."""
        self._step(lambda: self._cursor.execute(GO_BACK, {}))

    def commit(self) -> None:
        """Make what was done durable. Raises `StorageUnavailableError`."""
        self._step(lambda: self._driver.commit(self._connection))

    def roll_back(self) -> None:
        """Undo everything. Raises `StorageUnavailableError`."""
        self._step(lambda: self._driver.roll_back(self._connection))

    def close(self) -> None:
        """Close the connection."""
        with suppress(*self._driver.errors):
            self._connection.close()

    def _read(self, error: Exception) -> Exception:
        """Return what a driver's error means: the storage is away, or somebody made a mistake."""
        self._failed = True
        return StorageUnavailableError() if self._driver.is_unavailable(error) else error

    def _step(self, step: Callable[[], object]) -> None:
        """Take a step of a transaction. Whatever keeps it from being taken, nothing is durable."""
        try:
            step()
        except self._driver.errors as error:
            raise StorageUnavailableError from error

    def _require_sound(self) -> None:
        """Raise `StorageUnavailableError` after a statement that failed.

        SQLite may have rolled back by itself; what ran now would be outside of any transaction.
        """
        if self._failed:
            raise StorageUnavailableError

    def _require_writing(self) -> None:
        if not self._writing:
            message = "this unit of work only looks"
            raise RuntimeError(message)
        self._require_sound()


AnyChannel: TypeAlias = Channel[Any]
"""A channel to whichever database."""
