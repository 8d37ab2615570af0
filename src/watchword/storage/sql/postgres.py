"""PostgreSQL: how connections are made and what its errors mean."""

import time
from collections.abc import Collection, Generator, Iterable
from contextlib import suppress
from typing import Any, Final, TypeVar, cast

import psycopg
from psycopg.abc import Params, PQGen, Query
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from watchword.storage.sql.channel import Cursor
from watchword.storage.sql.journal import ANNOUNCE, to_bytes
from watchword.storage.sql.roll import PostgresRoll
from watchword.storage.sql.tables import METADATA
from watchword.storage.sql.urls import postgres_url

__all__ = ["WRITERS_LOCK", "PostgresDriver", "open_roll"]

T = TypeVar("T")

# Said here rather than beside the tables: to name an option of a dialect is to load it, and workers
# on SQLite would carry 2 MB of it for nothing.
for _table in METADATA.tables.values():
    for _index in _table.indexes:
        _index.dialect_kwargs["postgresql_where"] = _index.dialect_kwargs["sqlite_where"]

WRITERS_LOCK: Final = 0x77_61_74_63_68_77_72_64
"""The advisory lock that a writing unit holds ("watchwrd"); no other program's, one may hope."""

BEGIN_READING: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# Every statement of a writing unit sees what was committed before that statement (READ COMMITTED);
# as the lock is taken first, that is all that other writers did.
BEGIN_WRITING: Final = (
    b"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(%d)" % WRITERS_LOCK
)
# Of ours, one may end the sessions.
END_WHO_STOPPED: Final = b"""
    SELECT pg_terminate_backend(pid)
      FROM pg_locks
      JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory'
       AND database = datid
       AND datname = current_database()
       AND (classid::bigint << 32 | objid::bigint) = %(lock)s
       AND objsubid = 1
       AND granted
       AND state = 'idle in transaction'
       AND state_change < clock_timestamp() - make_interval(secs => %(idle)s)
"""
COMMIT: Final = b"COMMIT"
SET_THE_ALARM: Final = b"SELECT 1"
ROLLBACK: Final = b"ROLLBACK"

# A server that is gone without a word is noticed in seconds. What the URL says comes first.
CONNECTION_DEFAULTS: Final = {
    "application_name": "watchword",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}

# Whoever waits for an answer about nodes does not wait for long.
ROLL_SETTINGS: Final = {
    "application_name": "watchword-nodes",
    "connect_timeout": "2",
    "keepalives_idle": "1",
    "keepalives_interval": "1",
    "keepalives_count": "2",
    "tcp_user_timeout": "2000",
}

LOCK_SECONDS: Final = 5.0
WORK_SECONDS: Final = 60.0
SILENCE_SECONDS: Final = 5.0
"""How much longer than the server may take we wait for it to say so. One whose processes are frozen
takes what it is sent, as far as the network can tell, and says nothing."""
IDLE_SECONDS: Final = 4.0
"""Shorter than others wait for a lock: who stops inside of a unit, with the writers' lock in hand,
as a machine does that is paused, loses the unit before those who wait for it give up."""

# Nothing waits for ever. Where the server would not wait for the disk, it is told to, for what we
# write.
SETTINGS: Final = b"""
    SELECT set_config('lock_timeout', %(lock)s, false),
           set_config('statement_timeout', %(work)s, false),
           set_config('idle_in_transaction_session_timeout', %(idle)s, false),
           set_config(name, replace(setting, 'off', 'on'), false)
      FROM pg_settings
     WHERE name = 'synchronous_commit'
"""

FIND_VERSIONS: Final = b"SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"
FIND_VERSION: Final = b"SELECT version_num FROM alembic_version"
# Tables of extensions do not count: an administrator may have put them anywhere.
FIND_ANYTHING: Final = b"""
    SELECT 1
      FROM pg_class AS found
     WHERE relnamespace = current_schema()::regnamespace
       AND relkind IN ('r', 'p')
       AND oid NOT IN (SELECT objid
                         FROM pg_depend
                        WHERE classid = 'pg_class'::regclass AND deptype = 'e')
     LIMIT 1
"""

