"""Carrying everything over from a file to a server, for an installation that has outgrown the file.

Both have the same tables, and a value is spelt alike in both, so rows are carried as they are:
tokens stay good, numbers stay what they were, and the audit chain stays whole.
"""

from collections.abc import Iterable
from contextlib import closing
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import Table, select

from watchword.core.errors import StorageUnavailableError
from watchword.storage.sql.postgres import PostgresDriver
from watchword.storage.sql.queueing import QueueingConnection
from watchword.storage.sql.sqlite import SqliteDriver
from watchword.storage.sql.tables import METADATA
from watchword.storage.sql.urls import postgres_url, sqlite_path
from watchword.storage.sql.versions import is_current, migrate

__all__ = ["move"]

LAST_NUMBERS: Final = "SELECT name, seq FROM sqlite_sequence"
FIND_ANY: Final = SQL("SELECT 1 FROM {} LIMIT 1")
TAKE_IN: Final = SQL("COPY {} ({}) FROM STDIN")
GO_ON_FROM: Final = SQL("SELECT setval(pg_get_serial_sequence({}, {}), {})")


def move(source: str, target: str) -> int:
    """Fill an empty PostgreSQL database with all that a SQLite file holds: all of it or nothing.

    Nobody writes to the file meanwhile. Returns how many rows were carried over.

    Raises:
        StorageUnavailableError: One of the two does not answer.
        ValueError: They are not such a pair, the file's tables are not of this release, or the
            other database holds something already.
    """
    path = sqlite_path(source)
    if path is None or sqlite_path(target) is not None:
        message = "only a SQLite database can be carried over, and only to PostgreSQL"
        raise ValueError(message)
    if not is_current(source):
        message = f"{path} is no database of this release; if it is an older one, migrate it first"
        raise ValueError(message)
    migrate(target)
    giver = SqliteDriver(path).patiently()
    taker = PostgresDriver(postgres_url(target)).patiently()
    try:
        return _move(giver, taker)
    except (*giver.errors, *taker.errors) as error:
        away = giver.is_unavailable(error) or taker.is_unavailable(error)
        raise (StorageUnavailableError() if away else error) from error


def _move(giver: SqliteDriver, taker: PostgresDriver) -> int:
    with (
        closing(giver.connect(writing=True)[0]) as old,
        closing(taker.connect(writing=True)[0]) as new,
    ):
        giver.begin(old, writing=True)
        taker.begin(new, writing=True)
        _require_empty(new)
        moved = sum(_move_rows(table, old, new) for table in METADATA.sorted_tables)
        _go_on_from(dict(old.execute(LAST_NUMBERS)), new)
        taker.commit(new)
        giver.roll_back(old)
    return moved


def _require_empty(new: psycopg.Connection) -> None:
    for name in METADATA.tables:
        if new.execute(FIND_ANY.format(Identifier(name))).fetchone() is not None:
            message = f"the database is not empty: there is something in its table {name}"
            raise ValueError(message)


def _move_rows(table: Table, old: QueueingConnection, new: psycopg.Connection) -> int:
    """Carry over the rows of a table. Those that it refers to come first (`sorted_tables`)."""
    names = [column.name for column in table.columns]
    rows: Iterable[tuple[Any, ...]] = old.execute(str(select(table)))
    columns = SQL(", ").join(map(Identifier, names))
    with new.cursor() as cursor:
        with cursor.copy(TAKE_IN.format(Identifier(table.name), columns)) as copy:
            for row in rows:
                copy.write_row(row)
        return cursor.rowcount


def _go_on_from(last: dict[str, int], new: psycopg.Connection) -> None:
    """Let numbers go on after the last ones given out, which need not be among the rows."""
    for name, number in last.items():
        [column] = METADATA.tables[name].primary_key.columns
        new.execute(GO_ON_FROM.format(name, column.name, number))
