"""The storage in SQL: its two doors, and what lies behind them."""

from collections.abc import Container
from contextlib import AbstractContextManager
from typing import Any, Final

from sqlalchemy import text

from watchword.core.errors import StorageUnavailableError
from watchword.core.subjects import Audience
from watchword.storage.sql.channel import AnyChannel, Channel, Driver
from watchword.storage.sql.directory import (
    SqlCredentials,
    SqlProfiles,
    SqlStandings,
    SqlSubjects,
    SqlTenants,
)
from watchword.storage.sql.doors import Connections, ReadingDoor, Unit, WritingDoor
from watchword.storage.sql.drivers import driver_at
from watchword.storage.sql.index import SqlIndex
from watchword.storage.sql.ledgers import (
    SqlAttempts,
    SqlAudit,
    SqlBlobs,
    SqlChallenges,
    SqlDevices,
    SqlDocuments,
    SqlJobs,
    SqlRenewals,
)
from watchword.storage.sql.session_lists import SqlSessionLists
from watchword.storage.sql.sessions import SqlSessions, SqlTokens
from watchword.storage.sql.texts import Texts

__all__ = ["SqlStorage", "SqlTransaction", "open_storage"]

READERS: Final = 16
"""Reading units at once in one process, and so its connections but for the writer's."""
PATIENCE_SECONDS: Final = 5.0

PING: Final = text("SELECT version_num FROM alembic_version")


class SqlTransaction:
    """The nouns, laid over one connection."""

    def __init__(self, channel: AnyChannel, listed: Container[Audience] | None = None) -> None:
        """Lay them; lists show sessions of the ``listed`` audiences, or of all."""
        self.channel: Final = channel
        self.tenants: Final = SqlTenants(channel)
        self.subjects: Final = SqlSubjects(channel)
        self.credentials: Final = SqlCredentials(channel)
        self.profiles: Final = SqlProfiles(channel)
        self.standings: Final = SqlStandings(channel)
        self.sessions: Final = SqlSessions(channel, listed)
        self.session_lists: Final = SqlSessionLists(channel)
        self.tokens: Final = SqlTokens(channel)
        self.attempts: Final = SqlAttempts(channel)
        self.challenges: Final = SqlChallenges(channel)
        self.devices: Final = SqlDevices(channel)
        self.documents: Final = SqlDocuments(channel)
        self.index: Final = SqlIndex(channel)
        self.jobs: Final = SqlJobs(channel)
        self.blobs: Final = SqlBlobs(channel)
        self.renewals: Final = SqlRenewals(channel)
        self.audit: Final = SqlAudit(channel)


class SqlStorage:
    """One database. Safe to call from several threads, not to be carried over a fork."""

    def __init__(
        self,
        driver: Driver[Any],
        *,
        readers: int = READERS,
        patience: float = PATIENCE_SECONDS,
        listed: Container[Audience] | None = None,
    ) -> None:
        """Connect to nothing yet.

        Args:
            driver: The kind of database, and where it is.
            readers: How many reading units there may be at once.
            patience: For how many seconds a thread waits for its turn.
            listed: Audiences whose sessions lists show; None is all. A listed session costs one
                more row with five index entries, which a login need not pay where nobody lists.
        """
        self._driver: Final = driver
        texts = Texts(driver.dialect)

        def connections(*, writing: bool) -> Connections[SqlTransaction]:
            def connect() -> SqlTransaction:
                return SqlTransaction(Channel(driver, texts, writing=writing), listed)

            return Connections(connect)

        self._readers = connections(writing=False)
        self._writers = connections(writing=True)
        self._reading = ReadingDoor(self._readers, readers, patience)
        self._writing = WritingDoor(self._writers, patience)

    def read(self) -> AbstractContextManager[SqlTransaction]:
        """Open a unit that only looks."""
        return Unit(self._reading)

    def write(self) -> AbstractContextManager[SqlTransaction]:
        """Open a unit that may change things; other writers wait."""
        return Unit(self._writing)

    def ping(self) -> None:
        """Look whether the database answers. Raises `StorageUnavailableError`."""
        with self.read() as transaction:
            transaction.channel.all(PING, {})

    def tidy(self) -> bool:
        """Leave nothing of what was removed in the database's own log; False if it is too early.

        Raises `StorageUnavailableError`.
        """
        try:
            return self._driver.tidy()
        except self._driver.errors as error:
            raise StorageUnavailableError from error

    def close(self) -> None:
        """Close all connections."""
        self._readers.shut()
        self._writers.shut()


def open_storage(url: str, listed: Container[Audience] | None = None) -> SqlStorage:
    """Return the storage at a URL (`watchword.storage.sql.urls`); nothing is opened yet.

    ``listed`` is as `SqlStorage` takes it.

    Raises ``ValueError`` for a URL of another kind.
    """
    return SqlStorage(driver_at(url), listed=listed)