UNAVAILABLE_CLASSES: Final = frozenset(
    {
        "08",  # connection exception
        "40",  # transaction rollback: a deadlock with something that is not ours
        "53",  # insufficient resources: disk full, too many connections
        "55",  # not in the state needed: lock timeout
        "57",  # operator intervention: shutdown, restart, statement timeout
        "58",  # system error
    }
)
UNAVAILABLE_STATES: Final = frozenset(
    {
        "25006",  # read-only: the server is a standby, or became one
        "25P03",  # idle in a transaction for too long
    }
)


class _Cursor(psycopg.Cursor[TupleRow]):
    """A cursor after which the server sees to it that nobody idles in a transaction for too long.

    Several sets of values go out in one pipeline, and after a pipeline PostgreSQL (15.18) does not
    set that alarm. So a statement follows that is sent by itself.
    """

    def executemany(
        self, query: Query, params_seq: Iterable[Params], *, returning: bool = False
    ) -> None:
        super().executemany(query, params_seq, returning=returning)
        self.execute(SET_THE_ALARM)


class _Connection(psycopg.Connection[TupleRow]):
    """A connection that is closed if the server says nothing for so many seconds (None: never)."""

    patience: float | None = None

    def wait(self, gen: PQGen[T], *arguments: Any, **named: Any) -> T:  # noqa: ANN401 - handed on
        """Wait for what the server says. Raises ``OperationalError`` if it says nothing."""
        if self.patience is not None:
            gen = _within(self.patience, gen)
        try:
            return super().wait(gen, *arguments, **named)
        except _SilenceError:
            self.close()
            raise


class _SilenceError(psycopg.OperationalError):
    """The server has said nothing for too long."""


def _within(seconds: float, gen: PQGen[T]) -> Generator[Any, Any, T]:
    """Do what ``gen`` does, for so long; whoever runs it comes by several times a second."""
    end = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > end:
                message = f"the server has been silent for {seconds:g} seconds"
                raise _SilenceError(message)
            wanted = gen.send(ready)
    except StopIteration as stop:
        return cast("T", stop.value)


