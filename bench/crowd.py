"""Servers whose stores hold no sessions to speak of, a few, or a million, living or revoked.

Most are copies of one that was logged in for, made in the database while no server has it
open; to log in a million times would take hours. Only what differs from one session to the next is
named here, everything else is copied as it is.
"""

import sqlite3
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.doors import enter_findface
from bench.peers.nginx import free_port
from bench.servers import Server, watchword

__all__ = [
    "FEW",
    "FORGETFUL",
    "LIVING",
    "MANY",
    "MONTHS",
    "NONE",
    "PEOPLE",
    "PERSON",
    "Crowd",
    "crowd",
    "parameters",
]

NONE: Final = 0
FEW: Final = 30
"""A page full, and a few more."""
MANY: Final = 1_000_000
PEOPLE: Final = 1_000
ONLINE: Final = 100
"""Every so many-th session is in use while the lists are read; all others are not."""
DAY: Final = 24 * 3_600 * 1_000_000
MONTHS: Final = 90 * DAY
"""For so long sessions have been opened, in microseconds, at an even rate."""

PERSON: Final = """
[[subjects]]
logins = ["person-{number:04}"]
[subjects.findface]
primary_group = "User"
"""

NUMBERS: Final = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
"""
LIVING: Final = {
    "sessions": {
        "id": ":last + n",
        "subject_id": "(SELECT subject_id FROM people WHERE number = n % :people)",
        "family": ":last + n",
        "opened_at": ":now - :span + n * (:span / :count)",
        "seen_at": "CASE n % :online WHEN 0 THEN :now + :day ELSE :now - :day END",
        "expires_at": ":now + :span",
        "device_key": "'device-' || n",
        "device_mark": ":last + n",
        "device_mobile": "n % 2",
    },
    "tokens": {"digest": "randomblob(64)", "session_id": ":last + n"},
    "session_list": {
        "session_id": ":last + n",
        "owner": "(SELECT owner FROM people WHERE number = n % :people)",
        "mobile": "n % 2",
    },
}
LIVING["session_list"] |= {
    name: LIVING["sessions"][name]
    for name in ("subject_id", "opened_at", "seen_at", "expires_at", "device_key", "device_mark")
}
REVOKED: Final = {
    "sessions": {**LIVING["sessions"], "ended_at": ":now", "end_reason": "'revoked'"},
    "tokens": LIVING["tokens"],
}
"""Lists show none of these, but they stay for a month, with their tokens."""
FORGETFUL: Final = "[access]\nentries = 0\n"


@dataclass(frozen=True, slots=True)
class Crowd:
    """A server with many sessions: an administrator's token, the gate's port, and a twin.

    The ``cold`` one is on the same database and remembers no token, so it looks each one up.
    """

    server: Server
    token: str
    gate: Server
    cold: Server


@contextmanager
def crowd(folder: Path, count: int, *, revoked: bool = False) -> Generator[Crowd]:
    """Run a server with so many sessions of others, all of them living or all of them revoked."""
    people = "".join(PERSON.format(number=number) for number in range(PEOPLE))
    with watchword(folder, more=people) as server:
        token = enter_findface(server.address, "asks")
        enter_findface(server.address, "is-copied")
    if count:
        with closing(sqlite3.connect(folder / "watchword.db")) as database:
            _multiply(database, count, REVOKED if revoked else LIVING)
    port, twin = free_port(), folder / "cold"
    twin.mkdir()
    database_url = f"sqlite:///{folder / 'watchword.db'}"
    with (
        watchword(folder, more=people, settings=f"[gate]\nport = {port}\n") as server,
        watchword(twin, database_url, people, FORGETFUL) as cold,
    ):
        yield Crowd(server, token, replace(server, address=("127.0.0.1", port)), cold)


def parameters(last: int, count: int) -> dict[str, int]:
    """Return what copies of the session with the last number are made with."""
    return {
        "last": last,
        "count": count,
        "people": PEOPLE,
        "online": ONLINE,
        "now": int(time.time() * 1e6),
        "day": DAY,
        "span": MONTHS,
    }


def _multiply(
    database: sqlite3.Connection, count: int, tables: Mapping[str, Mapping[str, str]]
) -> None:
    """Copy the session that was opened last."""
    database.executescript(
        """
        PRAGMA synchronous = OFF;
        CREATE TEMP TABLE people AS
            SELECT row_number() OVER (ORDER BY written) - 1 AS number, subject_id, written AS owner
            FROM logins WHERE folded LIKE 'person-%';
        CREATE UNIQUE INDEX temp.people_number ON people (number);
        """
    )
    (last,) = database.execute("SELECT max(id) FROM sessions").fetchone()
    values = parameters(last, count)
    for table, changed in tables.items():
        key = "id" if table == "sessions" else "session_id"
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        copied = ", ".join(changed.get(column, f"copied.{column}") for column in columns)
        database.execute(
            f"{NUMBERS} INSERT INTO {table} ({', '.join(columns)}) SELECT {copied} "  # noqa: S608 - all of it is written here
            f"FROM {table} AS copied, numbers WHERE copied.{key} = :last",
            values,
        )
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
