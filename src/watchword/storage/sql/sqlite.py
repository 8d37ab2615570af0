"""SQLite: how connections are made and what its errors mean."""

import os
import secrets
import sqlite3
from collections.abc import Collection
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite

from watchword.storage.sql.channel import Cursor
from watchword.storage.sql.queueing import QueueingConnection

__all__ = ["SqliteDriver"]

LOCK_SECONDS: Final = 5.0
TIDY_SECONDS: Final = 0.1
"""How long writers may wait while the log is emptied."""
PATIENT_SECONDS: Final = 600.0
OWNER_ONLY: Final = 0o600
FOLDER_OWNER_ONLY: Final = 0o700

# FULL: a commit is on disk when it returns. Nothing here trusts what a schema could smuggle in.
PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",
    # What is removed is overwritten, not only forgotten: a wrapped data key, say (decision 0108).
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 268435456",
    "PRAGMA journal_size_limit = 67108864",
)

UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)
# The file remembers it. Said again, because a copy made by some tools has lost it.
WRITE_AHEAD: Final = "PRAGMA journal_mode = WAL"

CARRY_OVER: Final = "PRAGMA wal_checkpoint(PASSIVE)"
"""Nobody waits for this one."""
EMPTY_THE_LOG: Final = "PRAGMA wal_checkpoint(TRUNCATE)"

FIND_VERSIONS: Final = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
FIND_VERSION: Final = "SELECT version_num FROM alembic_version"
FIND_ANYTHING: Final = "SELECT 1 FROM sqlite_master LIMIT 1"

PRIMARY_CODE: Final = 0xFF
"""The low byte of an error code says what happened, the rest how."""


class SqliteDriver:
    """One database file in WAL mode, shared by all threads and processes of this host."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: Path, lock_seconds: float = LOCK_SECONDS) -> None:
        """Open nothing yet. ``lock_seconds`` is how long to wait for another process's lock."""
        self._path = path
        self._lock_seconds = lock_seconds

    @property
    def dialect(self) -> Dialect:
        """SQLite's own, with parameters by name."""
        return sqlite.dialect(paramstyle="named")

    def patiently(self) -> "SqliteDriver":
        """Return this driver with more patience than anybody who is asked for an answer has."""
        return SqliteDriver(self._path, PATIENT_SECONDS)

    def create(self) -> None:
        """Make an empty database that only its owner can read, unless there is a file."""
        if self._path.exists():
            return
        self._path.parent.mkdir(mode=FOLDER_OWNER_ONLY, parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
        try:
            # Two processes cannot turn to WAL at once, so nobody sees the file before it has.
            with closing(_connect(draft, self._lock_seconds)) as connection:
                _require_write_ahead(connection)
            with suppress(FileExistsError):
                self._path.hardlink_to(draft)
        finally:
            draft.unlink()

    def find_version(self) -> str | None:
        """Return the version of the tables, or None where there are none."""
        if not self._path.exists():
            return None
        with closing(_connect(self._path, self._lock_seconds)) as connection:
            if not connection.execute(FIND_VERSIONS).fetchall():
                return None
            rows = connection.execute(FIND_VERSION).fetchall()
        return rows[0][0] if rows else None

    def is_empty(self, connection: QueueingConnection) -> bool:
        """Say whether there is no table at all."""
        return not connection.execute(FIND_ANYTHING).fetchall()

    def connect(self, *, writing: bool) -> tuple[QueueingConnection, Cursor]:
        """Open the file, which must exist."""
        connection = _connect(self._path, self._lock_seconds)
        try:
            if writing:
                _require_write_ahead(connection)
                connection.queue_at(self._path.with_name(self._path.name + "-lock"))
            else:
                connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
        return connection, connection.cursor()

    def begin(self, connection: QueueingConnection, *, writing: bool) -> None:
        """Begin; a writer takes the write lock at once, so that it never has to fail later."""
        if writing:
            connection.begin_in_turn(self._lock_seconds)
        else:
            connection.execute("BEGIN")

    def announce(self, connection: QueueingConnection, slots: Collection[int]) -> int:
        """Write nothing down: a file belongs to one host."""
        del connection, slots
        return 0

    def commit(self, connection: QueueingConnection) -> None:
        """Commit, and wait for the disk."""
        connection.execute("COMMIT")

    def roll_back(self, connection: QueueingConnection) -> None:
        """Roll back."""
        connection.execute("ROLLBACK")

    def tidy(self) -> bool:
        """Empty the write-ahead log, where pages stand as they were before something was removed.

        Most of it is carried over while others write. Only the rest keeps writers waiting, and who
        looks at an old state for longer than that puts it off.
        """
        log = self._path.with_name(self._path.name + "-wal")
        with suppress(FileNotFoundError):
            if log.stat().st_size:
                with closing(_connect(self._path, TIDY_SECONDS)) as connection:
                    connection.execute(CARRY_OVER).fetchall()
                    [(busy, _, _)] = connection.execute(EMPTY_THE_LOG).fetchall()
                return not busy
        return True

    def is_lost(self, connection: QueueingConnection) -> bool:
        """Say no: a file does not hang up."""
        del connection
        return False

    def is_unavailable(self, error: Exception) -> bool:
        """Say whether the file cannot be read or written, or was locked for too long."""
        code: int | None = getattr(error, "sqlite_errorcode", None)
        return isinstance(error, OSError) or (
            code is not None and code & PRIMARY_CODE in UNAVAILABLE
        )


def _connect(path: Path, lock_seconds: float) -> QueueingConnection:
    """Open a database file that exists."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        factory=QueueingConnection,
        timeout=lock_seconds,
        # Begin and commit are ours to say; the driver would begin late and commit in between.
        isolation_level=None,
        # A connection serves one unit at a time, but not always on the same thread.
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. Raises ``OSError`` where the file system can have none."""
    [mode] = connection.execute(WRITE_AHEAD).fetchone()
    if mode != "wal":
        message = "no write-ahead log can be kept here; is this a network file system?"
        raise OSError(message)