class PostgresDriver:
    """One database on a PostgreSQL server, reached by any number of hosts."""

    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(
        self,
        url: str,
        lock_seconds: float = LOCK_SECONDS,
        work_seconds: float = WORK_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """Connect to nothing yet. 0 seconds are no limit.

        Args:
            url: Where the database is, as libpq reads it.
            lock_seconds: How long to wait for another's lock.
            work_seconds: How long a statement may take.
            idle_seconds: How long a unit of work may do nothing between two statements.
            silence_seconds: How much longer than these to wait for a server that says nothing.

        Raises:
            ValueError: libpq cannot read the URL.
        """
        self._url = url
        self._conninfo = _conninfo(url)
        self._idle_seconds = idle_seconds
        self._to_begin = lock_seconds + silence_seconds if lock_seconds else None
        self._to_work = work_seconds + silence_seconds if work_seconds else None
        self._limits = {
            "lock": str(round(lock_seconds * 1000)),
            "work": str(round(work_seconds * 1000)),
            "idle": str(round(idle_seconds * 1000)),
        }

    def patiently(self) -> "PostgresDriver":
        """Return this driver without limits."""
        return PostgresDriver(self._url, 0, 0, 0)

    @property
    def dialect(self) -> Dialect:
        """PostgreSQL's, as psycopg wants it."""
        return cast("type[Dialect]", PGDialect_psycopg)()

    def create(self) -> None:
        """Leave it to whoever administers the server."""

    def find_version(self) -> str | None:
        """Return the version of the tables, or None where there are none."""
        with self._connect() as connection:
            if connection.execute(FIND_VERSIONS).fetchone() is None:
                return None
            row = connection.execute(FIND_VERSION).fetchone()
        return None if row is None else row[0]

    def is_empty(self, connection: psycopg.Connection) -> bool:
        """Say whether there is no table at all where this user's tables would be."""
        return connection.execute(FIND_ANYTHING).fetchone() is None

    def connect(self, *, writing: bool) -> tuple[_Connection, Cursor]:
        """Connect, and tell the server how long to be patient."""
        del writing  # the unit says so when it begins
        connection = self._connect()
        connection.patience = self._to_begin
        try:
            connection.execute(SETTINGS, self._limits)
        except BaseException:
            connection.close()
            raise
        # One type for all numbers: the server plans a statement once, not once for each size.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.cursor_factory = _Cursor
        return connection, cast("Cursor", connection.cursor(binary=True))

    def begin(self, connection: _Connection, *, writing: bool) -> None:
        """Begin; a writer waits here for the writer before it.

        Who waited in vain sees to it that others will not, if that writer has stopped. Whether the
        server says anything at all is found out here, before long.
        """
        connection.patience = self._to_begin
        try:
            connection.execute(BEGIN_WRITING if writing else BEGIN_READING, prepare=False)
            connection.patience = self._to_work
        except psycopg.errors.LockNotAvailable:
            with suppress(psycopg.Error):
                self._end_who_stopped(connection)
            raise

    def announce(self, connection: psycopg.Connection, slots: Collection[int]) -> int:
        """Write slots into the journal; the commit wakes whoever listens."""
        row = connection.execute(ANNOUNCE, {"slots": to_bytes(slots)}).fetchone()
        return 0 if row is None else row[0]

    def commit(self, connection: psycopg.Connection) -> None:
        """Commit, and wait for the server's disk."""
        connection.execute(COMMIT, prepare=False)

    def roll_back(self, connection: psycopg.Connection) -> None:
        """Roll back."""
        connection.execute(ROLLBACK, prepare=False)

    def tidy(self) -> bool:
        """Leave it to the server: what was removed goes with its next VACUUM."""
        return True

    def is_lost(self, connection: psycopg.Connection) -> bool:
        """Say whether the server, or the network, hung up."""
        return connection.closed

    def is_unavailable(self, error: Exception) -> bool:
        """Say whether the server cannot be reached, or cannot serve us now."""
        state: str | None = getattr(error, "sqlstate", None)
        if state is None:
            return isinstance(error, psycopg.OperationalError)
        return state[:2] in UNAVAILABLE_CLASSES or state in UNAVAILABLE_STATES

    def _end_who_stopped(self, connection: psycopg.Connection) -> None:
        """End the session that holds the writers' lock and has done nothing for too long.

        The server's own alarm does so by itself, but after a pipeline it is not set until the next
        statement, and a machine may stop before it sends that.
        """
        self.roll_back(connection)
        known = {"lock": WRITERS_LOCK, "idle": self._idle_seconds}
        connection.execute(END_WHO_STOPPED, known)

    def _connect(self) -> _Connection:
        """Connect outside of any transaction: begin and commit are ours to say."""
        return _Connection.connect(autocommit=True, **self._conninfo)


def open_roll(url: str) -> PostgresRoll:
    """Return the roll and the journal of the database at a URL; nothing is opened yet.

    Raises ``ValueError`` for a URL that libpq cannot read.
    """
    conninfo: dict[str, Any] = {**_conninfo(postgres_url(url)), **ROLL_SETTINGS}
    return PostgresRoll(lambda: psycopg.connect(autocommit=True, **conninfo))


def _conninfo(url: str) -> dict[str, Any]:
    try:
        return CONNECTION_DEFAULTS | conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Without the cause: libpq's message may quote the URL, which may hold a password.
        message = "this is no URL of a PostgreSQL database"
        raise ValueError(message) from None
