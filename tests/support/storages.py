"""Storages that pause or fail, around one that works, and a database that is empty again."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from watchword.core.errors import StorageUnavailableError
from watchword.core.ports import Storage, Transaction
from watchword.storage.sql.tables import METADATA

__all__ = ["FailingStorage", "WatchedStorage", "empty"]


def empty(url: str) -> None:
    """Take everything out of a database in PostgreSQL."""
    names = sql.SQL(", ").join(map(sql.Identifier, METADATA.tables))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))


@dataclass
class WatchedStorage:
    """Calls ``seen`` with ``read`` when a reading unit is over and ``written`` after a commit."""

    inner: Storage
    seen: Callable[[str], None] = field(default=lambda _event: None)

    @contextmanager
    def read(self) -> Generator[Transaction]:
        """Open a unit that only looks."""
        with self.inner.read() as transaction:
            yield transaction
        self.seen("read")

    @contextmanager
    def write(self) -> Generator[Transaction]:
        """Open a unit that may change things."""
        with self.inner.write() as transaction:
            yield transaction
        self.seen("written")

    def once(self, event: str, action: Callable[[], object]) -> None:
        """Do something the next time that an event comes, and never again."""

        def act(seen: str) -> None:
            if seen == event:
                self.seen = lambda _event: None
                action()

        self.seen = act


@dataclass
class FailingStorage:
    """Does not answer while ``down``."""

    inner: Storage
    down: bool = False

    @contextmanager
    def read(self) -> Generator[Transaction]:
        """Open a unit that only looks."""
        self._answer()
        with self.inner.read() as transaction:
            yield transaction

    @contextmanager
    def write(self) -> Generator[Transaction]:
        """Open a unit that may change things."""
        self._answer()
        with self.inner.write() as transaction:
            yield transaction

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Be down for a while."""
        self.down = True
        yield
        self.down = False

    def _answer(self) -> None:
        if self.down:
            raise StorageUnavailableError
