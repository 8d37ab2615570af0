"""What sessions weigh: bytes on disk, and what PostgreSQL pays for the use that is noted of them.

They are copies of one that was logged in for, as in `bench.crowd`, in a PostgreSQL that has nothing
else to do. Notes are written by this server's own storage, in batches as a worker writes them.
"""

import os
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg

from bench.crowd import LIVING, MONTHS, PEOPLE, PERSON, parameters
from bench.doors import enter_findface
from bench.figures import MICRO
from bench.postgres import postgres_database, postmaster
from bench.processes import cpu_seconds
from bench.servers import watchword
from watchword.core.sessions import SessionId, Touch
from watchword.storage.sql.storage import open_storage

__all__ = ["Weights", "in_postgres", "postgres_weights"]

COUNT: Final = 100_000
BATCH: Final = 1_000
BATCHES: Final = 10
TABLES: Final = ("sessions", "tokens", "session_list")


@dataclass(frozen=True, slots=True)
class Weights:
    """Of one session on PostgreSQL: bytes with its indexes, and CPU time of one note of its use.

    ``there`` is what PostgreSQL pays, ``here`` what the worker does.
    """

    bytes: float
    touch_there_us: float
    touch_here_us: float


def postgres_weights() -> Weights:
    """Weigh. Raises `MissingError`."""
    with ExitStack() as stack:
        url = stack.enter_context(postgres_database())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="watchword-bench-")))
        people = "".join(PERSON.format(number=number) for number in range(PEOPLE))
        with watchword(folder, url, people) as server:
            enter_findface(server.address, "is-copied")
        with psycopg.connect(url) as database:
            before = _size(database)
            last = _multiply(database)
            after = _size(database)
        return Weights((after - before) / COUNT, *_touch(url, last))


def in_postgres(expression: str) -> str:
    """Return what `bench.crowd` says to SQLite as PostgreSQL understands it."""
    spelt = expression.replace("%", "%%").replace("randomblob(64)", "sha512(n::text::bytea)")
    return re.sub(r":(\w+)", r"%(\1)s", spelt.replace("::", "\0")).replace("\0", "::")


def _multiply(database: psycopg.Connection) -> int:
    """Copy the session that was opened last. Returns its number."""
    database.execute(
        "CREATE TEMP TABLE people AS "
        "SELECT row_number() OVER (ORDER BY written) - 1 AS number, subject_id, written AS owner "
        "FROM logins WHERE folded LIKE 'person-%'"
    )
    last = _number(database, "SELECT max(id) FROM sessions")
    for table, changed in LIVING.items():
        _copy(database, table, changed, parameters(last, COUNT))
    database.commit()
    return last


def _copy(
    database: psycopg.Connection, table: str, changed: Mapping[str, str], values: Mapping[str, int]
) -> None:
    key = "id" if table == "sessions" else "session_id"
    found = database.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
    )
    columns = [str(row[0]) for row in found]
    copied = ", ".join(in_postgres(changed.get(column, f"copied.{column}")) for column in columns)
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} "  # noqa: S608 - all of it is written here
        f"FROM {table} AS copied, generate_series(1, %(count)s) AS numbers (n) "
        f"WHERE copied.{key} = %(last)s"
    )
    database.execute(statement.encode(), values)


def _size(database: psycopg.Connection) -> int:
    return sum(_number(database, f"SELECT pg_total_relation_size('{table}')") for table in TABLES)


def _number(database: psycopg.Connection, query: str) -> int:
    row = database.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def _touch(url: str, last: int) -> tuple[float, float]:
    """Note the use of sessions. Returns what one note costs PostgreSQL, and what it costs here."""
    pid, storage = postmaster(url), open_storage(url)
    expires = datetime.now(UTC) + timedelta(microseconds=MONTHS)
    there, here = cpu_seconds(pid), cpu_seconds(os.getpid())
    for batch in range(BATCHES):
        first = last + 1 + batch * BATCH
        seen = datetime.now(UTC)
        touches = [Touch(SessionId(first + n), seen, expires) for n in range(BATCH)]
        with storage.write() as transaction:
            transaction.sessions.touch(touches)
    spent = cpu_seconds(pid) - there, cpu_seconds(os.getpid()) - here
    storage.close()
    return spent[0] / (BATCH * BATCHES) * MICRO, spent[1] / (BATCH * BATCHES) * MICRO
